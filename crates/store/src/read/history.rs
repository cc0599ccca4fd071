//! The versions of one record as stored, with the reasons given.

use akashi_domain::RecordId;
use akashi_journal::Digest;
use serde_json::Value as Json;

use crate::error::{Result, StoreError};
use crate::sql::Sql;
use crate::store::Store;

/// A stored version.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryRow {
    /// Position in the log.
    pub seq: u64,
    pub rev: u32,
    /// What was done, as entries name it: `put`, `move`, `import`, ….
    pub command: String,
    pub register: String,
    /// Microseconds UTC.
    pub recorded_at: i64,
    /// Pseudonymous id.
    pub author: String,
    /// Salted commitment of the body.
    pub digest: Digest,
    pub reason: Option<String>,
    /// The import it came with.
    pub batch: Option<String>,
    pub valid_from: Option<String>,
    pub disposed: bool,
    /// None when it was disposed of.
    pub body: Option<Json>,
}

type Row = (
    i64,
    i64,
    String,
    String,
    i64,
    String,
    Vec<u8>,
    Option<String>,
    Option<String>,
    Option<String>,
    bool,
    Option<String>,
);

impl Store {
    /// Returns the versions of a record, oldest first; none when there is no such record.
    pub async fn history(&self, record: RecordId) -> Result<Vec<HistoryRow>> {
        let text = "select seq, rev, command, register, recorded_at, author, digest, reason, batch, valid_from,
                    disposed, body from record_version where record = $1 order by rev";
        let sql = Sql::new("read a record's history", text).bind(record.to_string());
        self.db().all::<Row>(sql).await?.into_iter().map(read).collect()
    }

    /// Returns the position at which the next version will be written.
    pub async fn end(&self) -> Result<u64> {
        let sql = Sql::new("read where the log ends", "select max(seq) from record_version");
        let last = self.db().one::<(Option<i64>,)>(sql).await?.and_then(|row| row.0);
        Ok(last.map_or(0, |seq| seq as u64 + 1))
    }
}

fn read(row: Row) -> Result<HistoryRow> {
    let (seq, rev, command, register, recorded_at, author, digest, reason, batch, valid_from, disposed, body) = row;
    let damaged = |what: String| StoreError::damaged(format!("version {seq}"), what);
    let digest = digest.try_into().map_err(|_| damaged("its digest is cut".into()))?;
    let body = body.map(|text| serde_json::from_str(&text)).transpose().map_err(|e| damaged(e.to_string()))?;
    Ok(HistoryRow {
        seq: seq as u64,
        rev: rev as u32,
        command,
        register,
        recorded_at,
        author,
        digest: Digest(digest),
        reason,
        batch,
        valid_from,
        disposed,
        body,
    })
}
