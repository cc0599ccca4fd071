//! From a stored row to a version of the world. What cannot be read is kept as unclear and reported with
//! its place: a record never disappears because a definition changed or a byte did.

use akashi_domain::{Catalog, Gone, Label, PartialDate, RecordId, Version};
use serde_json::{Value as Json, json};

use crate::seal::Sealer;
use crate::write::SYSTEM_PREFIX;

/// Seq, register, record, revision, version of the definition, command, state, code, facility, valid from, recorded at,
/// author, digest,
/// disposed, body, key.
pub(super) type VersionRow = (
    i64,
    String,
    String,
    i64,
    i64,
    String,
    String,
    String,
    String,
    Option<String>,
    i64,
    String,
    Vec<u8>,
    bool,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
);

/// The columns of [`VersionRow`].
pub(super) const COLUMNS: &str = "select seq, register, record, rev, def_version, command, state, code, facility,
    valid_from,
    recorded_at, author, digest, disposed, body,
    (select k.key from record_key k where k.record = record_version.record) as key from record_version";

/// Something stored that could not be read as it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadFault {
    /// Position of the version.
    pub seq: u64,
    pub register: String,
    pub record: String,
    pub rev: u32,
    pub kind: LoadFaultKind,
}

/// What could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadFaultKind {
    /// No catalogue file defines the register; the record is left out.
    UnknownRegister,
    /// Not an id; the record is left out.
    Id,
    /// The body is not JSON: the version counts with empty fields.
    Body { what: String },
    /// The body cannot be decrypted: the version counts with empty fields.
    Sealed,
    /// The body is missing although nobody disposed of it: the version counts with empty fields.
    NoBody,
    /// A field does not fit its definition; it counts as unclear text.
    Field { field: String, kind: String },
    /// Not a year, month or day: the version counts from the beginning.
    ValidFrom { found: String },
}

impl LoadFault {
    /// The fault in words.
    pub fn text(&self) -> Label {
        let (ja, en) = match &self.kind {
            LoadFaultKind::UnknownRegister => (
                "台帳の定義が見つからないため、読み込みませんでした".to_owned(),
                "no definition of this register was found, so it was left out".to_owned(),
            ),
            LoadFaultKind::Id => ("行のIDが壊れています".to_owned(), "the record id is not an id".to_owned()),
            LoadFaultKind::Body { what } => {
                (format!("内容が読めません({what})"), format!("the body cannot be read ({what})"))
            }
            LoadFaultKind::Sealed => (
                "内容を復号できません(書き換え、または鍵の喪失)".to_owned(),
                "the body cannot be decrypted: it was changed, or its key is lost".to_owned(),
            ),
            LoadFaultKind::NoBody => {
                ("内容がありません".to_owned(), "the body is missing although nobody disposed of it".to_owned())
            }
            LoadFaultKind::Field { field, kind } => (
                format!("項目「{field}」の値が定義({kind})に合わないため、未解決として扱います"),
                format!("field `{field}` does not fit its kind {kind} and counts as unclear"),
            ),
            LoadFaultKind::ValidFrom { found } => (
                format!("適用開始日「{found}」が読めません"),
                format!("the date it holds from, {found:?}, cannot be read"),
            ),
        };
        let (register, record, rev) = (&self.register, &self.record, self.rev);
        Label::new(format!("{register} {record} 第{rev}版：{ja}"), format!("{register} {record} revision {rev}: {en}"))
    }
}

/// A row that was read: the version, if it can be shown at all, and what was wrong.
pub(super) struct Parsed {
    pub(super) seq: u64,
    pub(super) version: Option<Version>,
    pub(super) faults: Vec<LoadFault>,
    /// It says that the record was disposed of.
    pub(super) gone: Option<Gone>,
}

/// Reads a row. Records of the program itself give no version and no fault.
pub(super) fn parse(catalog: &Catalog, row: VersionRow) -> Parsed {
    let (
        seq,
        register,
        record,
        rev,
        def_version,
        command,
        state,
        code,
        facility,
        valid_from,
        recorded_at,
        author,
        digest,
        disposed,
        body,
        key,
    ) = row;
    let mut faults = Vec::new();
    let mut fault = |kind| {
        let (register, record) = (register.clone(), record.clone());
        faults.push(LoadFault { seq: seq as u64, register, record, rev: rev as u32, kind });
    };
    let ix = catalog.register_ix(&register);
    let id = RecordId::parse(&record);
    let (Some(ix), Some(id)) = (ix, id) else {
        match id {
            None => fault(LoadFaultKind::Id),
            Some(_) if !register.starts_with(SYSTEM_PREFIX) => fault(LoadFaultKind::UnknownRegister),
            Some(_) => {}
        }
        return Parsed { seq: seq as u64, version: None, faults, gone: None };
    };
    let mut version = Version {
        register: ix,
        id,
        rev: rev as u32,
        code: code.into(),
        facility: facility.into(),
        state: state.into(),
        cells: vec![Default::default(); catalog.register(ix).fields().len()],
        extra: Default::default(),
        source: None,
        valid_from: None,
        recorded_at,
        author: author.into(),
        digest: hex::encode(digest).into(),
        disposed: disposed || command == DISPOSE,
    };
    match valid_from.as_deref().map(|text| (text, PartialDate::parse(text))) {
        Some((text, None)) => fault(LoadFaultKind::ValidFrom { found: text.to_owned() }),
        day => version.valid_from = day.and_then(|(_, day)| day),
    }
    let mut gone = (command == DISPOSE).then(|| Gone::unnamed(&version));
    match body {
        Some(sealed) => {
            let sealer = Sealer::of(key.as_deref(), &record);
            match (sealer.and_then(|sealer| sealer.open(rev as u32, "body", &sealed)), &mut gone) {
                (None, _) => fault(LoadFaultKind::Sealed),
                (Some(text), Some(gone)) => read_disposal(gone, &text),
                (Some(text), None) => {
                    read_body(catalog, &mut version, def_version as u32, &text).into_iter().for_each(fault);
                }
            }
        }
        None if disposed => {}
        None => fault(LoadFaultKind::NoBody),
    }
    Parsed { seq: seq as u64, version: Some(version), faults, gone }
}

/// The command of a disposal, as the column has it.
const DISPOSE: &str = "dispose";

/// Under which approval and rule the record was disposed of; what cannot be read stays unnamed.
fn read_disposal(gone: &mut Gone, text: &[u8]) {
    let body: Json = serde_json::from_slice(text).unwrap_or_default();
    gone.approval = body["disposal"]["approval"].as_str().and_then(RecordId::parse);
    gone.rule = body["disposal"]["rule"].as_str().unwrap_or_default().into();
}

/// Reads the body, brought from the definition it was written under to the one in force. A field that does not fit
/// becomes unclear text, and the rest is read all the same.
fn read_body(catalog: &Catalog, version: &mut Version, written: u32, text: &[u8]) -> Vec<LoadFaultKind> {
    let mut body: Json = match serde_json::from_slice(text) {
        Ok(body) => body,
        Err(e) => return vec![LoadFaultKind::Body { what: e.to_string() }],
    };
    let register = catalog.register(version.register);
    register.upcast(written, &mut body);
    let mut faults = Vec::new();
    while let Err(fault) = version.read_body(register, &body) {
        let value = body.get_mut("fields").and_then(|fields| fields.get_mut(&fault.field));
        let Some(value) = value.filter(|value| value.get("unclear").is_none()) else {
            faults.push(LoadFaultKind::Body { what: fault.to_string() });
            break;
        };
        let unclear = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        *value = json!({ "unclear": unclear });
        faults.push(LoadFaultKind::Field { field: fault.field, kind: fault.kind });
    }
    faults
}
