//! The transaction of commands: one writer at a time, savepoints for commands that share it, and a commit
//! that takes receipts. Dropping it undoes everything.

use std::sync::atomic::{AtomicU64, Ordering};

use super::number::Counters;
use super::receipt::{Committed, Receipt, Receipts};
use crate::db::OpenTx;
use crate::dialect::Lock;
use crate::error::{Result, StoreError};
use crate::rows::Insert;
use crate::sql::Sql;
use crate::store::Store;

/// Who writes, and when.
#[derive(Clone, Debug)]
pub struct WriteCtx {
    /// Pseudonymous id: ASCII letters, digits and `. _ : -`; never a name.
    pub actor: String,
    /// Microseconds UTC.
    pub at: i64,
}

/// An open transaction of one or more commands.
pub struct Tx {
    pub(super) store: Store,
    pub(super) open: OpenTx,
    pub(super) ctx: WriteCtx,
    /// Position of the next version.
    pub(super) next: u64,
    /// Numbers given last, as far as this transaction knows.
    pub(super) counters: Counters,
    /// Something was written only in part: no commit before it is undone.
    pub(super) torn: bool,
    /// Which receipts are good: those of a stretch, below its end. An undone savepoint cuts the stretches
    /// before it and begins another.
    stretches: Vec<Stretch>,
    /// Names of files whose keys are destroyed here; the bytes go after the commit.
    pub(super) doomed: Vec<String>,
    /// Something was disposed of: wipe after the commit.
    wipe: bool,
}

#[derive(Clone, Copy)]
struct Stretch {
    ticket: u64,
    until: u64,
}

/// A place to come back to when one of several commands fails.
#[derive(Debug)]
#[must_use = "release it or roll back to it"]
pub struct Savepoint {
    next: u64,
    ticket: u64,
    torn: bool,
    doomed: usize,
}

static TICKETS: AtomicU64 = AtomicU64::new(0);

impl Store {
    /// Begins a transaction as the only writer, waiting for its turn. A world brought up to date after
    /// this call (`load_since`) is the newest there is until it commits.
    ///
    /// On SQLite everything else that writes (sessions, drafts, mappings, verdicts) waits until it ends: call
    /// none of it while holding a transaction.
    ///
    /// A clock that went back does not take the order of commit times with it: `at` is then the last one.
    pub async fn begin(&self, ctx: &WriteCtx) -> Result<Tx> {
        let mut open = self.db().begin(Some(Lock::Writer)).await?;
        let text = "select seq, recorded_at from record_version order by seq desc limit 1";
        let last = open.on().one::<(i64, i64)>(Sql::new("read the last version", text)).await?;
        let (next, not_before) = last.map_or((0, i64::MIN), |(seq, at)| (seq as u64 + 1, at));
        Ok(Tx {
            store: self.clone(),
            open,
            ctx: WriteCtx { actor: ctx.actor.clone(), at: ctx.at.max(not_before) },
            next,
            counters: Counters::new(),
            torn: false,
            stretches: vec![Stretch::new()],
            doomed: Vec::new(),
            wipe: false,
        })
    }
}

impl Tx {
    /// Commit time of what is written here, microseconds UTC.
    pub fn at(&self) -> i64 {
        self.ctx.at
    }

    /// Goes on in another name: commands of several people may share a transaction.
    pub fn act_as(&mut self, actor: &str) {
        self.ctx.actor = actor.to_owned();
    }

    /// Goes on with somebody's command. Time does not go back within a transaction either.
    pub(super) fn act_in(&mut self, ctx: &WriteCtx) {
        self.act_as(&ctx.actor);
        self.ctx.at = self.ctx.at.max(ctx.at);
    }

    /// Marks a place to come back to. Savepoints may be nested, inner ones end first.
    pub async fn savepoint(&mut self) -> Result<Savepoint> {
        self.run(Sql::new("begin a command", "savepoint command")).await?;
        Ok(Savepoint { next: self.next, ticket: self.ticket(), torn: self.torn, doomed: self.doomed.len() })
    }

    /// Keeps what was written since the savepoint, for the commit.
    pub async fn release(&mut self, savepoint: Savepoint) -> Result<()> {
        self.own(savepoint.ticket)?;
        self.run(Sql::new("end a command", "release savepoint command")).await
    }

    /// Undoes what was written since the savepoint; its receipts are void.
    pub async fn rollback_to(&mut self, savepoint: Savepoint) -> Result<()> {
        self.own(savepoint.ticket)?;
        self.run(Sql::new("undo a command", "rollback to savepoint command")).await?;
        self.run(Sql::new("undo a command", "release savepoint command")).await?;
        self.next = savepoint.next;
        self.counters.clear();
        self.torn = savepoint.torn;
        self.doomed.truncate(savepoint.doomed);
        self.stretches.iter_mut().for_each(|stretch| stretch.until = stretch.until.min(savepoint.next));
        self.stretches.push(Stretch::new());
        Ok(())
    }

    /// Makes all of it durable, versions together with their entries.
    ///
    /// # Errors
    /// Receipts of another transaction or of a command that was undone; then nothing is committed.
    pub async fn commit(self, receipts: impl Into<Receipts>) -> Result<Committed> {
        let receipts = receipts.into();
        let ours = |r: &Receipt| self.stretches.iter().any(|s| s.ticket == r.ticket && r.seq < s.until);
        if self.torn || !receipts.iter().all(ours) {
            return Err(StoreError::ForeignReceipt);
        }
        self.finish().await?;
        Ok(Committed(receipts))
    }

    /// Makes all of it durable.
    pub(super) async fn finish(self) -> Result<()> {
        if self.torn {
            return Err(StoreError::ForeignReceipt);
        }
        self.open.commit().await?;
        self.store.sequencing().tell();
        if self.wipe {
            // The keys are gone already; what is wiped now is their old place on the disk. It is tried again later.
            self.store.wipe_files(self.doomed).await;
            self.store.wipe().await;
        }
        Ok(())
    }

    /// Undoes everything; the same as dropping it, but waits until it is done.
    pub async fn rollback(self) -> Result<()> {
        self.open.rollback().await
    }

    /// Lets the commit wipe, and remembers in the database that it has to be done.
    pub(super) async fn wipe_after(&mut self) -> Result<()> {
        self.wipe = true;
        self.run(crate::wipe::due()).await
    }

    pub(crate) async fn run(&mut self, statement: Sql) -> Result<()> {
        self.open.on().execute(statement).await.map(drop)
    }

    pub(crate) async fn insert(&mut self, rows: Vec<Insert>) -> Result<()> {
        self.open.insert(rows).await
    }

    /// The mark of receipts made now.
    pub(super) fn ticket(&self) -> u64 {
        self.stretches.last().map_or(u64::MAX, |stretch| stretch.ticket)
    }

    fn own(&self, ticket: u64) -> Result<()> {
        let known = self.stretches.iter().any(|stretch| stretch.ticket == ticket);
        if known { Ok(()) } else { Err(StoreError::ForeignReceipt) }
    }
}

impl Stretch {
    fn new() -> Stretch {
        Stretch { ticket: new_ticket(), until: u64::MAX }
    }
}

/// A mark for receipts that no other has.
pub(super) fn new_ticket() -> u64 {
    TICKETS.fetch_add(1, Ordering::Relaxed)
}
