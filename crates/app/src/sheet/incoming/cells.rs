//! Reads the cells of a table row into a draft. Nothing is looked up in the ledger here, so that it can run ahead on
//! another thread; links, states and the order of records are `build`'s work.

use std::collections::BTreeMap;

use akashi_domain::register::{Field, FieldKind, Sensitivity};
use akashi_domain::{Day, Label, Link, RecordId, Register, Row, Value};

use super::build::{Job, Note};
use super::column::{ColumnPlan, ColumnRead, issue_label};
use crate::sheet::layout::{Column, DataRow, Table};
use crate::sheet::mapping::{ColumnMapping, Target};
use crate::sheet::read::{Cell, column_name};
use crate::sheet::values::Issue;
use crate::sheet::values::date::{DateContext, Token, fiscal_year, scan};
use crate::sheet::words::{is_ditto, plain};

/// A record in the making.
pub(super) struct Draft {
    pub values: Vec<Value>,
    pub extra: BTreeMap<String, String>,
    pub state: Option<String>,
    /// Words of links by target: code and name columns.
    pub links: Vec<(Target, Vec<(usize, String)>)>,
    /// Rows inside, by rows field.
    pub subs: BTreeMap<usize, Vec<Value>>,
    pub options: Vec<(usize, Row)>,
    /// Values that only fill what other columns leave blank.
    pub also: Vec<(usize, Value)>,
    /// What there is to tell of its cells.
    pub notes: Vec<Note>,
    /// Most of its cells are struck through.
    pub struck: bool,
}

impl Draft {
    pub(super) fn new(register: &Register) -> Draft {
        Draft {
            values: vec![Value::Null; register.fields().len()],
            extra: BTreeMap::new(),
            state: None,
            links: Vec::new(),
            subs: BTreeMap::new(),
            options: Vec::new(),
            also: Vec::new(),
            notes: Vec::new(),
            struck: false,
        }
    }
}

/// Reads the rows of one table, in their order.
#[derive(Clone)]
pub(super) struct CellReader<'a> {
    file: &'a str,
    job: &'a Job,
    register: &'a Register,
    pub plans: Vec<ColumnPlan>,
    /// Columns of which it was told already how their dates got a year.
    told_year: Vec<usize>,
}

impl<'a> CellReader<'a> {
    /// Makes ready for a table.
    pub(super) fn new(file: &'a str, job: &'a Job, register: &'a Register) -> CellReader<'a> {
        let plan = |(slot, column): (usize, &Column)| {
            let mapping =
                job.mapping.column_at(slot, &column_name(column.at), &column.label()).cloned().unwrap_or_default();
            ColumnPlan::new(slot, &ColumnMapping { header: column.label(), ..mapping }, register)
        };
        let plans = job.table.columns.iter().enumerate().map(plan).collect();
        CellReader { file, job, register, plans, told_year: Vec::new() }
    }

    /// Reads the cells of a row.
    pub(super) fn draft(&mut self, row: &DataRow) -> Draft {
        let mut draft = Draft::new(self.register);
        let mut context = self.context(row);
        for ix in 0..self.plans.len() {
            let cell = &row.cells[self.plans[ix].slot];
            if !cell.is_empty() {
                self.cell(ix, cell, row, &mut context, &mut draft);
            }
        }
        let struck = row.cells.iter().filter(|c| c.struck).count();
        draft.struck = struck > 0 && struck * 2 > row.cells.iter().filter(|c| !c.is_empty()).count();
        if draft.struck {
            self.note(
                &mut draft,
                row.number,
                0,
                None,
                Label::new("取消線が引かれた行です", "the row is struck through"),
            );
        }
        draft
    }

    /// What the sheet and the heading above tell about dates without a year.
    fn context(&self, row: &DataRow) -> DateContext {
        let Some(heading) = self.job.table.heading(row) else {
            return DateContext { fiscal_year: self.job.mapping.fiscal_year, ..DateContext::default() };
        };
        let fiscal = fiscal_year(heading).or(self.job.mapping.fiscal_year);
        let chars: Vec<char> = plain(heading).chars().collect();
        let base = DateContext { fiscal_year: fiscal, ..DateContext::default() };
        let near = match scan(&chars, &base, true).as_slice() {
            [one] => match one.token {
                Token::Date(d) if d.month.is_some() => Some(Day(d.first().0 + 14)),
                _ => None,
            },
            _ => None,
        };
        DateContext { near, ..base }
    }

    fn cell(&mut self, ix: usize, cell: &Cell, row: &DataRow, context: &mut DateContext, draft: &mut Draft) {
        if self.plans[ix].parts.is_empty() {
            self.keep(ix, cell, draft);
            return;
        }
        let found = if self.orphan(ix, cell, row) {
            self.plans[ix].unread(cell, Issue::NoDittoSource)
        } else {
            self.plans[ix].read(cell, context, self.register)
        };
        self.tell(ix, cell, row, &found, draft);
        self.advance(ix, row, &found, context, draft);
        let placed = found.rest.as_deref().is_some_and(|r| self.placed(ix, r));
        if (found.more && !placed) || (found.issue.is_some() && found.values.is_empty()) {
            self.keep(ix, cell, draft);
        }
        if let Some(state) = found.state {
            draft.state = Some(state);
        }
        for (part, value) in found.values {
            let part = &self.plans[ix].parts[part];
            let (target, also) = (part.target.clone(), part.also);
            self.place(target, also, ix, value, found.rest.as_deref(), draft);
        }
    }

    /// Tells whether what stood beside a mark has a place of its own in the row it makes.
    fn placed(&self, ix: usize, rest: &str) -> bool {
        let fields = |t: &Target| match t {
            Target::Option { rows, .. } => remark_slot(self.register.slot(*rows).rows(), rest).is_some(),
            _ => false,
        };
        self.plans[ix].parts.iter().all(|p| fields(&p.target))
    }

    /// Keeps a cell as extra data under its header.
    fn keep(&self, ix: usize, cell: &Cell, draft: &mut Draft) {
        let label = &self.plans[ix].label;
        let key = if draft.extra.contains_key(label) {
            format!("{label} ({})", column_name(self.job.table.columns[ix].at))
        } else {
            label.clone()
        };
        draft.extra.insert(key, cell.shown().into_owned());
    }

    /// A date the row holds is what later dates without a year are close to.
    fn advance(&mut self, ix: usize, row: &DataRow, found: &ColumnRead, context: &mut DateContext, draft: &mut Draft) {
        let date = found.values.iter().find_map(|(_, v)| match v {
            Value::Date(d) if d.day.is_some() => Some(d.first()),
            _ => None,
        });
        let apart = |d: &Day| context.fiscal_year.and_then(|y| Day::new(y, 10, 1)).map(|middle| (d.0 - middle.0).abs());
        // Without a fiscal year only the start of the row's own period tells when its other dates are.
        let starts = || self.plans[ix].parts.iter().any(|p| p.begins() && !p.also);
        if let Some(day) = date.filter(|d| apart(d).map_or_else(starts, |days| days < 400)) {
            context.near = Some(day);
        }
        if found.from_context && !self.told_year.contains(&ix) {
            self.told_year.push(ix);
            let what = match context.fiscal_year {
                Some(fiscal) => Label::new(
                    format!("年のない日付は{fiscal}年度として読みました"),
                    format!("dates without a year were read within fiscal year {fiscal}"),
                ),
                None => Label::new(
                    "年のない日付は同じ行の開始日に最も近い年として読みました",
                    "dates without a year were read as those nearest to the first date of their row",
                ),
            };
            self.note(draft, row.number, ix, None, what);
        }
    }

    /// A ditto mark with nothing above it says nothing.
    fn orphan(&self, ix: usize, cell: &Cell, row: &DataRow) -> bool {
        !self.job.orphans.is_empty()
            && is_ditto(&cell.shown())
            && self.job.orphans.contains(&(row.number, self.plans[ix].slot))
    }

    /// Notes what a cell did not say clearly.
    fn tell(&self, ix: usize, cell: &Cell, row: &DataRow, found: &ColumnRead, draft: &mut Draft) {
        let Some(issue) = found.issue else { return };
        let text = cell.shown().into_owned();
        let field = self.plans[ix].parts.first().and_then(|p| p.target.field(self.register));
        let open = field.is_none_or(|f| f.sensitivity < Sensitivity::Personal);
        let key = field.map(|f| f.key.clone());
        self.note(draft, row.number, ix, key, issue_label(issue, open.then_some(text.as_str())));
    }

    /// Puts a value where its target says.
    fn place(&self, target: Target, also: bool, ix: usize, value: Value, rest: Option<&str>, draft: &mut Draft) {
        let field = target.field(self.register);
        if let (Value::Link(Link::Text(text)), Some(_)) = (&value, field.filter(|f| !f.targets().is_empty())) {
            let text = text.to_string();
            match draft.links.iter_mut().find(|(t, _)| *t == target) {
                Some((_, words)) => words.push((ix, text)),
                None => draft.links.push((target.clone(), vec![(ix, text)])),
            }
        }
        match &target {
            Target::Field(slot) if also => draft.also.push((*slot, value)),
            Target::Field(slot) => {
                let old = &mut draft.values[*slot];
                *old = merged(std::mem::take(old), value);
            }
            Target::Sub { rows, sub } => {
                let width = self.register.slot(*rows).rows().len();
                let cells = draft.subs.entry(*rows).or_insert_with(|| vec![Value::Null; width]);
                cells[*sub] = merged(std::mem::take(&mut cells[*sub]), value);
            }
            Target::Option { rows, by, option, value: slot } => {
                let fields = self.register.slot(*rows).rows();
                let mut cells = vec![Value::Null; fields.len()];
                cells[*by] = Value::Choice(option.clone());
                cells[*slot] = value;
                if let Some(at) = rest.and_then(|r| remark_slot(fields, r)) {
                    cells[at] = Value::Text(rest.unwrap_or_default().replace('\n', " ").into());
                }
                draft.options.push((*rows, Row { id: RecordId(0), cells }));
            }
            Target::Tick { slot, option } => tick(self.register.slot(*slot), &mut draft.values[*slot], option, &value),
            Target::Status | Target::State(_) => {}
        }
    }

    fn note(&self, draft: &mut Draft, row: u32, column: usize, field: Option<String>, what: Label) {
        draft.notes.push(note_of(self.file, &self.job.table, row, column, field, what));
    }
}

/// Something to tell of a cell of a table.
pub(super) fn note_of(file: &str, table: &Table, row: u32, column: usize, field: Option<String>, what: Label) -> Note {
    Note { file: file.into(), sheet: table.sheet.clone(), cell: table.cell_name(row, column), field, what }
}

/// Adds an option whose column is ticked; a second tick of a choice that takes one only makes it unclear.
fn tick(field: &Field, old: &mut Value, option: &str, value: &Value) {
    if *value != Value::YesNo(true) {
        return;
    }
    *old = match std::mem::take(old) {
        Value::Choices(mut keys) => {
            if !keys.iter().any(|k| &**k == option) {
                keys.push(option.into());
            }
            Value::Choices(keys)
        }
        Value::Choice(first) if &*first != option => Value::Unclear(format!("{first} / {option}").into()),
        Value::Unclear(text) => Value::Unclear(text),
        _ if matches!(field.kind, FieldKind::Choices(_)) => Value::Choices(vec![option.into()]),
        _ => Value::Choice(option.into()),
    };
}

/// Joins what a second column brings: two halves of a name; otherwise the first column wins.
fn merged(old: Value, new: Value) -> Value {
    match (old, new) {
        (old, Value::Null) => old,
        (Value::Null, new) => new,
        (old @ Value::Link(_), Value::Link(_)) => old,
        (Value::Text(a), Value::Text(b)) => Value::Text(format!("{a} {b}").into()),
        (Value::Unclear(_), new) if !new.is_missing() => new,
        (old, _) => old,
    }
}

/// The sub-field for what stood beside a mark: 第12条 goes to a number of clause, the rest to a note.
fn remark_slot(fields: &[Field], rest: &str) -> Option<usize> {
    let text = |f: &&Field| matches!(f.kind, FieldKind::Text | FieldKind::Long);
    let find = |test: &dyn Fn(&Field) -> bool| fields.iter().position(|f| text(&f) && test(f));
    let clause = rest.contains('条') && rest.chars().any(|c| c.is_numeric());
    let numbered = || find(&|f| f.key.ends_with("_no"));
    let noted = || find(&|f| f.key == "note" || f.key == "remark");
    if clause { numbered().or_else(noted) } else { noted() }
}
