//! Finds the tables in a sheet: header labels per column, data rows, and a reason for every row that is neither.
//! What a column means is not decided here; the lexicon only helps to tell headers from data.

mod card;
mod classify;
mod header;
mod lexicon;
mod marks;

use std::collections::{HashMap, HashSet};

use super::read::{Area, Cell, Raw, Sheet, SheetRow, cell_name, column_name};
use super::words::{head_key, is_running_header};

pub use header::Header;
pub use lexicon::Lexicon;

/// A table of a sheet, one block of it when two stand side by side.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub sheet: String,
    pub hidden: bool,
    pub csv: bool,
    /// Texts above the header, with their cells: titles, dates, who keeps the list.
    pub titles: Vec<(String, String)>,
    pub columns: Vec<Column>,
    pub rows: Vec<DataRow>,
    /// 1-based rows of the header.
    pub header_rows: (u32, u32),
    pub skipped: Vec<Skipped>,
    /// Cells beside the table or in columns without a header.
    pub outside: Vec<(String, String)>,
    /// Rows are columns of the sheet and the other way round.
    pub transposed: bool,
    /// Where each value stands when the sheet is a form: 1-based row, 0-based column. Empty for tables.
    pub places: Vec<(u32, u16)>,
}

/// A column of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// 0-based column of the sheet (row, when transposed).
    pub at: u16,
    /// Labels from the top level down; empty for a column without a header.
    pub levels: Vec<String>,
}

/// A row of data.
#[derive(Clone, Debug, Default)]
pub struct DataRow {
    /// 1-based row of the sheet or record of the CSV.
    pub number: u32,
    /// Counts section headings: ditto marks do not reach across.
    pub section: u32,
    /// The heading above, if any.
    pub heading: Option<usize>,
    /// In the order of [`Table::columns`].
    pub cells: Vec<Cell>,
}

/// A row that is not data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// 1-based row.
    pub row: u32,
    pub why: Why,
    /// The first texts of the row.
    pub text: String,
}

/// Why a row is not data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    Title,
    Header,
    RepeatedHeader,
    Section,
    Total,
    Footnote,
    Trailer,
    /// Only the running number is filled.
    Unused,
    /// A lone text that is none of the above; look at it.
    Lone,
    /// No header was found above it.
    NoHeader,
}

impl Column {
    /// Returns the label: levels joined by `/`, or the column's letters when there is none.
    pub fn label(&self) -> String {
        if self.levels.is_empty() { format!("({})", column_name(self.at)) } else { self.levels.join("/") }
    }
}

impl Table {
    /// Returns the A1 name of a cell of the table.
    pub fn cell_name(&self, row: u32, column: usize) -> String {
        if let Some((row, at)) = self.places.get(column) {
            return cell_name(*row, *at);
        }
        let at = self.columns.get(column).map_or(0, |c| c.at);
        if self.transposed {
            cell_name(u32::from(at) + 1, u16::try_from(row.saturating_sub(1)).unwrap_or(u16::MAX))
        } else {
            cell_name(row, at)
        }
    }

    /// Returns the text of the heading a row stands under.
    pub fn heading(&self, row: &DataRow) -> Option<&str> {
        row.heading.and_then(|ix| self.skipped.get(ix)).map(|s| s.text.as_str())
    }
}

/// Finds the tables of a sheet.
pub fn tables(sheet: &Sheet, lexicon: &Lexicon) -> Vec<Table> {
    if let Some(cards) = card::tables(sheet, lexicon) {
        return cards;
    }
    let straight = Finder { sheet, lexicon }.run(false);
    // A row of marks repeats the same few words; labels differ.
    let known = |t: &Table| {
        let labels = t.columns.iter().map(Column::label).filter(|label| lexicon.weight(label) > 0.0);
        labels.map(|label| head_key(&label)).collect::<HashSet<_>>().len()
    };
    let headed = |tables: &[Table]| tables.iter().map(known).max().unwrap_or(0);
    // A short form-like sheet may have its fields downwards: most of them are words that head columns elsewhere.
    if sheet.rows.len() <= 80 {
        let down = Finder { sheet: &turn(sheet), lexicon }.run(true);
        let mostly = down.iter().any(|t| known(t) == headed(&down) && known(t) * 5 >= t.columns.len() * 3);
        if mostly && headed(&down) > headed(&straight).max(3) {
            return down;
        }
    }
    straight
}

/// Swaps rows and columns.
fn turn(sheet: &Sheet) -> Sheet {
    let mut rows: HashMap<u32, Vec<(u16, Cell)>> = HashMap::new();
    for row in &sheet.rows {
        for (column, cell) in &row.cells {
            let Ok(at) = u16::try_from(row.number - 1) else { continue };
            rows.entry(u32::from(*column) + 1).or_default().push((at, cell.clone()));
        }
    }
    let mut rows: Vec<SheetRow> = rows.into_iter().map(|(number, cells)| SheetRow { number, cells }).collect();
    rows.sort_by_key(|r| r.number);
    let merged = sheet.merged.iter().filter_map(turn_area).collect();
    Sheet { name: sheet.name.clone(), hidden: sheet.hidden, rows, merged, csv: sheet.csv }
}

/// A title merged across the sheet would join all its records.
fn turn_area(area: &Area) -> Option<Area> {
    if area.right - area.left >= 2 {
        return None;
    }
    let column = |row: u32| u16::try_from(row - 1).ok();
    Some(Area {
        top: u32::from(area.left) + 1,
        bottom: u32::from(area.right) + 1,
        left: column(area.top)?,
        right: column(area.bottom)?,
    })
}

struct Finder<'a> {
    sheet: &'a Sheet,
    lexicon: &'a Lexicon,
}

impl Finder<'_> {
    fn run(&self, transposed: bool) -> Vec<Table> {
        let mut out = Vec::new();
        let mut from = 0;
        while let Some(header) = header::find(self.sheet, from, self.lexicon) {
            let (blocks, next) = self.table(from, &header, transposed);
            out.extend(blocks);
            from = next;
        }
        if from < self.sheet.rows.len() {
            self.leftover(from, transposed, &mut out);
        }
        out
    }

    /// Rows that no header stands above.
    fn leftover(&self, from: usize, transposed: bool, out: &mut Vec<Table>) {
        let skipped =
            self.sheet.rows[from..].iter().map(|r| Skipped { row: r.number, why: Why::NoHeader, text: brief(r) });
        let table = Table {
            sheet: self.sheet.name.clone(),
            hidden: self.sheet.hidden,
            csv: self.sheet.csv,
            transposed,
            ..Table::default()
        };
        match out.last_mut() {
            Some(last) => last.skipped.extend(skipped),
            None => out.push(Table { skipped: skipped.collect(), ..table }),
        }
    }

    /// Builds the table (or blocks) of a header; returns the index of the first row behind it.
    fn table(&self, from: usize, header: &Header, transposed: bool) -> (Vec<Table>, usize) {
        let mut whole = Table {
            sheet: self.sheet.name.clone(),
            hidden: self.sheet.hidden,
            csv: self.sheet.csv,
            header_rows: header.rows,
            columns: header.columns.clone(),
            transposed,
            ..Table::default()
        };
        for row in &self.sheet.rows[from..header.first] {
            for (column, cell) in &row.cells {
                whole.titles.push((cell_name(row.number, *column), cell.shown().into_owned()));
            }
            whole.skipped.push(Skipped { row: row.number, why: Why::Title, text: brief(row) });
        }
        for row in &self.sheet.rows[header.first..header.end] {
            whole.skipped.push(Skipped { row: row.number, why: Why::Header, text: brief(row) });
        }
        let next =
            classify::Rows { sheet: self.sheet, lexicon: self.lexicon, header, keys: Vec::new() }.fill(&mut whole);
        unnamed_columns(&mut whole);
        let blocks = split(whole, &header.blocks);
        (blocks, next)
    }
}

/// Drops columns without a header in which nothing stands.
fn unnamed_columns(table: &mut Table) {
    let used = |ix: usize| table.rows.iter().any(|r| !r.cells[ix].is_empty());
    let keep: Vec<bool> = table.columns.iter().enumerate().map(|(ix, c)| !c.levels.is_empty() || used(ix)).collect();
    if keep.iter().all(|k| *k) {
        return;
    }
    let mut kept = keep.iter();
    table.columns.retain(|_| *kept.next().unwrap_or(&true));
    for row in &mut table.rows {
        let mut kept = keep.iter();
        row.cells.retain(|_| *kept.next().unwrap_or(&true));
    }
}

/// Splits blocks that stand side by side into tables of their own; the first keeps what was skipped.
fn split(whole: Table, blocks: &[Vec<u16>]) -> Vec<Table> {
    if blocks.len() < 2 {
        return vec![whole];
    }
    let place = |at: &u16| whole.columns.iter().position(|c| c.at == *at);
    let mut out: Vec<Table> = Vec::new();
    for (nth, block) in blocks.iter().enumerate() {
        let slots: Vec<usize> = block.iter().filter_map(place).collect();
        let mut table = Table {
            columns: slots.iter().map(|ix| whole.columns[*ix].clone()).collect(),
            rows: Vec::new(),
            ..whole.clone()
        };
        if nth > 0 {
            table.skipped.clear();
            table.outside.clear();
        }
        let running: Vec<bool> = table.columns.iter().map(|c| is_running_header(&c.label())).collect();
        for row in &whole.rows {
            let cells: Vec<Cell> = slots.iter().map(|ix| row.cells[*ix].clone()).collect();
            if cells.iter().zip(&running).any(|(c, running)| !c.is_empty() && !running) {
                table.rows.push(DataRow {
                    cells,
                    number: row.number,
                    section: row.section,
                    heading: row.heading.filter(|_| nth == 0),
                });
            }
        }
        out.push(table);
    }
    out
}

/// The first texts of a row, for reports.
pub(crate) fn brief(row: &SheetRow) -> String {
    let texts: Vec<String> = row.cells.iter().take(4).map(|c| c.1.shown().replace('\n', " ")).collect();
    texts.join(" ").chars().take(60).collect()
}

/// Tells whether a cell reads like a label: text without many digits.
fn is_label(cell: &Cell) -> bool {
    match &cell.raw {
        Raw::Text(t) => {
            let key = head_key(t);
            let digits = key.chars().filter(char::is_ascii_digit).count();
            let len = key.chars().count();
            len <= 40 && digits * 2 <= len
        }
        _ => false,
    }
}
