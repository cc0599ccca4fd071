//! After a disposal: what is left of keys and contents in places the database no longer uses. SQLite overwrites
//! as it deletes (`secure_delete`); here the write-ahead log is folded in and emptied, on PostgreSQL the key
//! tables are written anew. Somebody may be reading: then it is tried again with the next checkpoint and at start.
//!
//! Limits. SQLite: blocks the file system has already given back (a shortened log, a removed file, SSD wear
//! levelling). PostgreSQL: the tables in [`REWRITTEN`] hold nothing of it any more; pages of `record_version` may
//! for a while hold sealed bodies and the digests of files, and its own write-ahead log, archived logs, replicas
//! and base backups hold what was written until they are recycled. All contents there are ciphertext; only a copy
//! of the key itself, out of such a log or backup, opens it. `docs/DISPOSAL.md` says so to people.

use std::sync::atomic::Ordering;

use crate::db::Db;
use crate::error::{Result, StoreError};
use crate::sql::Sql;
use crate::store::Store;

/// What PostgreSQL writes anew: keys, digests of files, and work in progress.
const REWRITTEN: [&str; 6] = ["record_key", "blob_key", "blob", "blob_use", "draft", "saved_mapping"];

/// The statement that remembers, in the transaction of the disposal, that wiping is due.
pub(crate) fn due() -> Sql {
    let text = "insert into meta (key, value) values ('set.wipe', 'due') on conflict (key) do nothing";
    Sql::new("remember to wipe", text)
}

impl Store {
    /// Wipes now, as far as readers allow; returns whether nothing is left to do.
    pub(crate) async fn wipe(&self) -> bool {
        self.wipe_due().store(true, Ordering::Release);
        let wiped = self.try_wipe().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "wiping after a disposal failed; it is tried again");
            false
        });
        if wiped {
            self.wipe_due().store(false, Ordering::Release);
        }
        wiped
    }

    /// Tries again what could not be done at once.
    pub(crate) async fn wipe_if_due(&self) {
        if self.wipe_due().load(Ordering::Acquire) {
            self.wipe().await;
        }
    }

    /// At start: goes on where another process stopped.
    pub(crate) async fn wipe_if_noted(&self) -> Result<()> {
        if self.get("wipe").await?.is_some() {
            self.wipe().await;
        }
        Ok(())
    }

    /// Removes the bytes of files whose keys are gone. A file that stays behind holds nothing readable.
    pub(crate) async fn wipe_files(&self, names: Vec<String>) {
        for path in names.iter().filter(|name| !name.is_empty()).map(|name| self.blob_path(name)) {
            if let Err(error) = tokio::fs::remove_file(&path).await
                && error.kind() != std::io::ErrorKind::NotFound
            {
                tracing::warn!(path = %path.display(), %error, "a disposed file could not be removed; its key is gone");
            }
        }
    }

    async fn try_wipe(&self) -> Result<bool> {
        let done = match self.db() {
            Db::Sqlite { .. } => self.db().empty_wal().await?,
            Db::Postgres(_) => self.db().rewrite(&REWRITTEN).await?,
        };
        if done {
            let text = "delete from meta where key = 'set.wipe'";
            self.db().execute(Sql::new("note that it was wiped", text)).await?;
        }
        Ok(done)
    }
}

impl Db {
    /// SQLite: folds the write-ahead log into the file and cuts it to nothing; false when somebody still reads
    /// an older state.
    async fn empty_wal(&self) -> Result<bool> {
        let Db::Sqlite { write, .. } = self else { return Ok(true) };
        let failed = |source| StoreError::Sql { doing: "empty the write-ahead log", source };
        let mut connection = write.acquire().await.map_err(failed)?;
        // A second is enough for anybody but a backup or a verification, and those take minutes.
        sqlx::raw_sql("pragma busy_timeout = 1000").execute(&mut *connection).await.map_err(failed)?;
        let emptied =
            sqlx::query_as::<_, (i64, i64, i64)>("pragma wal_checkpoint(truncate)").fetch_one(&mut *connection);
        let emptied = emptied.await;
        sqlx::raw_sql("pragma busy_timeout = 120000").execute(&mut *connection).await.map_err(failed)?;
        match emptied {
            Ok((busy, _, _)) => Ok(busy == 0),
            Err(source) => Err(failed(source)),
        }
    }

    /// PostgreSQL: writes small tables into new files and frees the old ones; false when somebody holds them.
    async fn rewrite(&self, tables: &[&'static str]) -> Result<bool> {
        let Db::Postgres(pool) = self else { return Ok(true) };
        let failed = |source| StoreError::Sql { doing: "write the key tables anew", source };
        let mut connection = pool.acquire().await.map_err(failed)?;
        sqlx::raw_sql("set lock_timeout = '1s'").execute(&mut *connection).await.map_err(failed)?;
        let mut done = Ok(true);
        for table in tables {
            let text = sqlx::AssertSqlSafe(format!("vacuum full {table}"));
            match sqlx::raw_sql(text).execute(&mut *connection).await {
                Ok(_) => {}
                // lock_not_available
                Err(sqlx::Error::Database(e)) if e.code().as_deref() == Some("55P03") => done = Ok(false),
                Err(source) => done = Err(failed(source)),
            }
        }
        sqlx::raw_sql("reset lock_timeout").execute(&mut *connection).await.map_err(failed)?;
        done
    }
}
