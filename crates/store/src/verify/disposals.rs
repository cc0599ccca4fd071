//! What was disposed of, as a list: each of these versions was compared with its entry before.

use super::{KEPT, Run};
use crate::error::Result;
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

impl Run {
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
