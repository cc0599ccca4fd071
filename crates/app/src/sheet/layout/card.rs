//! Sheets that are a form: labels at the left, values at their right, often two pairs in a row; one record a sheet or more.
//! A sheet with a header above rows, or with records side by side under each other's labels, is not one.

use std::collections::BTreeMap;

use super::lexicon::Lexicon;
use super::{Column, DataRow, Skipped, Table, Why, brief, is_label};
use crate::sheet::read::{Cell, Raw, Sheet, SheetRow, cell_name};
use crate::sheet::words::{head_key, tidy};

/// A form is read as one only when that many different known labels stand in it.
const LABELS: usize = 4;

/// A label with its value.
struct Pair {
    row: u32,
    label_at: u16,
    /// Levels of the label.
    levels: Vec<String>,
    value_at: u16,
    value: Cell,
    known: bool,
}

/// Reads a sheet as a form, a table of one row for each record; `None` when it is none.
pub(super) fn tables(sheet: &Sheet, lexicon: &Lexicon) -> Option<Vec<Table>> {
    if sheet.rows.len() < 3 || sheet.rows.len() > 200 || sheet.rows.iter().any(|r| headed(r, lexicon)) {
        return None;
    }
    let columns = label_columns(sheet, lexicon);
    let pairs = pairs(sheet, &columns, lexicon);
    let known: Vec<String> = pairs.iter().filter(|p| p.known).map(|p| head_key(&p.levels.concat())).collect();
    let mut different = known.clone();
    different.sort();
    different.dedup();
    let filled = pairs.iter().filter(|p| !p.value.is_empty()).count();
    let form = different.len() >= LABELS && known.len() * 5 >= pairs.len() * 3 && filled * 2 >= pairs.len();
    // One column of labels and one record beside each other is the turned table's case.
    let turned = columns.len() == 1 && sheet.rows.iter().filter(|r| r.cells.len() >= 3).count() * 2 > pairs.len();
    (form && !turned).then(|| records(sheet, pairs))
}

/// A row of labels side by side heads a table.
fn headed(row: &SheetRow, lexicon: &Lexicon) -> bool {
    let known: Vec<u16> = row.cells.iter().filter(|c| is_known(&c.1, lexicon)).map(|c| c.0).collect();
    known.len() >= 3 && known.len() * 5 >= row.cells.len() * 3
}

fn is_known(cell: &Cell, lexicon: &Lexicon) -> bool {
    is_label(cell) && lexicon.weight(&cell.shown()) > 0.0
}

/// Columns whose texts are known labels for the greater part.
fn label_columns(sheet: &Sheet, lexicon: &Lexicon) -> Vec<u16> {
    let mut counts: BTreeMap<u16, (usize, usize)> = BTreeMap::new();
    for (column, cell) in sheet.rows.iter().flat_map(|r| &r.cells) {
        let count = counts.entry(*column).or_default();
        count.0 += usize::from(is_known(cell, lexicon));
        count.1 += 1;
    }
    let mostly = |c: &(&u16, &(usize, usize))| c.1.0 >= 2 && c.1.0 * 2 > c.1.1;
    counts.iter().filter(mostly).map(|(column, _)| *column).collect()
}

/// Pairs each text of a label column with what stands at its right, before the next label.
fn pairs(sheet: &Sheet, columns: &[u16], lexicon: &Lexicon) -> Vec<Pair> {
    let mut out = Vec::new();
    for row in &sheet.rows {
        let labels: Vec<&(u16, Cell)> =
            row.cells.iter().filter(|c| columns.contains(&c.0) && matches!(c.1.raw, Raw::Text(_))).collect();
        for (nth, (at, cell)) in labels.iter().enumerate() {
            let until = labels.get(nth + 1).map_or(u16::MAX, |next| next.0);
            let value = row.cells.iter().find(|c| c.0 > *at && c.0 < until);
            let known = is_known(cell, lexicon);
            // A text alone in its row is a title or a note, unless it is a label left blank.
            if value.is_none() && !known {
                continue;
            }
            let label = tidy(&cell.shown()).trim_end_matches([':', '：']).to_string();
            let levels = group(sheet, row.number, *at).into_iter().chain([label]).collect();
            out.push(Pair {
                row: row.number,
                label_at: *at,
                levels,
                value_at: value.map_or(at.saturating_add(1), |v| v.0),
                value: value.map_or_else(Cell::default, |v| v.1.clone()),
                known,
            });
        }
    }
    out
}

/// The label of a group that is merged downwards at the left of a label.
fn group(sheet: &Sheet, row: u32, at: u16) -> Option<String> {
    let area = sheet.merged.iter().find(|a| a.bottom > a.top && a.right + 1 == at && a.holds(row, a.right))?;
    let top = sheet.rows.iter().find(|r| r.number == area.top)?;
    top.at(area.left).map(|c| tidy(&c.shown()))
}

/// Divides pairs into records: where the first label comes again, below or beside.
fn records(sheet: &Sheet, pairs: Vec<Pair>) -> Vec<Table> {
    let first = head_key(&pairs[0].levels.concat());
    let again = |p: &Pair| head_key(&p.levels.concat()) == first;
    let starts: Vec<(u32, u16)> = pairs.iter().filter(|p| again(p)).map(|p| (p.row, p.label_at)).collect();
    let mut groups: BTreeMap<(u32, u16), Vec<Pair>> = BTreeMap::new();
    let begin = pairs[0].row;
    for pair in pairs {
        // The nearest start above, then the nearest at the left.
        let row = starts.iter().map(|s| s.0).filter(|r| *r <= pair.row).max().unwrap_or(begin);
        let column = starts.iter().filter(|s| s.0 == row && s.1 <= pair.label_at).map(|s| s.1).max().unwrap_or(0);
        groups.entry((row, column)).or_default().push(pair);
    }
    let mut used: Vec<(u32, u16)> = Vec::new();
    let mut out: Vec<Table> = Vec::new();
    for pairs in groups.into_values() {
        used.extend(pairs.iter().flat_map(|p| [(p.row, p.label_at), (p.row, p.value_at)]));
        out.push(record(sheet, pairs));
    }
    if let Some(table) = out.first_mut() {
        rest(sheet, begin, &used, table);
    }
    out
}

fn record(sheet: &Sheet, pairs: Vec<Pair>) -> Table {
    let rows = (pairs[0].row, pairs.last().map_or(pairs[0].row, |p| p.row));
    let mut table = Table {
        sheet: sheet.name.clone(),
        hidden: sheet.hidden,
        csv: sheet.csv,
        header_rows: (rows.0, rows.0),
        rows: vec![DataRow { number: rows.0, ..DataRow::default() }],
        ..Table::default()
    };
    for pair in pairs {
        table.columns.push(Column { at: pair.value_at, levels: pair.levels });
        table.places.push((pair.row, pair.value_at));
        table.rows[0].cells.push(pair.value);
    }
    table
}

/// What is no pair: titles above, and cells to be told.
fn rest(sheet: &Sheet, begin: u32, used: &[(u32, u16)], table: &mut Table) {
    let groups: Vec<(u32, u16)> = sheet.merged.iter().filter(|a| a.bottom > a.top).map(|a| (a.top, a.left)).collect();
    for row in &sheet.rows {
        let free = |c: &&(u16, Cell)| {
            let at = (row.number, c.0);
            !(used.contains(&at) || groups.contains(&at) && used.iter().any(|u| u.0 == row.number))
        };
        let cells: Vec<&(u16, Cell)> = row.cells.iter().filter(free).collect();
        if cells.is_empty() {
            continue;
        }
        let named = cells.iter().map(|c| (cell_name(row.number, c.0), c.1.shown().into_owned()));
        if row.number < begin {
            table.titles.extend(named);
            table.skipped.push(Skipped { row: row.number, why: Why::Title, text: brief(row) });
        } else {
            table.outside.extend(named);
        }
    }
}
