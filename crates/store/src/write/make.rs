//! What becomes of one version: the check against the one before, canonical body, commitments, entry, receipt, row.
//! Pure, so that packets can be made on other threads while the database writes; nothing is read or written here.

use std::collections::HashMap;

use akashi_domain::RecordId;
use akashi_journal::commitment::{Purpose, RecordKey};
use akashi_journal::entry::FORMAT;
use akashi_journal::merkle::leaf_hash;
use akashi_journal::{Command, Digest, Entry, canon};

use super::insert::{Row, Rows};
use super::receipt::Receipt;
use super::tx::WriteCtx;
use super::version::NewVersion;
use crate::error::{Result, StoreError};
use crate::log::keys;
use crate::seal::{NONCE, Sealer};

/// Who writes, when, and where receipts belong: the same for all versions of a command.
#[derive(Clone)]
pub(super) struct Pen {
    pub(super) actor: String,
    pub(super) at: i64,
    pub(super) epoch: u32,
    pub(super) ticket: u64,
}

/// The newest version of a record, as the next one needs it.
#[derive(Clone)]
pub(super) struct Head {
    pub(super) rev: u32,
    pub(super) leaf_hash: Digest,
    pub(super) register: String,
    pub(super) disposed: bool,
    pub(super) key: [u8; 32],
}

/// The newest versions by record.
pub(super) type Heads = HashMap<RecordId, Head>;

/// What the operating system's random source gave for one version: the key if the record is new, and nonces.
pub(super) struct Fresh {
    pub(super) key: [u8; 32],
    nonces: [[u8; NONCE]; 2],
}

impl Pen {
    /// Goes on with somebody's command. Time does not go back within a transaction either.
    pub(super) fn act_in(&mut self, ctx: &WriteCtx) {
        self.actor.clone_from(&ctx.actor);
        self.at = self.at.max(ctx.at);
    }

    /// Makes what is to be written of one version; the head becomes this version.
    pub(super) fn make(
        &self,
        version: &NewVersion,
        heads: &mut Heads,
        fresh: Fresh,
        rows: &mut Rows,
    ) -> Result<Receipt> {
        let head = heads.remove(&version.record);
        let (head, receipt) = self.make_after(version, head, fresh, rows)?;
        heads.insert(version.record, head);
        Ok(receipt)
    }

    /// As [`Pen::make`], with the version before given.
    pub(super) fn make_after(
        &self,
        version: &NewVersion,
        head: Option<Head>,
        fresh: Fresh,
        rows: &mut Rows,
    ) -> Result<(Head, Receipt)> {
        check(version, head.as_ref())?;
        let record = version.record;
        let key = head.as_ref().map_or(fresh.key, |head| head.key);
        let body = canon::to_vec(&version.body).map_err(|source| StoreError::Body { record, source })?;
        let record_key = RecordKey::new(key);
        let entry = self.entry(version, head.as_ref(), &record_key, &body);
        let leaf = entry.to_leaf().map_err(|source| StoreError::Entry { record, source })?;
        let leaf_hash = leaf_hash(&leaf);
        let seq = rows.next();
        let receipt = Receipt {
            ticket: self.ticket,
            record,
            rev: entry.rev,
            seq,
            code: version.text("code").to_owned(),
            digest: entry.body,
            leaf_hash,
            recorded_at: self.at,
            author: self.actor.clone(),
        };
        let disposed = entry.command == Command::Dispose;
        if head.is_none() {
            rows.key(record, key);
        }
        let head = Head { rev: entry.rev, leaf_hash, register: version.register.clone(), disposed, key };
        let sealer = Sealer::new(&record_key, &entry.record);
        rows.push(Row { seq, version, entry, leaf_hash, body, sealer, nonces: fresh.nonces }, leaf);
        Ok((head, receipt))
    }

    fn entry(&self, version: &NewVersion, head: Option<&Head>, key: &RecordKey, body: &[u8]) -> Entry {
        let rev = version.expected + 1;
        let blob = |(place, digest): (u32, &Digest)| key.commit(Purpose::Blob(place), rev, &digest.0);
        Entry {
            actor: self.actor.clone(),
            at: self.at,
            batch: version.batch.map(|id| id.to_string()),
            blobs: (0..).zip(&version.blobs).map(blob).collect(),
            body: key.commit(Purpose::Body, rev, body),
            catalogue: version.catalogue,
            command: version.command,
            def_version: version.def_version,
            epoch: self.epoch,
            prev: head.map(|head| head.leaf_hash),
            reason: version.reason.as_ref().map(|text| key.commit(Purpose::Reason, rev, text.as_bytes())),
            record: version.record.to_string(),
            register: version.register.clone(),
            rev,
            state: version.text("state").to_owned(),
            v: FORMAT,
            valid_from: version.valid_from.map(|day| day.to_string()),
        }
    }
}

impl Head {
    /// What a version that is not made yet will be to those after it, as far as [`check`] asks.
    pub(super) fn ahead(version: &NewVersion) -> Head {
        Head {
            rev: version.expected + 1,
            leaf_hash: Digest([0; Digest::LEN]),
            register: version.register.clone(),
            disposed: version.command == Command::Dispose,
            key: [0; 32],
        }
    }

    /// Lets the next version use another key.
    pub(super) fn renew(&mut self, key: [u8; 32]) {
        self.key = key;
    }
}

/// Whether a version can follow the head of its record.
pub(super) fn check(version: &NewVersion, head: Option<&Head>) -> Result<()> {
    let (record, expected) = (version.record, version.expected);
    let found = head.map_or(0, |head| head.rev);
    if found != expected {
        return Err(StoreError::StaleRevision { record, expected, found });
    }
    let Some(head) = head else { return Ok(()) };
    if head.disposed {
        return Err(StoreError::Disposed { record });
    }
    if head.register != version.register {
        let (found, named) = (head.register.clone(), version.register.clone());
        return Err(StoreError::OtherRegister { record, found, named });
    }
    Ok(())
}

impl Fresh {
    /// Draws for `count` versions at once.
    pub(super) fn draw(count: usize) -> Result<Vec<Fresh>> {
        const EACH: usize = 32 + 2 * NONCE;
        let mut bytes = vec![0; count * EACH];
        keys::fill(&mut bytes)?;
        Ok(bytes.as_chunks::<EACH>().0.iter().map(Fresh::cut).collect())
    }

    /// Draws for one version.
    pub(super) fn one() -> Result<Fresh> {
        let mut bytes = [0; 32 + 2 * NONCE];
        keys::fill(&mut bytes)?;
        Ok(Fresh::cut(&bytes))
    }

    fn cut(bytes: &[u8; 32 + 2 * NONCE]) -> Fresh {
        let mut fresh = Fresh { key: [0; 32], nonces: [[0; NONCE]; 2] };
        fresh.key.copy_from_slice(&bytes[..32]);
        fresh.nonces[0].copy_from_slice(&bytes[32..32 + NONCE]);
        fresh.nonces[1].copy_from_slice(&bytes[32 + NONCE..]);
        fresh
    }
}
