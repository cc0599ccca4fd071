//! Group commit: commands that come at the same time share one transaction and one fsync. Here they wait in line;
//! `serve` makes groups of them, `together` writes what cannot be written ahead. Nothing is answered before it is on disk.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use super::each::{Shared, Tip};
use super::insert::Beside;
use super::receipt::Committed;
use super::serve::Server;
use super::tx::WriteCtx;
use super::version::NewVersion;
use crate::error::{Result, StoreError};
use crate::store::Store;

/// Versions that share a transaction, unless a single command has more.
pub(super) const MOST: usize = 512;
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
pub(super) struct Known {
    pub(super) tip: Option<Tip>,
    /// How long a command took to make.
    pub(super) each: Duration,
    /// How long the last group took to be written.
    pub(super) wrote: Duration,
}

#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) command: Shared,
    pub(super) answer: Answer,
}

/// Where somebody waits for what became of a command.
pub(super) type Answer = oneshot::Sender<Result<Committed>>;

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
    pub(super) fn take(&self, most: usize) -> Vec<Waiting> {
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
    pub(super) fn rest(&self, known: &Known) -> bool {
        let mut queue = self.queue();
        if !queue.waiting.is_empty() {
            return false;
        }
        queue.served = false;
        queue.known = known.clone();
        true
    }

    /// Waits until `count` wait.
    pub(super) async fn until(&self, count: usize) {
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

    pub(super) fn len(&self) -> usize {
        self.queue().waiting.len()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing between lock and unlock can leave it half changed.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody serves any more: without their senders, those who wait get an error.
    pub(super) fn give_up(&self) {
        *self.queue() = Queue::default();
    }
}

impl Known {
    /// Whether `count` commands are better divided, one part made while the other is written, than share one commit.
    /// They are not where the disk takes much longer than everything else.
    pub(super) fn divides(&self, count: usize) -> bool {
        const MUCH: u32 = 4;
        count >= FEW && self.each * u32::try_from(count).unwrap_or(u32::MAX) * MUCH > self.wrote
    }
}
