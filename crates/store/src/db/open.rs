//! Opening a database: its address, the settings an acknowledged write and a disposal rest on, and the pools.
//! What runs on them stands beside.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{ConnectOptions, Connection as _};

use super::{Db, Direct, Place};
use crate::error::{Result, StoreError};

/// Readers of an SQLite database.
const READERS: u32 = 4;
/// Connections to PostgreSQL per server.
const CONNECTIONS: u32 = 16;
/// How long a writer waits for another one, e.g. a long import, before it gives up.
const PATIENCE: Duration = Duration::from_secs(120);

/// What every connection that writes to SQLite is set to.
const WRITER: [(&str, &str); 4] = [
    ("temp_store", "memory"),
    // Every commit is on disk before it is acknowledged.
    ("synchronous", "full"),
    // Ids made in one import fall anywhere in their index: with SQLite's 2 MB every row reads a page back.
    // KiB, taken only as far as pages are used.
    ("cache_size", "-65536"),
    // What was deleted or overwritten is overwritten with zeros, also in pages that become free.
    ("secure_delete", "on"),
];

/// Opens a file; `create` allows a new one.
pub(super) async fn sqlite(path: &Path, create: bool) -> Result<Db> {
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
    let writer = options.clone().create_if_missing(create).journal_mode(SqliteJournalMode::Wal);
    let writer = WRITER.iter().fold(writer, |options, (name, value)| options.pragma(*name, *value));
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .min_connections(1)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        // A file does not go away as a server does: asking before each use is two thread switches for nothing.
        .test_before_acquire(false)
        // A full disk makes SQLite end a transaction by itself; the driver then counts it as open for ever, and every
        // later one would fail. Such a connection is given up for a new one. One that was dropped open is rolled back
        // when the ping is answered.
        .after_release(|connection, _| {
            Box::pin(async move {
                if connection.is_in_transaction() {
                    connection.ping().await?;
                }
                Ok(!connection.is_in_transaction())
            })
        })
        .connect_with(writer)
        .await
        .map_err(failed)?;
    let read = SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .connect_lazy_with(options.read_only(true).row_buffer_size(512));
    let place = Place::from(place);
    Ok(Db::Sqlite { write, read, direct: Direct::new(path, place.clone()), place })
}

/// Opens a file that is there, in write-ahead mode already, for whole transactions of prepared rows.
pub(super) fn direct(path: &Path, statements: usize) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(PATIENCE)?;
    db.set_prepared_statement_cache_capacity(statements);
    db.pragma_update(None, "foreign_keys", "on")?;
    WRITER.iter().try_for_each(|(name, value)| db.pragma_update(None, name, value))?;
    Ok(db)
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
pub(super) fn sqlite_path(rest: &str) -> Result<PathBuf> {
    let drive = |text: &str| text.as_bytes().get(1) == Some(&b':');
    match rest.strip_prefix('/').filter(|text| drive(text)).unwrap_or(rest) {
        "" | "/" => Err(StoreError::Address { why: "the file is missing".into() }),
        path => Ok(PathBuf::from(path)),
    }
}

/// Connects to a server.
pub(super) async fn postgres(address: &str) -> Result<Db> {
    let options = PgConnectOptions::from_str(address);
    let options = options.map_err(|_| StoreError::Address { why: "it cannot be read as a PostgreSQL URL".into() })?;
    let place = postgres_place(&options);
    // Whatever the server's default is: an acknowledged write is on disk.
    let options =
        options.application_name("akashi").options([("synchronous_commit", "on")]).disable_statement_logging();
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE);
    match pool.connect_with(options).await {
        Ok(pool) => Ok(Db::Postgres(pool, Place::from(place))),
        Err(source) => Err(StoreError::Open { place, source }),
    }
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
}
