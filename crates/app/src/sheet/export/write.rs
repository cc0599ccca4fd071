//! Writes the workbook: one row per record, a sheet per rows field, lists for choices. The same data gives the same bytes.

use akashi_domain::{Field, FieldKind, Register, RegisterIx, Value, Version, View};
use rust_xlsxwriter::{
    DataValidation, DocProperties, ExcelDateTime, Format, FormatAlign, Formula, Workbook, Worksheet, XlsxError,
};

use super::{CODE, HIDDEN, LISTS, MAGIC, NTH, STATE, columns, head, shown};

/// Why a workbook could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the workbook of register `{register}` cannot be written: {detail}")]
pub struct ExportError {
    pub register: String,
    pub detail: String,
}

/// Excel's own limit of characters in a cell.
const CELL_CHARS: usize = 32_767;

/// Writes the records of a register. `show` tells which fields the reader may see; the others get no column.
pub fn export(
    view: &View,
    register: RegisterIx,
    rows: &[&Version],
    show: &dyn Fn(&Field) -> bool,
) -> Result<Vec<u8>, ExportError> {
    let definition = view.catalog.register(register);
    let writer = Writer { view, register: definition, rows, show };
    writer.book().map_err(|e| ExportError { register: definition.key.clone(), detail: e.to_string() })
}

struct Writer<'a> {
    view: &'a View,
    register: &'a Register,
    rows: &'a [&'a Version],
    show: &'a dyn Fn(&Field) -> bool,
}

impl Writer<'_> {
    fn book(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        // A fixed date: the same data has to give the same bytes.
        let day = ExcelDateTime::from_ymd(2000, 1, 1)?;
        book.set_properties(
            &DocProperties::new().set_title(&self.register.title.ja).set_author("Akashi").set_creation_datetime(&day),
        );
        let bold = Format::new()
            .set_bold()
            .set_background_color("E8EEF4")
            .set_align(FormatAlign::VerticalCenter)
            .set_text_wrap();
        let mut lists = Lists::default();
        self.records(book.add_worksheet(), &bold, &mut lists)?;
        for (slot, field) in self.register.fields().iter().enumerate() {
            if matches!(field.kind, FieldKind::Rows(_)) && (self.show)(field) {
                self.inner(book.add_worksheet(), slot, field, &bold, &mut lists)?;
            }
        }
        lists.write(book.add_worksheet())?;
        self.hidden(book.add_worksheet())?;
        book.save_to_buffer()
    }

    fn records(&self, sheet: &mut Worksheet, bold: &Format, lists: &mut Lists) -> Result<(), XlsxError> {
        sheet.set_name(sheet_name(&self.register.title.ja, 0))?;
        let fields: Vec<(usize, &Field)> = columns(self.register.fields()).filter(|(_, f)| (self.show)(f)).collect();
        let extras = self.extras();
        let mut titles: Vec<String> = vec![CODE.into()];
        titles.extend(fields.iter().map(|(_, f)| head(self.register.fields(), f)));
        titles.push(STATE.into());
        titles.extend(extras.iter().map(|k| format!("*{k}")));
        header(sheet, &titles, bold)?;
        for (nth, version) in self.rows.iter().enumerate() {
            let row = nth as u32 + 1;
            sheet.write_string(row, 0, &*version.code)?;
            for (column, (slot, field)) in fields.iter().enumerate() {
                self.cell(sheet, row, column as u16 + 1, version.cell(*slot), field)?;
            }
            let state = self.register.state(&version.state).map_or(&*version.state, |s| s.title.ja.as_str());
            sheet.write_string(row, fields.len() as u16 + 1, state)?;
            for (column, key) in extras.iter().enumerate() {
                if let Some(text) = version.extra.get(key) {
                    sheet.write_string(row, (fields.len() + column) as u16 + 2, cut(text))?;
                }
            }
        }
        for (column, (_, field)) in fields.iter().enumerate() {
            lists.add(sheet, column as u16 + 1, field)?;
        }
        let states: Vec<String> = self.register.states.iter().map(|s| s.title.ja.clone()).collect();
        lists.add_words(sheet, fields.len() as u16 + 1, states)
    }

    /// Headers of extra data, in order.
    fn extras(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.rows.iter().flat_map(|v| v.extra.keys().cloned()).collect();
        keys.sort();
        keys.dedup();
        keys.truncate(200);
        keys
    }

    fn cell(
        &self,
        sheet: &mut Worksheet,
        row: u32,
        column: u16,
        value: &Value,
        field: &Field,
    ) -> Result<(), XlsxError> {
        match value {
            Value::Number(n) => sheet.write_number(row, column, *n).map(|_| ()),
            value => {
                let text = shown(value, field, self.view);
                if text.is_empty() { Ok(()) } else { sheet.write_string(row, column, cut(&text)).map(|_| ()) }
            }
        }
    }

    fn inner(
        &self,
        sheet: &mut Worksheet,
        slot: usize,
        field: &Field,
        bold: &Format,
        lists: &mut Lists,
    ) -> Result<(), XlsxError> {
        sheet.set_name(sheet_name(&field.title.ja, slot + 1))?;
        let fields: Vec<(usize, &Field)> = columns(field.rows()).filter(|(_, f)| (self.show)(f)).collect();
        let mut titles: Vec<String> = vec![CODE.into(), NTH.into()];
        titles.extend(fields.iter().map(|(_, f)| head(field.rows(), f)));
        header(sheet, &titles, bold)?;
        let mut row = 1;
        for version in self.rows {
            let Value::Rows(inner) = version.cell(slot) else { continue };
            for (nth, one) in inner.iter().enumerate() {
                sheet.write_string(row, 0, &*version.code)?;
                sheet.write_number(row, 1, (nth + 1) as f64)?;
                for (column, (sub, inner_field)) in fields.iter().enumerate() {
                    self.cell(sheet, row, column as u16 + 2, one.cells.get(*sub).unwrap_or(&Value::Null), inner_field)?;
                }
                row += 1;
            }
        }
        for (column, (_, inner_field)) in fields.iter().enumerate() {
            lists.add(sheet, column as u16 + 2, inner_field)?;
        }
        Ok(())
    }

    /// Ids and revisions by human number.
    fn hidden(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        sheet.set_name(HIDDEN)?;
        sheet.set_very_hidden(true);
        for (column, text) in
            [MAGIC, "1", &self.register.key, &self.register.version.to_string()].into_iter().enumerate()
        {
            sheet.write_string(0, column as u16, text)?;
        }
        for (nth, version) in self.rows.iter().enumerate() {
            let row = nth as u32 + 1;
            sheet.write_string(row, 0, &*version.code)?;
            sheet.write_string(row, 1, version.id.to_string())?;
            sheet.write_string(row, 2, version.rev.to_string())?;
        }
        Ok(())
    }
}

fn header(sheet: &mut Worksheet, titles: &[String], bold: &Format) -> Result<(), XlsxError> {
    for (column, title) in titles.iter().enumerate() {
        let column = column as u16;
        sheet.write_string_with_format(0, column, title, bold)?;
        sheet.set_column_width(column, (title.chars().count() * 2 + 4).clamp(10, 30) as f64)?;
    }
    sheet.set_freeze_panes(1, 1)?;
    let last = titles.len().saturating_sub(1) as u16;
    sheet.autofilter(0, 0, 0, last)?;
    Ok(())
}

/// Excel takes 31 characters and none of `[]:*?/\`; a number keeps names apart.
fn sheet_name(title: &str, nth: usize) -> String {
    let clean: String = title.chars().map(|c| if "[]:*?/\\'".contains(c) { '・' } else { c }).take(26).collect();
    if nth == 0 { clean } else { format!("{clean} {nth}") }
}

fn cut(text: &str) -> String {
    text.chars().take(CELL_CHARS).collect()
}

/// Options of choices on a hidden sheet, a column each.
#[derive(Default)]
struct Lists {
    columns: Vec<Vec<String>>,
}

/// Rows a list is offered for: what is there and room for more.
const LIST_ROWS: u32 = 20_000;

impl Lists {
    fn add(&mut self, sheet: &mut Worksheet, column: u16, field: &Field) -> Result<(), XlsxError> {
        let words = match &field.kind {
            FieldKind::Choice(options) => options.iter().map(|o| o.title.ja.clone()).collect(),
            FieldKind::YesNo => vec!["有".into(), "無".into()],
            _ => return Ok(()),
        };
        self.add_words(sheet, column, words)
    }

    fn add_words(&mut self, sheet: &mut Worksheet, column: u16, words: Vec<String>) -> Result<(), XlsxError> {
        let at = self.columns.iter().position(|c| *c == words).unwrap_or_else(|| {
            self.columns.push(words.clone());
            self.columns.len() - 1
        });
        let letters = crate::sheet::read::column_name(at as u16);
        let range = Formula::new(format!("={LISTS}!${letters}$1:${letters}${}", words.len()));
        // Free words stay allowed: what is not understood is kept as written.
        let rule = DataValidation::new().allow_list_formula(range).show_error_message(false);
        sheet.add_data_validation(1, column, LIST_ROWS, column, &rule).map(|_| ())
    }

    fn write(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        sheet.set_name(LISTS)?;
        sheet.set_very_hidden(true);
        for (column, words) in self.columns.iter().enumerate() {
            for (row, word) in words.iter().enumerate() {
                sheet.write_string(row as u32, column as u16, word)?;
            }
        }
        Ok(())
    }
}
