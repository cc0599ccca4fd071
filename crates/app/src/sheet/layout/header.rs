//! Finds the header of a table, its levels, and blocks that repeat side by side.

use super::lexicon::Lexicon;
use super::{Column, is_label};
use crate::sheet::read::{Area, Raw, Sheet, SheetRow};
use crate::sheet::words::{head_key, plain, tidy};

/// A header in a sheet.
#[derive(Clone, Debug, Default)]
pub struct Header {
    /// Indexes into the sheet's rows: first row of the header, first row behind it.
    pub first: usize,
    pub end: usize,
    /// 1-based first and last row.
    pub rows: (u32, u32),
    pub columns: Vec<Column>,
    /// Columns of each block; one block unless the labels repeat side by side.
    pub blocks: Vec<Vec<u16>>,
}

/// How far down a header is looked for.
const DEPTH: usize = 60;

/// Finds the next header at or after the row index `from`.
pub(super) fn find(sheet: &Sheet, from: usize, lexicon: &Lexicon) -> Option<Header> {
    let rows = &sheet.rows[from.min(sheet.rows.len())..];
    let scores: Vec<f32> = rows.iter().take(DEPTH).map(|r| score(r, lexicon)).collect();
    let best = scores.iter().copied().fold(0.0, f32::max);
    let known = scores.iter().position(|s| *s >= 2.0 && *s >= best * 0.6);
    let base = from + known.or_else(|| shaped(rows))?;
    let (first, end) = levels(sheet, base, lexicon);
    let columns = columns(sheet, first, end);
    let blocks = blocks(&columns);
    Some(Header { first, end, rows: (sheet.rows[first].number, sheet.rows[end - 1].number), columns, blocks })
}

/// How much a row reads like a header: known words count, typed values count against it.
pub(super) fn score(row: &SheetRow, lexicon: &Lexicon) -> f32 {
    if row.cells.len() < 2 {
        return 0.0;
    }
    let mut sum = 0.0;
    let mut hits = 0;
    for (_, cell) in &row.cells {
        let weight = if is_label(cell) { lexicon.weight(&cell.shown()) } else { 0.0 };
        hits += usize::from(weight > 0.0);
        sum += match cell.raw {
            Raw::Text(_) => weight,
            _ => -1.0,
        };
    }
    // Rows of data hold known words too (システム, 委託), but seldom many of them.
    if hits * 5 < row.cells.len() * 2 { sum * 0.3 } else { sum }
}

/// A header nobody knows the words of: the first row of several different short texts that the rows below fill too.
fn shaped(rows: &[SheetRow]) -> Option<usize> {
    rows.iter().take(DEPTH).enumerate().position(|(ix, row)| {
        let labels = row.cells.iter().filter(|c| is_label(&c.1) && !looks_like_data(&c.1.shown())).count();
        let mut texts: Vec<String> = row.cells.iter().map(|c| head_key(&c.1.shown())).collect();
        texts.sort();
        texts.dedup();
        let distinct = texts.len() == row.cells.len();
        let filled = |r: &SheetRow| row.cells.iter().filter(|c| r.at(c.0).is_some()).count() * 2 >= row.cells.len();
        let below = rows[ix + 1..].iter().take(5).filter(|r| filled(r)).count();
        row.cells.len() >= 3 && labels == row.cells.len() && distinct && below >= 2 && data_below(rows, ix)
    })
}

/// Some column below holds what a label cannot be: numbers, dates, codes.
fn data_below(rows: &[SheetRow], ix: usize) -> bool {
    let data = |r: &SheetRow| r.cells.iter().any(|c| !matches!(c.1.raw, Raw::Text(_)) || looks_like_data(&c.1.shown()));
    rows[ix + 1..].iter().take(5).any(data)
}

/// Codes, dates, numbers, addresses: mostly digits or marks.
fn looks_like_data(text: &str) -> bool {
    let text = plain(text);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    digits >= 2 && digits * 3 >= text.chars().count()
}

/// Extends a header row to the rows above and below that belong to it.
fn levels(sheet: &Sheet, base: usize, lexicon: &Lexicon) -> (usize, usize) {
    let rows = &sheet.rows;
    let mut first = base;
    while first > 0 && base - first < 2 && belongs_above(sheet, first, lexicon) {
        first -= 1;
    }
    let mut end = base + 1;
    while end < rows.len() && end - base < 3 && belongs_below(sheet, end, lexicon) {
        end += 1;
    }
    (first, end)
}

fn joined(sheet: &Sheet, upper: u32, lower: u32) -> impl Iterator<Item = &Area> {
    sheet.merged.iter().filter(move |a| a.top <= upper && a.bottom >= lower)
}

fn belongs_above(sheet: &Sheet, ix: usize, lexicon: &Lexicon) -> bool {
    let (above, row) = (&sheet.rows[ix - 1], &sheet.rows[ix]);
    if above.number + 1 != row.number
        || above.cells.len() < 2
        || above.cells.iter().any(|c| !matches!(c.1.raw, Raw::Text(_)))
    {
        return false;
    }
    let merged = joined(sheet, above.number, row.number).any(|a| above.at(a.left).is_some());
    // Group labels leave gaps that the row below fills.
    let known = above.cells.iter().filter(|c| lexicon.weight(&c.1.shown()) > 0.0).count();
    let spans = sheet.merged.iter().any(|a| {
        a.top == above.number
            && a.bottom == above.number
            && a.right > a.left
            && row.at(a.left + 1).is_some()
            && a.right - a.left < 12
    });
    merged || (spans && known >= 1) || groups_above(sheet, above, row, known)
}

/// Group labels that were not merged (CSV): several, fewer than the labels below, which fill the gaps between them.
fn groups_above(sheet: &Sheet, above: &SheetRow, row: &SheetRow, known: usize) -> bool {
    let gaps = row.cells.iter().filter(|c| above.at(c.0).is_none()).count();
    let covered = above.cells.first().map(|c| c.0) <= row.cells.first().map(|c| c.0);
    let short = above.cells.iter().all(|c| is_label(&c.1) && c.1.shown().chars().count() <= 12);
    unmerged(sheet, above.number, row.number)
        && above.cells.len() >= 3
        && gaps >= 1
        && covered
        && short
        && known * 3 >= above.cells.len()
}

/// Tells whether no merged cell touches the rows.
fn unmerged(sheet: &Sheet, first: u32, last: u32) -> bool {
    !sheet.merged.iter().any(|a| a.top <= last && a.bottom >= first)
}

fn belongs_below(sheet: &Sheet, ix: usize, lexicon: &Lexicon) -> bool {
    let (above, row) = (&sheet.rows[ix - 1], &sheet.rows[ix]);
    if above.number + 1 != row.number || row.cells.iter().any(|c| !matches!(c.1.raw, Raw::Text(_))) {
        return false;
    }
    if joined(sheet, above.number, row.number).any(|a| above.at(a.left).is_some() || a.top < above.number) {
        return true;
    }
    let known = row.cells.iter().filter(|c| lexicon.weight(&c.1.shown()) > 0.0).count();
    let under_span = sheet.merged.iter().any(|a| {
        a.top == above.number
            && a.bottom == above.number
            && a.right > a.left
            && (a.left..=a.right).filter(|c| row.at(*c).is_some()).count() >= 2
    });
    if under_span {
        return known >= 1 || only_under_spans(sheet, above, row);
    }
    // Without merged cells (CSV): it fills gaps of the row above and is itself made of known words.
    let gaps = row.cells.iter().filter(|c| above.at(c.0).is_none()).count();
    let labels = row.cells.iter().all(|c| is_label(&c.1));
    unmerged(sheet, above.number, row.number)
        && gaps >= 1
        && labels
        && known * 2 >= row.cells.len()
        && row.cells.len() - gaps <= gaps + 1
}

/// Labels that nobody knows, but none beside the merged cells above: a row of data would fill other columns, too.
fn only_under_spans(sheet: &Sheet, above: &SheetRow, row: &SheetRow) -> bool {
    let spans = |at: u16| {
        sheet.merged.iter().any(|a| a.holds(above.number, at) && a.bottom == above.number && a.right > a.left)
    };
    row.cells.iter().all(|c| spans(c.0) && is_label(&c.1) && !looks_like_data(&c.1.shown()))
        && above.cells.iter().any(|c| !spans(c.0))
}

/// Reads the labels of all levels, column by column.
fn columns(sheet: &Sheet, first: usize, end: usize) -> Vec<Column> {
    let rows = &sheet.rows[first..end];
    let mut used: Vec<u16> = rows.iter().flat_map(|r| r.cells.iter().map(|c| c.0)).collect();
    for area in sheet.merged.iter().filter(|a| a.top >= rows[0].number && a.top <= rows[rows.len() - 1].number) {
        // A wide merged label without sub-labels heads its first column only.
        let split = rows.iter().any(|r| r.number > area.top && (area.left..=area.right).any(|c| r.at(c).is_some()));
        if split {
            used.extend(area.left..=area.right);
        }
    }
    used.sort_unstable();
    used.dedup();
    used.into_iter().map(|at| Column { at, levels: labels(sheet, rows, at) }).filter(|c| !c.levels.is_empty()).collect()
}

fn labels(sheet: &Sheet, rows: &[SheetRow], at: u16) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for (nth, row) in rows.iter().enumerate() {
        let below = rows[nth + 1..].iter().any(|r| r.at(at).is_some());
        let cell = row.at(at).map(|c| c.shown().into_owned());
        let spread = || {
            sheet
                .merged
                .iter()
                .find(|a| a.holds(row.number, at) && a.top == row.number)
                .and_then(|a| row.at(a.left))
                .map(|c| c.shown().into_owned())
        };
        let text = cell.or_else(spread).or_else(|| if below { carried(sheet, rows, nth, at) } else { None });
        if let Some(text) = text.map(|t| tidy(&t)).filter(|t| !t.is_empty() && out.last() != Some(t)) {
            out.push(text);
        }
    }
    out
}

/// A group label that was not merged reaches over the blank cells to its right that have sub-labels.
fn carried(sheet: &Sheet, rows: &[SheetRow], nth: usize, at: u16) -> Option<String> {
    if !unmerged(sheet, rows[0].number, rows[rows.len() - 1].number) {
        return None;
    }
    let under = |c: u16| rows[nth + 1..].iter().any(|r| r.at(c).is_some());
    let left = (0..at).rev().find(|c| rows[nth].at(*c).is_some() || !under(*c))?;
    let cell = rows[nth].at(left).filter(|_| under(left))?;
    Some(cell.shown().into_owned())
}

/// Finds labels that repeat side by side, divided by a gap or not.
fn blocks(columns: &[Column]) -> Vec<Vec<u16>> {
    let keys: Vec<String> = columns.iter().map(|c| head_key(&c.label())).collect();
    let places = |range: std::ops::Range<usize>| columns[range].iter().map(|c| c.at).collect::<Vec<u16>>();
    for width in 2..=columns.len() / 2 {
        let repeats = columns.len().is_multiple_of(width) && (width..keys.len()).all(|ix| keys[ix] == keys[ix - width]);
        if repeats {
            return (0..columns.len() / width).map(|n| places(n * width..(n + 1) * width)).collect();
        }
    }
    vec![places(0..columns.len())]
}
