//! The fictional hospital `akashi demo` opens: two years of history, as commands in the order of time.
//! What it holds is data in `catalog/demo/`; how that is written out in full lives in the files below.
//! Nothing here is a verdict: records come out, and the catalogue judges them.

mod expand;
mod make;
mod outside;
mod template;

use akashi_domain::catalog::Catalog;
use akashi_domain::{Day, RecordId, Value, Version};
use akashi_journal::entry::Command;

use crate::catalogue::embedded_below;
use akashi_domain::catalog::CatalogFile;

pub use outside::DemoAnchor;

/// A hospital ready to be written.
#[derive(Clone, Debug)]
pub struct Demo {
    /// In the order of `at`; the versions of a record in the order of their revisions.
    pub commands: Vec<DemoCommand>,
    /// Files the records name, each once.
    pub files: Vec<DemoFile>,
    pub accounts: Vec<DemoAccount>,
    pub anchors: Vec<DemoAnchor>,
}

/// One version, with who made it and when.
#[derive(Clone, Debug)]
pub struct DemoCommand {
    /// Pseudonym of the account.
    pub actor: String,
    /// When it happened in the hospital, microseconds UTC. Never after `now`.
    pub at: i64,
    pub command: Command,
    /// Key of the move that led to the state, when one did.
    pub moved: Option<String>,
    /// `rev` is the one it is to have; `recorded_at`, `digest` and `code` are the store's to give.
    pub version: Version,
    /// Digests of earlier versions this one names; see [`DemoCommand::fill`].
    pub names: Vec<Named>,
}

/// A place in a version that is to hold the digest of another version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Field that holds rows.
    pub slot: usize,
    /// Position of the row.
    pub row: usize,
    /// Sub-field.
    pub cell: usize,
    pub record: RecordId,
    pub rev: u32,
}

/// A file of the demo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoFile {
    pub name: String,
    /// SHA-256 of the bytes, hex.
    pub digest: String,
    pub bytes: Vec<u8>,
}

/// Somebody who can log in to the demo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoAccount {
    pub login: String,
    pub name: String,
    /// What the log names.
    pub pseudonym: String,
    pub roles: Vec<String>,
    /// The row of the personnel register.
    pub person: Option<RecordId>,
}

/// Why the demo's data cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("catalog/{file}, record {record}: {what}")]
pub struct DemoFault {
    pub file: String,
    pub record: String,
    pub what: String,
}

impl DemoCommand {
    /// Puts in the digests it names, once the versions they belong to have theirs.
    /// `digest` is asked for a record and a revision of an earlier command.
    pub fn fill(&mut self, digest: impl Fn(RecordId, u32) -> Option<String>) {
        for named in std::mem::take(&mut self.names) {
            let Value::Rows(rows) = &mut self.version.cells[named.slot] else { continue };
            rows[named.row].cells[named.cell] =
                digest(named.record, named.rev).map_or(Value::Null, |d| Value::Text(d.into()));
        }
    }
}

/// Reads the embedded demo as of `today`; no command lies after `now` (microseconds UTC).
///
/// # Errors
/// Names file and record of what the catalogue does not know.
pub fn demo(catalog: &Catalog, today: Day, now: i64) -> Result<Demo, DemoFault> {
    read(&embedded_below("demo/"), catalog, today, now)
}

/// Reads a demo from given files.
///
/// # Errors
/// Names file and record of what the catalogue does not know.
pub fn read(files: &[CatalogFile], catalog: &Catalog, today: Day, now: i64) -> Result<Demo, DemoFault> {
    let set = expand::expand(files, today)?;
    make::make(&set, catalog, today, now)
}
