//! The two databases behind one face: pools, sessions, transactions. SQLite has one writer at a time
//! and several readers; PostgreSQL one pool. Where the two differ in words stands in `dialect`.

use std::sync::Arc;

use futures_util::TryStreamExt;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgPool, PgRow, Postgres};
use sqlx::sqlite::{Sqlite, SqliteConnection, SqlitePool, SqliteRow};
use sqlx::{FromRow, Transaction};

use crate::dialect::{self, Lock};
use crate::error::{Result, StoreError};
use crate::migrate;
use crate::sql::Sql;

mod direct;
mod open;

pub(crate) use direct::{AtOnce, Direct, Turn};

/// An open database.
#[derive(Clone, Debug)]
pub(crate) enum Db {
    /// One file, with its write-ahead log beside it.
    Sqlite { write: SqlitePool, read: SqlitePool, direct: Direct, place: Place },
    /// A server; several Akashi servers may share it.
    Postgres(PgPool, Place),
}

/// A row both drivers can read.
pub(crate) trait Row: Send + Unpin + for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> {}

impl<T> Row for T where T: Send + Unpin + for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> {}

/// A connection taken from a pool.
pub(crate) enum Pooled {
    Sqlite(PoolConnection<Sqlite>, Place),
    Postgres(PoolConnection<Postgres>, Place),
}

/// An open transaction; dropping it rolls back.
pub(crate) enum OpenTx {
    Sqlite(Transaction<'static, Sqlite>, Place),
    Postgres(Transaction<'static, Postgres>, Place),
}

/// The database's name for people, for errors that have to say where.
pub(crate) type Place = Arc<str>;

/// Something statements run on.
pub(crate) enum Session<'c> {
    Sqlite(&'c mut SqliteConnection, &'c Place),
    Postgres(&'c mut PgConnection, &'c Place),
}

impl Db {
    /// Opens `sqlite:///folder/akashi.db` or `postgres://user@host/name` and brings the schema up to date.
    /// `create` allows a new SQLite file.
    ///
    /// # Errors
    /// An address of neither form, a database that cannot be reached, a schema newer than this program.
    pub(crate) async fn open(address: &str, create: bool) -> Result<Db> {
        let db = match address.split_once("://") {
            Some(("sqlite", path)) => open::sqlite(&open::sqlite_path(path)?, create).await?,
            Some(("postgres" | "postgresql", _)) => open::postgres(address).await?,
            _ => return Err(StoreError::Address { why: "it begins with neither sqlite:// nor postgres://".into() }),
        };
        migrate::run(&db).await?;
        Ok(db)
    }

    /// The database's name for people: the file, or server and database, never a password.
    pub(crate) fn place(&self) -> &Place {
        match self {
            Db::Sqlite { place, .. } | Db::Postgres(_, place) => place,
        }
    }

    /// Takes a connection for reading.
    pub(crate) async fn reader(&self) -> Result<Pooled> {
        let place = Place::clone(self.place());
        let failed = failed("give a connection for reading", &place);
        Ok(match self {
            Db::Sqlite { read, .. } => Pooled::Sqlite(read.acquire().await.map_err(failed)?, place),
            Db::Postgres(pool, _) => Pooled::Postgres(pool.acquire().await.map_err(failed)?, place),
        })
    }

    /// Begins a transaction that holds `lock` until it ends. On SQLite there is one writer anyway.
    pub(crate) async fn begin(&self, lock: Option<Lock>) -> Result<OpenTx> {
        let place = Place::clone(self.place());
        let failed = failed("begin a transaction", &place);
        let mut tx = match self {
            // Deferred transactions die with SQLITE_BUSY_SNAPSHOT, which no timeout retries.
            Db::Sqlite { write, .. } => {
                let begun = write.begin_with("BEGIN IMMEDIATE").await;
                OpenTx::Sqlite(begun.map_err(failed)?, place)
            }
            Db::Postgres(pool, _) => OpenTx::Postgres(pool.begin().await.map_err(failed)?, place),
        };
        if let (OpenTx::Postgres(..), Some(lock)) = (&tx, lock) {
            tx.on().execute(dialect::take(lock)).await?;
        }
        Ok(tx)
    }

    /// As [`Db::begin`], unless another server holds the lock.
    pub(crate) async fn try_begin(&self, lock: Lock) -> Result<Option<OpenTx>> {
        let mut tx = self.begin(None).await?;
        if let OpenTx::Postgres(..) = &tx {
            let taken = tx.on().one::<(bool,)>(dialect::try_take(lock)).await?;
            if taken != Some((true,)) {
                tx.rollback().await?;
                return Ok(None);
            }
        }
        Ok(Some(tx))
    }

    /// Begins a transaction for reading that sees one state of everything.
    pub(crate) async fn snapshot(&self) -> Result<OpenTx> {
        let place = Place::clone(self.place());
        let failed = failed("begin reading", &place);
        Ok(match self {
            Db::Sqlite { read, .. } => OpenTx::Sqlite(read.begin().await.map_err(failed)?, place),
            Db::Postgres(pool, _) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                OpenTx::Postgres(pool.begin_with(begin).await.map_err(failed)?, place)
            }
        })
    }

    /// Runs one writing statement in a transaction of its own; gives the number of rows it changed.
    pub(crate) async fn execute(&self, statement: Sql) -> Result<u64> {
        let mut tx = self.begin(None).await?;
        let changed = tx.on().execute(statement).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// Reads all rows.
    pub(crate) async fn all<R: Row>(&self, statement: Sql) -> Result<Vec<R>> {
        self.reader().await?.on().all(statement).await
    }

    /// Reads one row, if there is one.
    pub(crate) async fn one<R: Row>(&self, statement: Sql) -> Result<Option<R>> {
        self.reader().await?.on().one(statement).await
    }

    /// Closes all connections; SQLite then folds its write-ahead log into the file.
    pub(crate) async fn close(&self) {
        match self {
            Db::Sqlite { write, read, direct, .. } => {
                direct.close().await;
                read.close().await;
                write.close().await;
            }
            Db::Postgres(pool, _) => pool.close().await,
        }
    }
}

impl Pooled {
    /// The session of this connection.
    pub(crate) fn on(&mut self) -> Session<'_> {
        match self {
            Pooled::Sqlite(c, place) => Session::Sqlite(c, place),
            Pooled::Postgres(c, place) => Session::Postgres(c, place),
        }
    }
}

impl OpenTx {
    /// The session of this transaction.
    pub(crate) fn on(&mut self) -> Session<'_> {
        match self {
            OpenTx::Sqlite(c, place) => Session::Sqlite(c, place),
            OpenTx::Postgres(c, place) => Session::Postgres(c, place),
        }
    }

    /// Makes it durable; returns only after the data are on disk.
    pub(crate) async fn commit(self) -> Result<()> {
        let (done, place) = match self {
            OpenTx::Sqlite(tx, place) => (tx.commit().await, place),
            OpenTx::Postgres(tx, place) => (tx.commit().await, place),
        };
        done.map_err(failed("commit", &place))
    }

    /// Drops everything done in it.
    pub(crate) async fn rollback(self) -> Result<()> {
        let (done, place) = match self {
            OpenTx::Sqlite(tx, place) => (tx.rollback().await, place),
            OpenTx::Postgres(tx, place) => (tx.rollback().await, place),
        };
        done.map_err(failed("roll back", &place))
    }
}

impl Session<'_> {
    fn place(&self) -> Place {
        match self {
            Session::Sqlite(_, place) | Session::Postgres(_, place) => Place::clone(place),
        }
    }

    /// Runs a statement; gives the number of rows it changed.
    pub(crate) async fn execute(self, statement: Sql) -> Result<u64> {
        let (doing, place) = (statement.doing, self.place());
        match self {
            Session::Sqlite(c, _) => {
                statement.for_sqlite().query::<Sqlite>().execute(c).await.map(|r| r.rows_affected())
            }
            Session::Postgres(c, _) => {
                statement.for_postgres().query::<Postgres>().execute(c).await.map(|r| r.rows_affected())
            }
        }
        .map_err(failed(doing, &place))
    }

    /// Reads all rows.
    pub(crate) async fn all<R: Row>(self, statement: Sql) -> Result<Vec<R>> {
        let (doing, place) = (statement.doing, self.place());
        match self {
            Session::Sqlite(c, _) => statement.for_sqlite().query_as::<Sqlite, R>().fetch_all(c).await,
            Session::Postgres(c, _) => statement.for_postgres().query_as::<Postgres, R>().fetch_all(c).await,
        }
        .map_err(failed(doing, &place))
    }

    /// Reads one row, if there is one.
    pub(crate) async fn one<R: Row>(self, statement: Sql) -> Result<Option<R>> {
        let (doing, place) = (statement.doing, self.place());
        match self {
            Session::Sqlite(c, _) => statement.for_sqlite().query_as::<Sqlite, R>().fetch_optional(c).await,
            Session::Postgres(c, _) => statement.for_postgres().query_as::<Postgres, R>().fetch_optional(c).await,
        }
        .map_err(failed(doing, &place))
    }

    /// Reads rows in packets of `size`, so that a large result is never in memory as rows at once.
    pub(crate) async fn packets<R: Row>(
        self,
        statement: Sql,
        size: usize,
        mut take: impl FnMut(Vec<R>) + Send,
    ) -> Result<()> {
        let (doing, place) = (statement.doing, self.place());
        let mut packet = Vec::with_capacity(size);
        let mut rows = match self {
            Session::Sqlite(c, _) => statement.for_sqlite().query_as::<Sqlite, R>().fetch(c),
            Session::Postgres(c, _) => statement.for_postgres().query_as::<Postgres, R>().fetch(c),
        };
        while let Some(row) = rows.try_next().await.map_err(failed(doing, &place))? {
            packet.push(row);
            if packet.len() == size {
                take(std::mem::replace(&mut packet, Vec::with_capacity(size)));
            }
        }
        if !packet.is_empty() {
            take(packet);
        }
        Ok(())
    }
}

/// Makes the error of a failed statement on a database.
fn failed(doing: &'static str, place: &Place) -> impl FnOnce(sqlx::Error) -> StoreError + use<> {
    let place = Place::clone(place);
    move |source| match &source {
        sqlx::Error::Database(e) if e.code().is_some_and(|code| FULL.contains(&code.as_ref())) => {
            StoreError::Full { doing, place: place.to_string(), why: e.to_string() }
        }
        _ => StoreError::Sql { doing, source },
    }
}

/// Codes of a full disk: SQLITE_FULL, SQLITE_IOERR_SHMSIZE; PostgreSQL's disk_full.
const FULL: [&str; 3] = ["13", "4874", "53100"];

/// Makes the error of a failed statement.
pub(crate) fn sql(doing: &'static str) -> impl FnOnce(sqlx::Error) -> StoreError {
    move |source| StoreError::Sql { doing, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_of_another_kind_is_refused_without_repeating_it() {
        let error = Db::open("mysql://root:geheim@db/x", true).await.unwrap_err();
        assert!(matches!(error, StoreError::Address { .. }));
        assert!(!error.to_string().contains("geheim"));
    }
}
