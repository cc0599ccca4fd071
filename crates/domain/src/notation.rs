//! Records written by hand in TOML: the catalogue's examples, the demo hospital, tests.
//! `"@p1"` links to the record of that name in the same set; dates and moments are texts.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use crate::catalog::Catalog;
use crate::date::{Day, PartialDate};
use crate::record::{RecordId, Source, Version};
use crate::register::{Field, FieldKind, Register};
use crate::value::{FileRef, Link, Row, Value};

/// One record as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    pub register: String,
    /// Name inside the set, for `"@name"` links.
    pub id: Option<String>,
    /// Omitted: the first live state.
    pub state: Option<String>,
    /// Human number; omitted: numbered by position.
    pub code: Option<String>,
    pub facility: Option<String>,
    pub valid_from: Option<String>,
    #[serde(default)]
    pub f: BTreeMap<String, toml::Value>,
    #[serde(default)]
    pub extra: BTreeMap<String, String>,
    pub source: Option<Source>,
}

/// Why a written record cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("record {record} of `{register}`: {what}")]
pub struct NotationFault {
    pub register: String,
    pub record: String,
    pub what: String,
}

/// Ids for the records of a set, by their names.
#[derive(Clone, Debug, Default)]
pub struct Names(HashMap<String, RecordId>);

impl Names {
    /// Gives every record of the set an id: the position after `base`, which keeps sets apart.
    pub fn number(set: &[Written], base: u128) -> Names {
        let named = set.iter().enumerate().filter_map(|(ix, w)| Some((w.id.clone()?, id(base, ix))));
        Names(named.collect())
    }

    /// Adds a record known under a name.
    pub fn insert(&mut self, name: impl Into<String>, id: RecordId) {
        self.0.insert(name.into(), id);
    }

    /// Returns the id of a name.
    pub fn get(&self, name: &str) -> Option<RecordId> {
        self.0.get(name).copied()
    }
}

/// The id of the record at a position of a set.
pub fn id(base: u128, position: usize) -> RecordId {
    RecordId(base + 1 + position as u128)
}

/// Reads a set; the record at position `n` gets [`id`]`(base, n)`.
pub fn read_set(
    set: &[Written],
    catalog: &Catalog,
    base: u128,
    recorded_at: i64,
) -> Result<Vec<Version>, NotationFault> {
    let names = Names::number(set, base);
    set.iter().enumerate().map(|(ix, w)| read(w, catalog, &names, id(base, ix), recorded_at)).collect()
}

/// Reads one record.
pub fn read(
    written: &Written,
    catalog: &Catalog,
    names: &Names,
    id: RecordId,
    recorded_at: i64,
) -> Result<Version, NotationFault> {
    let fault = |what: String| NotationFault {
        register: written.register.clone(),
        record: written.id.clone().unwrap_or_default(),
        what,
    };
    let ix = catalog.register_ix(&written.register).ok_or_else(|| fault("no such register".into()))?;
    let register = catalog.register(ix);
    let state = match &written.state {
        Some(s) if register.state(s).is_some() => s.clone(),
        Some(s) => {
            return Err(fault(format!(
                "no state `{s}`; states: {}",
                register.states.iter().map(|s| s.key.as_str()).collect::<Vec<_>>().join(" ")
            )));
        }
        None => register
            .states
            .iter()
            .find(|s| register.is_live(&s.key))
            .map_or_else(|| register.initial.clone(), |s| s.key.clone()),
    };
    let mut cells = vec![Value::Null; register.fields().len()];
    for (key, toml) in &written.f {
        let slot =
            register.field_ix(key).filter(|ix| *ix < cells.len()).ok_or_else(|| fault(format!("no field `{key}`")))?;
        cells[slot] =
            value(&register.fields()[slot], toml, names, id).map_err(|e| fault(format!("field `{key}`: {e}")))?;
    }
    let valid_from = written
        .valid_from
        .as_deref()
        .map(|t| PartialDate::parse(t).ok_or_else(|| fault(format!("`{t}` is not a date"))))
        .transpose()?;
    Ok(Version {
        register: ix,
        id,
        rev: 1,
        code: written.code.clone().unwrap_or_else(|| format!("{}-{:04}", register.code, id.0 & 0xffff)).into(),
        facility: written.facility.clone().unwrap_or_default().into(),
        state: state.into(),
        cells,
        extra: written.extra.clone(),
        source: written.source.clone(),
        valid_from,
        recorded_at,
        author: "notation".into(),
        digest: format!("{:032x}", id.0).into(),
        disposed: false,
    })
}

/// Returns the fields of a register as keys, for error messages.
pub fn field_keys(register: &Register) -> String {
    register.fields().iter().map(|f| f.key.as_str()).collect::<Vec<_>>().join(" ")
}

fn value(field: &Field, toml: &toml::Value, names: &Names, owner: RecordId) -> Result<Value, String> {
    let wrong = || format!("cannot read {toml} as {}", field.kind.name());
    let text = || toml.as_str().ok_or_else(wrong);
    Ok(match &field.kind {
        FieldKind::Text | FieldKind::Long | FieldKind::Url => Value::Text(match toml {
            toml::Value::String(s) => s.as_str().into(),
            other => other.to_string().into(),
        }),
        FieldKind::Number { .. } => {
            Value::Number(toml.as_float().or(toml.as_integer().map(|i| i as f64)).ok_or_else(wrong)?)
        }
        FieldKind::YesNo => Value::YesNo(toml.as_bool().ok_or_else(wrong)?),
        FieldKind::Date => Value::Date(PartialDate::parse(text()?).ok_or_else(wrong)?),
        FieldKind::Instant => Value::Instant(instant(text()?).ok_or_else(wrong)?),
        FieldKind::Choice(options) => {
            let key = text()?;
            let known = options.iter().any(|o| o.key == key);
            if !known {
                return Err(format!(
                    "no option `{key}`; options: {}",
                    options.iter().map(|o| o.key.as_str()).collect::<Vec<_>>().join(" ")
                ));
            }
            Value::Choice(key.into())
        }
        FieldKind::Choices(options) => {
            let keys = texts(toml).ok_or_else(wrong)?;
            if let Some(odd) = keys.iter().find(|k| !options.is_empty() && !options.iter().any(|o| &o.key == *k)) {
                return Err(format!(
                    "no option `{odd}`; options: {}",
                    options.iter().map(|o| o.key.as_str()).collect::<Vec<_>>().join(" ")
                ));
            }
            Value::Choices(keys.into_iter().map(Into::into).collect())
        }
        FieldKind::Link(_) | FieldKind::Person => Value::Link(link(text()?, names)?),
        FieldKind::Links(_) | FieldKind::Persons => {
            let words = texts(toml).ok_or_else(wrong)?;
            Value::Links(words.iter().map(|w| link(w, names)).collect::<Result<_, _>>()?)
        }
        FieldKind::Files => {
            let names = texts(toml).ok_or_else(wrong)?;
            Value::Files(
                names.into_iter().map(|n| FileRef { name: n.into(), digest: "0".repeat(64).into(), size: 0 }).collect(),
            )
        }
        FieldKind::Period => {
            let table = toml.as_table().ok_or_else(wrong)?;
            let end = |key: &str| {
                table
                    .get(key)
                    .and_then(toml::Value::as_str)
                    .map(|t| PartialDate::parse(t).ok_or_else(wrong))
                    .transpose()
            };
            Value::Period(end("from")?, end("to")?)
        }
        FieldKind::Rows(fields) => {
            let rows = toml.as_array().ok_or_else(wrong)?;
            Value::Rows(
                rows.iter().enumerate().map(|(n, r)| row(fields, r, names, owner, n)).collect::<Result<_, _>>()?,
            )
        }
    })
}

fn row(fields: &[Field], toml: &toml::Value, names: &Names, owner: RecordId, position: usize) -> Result<Row, String> {
    let table = toml.as_table().ok_or_else(|| "rows are tables".to_string())?;
    let mut cells = vec![Value::Null; fields.len()];
    for (key, toml) in table {
        let slot = fields.iter().position(|f| &f.key == key).ok_or_else(|| {
            format!(
                "no sub-field `{key}`; sub-fields: {}",
                fields.iter().map(|f| f.key.as_str()).collect::<Vec<_>>().join(" ")
            )
        })?;
        cells[slot] = value(&fields[slot], toml, names, owner)?;
    }
    Ok(Row { id: RecordId((owner.0 << 24) | (position as u128 + 1)), cells })
}

fn link(text: &str, names: &Names) -> Result<Link, String> {
    match text.strip_prefix('@') {
        Some(name) => names.get(name).map(Link::To).ok_or_else(|| format!("no record named @{name} in the set")),
        None => Ok(Link::Text(text.into())),
    }
}

fn texts(toml: &toml::Value) -> Option<Vec<String>> {
    match toml {
        toml::Value::String(s) => Some(vec![s.clone()]),
        toml::Value::Array(all) => all.iter().map(|t| t.as_str().map(String::from)).collect(),
        _ => None,
    }
}

/// Reads `2026-11-22`, `2026-11-22 09:30` or the same with `T`, as Tokyo's wall clock.
pub fn instant(text: &str) -> Option<i64> {
    let (date, time) = text.split_at_checked(10)?;
    let day = i64::from(Day::parse(date)?.0);
    let time = time.trim_start_matches(['T', ' ']).trim_end_matches("+09:00");
    let mut parts = time.split(':').filter(|p| !p.is_empty()).map(str::parse::<i64>);
    let mut next = || parts.next().transpose().ok().map(|p| p.unwrap_or(0));
    let (h, m, s) = (next()?, next()?, next()?);
    ((0..24).contains(&h) && (0..60).contains(&m) && (0..60).contains(&s))
        .then_some(((day * 24 + h - 9) * 3600 + m * 60 + s) * 1_000_000)
}
