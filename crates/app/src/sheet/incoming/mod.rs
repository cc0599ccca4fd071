//! What files bring for a register: rows with values, and a report of everything that is not a row.
//! Comparing them with the ledger is [`super::plan`]'s work; nothing is written here.

mod build;
mod cells;
mod column;
mod heading;
mod merge;
mod roster;
mod sessions;

use std::collections::BTreeMap;

use akashi_domain::register::FieldKind;
use akashi_domain::{Catalog, Label, Register, RegisterIx, Source, Value, Version, View};
use serde::Serialize;

use super::layout::{self, Lexicon, Table};
use super::mapping::{Fit, Mapping, Per, Vocabulary, choose, propose};
use super::read::{Limits, RemarkKind, Workbook, read};
use super::resolve::Directory;
use super::words::is_department;
use super::{ditto, layout::Why};

pub use build::Note;

/// A file given.
#[derive(Clone, Copy, Debug)]
pub struct SourceFile<'a> {
    pub name: &'a str,
    pub bytes: &'a [u8],
}

/// What is asked for.
pub struct Request<'a> {
    pub register: RegisterIx,
    /// Facility key the rows get.
    pub facility: &'a str,
    /// A saved mapping; without one it is proposed.
    pub mapping: Option<&'a Mapping>,
    /// The state of a row without a usable state column.
    pub state_of: &'a dyn Fn(&Register, &Version) -> Option<String>,
    pub limits: Limits,
}

/// What files bring for a register.
#[derive(Clone, Debug)]
pub struct Incoming {
    pub register: RegisterIx,
    pub facility: String,
    pub rows: Vec<IncomingRow>,
    /// Files and rows that could not be taken, with the reason.
    pub rejected: Vec<Rejected>,
    /// Rows and tables that are no data of this register.
    pub skipped: Vec<SkippedRow>,
    /// Columns without a field; their content is kept as extra data.
    pub unmapped: Vec<Unmapped>,
    /// Everything else people should know, with cells.
    pub notes: Vec<Note>,
    /// How the tables were read; to be shown, changed and saved.
    pub mapping: Mapping,
    /// Rows of data per table.
    pub tables: Vec<TableCount>,
    /// The files are Akashi's own export: records are known by id, and a blank clears a field.
    pub own: bool,
}

/// A row to become a record or to be compared with one.
#[derive(Clone, Debug)]
pub struct IncomingRow {
    /// In the order of the register's fields.
    pub values: Vec<Value>,
    pub extra: BTreeMap<String, String>,
    pub source: Source,
    pub state: String,
    /// The file itself names the state.
    pub state_written: bool,
    /// Id and revision, when the row comes from Akashi's own export.
    pub known: Option<(akashi_domain::RecordId, u32)>,
}

/// A file or row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejected {
    pub file: String,
    pub sheet: String,
    pub cell: String,
    pub reason: Label,
}

/// A row or table that is not data of the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SkippedRow {
    pub file: String,
    pub sheet: String,
    /// First and last 1-based row.
    pub rows: (u32, u32),
    pub reason: Label,
    pub text: String,
}

/// A column without a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unmapped {
    pub file: String,
    pub sheet: String,
    pub column: String,
    pub header: String,
    /// Filled cells.
    pub filled: usize,
    /// One or two values; none where they could name a person.
    pub examples: Vec<String>,
    pub reason: Label,
}

/// Rows of data found in a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TableCount {
    pub file: String,
    pub sheet: String,
    pub rows: usize,
    pub records: usize,
}

/// Reads files for registers; holds the words of the catalogue, prepared once.
#[derive(Clone, Debug)]
pub struct Importer {
    lexicon: Lexicon,
    vocabulary: Vocabulary,
}

impl Importer {
    /// Prepares the words of a catalogue.
    pub fn new(catalog: &Catalog) -> Importer {
        Importer { lexicon: Lexicon::new(catalog), vocabulary: Vocabulary::new(catalog) }
    }

    /// Reads files into rows of a register. Never fails as a whole: what cannot be read stands in `rejected`.
    pub fn incoming(&self, view: &View, request: &Request<'_>, files: &[SourceFile<'_>]) -> Incoming {
        let register = view.catalog.register(request.register);
        let mut out = Incoming {
            register: request.register,
            facility: request.facility.into(),
            rows: Vec::new(),
            rejected: Vec::new(),
            skipped: Vec::new(),
            unmapped: Vec::new(),
            notes: Vec::new(),
            mapping: Mapping { register: register.key.clone(), version: register.version, tables: Vec::new() },
            tables: Vec::new(),
            own: false,
        };
        let mut directory = Directory::new(view);
        for file in files {
            match read(file.name, file.bytes, &request.limits) {
                Ok(book) if super::export::is_own(&book, register) => {
                    super::export::take(&book, register, &mut directory, &mut out)
                }
                Ok(book) => self.book(book, request, &mut directory, &mut out),
                Err(e) => out.rejected.push(Rejected {
                    file: e.file().into(),
                    sheet: String::new(),
                    cell: String::new(),
                    reason: e.label(),
                }),
            }
        }
        out
    }

    fn book(&self, book: Workbook, request: &Request<'_>, directory: &mut Directory<'_>, out: &mut Incoming) {
        remarks(&book, out);
        let mut tables: Vec<Table> = Vec::new();
        for sheet in &book.sheets {
            if sheet.hidden && book.sheets.iter().any(|s| !s.hidden) {
                out.skipped.push(whole_sheet(&book.file, &sheet.name, sheet.rows.len(), &hidden(), ""));
                continue;
            }
            tables.extend(layout::tables(sheet, &self.lexicon));
        }
        let catalog = &directory.view().catalog.clone();
        let wards = one_sheet_a_ward(&book, catalog.register(request.register));
        let mut used = Vec::new();
        let fits: Vec<Fit> =
            tables.iter().map(|t| choose(t, &book.file, request.register, catalog, &self.vocabulary)).collect();
        let main = fits.iter().filter(|f| f.belongs(request.register)).map(|f| f.score).fold(0.0, f32::max);
        for (mut table, fit) in tables.into_iter().zip(fits) {
            let filled = ditto::fill(&mut table);
            report_rows(&book.file, &table, main > 0.0, out);
            if table.columns.is_empty() {
                continue;
            }
            let labels: Vec<String> = table.columns.iter().map(layout::Column::label).collect();
            let given = request.mapping.and_then(|m| m.of(&table.sheet, &labels)).cloned();
            // A list of codes beside the ledger shares a word or two with it.
            let aside = fit.score < 0.35 * main;
            let mapping = match given {
                Some(mapping) => mapping,
                None => {
                    if aside || !fit.belongs(request.register) {
                        let best = (fit.best != request.register && fit.best_score >= 2.0)
                            .then(|| catalog.register(fit.best).title.clone());
                        let last = table.rows.last().map_or(table.header_rows.1, |r| r.number);
                        let text = format!("{}", table.rows.len());
                        out.skipped.push(SkippedRow {
                            file: book.file.clone(),
                            sheet: table.sheet.clone(),
                            rows: (table.header_rows.0, last),
                            reason: if aside && best.is_none() { aside_table() } else { other_register(best.as_ref()) },
                            text,
                        });
                        continue;
                    }
                    let mut mapping = propose(&table, &book.file, request.register, catalog, &self.vocabulary);
                    if wards && mapping.per == Per::Row && is_department(&table.sheet) {
                        let filled = mapping.columns.iter().any(|c| c.to.iter().any(|t| t == DEPARTMENT));
                        let ward = (!filled).then(|| (DEPARTMENT.to_string(), table.sheet.clone()));
                        mapping.constants.extend(ward.filter(|w| !mapping.constants.contains_key(&w.0)));
                    }
                    mapping
                }
            };
            out.mapping.tables.push(mapping.clone());
            if mapping.skip {
                out.skipped.push(whole_sheet(&book.file, &table.sheet, table.rows.len(), &by_mapping(), ""));
                continue;
            }
            used.push(build::Job { borrowed: fit.best != request.register, table, mapping, orphans: filled.orphans });
        }
        build::run(&book.file, &used, request, directory, out);
    }
}

/// Field of the department, in every register that has one.
const DEPARTMENT: &str = "department";

/// Tells whether the sheets of a book are named after departments, so that each speaks of its own.
fn one_sheet_a_ward(book: &Workbook, register: &Register) -> bool {
    let text = register.field(DEPARTMENT).is_some_and(|f| matches!(f.kind, FieldKind::Text));
    text && book.sheets.iter().filter(|s| is_department(&s.name)).count() >= 2
}

fn hidden() -> Label {
    Label::new("非表示のシートです", "the sheet is hidden")
}

fn by_mapping() -> Label {
    Label::new("対応付けで取り込まないと決めた表です", "the mapping leaves this table out")
}

fn aside_table() -> Label {
    Label::new(
        "同じファイルの本体の表と見出しがほとんど合わない表です（コード表など）",
        "its headers hardly match those of the main table of the file (a list of codes?)",
    )
}

fn other_register(best: Option<&Label>) -> Label {
    match best {
        Some(best) => Label::new(
            format!("この台帳ではなく「{}」の表と見られます", best.ja),
            format!("this looks like a table of “{}”, not of this register", best.en),
        ),
        None => Label::new(
            "この台帳の表と分かる見出しがありません",
            "no header tells that this is a table of this register",
        ),
    }
}

fn whole_sheet(file: &str, sheet: &str, rows: usize, reason: &Label, text: &str) -> SkippedRow {
    let last = u32::try_from(rows).unwrap_or(u32::MAX);
    SkippedRow { file: file.into(), sheet: sheet.into(), rows: (1, last), reason: reason.clone(), text: text.into() }
}

/// What the reader remarked.
fn remarks(book: &Workbook, out: &mut Incoming) {
    for remark in &book.remarks {
        let what = match remark.kind {
            RemarkKind::Formulas => Label::new(
                format!("数式{}個は保存されていた計算結果を使いました", remark.detail),
                format!("{} formulas: the stored results were taken", remark.detail),
            ),
            RemarkKind::FormulaWithoutValue => Label::new(
                "数式に計算結果がありません。Excelで開いて保存し直してください",
                "the formula has no stored result; open the file in Excel and save it anew",
            ),
            RemarkKind::ExcelError => Label::new(
                format!("Excelのエラー値です（{}）", remark.detail),
                format!("an Excel error ({})", remark.detail),
            ),
            RemarkKind::Encoding => Label::new(
                format!("文字コードは {} と判断しました", remark.detail),
                format!("the encoding was found to be {}", remark.detail),
            ),
            RemarkKind::Mended => Label::new(
                "引用符のない桁区切りの数を一つにつなぎました",
                "a number divided at its thousands (no quotation marks) was joined again",
            ),
            RemarkKind::TooLong => {
                let reason = Label::new(
                    format!("一つのセルの文字が長すぎます（{} KB）。この行は取り込みません", remark.detail),
                    format!("the text of one cell is too long ({} KB); the row is not taken", remark.detail),
                );
                out.rejected.push(Rejected {
                    file: book.file.clone(),
                    sheet: remark.sheet.clone(),
                    cell: remark.cell.clone(),
                    reason,
                });
                continue;
            }
            RemarkKind::Ragged => {
                let reason = Label::new(
                    format!(
                        "項目が他の行より多く、どの列の値か決められません（{}…）。値の中のコンマを引用符で囲んでください",
                        remark.detail
                    ),
                    format!(
                        "more fields than the other records, so no value has a sure column ({}…); put quotation marks around commas",
                        remark.detail
                    ),
                );
                out.rejected.push(Rejected {
                    file: book.file.clone(),
                    sheet: remark.sheet.clone(),
                    cell: remark.cell.clone(),
                    reason,
                });
                continue;
            }
        };
        out.notes.push(Note {
            file: book.file.clone(),
            sheet: remark.sheet.clone(),
            cell: remark.cell.clone(),
            field: None,
            what,
        });
    }
}

/// Tells every row that is not data, runs of the same kind together. `aside`: the ledger stands elsewhere in the file, and a
/// sheet without a header is no loss (a legend, how to fill in).
fn report_rows(file: &str, table: &Table, aside: bool, out: &mut Incoming) {
    for skipped in &table.skipped {
        let reason = why(skipped.why);
        if skipped.why == Why::NoHeader && !(aside && table.columns.is_empty()) {
            let cell = table.cell_name(skipped.row, 0);
            out.rejected.push(Rejected { file: file.into(), sheet: table.sheet.clone(), cell, reason });
            continue;
        }
        out.skipped.push(SkippedRow {
            file: file.into(),
            sheet: table.sheet.clone(),
            rows: (skipped.row, skipped.row),
            reason,
            text: skipped.text.clone(),
        });
    }
    let coloured = |t: &&(String, String)| {
        ["色", "網掛", "網かけ", "グレー", "ハッチング", "塗りつぶし"].iter().any(|w| t.1.contains(w))
            && !t.1.contains("特色")
    };
    for (cell, _) in table.titles.iter().filter(coloured) {
        let what = Label::new(
            "色で示された意味は読み取りません。列に言葉で書いてください",
            "what a colour means is not read; write it into a column",
        );
        out.notes.push(Note { file: file.into(), sheet: table.sheet.clone(), cell: cell.clone(), field: None, what });
    }
    for (cell, text) in &table.outside {
        let what = Label::new(format!("表の外の文字です: {text}"), format!("text beside the table: {text}"));
        out.notes.push(Note { file: file.into(), sheet: table.sheet.clone(), cell: cell.clone(), field: None, what });
    }
}

fn why(why: Why) -> Label {
    let (ja, en) = match why {
        Why::Title => ("表題", "title"),
        Why::Header => ("見出し", "header"),
        Why::RepeatedHeader => ("繰り返しの見出し", "header repeated"),
        Why::Section => ("区切りの見出し", "section heading"),
        Why::Total => ("小計・合計", "total"),
        Why::Footnote => ("注記", "footnote"),
        Why::Trailer => ("末尾の行", "trailer"),
        Why::Unused => ("番号だけの空行", "empty row with a number"),
        Why::Lone => ("一つのセルだけの行（要確認）", "row with a lone cell (please check)"),
        Why::NoHeader => ("見出しが見つからず、読めない行", "no header was found for this row"),
    };
    Label::new(ja, en)
}
