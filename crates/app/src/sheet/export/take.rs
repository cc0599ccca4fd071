//! Reads Akashi's own workbook back, after people edited it: records by id, edited cells anew, the rest as it was.

use std::collections::HashMap;

use akashi_domain::{Field, Label, Link, RecordId, Register, Row, Source, Value, Version};

use super::{CODE, HIDDEN, MAGIC, NTH, STATE, columns, head, sheet, shown};
use crate::sheet::incoming::{Incoming, IncomingRow, Note, TableCount};
use crate::sheet::mapping::state_of;
use crate::sheet::read::{Cell, Sheet, SheetRow, Workbook, cell_name};
use crate::sheet::resolve::{Answer, Ask, Directory};
use crate::sheet::values::FieldReader;
use crate::sheet::values::date::DateContext;

/// Tells whether a workbook is Akashi's own export of the register.
pub(in crate::sheet) fn is_own(book: &Workbook, register: &Register) -> bool {
    let Some(first) = sheet(book, HIDDEN).and_then(|s| s.rows.first()) else { return false };
    let text = |column: u16| first.at(column).map(|c| c.shown().into_owned()).unwrap_or_default();
    text(0) == MAGIC && text(2) == register.key
}

/// Takes the rows of an own workbook.
pub(in crate::sheet) fn take(book: &Workbook, register: &Register, directory: &mut Directory<'_>, out: &mut Incoming) {
    let known = known(book);
    out.own = true;
    let Some(main) = book.sheets.iter().find(|s| !s.hidden) else { return };
    let mut taker = Taker { book, register, directory, out, known };
    let heads = heads(main);
    for row in main.rows.iter().skip(1) {
        taker.record(main, row, &heads);
    }
    let rows = main.rows.len().saturating_sub(1);
    out.tables.push(TableCount { file: book.file.clone(), sheet: main.name.clone(), rows, records: rows });
}

/// Ids and revisions by human number.
fn known(book: &Workbook) -> HashMap<String, (RecordId, u32)> {
    let rows = sheet(book, HIDDEN).map_or(&[] as &[SheetRow], |s| s.rows.as_slice());
    let one = |row: &SheetRow| {
        let text = |column: u16| row.at(column).map(|c| c.shown().into_owned());
        Some((text(0)?, (RecordId::parse(&text(1)?)?, text(2)?.parse().ok()?)))
    };
    rows.iter().skip(1).filter_map(one).collect()
}

/// Columns by header.
fn heads(sheet: &Sheet) -> HashMap<String, u16> {
    sheet
        .rows
        .first()
        .map(|r| r.cells.iter().map(|(at, c)| (c.shown().into_owned(), *at)).collect())
        .unwrap_or_default()
}

struct Taker<'a, 'b> {
    book: &'a Workbook,
    register: &'a Register,
    directory: &'a mut Directory<'b>,
    out: &'a mut Incoming,
    known: HashMap<String, (RecordId, u32)>,
}

impl Taker<'_, '_> {
    fn record(&mut self, sheet: &Sheet, row: &SheetRow, heads: &HashMap<String, u16>) {
        let text = |title: &str| heads.get(title).and_then(|at| row.at(*at)).map(|c| c.shown().into_owned());
        let code = text(CODE).unwrap_or_default();
        let known = self.known.get(&code).copied();
        let before: Option<Version> = known.and_then(|(id, _)| self.directory.view().get(id)).map(|v| (**v).clone());
        let mut values: Vec<Value> =
            before.as_ref().map_or_else(|| vec![Value::Null; self.register.fields().len()], |v| v.cells.clone());
        values.truncate(self.register.fields().len());
        for (slot, field) in columns(self.register.fields()) {
            let Some(at) = heads.get(&head(self.register.fields(), field)) else { continue };
            let old = values[slot].clone();
            values[slot] = self.cell(sheet, row, *at, field, &old);
        }
        for (slot, field) in self.register.fields().iter().enumerate().filter(|(_, f)| !f.rows().is_empty()) {
            if let Some(inner) = self.inner(slot, field, &code, before.as_ref()) {
                values[slot] = inner;
            }
        }
        let mut extra = before.as_ref().map(|v| v.extra.clone()).unwrap_or_default();
        for (title, at) in heads {
            if let (Some(key), Some(cell)) = (title.strip_prefix('*'), row.at(*at)) {
                extra.insert(key.into(), cell.shown().into_owned());
            }
        }
        let old_state = before.as_ref().map_or(self.register.initial.as_str(), |v| &*v.state);
        let state = text(STATE).and_then(|t| state_of(self.register, &t)).unwrap_or(old_state).to_string();
        let source = Source { file: self.book.file.clone(), sheet: sheet.name.clone(), row: row.number };
        self.out.rows.push(IncomingRow {
            values,
            extra,
            source,
            state,
            state_written: true,
            known: known.filter(|_| before.is_some()),
        });
    }

    /// The rows inside a record, from their own sheet; `None` when there is no such sheet.
    fn inner(&mut self, slot: usize, field: &Field, code: &str, before: Option<&Version>) -> Option<Value> {
        let book = self.book;
        let sheet = book.sheets.iter().find(|s| !s.hidden && s.name.ends_with(&format!(" {}", slot + 1)))?;
        let heads = heads(sheet);
        let code_at = *heads.get(CODE)?;
        let old: &[Row] = match before.map(|v| v.cell(slot)) {
            Some(Value::Rows(rows)) => rows,
            _ => &[],
        };
        let mut out = Vec::new();
        for row in
            sheet.rows.iter().skip(1).filter(|r| r.at(code_at).is_some_and(|c| c.shown() == code && !code.is_empty()))
        {
            let nth: Option<usize> = heads.get(NTH).and_then(|at| row.at(*at)).and_then(|c| c.shown().parse().ok());
            let former = nth.and_then(|n| old.get(n.checked_sub(1)?));
            let mut cells = former.map_or_else(|| vec![Value::Null; field.rows().len()], |r| r.cells.clone());
            cells.resize(field.rows().len(), Value::Null);
            for (sub, inner) in columns(field.rows()) {
                if let Some(at) = heads.get(&head(field.rows(), inner)) {
                    let was = cells[sub].clone();
                    cells[sub] = self.cell(sheet, row, *at, inner, &was);
                }
            }
            out.push(Row { id: former.map_or(RecordId(0), |r| r.id), cells });
        }
        Some(if out.is_empty() { Value::Null } else { Value::Rows(out) })
    }

    /// A cell that says what the export wrote keeps its value; another is read anew.
    fn cell(&mut self, sheet: &Sheet, row: &SheetRow, at: u16, field: &Field, old: &Value) -> Value {
        let empty = Cell::default();
        let cell = row.at(at).unwrap_or(&empty);
        let written = shown(old, field, self.directory.view());
        let text = cell.shown();
        if text == written.trim() || same_number(old, &text) {
            return old.clone();
        }
        if cell.is_empty() {
            return Value::Null;
        }
        match FieldReader::new(field, &field.title.ja).read(cell, &DateContext::default()) {
            Ok(reading) => self.linked(field, reading.value),
            Err(_) => {
                let what = Label::new(
                    format!("「{}」として読めないため、そのまま残しました", field.title.ja),
                    format!("cannot be read as “{}”; kept as written", field.title.en),
                );
                self.out.notes.push(Note {
                    file: self.book.file.clone(),
                    sheet: sheet.name.clone(),
                    cell: cell_name(row.number, at),
                    field: Some(field.key.clone()),
                    what,
                });
                Value::Unclear(text.as_ref().into())
            }
        }
    }

    /// Resolves edited links; `AST-2026-0012 電子カルテ端末` is known by its number.
    fn linked(&mut self, field: &Field, value: Value) -> Value {
        let mut one = |link: Link| {
            let Link::Text(text) = &link else { return link };
            let head = text.split(' ').next().unwrap_or_default().to_string();
            for name in [text.to_string(), head] {
                if let Answer::One(id) = self.directory.find(field, Ask { name: Some(&name), ..Ask::default() }) {
                    return Link::To(id);
                }
            }
            link
        };
        match value {
            Value::Link(link) => Value::Link(one(link)),
            Value::Links(links) => Value::Links(links.into_iter().map(one).collect()),
            other => other,
        }
    }
}

fn same_number(old: &Value, text: &str) -> bool {
    matches!((old, text.parse::<f64>()), (Value::Number(a), Ok(b)) if *a == b)
}
