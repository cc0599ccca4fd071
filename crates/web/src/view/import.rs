//! Importing: the choice of a register, the preview of what maps where and what would change, and what was done.

use akashi_app::import::{ChangeReport, ImportReport};
use akashi_app::sheet::mapping::{ColumnMapping, Mapping, TableMapping};
use akashi_app::uploads::Waiting;
use akashi_domain::Label;
use akashi_domain::register::Register;
use akashi_domain::text::fold;
use akashi_domain::verdict::Evaluator;

use super::board::Opt;
use super::item::Link;
use crate::guard::form::Fields;
use crate::guard::seat::Seat;
use crate::words::Words;

pub(crate) struct PreviewView {
    pub(crate) token: String,
    pub(crate) register: Link,
    pub(crate) done: bool,
    pub(crate) kept: bool,
    pub(crate) counts: Vec<Number>,
    /// Something would be written.
    pub(crate) brings: bool,
    pub(crate) files: Vec<FileLine>,
    pub(crate) tables: Vec<TableView>,
    pub(crate) rejected: Vec<Place>,
    pub(crate) notes: Vec<Place>,
    pub(crate) skipped: Vec<Place>,
    pub(crate) changes: Vec<ChangeView>,
    /// How many more there are of each list than are shown.
    pub(crate) more: More,
}

pub(crate) struct More {
    pub(crate) rejected: usize,
    pub(crate) notes: usize,
    pub(crate) skipped: usize,
    pub(crate) changes: usize,
}

pub(crate) struct Number {
    pub(crate) label: String,
    pub(crate) n: String,
    /// `good`, `warn` or plain.
    pub(crate) kind: &'static str,
}

pub(crate) struct FileLine {
    pub(crate) name: String,
    pub(crate) sheet: String,
    pub(crate) rows: usize,
}

pub(crate) struct TableView {
    pub(crate) number: usize,
    pub(crate) title: String,
    pub(crate) skip: bool,
    pub(crate) columns: Vec<ColumnView>,
    /// Columns somebody should look at; without any the table stays folded.
    pub(crate) unsure: usize,
    pub(crate) constants: Vec<(String, String)>,
}

pub(crate) struct ColumnView {
    pub(crate) name: String,
    pub(crate) letters: String,
    pub(crate) header: String,
    pub(crate) options: Vec<Opt>,
    /// Further fields the same column fills.
    pub(crate) also: String,
    /// `sure`, `likely`, `doubtful` or `none`.
    pub(crate) trust: &'static str,
    pub(crate) trust_label: String,
    pub(crate) why: String,
}

/// Something about a place of a file.
pub(crate) struct Place {
    pub(crate) place: String,
    pub(crate) text: String,
}

pub(crate) struct ChangeView {
    pub(crate) name: String,
    pub(crate) fields: Vec<super::past::Change>,
}

/// Lines of each list that are shown.
const LINES: usize = 100;

/// Registers the reader may import into, by title.
pub(crate) fn registers(seat: &Seat, evaluator: &Evaluator, chosen: &str) -> Vec<Opt> {
    let catalog = evaluator.catalog();
    let mut open: Vec<&Register> =
        catalog.registers.iter().filter(|r| !r.system && seat.imports(catalog, &r.key)).collect();
    // The nine ledgers a hospital has come first.
    open.sort_by_key(|r| r.starter.unwrap_or(u8::MAX));
    let opt = |r: &Register| Opt {
        value: r.key.clone(),
        label: r.title.get(seat.ctx.lang).to_owned(),
        chosen: r.key == chosen,
    };
    open.into_iter().map(opt).collect()
}

/// Guesses the register a file is for by its name: the longest word of a definition that occurs in it.
pub(crate) fn guess<'a>(evaluator: &'a Evaluator, file: &str) -> Option<&'a str> {
    let name = fold(file);
    let words = |r: &'a Register| r.words.iter().map(move |w| (fold(w), r.key.as_str()));
    let hits = evaluator.catalog().registers.iter().filter(|r| !r.system).flat_map(words);
    let hits = hits.filter(|(word, _)| !word.is_empty() && name.contains(word.as_str()));
    hits.max_by_key(|(word, _)| word.chars().count()).map(|(_, key)| key)
}

impl PreviewView {
    pub(crate) fn make(seat: &Seat, register: &Register, token: &str, waiting: &Waiting) -> PreviewView {
        let (words, report) = (seat.words(), &waiting.report);
        let tables = report.mapping.tables.iter().enumerate();
        let place = |file: &str, sheet: &str, cell: &str, text: &Label| Place {
            place: place(file, sheet, cell),
            text: text.get(words.0).to_owned(),
        };
        PreviewView {
            token: token.to_owned(),
            register: Link {
                href: format!("/registers/{}", register.key),
                label: register.title.get(words.0).to_owned(),
            },
            done: waiting.done,
            kept: waiting.kept,
            counts: counts(words, report),
            brings: report.imported + report.changed + report.linked > 0,
            files: report
                .tables
                .iter()
                .map(|t| FileLine { name: t.file.clone(), sheet: t.sheet.clone(), rows: t.rows })
                .collect(),
            tables: tables.map(|(n, t)| table(words, register, report, n, t)).collect(),
            rejected: report
                .rejected
                .iter()
                .take(LINES)
                .map(|r| place(&r.file, &r.sheet, &r.cell, &r.reason))
                .collect(),
            notes: report.notes.iter().take(LINES).map(|n| place(&n.file, &n.sheet, &n.cell, &n.what)).collect(),
            skipped: report.skipped.iter().take(LINES).map(|s| skipped(words, s)).collect(),
            changes: report.changes.iter().take(LINES).map(|c| change(words, c)).collect(),
            more: More {
                rejected: report.rejected.len().saturating_sub(LINES),
                notes: report.notes.len().saturating_sub(LINES),
                skipped: report.skipped.len().saturating_sub(LINES),
                changes: report.changes.len().saturating_sub(LINES),
            },
        }
    }
}

fn counts(words: Words, report: &ImportReport) -> Vec<Number> {
    let number = |key: &str, n: usize, kind| Number { label: words.say(key), n: crate::words::grouped(n), kind };
    let warn = |n: usize| if n > 0 { "warn" } else { "" };
    vec![
        number("import-rows", report.rows, ""),
        number("import-new", report.imported, if report.imported > 0 { "good" } else { "" }),
        number("import-changed", report.changed, if report.changed > 0 { "good" } else { "" }),
        number("import-unchanged", report.unchanged, ""),
        number("import-linked", report.linked, ""),
        number("import-missing", report.missing, ""),
        number("import-rejected", report.rejected.len(), warn(report.rejected.len())),
        number("import-unmapped", report.unmapped.len(), warn(report.unmapped.len())),
    ]
}

fn place(file: &str, sheet: &str, cell: &str) -> String {
    [file, sheet, cell].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" › ")
}

fn skipped(words: Words, s: &akashi_app::sheet::incoming::SkippedRow) -> Place {
    let rows = if s.rows.0 == s.rows.1 { s.rows.0.to_string() } else { format!("{}–{}", s.rows.0, s.rows.1) };
    let text = if s.text.is_empty() {
        s.reason.get(words.0).to_owned()
    } else {
        format!("{}({})", s.reason.get(words.0), s.text)
    };
    Place { place: place(&s.file, &s.sheet, &rows), text }
}

fn change(words: Words, c: &ChangeReport) -> ChangeView {
    let field = |f: &akashi_app::import::FieldReport| super::past::Change {
        field: f.title.get(words.0).to_owned(),
        before: f.before.clone(),
        after: f.after.clone(),
    };
    ChangeView { name: format!("{} {}", c.code, c.key), fields: c.fields.iter().map(field).collect() }
}

fn table(words: Words, register: &Register, report: &ImportReport, number: usize, table: &TableMapping) -> TableView {
    let file = report.tables.get(number).map_or("", |t| t.file.as_str());
    let title = if table.sheet.is_empty() { file.to_owned() } else { table.sheet.clone() };
    let column = |(n, c): (usize, &ColumnMapping)| column(words, register, report, &format!("m.{number}.{n}"), c);
    let constant = |(key, value): (&String, &String)| (target_title(words, register, key), value.clone());
    let columns: Vec<ColumnView> = table.columns.iter().enumerate().map(column).collect();
    TableView {
        number,
        title,
        skip: table.skip,
        unsure: columns.iter().filter(|c| c.trust != "sure").count(),
        columns,
        constants: table.constants.iter().map(constant).collect(),
    }
}

fn column(words: Words, register: &Register, report: &ImportReport, name: &str, column: &ColumnMapping) -> ColumnView {
    let chosen = column.to.first().map_or("", String::as_str);
    let trust = match (chosen.is_empty(), column.confidence) {
        (true, _) => "none",
        (_, c) if c >= 0.85 => "sure",
        (_, c) if c >= 0.6 => "likely",
        _ => "doubtful",
    };
    let rest = column.to.iter().skip(1).chain(&column.also).map(|t| target_title(words, register, t));
    let unmapped =
        report.unmapped.iter().find(|u| chosen.is_empty() && u.header == column.header && u.column == column.column);
    let why: Vec<&str> = match unmapped {
        Some(u) => std::iter::once(u.reason.get(words.0)).chain(u.examples.iter().map(String::as_str)).collect(),
        None => column.why.iter().map(|w| w.get(words.0)).collect(),
    };
    ColumnView {
        name: name.to_owned(),
        letters: column.column.clone(),
        header: column.header.clone(),
        options: options(words, register, chosen),
        also: rest.collect::<Vec<_>>().join(&words.say("comma")),
        trust,
        trust_label: words.say(&format!("import-trust-{trust}")),
        why: why.join(" / "),
    }
}

/// Where a column may go: nowhere, the state, any field, any field of rows.
fn options(words: Words, register: &Register, chosen: &str) -> Vec<Opt> {
    let opt = |value: String, label: String| Opt { chosen: value == chosen, value, label };
    let mut out = vec![opt(String::new(), words.say("import-extra")), opt("status".into(), words.say("column-state"))];
    for field in register.fields() {
        let title = field.title.get(words.0);
        if field.rows().is_empty() {
            out.push(opt(field.key.clone(), title.to_owned()));
        }
        for sub in field.rows() {
            out.push(opt(format!("{}.{}", field.key, sub.key), format!("{title} › {}", sub.title.get(words.0))));
        }
    }
    // A target such as `rows[option]` has no line of its own; it stays choosable as it is.
    if !out.iter().any(|o| o.chosen) {
        out.push(opt(chosen.to_owned(), target_title(words, register, chosen)));
    }
    out
}

/// Names a target: `field`, `rows.field`, `rows[option]` or `status`.
fn target_title(words: Words, register: &Register, target: &str) -> String {
    let end = target.find(['.', '[']).unwrap_or(target.len());
    let (key, rest) = target.split_at(end);
    let Some(field) = register.field(key) else {
        return if key == "status" { words.say("column-state") } else { target.to_owned() };
    };
    let title = field.title.get(words.0);
    let sub = rest.strip_prefix('.').and_then(|sub| field.rows().iter().find(|f| f.key == sub));
    let option = || {
        let key = rest.strip_prefix('[')?.strip_suffix(']')?;
        field.rows().iter().flat_map(|f| f.options()).find(|choice| choice.key == key)
    };
    match sub.map(|f| &f.title).or_else(|| option().map(|choice| &choice.title)) {
        Some(more) => format!("{title} › {}", more.get(words.0)),
        None => format!("{title}{rest}"),
    }
}

/// Takes the choices of the preview's form into the mapping; tells whether any was changed.
pub(crate) fn adjust(mapping: &mut Mapping, fields: &Fields) -> bool {
    let before = mapping.clone();
    for (n, table) in mapping.tables.iter_mut().enumerate() {
        table.skip = fields.has(&format!("skip.{n}"));
        for (m, column) in table.columns.iter_mut().enumerate() {
            let Some(chosen) = fields.all(&format!("m.{n}.{m}")).next() else { continue };
            if column.to.first().map_or("", String::as_str) != chosen {
                column.to = if chosen.is_empty() { Vec::new() } else { vec![chosen.to_owned()] };
                column.also.clear();
                column.confidence = 1.0;
                column.why.clear();
            }
        }
    }
    *mapping != before
}
