//! Builds the rows of a register from tables and their mappings.

use std::collections::BTreeMap;
use std::sync::mpsc::sync_channel;

use akashi_domain::register::{Field, FieldKind};
use akashi_domain::{Label, Link, RecordId, Register, Row, Source, Value, Version};
use serde::{Deserialize, Serialize};

use super::cells::{CellReader, Draft, note_of};
use super::column::ColumnPlan;
use super::heading::Headings;
use super::links::join_places;
use super::{Incoming, IncomingRow, Request, TableCount};
use super::{merge, roster};
use crate::sheet::layout::{DataRow, Table};
use crate::sheet::mapping::{Per, TableMapping, Target};
use crate::sheet::read::Cell;
use crate::sheet::resolve::Directory;
use crate::sheet::values::date::DateContext;
use crate::sheet::values::{FieldReader, is_branch};

/// Something people should know about a cell, column, sheet or file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub file: String,
    pub sheet: String,
    /// A1 name; empty when it is about more than a cell.
    pub cell: String,
    /// Key of the field it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub field: Option<String>,
    pub what: Label,
}

/// A table with its mapping.
pub(super) struct Job {
    pub table: Table,
    pub mapping: TableMapping,
    pub orphans: Vec<(u32, usize)>,
    /// The table is of another register and only speaks of this one too.
    pub borrowed: bool,
}

/// Builds the rows of all tables of a file.
pub(super) fn run(file: &str, jobs: &[Job], request: &Request<'_>, directory: &mut Directory<'_>, out: &mut Incoming) {
    let view = directory.view();
    let register = view.catalog.register(request.register);
    let mut last_sheet: Option<(String, usize)> = None;
    for job in jobs {
        let before = out.rows.len();
        let mut builder = Builder::new(file, job, request, register, directory, out);
        builder.unmapped();
        builder.tell_headings();
        match &job.mapping.per {
            Per::Row => builder.rows(),
            // Blocks side by side of one sheet go on filling the same record.
            Per::Sheet(key) => {
                let same = last_sheet.take().filter(|(s, _)| *s == job.table.sheet).map(|(_, ix)| ix);
                let at = builder.sheet_record(key, same);
                last_sheet = at.map(|ix| (job.table.sheet.clone(), ix));
            }
            Per::Group(key) => builder.groups(key),
            Per::Columns(key) => builder.sessions(key),
        }
        let joined = job.borrowed && job.mapping.per == Per::Row;
        if joined {
            merge::same_key(register, file, before, out);
        }
        let records = out.rows.len() - before;
        let rows = if joined { records } else { job.table.rows.len() };
        out.tables.push(TableCount { file: file.into(), sheet: job.table.sheet.clone(), rows, records });
    }
}

/// From so many rows on another thread reads their cells, so many at a time.
const MANY: usize = 4 * CHUNK;
const CHUNK: usize = 512;

pub(super) struct Builder<'a, 'b> {
    pub file: &'a str,
    pub job: &'a Job,
    pub request: &'a Request<'a>,
    pub register: &'a Register,
    pub directory: &'a mut Directory<'b>,
    pub out: &'a mut Incoming,
    pub reader: CellReader<'a>,
    pub headings: Headings,
    pub fiscal: Option<i16>,
    /// Name the last row that is no branch of a tree bears.
    trunk: Option<String>,
}

impl<'a, 'b> Builder<'a, 'b> {
    fn new(
        file: &'a str,
        job: &'a Job,
        request: &'a Request<'a>,
        register: &'a Register,
        directory: &'a mut Directory<'b>,
        out: &'a mut Incoming,
    ) -> Builder<'a, 'b> {
        Builder {
            file,
            job,
            request,
            register,
            directory,
            out,
            reader: CellReader::new(file, job, register),
            headings: Headings::new(job, register),
            fiscal: job.mapping.fiscal_year,
            trunk: None,
        }
    }

    /// One record per row.
    fn rows(&mut self) {
        let rows = &self.job.table.rows;
        if rows.len() < MANY {
            for row in rows {
                let draft = self.draft(row);
                self.finish(draft, row);
            }
            return;
        }
        // One thread reads cells, this one makes records of them; rows stay in their order.
        let mut reader = self.reader.clone();
        std::thread::scope(|scope| {
            let (send, drafts) = sync_channel(4);
            scope.spawn(move || {
                for chunk in rows.chunks(CHUNK) {
                    let read: Vec<Draft> = chunk.iter().map(|row| reader.draft(row)).collect();
                    if send.send(read).is_err() {
                        return;
                    }
                }
            });
            for (mut draft, row) in drafts.iter().flatten().zip(rows) {
                self.out.notes.append(&mut draft.notes);
                self.finish(draft, row);
            }
        });
    }

    /// Rows with the same key fields make one record.
    fn groups(&mut self, key: &str) {
        let Some(rows_ix) = self.register.field_ix(key) else { return self.rows() };
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for row in &self.job.table.rows {
            let mut draft = self.draft(row);
            let id: Vec<String> = self.register.key_fields.iter().map(|k| format!("{:?}", draft.values[*k])).collect();
            let mut inner = self.inner_row(&mut draft, rows_ix, row);
            self.left_over(rows_ix, &mut draft, &mut inner);
            match seen.get(&id.join("\u{1f}")) {
                Some(at) => roster::push_row(&mut self.out.rows[*at].values[rows_ix], inner),
                None => {
                    roster::push_row(&mut draft.values[rows_ix], inner);
                    draft.subs.remove(&rows_ix);
                    seen.insert(id.join("\u{1f}"), self.out.rows.len());
                    self.finish(draft, row);
                }
            }
        }
    }

    /// Reads the cells of a row; what there is to tell of them is told.
    pub(super) fn draft(&mut self, row: &DataRow) -> Draft {
        let mut draft = self.reader.draft(row);
        self.out.notes.append(&mut draft.notes);
        draft
    }

    pub(super) fn note(&mut self, row: u32, column: usize, field: Option<String>, what: Label) {
        self.out.notes.push(note_of(self.file, &self.job.table, row, column, field, what));
    }

    /// Makes the row inside the record that a table row describes, links resolved.
    pub(super) fn inner_row(&mut self, draft: &mut Draft, rows_ix: usize, row: &DataRow) -> Row {
        let fields = self.register.slot(rows_ix).rows();
        let mut cells = draft.subs.remove(&rows_ix).unwrap_or_else(|| vec![Value::Null; fields.len()]);
        let department = fields.iter().position(|f| f.key.contains("department")).and_then(|ix| text_of(&cells[ix]));
        let links = std::mem::take(&mut draft.links);
        for (target, words) in links {
            match target {
                Target::Sub { rows, sub } if rows == rows_ix => {
                    cells[sub] = Value::Link(self.resolve(&fields[sub], &words, department.as_deref(), row, true));
                }
                other => draft.links.push((other, words)),
            }
        }
        Row { id: RecordId(0), cells }
    }

    /// Resolves links, gives the state, and stores the row.
    pub(super) fn finish(&mut self, mut draft: Draft, row: &DataRow) {
        join_places(self.register, &mut draft);
        for (slot, value) in std::mem::take(&mut draft.also) {
            if draft.values[slot].is_missing() {
                draft.values[slot] = value;
            }
        }
        self.headings.apply(row.heading, &mut draft);
        self.constants(&mut draft);
        self.branch(&mut draft, row);
        let fields = self.register.fields();
        let department = self.register.field_ix("department").and_then(|ix| text_of(draft.values.get(ix)?));
        for (target, words) in std::mem::take(&mut draft.links) {
            match target {
                Target::Field(slot) => {
                    let named = words.len() > 1 && self.name_kept(&words, &draft);
                    draft.values[slot] =
                        Value::Link(self.resolve(&fields[slot], &words, department.as_deref(), row, !named));
                }
                Target::Sub { rows, sub } => {
                    let field = &fields[rows].rows()[sub];
                    let link = self.resolve(field, &words, department.as_deref(), row, true);
                    if let Some(cells) = draft.subs.get_mut(&rows) {
                        cells[sub] = Value::Link(link);
                    }
                }
                _ => {}
            }
        }
        self.many_links(&mut draft);
        for (rows, cells) in std::mem::take(&mut draft.subs) {
            if cells.iter().any(|v| !v.is_blank()) {
                roster::push_row(&mut draft.values[rows], Row { id: RecordId(0), cells });
            }
        }
        for (rows, inner) in std::mem::take(&mut draft.options) {
            roster::push_row(&mut draft.values[rows], inner);
        }
        self.store(draft, row.number);
    }

    fn store(&mut self, mut draft: Draft, row: u32) {
        let source = Source { file: self.file.into(), sheet: self.job.table.sheet.clone(), row };
        let state_written = draft.state.is_some();
        let state =
            draft.state.take().or_else(|| self.rule_state(&mut draft)).unwrap_or_else(|| self.register.initial.clone());
        self.out.rows.push(IncomingRow {
            values: draft.values,
            extra: draft.extra,
            source,
            state,
            state_written,
            known: None,
        });
    }

    fn rule_state(&self, draft: &mut Draft) -> Option<String> {
        let (request, cells) = (self.request, std::mem::take(&mut draft.values));
        let initial = &self.register.initial;
        let mut version = Version::unwritten(request.register, RecordId(0), request.facility, initial, cells);
        let state = (self.request.state_of)(self.register, &version);
        draft.values = std::mem::take(&mut version.cells);
        state
    }

    /// Fills fields that are the same for all rows.
    pub(super) fn constants(&self, draft: &mut Draft) {
        for (path, text) in &self.job.mapping.constants {
            let Some(Target::Field(slot)) = Target::parse(self.register, path) else { continue };
            if !draft.values[slot].is_missing() {
                continue;
            }
            let reader = FieldReader::new(self.register.slot(slot), path);
            if let Ok(reading) = reader.read(&Cell::text(text), &DateContext::default()) {
                if let Value::Link(Link::Text(t)) = &reading.value {
                    draft.links.push((Target::Field(slot), vec![(0, t.to_string())]));
                }
                draft.values[slot] = reading.value;
            }
        }
    }

    /// A name drawn as a branch (└) belongs below the last one that is not.
    fn branch(&mut self, draft: &mut Draft, row: &DataRow) {
        let own = |f: &Field| matches!(&f.kind, FieldKind::Link(to) if *to == [self.register.key.clone()]);
        let Some(parent) = self.register.fields().iter().position(own) else { return };
        let Some(name) = self.plans().iter().find(|p| {
            p.parts
                .first()
                .is_some_and(|t| matches!(t.target, Target::Field(f) if self.register.headline.first() == Some(&f)))
        }) else {
            return;
        };
        let shown = row.cells[name.slot].shown().into_owned();
        if !is_branch(&shown) {
            self.trunk = self.register.headline.first().and_then(|h| text_of(&draft.values[*h]));
        } else if let (Value::Null, Some(trunk)) = (&draft.values[parent], &self.trunk) {
            draft.values[parent] = Value::Link(Link::Text(trunk.as_str().into()));
            draft.links.push((Target::Field(parent), vec![(name.slot, trunk.clone())]));
        }
    }

    /// Columns of a roster row that fill nothing, for its note.
    pub(super) fn plans(&self) -> &[ColumnPlan] {
        &self.reader.plans
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Text(t) => Some(t.to_string()),
        _ => None,
    }
}
