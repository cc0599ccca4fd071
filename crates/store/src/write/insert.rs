//! Rows of a packet of versions: versions, keys and journal entries, written in few statements.

use akashi_domain::RecordId;
use akashi_journal::{Digest, Entry};

use super::number::{self, Counters};
use super::tx::Tx;
use super::version::NewVersion;
use crate::error::Result;
use crate::log::bundle::{self, WIDTH};
use crate::rows::Insert;
use crate::seal::{NONCE, Sealer};
use crate::sql::Arg;

/// Rows outside of the log that a command writes with its versions: all of it or nothing.
#[derive(Clone, Debug, Default)]
pub struct Beside(pub(crate) Vec<Insert>);

/// What waits to be written. Leaves wait longer than versions, to fill whole bundles.
pub(super) struct Rows {
    keys: Insert,
    versions: Insert,
    /// File content and the record that names it.
    uses: Insert,
    numbers: Insert,
    beside: Vec<Insert>,
    leaves: Vec<Vec<u8>>,
    first_leaf: u64,
}

/// A version with all that was made of it.
pub(super) struct Row<'v> {
    pub(super) seq: u64,
    pub(super) version: &'v NewVersion,
    pub(super) entry: Entry,
    pub(super) leaf_hash: Digest,
    /// Canonical JSON.
    pub(super) body: Vec<u8>,
    pub(super) sealer: Sealer,
    /// For body and reason.
    pub(super) nonces: [[u8; NONCE]; 2],
}

impl Rows {
    /// Begins at a position of the log.
    pub(super) fn new(first_leaf: u64) -> Rows {
        let versions = "record_version (seq, register, record, rev, def_version, command, state, code,
                        facility, valid_from, recorded_at, author, digest, leaf_hash, batch, reason, blobs, disposed,
                        body)";
        Rows {
            keys: Insert::new("keep record keys", "record_key (record, key)", 2),
            versions: Insert::new("write versions", versions, 19),
            uses: Insert::new("note who names a file", "blob_use (digest, record)", 2)
                .then(" on conflict (digest, record) do nothing"),
            numbers: number::keep(Counters::new()),
            beside: Vec::new(),
            leaves: Vec::new(),
            first_leaf,
        }
    }

    /// Position of the version that is added next.
    pub(super) fn next(&self) -> u64 {
        self.first_leaf + self.leaves.len() as u64
    }

    /// Adds the rows that follow these.
    pub(super) fn join(&mut self, mut more: Rows) {
        debug_assert_eq!(self.next(), more.first_leaf, "packets follow each other");
        self.keys.append(&mut more.keys);
        self.versions.append(&mut more.versions);
        self.uses.append(&mut more.uses);
        self.numbers.append(&mut more.numbers);
        self.leaves.append(&mut more.leaves);
    }

    /// Adds the key of a new record.
    pub(super) fn key(&mut self, record: RecordId, key: [u8; 32]) {
        self.keys.push([Arg::from(record.to_string()), Arg::from(key.to_vec())]);
    }

    /// Adds rows that are written with versions.
    pub(super) fn beside(&mut self, rows: &Beside) {
        self.beside.extend(rows.0.iter().cloned());
    }

    /// Adds numbers that were given.
    pub(super) fn number(&mut self, given: Counters) {
        self.numbers.append(&mut number::keep(given));
    }

    /// The leaves that can be written: those of whole bundles, or all.
    fn leaves(&mut self, all: bool) -> Result<Option<Insert>> {
        let end = self.next();
        let until = if all { end } else { end - end % WIDTH };
        if until <= self.first_leaf {
            return Ok(None);
        }
        let rest = self.leaves.split_off((until - self.first_leaf) as usize);
        let leaves = std::mem::replace(&mut self.leaves, rest);
        let first = std::mem::replace(&mut self.first_leaf, until);
        bundle::insert(first, &leaves).map(Some)
    }

    /// Adds a version and its leaf.
    pub(super) fn push(&mut self, row: Row<'_>, leaf: Vec<u8>) {
        for digest in &row.version.blobs {
            self.uses.push([Arg::from(digest.to_hex()), Arg::from(row.entry.record.as_str())]);
        }
        self.versions.push(row.into_args());
        self.leaves.push(leaf);
    }
}

impl Row<'_> {
    fn into_args(self) -> [Arg; 19] {
        let Row { seq, version, entry, leaf_hash, body, sealer, nonces: [for_body, for_reason] } = self;
        let reason = version.reason.as_ref().map(|text| sealer.seal(entry.rev, "reason", &for_reason, text.as_bytes()));
        let body = sealer.seal(entry.rev, "body", &for_body, &body);
        [
            seq.into(),
            entry.register.into(),
            entry.record.into(),
            entry.rev.into(),
            entry.def_version.into(),
            entry.command.name().into(),
            entry.state.into(),
            version.text("code").into(),
            version.text("facility").into(),
            entry.valid_from.into(),
            entry.at.into(),
            entry.actor.into(),
            entry.body.0.to_vec().into(),
            leaf_hash.0.to_vec().into(),
            entry.batch.into(),
            reason.into(),
            blob_list(&version.blobs).into(),
            false.into(),
            body.into(),
        ]
    }
}

impl Rows {
    /// Takes out what can be written: with `all` also the leaves that do not fill a bundle.
    pub(super) fn take(&mut self, all: bool) -> Result<Vec<Insert>> {
        let mut inserts = vec![self.numbers.take(), self.versions.take(), self.keys.take(), self.uses.take()];
        inserts.append(&mut self.beside);
        inserts.extend(self.leaves(all)?);
        Ok(inserts)
    }
}

impl Tx {
    /// Writes what waits; with `all` also the leaves that do not fill a bundle.
    pub(super) async fn write(&mut self, rows: &mut Rows, all: bool) -> Result<()> {
        self.insert(rows.take(all)?).await
    }
}

/// Digests as the column `blobs` has them: hexadecimal, one space between.
pub(crate) fn blob_list(blobs: &[Digest]) -> String {
    blobs.iter().map(Digest::to_hex).collect::<Vec<_>>().join(" ")
}
