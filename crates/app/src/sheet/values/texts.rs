//! Texts that are names or lists: people, trees of names, rows inside a record.

use akashi_domain::value::Row;
use akashi_domain::{RecordId, Value};

use super::choice::{Options, before_brackets, split_list};
use super::{Issue, Reading};
use crate::sheet::words::is_unknown;

/// `医師免許(第1号)/認定医` → rows with text and detail; ids are given when the plan is made.
pub(super) fn rows(text: &str, main: usize, detail: Option<usize>, width: usize) -> Value {
    let row = |part: &String| {
        let mut cells = vec![Value::Null; width];
        let (head, rest) = before_brackets(part).filter(|_| detail.is_some()).unwrap_or((part.clone(), String::new()));
        cells[main] = Value::Text(head.into());
        if let Some(ix) = detail.filter(|_| !rest.is_empty()) {
            cells[ix] = Value::Text(rest.into());
        }
        Row { id: RecordId(0), cells }
    };
    Value::Rows(split_list(text).iter().map(row).collect())
}

/// `守秘義務、再委託` → a row for each; what is no option stays beside.
pub(super) fn listed(
    text: &str,
    options: &Options,
    at: (usize, usize),
    yes: &Value,
    width: usize,
) -> Result<Reading, Issue> {
    let (keys, unknown) = options.find_all(text);
    if keys.is_empty() {
        return Err(if is_unknown(text) { Issue::SaysUnknown } else { Issue::UnknownWord });
    }
    let row = |key: Box<str>| {
        let mut cells = vec![Value::Null; width];
        cells[at.0] = Value::Choice(key);
        cells[at.1] = yes.clone();
        Row { id: RecordId(0), cells }
    };
    let rest = (!unknown.is_empty()).then(|| unknown.join("、"));
    Ok(Reading { value: Value::Rows(keys.into_iter().map(row).collect()), more: rest.is_some(), rest })
}

pub(super) fn link_text(text: &str) -> String {
    untree(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Takes seals and forms of address off a name.
pub(super) fn person_text(text: &str) -> String {
    let mut name = text.trim().to_string();
    for seal in ["㊞", "(印)", "（印）", " 印", "\u{3000}印", "様", "殿"] {
        if let Some(head) = name.strip_suffix(seal).filter(|h| h.trim().chars().count() >= 2) {
            name = head.trim().into();
        }
    }
    link_text(&name)
}

/// Marks that draw a tree in a list of names.
const TREE: [char; 9] = ['└', '┗', '├', '┣', '∟', '│', '┃', '↳', '╰'];

/// Takes the marks that draw a tree off a name.
pub fn untree(text: &str) -> &str {
    text.trim().trim_start_matches(|c: char| TREE.contains(&c) || c == '─' || c.is_whitespace())
}

/// Tells whether a name hangs below the one above it.
pub fn is_branch(text: &str) -> bool {
    text.trim_start().starts_with(TREE)
}
