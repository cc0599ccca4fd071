//! Group commit: commands that come at the same time share one transaction and one fsync. Whoever comes first
//! serves; the others wait for its answer. While one group is being written, the next is made for the place where that
//! one ends. Nothing is answered before it is on disk.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};
use tokio::task::{JoinError, JoinHandle, spawn_blocking};

use super::each::{Answers, Batch, Prepared, Shared, Tip};
use super::head::Look;
use super::insert::Beside;
use super::receipt::{Committed, Receipts};
use super::tx::{WriteCtx, new_ticket};
use super::version::NewVersion;
use crate::db::{AtOnce, Db, Held};
use crate::error::{Result, StoreError};
use crate::store::Store;

/// Versions that share a transaction, unless a single command has more.
const MOST: usize = 512;
/// Fewer commands than this are not divided into one group that is made and one that is written.
const FEW: usize = 8;

/// Commands that wait.
#[derive(Debug, Default)]
pub(crate) struct Group {
    queue: Mutex<Queue>,
    /// As many wait as whoever serves wanted.
    enough: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<Waiting>,
    /// Somebody serves and will look again.
    served: bool,
    /// How many whoever serves waits for.
    wanted: usize,
    /// What whoever served last knew.
    known: Known,
}

/// What one group leaves to the next.
#[derive(Clone, Debug, Default)]
struct Known {
    tip: Option<Tip>,
    /// How long a command took to make.
    each: Duration,
    /// How long the last group took to be written.
    wrote: Duration,
}

#[derive(Debug)]
struct Waiting {
    command: Shared,
    answer: oneshot::Sender<Result<Committed>>,
}

/// What became of a group.
struct Wrote {
    answers: Vec<Result<Committed>>,
    /// It was written as it was made, so that what was made to follow it does.
    as_made: bool,
    known: Known,
    held: Option<Held>,
}

impl Store {
    /// Writes one command: all its versions or none, in a transaction it may share with commands of others.
    /// What is returned is on disk. Many versions are better put in a transaction of their own.
    ///
    /// # Errors
    /// As [`crate::Tx::put`]; then nothing of this command was written. [`StoreError::Together`] when the
    /// transaction failed as a whole.
    pub async fn write(&self, ctx: WriteCtx, versions: Vec<NewVersion>) -> Result<Committed> {
        self.write_with(ctx, versions, Beside::default()).await
    }

    /// As [`Store::write`], with rows outside of the log that are written if and only if the versions are.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn write_with(&self, ctx: WriteCtx, versions: Vec<NewVersion>, beside: Beside) -> Result<Committed> {
        if versions.is_empty() {
            return Err(StoreError::Nothing);
        }
        let (answer, answered) = oneshot::channel();
        if let Some(known) = self.group().push(Waiting { command: Shared { ctx, versions, beside }, answer }) {
            // A task of its own: whoever asked may go away, the others still wait.
            tokio::spawn(Server::new(self.clone(), known).serve());
        }
        let gone = |_| StoreError::Interrupted { what: "the program is ending".into() };
        answered.await.map_err(gone)?
    }

    /// Writes commands that came together, made ahead or not; as many answers, in their order.
    async fn write_group(&self, mut batch: Batch, made: Option<Prepared>, held: Option<Held>) -> Wrote {
        let count = batch.len();
        let wrote = match made {
            Some(made) => self.write_ahead(&mut batch, made, held).await,
            None => {
                drop(held);
                self.write_together(&mut batch, None).await
            }
        };
        match wrote {
            Ok(wrote) => return wrote,
            Err(_) if count > 1 => {}
            Err(error) => return Wrote::unknown(vec![Err(error)]),
        }
        // One of them is to blame: each in a savepoint.
        Wrote::unknown(match self.write_one_by_one(batch).await {
            Ok(answers) => answers,
            Err(error) => all_failed(error, count),
        })
    }

    /// Writes what was made ahead. If it cannot be written – an index knew better, somebody else wrote –, then what
    /// the database says is asked. Fails only when nothing was written.
    async fn write_ahead(&self, batch: &mut Batch, made: Prepared, held: Option<Held>) -> Result<Wrote> {
        let held = match made.is_small() {
            true => self.db().hold(held).await,
            false => {
                drop(held);
                Ok(None)
            }
        };
        let wrote = match held {
            Ok(Some(held)) => self.write_at_once(made, held).await,
            Ok(None) => self.write_together(batch, Some(made)).await,
            Err(error) => Err(error),
        };
        match wrote {
            Ok(wrote) => Ok(wrote),
            Err(_) => self.write_together(batch, None).await,
        }
    }

    /// SQLite is not asked where its versions end: should somebody unknown have written, the index over positions
    /// refuses what was made. Fails only when nothing was written.
    async fn write_at_once(&self, made: Prepared, held: Held) -> Result<Wrote> {
        let (each, began) = (made.each(), Instant::now());
        let (rows, answers, tip) = made.into_parts();
        match held.write(rows).await {
            AtOnce::Done(held) => {
                self.sequencing().tell();
                let known = Known { tip: Some(tip), each, wrote: began.elapsed() };
                let answers = answers.into_iter().map(|answer| answer.map(Committed)).collect();
                Ok(Wrote { answers, as_made: true, known, held: Some(held) })
            }
            AtOnce::Undone(error) => Err(error),
            AtOnce::Unknown(error) => Ok(Wrote::unknown(none_known(answers, error))),
        }
    }

    /// Fails only when nothing was written.
    async fn write_together(&self, batch: &mut Batch, made: Option<Prepared>) -> Result<Wrote> {
        let began = Instant::now();
        let mut tx = self.begin(&made.as_ref().map_or_else(|| batch.ctx(), |made| made.ctx(batch))).await?;
        let made = made.filter(|made| tx.continues(made));
        let as_made = made.is_some();
        let made = match made {
            Some(made) => made,
            None => tx.prepare(batch).await?,
        };
        let each = made.each();
        let (answers, tip) = tx.put_prepared(made).await?;
        let (answers, kept) = finish(tx, answers).await;
        let known = Known { tip: Some(tip).filter(|_| kept), each, wrote: began.elapsed() };
        Ok(Wrote { answers, as_made: as_made && kept, known, held: None })
    }

    async fn write_one_by_one(&self, batch: Batch) -> Result<Vec<Result<Committed>>> {
        let mut tx = self.begin(&batch.ctx()).await?;
        let answers = tx.put_one_by_one(batch).await?;
        Ok(finish(tx, answers).await.0)
    }
}

impl Wrote {
    fn unknown(answers: Vec<Result<Committed>>) -> Wrote {
        Wrote { answers, as_made: false, known: Known::default(), held: None }
    }
}

/// Commits what was written, and tells whether it is. A commit that fails may have happened all the same: it is never
/// tried again.
async fn finish(tx: super::Tx, answers: Answers) -> (Vec<Result<Committed>>, bool) {
    let written = answers.iter().any(Result::is_ok);
    match if written { tx.finish().await } else { tx.rollback().await } {
        Ok(()) => (answers.into_iter().map(|answer| answer.map(Committed)).collect(), true),
        Err(error) => (none_known(answers, error), false),
    }
}

/// The answers where nobody knows whether something was written.
fn none_known(answers: Answers, error: StoreError) -> Vec<Result<Committed>> {
    let error = Arc::new(error);
    let failed = |_: Receipts| Err(StoreError::Together(error.clone()));
    answers.into_iter().map(|answer| answer.and_then(failed)).collect()
}

fn all_failed(error: StoreError, count: usize) -> Vec<Result<Committed>> {
    let error = Arc::new(error);
    (0..count).map(|_| Err(StoreError::Together(error.clone()))).collect()
}

impl Group {
    /// Adds a command; gives what is known if somebody has to begin to serve.
    fn push(&self, waiting: Waiting) -> Option<Known> {
        let mut queue = self.queue();
        queue.waiting.push(waiting);
        if queue.waiting.len() == queue.wanted {
            self.enough.notify_one();
        }
        let begins = !std::mem::replace(&mut queue.served, true);
        begins.then(|| std::mem::take(&mut queue.known))
    }

    /// Takes the commands of the next transaction, at most `most`.
    fn take(&self, most: usize) -> Vec<Waiting> {
        let mut queue = self.queue();
        let mut versions = 0;
        let fits = queue.waiting.iter().take(most).take_while(|w| {
            versions += w.command.versions.len();
            versions <= MOST
        });
        let count = fits.count().max(1).min(queue.waiting.len());
        queue.waiting.drain(..count).collect()
    }

    /// Ends serving, unless somebody waits.
    fn rest(&self, known: &Known) -> bool {
        let mut queue = self.queue();
        if !queue.waiting.is_empty() {
            return false;
        }
        queue.served = false;
        queue.known = known.clone();
        true
    }

    /// Waits until `count` wait.
    async fn until(&self, count: usize) {
        loop {
            let enough = self.enough.notified();
            {
                let mut queue = self.queue();
                queue.wanted = count;
                if queue.waiting.len() >= count {
                    return;
                }
            }
            enough.await;
        }
    }

    fn len(&self) -> usize {
        self.queue().waiting.len()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing between lock and unlock can leave it half changed.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Whether `count` commands are better divided, one part made while the other is written, than share one commit.
    /// They are not where the disk takes much longer than everything else.
    fn divides(&self, count: usize) -> bool {
        const MUCH: u32 = 4;
        count >= FEW && self.each * u32::try_from(count).unwrap_or(u32::MAX) * MUCH > self.wrote
    }
}

/// Serves until nobody waits. Whatever ends it early, nobody waits for it in vain.
struct Server {
    store: Store,
    known: Known,
    writing: Option<Writing>,
    held: Option<Held>,
    ended: bool,
}

/// A group under way.
struct Writing {
    task: JoinHandle<Ended>,
    commands: usize,
}

/// What a group leaves that was answered: whether it was written as it was made, what is known, the connection.
type Ended = (bool, Known, Option<Held>);

impl Server {
    fn new(store: Store, known: Known) -> Server {
        Server { store, known, writing: None, held: None, ended: false }
    }

    async fn serve(mut self) {
        while !self.ended {
            self.gather().await;
            let waiting = self.store.group().take(self.share());
            if waiting.is_empty() {
                self.settle().await;
                self.ended = self.store.group().rest(&self.known);
                continue;
            }
            let (commands, answers): (Vec<_>, Vec<_>) = waiting.into_iter().map(|w| (w.command, w.answer)).unzip();
            let mut batch = Batch::new(commands);
            let made = self.make_ahead(&mut batch).await;
            let made = if self.settle().await { made } else { None };
            self.start(batch, made, answers);
        }
    }

    /// Lets those who were just answered come again, as long as somebody does: their next commands then share
    /// this transaction rather than wait for the one after it.
    async fn gather(&mut self) {
        let divides = self.known.divides(self.in_all());
        if let Some(writing) = self.writing.as_mut().filter(|_| divides) {
            let most = writing.commands - writing.commands / 4;
            tokio::select! {
                () = self.store.group().until(most) => {}
                ended = &mut writing.task => drop(self.settled(ended)),
            }
        } else {
            self.settle().await;
        }
        let mut seen = None;
        loop {
            let now = self.store.group().len();
            if seen == Some(now) || now >= MOST {
                return;
            }
            seen = Some(now);
            tokio::task::yield_now().await;
        }
    }

    /// How many commands the next group takes: half of all, so that both halves keep each other busy.
    fn share(&self) -> usize {
        let all = self.in_all();
        if self.known.divides(all) { all.div_ceil(2) } else { MOST }
    }

    /// Commands that wait or are under way.
    fn in_all(&self) -> usize {
        self.store.group().len() + self.writing.as_ref().map_or(0, |writing| writing.commands)
    }

    /// Makes a group for the place where the one under way ends; none when only the database can tell.
    async fn make_ahead(&mut self, batch: &mut Batch) -> Option<Prepared> {
        let tip = self.known.tip.take()?;
        let look = Look::Beside(self.store.db(), None);
        let made = tip.prepare(look, (self.store.meta().epoch, new_ticket()), batch).await;
        // What is refused is refused by what is on disk, not by what may get there.
        let made = made.ok().filter(Prepared::is_whole)?;
        self.known.tip = Some(made.tip().clone());
        Some(made)
    }

    fn start(&mut self, batch: Batch, made: Option<Prepared>, answers: Vec<oneshot::Sender<Result<Committed>>>) {
        if made.is_none() {
            // Only when it is written is it known what the next one builds on.
            self.known.tip = None;
        }
        let (store, commands, held) = (self.store.clone(), batch.len(), self.held.take());
        let write = async move {
            let wrote = store.write_group(batch, made, held).await;
            for (answer, answered) in answers.into_iter().zip(wrote.answers) {
                // Whoever asked may have gone; what was written stays.
                drop(answer.send(answered));
            }
            (wrote.as_made, wrote.known, wrote.held)
        };
        let task = match self.store.db() {
            // The database's thread should not wait for its next text behind everything else the runtime has to do.
            Db::Sqlite { .. } => {
                let runtime = Handle::current();
                spawn_blocking(move || runtime.block_on(write))
            }
            Db::Postgres(..) => tokio::spawn(write),
        };
        self.writing = Some(Writing { task, commands });
    }

    /// Waits for the group under way; tells whether it was written as it was made.
    async fn settle(&mut self) -> bool {
        match &mut self.writing {
            Some(writing) => {
                let ended = (&mut writing.task).await;
                self.settled(ended)
            }
            None => true,
        }
    }

    fn settled(&mut self, ended: Result<Ended, JoinError>) -> bool {
        self.writing = None;
        let (as_made, known, held) = ended.unwrap_or_default();
        self.held = held;
        let tip = if as_made { self.known.tip.take() } else { known.tip.clone() };
        self.known = Known { tip, ..known };
        as_made
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.ended {
            // Without their senders, those who wait get an error.
            *self.store.group().queue() = Queue::default();
        }
    }
}
