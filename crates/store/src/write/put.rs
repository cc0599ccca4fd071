//! Putting versions: expected revision, number, commitment, entry; then all rows in few statements.

use std::collections::{BTreeSet, HashMap};

use akashi_domain::RecordId;
use akashi_journal::commitment::{Purpose, RecordKey};
use akashi_journal::entry::FORMAT;
use akashi_journal::merkle::leaf_hash;
use akashi_journal::{Digest, Entry, canon};

use super::insert::{Row, Rows};
use super::receipt::{Receipt, Receipts};
use super::tx::Tx;
use super::version::NewVersion;
use crate::error::{Result, StoreError};
use crate::log::keys;
use crate::seal::{NONCE, Sealer};
use crate::sql::{Arg, Sql};

/// Versions whose rows share statements.
pub(super) const PACKET: usize = 128;

/// The newest version of a record, as the next one needs it.
#[derive(Clone)]
pub(super) struct Head {
    rev: u32,
    leaf_hash: Digest,
    register: String,
    disposed: bool,
    key: [u8; 32],
}

/// What the operating system's random source gave for one version: the key if the record is new, and nonces.
pub(super) struct Fresh {
    pub(super) key: [u8; 32],
    nonces: [[u8; NONCE]; 2],
}

/// Record, revision, leaf hash, register, command, key.
type HeadRow = (String, i64, Vec<u8>, String, String, Option<Vec<u8>>);

impl Tx {
    /// Writes the next version of a record, with its entry.
    ///
    /// # Errors
    /// [`StoreError::StaleRevision`] when somebody else was faster, [`StoreError::NoBlob`] when a file it names was
    /// never put or went away with another record. After any error go back to a savepoint or drop the transaction: it cannot be committed.
    pub async fn put(&mut self, version: NewVersion) -> Result<Receipt> {
        Ok(self.put_all(vec![version]).await?.first)
    }

    /// Writes many versions in order; several may be of one record.
    ///
    /// # Errors
    /// As [`Tx::put`], at the first version that cannot be written.
    pub async fn put_all(&mut self, versions: Vec<NewVersion>) -> Result<Receipts> {
        if versions.is_empty() {
            return Err(StoreError::Nothing);
        }
        self.torn = true;
        let receipts = self.put_packets(versions).await?;
        self.torn = false;
        Ok(receipts)
    }

    async fn put_packets(&mut self, mut versions: Vec<NewVersion>) -> Result<Receipts> {
        let mut receipts = Vec::with_capacity(versions.len());
        let mut rows = Rows::new(self.next);
        for packet in versions.chunks_mut(PACKET) {
            let mut heads = self.heads(packet.iter().map(|v| v.record)).await?;
            self.number(packet).await?;
            self.files_are_there(packet).await?;
            let fresh = Fresh::draw(packet.len())?;
            for (version, fresh) in packet.iter_mut().zip(fresh) {
                let head = heads.remove(&version.record);
                let (head, receipt) = self.prepare(version, head, fresh, &mut rows)?;
                heads.insert(version.record, head);
                receipts.push(receipt);
            }
            self.write(&mut rows, false).await?;
        }
        self.write(&mut rows, true).await?;
        let mut receipts = receipts.into_iter();
        let first = receipts.next().ok_or(StoreError::Nothing)?;
        Ok(Receipts { first, others: receipts.collect() })
    }

    /// Whatever a version names is in the store: a file may have gone with the last record that named it.
    async fn files_are_there(&mut self, versions: &[NewVersion]) -> Result<()> {
        let named: BTreeSet<String> = versions.iter().flat_map(|v| &v.blobs).map(Digest::to_hex).collect();
        if named.is_empty() {
            return Ok(());
        }
        let text = "select digest from blob where digest in (";
        let sql = Sql::new("look for files", text).list(named.iter().map(|hex| Arg::from(hex.as_str()))).text(")");
        let found: BTreeSet<String> =
            self.open.on().all::<(String,)>(sql).await?.into_iter().map(|row| row.0).collect();
        let missing = named.into_iter().find(|hex| !found.contains(hex));
        missing.map_or(Ok(()), |digest| Err(StoreError::NoBlob { digest }))
    }

    /// Reads the newest version of each record that has one.
    pub(super) async fn heads(&mut self, records: impl Iterator<Item = RecordId>) -> Result<HashMap<RecordId, Head>> {
        let text = "select v.record, v.rev, v.leaf_hash, v.register, v.command, k.key
                    from record_version v left join record_key k on k.record = v.record where v.record in (";
        let last = ") and v.rev = (select max(m.rev) from record_version m where m.record = v.record)";
        let sql = Sql::new("read the newest versions", text).list(records.map(|id| Arg::from(id.to_string())));
        let rows = self.open.on().all::<HeadRow>(sql.text(last)).await?;
        rows.into_iter().map(read_head).collect()
    }

    /// Makes row, entry and receipt of one version; checks it against the one before.
    pub(super) fn prepare(
        &mut self,
        version: &mut NewVersion,
        head: Option<Head>,
        fresh: Fresh,
        rows: &mut Rows,
    ) -> Result<(Head, Receipt)> {
        check(version, head.as_ref())?;
        let record = version.record;
        let key = head.as_ref().map_or(fresh.key, |head| head.key);
        if head.is_none() {
            rows.keys.push((record, key));
        }
        let body = canon::to_vec(&version.body).map_err(|source| StoreError::Body { record, source })?;
        let record_key = RecordKey::new(key);
        let entry = self.entry(version, head.as_ref(), &record_key, &body);
        let leaf = entry.to_leaf().map_err(|source| StoreError::Entry { record, source })?;
        let leaf_hash = leaf_hash(&leaf);
        let receipt = Receipt {
            ticket: self.ticket(),
            record,
            rev: entry.rev,
            seq: self.next,
            code: version.text("code").to_owned(),
            digest: entry.body,
            leaf_hash,
            recorded_at: self.ctx.at,
            author: self.ctx.actor.clone(),
        };
        let disposed = entry.command == akashi_journal::Command::Dispose;
        let head = Head { rev: entry.rev, leaf_hash, register: version.register.clone(), disposed, key };
        let sealer = Sealer::new(&record_key, &entry.record);
        let row = Row { seq: self.next, version, entry, leaf_hash, body, sealer, nonces: fresh.nonces };
        rows.push(row, leaf);
        self.next += 1;
        Ok((head, receipt))
    }

    fn entry(&self, version: &NewVersion, head: Option<&Head>, key: &RecordKey, body: &[u8]) -> Entry {
        let rev = version.expected + 1;
        let blob = |(place, digest): (u32, &Digest)| key.commit(Purpose::Blob(place), rev, &digest.0);
        Entry {
            actor: self.ctx.actor.clone(),
            at: self.ctx.at,
            batch: version.batch.map(|id| id.to_string()),
            blobs: (0..).zip(&version.blobs).map(blob).collect(),
            body: key.commit(Purpose::Body, rev, body),
            catalogue: version.catalogue,
            command: version.command,
            def_version: version.def_version,
            epoch: self.store.meta().epoch,
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
    /// Lets the next version use another key.
    pub(super) fn renew(&mut self, key: [u8; 32]) {
        self.key = key;
    }
}

fn check(version: &NewVersion, head: Option<&Head>) -> Result<()> {
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

fn read_head((record, rev, leaf_hash, register, command, key): HeadRow) -> Result<(RecordId, Head)> {
    let place = || format!("record {record}");
    let id = RecordId::parse(&record).ok_or_else(|| StoreError::damaged(place(), "its id is not one"))?;
    let leaf_hash = leaf_hash.try_into().map_err(|_| StoreError::damaged(place(), "its leaf hash is cut"))?;
    let key = key.and_then(|key| key.try_into().ok());
    let key = key.ok_or_else(|| StoreError::damaged(place(), "its key is missing"))?;
    let disposed = command == "dispose";
    Ok((id, Head { rev: rev as u32, leaf_hash: Digest(leaf_hash), register, disposed, key }))
}

impl Fresh {
    /// Draws for `count` versions at once.
    fn draw(count: usize) -> Result<Vec<Fresh>> {
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
