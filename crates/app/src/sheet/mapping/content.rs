//! What the cells of a column say about the field they could fill.

use akashi_domain::Register;
use akashi_domain::register::{Field, FieldKind};

use super::target::Target;
use crate::sheet::layout::Table;
use crate::sheet::read::Cell;
use crate::sheet::values::date::DateContext;
use crate::sheet::values::{FieldReader, Issue, period};
use crate::sheet::words::{cell_key, is_dash, plain};

/// Cells looked at per column.
const SAMPLE: usize = 120;

/// A sample of a column's filled cells.
#[derive(Clone, Debug)]
pub(super) struct Sample<'a> {
    pub cells: Vec<&'a Cell>,
    /// Filled cells in all.
    pub filled: usize,
}

impl<'a> Sample<'a> {
    pub(super) fn of(table: &'a Table, slot: usize) -> Sample<'a> {
        let all: Vec<&Cell> = table.rows.iter().map(|r| &r.cells[slot]).filter(|c| !c.is_empty()).collect();
        let step = (all.len() / SAMPLE).max(1);
        Sample { filled: all.len(), cells: all.into_iter().step_by(step).take(SAMPLE).collect() }
    }

    /// Share of cells the target's field can read, 0–1; `None` when the kind takes any text or nothing is there.
    pub(super) fn fit(&self, target: &Target, register: &Register, header: &str, context: &DateContext) -> Option<f32> {
        if target.is_tick() {
            return Some(self.marks());
        }
        let Some(field) = target.field(register) else { return self.states(register) };
        if !typed(field) || self.cells.is_empty() {
            return None;
        }
        let reader = target.reader(register, header)?;
        let told = self.cells.iter().filter(|c| !is_dash(&c.shown()));
        let results: Vec<bool> = told.filter_map(|c| reads(&reader, c, context)).collect();
        let good = results.iter().filter(|r| **r).count();
        (!results.is_empty()).then(|| good as f32 / results.len() as f32)
    }

    fn states(&self, register: &Register) -> Option<f32> {
        let known = |c: &&&Cell| state_of(register, &c.shown()).is_some();
        (!self.cells.is_empty()).then(|| self.cells.iter().filter(known).count() as f32 / self.cells.len() as f32)
    }

    /// Share of cells that are a yes, a no or a dash, something beside it or not.
    pub(super) fn marks(&self) -> f32 {
        let reader = FieldReader::mark("");
        self.share(|c| reader.read(c, &DateContext::default()).is_ok())
    }

    /// Tells whether every cell is nothing but a yes, a no or a dash.
    pub(super) fn only_marks(&self) -> bool {
        let reader = FieldReader::mark("");
        let bare = |c: &&Cell| reader.read(c, &DateContext::default()).is_ok_and(|r| !r.more);
        !self.cells.is_empty() && self.cells.iter().all(bare)
    }

    /// Share of cells that hold both ends of a period or say so.
    pub(super) fn periods(&self) -> f32 {
        let both =
            |c: &&&Cell| period::read(&c.shown(), &DateContext::default()).is_some_and(|p| p.from.is_some() || p.open);
        self.share(both)
    }

    /// Share of cells that name an option of a choice as a whole.
    pub(super) fn options(&self, field: &Field) -> f32 {
        let options = crate::sheet::values::choice::Options::new(field.options());
        self.share(|c| {
            options.whole(&c.shown()).is_some()
                || crate::sheet::values::word_beside_dates(&FieldReader::new(field, ""), &c.shown()).is_some()
        })
    }

    /// Share of cells with a digit and no kanji: codes and numbers of people and things.
    pub(super) fn codes(&self) -> f32 {
        let code = |c: &&&Cell| {
            let text = plain(&c.shown());
            text.chars().any(|c| c.is_ascii_digit())
                && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        };
        self.share(code)
    }

    /// The key of the field such content belongs to, whatever the header says.
    pub(super) fn kind(&self) -> Option<&'static str> {
        if self.filled < 3 {
            return None;
        }
        type Form = (&'static str, fn(&str) -> bool);
        let test: [Form; 3] = [("ip", is_ip), ("mac", is_mac), ("mail", is_mail)];
        test.iter().find(|(_, f)| self.share(|c| f(&plain(&c.shown()))) >= 0.8).map(|t| t.0)
    }

    fn share(&self, test: impl Fn(&&&Cell) -> bool) -> f32 {
        if self.cells.is_empty() {
            0.0
        } else {
            self.cells.iter().filter(|c| test(c)).count() as f32 / self.cells.len() as f32
        }
    }
}

/// Tells whether a reader understands the cell; cells that say nobody knows tell nothing.
fn reads(reader: &FieldReader, cell: &Cell, context: &DateContext) -> Option<bool> {
    match reader.read(cell, context) {
        // A date that lacks its year is a date none the less.
        Ok(_) | Err(Issue::NoYear | Issue::AmbiguousDate) => Some(true),
        Err(Issue::SaysUnknown | Issue::ExcelError) => None,
        Err(_) => Some(false),
    }
}

/// Kinds that do not take any text.
pub(super) fn typed(field: &Field) -> bool {
    use FieldKind::{Choice, Choices, Date, Instant, Number, Period, YesNo};
    matches!(field.kind, Choice(_) | Choices(_) | Date | Instant | Number { .. } | Period | YesNo)
}

/// Returns the state a cell names, by key, titles and words; in two languages (`Stock 保管中`) when they agree.
pub(crate) fn state_of<'a>(register: &'a Register, text: &str) -> Option<&'a str> {
    if let Some(state) = whole_state(register, text) {
        return Some(state);
    }
    let plain = plain(text);
    let parts: Vec<&str> = plain.split([' ', '/', '(', ')', '・']).filter(|p| !p.is_empty()).collect();
    let mut found: Option<&str> = None;
    for part in parts.iter().filter(|_| parts.len() > 1) {
        match (whole_state(register, part), found) {
            (Some(a), Some(b)) if a != b => return None,
            (Some(a), _) => found = Some(a),
            // A word of the other language may be unknown; an unknown Japanese one (予定) may turn the meaning.
            (None, _) if part.chars().all(|c| c.is_ascii_alphabetic()) => {}
            (None, _) => return None,
        }
    }
    found
}

fn whole_state<'a>(register: &'a Register, text: &str) -> Option<&'a str> {
    let key = cell_key(text);
    if key.is_empty() {
        return None;
    }
    let named = |s: &&akashi_domain::register::State| {
        [&s.key, &s.title.ja, &s.title.en].into_iter().any(|w| cell_key(w) == key)
    };
    let worded = |s: &&akashi_domain::register::State| s.words.iter().any(|w| cell_key(w) == key);
    register.states.iter().find(named).or_else(|| register.states.iter().find(worded)).map(|s| s.key.as_str())
}

fn is_ip(text: &str) -> bool {
    text.split('/').next().is_some_and(|t| t.parse::<std::net::Ipv4Addr>().is_ok())
}

fn is_mac(text: &str) -> bool {
    let parts: Vec<&str> = text.split([':', '-']).collect();
    parts.len() == 6 && parts.iter().all(|p| p.len() == 2 && p.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_mail(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(a, b)| !a.is_empty() && b.contains('.') && text.is_ascii() && !text.contains(' '))
}
