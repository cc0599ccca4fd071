//! The versions of one record as stored, with the reasons given.

use akashi_domain::RecordId;
use akashi_journal::Digest;
use serde_json::Value as Json;

use crate::error::{Result, StoreError};
use crate::seal::Sealer;
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
    Option<Vec<u8>>,
    Option<String>,
    Option<String>,
    bool,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
);

impl Store {
    /// Returns the versions of a record, oldest first; none when there is no such record.
    pub async fn history(&self, record: RecordId) -> Result<Vec<HistoryRow>> {
        let text = "select seq, rev, command, register, recorded_at, author, digest, reason, batch, valid_from,
                    disposed, body,
                    (select k.key from record_key k where k.record = record_version.record) as key
                    from record_version where record = $1 order by rev";
        let sql = Sql::new("read a record's history", text).bind(record.to_string());
        self.db().all::<Row>(sql).await?.into_iter().map(|row| read(record, row)).collect()
    }

    /// Returns the position at which the next version will be written.
    pub async fn end(&self) -> Result<u64> {
        let sql = Sql::new("read where the log ends", "select max(seq) from record_version");
        let last = self.db().one::<(Option<i64>,)>(sql).await?.and_then(|row| row.0);
        Ok(last.map_or(0, |seq| seq as u64 + 1))
    }
}

fn read(record: RecordId, row: Row) -> Result<HistoryRow> {
    let (seq, rev, command, register, recorded_at, author, digest, reason, batch, valid_from, disposed, body, key) =
        row;
    let damaged = |what: &str| StoreError::damaged(format!("version {seq}"), what);
    let digest = digest.try_into().map_err(|_| damaged("its digest is cut"))?;
    let sealer =
        Sealer::of(key.as_deref(), &record.to_string()).ok_or_else(|| damaged("its record's key is missing"))?;
    let open = |column: &'static str, sealed: Option<Vec<u8>>| {
        let text = sealed.map(|sealed| sealer.open_text(rev as u32, column, &sealed));
        text.map(|text| text.ok_or_else(|| damaged("it cannot be decrypted"))).transpose()
    };
    let reason = open("reason", reason)?;
    let body = open("body", body)?.map(|text| serde_json::from_str(&text)).transpose();
    let body = body.map_err(|e| damaged(&e.to_string()))?;
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
