//! Where a story happens: a data folder and a database of either kind, and the macro that tells each story on both.
//! What is written there – a catalogue, a hospital – each crate's tests add themselves.

use std::path::Path;

use crate::Scratch;
use crate::pg::{self, TempDatabase};

/// A data folder and the address of a database; both go away with it.
#[derive(Debug)]
pub struct Home {
    scratch: Scratch,
    address: String,
    postgres: Option<TempDatabase>,
}

impl Home {
    /// An SQLite database in a scratch folder.
    #[must_use]
    pub fn sqlite() -> Home {
        Home::found(Scratch::new("home"))
    }

    /// An SQLite database in memory: for many short rounds in which no disk is at stake.
    #[must_use]
    pub fn in_memory() -> Home {
        Home::found(Scratch::in_memory("home"))
    }

    /// A PostgreSQL database of its own; `None` after saying that this half of `story` is skipped.
    #[must_use]
    pub fn postgres(story: &str) -> Option<Home> {
        pg::database(story).map(Home::on)
    }

    /// On a PostgreSQL database made elsewhere.
    #[must_use]
    pub fn on(database: TempDatabase) -> Home {
        let address = database.url().to_owned();
        Home { scratch: Scratch::new("home"), address, postgres: Some(database) }
    }

    /// A folder with an SQLite database that is put there by other means, or by nobody yet.
    #[must_use]
    pub fn found(scratch: Scratch) -> Home {
        let address = format!("sqlite://{}/akashi.db", scratch.path().display());
        Home { scratch, address, postgres: None }
    }

    /// Whether the database is PostgreSQL.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.postgres.is_some()
    }

    /// The database as `--database` takes it.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        self.scratch.path()
    }
}

/// Makes two tests of each story, `async fn story(home: Home)`: on SQLite and on PostgreSQL. A crate may have a home of
/// its own that is made `From` this one.
#[macro_export]
macro_rules! stories {
    ($($story:ident)*) => { $(
        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$story($crate::Home::sqlite().into()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                if let Some(home) = $crate::Home::postgres(stringify!($story)) {
                    super::$story(home.into()).await;
                }
            }
        }
    )* };
}
