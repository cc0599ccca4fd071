//! Receipts: what writing gives, and what committing makes of it. There is no other way to get one.

use akashi_domain::{RecordId, Version};
use akashi_journal::Digest;

use crate::error::{Result, StoreError};

/// Says that a version and its entry were written; not yet that they are on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The transaction it belongs to.
    pub(super) ticket: u64,
    pub record: RecordId,
    pub rev: u32,
    /// Place in the order of all versions, and index of the entry in the log.
    pub seq: u64,
    /// Human number, given or kept.
    pub code: String,
    /// Salted commitment of the body.
    pub digest: Digest,
    /// Leaf hash of the entry.
    pub leaf_hash: Digest,
    /// Commit time, microseconds UTC; never before that of the version written last.
    pub recorded_at: i64,
    pub author: String,
}

/// At least one receipt, in the order of writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipts {
    pub(super) first: Receipt,
    pub(super) others: Vec<Receipt>,
}

/// Written, journaled and on disk: this may be acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed(pub(super) Receipts);

impl Receipt {
    /// Fills in what only writing gives, so that the version can be shown and put into the world.
    pub fn complete(&self, version: &mut Version) {
        version.rev = self.rev;
        version.code = self.code.as_str().into();
        version.digest = self.digest.to_hex().into();
        version.recorded_at = self.recorded_at;
        version.author = self.author.as_str().into();
    }
}

impl Receipts {
    /// Takes receipts in the order of writing.
    pub(super) fn of(receipts: Vec<Receipt>) -> Result<Receipts> {
        let mut receipts = receipts.into_iter();
        let first = receipts.next().ok_or(StoreError::Nothing)?;
        Ok(Receipts { first, others: receipts.collect() })
    }

    /// Adds more receipts of the same transaction.
    pub fn extend(&mut self, more: impl Into<Receipts>) {
        let more = more.into();
        self.others.push(more.first);
        self.others.extend(more.others);
    }

    /// The receipts in order.
    pub fn iter(&self) -> impl Iterator<Item = &Receipt> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// How many there are; at least one.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        1 + self.others.len()
    }
}

impl From<Receipt> for Receipts {
    fn from(first: Receipt) -> Receipts {
        Receipts { first, others: Vec::new() }
    }
}

impl Committed {
    /// The receipts in the order of writing.
    pub fn receipts(&self) -> impl Iterator<Item = &Receipt> {
        self.0.iter()
    }

    /// The first receipt; the only one of a single command.
    pub fn first(&self) -> &Receipt {
        &self.0.first
    }
}
