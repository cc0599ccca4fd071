//! Whole transactions in one text, on SQLite: begin, rows and commit are a single trip to the database's thread. The
//! connection is kept from one to the next, for a short time: others want to write too.

use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::sqlite::Sqlite;

use super::{Db, Place, failed};
use crate::error::{Result, StoreError};
use crate::rows::{Insert, joined};
use crate::sql::Sql;

/// How long the connection is kept: sessions, drafts and the sequencer wait for it in line.
const KEPT: Duration = Duration::from_millis(20);

/// The writer's connection, between two transactions.
pub(crate) struct Held {
    connection: PoolConnection<Sqlite>,
    place: Place,
    since: Instant,
    /// In a transaction. Left there, the connection is given up, and the transaction with it.
    open: bool,
}

/// What became of a transaction.
pub(crate) enum AtOnce {
    /// It is on disk.
    Done(Held),
    /// Nothing of it was written.
    Undone(StoreError),
    /// It failed, and may have been written all the same.
    Unknown(StoreError),
}

impl Db {
    /// The writer's connection: the one held from before, unless others were kept waiting by it. None on PostgreSQL,
    /// which takes one statement at a time.
    pub(crate) async fn hold(&self, held: Option<Held>) -> Result<Option<Held>> {
        let Db::Sqlite { write, place, .. } = self else { return Ok(None) };
        let held = held.filter(|held| held.since.elapsed() < KEPT);
        if held.is_some() {
            return Ok(held);
        }
        let place = Place::clone(place);
        let connection = write.acquire().await.map_err(failed("begin a transaction", &place))?;
        Ok(Some(Held { connection, place, since: Instant::now(), open: false }))
    }
}

impl Held {
    /// Writes rows in a transaction of their own.
    pub(crate) async fn write(mut self, inserts: Vec<Insert>) -> AtOnce {
        let doing = "write what commands say";
        let text = joined(Sql::new(doing, "begin immediate; "), inserts).text("commit");
        self.open = true;
        let wrote = text.for_sqlite().query::<Sqlite>().execute(&mut *self.connection).await;
        let error = match wrote {
            Ok(_) => {
                self.open = false;
                return AtOnce::Done(self);
            }
            Err(error) => failed(doing, &self.place)(error),
        };
        // What can be undone was not done. Where there is nothing to undo, it may have been the end that failed.
        match sqlx::raw_sql("rollback").execute(&mut *self.connection).await {
            Ok(_) => {
                self.open = false;
                AtOnce::Undone(error)
            }
            Err(_) => AtOnce::Unknown(error),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.open {
            self.connection.close_on_drop();
        }
    }
}
