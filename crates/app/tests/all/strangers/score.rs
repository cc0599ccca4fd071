//! Compares what an import brought with the truth, and looks for cells that vanished without a word.

use akashi_app::sheet::incoming::{Incoming, IncomingRow};
use akashi_app::sheet::mapping::{Per, Target};
use akashi_app::sheet::read::{Limits, cell_name, column_name, read};
use akashi_app::sheet::words::{is_dash, is_ditto, is_left_ditto, plain};
use akashi_domain::{Row, Value};

use super::led::Truth;
use crate::ledger::Ledger;

/// What became of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Right,
    /// Not understood, and the report says so.
    Told,
    /// Something else stands there.
    Wrong,
    /// Nothing stands there and nothing is said.
    Lost,
}

/// How one file fared for one register.
#[derive(Clone, Debug, Default)]
pub(crate) struct Score {
    pub rows: usize,
    pub wanted: usize,
    pub right: usize,
    pub told: usize,
    pub wrong: usize,
    pub lost: usize,
    /// What was not right, cell by cell.
    pub remarks: Vec<String>,
}

/// Scores an import.
pub(crate) fn score(ledger: &Ledger, found: &Incoming, truth: &Truth, file: &(String, Vec<u8>)) -> Score {
    let mut out = Score { rows: found.rows.len(), wanted: truth.rows.len(), ..Score::default() };
    if found.rejected.len() != truth.rejected {
        out.wrong += 1;
        out.remarks.push(format!(
            "rejected {} instead of {}: {:?}",
            found.rejected.len(),
            truth.rejected,
            found.rejected.first()
        ));
    }
    for (nth, want) in truth.rows.iter().enumerate() {
        let Some(row) = found.rows.get(nth) else {
            // A table left aside with its reason is not lost, though nothing of it is right.
            let aside = found.tables.is_empty() && found.skipped.iter().any(|s| s.rows.1 > s.rows.0);
            let cells = want.iter().filter(|w| !w.is_empty()).count();
            *(if aside { &mut out.told } else { &mut out.lost }) += cells;
            out.remarks.push(format!("row {} missing", want.join("|")));
            continue;
        };
        for (field, want) in truth.fields.iter().zip(want) {
            let got = shown(ledger, &truth.register, row, field);
            let outcome = judge(want, &got, row, found);
            match outcome {
                Outcome::Right => out.right += 1,
                Outcome::Told => out.told += 1,
                Outcome::Wrong => out.wrong += 1,
                Outcome::Lost => out.lost += 1,
            }
            if outcome != Outcome::Right && !same(want, &got) {
                out.remarks.push(format!("{outcome:?} row {} {field}: «{got}» instead of «{want}»", row.source.row));
            }
        }
        for (field, got) in unasked(ledger, truth, row) {
            out.wrong += 1;
            out.remarks.push(format!("Unasked row {} {field}: «{got}»", row.source.row));
        }
    }
    for extra in found.rows.iter().skip(truth.rows.len()) {
        out.wrong += 1;
        out.remarks.push(format!("row {} is none", extra.source.row));
    }
    // The cells of a turned table bear other names than its rows and columns.
    let turned = truth.turned;
    for cell in vanished(ledger, found, file).into_iter().filter(|_| !turned) {
        out.lost += 1;
        out.remarks.push(format!("vanished {cell}"));
    }
    out
}

/// Fields the truth does not speak of and the import filled none the less.
fn unasked(ledger: &Ledger, truth: &Truth, row: &IncomingRow) -> Vec<(String, String)> {
    let register = ledger.view.catalog.register_by_key(&truth.register).unwrap();
    let asked = |key: &str| truth.fields.iter().chain(&truth.also).any(|f| f == key);
    let fields = register.fields().iter().filter(|f| !f.common && !asked(&f.key));
    fields
        .map(|f| (f.key.clone(), shown(ledger, &truth.register, row, &f.key)))
        .filter(|(_, got)| !got.is_empty() && !got.starts_with('?'))
        .collect()
}

fn judge(want: &str, got: &str, row: &IncomingRow, found: &Incoming) -> Outcome {
    let unread = got.starts_with('?');
    if same(want, got) {
        return if unread { Outcome::Told } else { Outcome::Right };
    }
    if unread {
        return Outcome::Told;
    }
    let noted = found.notes.iter().any(|n| n.sheet == row.source.sheet && ends_with_row(&n.cell, row.source.row));
    match (got.is_empty(), noted || !row.extra.is_empty()) {
        (true, true) => Outcome::Told,
        (true, false) => Outcome::Lost,
        (false, _) if got.strip_prefix('~').is_some_and(|_| noted) => Outcome::Told,
        (false, _) => Outcome::Wrong,
    }
}

/// Widths and kinds of kana do not count: text is stored as written.
fn same(want: &str, got: &str) -> bool {
    plain(want) == plain(got)
}

fn ends_with_row(cell: &str, row: u32) -> bool {
    cell.trim_start_matches(|c: char| c.is_ascii_alphabetic()) == row.to_string()
}

/// The text of a field; rows inside as `first=second`.
pub(crate) fn shown(ledger: &Ledger, register: &str, row: &IncomingRow, field: &str) -> String {
    if field == "status" {
        return row.state.clone();
    }
    let definition = ledger.view.catalog.register_by_key(register).unwrap();
    let slot = definition.field_ix(field).unwrap_or_else(|| panic!("no field {field}"));
    let Value::Rows(rows) = &row.values[slot] else { return ledger.text(register, &row.values, field) };
    let fields = definition.slot(slot).rows();
    let at = |key: &str| fields.iter().position(|f| f.key == key);
    let text = |r: &Row, ix: Option<usize>| ix.map(|ix| ledger.show(&r.cells[ix])).unwrap_or_default();
    let (head, value) =
        if field == "clauses" { (at("clause"), at("state")) } else { (at("person").or(Some(0)), at("result")) };
    let one = |r: &Row| {
        let date = text(r, at("date"));
        let date = if date.is_empty() { date } else { format!("@{date}") };
        format!("{}={}{date}", text(r, head), text(r, value))
    };
    rows.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Cells of the file that are in no record, no extra data and no report.
fn vanished(ledger: &Ledger, found: &Incoming, file: &(String, Vec<u8>)) -> Vec<String> {
    let Ok(book) = read(&file.0, &file.1, &Limits::default()) else { return Vec::new() };
    let register = ledger.view.catalog.register(found.register);
    let whole = found.rejected.iter().any(|r| r.cell.is_empty());
    let mut out = Vec::new();
    for sheet in book.sheets.iter().filter(|_| !whole) {
        let tables: Vec<_> = found.mapping.tables.iter().filter(|t| t.sheet == sheet.name).collect();
        for row in &sheet.rows {
            let skipped =
                found.skipped.iter().any(|s| s.sheet == sheet.name && (s.rows.0..=s.rows.1).contains(&row.number));
            let rejected = found.rejected.iter().any(|r| r.sheet == sheet.name && ends_with_row(&r.cell, row.number));
            if skipped || rejected {
                continue;
            }
            // Blocks side by side make several records of a row.
            let mut records: Vec<Option<&IncomingRow>> = found
                .rows
                .iter()
                .filter(|r| r.source.sheet == sheet.name && r.source.row == row.number)
                .map(Some)
                .collect();
            if records.is_empty() {
                records.push(None);
            }
            for (column, cell) in &row.cells {
                let (name, text) = (cell_name(row.number, *column), cell.shown().into_owned());
                let noted = found.notes.iter().any(|n| n.sheet == sheet.name && n.cell == name);
                let mapped: Vec<&str> = tables
                    .iter()
                    .flat_map(|t| &t.columns)
                    .filter(|c| c.column == column_name(*column))
                    .flat_map(|c| c.to.iter().chain(&c.also))
                    .map(String::as_str)
                    .collect();
                let inner = tables.iter().any(|t| t.per != Per::Row);
                let kept = records.iter().any(|record| match *record {
                    _ if noted || is_dash(&text) || is_ditto(&text) || is_left_ditto(&text) || endless(&text) => true,
                    Some(r) if mapped.is_empty() => extra_has(r, &text) || inner && holds(&r.values, &text),
                    Some(r) => mapped.iter().any(|m| filled(register, m, r)) || extra_has(r, &text),
                    // Rows inside a record, and rows joined with one above.
                    None => {
                        inner && !mapped.is_empty()
                            || found.rows.iter().any(|r| holds(&r.values, &text) || extra_has(r, &text))
                    }
                });
                if !kept {
                    out.push(format!("{}!{name} «{text}»", sheet.name));
                }
            }
        }
    }
    out
}

fn extra_has(row: &IncomingRow, text: &str) -> bool {
    row.extra.values().any(|v| v == text || v.split(" / ").any(|part| part == text))
}

/// What systems write for a date that never comes.
fn endless(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    ["99991231", "99999999", "29991231", "9223372036854775807", "00000000"].contains(&digits.as_str())
}

fn filled(register: &akashi_domain::Register, path: &str, row: &IncomingRow) -> bool {
    match Target::parse(register, path) {
        Some(Target::Field(slot)) => !row.values[slot].is_blank(),
        Some(Target::Status | Target::State(_)) => true,
        Some(Target::Tick { .. }) => true,
        Some(other) => other.rows().is_some_and(|slot| !row.values[slot].is_blank()),
        None => false,
    }
}

fn holds(values: &[Value], text: &str) -> bool {
    plain(&format!("{values:?}")).contains(&plain(text)) || plain(text).parse::<u32>().is_ok()
}
