//! The list of one register: search over all texts, filters, sorting, pages of fifty.

use std::cmp::Ordering;
use std::sync::Arc;

use akashi_domain::authz::Action;
use akashi_domain::register::{Field, FieldKind, Register};
use akashi_domain::text::fold;
use akashi_domain::verdict::Evaluator;
use akashi_domain::{Link as Target, RecordId, RegisterIx, Value, Version, View};

use super::board::{Filter, Opt};
use super::chip::StateChip;
use super::eyes::Eyes;
use super::link;
use crate::guard::form::Fields;
use crate::guard::seat::Seat;

pub(crate) struct ListView {
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) about: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Row>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) q: String,
    /// Kept while filtering: `sort`, `dir`, `to`.
    pub(crate) kept: Vec<(String, String)>,
    /// Only rows that link to this record.
    pub(crate) to: Option<String>,
    pub(crate) found: usize,
    pub(crate) all: usize,
    pub(crate) filtered: bool,
    /// Which of how many are shown.
    pub(crate) range: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) creates: bool,
    pub(crate) imports: bool,
    pub(crate) exports: bool,
}

pub(crate) struct Column {
    pub(crate) label: String,
    pub(crate) href: String,
    /// `ascending`, `descending` or `none`, as `aria-sort` takes it.
    pub(crate) sorted: &'static str,
    pub(crate) numeric: bool,
}

pub(crate) struct Row {
    pub(crate) href: String,
    pub(crate) code: String,
    pub(crate) cells: Vec<Cell>,
    pub(crate) state: StateChip,
}

pub(crate) struct Cell {
    pub(crate) text: String,
    /// Words nobody has resolved, or that cannot be read.
    pub(crate) open: bool,
    pub(crate) numeric: bool,
    /// Stays in one line.
    pub(crate) short: bool,
}

const ROWS: usize = 50;
/// Cells are cut in lists; the record's page shows all.
const CELL: usize = 60;
/// Letters of a cell that is not broken.
const SHORT: usize = 14;

struct Lister<'a> {
    eyes: Eyes<'a>,
    /// Every record is open: single ones need not be asked for.
    all_open: bool,
    register: &'a Register,
    query: &'a Fields,
    /// Slots of the columns the reader may see.
    slots: Vec<usize>,
}

impl ListView {
    pub(crate) fn make(seat: &Seat, evaluator: &Evaluator, ix: RegisterIx, query: &Fields) -> ListView {
        let register = evaluator.catalog().register(ix);
        let eyes = Eyes::new(seat, evaluator);
        let slots = register.list.iter().copied().filter(|slot| eyes.sees(register.slot(*slot))).collect();
        let lister = Lister { all_open: seat.may_all(evaluator, Action::Read, ix), eyes, register, query, slots };
        let mut found = lister.found(ix);
        lister.sort(&mut found);
        lister.page(ix, &found)
    }
}

impl<'a> Lister<'a> {
    fn view(&self) -> &'a View {
        self.eyes.evaluator.view()
    }

    fn found(&self, ix: RegisterIx) -> Vec<&'a Arc<Version>> {
        let wanted = self.query.get("q").map(fold);
        let to = self.query.get("to").and_then(RecordId::parse);
        let rows = self.view().rows(ix).iter().filter(|v| self.is_open(v));
        let rows = rows.filter(|v| self.in_state(v) && self.has_choices(v));
        let rows = rows.filter(|v| to.is_none_or(|id| v.cells.iter().any(|c| points_to(c, id))));
        rows.filter(|v| wanted.as_ref().is_none_or(|w| self.says(v, w))).collect()
    }

    /// Grants may be narrowed to single records.
    fn is_open(&self, version: &Version) -> bool {
        self.all_open || self.eyes.seat.may(self.eyes.evaluator, Action::Read, version.register, Some(version))
    }

    /// Without a choice the rows in force are shown, or all when the register knows no other.
    fn in_state(&self, version: &Version) -> bool {
        match self.query.get("state") {
            None => self.register.is_live(&version.state),
            Some("all") => true,
            Some(state) => *version.state == *state,
        }
    }

    fn has_choices(&self, version: &Version) -> bool {
        self.choices().all(|(ix, field)| match self.query.get(&format!("f.{}", field.key)) {
            None => true,
            Some(key) => match version.cell(ix) {
                Value::Choice(k) => **k == *key,
                Value::Choices(ks) => ks.iter().any(|k| **k == *key),
                Value::YesNo(yes) => (if *yes { "yes" } else { "no" }) == key,
                _ => key == "-",
            },
        })
    }

    /// Fields with few values, which the list offers as filters.
    fn choices(&self) -> impl Iterator<Item = (usize, &'a Field)> + use<'a, '_> {
        let fields = self.register.fields().iter().enumerate().filter(|(_, f)| !f.common);
        fields
            .filter(|(_, f)| !f.options().is_empty() || matches!(f.kind, FieldKind::YesNo))
            .filter(|(_, f)| self.eyes.sees(f))
    }

    fn says(&self, version: &Version, wanted: &str) -> bool {
        if fold(&version.code).contains(wanted) {
            return true;
        }
        let fields = self.register.fields().iter().enumerate().filter(|(_, f)| self.eyes.sees(f));
        fields.map(|(ix, f)| (version.cell(ix), f)).any(|(v, f)| self.cell_says(v, f, wanted))
    }

    fn cell_says(&self, value: &Value, field: &Field, wanted: &str) -> bool {
        match value {
            Value::Null | Value::YesNo(_) => false,
            Value::Text(t) | Value::Unclear(t) => fold(t).contains(wanted),
            Value::Rows(rows) => rows.iter().any(|r| {
                r.cells.iter().zip(field.rows()).any(|(v, f)| self.eyes.sees(f) && self.cell_says(v, f, wanted))
            }),
            other => fold(&self.eyes.words(other, field)).contains(wanted),
        }
    }

    fn sort(&self, rows: &mut [&'a Arc<Version>]) {
        let down = self.query.get("dir") == Some("desc");
        match self.query.get("sort") {
            Some("code") => rows.sort_by(|a, b| natural(&a.code, &b.code)),
            Some("state") => rows.sort_by_cached_key(|v| self.register.states.iter().position(|s| *s.key == *v.state)),
            Some("changed") => rows.sort_by_key(|v| v.recorded_at),
            Some(key) => match self.register.field_ix(key).filter(|ix| self.eyes.sees(self.register.slot(*ix))) {
                Some(ix) => self.sort_by(rows, &[ix]),
                None => self.sort_by(rows, &self.register.sort),
            },
            None => self.sort_by(rows, &self.register.sort),
        }
        if down {
            rows.reverse();
        }
    }

    /// Blanks go last, numbers and dates by value, texts as people count (2 before 10).
    fn sort_by(&self, rows: &mut [&'a Arc<Version>], slots: &[usize]) {
        let key = |v: &Version| -> Vec<Key> {
            slots.iter().map(|ix| key(v.cell(*ix), || self.eyes.words(v.cell(*ix), self.register.slot(*ix)))).collect()
        };
        let mut keyed: Vec<(Vec<Key>, &Arc<Version>)> = rows.iter().map(|v| (key(v), *v)).collect();
        keyed.sort_by(|a, b| compare(&a.0, &b.0).then_with(|| natural(&a.1.code, &b.1.code)));
        rows.iter_mut().zip(keyed).for_each(|(slot, (_, v))| *slot = v);
    }

    fn page(&self, ix: RegisterIx, found: &[&Arc<Version>]) -> ListView {
        let (register, lang) = (self.register, self.eyes.seat.ctx.lang);
        let path = format!("/registers/{}", register.key);
        let last = found.len().saturating_sub(1) / ROWS;
        let number =
            self.query.get("page").and_then(|p| p.parse::<usize>().ok()).unwrap_or(1).saturating_sub(1).min(last);
        let rows: Vec<Row> = found.iter().skip(number * ROWS).take(ROWS).map(|v| self.row(v)).collect();
        let at = |page: usize| link::with(&path, self.query, &[("page", &(page + 1).to_string()), ("done", "")]);
        let kept = self.query.0.iter().filter(|(n, v)| matches!(n.as_str(), "sort" | "dir" | "to") && !v.is_empty());
        let to = self.query.get("to").and_then(RecordId::parse).and_then(|id| self.view().get(id));
        let may = |action| self.eyes.seat.may(self.eyes.evaluator, action, ix, None);
        ListView {
            key: register.key.clone(),
            title: register.title.get(lang).to_owned(),
            about: register.about.get(lang).to_owned(),
            columns: self.columns(&path),
            filters: self.filters(ix),
            q: self.query.get("q").unwrap_or_default().to_owned(),
            kept: kept.cloned().collect(),
            to: to.filter(|v| self.is_open(v)).map(|v| self.eyes.name(v)),
            found: found.len(),
            all: self.view().rows(ix).len(),
            filtered: self
                .query
                .0
                .iter()
                .any(|(n, v)| !v.is_empty() && (n == "q" || n == "state" || n == "to" || n.starts_with("f."))),
            range: format!("{}–{} / {}", number * ROWS + 1, number * ROWS + rows.len(), found.len()),
            before: (number > 0).then(|| at(number - 1)),
            after: (number < last).then(|| at(number + 1)),
            creates: may(Action::Create),
            imports: self.eyes.seat.imports(self.eyes.evaluator, ix),
            exports: may(Action::Export),
            rows,
        }
    }

    fn columns(&self, path: &str) -> Vec<Column> {
        let (now, down) = (self.query.get("sort"), self.query.get("dir") == Some("desc"));
        let lang = self.eyes.seat.ctx.lang;
        let words = self.eyes.seat.words();
        let fields = self
            .slots
            .iter()
            .map(|ix| self.register.slot(*ix))
            .map(|f| (f.key.clone(), f.title.get(lang).to_owned(), is_numeric(f)));
        let code = std::iter::once(("code".to_owned(), words.say("column-code"), false));
        let state = std::iter::once(("state".to_owned(), words.say("column-state"), false));
        let column = |(key, label, numeric): (String, String, bool)| {
            let current = now == Some(key.as_str());
            let dir = if current && !down { "desc" } else { "" };
            let sorted = match (current, down) {
                (false, _) => "none",
                (true, false) => "ascending",
                (true, true) => "descending",
            };
            let href = link::with(path, self.query, &[("sort", &key), ("dir", dir), ("page", ""), ("done", "")]);
            Column { label, href, sorted, numeric }
        };
        code.chain(fields).chain(state).map(column).collect()
    }

    fn filters(&self, ix: RegisterIx) -> Vec<Filter> {
        let (words, lang) = (self.eyes.seat.words(), self.eyes.seat.ctx.lang);
        let count = |state: &str| self.view().rows(ix).iter().filter(|v| *v.state == *state).count();
        let chosen = self.query.get("state").unwrap_or_default();
        let opt = |value: &str, label: String| Opt { chosen: value == chosen, value: value.to_owned(), label };
        let mut states = vec![opt("", words.say("filter-state-live")), opt("all", words.say("filter-all"))];
        for state in &self.register.states {
            states.push(opt(&state.key, format!("{} ({})", state.title.get(lang), count(&state.key))));
        }
        let mut out = vec![Filter { name: "state".into(), label: words.say("column-state"), options: states }];
        // More filters than these would hide the list they are for.
        out.extend(
            self.choices()
                .filter(|(slot, _)| self.slots.contains(slot) || self.slots.len() < 3)
                .take(4)
                .map(|(_, f)| self.filter(f)),
        );
        out
    }

    fn filter(&self, field: &Field) -> Filter {
        let (words, lang) = (self.eyes.seat.words(), self.eyes.seat.ctx.lang);
        let name = format!("f.{}", field.key);
        let chosen = self.query.get(&name).unwrap_or_default().to_owned();
        let known = field.options().iter().map(|o| (o.key.clone(), o.title.get(lang).to_owned()));
        let yes_no = [("yes", "value-yes"), ("no", "value-no")].map(|(v, l)| (v.to_owned(), words.say(l)));
        let yes_no = yes_no.into_iter().filter(|_| matches!(field.kind, FieldKind::YesNo));
        let ends = |key: &str, value: &str| (value.to_owned(), words.say(key));
        let all = std::iter::once(ends("filter-all", ""))
            .chain(known)
            .chain(yes_no)
            .chain(std::iter::once(ends("filter-blank", "-")));
        let options = all.map(|(value, label)| Opt { chosen: value == chosen, value, label }).collect();
        Filter { name, label: field.title.get(lang).to_owned(), options }
    }

    fn row(&self, version: &Version) -> Row {
        Row {
            href: format!("/records/{}", version.id),
            code: version.code.to_string(),
            cells: self.slots.iter().map(|ix| self.cell(version, *ix)).collect(),
            state: StateChip::of(self.eyes.seat.words(), self.register, &version.state),
        }
    }

    fn cell(&self, version: &Version, slot: usize) -> Cell {
        let (value, field) = (version.cell(slot), self.register.slot(slot));
        let full = self.eyes.words(value, field);
        let mut text: String = full.chars().take(CELL).collect();
        if text.len() < full.len() {
            text.push('…');
        }
        Cell { short: text.chars().count() <= SHORT, text, open: is_open(value), numeric: is_numeric(field) }
    }
}

/// Tells whether a value still waits for somebody: words of a link nobody resolved, a date nobody can read.
pub(crate) fn is_open(value: &Value) -> bool {
    match value {
        Value::Unclear(_) | Value::Link(Target::Text(_)) => true,
        Value::Links(links) => links.iter().any(|l| matches!(l, Target::Text(_))),
        _ => false,
    }
}

fn is_numeric(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Number { .. })
}

/// Tells whether a value holds a link to the record, inside rows too.
pub(crate) fn points_to(value: &Value, id: RecordId) -> bool {
    let hit = |l: &Target| matches!(l, Target::To(to) if *to == id);
    match value {
        Value::Link(l) => hit(l),
        Value::Links(ls) => ls.iter().any(hit),
        Value::Rows(rows) => rows.iter().any(|r| r.cells.iter().any(|c| points_to(c, id))),
        _ => false,
    }
}

#[derive(Debug, PartialEq)]
enum Key {
    Number(f64),
    Text(String),
    Blank,
}

fn key(value: &Value, shown: impl Fn() -> String) -> Key {
    match value {
        Value::Number(n) => Key::Number(*n),
        Value::Instant(us) => Key::Number(*us as f64),
        value if value.is_blank() => Key::Blank,
        _ => Key::Text(fold(&shown())),
    }
}

fn compare(a: &[Key], b: &[Key]) -> Ordering {
    let pairs = a.iter().zip(b).map(|(a, b)| match (a, b) {
        (Key::Number(a), Key::Number(b)) => a.total_cmp(b),
        (Key::Text(a), Key::Text(b)) => natural(a, b),
        (Key::Blank, Key::Blank) => Ordering::Equal,
        (Key::Blank, _) | (Key::Text(_), Key::Number(_)) => Ordering::Greater,
        (_, Key::Blank) | (Key::Number(_), Key::Text(_)) => Ordering::Less,
    });
    pairs.into_iter().find(|o| *o != Ordering::Equal).unwrap_or(Ordering::Equal)
}

/// Compares texts with numbers in them as people count: `A-2` before `A-10`.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (x, rest_a) = piece(a);
        let (y, rest_b) = piece(b);
        let order = match (x.parse::<u64>(), y.parse::<u64>()) {
            (Ok(m), Ok(n)) => m.cmp(&n),
            _ => x.cmp(y),
        };
        if order != Ordering::Equal || x.is_empty() {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
}

/// The first stretch of digits, or of anything else.
fn piece(text: &str) -> (&str, &str) {
    let digit = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != digit).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_texts_count() {
        let mut codes = ["A-10", "A-2", "B-1", "A-2b", "A", ""];
        codes.sort_by(|a, b| natural(a, b));
        assert_eq!(codes, ["", "A", "A-2", "A-2b", "A-10", "B-1"]);
    }

    #[test]
    fn blanks_go_last() {
        let mut keys =
            [vec![Key::Blank], vec![Key::Text("b".into())], vec![Key::Number(2.0)], vec![Key::Text("a".into())]];
        keys.sort_by(|a, b| compare(a, b));
        assert_eq!(
            keys,
            [vec![Key::Number(2.0)], vec![Key::Text("a".into())], vec![Key::Text("b".into())], vec![Key::Blank]]
        );
    }
}
