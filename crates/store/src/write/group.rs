//! Group commit: commands that come at the same time share one transaction and one fsync. Whoever comes first
//! serves; the others wait for its answer. Nothing is answered before it is on disk.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::each::{Answers, Shared};
use super::receipt::{Committed, Receipts};
use super::tx::WriteCtx;
use super::version::NewVersion;
use crate::error::{Result, StoreError};
use crate::store::Store;

/// Versions that share a transaction, unless a single command has more.
const MOST: usize = 512;

/// Commands that wait.
#[derive(Debug, Default)]
pub(crate) struct Group(Mutex<Queue>);

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<Waiting>,
    /// Somebody serves and will look again.
    served: bool,
}

#[derive(Debug)]
struct Waiting {
    command: Shared,
    answer: oneshot::Sender<Result<Committed>>,
}

impl Store {
    /// Writes one command: all its versions or none, in a transaction it may share with commands of others.
    /// What is returned is on disk. Many versions are better put in a transaction of their own.
    ///
    /// # Errors
    /// As [`crate::Tx::put`]; then nothing of this command was written. [`StoreError::Together`] when the
    /// transaction failed as a whole.
    pub async fn write(&self, ctx: WriteCtx, versions: Vec<NewVersion>) -> Result<Committed> {
        if versions.is_empty() {
            return Err(StoreError::Nothing);
        }
        let (answer, answered) = oneshot::channel();
        if self.group().push(Waiting { command: Shared { ctx, versions }, answer }) {
            // A task of its own: whoever asked may go away, the others still wait.
            tokio::spawn(Server { store: self.clone(), ended: false }.serve());
        }
        let gone = |_| StoreError::Interrupted { what: "the program is ending".into() };
        answered.await.map_err(gone)?
    }

    /// Writes commands that came together; as many answers, in their order.
    async fn write_group(&self, mut commands: Vec<Shared>) -> Vec<Result<Committed>> {
        match self.write_together(&mut commands).await {
            Ok(answers) => return answers,
            Err(_) if commands.len() > 1 => {}
            Err(error) => return vec![Err(error)],
        }
        // One of them is to blame: each in a savepoint.
        let count = commands.len();
        match self.write_one_by_one(commands).await {
            Ok(answers) => answers,
            Err(error) => all_failed(error, count),
        }
    }

    /// Fails only when nothing was written.
    async fn write_together(&self, commands: &mut [Shared]) -> Result<Vec<Result<Committed>>> {
        let Some(first) = commands.first() else { return Ok(Vec::new()) };
        let mut tx = self.begin(&first.ctx).await?;
        let answers = tx.put_each(commands).await?;
        Ok(finish(tx, answers).await)
    }

    async fn write_one_by_one(&self, commands: Vec<Shared>) -> Result<Vec<Result<Committed>>> {
        let Some(first) = commands.first() else { return Ok(Vec::new()) };
        let mut tx = self.begin(&first.ctx).await?;
        let answers = tx.put_one_by_one(commands).await?;
        Ok(finish(tx, answers).await)
    }
}

/// Commits what was written. A commit that fails may have happened all the same: it is never tried again.
async fn finish(tx: super::Tx, answers: Answers) -> Vec<Result<Committed>> {
    let written = answers.iter().any(Result::is_ok);
    match if written { tx.finish().await } else { tx.rollback().await } {
        Ok(()) => answers.into_iter().map(|answer| answer.map(Committed)).collect(),
        Err(error) => {
            let error = Arc::new(error);
            let failed = |_: Receipts| Err(StoreError::Together(error.clone()));
            answers.into_iter().map(|answer| answer.and_then(failed)).collect()
        }
    }
}

fn all_failed(error: StoreError, count: usize) -> Vec<Result<Committed>> {
    let error = Arc::new(error);
    (0..count).map(|_| Err(StoreError::Together(error.clone()))).collect()
}

impl Group {
    /// Adds a command; tells whether somebody has to begin to serve.
    fn push(&self, waiting: Waiting) -> bool {
        let mut queue = self.queue();
        queue.waiting.push(waiting);
        !std::mem::replace(&mut queue.served, true)
    }

    /// Takes the commands of the next transaction; when there are none, serving ends.
    fn take(&self) -> Vec<Waiting> {
        let mut queue = self.queue();
        let mut versions = 0;
        let fits = queue.waiting.iter().take_while(|w| {
            versions += w.command.versions.len();
            versions <= MOST
        });
        let count = fits.count().max(1).min(queue.waiting.len());
        queue.served = count > 0;
        queue.waiting.drain(..count).collect()
    }

    fn len(&self) -> usize {
        self.queue().waiting.len()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing between lock and unlock can leave it half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves until nobody waits. Whatever ends it early, nobody waits for it in vain.
struct Server {
    store: Store,
    ended: bool,
}

impl Server {
    async fn serve(mut self) {
        loop {
            self.gather().await;
            let waiting = self.store.group().take();
            if waiting.is_empty() {
                self.ended = true;
                return;
            }
            let (commands, answers): (Vec<_>, Vec<_>) = waiting.into_iter().map(|w| (w.command, w.answer)).unzip();
            for (answer, answered) in answers.into_iter().zip(self.store.write_group(commands).await) {
                // Whoever asked may have gone; what was written stays.
                drop(answer.send(answered));
            }
        }
    }

    /// Lets those who were just answered come again, as long as somebody does: their next commands then share
    /// this transaction rather than wait for the one after it.
    async fn gather(&self) {
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
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.ended {
            // Without their senders, those who wait get an error.
            *self.store.group().queue() = Queue::default();
        }
    }
}
