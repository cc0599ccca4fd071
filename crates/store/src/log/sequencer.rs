//! The sequencer of a server: it takes entries into the log soon after they were committed, whoever wrote them.
//! Each server has one; on PostgreSQL they take turns by a lock that dies with its holder's connection. What a
//! turn does is `sequence`'s work.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

use super::keys::LogKeys;
use crate::dialect::Lock;
use crate::error::Result;
use crate::sql::Sql;
use crate::store::Store;

/// Shortest time between two checkpoints: under load as many entries share one.
const PACE: Duration = Duration::from_millis(400);
/// How often it looks for entries nobody told of: of other servers, and of processes that were killed.
const LOOK: Duration = Duration::from_millis(400);
/// Longest time between two attempts while something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the sequencer of this process is told and tells.
#[derive(Debug, Default)]
pub(crate) struct Sequencing {
    committed: Notify,
    size: watch::Sender<u64>,
    /// How many run; one in a server, none in the command line.
    running: AtomicUsize,
}

impl Sequencing {
    /// Something was committed.
    pub(crate) fn tell(&self) {
        self.committed.notify_one();
    }

    /// The log reaches that far.
    pub(super) fn reached(&self, size: u64) {
        self.size.send_if_modified(|known| {
            let more = *known < size;
            *known = size.max(*known);
            more
        });
    }
}

impl Store {
    /// Keeps the log up with what is committed, here and by other servers, until `stop`: an entry is covered by a
    /// signed checkpoint within a second. Before it ends it takes in what is there.
    ///
    /// What goes wrong is logged and tried again; commands are not held up by it.
    pub async fn keep_sequenced(&self, keys: &LogKeys, clock: fn() -> i64, stop: impl Future<Output = ()>) {
        let _running = Running::begin(self.sequencing());
        let rounds = async {
            let mut wait = PACE;
            loop {
                wait = match self.sequence_in_turn(keys, clock).await {
                    Ok(()) => PACE,
                    Err(error) => {
                        tracing::error!(%error, "the log cannot go on; commands are kept and taken in later");
                        (wait * 2).min(PATIENCE)
                    }
                };
                sleep(wait).await;
                // Told or not, after this long it looks.
                drop(timeout(LOOK, self.sequencing().committed.notified()).await);
            }
        };
        tokio::select! {
            () = stop => {}
            () = rounds => {}
        }
        if let Err(error) = self.sequence(clock(), keys).await {
            tracing::error!(%error, "the newest entries are taken into the log at the next start");
        }
    }

    /// Whether a sequencer runs in this process; without one, whoever writes sequences.
    pub fn is_kept_sequenced(&self) -> bool {
        self.sequencing().running.load(Ordering::Acquire) > 0
    }

    /// Waits until a sequencer of this process knows of a checkpoint over at least `size` entries.
    pub async fn until_sequenced(&self, size: u64) {
        let mut known = self.sequencing().size.subscribe();
        // The sender lives as long as this store.
        drop(known.wait_for(|known| *known >= size).await);
    }

    /// Returns how many entries are committed but not in the log yet.
    pub async fn unsequenced(&self) -> Result<u64> {
        let (size, end) = self.edges().await?;
        Ok(end.saturating_sub(size))
    }

    async fn sequence_in_turn(&self, keys: &LogKeys, clock: fn() -> i64) -> Result<()> {
        let (size, end) = self.edges().await?;
        self.sequencing().reached(size);
        if end <= size {
            return Ok(());
        }
        // If it is another server's turn, that one is at it; whatever it leaves is found by the next look.
        if let Some(tx) = self.db().try_begin(Lock::Sequencer).await? {
            self.sequence_in(tx, clock(), keys).await?;
        }
        Ok(())
    }

    /// How far the log reaches, and the entries.
    async fn edges(&self) -> Result<(u64, u64)> {
        let text = "select coalesce((select size from log_state where id = 1), 0),
                    coalesce((select first + count from entry order by first desc limit 1), 0)";
        let row = self.db().one::<(i64, i64)>(Sql::new("see how far the log reaches", text)).await?;
        Ok(row.map_or((0, 0), |(size, end)| (size as u64, end as u64)))
    }
}

/// Counts as long as it lives.
struct Running<'s>(&'s Sequencing);

impl<'s> Running<'s> {
    fn begin(sequencing: &'s Sequencing) -> Running<'s> {
        sequencing.running.fetch_add(1, Ordering::AcqRel);
        Running(sequencing)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::AcqRel);
    }
}
