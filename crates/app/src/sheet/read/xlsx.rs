//! xlsx → [`Workbook`], cell by cell through calamine, so that a cell at XFD1048576 costs one cell and not a grid.

use std::collections::HashSet;
use std::io::Cursor;

use calamine::{CellErrorType, DataRef, Reader, SheetType, SheetVisible, Xlsx};

use super::guard::{Survey, survey};
use super::{Area, Cell, Limits, Raw, ReadError, Remark, RemarkKind, Sheet, SheetRow, Workbook, cell_name};

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

pub(super) fn read(file: &str, bytes: &[u8], limits: &Limits) -> Result<Workbook, ReadError> {
    let seen = survey(file, bytes, limits)?;
    let broken = |e: &dyn std::fmt::Display| ReadError::Broken { file: file.into(), detail: e.to_string() };
    let mut book: Book<'_> = Xlsx::new(Cursor::new(bytes)).map_err(|e| match e {
        calamine::XlsxError::Password => ReadError::Protected { file: file.into() },
        other => broken(&other),
    })?;
    let epoch = if book.has_1904_epoch() { 1462.0 } else { 0.0 };
    let sheets: Vec<_> = book.sheets_metadata().to_vec();
    let mut out = Workbook { file: file.into(), ..Workbook::default() };
    let mut budget = Budget { file, limits, rows: 0, cells: 0, text: 0 };
    for meta in sheets.iter().filter(|s| s.typ == SheetType::WorkSheet) {
        let mut sheet =
            Sheet { name: meta.name.clone(), hidden: meta.visible != SheetVisible::Visible, ..Sheet::default() };
        let formulas =
            if seen.formulas { formulas(&mut book, &meta.name).map_err(|e| broken(&e))? } else { HashSet::new() };
        cells(&mut book, &mut sheet, epoch, &mut budget)?;
        if seen.merges {
            sheet.merged = merged(&mut book, &meta.name).map_err(|e| broken(&e))?;
        }
        remarks(&sheet, &formulas, &mut out.remarks);
        out.sheets.push(sheet);
    }
    debug_assert!(
        seen.formulas || out.remarks.iter().all(|r| r.kind != RemarkKind::Formulas) || seen == Survey::default()
    );
    if out.sheets.iter().all(|s| s.rows.is_empty()) {
        return Err(ReadError::Empty { file: file.into() });
    }
    Ok(out)
}

/// Counts what is kept in memory.
struct Budget<'a> {
    file: &'a str,
    limits: &'a Limits,
    rows: usize,
    cells: usize,
    text: usize,
}

impl Budget<'_> {
    fn check(&self) -> Result<(), ReadError> {
        let many = |what, limit| Err(ReadError::TooMany { file: self.file.into(), what, limit });
        match self.limits {
            l if self.rows > l.rows => many("rows", l.rows),
            l if self.cells > l.cells => many("cells", l.cells),
            l if self.text > l.text_bytes => many("characters", l.text_bytes),
            _ => Ok(()),
        }
    }
}

fn cells(book: &mut Book<'_>, sheet: &mut Sheet, epoch: f64, budget: &mut Budget<'_>) -> Result<(), ReadError> {
    let broken = |e: calamine::XlsxError| ReadError::Broken { file: budget.file.into(), detail: e.to_string() };
    let mut reader = book.worksheet_cells_reader(&sheet.name).map_err(broken)?;
    let styles = Styles::of(reader.styles());
    let mut sorted = true;
    loop {
        let next = reader.next_cell_with_style_id();
        let broken = |e: calamine::XlsxError| ReadError::Broken {
            file: budget.file.into(),
            detail: format!("{}: {e}", sheet.name),
        };
        let Some((cell, style)) = next.map_err(broken)? else { break };
        let (row, column) = cell.get_position();
        let Some(raw) = raw(cell.get_value(), epoch, styles.zeros(style)) else { continue };
        if let Raw::Text(t) = &raw {
            budget.text += t.len();
            if t.len() > budget.limits.cell_bytes {
                let limit = budget.limits.cell_bytes;
                return Err(ReadError::TooMany { file: budget.file.into(), what: "bytes in a cell", limit });
            }
        }
        budget.cells += 1;
        let number = row.saturating_add(1);
        if sheet.rows.last().is_none_or(|r| r.number != number) {
            sorted &= sheet.rows.last().is_none_or(|r| r.number < number);
            budget.rows += 1;
            sheet.rows.push(SheetRow { number, cells: Vec::new() });
        }
        budget.check()?;
        let column = u16::try_from(column).unwrap_or(u16::MAX);
        if let Some(last) = sheet.rows.last_mut() {
            sorted &= last.cells.last().is_none_or(|c| c.0 < column);
            last.cells.push((column, Cell { raw, struck: styles.struck(style) }));
        }
    }
    if !sorted {
        sort(sheet);
    }
    Ok(())
}

/// Brings rows and cells into order; of two cells at one place the later one counts.
fn sort(sheet: &mut Sheet) {
    let mut rows: std::collections::BTreeMap<u32, std::collections::BTreeMap<u16, Cell>> =
        std::collections::BTreeMap::new();
    for row in sheet.rows.drain(..) {
        rows.entry(row.number).or_default().extend(row.cells);
    }
    sheet.rows =
        rows.into_iter().map(|(number, cells)| SheetRow { number, cells: cells.into_iter().collect() }).collect();
}

fn raw(value: &DataRef<'_>, epoch: f64, zeros: usize) -> Option<Raw> {
    Some(match value {
        DataRef::Empty => return None,
        DataRef::Int(n) => shown_number(*n as f64, zeros),
        DataRef::Float(n) => shown_number(*n, zeros),
        DataRef::String(t) => text(t)?,
        DataRef::SharedString(t) => text(t)?,
        DataRef::Bool(b) => Raw::Bool(*b),
        DataRef::DateTime(d) => Raw::Date(d.as_f64() + epoch),
        DataRef::DateTimeIso(t) | DataRef::DurationIso(t) => text(t)?,
        DataRef::Error(CellErrorType::GettingData) => return None,
        DataRef::Error(e) => Raw::Error(e.to_string().into()),
    })
}

/// A number whose format only pads it with zeros (staff numbers, codes) is the text people see.
fn shown_number(n: f64, zeros: usize) -> Raw {
    if zeros > 1 && n.fract() == 0.0 && (0.0..1e15).contains(&n) {
        Raw::Text(format!("{n:0zeros$}").into())
    } else {
        Raw::Number(n)
    }
}

fn text(text: &str) -> Option<Raw> {
    (!text.trim().is_empty())
        .then(|| Raw::Text(if text.contains('\r') { text.replace('\r', "").into() } else { text.into() }))
}

/// What the importer needs to know of the style palette.
struct Styles(Vec<(usize, bool)>);

impl Styles {
    fn of(styles: &[calamine::Style]) -> Styles {
        let zeros = |s: &calamine::Style| {
            let code = s.number_format.as_ref().map_or("", |n| n.format_code.as_str());
            if !code.is_empty() && code.bytes().all(|b| b == b'0') { code.len() } else { 0 }
        };
        let struck = |s: &calamine::Style| s.font.as_ref().is_some_and(calamine::Font::has_strikethrough);
        Styles(styles.iter().map(|s| (zeros(s), struck(s))).collect())
    }

    fn zeros(&self, style: usize) -> usize {
        self.0.get(style).map_or(0, |s| s.0)
    }

    fn struck(&self, style: usize) -> bool {
        self.0.get(style).is_some_and(|s| s.1)
    }
}

fn formulas(book: &mut Book<'_>, name: &str) -> Result<HashSet<(u32, u32)>, calamine::XlsxError> {
    let mut reader = book.worksheet_cells_reader(name)?;
    let mut out = HashSet::new();
    while let Some(cell) = reader.next_formula()? {
        if !cell.get_value().is_empty() {
            out.insert(cell.get_position());
        }
    }
    Ok(out)
}

fn merged(book: &mut Book<'_>, name: &str) -> Result<Vec<Area>, calamine::XlsxError> {
    let found = book.merge_cells_by_sheet_name(name)?;
    let area = |d: &calamine::Dimensions| {
        let column = |c: u32| u16::try_from(c).ok();
        let sane = d.start.0 <= d.end.0 && d.start.1 <= d.end.1;
        Some(Area {
            top: d.start.0 + 1,
            bottom: d.end.0.saturating_add(1),
            left: column(d.start.1)?,
            right: column(d.end.1)?,
        })
        .filter(|_| sane)
    };
    Ok(found.iter().filter_map(area).collect())
}

fn remarks(sheet: &Sheet, formulas: &HashSet<(u32, u32)>, out: &mut Vec<Remark>) {
    let remark = |cell: String, kind, detail: String| Remark { sheet: sheet.name.clone(), cell, kind, detail };
    let mut missing: Vec<&(u32, u32)> = formulas.iter().filter(|(r, c)| !filled(sheet, *r, *c)).collect();
    missing.sort_unstable();
    if formulas.len() > missing.len() {
        out.push(remark(String::new(), RemarkKind::Formulas, (formulas.len() - missing.len()).to_string()));
    }
    let cell = |r: u32, c: u32| cell_name(r + 1, u16::try_from(c).unwrap_or(u16::MAX));
    out.extend(missing.into_iter().map(|(r, c)| remark(cell(*r, *c), RemarkKind::FormulaWithoutValue, String::new())));
    for row in &sheet.rows {
        for (column, found) in &row.cells {
            if let Raw::Error(e) = &found.raw {
                out.push(remark(cell_name(row.number, *column), RemarkKind::ExcelError, e.to_string()));
            }
        }
    }
}

fn filled(sheet: &Sheet, row: u32, column: u32) -> bool {
    let Ok(ix) = sheet.rows.binary_search_by_key(&(row + 1), |r| r.number) else { return false };
    u16::try_from(column).ok().and_then(|c| sheet.rows[ix].at(c)).is_some()
}
