//! One journal entry and its exact bytes, the leaf of the log. An entry names what was done to which
//! record and commits to the contents; the contents themselves are never in it.
//! Whether the command was allowed is `domain`'s question, where the entry is kept is `store`'s.

use crate::merkle::leaf_hash;
use crate::{Digest, time};
use serde::{Deserialize, Serialize};

/// The format written by this version of the code (`v`).
pub const FORMAT: u32 = 1;
/// Longest leaf in bytes, given by the 16-bit length of C2SP entry bundles.
pub const MAX_LEAF: usize = 65_535;
/// Most blobs of one entry; with it no valid entry is longer than [`MAX_LEAF`]. Split the command beyond it.
pub const MAX_BLOBS: usize = 900;
/// Longest `actor`, `register` and `state` in bytes.
pub const MAX_NAME: usize = 128;

/// What was done. The JSON name is the kebab-case form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// A record was made or changed.
    Put,
    /// A record went to another state.
    Move,
    /// Management or an approver decided over exact versions.
    Decide,
    /// A population was reviewed.
    Review,
    /// Files were attached.
    Attach,
    /// Content was destroyed under an approved disposal.
    Dispose,
    /// Sealed data came in from elsewhere, e.g. the root of an access-log segment.
    Ingest,
    /// A row came in from a workbook; `batch` names the import.
    Import,
    /// The installation itself was configured.
    Setup,
    /// A person, role or authenticator was added, changed or ended.
    Account,
    /// Another catalogue came into force.
    Catalogue,
    /// A new log epoch was opened after a restore.
    Epoch,
}

impl Command {
    /// The name as JSON has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Move => "move",
            Self::Decide => "decide",
            Self::Review => "review",
            Self::Attach => "attach",
            Self::Dispose => "dispose",
            Self::Ingest => "ingest",
            Self::Import => "import",
            Self::Setup => "setup",
            Self::Account => "account",
            Self::Catalogue => "catalogue",
            Self::Epoch => "epoch",
        }
    }
}

/// An entry. Build it with public fields; [`Entry::to_leaf`] checks it.
///
/// The fields stand in the order of their names: serde_json then writes the RFC 8785 form directly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Pseudonymous id of who acted: ASCII letters, digits and `. _ : -`; never a name or a mail address.
    pub actor: String,
    /// When, in microseconds since 1970 UTC; in JSON an RFC 3339 text with six decimals.
    #[serde(with = "time::text")]
    pub at: i64,
    /// UUID of the import batch, if the command was part of one.
    pub batch: Option<String>,
    /// Commitments to the SHA-256 of each blob, in the order of the body.
    pub blobs: Vec<Digest>,
    /// Commitment to the canonical JSON of the body.
    pub body: Digest,
    /// Digest of the catalogue in force, where the command depends on it.
    pub catalogue: Option<Digest>,
    /// What was done.
    pub command: Command,
    /// Version of the register definition the body follows.
    pub def_version: u32,
    /// Log epoch; a restore behind a published checkpoint begins the next one.
    pub epoch: u32,
    /// Leaf hash of the record's entry before this one; none for the first.
    pub prev: Option<Digest>,
    /// Commitment to the reason given, if one was.
    pub reason: Option<Digest>,
    /// UUID of the record.
    pub record: String,
    /// Code of the register.
    pub register: String,
    /// Revision of the record after this command.
    pub rev: u32,
    /// State of the record after this command; empty where the register has no states.
    pub state: String,
    /// Format, [`FORMAT`].
    pub v: u32,
    /// From when the version holds: `2026`, `2026-04`, `2026-04-01`; none when always.
    pub valid_from: Option<String>,
}

/// An entry that must not be written, or bytes that are not an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Written by a later version of Akashi, or damaged.
    #[error("entry format {found} is not known here (this program knows {FORMAT}); use a newer version")]
    Format { found: u32 },
    /// A field does not have its shape.
    #[error("entry field {field} is not valid: expected {expected}")]
    Field { field: &'static str, expected: &'static str },
    /// More blobs than one entry takes.
    #[error("entry names {found} blobs, at most {MAX_BLOBS} are possible; split the command")]
    TooManyBlobs { found: usize },
    /// More bytes than a leaf may have.
    #[error("entry has {bytes} bytes, at most {MAX_LEAF} are possible")]
    TooLong { bytes: usize },
    /// Not JSON, or not with these fields.
    #[error("the bytes are not a journal entry: {what}")]
    Json { what: String },
    /// The right fields, but not in the one canonical form, so the leaf hash would mean something else.
    #[error("the entry is not in canonical form, first difference at byte {at}")]
    NotCanonical { at: usize },
}

/// An entry that does not continue its record's chain: an entry in between is missing, changed or out of order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// The entry before belongs to something else.
    #[error("the entry is of record {found}, the one before of {expected}")]
    OtherRecord { found: String, expected: String },
    /// `prev` names another entry, or none.
    #[error("entry {rev} of record {record} follows {named:?}, but the entry before is {before:?}")]
    Broken { record: String, rev: u32, named: Option<Digest>, before: Option<Digest> },
    /// Revisions have to rise within a record, epochs must not fall.
    #[error(
        "record {record}: revision {rev} of epoch {epoch} cannot follow revision {before_rev} of epoch {before_epoch}"
    )]
    Order { record: String, rev: u32, epoch: u32, before_rev: u32, before_epoch: u32 },
    /// The entry before is itself not valid.
    #[error(transparent)]
    Entry(#[from] EntryError),
}

impl Entry {
    /// Whether this entry can come right after `before` (none: as the first) in the chain of its record.
    /// Times are not compared: a clock may have been set back.
    pub fn check_after(&self, before: Option<&Self>) -> Result<(), ChainError> {
        let hash = before.map(Self::leaf_hash).transpose()?;
        if let Some(before) = before {
            self.check_order(before)?;
        }
        if self.prev == hash {
            return Ok(());
        }
        let (record, rev, named) = (self.record.clone(), self.rev, self.prev);
        Err(ChainError::Broken { record, rev, named, before: hash })
    }

    fn check_order(&self, before: &Self) -> Result<(), ChainError> {
        let id = |entry: &Self| format!("{}/{}", entry.register, entry.record);
        if id(self) != id(before) {
            return Err(ChainError::OtherRecord { found: id(self), expected: id(before) });
        }
        if self.rev > before.rev && self.epoch >= before.epoch {
            return Ok(());
        }
        let (record, rev, epoch) = (self.record.clone(), self.rev, self.epoch);
        Err(ChainError::Order { record, rev, epoch, before_rev: before.rev, before_epoch: before.epoch })
    }

    /// The canonical leaf bytes.
    ///
    /// # Errors
    /// Any field out of shape; see [`EntryError`].
    pub fn to_leaf(&self) -> Result<Vec<u8>, EntryError> {
        self.check()?;
        let bytes = serde_json::to_vec(self).map_err(|e| EntryError::Json { what: e.to_string() })?;
        if bytes.len() > MAX_LEAF {
            return Err(EntryError::TooLong { bytes: bytes.len() });
        }
        Ok(bytes)
    }

    /// Reads leaf bytes; anything but the exact bytes that [`Entry::to_leaf`] writes is refused.
    pub fn from_leaf(leaf: &[u8]) -> Result<Self, EntryError> {
        if leaf.len() > MAX_LEAF {
            return Err(EntryError::TooLong { bytes: leaf.len() });
        }
        let entry: Self = serde_json::from_slice(leaf).map_err(|e| EntryError::Json { what: e.to_string() })?;
        let canonical = entry.to_leaf()?;
        if canonical != leaf {
            let at = canonical.iter().zip(leaf).take_while(|(a, b)| a == b).count();
            return Err(EntryError::NotCanonical { at });
        }
        Ok(entry)
    }

    /// The RFC 6962 leaf hash: what `prev` of the record's next entry names.
    pub fn leaf_hash(&self) -> Result<Digest, EntryError> {
        Ok(leaf_hash(&self.to_leaf()?))
    }

    fn check(&self) -> Result<(), EntryError> {
        if self.v != FORMAT {
            return Err(EntryError::Format { found: self.v });
        }
        if self.blobs.len() > MAX_BLOBS {
            return Err(EntryError::TooManyBlobs { found: self.blobs.len() });
        }
        let uuid = "a UUID in lower case";
        let name = "1 to 128 bytes of letters, digits and . _ -";
        field("actor", is_actor(&self.actor), "1 to 128 ASCII letters, digits and . _ : -")?;
        field("at", time::is_writable(self.at), "an instant in the years 0000 to 9999")?;
        field("register", is_name(&self.register), name)?;
        field("state", self.state.is_empty() || is_name(&self.state), name)?;
        field("record", is_uuid(&self.record), uuid)?;
        field("batch", self.batch.as_deref().is_none_or(is_uuid), uuid)?;
        field("valid_from", self.valid_from.as_deref().is_none_or(is_date), "YYYY, YYYY-MM or YYYY-MM-DD")
    }
}

fn field(field: &'static str, holds: bool, expected: &'static str) -> Result<(), EntryError> {
    if holds { Ok(()) } else { Err(EntryError::Field { field, expected }) }
}

fn is_actor(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._:-".contains(&b);
    (1..=MAX_NAME).contains(&text.len()) && text.bytes().all(allowed)
}

/// Codes come from the hospital's own definition files, so letters of any script are let through.
fn is_name(text: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || "._-".contains(c);
    (1..=MAX_NAME).contains(&text.len()) && text.chars().all(allowed)
}

fn is_uuid(text: &str) -> bool {
    let fits = |(place, byte): (usize, u8)| match place {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
    };
    text.len() == 36 && text.bytes().enumerate().all(fits)
}

/// A year, month or day; whether the day exists is the writer's question, the shape is ours.
fn is_date(text: &str) -> bool {
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    let between = |part: &str, last: &str| digits(part, 2) && ("01"..=last).contains(&part);
    match text.split('-').collect::<Vec<_>>()[..] {
        [year] => digits(year, 4),
        [year, month] => digits(year, 4) && between(month, "12"),
        [year, month, day] => digits(year, 4) && between(month, "12") && between(day, "31"),
        _ => false,
    }
}
