//! Tells data rows from headings, totals, footnotes and trailers below a header. What a single text shows is in `marks`.

use super::header::{self, Header};
use super::lexicon::Lexicon;
use super::marks::{is_count, is_footnote, is_section, is_sum, is_total, is_trailer, is_unticked};
use super::{Column, DataRow, Skipped, Table, Why, brief, is_label};
use crate::sheet::read::{Area, Cell, Raw, Sheet, SheetRow, cell_name};
use crate::sheet::words::{head_key, is_running_header, plain};

pub(super) struct Rows<'a> {
    pub sheet: &'a Sheet,
    pub lexicon: &'a Lexicon,
    pub header: &'a Header,
    /// Folded labels of each column of the table.
    pub keys: Vec<Vec<String>>,
}

/// What a row turned out to be.
enum Kind {
    Data,
    Blank,
    Not(Why),
    /// Another header: the table ends here.
    NextTable,
}

impl Rows<'_> {
    /// Fills the rows of a table; returns the index of the first row behind it.
    pub(super) fn fill(mut self, table: &mut Table) -> usize {
        let rows = &self.sheet.rows;
        self.add_unnamed(table);
        self.keys = table.columns.iter().map(|c| c.levels.iter().map(|l| head_key(l)).collect()).collect();
        let merged = Merged::new(self.sheet, self.header);
        let running: Vec<bool> = table.columns.iter().map(|c| is_running_header(&c.label())).collect();
        let mut section = 0;
        let mut heading = None;
        let mut ix = self.header.end;
        while ix < rows.len() {
            let row = &rows[ix];
            let cells = self.cells(row, table);
            match self.kind(ix, &cells, &running, table) {
                Kind::NextTable => return self.back_to_title(ix, table),
                Kind::Blank => self.outside(row, table),
                Kind::Data => {
                    let mut cells = cells;
                    merged.fill(self.sheet, row.number, &table.columns, &mut cells);
                    self.outside(row, table);
                    table.rows.push(DataRow { number: row.number, section, heading, cells });
                }
                Kind::Not(why) => {
                    if why == Why::Section {
                        section += 1;
                        heading = Some(table.skipped.len());
                    }
                    table.skipped.push(Skipped { row: row.number, why, text: brief(row) });
                }
            }
            ix += 1;
        }
        self.last_lines(table);
        ix
    }

    /// Columns inside or right beside the table that have no label.
    fn add_unnamed(&self, table: &mut Table) {
        let (Some(first), Some(last)) = (table.columns.first().map(|c| c.at), table.columns.last().map(|c| c.at))
        else {
            return;
        };
        let beside = first.saturating_sub(1)..=last.saturating_add(1);
        let mut used = [false; 1 << 16];
        for row in &self.sheet.rows[self.header.end..] {
            row.cells.iter().for_each(|c| used[usize::from(c.0)] = true);
        }
        let named: Vec<u16> = table.columns.iter().map(|c| c.at).collect();
        for at in beside.filter(|at| used[usize::from(*at)]) {
            if named.binary_search(&at).is_err() {
                table.columns.push(Column { at, levels: Vec::new() });
            }
        }
        table.columns.sort_by_key(|c| c.at);
    }

    fn cells(&self, row: &SheetRow, table: &Table) -> Vec<Cell> {
        let mut out = Vec::with_capacity(table.columns.len());
        let mut from = 0;
        for column in &table.columns {
            while row.cells.get(from).is_some_and(|c| c.0 < column.at) {
                from += 1;
            }
            out.push(row.cells.get(from).filter(|c| c.0 == column.at).map_or_else(Cell::default, |c| c.1.clone()));
        }
        out
    }

    /// Notes the cells of a row that stand beside the table.
    fn outside(&self, row: &SheetRow, table: &mut Table) {
        for (column, cell) in &row.cells {
            if table.columns.binary_search_by_key(column, |c| c.at).is_err() {
                table.outside.push((cell_name(row.number, *column), cell.shown().into_owned()));
            }
        }
    }

    fn kind(&self, ix: usize, cells: &[Cell], running: &[bool], table: &Table) -> Kind {
        let filled: Vec<usize> = (0..cells.len()).filter(|c| !cells[*c].is_empty()).collect();
        let named = filled.iter().filter(|c| !table.columns[**c].levels.is_empty()).count();
        if filled.is_empty() {
            return Kind::Blank;
        }
        if self.repeats_header(ix, cells, table) {
            return Kind::Not(Why::RepeatedHeader);
        }
        if self.starts_table(ix) {
            return Kind::NextTable;
        }
        // A form row waiting to be filled: its number and boxes nobody ticked.
        let waiting = |c: &usize| running[*c] || is_unticked(&cells[*c].shown());
        if filled.len() > 1 && filled.iter().all(waiting) && filled.iter().any(|c| !running[*c]) {
            return Kind::Not(Why::Unused);
        }
        let first = cells[filled[0]].shown().into_owned();
        if filled.len() == 1 {
            return self.lone(ix, filled[0], &first, running, table);
        }
        // 出席計 above nothing but numbers, whatever is summed.
        let summed = |c: &usize| is_sum(&cells[*c].shown());
        if filled.iter().take(4).any(summed) && filled.iter().filter(|c| !summed(c)).all(|c| is_count(&cells[*c])) {
            return Kind::Not(Why::Total);
        }
        let total = filled.iter().take(4).any(|c| is_total(&cells[*c].shown()));
        let counted = |c: &&usize| !is_total(&cells[**c].shown()) && !is_count(&cells[**c]);
        if total && filled.len() >= 2 && !filled.iter().any(|c| counted(&c)) {
            return Kind::Not(Why::Total);
        }
        if total && filled.len() * 5 <= (table.columns.len() * 2).max(10) && filled.len() < table.columns.len().max(3) {
            return Kind::Not(Why::Total);
        }
        if filled.len() <= 2 && is_trailer(&first) {
            return Kind::Not(Why::Trailer);
        }
        if named == 0 || (is_footnote(&first) && filled.len() <= 2) {
            return Kind::Not(if is_footnote(&first) { Why::Footnote } else { Why::Lone });
        }
        Kind::Data
    }

    /// A row with a single cell.
    fn lone(&self, ix: usize, column: usize, text: &str, running: &[bool], table: &Table) -> Kind {
        let row = &self.sheet.rows[ix];
        let wide =
            self.sheet.merged.iter().any(|a| a.holds(row.number, table.columns[column].at) && a.right - a.left >= 2);
        if is_footnote(text) {
            return Kind::Not(Why::Footnote);
        }
        if is_total(text) {
            return Kind::Not(Why::Total);
        }
        if wide || is_section(text) {
            return Kind::Not(Why::Section);
        }
        if is_trailer(text) {
            return Kind::Not(Why::Trailer);
        }
        let named = !table.columns[column].levels.is_empty();
        if running[column] && named {
            return Kind::Not(Why::Unused);
        }
        // A narrow list, or a value like its neighbours above: a row that is only just begun.
        if named && (table.columns.len() <= 3 || self.like_above(column, text, table)) {
            return Kind::Data;
        }
        let first = table.columns.iter().position(|c| !c.levels.is_empty()) == Some(column);
        let text_column = matches!(row.cells.first().map(|c| &c.1.raw), Some(Raw::Text(_)));
        Kind::Not(if first && text_column { Why::Section } else { Why::Lone })
    }

    /// Tells whether a lone value has the shape (code, number, date) of the values above it.
    fn like_above(&self, column: usize, text: &str, table: &Table) -> bool {
        let shape = shape(text);
        shape.contains('9') && table.rows.iter().rev().take(5).any(|r| self::shape(&r.cells[column].shown()) == shape)
    }

    fn repeats_header(&self, ix: usize, cells: &[Cell], table: &Table) -> bool {
        let mut same = 0;
        let mut other = 0;
        let keys = &self.keys;
        for ((cell, column), keys) in cells.iter().zip(&table.columns).zip(keys).filter(|((c, _), _)| !c.is_empty()) {
            let Raw::Text(text) = &cell.raw else { return false };
            // A key keeps the digits of its text; most cells hold some, few headers do.
            let digits = |text: &str| text.bytes().any(|b| b.is_ascii_digit());
            let may = !column.levels.is_empty() && (!digits(text) || keys.iter().any(|k| digits(k)));
            let hit = may && keys.contains(&head_key(text));
            same += usize::from(hit);
            other += usize::from(!hit);
            if same == 0 && other > 3 {
                return false;
            }
        }
        let enough = if self.after_repeat(ix, table) { 1 } else { 2 };
        same >= enough && same >= other * 4
    }

    /// The row above was recognised as a repeated header: its lower levels follow.
    fn after_repeat(&self, ix: usize, table: &Table) -> bool {
        let row = self.sheet.rows[ix].number;
        table.skipped.last().is_some_and(|s| s.why == Why::RepeatedHeader && s.row + 1 == row)
    }

    /// Another header below a gap begins another table.
    fn starts_table(&self, ix: usize) -> bool {
        let rows = &self.sheet.rows;
        let row = &rows[ix];
        let above = &rows[ix - 1];
        let gap = above.number + 1 < row.number || above.cells.len() <= 2;
        gap && row.cells.len() >= 3
            && row.cells.iter().all(|c| is_label(&c.1))
            && header::score(row, self.lexicon) * 10.0 >= row.cells.len() as f32 * 7.0
            && header::score(row, self.lexicon) >= 3.0
    }

    /// Gives the titles right above the next header back to it.
    fn back_to_title(&self, ix: usize, table: &mut Table) -> usize {
        let mut from = ix;
        while let Some(last) = table.skipped.last().filter(|s| matches!(s.why, Why::Section | Why::Lone | Why::Title)) {
            if from == 0 || self.sheet.rows[from - 1].number != last.row {
                break;
            }
            from -= 1;
            table.skipped.pop();
        }
        from
    }

    /// The end of a CSV may count its records: `END,450`.
    fn last_lines(&self, table: &mut Table) {
        let Some(last) = table.rows.last() else { return };
        let filled: Vec<String> = last.cells.iter().filter(|c| !c.is_empty()).map(|c| c.shown().into_owned()).collect();
        let counts = filled.len() == 2 && filled[1].parse() == Ok(table.rows.len() - 1) && table.columns.len() > 3;
        if counts {
            table.skipped.push(Skipped { row: last.number, why: Why::Trailer, text: filled.join(" ") });
            table.rows.pop();
        }
    }
}

/// Values of vertically merged cells, for the rows they reach down to.
struct Merged<'a>(Vec<&'a Area>);

impl<'a> Merged<'a> {
    fn new(sheet: &'a Sheet, header: &Header) -> Merged<'a> {
        let mut areas: Vec<&Area> = sheet.merged.iter().filter(|a| a.bottom > a.top && a.top > header.rows.1).collect();
        areas.sort_by_key(|a| a.top);
        Merged(areas)
    }

    fn fill(&self, sheet: &Sheet, row: u32, columns: &[Column], cells: &mut [Cell]) {
        let until = self.0.partition_point(|a| a.top < row);
        for area in self.0[..until].iter().rev().take(400).filter(|a| a.bottom >= row) {
            let Ok(slot) = columns.binary_search_by_key(&area.left, |c| c.at) else { continue };
            let top = sheet
                .rows
                .binary_search_by_key(&area.top, |r| r.number)
                .ok()
                .and_then(|ix| sheet.rows[ix].at(area.left));
            if let Some(value) = top.filter(|_| cells[slot].is_empty()) {
                cells[slot] = value.clone();
            }
        }
    }
}

/// Digits as 9, letters as a, the rest as it is.
fn shape(text: &str) -> String {
    plain(text)
        .chars()
        .map(|c| {
            if c.is_ascii_digit() {
                '9'
            } else if c.is_ascii_alphabetic() {
                'a'
            } else {
                c
            }
        })
        .collect()
}
