//! The list of one register: search over all texts, filters, sorting, pages of fifty.

use std::sync::Arc;

use akashi_domain::authz::Action;
use akashi_domain::register::{Field, FieldKind, Register};
use akashi_domain::verdict::Evaluator;
use akashi_domain::{Link as Target, RecordId, RegisterIx, Value, Version, View};

use super::board::{Filter, Opt};
use super::chip::StateChip;
use super::eyes::Eyes;
use super::link;
use super::order::{self, Key, compare, natural};
use super::search::Search;
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
    /// Where a disposal of its records begins.
    pub(crate) disposes: Option<String>,
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

/// The filter that shows what was disposed of.
const GONE: &str = "gone!";

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
        let lister = Lister {
            all_open: seat.may_all(evaluator.catalog(), Action::Read, &register.key),
            eyes,
            register,
            query,
            slots,
        };
        let mut found = lister.found(ix);
        lister.sort(&mut found);
        lister.page(ix, &found)
    }
}

/// Whether a value is the option asked for; `-` asks for rows without one.
fn is_chosen(value: &Value, key: &str) -> bool {
    match value {
        Value::Choice(k) => **k == *key,
        Value::Choices(ks) => ks.iter().any(|k| **k == *key),
        Value::YesNo(yes) => (if *yes { "yes" } else { "no" }) == key,
        _ => key == "-",
    }
}

impl<'a> Lister<'a> {
    fn view(&self) -> &'a View {
        self.eyes.evaluator.view()
    }

    fn found(&self, ix: RegisterIx) -> Vec<&'a Arc<Version>> {
        let search = self.query.get("q").map(|words| Search::new(&self.eyes, self.register, words));
        let to = self.query.get("to").and_then(RecordId::parse);
        // What was chosen is looked up once, not for each of a hundred thousand rows.
        let state = self.query.get("state");
        let chosen: Vec<(usize, &str)> =
            self.choices().filter_map(|(ix, f)| Some((ix, self.query.get(&format!("f.{}", f.key))?))).collect();
        let rows = self.view().rows(ix).iter().filter(|v| self.is_open(v));
        let rows =
            rows.filter(|v| self.in_state(v, state) && chosen.iter().all(|(ix, key)| is_chosen(v.cell(*ix), key)));
        let rows = rows.filter(|v| to.is_none_or(|id| v.cells.iter().any(|c| points_to(c, id))));
        rows.filter(|v| search.as_ref().is_none_or(|s| s.finds(v))).collect()
    }

    /// Grants may be narrowed to single records.
    fn is_open(&self, version: &Version) -> bool {
        self.all_open || self.eyes.seat.may(self.eyes.evaluator, Action::Read, version.register, Some(version))
    }

    /// Without a choice the rows in force are shown, or all when the register knows no other.
    fn in_state(&self, version: &Version, asked: Option<&str>) -> bool {
        match asked {
            Some(GONE) => version.disposed,
            // What was disposed of is shown to whoever asks for it only.
            _ if version.disposed => false,
            None => self.register.is_live(&version.state),
            Some("all") => true,
            Some(state) => *version.state == *state,
        }
    }

    /// Fields with few values, which the list offers as filters.
    fn choices(&self) -> impl Iterator<Item = (usize, &'a Field)> + use<'a, '_> {
        let fields = self.register.fields().iter().enumerate().filter(|(_, f)| !f.common);
        fields
            .filter(|(_, f)| !f.options().is_empty() || matches!(f.kind, FieldKind::YesNo))
            .filter(|(_, f)| self.eyes.sees(f))
    }

    /// Brings the rows up to the page shown into order.
    fn sort(&self, rows: &mut [&'a Arc<Version>]) {
        let (until, down) = ((self.number(rows.len()) + 1) * ROWS, self.query.get("dir") == Some("desc"));
        let state = |v: &Version| self.register.states.iter().position(|s| *s.key == *v.state);
        match self.query.get("sort") {
            Some("code") => order::sort(rows, until, down, |a, b| natural(&a.code, &b.code)),
            Some("state") => {
                order::sort(rows, until, down, |a, b| state(a).cmp(&state(b)).then_with(|| natural(&a.code, &b.code)))
            }
            Some("changed") => order::sort(rows, until, down, |a, b| a.recorded_at.cmp(&b.recorded_at)),
            Some(key) => match self.register.field_ix(key).filter(|ix| self.eyes.sees(self.register.slot(*ix))) {
                Some(ix) => self.sort_by(rows, &[ix], until, down),
                None => self.sort_by(rows, &self.register.sort, until, down),
            },
            None => self.sort_by(rows, &self.register.sort, until, down),
        }
    }

    fn sort_by(&self, rows: &mut [&'a Arc<Version>], slots: &[usize], until: usize, down: bool) {
        let key =
            |v: &'a Version, ix: usize| Key::of(v.cell(ix), || self.eyes.words(v.cell(ix), self.register.slot(ix)));
        let keys = |v: &'a Version| -> Vec<Key<'a>> { slots.iter().map(|ix| key(v, *ix)).collect() };
        let mut keyed: Vec<(Vec<Key>, &'a Arc<Version>)> = rows.iter().map(|v| (keys(v), *v)).collect();
        order::sort(&mut keyed, until, down, |a, b| compare(&a.0, &b.0).then_with(|| natural(&a.1.code, &b.1.code)));
        rows.iter_mut().zip(keyed).for_each(|(slot, (_, v))| *slot = v);
    }

    /// Number of the page shown, from 0.
    fn number(&self, found: usize) -> usize {
        let asked = self.query.get("page").and_then(|p| p.parse::<usize>().ok()).unwrap_or(1);
        asked.saturating_sub(1).min(found.saturating_sub(1) / ROWS)
    }

    fn page(&self, ix: RegisterIx, found: &[&Arc<Version>]) -> ListView {
        let (register, lang) = (self.register, self.eyes.seat.ctx.lang);
        let path = format!("/registers/{}", register.key);
        let last = found.len().saturating_sub(1) / ROWS;
        let number = self.number(found.len());
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
            all: self.view().rows(ix).iter().filter(|v| !v.disposed).count(),
            filtered: self
                .query
                .0
                .iter()
                .any(|(n, v)| !v.is_empty() && (n == "q" || n == "state" || n == "to" || n.starts_with("f."))),
            range: format!("{}–{} / {}", number * ROWS + 1, number * ROWS + rows.len(), found.len()),
            before: (number > 0).then(|| at(number - 1)),
            after: (number < last).then(|| at(number + 1)),
            creates: may(Action::Create),
            imports: self.eyes.seat.imports(self.eyes.evaluator.catalog(), &register.key),
            exports: may(Action::Export),
            disposes: self.disposes(ix).filter(|_| !self.view().rows(ix).is_empty()),
            rows,
        }
    }

    /// Where a rule of retention speaks of the register and the reader may propose a disposal; the register of
    /// disposals leads to their pages.
    fn disposes(&self, ix: RegisterIx) -> Option<String> {
        let catalog = self.eyes.evaluator.catalog();
        let (key, disposal) = (&self.register.key, akashi_domain::retention::DISPOSAL);
        if key == disposal {
            return Some("/disposals".into());
        }
        let ruled = self.eyes.evaluator.program().retention.iter().any(|plan| plan.register == ix);
        let may = |ix| self.eyes.seat.may(self.eyes.evaluator, Action::Create, ix, None);
        (ruled && catalog.register_ix(disposal).is_some_and(may)).then(|| format!("/disposals/new?register={key}"))
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
        // The state stands beside the number: a wide register may not fit the screen, and it is what people look for.
        code.chain(state).chain(fields).map(column).collect()
    }

    fn filters(&self, ix: RegisterIx) -> Vec<Filter> {
        let (words, lang) = (self.eyes.seat.words(), self.eyes.seat.ctx.lang);
        let rows = || self.view().rows(ix).iter();
        let count = |state: &str| rows().filter(|v| !v.disposed && *v.state == *state).count();
        let gone = rows().filter(|v| v.disposed).count();
        let chosen = self.query.get("state").unwrap_or_default();
        let opt = |value: &str, label: String| Opt { chosen: value == chosen, value: value.to_owned(), label };
        let mut states = vec![opt("", words.say("filter-state-live")), opt("all", words.say("filter-all"))];
        for state in &self.register.states {
            states.push(opt(&state.key, format!("{} ({})", state.title.get(lang), count(&state.key))));
        }
        if gone > 0 {
            states.push(opt(GONE, format!("{} ({gone})", words.say("filter-gone"))));
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
            cells: self.slots.iter().enumerate().map(|(n, ix)| self.cell_or_gone(version, n, *ix)).collect(),
            state: match version.disposed {
                true => StateChip::gone(self.eyes.seat.words()),
                false => StateChip::of(self.eyes.seat.words(), self.register, &version.state),
            },
        }
    }

    /// Of what was disposed of the first column says under which approval and rule.
    fn cell_or_gone(&self, version: &Version, n: usize, slot: usize) -> Cell {
        let said = akashi_app::dispose::gone_label(self.eyes.evaluator, version).filter(|_| n == 0);
        match said {
            Some(label) => {
                let text = label.get(self.eyes.seat.ctx.lang).to_owned();
                Cell { text, open: false, numeric: false, short: false }
            }
            None => self.cell(version, slot),
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
