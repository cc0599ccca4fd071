//! What a command gives to be written: the next version of one record.

use akashi_domain::{PartialDate, RecordId, Register, Value, Version};
use akashi_journal::{Command, Digest};
use serde_json::Value as Json;

/// Registers whose key begins so hold the program's own records (set-up, accounts, catalogue); no catalogue
/// defines them and the world in memory does not hold them.
pub const SYSTEM_PREFIX: &str = "akashi.";

/// The next version of a record.
#[derive(Clone, Debug)]
pub struct NewVersion {
    /// Register key.
    pub register: String,
    /// Version of the register definition the body follows.
    pub def_version: u32,
    pub record: RecordId,
    /// The revision the command saw; 0 when the record is new.
    pub expected: u32,
    pub command: Command,
    /// True from then on; none: from the beginning.
    pub valid_from: Option<PartialDate>,
    /// The body as `Version::body` gives it; `code`, `facility` and `state` are read from it.
    pub body: Json,
    /// Prefix of the human number that is given when the body's `code` is empty.
    pub prefix: Option<String>,
    /// Why, in the words of who did it.
    pub reason: Option<String>,
    /// SHA-256 of the files named by the body, in its order.
    pub blobs: Vec<Digest>,
    /// The import this came with.
    pub batch: Option<RecordId>,
    /// Digest of the catalogue, where the command depends on it.
    pub catalogue: Option<Digest>,
}

impl NewVersion {
    /// Takes a version of a register; its `rev` is the one it will have. What only writing gives
    /// (digest, commit time, author, perhaps the code) is filled in later by [`crate::Receipt::complete`].
    pub fn of(register: &Register, version: &Version, command: Command) -> NewVersion {
        NewVersion {
            register: register.key.clone(),
            def_version: register.version,
            record: version.id,
            expected: version.rev.saturating_sub(1),
            command,
            valid_from: version.valid_from,
            body: version.body(register),
            prefix: Some(register.code.clone()),
            reason: None,
            blobs: version.cells.iter().take(register.fields().len()).flat_map(files).collect(),
            batch: None,
            catalogue: None,
        }
    }

    /// Takes a record of the program's own, e.g. `akashi.account`; `body` is an object of any shape.
    pub fn system(register: &str, record: RecordId, expected: u32, command: Command, body: Json) -> NewVersion {
        NewVersion {
            register: format!("{SYSTEM_PREFIX}{register}"),
            def_version: 1,
            record,
            expected,
            command,
            valid_from: None,
            body,
            prefix: None,
            reason: None,
            blobs: Vec::new(),
            batch: None,
            catalogue: None,
        }
    }

    /// A text of the body's first level; empty when it is not there.
    pub(super) fn text(&self, key: &str) -> &str {
        self.body.get(key).and_then(Json::as_str).unwrap_or_default()
    }
}

/// The digests of the files in a value, those inside rows too.
fn files(value: &Value) -> Vec<Digest> {
    match value {
        Value::Files(files) => files.iter().filter_map(|f| Digest::from_hex(&f.digest).ok()).collect(),
        Value::Rows(rows) => rows.iter().flat_map(|row| row.cells.iter().flat_map(files)).collect(),
        _ => Vec::new(),
    }
}
