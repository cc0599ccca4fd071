//! The contents of one version with the salts that open its entry's commitments: what a proof shows. The
//! record's key itself never leaves the store.

use akashi_domain::RecordId;
use akashi_journal::Digest;
use akashi_journal::commitment::{Purpose, RecordKey, Salt};

use crate::error::{Result, StoreError};
use crate::seal::Sealer;
use crate::sql::Sql;
use crate::store::Store;

/// A version as a proof shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Position in the log.
    pub seq: u64,
    pub rev: u32,
    /// None when it was disposed of.
    pub contents: Option<Contents>,
}

/// Contents and salts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Canonical JSON.
    pub body: Vec<u8>,
    pub body_salt: Salt,
    pub reason: Option<(String, Salt)>,
    /// SHA-256 and salt of each file, in the order of the entry.
    pub files: Vec<(Digest, Salt)>,
}

/// Seq, rev, disposed, body, reason, files, key.
type Row = (i64, i64, bool, Option<Vec<u8>>, Option<Vec<u8>>, String, Option<Vec<u8>>);

impl Store {
    /// Opens revision `rev` of a record, or its newest; none when there is no such version.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when a content cannot be decrypted.
    pub async fn opening(&self, record: RecordId, rev: Option<u32>) -> Result<Option<Opening>> {
        let text = "select seq, rev, disposed, body, reason, blobs,
                    (select k.key from record_key k where k.record = record_version.record) as key
                    from record_version where record = $1 and (rev = $2 or $2 = 0) order by rev desc limit 1";
        let sql = Sql::new("read a version", text).bind(record.to_string()).bind(rev.unwrap_or(0));
        self.db().one::<Row>(sql).await?.map(|row| open(&record.to_string(), row)).transpose()
    }
}

fn open(record: &str, (seq, rev, disposed, body, reason, files, key): Row) -> Result<Opening> {
    let (seq, rev) = (seq as u64, rev as u32);
    let damaged = |what: &str| StoreError::damaged(format!("version {seq}"), what);
    let (Some(body), false) = (body, disposed) else { return Ok(Opening { seq, rev, contents: None }) };
    let key = key.and_then(|key| key.try_into().ok()).ok_or_else(|| damaged("its record's key is missing"))?;
    let key = RecordKey::new(key);
    let sealer = Sealer::new(&key, record);
    let sealed = || damaged("it cannot be decrypted");
    let reason = reason.map(|sealed| sealer.open_text(rev, "reason", &sealed));
    let reason = match reason {
        Some(text) => Some((text.ok_or_else(sealed)?, key.salt(Purpose::Reason, rev))),
        None => None,
    };
    let file = |(place, hex): (u32, &str)| Some((Digest::from_hex(hex).ok()?, key.salt(Purpose::Blob(place), rev)));
    let files: Option<Vec<_>> = (0..).zip(files.split_ascii_whitespace()).map(file).collect();
    let contents = Contents {
        body: sealer.open(rev, "body", &body).ok_or_else(sealed)?,
        body_salt: key.salt(Purpose::Body, rev),
        reason,
        files: files.ok_or_else(|| damaged("the list of its files cannot be read"))?,
    };
    Ok(Opening { seq, rev, contents: Some(contents) })
}
