//! What the database is and how much it holds, for whoever looks after the installation.

use crate::db::Db;
use crate::error::Result;
use crate::sql::Sql;
use crate::store::Store;

/// The database, as its keeper sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// `sqlite` or `postgresql`.
    pub kind: &'static str,
    /// The file, or server and database; never a password.
    pub place: String,
    /// Bytes it takes, files kept inside it included.
    pub bytes: u64,
    /// Files attached to records, each counted once.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
}

impl Store {
    /// Returns what the database is and how much it holds.
    ///
    /// # Errors
    /// Whatever the database meets.
    pub async fn holding(&self) -> Result<Holding> {
        let (kind, size) = match self.db() {
            Db::Sqlite { .. } => {
                ("sqlite", "select page_count * page_size from pragma_page_count(), pragma_page_size()")
            }
            Db::Postgres(..) => ("postgresql", "select pg_database_size(current_database())"),
        };
        let bytes = self.db().one::<(i64,)>(Sql::new("measure the database", size)).await?.map_or(0, |row| row.0);
        let files = "select count(*), cast(coalesce(sum(size), 0) as bigint) from blob";
        let (files, file_bytes) = self.db().one(Sql::new("count the files", files)).await?.unwrap_or((0_i64, 0_i64));
        Ok(Holding {
            kind,
            place: self.db().place().to_string(),
            bytes: bytes as u64,
            files: files as u64,
            file_bytes: file_bytes as u64,
        })
    }

    /// Returns since when the oldest committed entry waits to be taken into the log, microseconds UTC; none: all are in it.
    ///
    /// # Errors
    /// Whatever the database meets.
    pub async fn unsequenced_since(&self) -> Result<Option<i64>> {
        let text = "select recorded_at from record_version
                    where seq = coalesce((select size from log_state where id = 1), 0)";
        Ok(self.db().one::<(i64,)>(Sql::new("see what waits for the log", text)).await?.map(|row| row.0))
    }
}
