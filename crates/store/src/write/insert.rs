//! Rows of a packet of versions: versions, keys and journal entries, written in few statements.

use akashi_domain::RecordId;
use akashi_journal::{Digest, Entry};

use super::put::PACKET;
use super::tx::Tx;
use super::version::NewVersion;
use crate::error::Result;
use crate::log::bundle::{self, WIDTH};
use crate::seal::{NONCE, Sealer};
use crate::sql::{Arg, Sql};

/// What waits to be written. Leaves wait longer than versions, to fill whole bundles.
pub(super) struct Rows {
    keys: Vec<[Arg; 2]>,
    versions: Vec<[Arg; 19]>,
    /// File content and the record that names it.
    uses: Vec<[Arg; 2]>,
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
        Rows { keys: Vec::new(), versions: Vec::new(), uses: Vec::new(), leaves: Vec::new(), first_leaf }
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
        self.leaves.append(&mut more.leaves);
    }

    /// Adds the key of a new record.
    pub(super) fn key(&mut self, record: RecordId, key: [u8; 32]) {
        self.keys.push([Arg::from(record.to_string()), Arg::from(key.to_vec())]);
    }

    /// Adds a version and its leaf.
    pub(super) fn push(&mut self, row: Row<'_>, leaf: Vec<u8>) {
        let uses = row.version.blobs.iter().map(|d| [Arg::from(d.to_hex()), Arg::from(row.entry.record.as_str())]);
        self.uses.extend(uses);
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
            command_name(entry.command).into(),
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

impl Tx {
    /// Writes what waits; with `all` also the leaves that do not fill a bundle.
    pub(super) async fn write(&mut self, rows: &mut Rows, all: bool) -> Result<()> {
        let text = "insert into record_version (seq, register, record, rev, def_version, command, state, code,
                    facility, valid_from, recorded_at, author, digest, leaf_hash, batch, reason, blobs, disposed,
                    body) values ";
        self.insert(Sql::new("write versions", text), std::mem::take(&mut rows.versions)).await?;
        let text = "insert into record_key (record, key) values ";
        self.insert(Sql::new("keep record keys", text), std::mem::take(&mut rows.keys)).await?;
        if !rows.uses.is_empty() {
            let uses = std::mem::take(&mut rows.uses);
            let sql = Sql::new("note who names a file", "insert into blob_use (digest, record) values ");
            self.run(sql.rows(uses, false).text(" on conflict (digest, record) do nothing")).await?;
        }
        self.write_leaves(rows, all).await
    }

    /// Inserts rows in statements of 1, 2, 4 … rows: so few that all of them stay prepared.
    async fn insert<const N: usize>(&mut self, statement: Sql, rows: Vec<[Arg; N]>) -> Result<()> {
        let mut rows = rows.into_iter();
        while rows.len() > 0 {
            let some = PACKET.min(1 << rows.len().ilog2());
            self.run(statement.clone().rows(rows.by_ref().take(some), true)).await?;
        }
        Ok(())
    }

    async fn write_leaves(&mut self, rows: &mut Rows, all: bool) -> Result<()> {
        let end = rows.first_leaf + rows.leaves.len() as u64;
        let until = if all { end } else { end - end % WIDTH };
        if until <= rows.first_leaf {
            return Ok(());
        }
        let rest = rows.leaves.split_off((until - rows.first_leaf) as usize);
        let leaves = std::mem::replace(&mut rows.leaves, rest);
        let first = std::mem::replace(&mut rows.first_leaf, until);
        self.run(bundle::insert(first, &leaves)?).await
    }
}

/// The name of a command as entries write it.
pub(crate) fn command_name(command: akashi_journal::Command) -> String {
    match serde_json::to_value(command) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

/// Digests as the column `blobs` has them: hexadecimal, one space between.
pub(crate) fn blob_list(blobs: &[Digest]) -> String {
    blobs.iter().map(Digest::to_hex).collect::<Vec<_>>().join(" ")
}
