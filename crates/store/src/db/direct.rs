//! The thread that writes whole transactions on SQLite: begin, rows and commit without a trip between threads for every
//! statement, and the next at once if it is there. It has a connection of its own; whoever uses it holds the writers'
//! turn, which is the pool's only writing connection.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::Sqlite;
use tokio::sync::oneshot;

use super::{Db, Place, failed, open};
use crate::error::{Result, StoreError};
use crate::rows::Insert;

/// How long the writers' turn is kept: sessions, drafts and the sequencer wait for it in line.
const KEPT: Duration = Duration::from_millis(20);
/// Statements that stay prepared: one a table.
const STATEMENTS: usize = 32;

/// The thread, started when it is first needed.
#[derive(Clone, Debug)]
pub(crate) struct Direct(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    place: Place,
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    jobs: Sender<Job>,
    thread: JoinHandle<()>,
}

struct Job {
    rows: Vec<Insert>,
    /// It was made for what is there when the one before it is written.
    follows: bool,
    done: oneshot::Sender<Wrote>,
}

/// The writers' turn, for several transactions.
pub(crate) struct Turn {
    _writer: PoolConnection<Sqlite>,
    since: Instant,
}

/// What became of a transaction, and its rows.
pub(crate) type Wrote = (AtOnce, Vec<Insert>);

/// What became of a transaction.
pub(crate) enum AtOnce {
    /// It is on disk; how long that took.
    Done(Duration),
    /// Nothing of it was written.
    Undone,
    /// Its commit failed, and may have happened all the same.
    Unknown(StoreError),
}

impl Db {
    /// The writers' turn and the thread that uses it. None on PostgreSQL, which takes one statement at a time.
    pub(crate) async fn turn(&self) -> Result<Option<(Turn, Direct)>> {
        let Db::Sqlite { write, direct, place, .. } = self else { return Ok(None) };
        let writer = write.acquire().await.map_err(failed("begin a transaction", place))?;
        Ok(Some((Turn { _writer: writer, since: Instant::now() }, direct.clone())))
    }
}

impl Turn {
    /// Others have waited long enough.
    pub(crate) fn is_over(&self) -> bool {
        self.since.elapsed() > KEPT
    }
}

impl Direct {
    pub(super) fn new(path: &Path, place: Place) -> Direct {
        Direct(Arc::new(Shared { path: path.to_owned(), place, running: Mutex::default() }))
    }

    /// Writes rows in a transaction of their own, after those given before; while the turn is held. With `follows`
    /// only if the one before was written.
    pub(crate) fn write(&self, rows: Vec<Insert>, follows: bool) -> oneshot::Receiver<Wrote> {
        let (done, answer) = oneshot::channel();
        if let Err(done) = self.give(Job { rows, follows, done }) {
            drop(done.send((AtOnce::Undone, Vec::new())));
        }
        answer
    }

    /// Gives a job to the thread; its answer comes back if there is no thread to be had.
    fn give(&self, job: Job) -> Result<(), oneshot::Sender<Wrote>> {
        let mut running = self.running();
        let running = match running.as_mut() {
            Some(running) => running,
            None => match self.start() {
                Ok(started) => running.insert(started),
                Err(_) => return Err(job.done),
            },
        };
        running.jobs.send(job).map_err(|job| job.0.done)
    }

    /// Ends the thread and closes its connection.
    pub(super) async fn close(&self) {
        let Some(Running { jobs, thread }) = self.running().take() else { return };
        drop(jobs);
        drop(tokio::task::spawn_blocking(move || thread.join()).await);
    }

    fn start(&self) -> std::io::Result<Running> {
        let (jobs, queue) = channel();
        let mut writer = Writer { path: self.0.path.clone(), place: Place::clone(&self.0.place), open: None };
        let thread = std::thread::Builder::new().name("akashi-writer".into());
        Ok(Running { jobs, thread: thread.spawn(move || writer.serve(&queue))? })
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Writer {
    path: PathBuf,
    place: Place,
    open: Option<Connection>,
}

impl Writer {
    fn serve(&mut self, jobs: &Receiver<Job>) {
        let mut torn = false;
        while let Ok(Job { rows, follows, done }) = jobs.recv() {
            let wrote = if torn && follows { AtOnce::Undone } else { self.write(&rows) };
            torn = !matches!(wrote, AtOnce::Done(_));
            // The rows go back: who made them takes them apart faster than this thread, for which others wait.
            drop(done.send((wrote, rows)));
        }
    }

    fn write(&mut self, rows: &[Insert]) -> AtOnce {
        let began = Instant::now();
        let Some(db) = self.connection() else { return AtOnce::Undone };
        let written = run(db, "begin immediate").and_then(|()| rows.iter().try_for_each(|row| row.write_on(db)));
        let committed = written.is_ok().then(|| run(db, "commit"));
        match committed {
            Some(Ok(())) => AtOnce::Done(began.elapsed()),
            // What can be undone was not done.
            Some(Err(_)) if !db.is_autocommit() && db.execute_batch("rollback").is_ok() => AtOnce::Undone,
            Some(Err(error)) => {
                let error = self.unknown(error);
                self.open = None;
                AtOnce::Unknown(error)
            }
            None => {
                // SQLite may have undone it by itself. A connection that is gone takes what is open along.
                if !db.is_autocommit() && db.execute_batch("rollback").is_err() {
                    self.open = None;
                }
                AtOnce::Undone
            }
        }
    }

    fn connection(&mut self) -> Option<&Connection> {
        if self.open.is_none() {
            let opened = open::direct(&self.path, STATEMENTS);
            self.open =
                opened.inspect_err(|error| tracing::warn!(%error, place = %self.place, "no second writer")).ok();
        }
        self.open.as_ref()
    }

    fn unknown(&self, source: rusqlite::Error) -> StoreError {
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => {
                StoreError::Full { doing: "commit", place: self.place.to_string(), why: source.to_string() }
            }
            _ => StoreError::Unknown { place: self.place.to_string(), source },
        }
    }
}

/// Runs a statement without values that comes again and again.
fn run(db: &Connection, text: &str) -> rusqlite::Result<()> {
    db.prepare_cached(text)?.raw_execute().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Arg;

    fn row(n: i64) -> Vec<Insert> {
        let mut rows = Insert::new("t", "x (n)", 1);
        rows.push([Arg::from(n)]);
        vec![rows]
    }

    fn numbers(db: &Connection) -> Vec<i64> {
        let mut found = db.prepare("select n from x order by n").unwrap();
        found.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    #[tokio::test]
    async fn what_follows_a_failure_is_refused_until_somebody_looks_again() {
        let folder = akashi_testkit::dir::Scratch::new("direct");
        let path = folder.path().join("x.db");
        let db = Connection::open(&path).unwrap();
        db.execute_batch("pragma journal_mode = wal; create table x (n integer not null primary key)").unwrap();
        let direct = Direct::new(&path, Place::from("x.db"));
        let told = [(1, false), (2, true), (2, true), (3, true), (4, true), (5, false), (6, true)]
            .map(|(n, follows)| direct.write(row(n), follows));
        let mut done = Vec::new();
        for wrote in told {
            done.push(matches!(wrote.await.unwrap().0, AtOnce::Done(_)));
        }
        assert_eq!(done, [true, true, false, false, false, true, true]);
        assert_eq!(numbers(&db), [1, 2, 5, 6]);
        direct.close().await;
        assert!(matches!(direct.write(row(7), false).await.unwrap().0, AtOnce::Done(_)), "it begins again");
    }
}
