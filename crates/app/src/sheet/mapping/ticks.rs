//! Columns to tick: a column per option of a choice (USB ○, 紙 ○), and flags that name a state (削除フラグ 1, 廃棄 ○).

use akashi_domain::Register;
use akashi_domain::register::State;

use super::content::Sample;
use super::target::{Target, ticked};
use crate::sheet::layout::{Column, Table};
use crate::sheet::words::{head_base, head_key};

/// Words behind what a flag column is about.
const FLAGS: [&str; 6] = ["フラグ", "flg", "flag", "区分", "済み", "済"];

/// Finds the options columns are headed by: at least two columns of one choice with nothing but marks.
///
/// `own(column)` tells that the header names a field of its own.
pub(super) fn options(
    table: &Table,
    register: &Register,
    samples: &[Sample<'_>],
    own: &dyn Fn(usize) -> bool,
) -> Vec<(usize, Target)> {
    let marked = |c: &usize| samples[*c].cells.is_empty() || samples[*c].marks() >= 0.6;
    let columns: Vec<usize> = (0..table.columns.len()).filter(marked).filter(|c| !own(*c)).collect();
    let mut out: Vec<(usize, Target)> = Vec::new();
    if columns.len() < 2 {
        return out;
    }
    let names: Vec<Vec<String>> = columns.iter().map(|c| forms(&table.columns[*c])).collect();
    for (slot, field) in register.fields().iter().enumerate().filter(|(_, f)| ticked(f) && f.options().len() >= 3) {
        let mut found: Vec<(usize, Target)> = Vec::new();
        for option in field.options() {
            let words: Vec<String> =
                option.words.iter().chain([&option.title.ja, &option.title.en]).map(|w| head_key(w)).collect();
            let heads = |ix: &usize| names[*ix].iter().any(|n| words.contains(n));
            let taken = |c: usize| out.iter().chain(&found).any(|f| f.0 == c);
            // ノート and デスク are both terminals.
            let here: Vec<usize> =
                (0..columns.len()).filter(heads).map(|ix| columns[ix]).filter(|c| !taken(*c)).collect();
            found.extend(here.into_iter().map(|c| (c, Target::Tick { slot, option: option.key.as_str().into() })));
        }
        if found.len() >= 2 && found.iter().any(|f| !samples[f.0].cells.is_empty()) {
            out.extend(found);
        }
    }
    out
}

/// Finds the states flag columns name. A lone flag of a state that a record begins with or works in says nothing where its mark
/// is missing; a column for each state does.
pub(super) fn states<'a>(
    table: &Table,
    register: &'a Register,
    samples: &[Sample<'_>],
    own: &dyn Fn(usize) -> bool,
) -> Vec<(usize, &'a State)> {
    let named = |c: usize| state(&table.columns[c], register, &samples[c]).map(|s| (c, s));
    let found: Vec<(usize, &State)> = (0..table.columns.len()).filter_map(named).collect();
    let ended = |s: &State| s.key != register.initial && !register.is_live(&s.key);
    let mut keys: Vec<&str> = found.iter().filter(|f| !own(f.0)).map(|f| f.1.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    let each = keys.len() >= 2;
    found.into_iter().filter(|(c, s)| ended(s) || (each && !own(*c))).collect()
}

fn state<'a>(column: &Column, register: &'a Register, sample: &Sample<'_>) -> Option<&'a State> {
    if !sample.only_marks() {
        return None;
    }
    let names: Vec<String> = forms(column).into_iter().flat_map(|n| [stem(&n), n]).collect();
    register.states.iter().find(|s| {
        let mut words = s.words.iter().chain([&s.title.ja, &s.title.en]).map(|w| head_key(w));
        words.any(|w| w.chars().count() >= 2 && names.contains(&w))
    })
}

/// The label, its lowest level, and that without brackets.
fn forms(column: &Column) -> Vec<String> {
    let Some(leaf) = column.levels.last() else { return Vec::new() };
    [head_key(&column.label()), head_key(leaf)].into_iter().chain(head_base(leaf)).collect()
}

fn stem(name: &str) -> String {
    FLAGS.iter().find_map(|f| name.strip_suffix(f)).unwrap_or(name).into()
}
