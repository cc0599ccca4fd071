//! What files bring for a register: rows with values, and a report of everything that is not a row.
//! Comparing them with the ledger is [`super::plan`]'s work; nothing is written here.

mod build;
mod cells;
mod column;
mod heading;
mod links;
mod merge;
mod report;
mod roster;
mod sessions;

use std::collections::BTreeMap;

use akashi_domain::register::FieldKind;
use akashi_domain::{Catalog, Label, Register, RegisterIx, Source, Value, Version, View};
use serde::{Deserialize, Serialize};

use self::report::{by_mapping, hidden, other_table, remarks, report_rows, whole_sheet};
use super::ditto;
use super::layout::{self, Lexicon, Table};
use super::mapping::{Fit, Mapping, Per, TableMapping, Vocabulary, choose, propose};
use super::read::{Limits, Workbook, column_name, read};
use super::resolve::Directory;
use super::words::is_department;

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    pub file: String,
    pub sheet: String,
    pub cell: String,
    pub reason: Label,
}

/// A row or table that is not data of the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedRow {
    pub file: String,
    pub sheet: String,
    /// First and last 1-based row.
    pub rows: (u32, u32),
    pub reason: Label,
    pub text: String,
}

/// A column without a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
        let tables = self.tables(&book, out);
        let catalog = &directory.view().catalog.clone();
        let wards = one_sheet_a_ward(&book, catalog.register(request.register));
        let mut used = Vec::new();
        // Header rows of the table before: a block beside it is read as it was.
        let mut blocks = (0, 0);
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
            let own = || propose(&table, &book.file, request.register, catalog, &self.vocabulary);
            // A list of codes beside the ledger shares a word or two with it.
            let aside = fit.score < 0.35 * main;
            let before = out.mapping.tables.last();
            let mapping = match given {
                Some(mapping) => mapping,
                None if same_as_before(before, &table, blocks) => {
                    TableMapping { constants: own().constants, ..beside(before, &table) }
                }
                None if aside || !fit.belongs(request.register) => {
                    let best = (fit.best != request.register && fit.best_score >= 2.0)
                        .then(|| &catalog.register(fit.best).title);
                    out.skipped.push(other_table(&book.file, &table, aside, best));
                    continue;
                }
                None if wards => in_its_ward(own(), &table),
                None => own(),
            };
            blocks = table.header_rows;
            out.mapping.tables.push(mapping.clone());
            if mapping.skip {
                out.skipped.push(whole_sheet(&book.file, &table.sheet, table.rows.len(), &by_mapping(), ""));
                continue;
            }
            used.push(build::Job { borrowed: fit.best != request.register, table, mapping, orphans: filled.orphans });
        }
        build::run(&book.file, &used, request, directory, out);
    }

    /// The tables of all sheets that people see.
    fn tables(&self, book: &Workbook, out: &mut Incoming) -> Vec<Table> {
        let all_hidden = book.sheets.iter().all(|s| s.hidden);
        let mut tables = Vec::new();
        for sheet in &book.sheets {
            if sheet.hidden && !all_hidden {
                out.skipped.push(whole_sheet(&book.file, &sheet.name, sheet.rows.len(), &hidden(), ""));
            } else {
                tables.extend(layout::tables(sheet, &self.lexicon));
            }
        }
        tables
    }
}

/// A sheet that is named after a ward says where its rows are, unless a column does.
fn in_its_ward(mut mapping: TableMapping, table: &Table) -> TableMapping {
    let filled = mapping.columns.iter().any(|c| c.to.iter().any(|t| t == DEPARTMENT));
    if mapping.per == Per::Row && is_department(&table.sheet) && !filled {
        mapping.constants.entry(DEPARTMENT.to_string()).or_insert_with(|| table.sheet.clone());
    }
    mapping
}

/// Tells whether a table stands beside the one before under the same labels.
fn same_as_before(before: Option<&TableMapping>, table: &Table, rows: (u32, u32)) -> bool {
    let labels = |m: &TableMapping| {
        m.columns.len() == table.columns.len()
            && m.columns.iter().zip(&table.columns).all(|(m, c)| m.header == c.label() && m.column != column_name(c.at))
    };
    rows == table.header_rows && table.places.is_empty() && before.is_some_and(|m| m.sheet == table.sheet && labels(m))
}

/// The mapping of the block before, for the columns of this one.
fn beside(before: Option<&TableMapping>, table: &Table) -> TableMapping {
    let mut mapping = before.cloned().unwrap_or_default();
    for (column, at) in mapping.columns.iter_mut().zip(&table.columns) {
        column.column = column_name(at.at);
    }
    mapping
}

/// Field of the department, in every register that has one.
const DEPARTMENT: &str = "department";

/// Tells whether the sheets of a book are named after departments, so that each speaks of its own.
fn one_sheet_a_ward(book: &Workbook, register: &Register) -> bool {
    let text = register.field(DEPARTMENT).is_some_and(|f| matches!(f.kind, FieldKind::Text));
    text && book.sheets.iter().filter(|s| is_department(&s.name)).count() >= 2
}
