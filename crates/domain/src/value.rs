//! What a field of a record can hold, and its JSON form (the form that is hashed and stored).
//! Converting user input into values is the form's and the import's work, not this file's.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::date::PartialDate;
use crate::record::RecordId;
use crate::register::{Field, FieldKind};

/// The value of one field. `Null` and `Unclear` read as missing in expressions.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    #[default]
    Null,
    Text(Box<str>),
    Number(f64),
    YesNo(bool),
    Date(PartialDate),
    /// Microseconds since 1970-01-01 UTC.
    Instant(i64),
    /// An option's key.
    Choice(Box<str>),
    Choices(Vec<Box<str>>),
    Link(Link),
    Links(Vec<Link>),
    Files(Vec<FileRef>),
    Period(Option<PartialDate>, Option<PartialDate>),
    Rows(Vec<Row>),
    /// Text that could not be read as the field's kind, kept as written.
    Unclear(Box<str>),
}

/// A link to a record, or the words of one nobody has resolved yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    To(RecordId),
    Text(Box<str>),
}

/// A file kept in the blob store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRef {
    pub name: Box<str>,
    /// SHA-256 of the content, hex.
    pub digest: Box<str>,
    /// Bytes.
    pub size: u64,
}

/// A row inside a record, with an id that survives edits. `cells` follows the field's sub-fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub id: RecordId,
    pub cells: Vec<Value>,
}

/// Why stored JSON is not a value of its field.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("field `{field}` cannot hold {found}; it is of kind {kind}")]
pub struct ValueFault {
    pub field: String,
    pub kind: String,
    pub found: String,
}

impl Value {
    /// Returns the keys of the options chosen.
    pub fn choices(&self) -> impl Iterator<Item = &str> {
        let (one, many) = match self {
            Value::Choice(key) => (Some(key), &[][..]),
            Value::Choices(keys) => (None, &keys[..]),
            _ => (None, &[][..]),
        };
        one.into_iter().chain(many).map(|key| &**key)
    }

    /// Tells whether nothing usable is there: empty or unreadable.
    pub fn is_missing(&self) -> bool {
        match self {
            Value::Null | Value::Unclear(_) | Value::Period(None, None) => true,
            Value::Text(t) => t.is_empty(),
            Value::Choices(v) => v.is_empty(),
            Value::Links(v) => v.is_empty(),
            Value::Files(v) => v.is_empty(),
            Value::Rows(v) => v.is_empty(),
            _ => false,
        }
    }

    /// Tells whether the field is blank: nothing was written at all.
    pub fn is_blank(&self) -> bool {
        !matches!(self, Value::Unclear(_)) && self.is_missing()
    }

    /// Returns every link in the value, those inside rows too.
    pub fn links(&self) -> Vec<&Link> {
        match self {
            Value::Link(l) => vec![l],
            Value::Links(ls) => ls.iter().collect(),
            Value::Rows(rows) => rows.iter().flat_map(|r| r.cells.iter().flat_map(Value::links)).collect(),
            _ => Vec::new(),
        }
    }

    /// Returns the JSON form, `None` when there is nothing to store.
    pub fn to_json(&self, field: &Field) -> Option<Json> {
        if self.is_blank() {
            return None;
        }
        Some(match self {
            Value::Null => return None,
            Value::Text(t) => json!(t),
            Value::Number(n) => json!(n),
            Value::YesNo(b) => json!(b),
            Value::Date(d) => json!(d.to_string()),
            Value::Instant(us) => json!(us),
            Value::Choice(key) => json!(key),
            Value::Choices(keys) => json!(keys),
            Value::Link(l) => l.to_json(),
            Value::Links(ls) => ls.iter().map(Link::to_json).collect(),
            Value::Files(fs) => {
                fs.iter().map(|f| json!({"digest": f.digest, "name": f.name, "size": f.size})).collect()
            }
            Value::Period(from, to) => json!({"from": from.map(|d| d.to_string()), "to": to.map(|d| d.to_string())}),
            Value::Rows(rows) => rows.iter().map(|r| r.to_json(field.rows())).collect(),
            Value::Unclear(text) => json!({ "unclear": text }),
        })
    }

    /// Reads the JSON form back.
    pub fn from_json(field: &Field, json: &Json) -> Result<Value, ValueFault> {
        if json.is_null() {
            return Ok(Value::Null);
        }
        if let Some(text) = json.get("unclear").and_then(Json::as_str) {
            return Ok(Value::Unclear(text.into()));
        }
        read_kind(field, json).ok_or_else(|| ValueFault {
            field: field.key.clone(),
            kind: field.kind.name().into(),
            found: json.to_string().chars().take(60).collect(),
        })
    }
}

fn read_kind(field: &Field, json: &Json) -> Option<Value> {
    let text = || json.as_str().map(Box::<str>::from);
    Some(match &field.kind {
        FieldKind::Text | FieldKind::Long | FieldKind::Url => Value::Text(text()?),
        FieldKind::Number { .. } => Value::Number(json.as_f64()?),
        FieldKind::YesNo => Value::YesNo(json.as_bool()?),
        FieldKind::Date => Value::Date(PartialDate::parse(json.as_str()?)?),
        FieldKind::Instant => Value::Instant(json.as_i64()?),
        FieldKind::Choice(options) => {
            Value::Choice(options.iter().find(|o| Some(o.key.as_str()) == json.as_str())?.key.as_str().into())
        }
        FieldKind::Choices(_) => {
            Value::Choices(json.as_array()?.iter().map(|j| j.as_str().map(Box::from)).collect::<Option<_>>()?)
        }
        FieldKind::Link(_) | FieldKind::Person => Value::Link(Link::from_json(json)?),
        FieldKind::Links(_) | FieldKind::Persons => {
            Value::Links(json.as_array()?.iter().map(Link::from_json).collect::<Option<_>>()?)
        }
        FieldKind::Files => Value::Files(json.as_array()?.iter().map(FileRef::from_json).collect::<Option<_>>()?),
        FieldKind::Period => Value::Period(end(json, "from")?, end(json, "to")?),
        FieldKind::Rows(fields) => {
            Value::Rows(json.as_array()?.iter().map(|j| Row::from_json(fields, j)).collect::<Option<_>>()?)
        }
    })
}

fn end(json: &Json, key: &str) -> Option<Option<PartialDate>> {
    match json.as_object()?.get(key) {
        None | Some(Json::Null) => Some(None),
        Some(j) => PartialDate::parse(j.as_str()?).map(Some),
    }
}

impl Link {
    fn to_json(&self) -> Json {
        match self {
            Link::To(id) => json!({ "id": id.to_string() }),
            Link::Text(text) => json!({ "text": text }),
        }
    }

    fn from_json(json: &Json) -> Option<Link> {
        if let Some(id) = json.get("id").and_then(Json::as_str) {
            return RecordId::parse(id).map(Link::To);
        }
        json.get("text")?.as_str().map(|t| Link::Text(t.into()))
    }
}

impl FileRef {
    fn from_json(json: &Json) -> Option<FileRef> {
        let text = |key| json.get(key).and_then(Json::as_str).map(Box::<str>::from);
        Some(FileRef { name: text("name")?, digest: text("digest")?, size: json.get("size")?.as_u64()? })
    }
}

impl Row {
    fn to_json(&self, fields: &[Field]) -> Json {
        let mut out = Map::new();
        out.insert("id".into(), json!(self.id.to_string()));
        out.insert("f".into(), Json::Object(cells_to_json(fields, &self.cells)));
        Json::Object(out)
    }

    fn from_json(fields: &[Field], json: &Json) -> Option<Row> {
        let id = RecordId::parse(json.get("id")?.as_str()?)?;
        let cells = cells_from_json(fields, json.get("f")?.as_object()?).ok()?.0;
        Some(Row { id, cells })
    }
}

/// Returns the JSON object of `cells` in the order of `fields`; blanks are left out.
pub fn cells_to_json(fields: &[Field], cells: &[Value]) -> Map<String, Json> {
    fields.iter().zip(cells).filter_map(|(f, v)| Some((f.key.clone(), v.to_json(f)?))).collect()
}

/// Values of fields and what no field knows.
type Cells = (Vec<Value>, BTreeMap<String, String>);

/// Reads cells back; keys no field knows (an older definition's) come back as extra texts.
pub fn cells_from_json(fields: &[Field], object: &Map<String, Json>) -> Result<Cells, ValueFault> {
    let mut cells = vec![Value::Null; fields.len()];
    let mut extra = BTreeMap::new();
    for (key, json) in object {
        match fields.iter().position(|f| &f.key == key) {
            Some(ix) => cells[ix] = Value::from_json(&fields[ix], json)?,
            None => drop(extra.insert(key.clone(), json.as_str().map_or_else(|| json.to_string(), String::from))),
        }
    }
    Ok((cells, extra))
}
