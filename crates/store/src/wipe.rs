//! After a disposal: what is left of keys and contents in places the database no longer uses. SQLite overwrites
//! as it deletes (`secure_delete`); here the write-ahead log is folded in and emptied, on PostgreSQL the key
//! tables are written anew. Somebody may be reading: then it is tried again with the next checkpoint and at start.
//!
//! Limits. SQLite: blocks the file system has already given back (a shortened log, a removed file, SSD wear
//! levelling). PostgreSQL: the tables in [`REWRITTEN`] hold nothing of it any more; pages of `record_version` and
//! `blob_chunk` may for a while hold what is sealed and the digests of files, and its own write-ahead log, archived logs, replicas
//! and base backups hold what was written until they are recycled. All contents there are ciphertext; only a copy
//! of the key itself, out of such a log or backup, opens it. `docs/DISPOSAL.md` says so to people.

use std::sync::atomic::Ordering;

use crate::db::Db;
use crate::error::{Result, StoreError};
use crate::sql::Sql;
use crate::store::Store;

/// What PostgreSQL writes anew: keys, digests of files, and work in progress.
const REWRITTEN: [&str; 7] = ["record_key", "blob_key", "blob", "blob_use", "draft", "saved_mapping", "upload"];

/// The first transaction number nobody has yet: a disposal that was committed has a lower one.
const NOW: &str = "select pg_snapshot_xmax(pg_current_snapshot())::text";

/// What could still see rows from before transaction $1: one that is not over, in any database; a snapshot here;
/// a standby; a prepared transaction.
const OLDER_READERS: &str = "
select (case when pg_snapshot_xmin(pg_current_snapshot()) < $1::text::xid8 then 1 else 0 end)
     + (select count(*) from pg_stat_activity where (datname = current_database() or datname is null)
          and pid <> pg_backend_pid() and age(backend_xmin) > age($1::text::xid8::xid))
     + (select count(*) from pg_replication_slots where age(xmin) > age($1::text::xid8::xid))
     + (select count(*) from pg_prepared_xacts where database = current_database())";

/// The statement that remembers, in the transaction of the disposal, that wiping is due.
pub(crate) fn due() -> Sql {
    let text = "insert into meta (key, value) values ('set.wipe', 'due') on conflict (key) do nothing";
    Sql::new("remember to wipe", text)
}

impl Store {
    /// After a disposal: wipes now, as far as readers allow.
    pub(crate) async fn wipe(&self) {
        *self.wipe_after().lock().await = None;
        self.wipe_due().store(true, Ordering::Release);
        self.wipe_if_due().await;
    }

    /// Tries again what could not be done at once.
    pub(crate) async fn wipe_if_due(&self) {
        if !self.wipe_due().load(Ordering::Acquire) {
            return;
        }
        let wiped = self.try_wipe().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "wiping after a disposal failed; it is tried again");
            false
        });
        if wiped {
            self.wipe_due().store(false, Ordering::Release);
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
            Db::Postgres(..) => self.db().rewrite(&REWRITTEN, &mut *self.wipe_after().lock().await).await?,
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

    /// PostgreSQL: writes small tables into new files and frees the old ones; false when somebody holds them, or
    /// could still read an older state: PostgreSQL would carry old rows over for him.
    ///
    /// `after` is what the disposal came before, found out at the first try.
    async fn rewrite(&self, tables: &[&'static str], after: &mut Option<String>) -> Result<bool> {
        let Db::Postgres(pool, _) = self else { return Ok(true) };
        let failed = |source| StoreError::Sql { doing: "write the key tables anew", source };
        let mut connection = pool.acquire().await.map_err(failed)?;
        let after = match after {
            Some(after) => after,
            None => after.insert(sqlx::query_scalar(NOW).fetch_one(&mut *connection).await.map_err(failed)?),
        };
        let older = sqlx::query_scalar::<_, i64>(OLDER_READERS).bind(&*after);
        if older.fetch_one(&mut *connection).await.map_err(failed)? > 0 {
            return Ok(false);
        }
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
