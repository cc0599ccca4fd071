//! A register as a workbook people can edit, and the same workbook read back. Cells that still say what was
//! written keep their value exactly; only edited cells are read anew.

mod take;
mod write;

use akashi_domain::{Field, FieldKind, Link, Value, View};

use super::read::{Workbook, number};

pub(super) use take::{is_own, take};
pub use write::{ExportError, export};

/// Name of the hidden sheet that knows ids and revisions.
const HIDDEN: &str = "_akashi";
/// Name of the hidden sheet with the options of choices.
const LISTS: &str = "_lists";
/// First cell of the hidden sheet.
const MAGIC: &str = "akashi-export";
/// Header of the column with human numbers.
const CODE: &str = "コード";
/// Header of the column with the number of an inner row.
const NTH: &str = "行";
/// Header of the state column.
const STATE: &str = "状態";

/// Returns the text of a value as the export writes it.
pub fn shown(value: &Value, field: &Field, view: &View) -> String {
    match value {
        Value::Null | Value::Rows(_) => String::new(),
        Value::Text(t) | Value::Unclear(t) => t.to_string(),
        Value::Number(n) => number(*n),
        Value::YesNo(b) => if *b { "有" } else { "無" }.into(),
        Value::Date(d) => d.to_string(),
        Value::Instant(us) => instant(*us),
        Value::Choice(key) => option(field, key),
        Value::Choices(keys) => keys.iter().map(|k| option(field, k)).collect::<Vec<_>>().join("、"),
        Value::Link(l) => link(l, view),
        Value::Links(ls) => ls.iter().map(|l| link(l, view)).collect::<Vec<_>>().join("、"),
        Value::Files(fs) => fs.iter().map(|f| f.name.to_string()).collect::<Vec<_>>().join("、"),
        Value::Period(from, to) => format!(
            "{}～{}",
            from.map(|d| d.to_string()).unwrap_or_default(),
            to.map(|d| d.to_string()).unwrap_or_default()
        ),
    }
}

fn option(field: &Field, key: &str) -> String {
    field.options().iter().find(|o| o.key == key).map_or_else(|| key.into(), |o| o.title.ja.clone())
}

/// A resolved link is written as its human number and name: `AST-2026-0012 電子カルテ端末`.
fn link(link: &Link, view: &View) -> String {
    let id = match link {
        Link::Text(t) => return t.to_string(),
        Link::To(id) => *id,
    };
    let Some(version) = view.get(id) else { return id.to_string() };
    if version.disposed {
        return format!("{} (廃棄済み)", version.code);
    }
    let register = view.register(version);
    let named = register.headline.iter().rev().find_map(|h| match version.cell(*h) {
        Value::Text(t) if !t.is_empty() => Some(t.to_string()),
        _ => None,
    });
    named.map_or_else(|| version.code.to_string(), |n| format!("{} {n}", version.code))
}

/// Japanese time to the minute; what is finer survives because unedited cells are not read anew.
fn instant(us: i64) -> String {
    let minutes = us.div_euclid(60_000_000) + 540;
    let day = akashi_domain::Day(i32::try_from(minutes.div_euclid(1440)).unwrap_or(0));
    let rest = minutes.rem_euclid(1440);
    format!("{day} {:02}:{:02}", rest / 60, rest % 60)
}

/// Fields that get a column: all but rows.
fn columns(fields: &[Field]) -> impl Iterator<Item = (usize, &Field)> {
    fields.iter().enumerate().filter(|(_, f)| !matches!(f.kind, FieldKind::Rows(_)))
}

/// Returns the header of a field: its title, with the key where two fields share one.
fn head(fields: &[Field], field: &Field) -> String {
    let twins = fields.iter().filter(|f| f.title.ja == field.title.ja).count();
    if twins > 1 || [CODE, NTH, STATE].contains(&field.title.ja.as_str()) {
        format!("{} ({})", field.title.ja, field.key)
    } else {
        field.title.ja.clone()
    }
}

/// Finds a sheet of a workbook.
fn sheet<'a>(book: &'a Workbook, name: &str) -> Option<&'a super::read::Sheet> {
    book.sheets.iter().find(|s| s.name == name)
}
