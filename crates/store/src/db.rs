//! The two databases behind one face: pools, sessions, transactions. SQLite has one writer connection
//! and several readers; PostgreSQL one pool. Where the two differ in words stands in `dialect`.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgRow, Postgres};
use sqlx::sqlite::{
    Sqlite, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection as _, FromRow, Transaction};

use crate::dialect::{self, Lock};
use crate::error::{Result, StoreError};
use crate::migrate;
use crate::sql::Sql;

/// Readers of an SQLite database.
const READERS: u32 = 4;
/// Connections to PostgreSQL per server.
const CONNECTIONS: u32 = 16;
/// How long a writer waits for another one, e.g. a long import, before it gives up.
const PATIENCE: Duration = Duration::from_secs(120);

/// An open database.
#[derive(Clone, Debug)]
pub enum Db {
    /// One file, with its write-ahead log beside it.
    Sqlite { write: SqlitePool, read: SqlitePool },
    /// A server; several Akashi servers may share it.
    Postgres(PgPool),
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
    pub async fn open(address: &str, create: bool) -> Result<Db> {
        let db = match address.split_once("://") {
            Some(("sqlite", path)) => open_sqlite(&sqlite_path(path)?, create).await?,
            Some(("postgres" | "postgresql", _)) => open_postgres(address).await?,
            _ => return Err(StoreError::Address { why: "it begins with neither sqlite:// nor postgres://".into() }),
        };
        migrate::run(&db).await?;
        Ok(db)
    }

    /// The database's name for people: the file, or server and database, never a password.
    pub(crate) fn place(&self) -> String {
        match self {
            Db::Sqlite { write, .. } => write.connect_options().get_filename().display().to_string(),
            Db::Postgres(pool) => postgres_place(&pool.connect_options()),
        }
    }

    /// Takes a connection for reading.
    pub(crate) async fn reader(&self) -> Result<Pooled> {
        let (doing, place) = ("give a connection for reading", Place::from(self.place()));
        Ok(match self {
            Db::Sqlite { read, .. } => Pooled::Sqlite(read.acquire().await.map_err(failed(doing, &place))?, place),
            Db::Postgres(pool) => Pooled::Postgres(pool.acquire().await.map_err(failed(doing, &place))?, place),
        })
    }

    /// Begins a transaction that holds `lock` until it ends. On SQLite there is one writer anyway.
    pub(crate) async fn begin(&self, lock: Option<Lock>) -> Result<OpenTx> {
        let (doing, place) = ("begin a transaction", Place::from(self.place()));
        let mut tx = match self {
            // Deferred transactions die with SQLITE_BUSY_SNAPSHOT, which no timeout retries.
            Db::Sqlite { write, .. } => {
                let begun = write.begin_with("BEGIN IMMEDIATE").await;
                OpenTx::Sqlite(begun.map_err(failed(doing, &place))?, place)
            }
            Db::Postgres(pool) => OpenTx::Postgres(pool.begin().await.map_err(failed(doing, &place))?, place),
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
        let place = Place::from(self.place());
        let failed = failed("begin reading", &place);
        Ok(match self {
            Db::Sqlite { read, .. } => OpenTx::Sqlite(read.begin().await.map_err(failed)?, place),
            Db::Postgres(pool) => {
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
            Db::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
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

async fn open_sqlite(path: &Path, create: bool) -> Result<Db> {
    let place = path.display().to_string();
    if !create && !path.is_file() {
        return Err(StoreError::NotInitialised { place });
    }
    if create {
        private_file(path)?;
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        .pragma("temp_store", "memory")
        .disable_statement_logging();
    let failed = |source| StoreError::Open { place: place.clone(), source };
    let writer = options
        .clone()
        .create_if_missing(create)
        .journal_mode(SqliteJournalMode::Wal)
        // Every commit is on disk before it is acknowledged.
        .synchronous(SqliteSynchronous::Full)
        // Ids made in one import fall anywhere in their index: with SQLite's 2 MB every row reads a page back.
        // KiB, taken only as far as pages are used.
        .pragma("cache_size", "-65536")
        // What was deleted or overwritten is overwritten with zeros, also in pages that become free.
        .pragma("secure_delete", "on");
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .min_connections(1)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        // A full disk makes SQLite end a transaction by itself; the driver then counts it as open for ever, and every
        // later one would fail. Such a connection is given up for a new one.
        .after_release(|connection, _| {
            Box::pin(async move {
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
        .connect_with(writer)
        .await
        .map_err(failed)?;
    let read = SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(PATIENCE)
        .connect_lazy_with(options.read_only(true).row_buffer_size(512));
    Ok(Db::Sqlite { write, read })
}

/// Makes the file if there is none, for its owner only: it holds keys and password hashes. SQLite gives
/// its side files the same rights.
fn private_file(path: &Path) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(StoreError::io("make", path))
}

/// What follows `sqlite://`, as a path; `/C:/x` is a Windows path.
fn sqlite_path(rest: &str) -> Result<PathBuf> {
    let drive = |text: &str| text.as_bytes().get(1) == Some(&b':');
    match rest.strip_prefix('/').filter(|text| drive(text)).unwrap_or(rest) {
        "" | "/" => Err(StoreError::Address { why: "the file is missing".into() }),
        path => Ok(PathBuf::from(path)),
    }
}

async fn open_postgres(address: &str) -> Result<Db> {
    let options = PgConnectOptions::from_str(address);
    let options = options.map_err(|_| StoreError::Address { why: "it cannot be read as a PostgreSQL URL".into() })?;
    let place = postgres_place(&options);
    // Whatever the server's default is: an acknowledged write is on disk.
    let options =
        options.application_name("akashi").options([("synchronous_commit", "on")]).disable_statement_logging();
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE);
    let pool = pool.connect_with(options).await.map_err(|source| StoreError::Open { place, source })?;
    Ok(Db::Postgres(pool))
}

fn postgres_place(options: &PgConnectOptions) -> String {
    let name = options.get_database().unwrap_or_else(|| options.get_username());
    format!("{} at {}:{}", name, options.get_host(), options.get_port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_sqlite_addresses() {
        let table = [("/srv/a.db", "/srv/a.db"), ("data/a.db", "data/a.db"), ("/C:/data/a.db", "C:/data/a.db")];
        for (rest, expect) in table {
            assert_eq!(sqlite_path(rest).unwrap(), PathBuf::from(expect));
        }
        assert!(sqlite_path("").is_err());
    }

    #[tokio::test]
    async fn an_address_of_another_kind_is_refused_without_repeating_it() {
        let error = Db::open("mysql://root:geheim@db/x", true).await.unwrap_err();
        assert!(matches!(error, StoreError::Address { .. }));
        assert!(!error.to_string().contains("geheim"));
    }
}
