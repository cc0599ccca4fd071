//! What the database knows about the records a command names: their newest versions, and the files that must be there.

use std::collections::BTreeSet;

use akashi_domain::RecordId;
use akashi_journal::Digest;

use super::make::{Head, Heads};
use super::number::Series;
use super::tx::Tx;
use super::version::NewVersion;
use crate::db::{Db, OpenTx, Pooled, Session};
use crate::error::{Result, StoreError};
use crate::sql::{Arg, Sql};

/// Record, revision, leaf hash, register, command, key.
type HeadRow = (String, i64, Vec<u8>, String, String, Option<Vec<u8>>);

/// With fewer new records than this, each is looked up.
const FEW: usize = 8;

/// Where the database is asked.
pub(super) enum Look<'l> {
    /// In a transaction of the writers' turn: the answers hold until it ends.
    Within(&'l mut OpenTx),
    /// Beside whoever has the writers' turn: the answers hold if nobody unknown wrote in between, and that no record
    /// is new that is said to be is left to the index over record and revision.
    Beside(&'l Db, Option<Pooled>),
}

impl Look<'_> {
    async fn on(&mut self) -> Result<Session<'_>> {
        match self {
            Look::Within(tx) => Ok(tx.on()),
            Look::Beside(_, Some(reader)) => Ok(reader.on()),
            Look::Beside(db, reader) => Ok(reader.insert(db.reader().await?).on()),
        }
    }

    /// Reads the newest version of each record that has one, of those that versions follow and `known` does not have.
    pub(super) async fn heads_of(
        &mut self,
        versions: impl Iterator<Item = &NewVersion>,
        known: &Heads,
    ) -> Result<Heads> {
        let unknown = versions.filter(|v| !known.contains_key(&v.record)).map(|v| (v.record, v.expected));
        let (new, old): (Vec<_>, Vec<_>) = unknown.partition(|v| v.1 == 0);
        let mut wanted: Vec<RecordId> = old.into_iter().map(|v| v.0).collect();
        if !self.untouched(&new).await? {
            wanted.extend(new.into_iter().map(|v| v.0));
        }
        self.heads(wanted.into_iter()).await
    }

    /// Whether none of many new records can exist already: ids made together lie in a range of their own.
    async fn untouched(&mut self, new: &[(RecordId, u32)]) -> Result<bool> {
        let (first, last) = match (new.iter().min(), new.iter().max()) {
            _ if matches!(self, Look::Beside(..)) => return Ok(true),
            (Some(first), Some(last)) if new.len() >= FEW => (first.0, last.0),
            _ => return Ok(new.is_empty()),
        };
        let text = "select seq from record_version where record between $1 and $2 limit 1";
        let sql = Sql::new("look for records", text).bind(first.to_string()).bind(last.to_string());
        Ok(self.on().await?.one::<(i64,)>(sql).await?.is_none())
    }

    /// Reads the newest version of each record that has one.
    pub(super) async fn heads(&mut self, records: impl Iterator<Item = RecordId>) -> Result<Heads> {
        let mut ids: Vec<Arg> = records.map(|id| Arg::from(id.to_string())).collect();
        let Some(last) = ids.last().cloned() else { return Ok(Heads::new()) };
        // Lists of few lengths are statements that stay prepared.
        ids.resize(ids.len().next_power_of_two(), last);
        let text = "select v.record, v.rev, v.leaf_hash, v.register, v.command, k.key from
                    (select record, max(rev) as rev from record_version where record in (";
        let join = ") group by record) newest
                    join record_version v on v.record = newest.record and v.rev = newest.rev
                    left join record_key k on k.record = v.record";
        let sql = Sql::new("read the newest versions", text).known_list(ids).text(join);
        let rows = self.on().await?.all::<HeadRow>(sql).await?;
        rows.into_iter().map(read_head).collect()
    }

    /// Whatever a version names is in the store: a file may have gone with the last record that named it.
    pub(super) async fn files_are_there(&mut self, versions: &[NewVersion]) -> Result<()> {
        let missing = self.missing_files(versions.iter()).await?.pop_first();
        missing.map_or(Ok(()), |digest| Err(StoreError::NoBlob { digest: digest.to_hex() }))
    }

    /// The files that versions name and the store does not have.
    pub(super) async fn missing_files(
        &mut self,
        versions: impl Iterator<Item = &NewVersion>,
    ) -> Result<BTreeSet<Digest>> {
        let mut missing: BTreeSet<Digest> = versions.flat_map(|v| &v.blobs).copied().collect();
        let named: Vec<Digest> = missing.iter().copied().collect();
        for some in named.chunks(1024) {
            let text = "select digest from blob where digest in (";
            let sql = Sql::new("look for files", text).list(some.iter().map(|d| Arg::from(d.to_hex()))).text(")");
            for (found,) in self.on().await?.all::<(String,)>(sql).await? {
                if let Ok(found) = Digest::from_hex(&found) {
                    missing.remove(&found);
                }
            }
        }
        Ok(missing)
    }

    /// The number given last in a series; 0 before the first.
    pub(super) async fn last_number(&mut self, (prefix, facility, year): &Series) -> Result<i64> {
        let text = "select last from counter where prefix = $1 and facility = $2 and year = $3";
        let sql = Sql::new("read a counter", text).bind(prefix.as_str()).bind(facility.as_str()).bind(*year);
        Ok(self.on().await?.one::<(i64,)>(sql).await?.map_or(0, |row| row.0))
    }
}

impl Tx {
    /// Asks within this transaction.
    pub(super) fn look(&mut self) -> Look<'_> {
        Look::Within(&mut self.open)
    }
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
