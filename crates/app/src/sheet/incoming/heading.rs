//! What a heading above rows says of them: the department, an option of a choice, the state; and what a legend says a line
//! through a row means. Each is told with its row.

use akashi_domain::register::FieldKind;
use akashi_domain::{Label, Register, Value};

use super::build::Job;
use super::cells::Draft;
use crate::sheet::layout::Why;
use crate::sheet::mapping::{Target, state_of};
use crate::sheet::values::choice::Options;
use crate::sheet::words::{is_department, plain};

/// What the headings of a table say, by position among the rows that were skipped.
#[derive(Clone, Debug, Default)]
pub(super) struct Headings {
    facts: Vec<(usize, Fact)>,
    /// State of rows struck through, when a text beside the table says what that means.
    struck: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Fact {
    State(String),
    Field(usize, Value),
}

impl Headings {
    /// Reads the headings of a table; fields that a column fills are left to it.
    pub(super) fn new(job: &Job, register: &Register) -> Headings {
        let mapped = |target: &Target| {
            let columns = job.mapping.columns.iter().flat_map(|c| &c.to);
            columns.filter_map(|path| Target::parse(register, path)).any(|t| covers(&t, target))
        };
        let sections = job.table.skipped.iter().enumerate().filter(|(_, s)| s.why == Why::Section);
        let fact = |(at, skipped): (usize, &crate::sheet::layout::Skipped)| {
            Some((at, read(&bare(&skipped.text), register, &mapped)?))
        };
        Headings { facts: sections.filter_map(fact).collect(), struck: struck(job, register) }
    }

    /// Gives a row what its heading says.
    pub(super) fn apply(&self, heading: Option<usize>, draft: &mut Draft) {
        if draft.struck && draft.state.is_none() {
            draft.state = self.struck.clone();
        }
        let Some(at) = heading else { return };
        match self.facts.iter().find(|f| f.0 == at).map(|f| &f.1) {
            Some(Fact::State(state)) => draft.state = draft.state.take().or_else(|| Some(state.clone())),
            Some(Fact::Field(slot, value)) if draft.values[*slot].is_missing() => draft.values[*slot] = value.clone(),
            _ => {}
        }
    }

    /// What to tell: the row of each heading that was understood, the field, the words.
    pub(super) fn told<'a>(&'a self, job: &'a Job, register: &'a Register) -> impl Iterator<Item = (u32, Label)> + 'a {
        self.facts.iter().map(|(at, fact)| {
            let skipped = &job.table.skipped[*at];
            let (ja, en) = match fact {
                Fact::State(_) => ("状態", "state"),
                Fact::Field(slot, _) => {
                    let title = &register.slot(*slot).title;
                    (title.ja.as_str(), title.en.as_str())
                }
            };
            let what = Label::new(
                format!("区切りの見出し「{}」を下の行の「{ja}」としました", skipped.text),
                format!("the heading “{}” was taken as “{en}” of the rows below", skipped.text),
            );
            (skipped.row, what)
        })
    }
}

/// ・取消線は廃棄済みの機器: the state whose words stand in such a text.
fn struck(job: &Job, register: &Register) -> Option<String> {
    const LINES: [&str; 6] = ["取消線", "取り消し線", "取消し線", "打消線", "打ち消し線", "二重線"];
    let table = &job.table;
    let notes =
        table.skipped.iter().filter(|s| matches!(s.why, Why::Title | Why::Footnote | Why::Lone)).map(|s| &s.text);
    let mut texts = table.titles.iter().map(|t| &t.1).chain(notes).chain(table.outside.iter().map(|o| &o.1));
    let text = plain(texts.find(|t| LINES.iter().any(|l| t.contains(l)))?);
    let said = |s: &&akashi_domain::register::State| {
        let mut words = s.words.iter().chain([&s.title.ja]).map(|w| plain(w));
        words.any(|w| w.chars().count() >= 2 && !w.is_ascii() && text.contains(&w))
    };
    let mut states =
        register.states.iter().filter(|s| s.key != register.initial && !register.is_live(&s.key)).filter(said);
    match (states.next(), states.next()) {
        (Some(one), None) => Some(one.key.clone()),
        _ => None,
    }
}

/// Tells whether a mapped target already fills what another would.
fn covers(mapped: &Target, wanted: &Target) -> bool {
    match (mapped, wanted) {
        (Target::State(_), Target::Status) => true,
        (Target::Tick { slot, .. }, Target::Field(other)) => slot == other,
        _ => mapped == wanted,
    }
}

fn read(text: &str, register: &Register, mapped: &dyn Fn(&Target) -> bool) -> Option<Fact> {
    if text.chars().count() < 2 {
        return None;
    }
    // 倉庫 above devices tells a place as well as a state; 廃棄済 and 退職者 tell only one thing.
    let ended = |state: &&str| *state != register.initial && !register.is_live(state);
    if let Some(state) = state_of(register, text).filter(ended) {
        return (!mapped(&Target::Status)).then(|| Fact::State(state.into()));
    }
    let free = |slot: usize| !mapped(&Target::Field(slot));
    let mut options = register.fields().iter().enumerate().filter_map(|(slot, f)| {
        let choice = matches!(f.kind, FieldKind::Choice(_)) && !f.common && free(slot);
        let key = if choice { Options::new(f.options()).whole(text).map(Box::from) } else { None };
        key.map(|key| Fact::Field(slot, Value::Choice(key)))
    });
    // A word that two choices know is neither's.
    match (options.next(), options.next()) {
        (Some(one), None) => return Some(one),
        (Some(_), Some(_)) => return None,
        _ => {}
    }
    let department = register.field_ix("department").filter(|slot| free(*slot))?;
    let text_field = matches!(register.slot(department).kind, FieldKind::Text);
    (text_field && is_department(text)).then(|| Fact::Field(department, Value::Text(text.into())))
}

/// The heading without its marks and a count behind it: `■ 看護部（12台）` → `看護部`.
fn bare(text: &str) -> String {
    let text = plain(text);
    let marks = |c: char| {
        c == ' '
            || matches!(
                c,
                '■' | '□'
                    | '◆'
                    | '◇'
                    | '●'
                    | '○'
                    | '▼'
                    | '▽'
                    | '▶'
                    | '【'
                    | '】'
                    | '〔'
                    | '〕'
                    | '['
                    | ']'
                    | '<'
                    | '>'
                    | '〈'
                    | '〉'
                    | '《'
                    | '》'
                    | '★'
                    | '◎'
                    | '・'
                    | '-'
                    | '='
            )
    };
    let text = text.trim_matches(marks);
    let head = match text.split_once('(') {
        Some((head, rest)) if rest.starts_with(|c: char| c.is_ascii_digit()) => head,
        _ => text,
    };
    head.trim_matches(marks).into()
}
