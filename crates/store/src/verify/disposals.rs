//! What was disposed of, as a list: each of these versions was compared with its entry before. What stays of them in
//! columns alone is compared with what the disposal says of it.

use serde_json::Value as Json;

use super::fault::{FaultKind, Place};
use super::{KEPT, LISTED, Run};
use crate::error::Result;
use crate::seal::Sealer;
use crate::sql::Sql;

/// A record that was disposed of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disposed {
    /// Index of the entry that says so.
    pub entry: u64,
    pub register: String,
    pub record: String,
    /// The approved disposal record, which the entry names.
    pub approval: Option<String>,
    /// Versions that lost their content.
    pub versions: u64,
    /// Microseconds UTC.
    pub at: i64,
}

/// Entry, register, record, approval, time, versions.
type Row = (i64, String, String, Option<String>, i64, i64);

/// A version that says its record was disposed of, with the record's key.
#[derive(sqlx::FromRow)]
struct Said {
    seq: i64,
    record: String,
    rev: i64,
    body: Option<Vec<u8>>,
    key: Option<Vec<u8>>,
}

/// Position, register, revision, code, facility.
type Left = (i64, String, i64, String, String);

impl Run {
    /// Code and facility of versions without content are those the disposal found.
    pub(super) async fn check_what_stays(&mut self) -> Result<()> {
        let text = "select d.seq, d.record, d.rev, d.body,
                    (select k.key from record_key k where k.record = d.record) as key
                    from record_version d where d.command = 'dispose' and d.seq > $1 order by d.seq limit $2";
        let mut after = -1;
        loop {
            let sql = Sql::new("read disposals", text).bind(after).bind(LISTED);
            let rows = self.tx.on().all::<Said>(sql).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.seq;
            for said in rows {
                self.compare_what_stays(&said).await?;
            }
        }
    }

    async fn compare_what_stays(&mut self, said: &Said) -> Result<()> {
        // What cannot be opened is told of at the version itself. Disposals from before this was kept do not say it.
        let Some(stays) = said.stays() else { return Ok(()) };
        let text = "select seq, register, rev, code, facility from record_version
                    where record = $1 and rev < $2 and disposed order by rev";
        let sql = Sql::new("read what stays", text).bind(said.record.as_str()).bind(said.rev);
        for (seq, register, rev, code, facility) in self.tx.on().all::<Left>(sql).await? {
            let kept = usize::try_from(rev - 1).ok().and_then(|ix| stays.get(ix));
            for (at, column, value) in [(0, "code", code), (1, "facility", facility)] {
                if kept.is_none_or(|kept| kept[at] != value.as_str()) {
                    let (register, record) = (register.clone(), said.record.clone());
                    let place = Place::Version { seq: seq as u64, register, record, rev: rev as u32 };
                    self.fault(place, FaultKind::Differs { column });
                }
            }
        }
        Ok(())
    }

    /// Reads the disposals, the oldest first, as many as a report lists.
    pub(super) async fn disposals(&mut self) -> Result<Vec<Disposed>> {
        let text = "select d.seq, d.register, d.record, d.batch, d.recorded_at,
                    (select count(*) from record_version v where v.record = d.record and v.disposed) as versions
                    from record_version d where d.command = 'dispose' order by d.seq limit $1";
        let rows = self.tx.on().all::<Row>(Sql::new("read disposals", text).bind(KEPT as u64)).await?;
        let read = |(seq, register, record, approval, at, versions): Row| Disposed {
            entry: seq as u64,
            register,
            record,
            approval,
            versions: versions as u64,
            at,
        };
        Ok(rows.into_iter().map(read).collect())
    }
}

impl Said {
    /// Code and facility by revision, from the first.
    fn stays(&self) -> Option<Vec<Json>> {
        let sealer = Sealer::of(self.key.as_deref(), &self.record)?;
        let body = sealer.open(self.rev as u32, "body", self.body.as_deref()?)?;
        let body: Json = serde_json::from_slice(&body).ok()?;
        body["disposal"]["stays"].as_array().cloned()
    }
}
