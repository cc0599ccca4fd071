//! Records: ids, immutable versions, and where an imported row came from.
//! How versions are stored and journaled is the store's work.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use crate::date::PartialDate;
use crate::register::{Register, RegisterIx};
use crate::value::{Value, ValueFault, cells_from_json, cells_to_json};

/// The id of a record or of a row inside one (UUIDv7 when Akashi made it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(pub u128);

impl RecordId {
    /// Reads the hyphenated text form.
    pub fn parse(text: &str) -> Option<RecordId> {
        Uuid::parse_str(text).ok().map(|u| RecordId(u.as_u128()))
    }

    /// Makes an id of a time in milliseconds and 10 random bytes (UUIDv7).
    pub fn new(unix_ms: u64, random: [u8; 10]) -> RecordId {
        RecordId(uuid::Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid().as_u128())
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Uuid::from_u128(self.0).fmt(f)
    }
}

/// A map by record id.
pub(crate) type IdMap<V> = HashMap<RecordId, V, BuildHasherDefault<IdHasher>>;

/// Hashes what is random already (record ids, hashes): both halves are folded and spread over all bits.
#[derive(Clone, Copy, Debug, Default)]
pub struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(16) {
            let mut word = [0; 16];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u128(u128::from_le_bytes(word));
        }
    }

    fn write_u128(&mut self, id: u128) {
        let folded = (id as u64) ^ ((id >> 64) as u64).rotate_left(32) ^ self.0;
        let spread = u128::from(folded) * 0x9e37_79b9_7f4a_7c15_u128;
        self.0 = (spread as u64) ^ ((spread >> 64) as u64);
    }
}

/// The place in a file an imported row came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub file: String,
    /// Sheet name; empty for CSV.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sheet: String,
    /// 1-based row of the sheet or 1-based record of the CSV.
    pub row: u32,
}

/// One immutable version of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    pub register: RegisterIx,
    pub id: RecordId,
    /// 1 for the first version; every command names the revision it saw.
    pub rev: u32,
    /// Human number, e.g. `AST-2026-0012`.
    pub code: Box<str>,
    /// Facility key; part of every natural key.
    pub facility: Box<str>,
    /// State key of the register definition.
    pub state: Box<str>,
    /// Values in the order of [`Register::fields`].
    pub cells: Vec<Value>,
    /// Unknown columns of an import, kept.
    pub extra: BTreeMap<String, String>,
    pub source: Option<Source>,
    /// True from then on; `None` means from the beginning.
    pub valid_from: Option<PartialDate>,
    /// Commit time, microseconds UTC.
    pub recorded_at: i64,
    /// Pseudonymous id of who wrote it.
    pub author: Box<str>,
    /// Salted commitment of the body (what decisions name), hex.
    pub digest: Box<str>,
    /// The content was disposed of; only its commitment remains. Set on every version of the record, the one that says
    /// so included; [`crate::Gone`] says more.
    pub disposed: bool,
}

impl Version {
    /// A first version that nobody has written yet, for rules and look-ups: without number, author, time or digest.
    pub fn unwritten(register: RegisterIx, id: RecordId, facility: &str, state: &str, cells: Vec<Value>) -> Version {
        Version {
            register,
            id,
            rev: 1,
            code: "".into(),
            facility: facility.into(),
            state: state.into(),
            cells,
            extra: BTreeMap::new(),
            source: None,
            valid_from: None,
            recorded_at: 0,
            author: "".into(),
            digest: "".into(),
            disposed: false,
        }
    }

    /// Returns the value of the field at slot `ix`.
    pub fn cell(&self, ix: usize) -> &Value {
        self.cells.get(ix).unwrap_or(&Value::Null)
    }

    /// Returns the value of the field named `key`.
    pub fn get<'a>(&'a self, register: &Register, key: &str) -> &'a Value {
        register.field_ix(key).map_or(&Value::Null, |ix| self.cell(ix))
    }

    /// Returns the body as it is hashed and stored: state, facility, code, fields, extra, source.
    pub fn body(&self, register: &Register) -> Json {
        let mut out = Map::new();
        out.insert("code".into(), json!(self.code));
        out.insert("facility".into(), json!(self.facility));
        out.insert("state".into(), json!(self.state));
        out.insert("fields".into(), Json::Object(cells_to_json(register.fields(), &self.cells)));
        if !self.extra.is_empty() {
            out.insert("extra".into(), json!(self.extra));
        }
        if let Some(source) = &self.source {
            out.insert("source".into(), json!(source));
        }
        Json::Object(out)
    }

    /// Reads a stored body into this version (ids, times and digests are the caller's).
    pub fn read_body(&mut self, register: &Register, body: &Json) -> Result<(), ValueFault> {
        let text = |key: &str| body.get(key).and_then(Json::as_str).unwrap_or_default().into();
        self.code = text("code");
        self.facility = text("facility");
        self.state = text("state");
        let empty = Map::new();
        let fields = body.get("fields").and_then(Json::as_object).unwrap_or(&empty);
        let (cells, unknown) = cells_from_json(register.fields(), fields)?;
        self.cells = cells;
        self.extra = body.get("extra").and_then(|e| serde_json::from_value(e.clone()).ok()).unwrap_or_default();
        self.extra.extend(unknown);
        self.source = body.get("source").and_then(|s| serde_json::from_value(s.clone()).ok());
        Ok(())
    }
}
