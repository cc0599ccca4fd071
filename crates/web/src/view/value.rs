//! A field's value as a page shows it: texts, links that lead somewhere, words that wait to be resolved, files, rows.

use akashi_domain::register::{Field, FieldKind};
use akashi_domain::{FileRef, Link, RecordId, Value};

use super::eyes::Eyes;
use super::link;

/// One line of a value.
pub(crate) enum Piece {
    Text(String),
    /// A record the reader may open.
    Record {
        href: String,
        code: String,
        name: String,
    },
    /// Words nobody has resolved yet; the link leads to where that is done.
    Unresolved {
        text: String,
        href: Option<String>,
    },
    /// Text that cannot be read as the field's kind.
    Unclear(String),
    File {
        href: String,
        name: String,
        size: String,
    },
    Web(String),
}

/// A table of rows inside a record.
pub(crate) struct Table {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Vec<Piece>>>,
}

/// What pieces are made for.
pub(crate) struct Shower<'a> {
    pub(crate) eyes: &'a Eyes<'a>,
    pub(crate) record: RecordId,
    /// The reader may change the record, so unresolved words lead to resolving them.
    pub(crate) edits: bool,
}

impl Shower<'_> {
    /// Shows a value that is no table; `path` names the field, `rows.sub` for one inside rows.
    pub(crate) fn pieces(&self, value: &Value, field: &Field, path: &str) -> Vec<Piece> {
        match value {
            Value::Null | Value::Rows(_) => Vec::new(),
            Value::Unclear(t) => vec![Piece::Unclear(t.to_string())],
            Value::Link(l) => vec![self.link(l, path)],
            Value::Links(ls) => ls.iter().map(|l| self.link(l, path)).collect(),
            Value::Files(fs) => fs.iter().map(|f| self.file(f)).collect(),
            Value::Text(t) if matches!(field.kind, FieldKind::Url) && is_web(t) => vec![Piece::Web(t.to_string())],
            other => vec![Piece::Text(self.eyes.words(other, field))],
        }
    }

    /// Shows rows; columns nobody filled are left out.
    pub(crate) fn table(&self, value: &Value, field: &Field) -> Option<Table> {
        let Value::Rows(rows) = value else { return None };
        let filled = |ix: &usize| rows.iter().any(|r| r.cells.get(*ix).is_some_and(|c| !c.is_blank()));
        let subs = field.rows();
        let used: Vec<usize> = (0..subs.len()).filter(|ix| self.eyes.sees(&subs[*ix])).filter(filled).collect();
        let cell = |r: &akashi_domain::Row, ix: &usize| {
            let value = r.cells.get(*ix).unwrap_or(&Value::Null);
            self.pieces(value, &subs[*ix], &format!("{}.{}", field.key, subs[*ix].key))
        };
        Some(Table {
            columns: used.iter().map(|ix| subs[*ix].title.get(self.eyes.seat.ctx.lang).to_owned()).collect(),
            rows: rows.iter().map(|r| used.iter().map(|ix| cell(r, ix)).collect()).collect(),
        })
    }

    fn link(&self, target: &Link, path: &str) -> Piece {
        let view = self.eyes.evaluator.view();
        match target {
            Link::Text(text) => {
                let query = format!("field={}&text={}", link::encode(path), link::encode(text));
                let href = self.edits.then(|| format!("/records/{}/resolve?{query}", self.record));
                Piece::Unresolved { text: text.to_string(), href }
            }
            Link::To(id) => match view.get(*id).filter(|v| self.eyes.reads(v.register)) {
                Some(v) => {
                    let name = self.eyes.name(v);
                    let code = v.code.to_string();
                    let name = if name == code { String::new() } else { name };
                    Piece::Record { href: format!("/records/{id}"), code, name }
                }
                None => Piece::Text(view.get(*id).map_or_else(|| id.to_string(), |v| v.code.to_string())),
            },
        }
    }

    fn file(&self, file: &FileRef) -> Piece {
        let href = format!("/records/{}/files/{}", self.record, file.digest);
        Piece::File { href, name: file.name.to_string(), size: size(file.size) }
    }
}

fn is_web(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

/// Writes a size of bytes for people.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KB", bytes.div_ceil(1024)),
        1_048_576..1_073_741_824 => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
        _ => format!("{:.1} GB", bytes as f64 / 1_073_741_824.0),
    }
}
