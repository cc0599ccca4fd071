//! Bytes of a hospital's file → a [`Workbook`] of typed cells. Refuses what it cannot read, in both languages.
//! What the cells mean is not this module's business.

mod error;
mod guard;
mod text;
mod xlsx;

use std::borrow::Cow;
use std::sync::Arc;

pub use error::ReadError;

/// Bounds that keep a hostile or mistaken file from taking the machine with it.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the file as given.
    pub file_bytes: u64,
    /// Bytes after unpacking, of one part and of all.
    pub part_bytes: u64,
    pub total_bytes: u64,
    /// Unpacked ÷ packed of a part larger than 8 MiB.
    pub ratio: u64,
    /// Parts inside an xlsx.
    pub parts: usize,
    /// Rows with content, over all sheets.
    pub rows: usize,
    /// Cells with content, over all sheets.
    pub cells: usize,
    /// Bytes of all texts in cells.
    pub text_bytes: usize,
    /// Bytes of one text; Excel itself holds no more than 32,767 characters.
    pub cell_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            file_bytes: 200 << 20,
            part_bytes: 768 << 20,
            total_bytes: 1 << 30,
            ratio: 200,
            parts: 4_000,
            rows: 300_000,
            cells: 12_000_000,
            text_bytes: 512 << 20,
            cell_bytes: 128 << 10,
        }
    }
}

/// A file, read.
#[derive(Clone, Debug, Default)]
pub struct Workbook {
    /// File name without folders.
    pub file: String,
    pub sheets: Vec<Sheet>,
    /// What the reader wants people to know (encoding guessed, formulas without values …).
    pub remarks: Vec<Remark>,
}

/// Something worth telling about a place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    pub sheet: String,
    /// A1 name; empty when it is about the sheet or file.
    pub cell: String,
    pub kind: RemarkKind,
    pub detail: String,
}

/// Kinds of remarks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemarkKind {
    /// The cached result of formulas was taken; `detail` counts them.
    Formulas,
    /// A formula whose file holds no result.
    FormulaWithoutValue,
    /// An Excel error such as `#REF!`.
    ExcelError,
    /// Text encoding that was found.
    Encoding,
    /// A CSV record has more fields than the others; it was left out.
    Ragged,
    /// A field too long for any sheet; its record was left out.
    TooLong,
    /// A number divided at its thousands was joined again.
    Mended,
}

/// A sheet; a CSV is one sheet without a name.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    pub name: String,
    pub hidden: bool,
    /// Rows with content, ascending.
    pub rows: Vec<SheetRow>,
    pub merged: Vec<Area>,
    /// Text file: rows are records, and there are no merged cells.
    pub csv: bool,
}

/// A row with content.
#[derive(Clone, Debug, Default)]
pub struct SheetRow {
    /// 1-based row of the sheet or record of the CSV.
    pub number: u32,
    /// 0-based columns, ascending.
    pub cells: Vec<(u16, Cell)>,
}

/// A merged area, 1-based rows and 0-based columns, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    pub top: u32,
    pub bottom: u32,
    pub left: u16,
    pub right: u16,
}

/// A cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    pub raw: Raw,
    /// The font is struck through.
    pub struck: bool,
}

/// The typed content of a cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Raw {
    #[default]
    Empty,
    /// Shared: rows of tables and ditto marks hold the text of the sheet.
    Text(Arc<str>),
    Number(f64),
    /// A number shown with a date format: days since 1899-12-30.
    Date(f64),
    Bool(bool),
    Error(Box<str>),
}

/// Reads a file of any supported kind.
pub fn read(file: &str, bytes: &[u8], limits: &Limits) -> Result<Workbook, ReadError> {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let book = match guard::sort_of(name, bytes, limits)? {
        guard::Sort::Xlsx => xlsx::read(name, bytes, limits),
        guard::Sort::Text => text::read(name, bytes, limits),
    }?;
    Ok(book)
}

impl Cell {
    /// Makes a text cell, empty when nothing but white space is in it.
    pub fn text(text: &str) -> Cell {
        let raw = if text.trim().is_empty() { Raw::Empty } else { Raw::Text(text.into()) };
        Cell { raw, struck: false }
    }

    /// Tells whether nothing is in the cell.
    pub fn is_empty(&self) -> bool {
        matches!(self.raw, Raw::Empty)
    }

    /// Returns the text as people see it (dates as `2026/4/1`, whole numbers without a point).
    pub fn shown(&self) -> Cow<'_, str> {
        match &self.raw {
            Raw::Empty => Cow::Borrowed(""),
            Raw::Text(t) => Cow::Borrowed(t.trim()),
            Raw::Error(t) => Cow::Borrowed(t.trim()),
            Raw::Number(n) => Cow::Owned(number(*n)),
            Raw::Date(serial) => Cow::Owned(shown_date(*serial)),
            Raw::Bool(b) => Cow::Borrowed(if *b { "TRUE" } else { "FALSE" }),
        }
    }
}

/// Writes a number the way a sheet with the General format shows it.
pub fn number(n: f64) -> String {
    if n.fract() == 0.0 && n.abs() < 1e15 { format!("{n:.0}") } else { format!("{n}") }
}

fn shown_date(serial: f64) -> String {
    let Some(day) = serial_day(serial) else { return number(serial) };
    let date = day.date();
    let minutes = ((serial - serial.floor()) * 1440.0).round() as i64;
    let time = format!("{}:{:02}", minutes / 60, minutes % 60);
    match (serial < 1.0, minutes % 1440) {
        (true, _) => time,
        (false, 0) => format!("{}/{}/{}", date.year(), date.month(), date.day()),
        (false, _) => format!("{}/{}/{} {time}", date.year(), date.month(), date.day()),
    }
}

/// Returns the day of an Excel serial of the 1900 system; `None` outside 1900–2200.
pub fn serial_day(serial: f64) -> Option<akashi_domain::Day> {
    // Excel counts a 29 February 1900 that never was: before it serials are one day off.
    const UNIX: i32 = 25_569;
    let whole = serial.floor();
    if !(0.0..=110_000.0).contains(&whole) {
        return None;
    }
    let days = whole as i32 + i32::from((1..60).contains(&(whole as i32)));
    Some(akashi_domain::Day(days - UNIX))
}

impl SheetRow {
    /// Returns the cell of a 0-based column.
    pub fn at(&self, column: u16) -> Option<&Cell> {
        self.cells.binary_search_by_key(&column, |c| c.0).ok().map(|ix| &self.cells[ix].1)
    }
}

impl Area {
    /// Tells whether the area covers the cell.
    pub fn holds(&self, row: u32, column: u16) -> bool {
        (self.top..=self.bottom).contains(&row) && (self.left..=self.right).contains(&column)
    }
}

/// Returns the A1 name of a cell: 1-based row, 0-based column.
pub fn cell_name(row: u32, column: u16) -> String {
    format!("{}{row}", column_name(column))
}

/// Returns the letters of a 0-based column.
pub fn column_name(column: u16) -> String {
    let mut n = u32::from(column) + 1;
    let mut out = Vec::new();
    while n > 0 {
        n -= 1;
        out.push(b'A' + (n % 26) as u8);
        n /= 26;
    }
    out.iter().rev().map(|b| char::from(*b)).collect()
}

/// Returns the 0-based column of its letters.
pub fn column_index(letters: &str) -> Option<u16> {
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    let mut n: u32 = 0;
    for b in letters.bytes() {
        n = n * 26 + u32::from(b.is_ascii_alphabetic().then(|| b.to_ascii_uppercase() - b'A')?) + 1;
    }
    u16::try_from(n - 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns() {
        for (ix, name) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")] {
            assert_eq!(column_name(ix), name);
            assert_eq!(column_index(name), Some(ix));
        }
    }

    #[test]
    fn serials() {
        let cases = [
            (1.0, "1900-01-01"),
            (59.0, "1900-02-28"),
            (61.0, "1900-03-01"),
            (45379.0, "2024-03-28"),
            (45748.5, "2025-04-01"),
        ];
        for (serial, want) in cases {
            assert_eq!(serial_day(serial).unwrap().to_string(), want);
        }
        assert_eq!(serial_day(-1.0), None);
        assert_eq!(shown_date(45379.0), "2024/3/28");
        assert_eq!(shown_date(0.5625), "13:30");
        assert_eq!(number(1776000.0), "1776000");
        assert_eq!(number(17.8), "17.8");
    }
}
