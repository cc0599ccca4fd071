//! The running application: the store, and the world in memory with everything judged.

use std::path::Path;
use std::sync::Arc;

use akashi_domain::catalog::Catalog;
use akashi_domain::verdict::Evaluator;
use akashi_domain::{Day, RecordId, Version, World};
use akashi_journal::Command;
use akashi_store::{Committed, Init, LoadFault, LogKeys, NewVersion, Store, StoreError, WriteCtx};
use serde_json::json;
use tokio::sync::{RwLock, RwLockReadGuard, oneshot};
use tokio::task::JoinHandle;

use crate::catalogue::{self, Loaded};
use crate::command::new_id;
use crate::ctx::{self, Ctx};
use crate::error::Result;

/// Everything a use case works on. Clones share it.
#[derive(Clone)]
pub struct App {
    shared: Arc<Shared>,
}

struct Shared {
    store: Store,
    catalogue: Loaded,
    signer: LogKeys,
    live: RwLock<Live>,
}

/// The world in memory and its verdicts, as of today.
pub struct Live {
    pub world: World,
    pub evaluator: Evaluator,
    /// Where the next load goes on.
    pub next: u64,
    /// What could not be read from the store.
    pub faults: Vec<LoadFault>,
    /// When somebody last looked whether others wrote, microseconds UTC.
    looked: i64,
}

/// A running sequencer; it ends when it is stopped or dropped.
#[must_use = "it ends when it is dropped"]
pub struct LogKeeper {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl LogKeeper {
    /// Ends it; returns after the entries committed before are in the log.
    pub async fn stop(self) {
        drop(self.stop);
        // It ends by itself or with the runtime.
        drop(self.task.await);
    }
}

/// What a new hospital needs.
#[derive(Clone, Debug)]
pub struct NewHospital {
    pub organisation: String,
    /// Identity of the log.
    pub origin: String,
    pub now: i64,
}

/// The first entry: what was set up. `verify` compares the table `meta` with it. Does nothing in a log that has begun;
/// a log that was made and never written to had its process killed in between.
async fn journal_setup(store: &Store) -> Result<()> {
    if store.end().await? > 0 || store.latest_checkpoint().await?.is_some() {
        return Ok(());
    }
    let meta = store.meta();
    let body = json!({
        "origin": meta.origin,
        "organisation": meta.organisation,
        "catalogue": meta.catalogue,
        "created": meta.created,
    });
    let mut tx = store.begin(&WriteCtx { actor: Ctx::LOCAL.into(), at: meta.created }).await?;
    let setup = NewVersion::system("setup", new_id(meta.created), 0, Command::Setup, body);
    let receipt = tx.put(setup).await?;
    tx.commit(receipt).await?;
    store.sequence(meta.created, &store.signer().await?).await?;
    Ok(())
}

impl App {
    /// Opens a hospital.
    ///
    /// # Errors
    /// Faults of the catalogue, and whatever the store meets.
    pub async fn open(address: &str, data: &Path, today: Day) -> Result<App> {
        let catalogue = catalogue::load(data)?;
        let store = Store::open(address, data).await?;
        // If it cannot be mended, `journal verify` must still open.
        drop(journal_setup(&store).await);
        App::start(store, catalogue, today).await
    }

    /// Makes a hospital and opens it.
    ///
    /// # Errors
    /// Faults of the catalogue, and whatever the store meets.
    pub async fn create(address: &str, data: &Path, new: &NewHospital, today: Day) -> Result<App> {
        let catalogue = catalogue::load(data)?;
        let init = Init {
            origin: new.origin.clone(),
            organisation: new.organisation.clone(),
            catalogue: catalogue.catalog.digest.clone(),
            created: new.now,
            log_seed: None,
        };
        let store = Store::create(address, data, &init).await?;
        journal_setup(&store).await?;
        App::start(store, catalogue, today).await
    }

    async fn start(store: Store, catalogue: Loaded, today: Day) -> Result<App> {
        let (world, loaded) = store.load_world(catalogue.catalog.clone()).await?;
        let evaluator = Evaluator::new(catalogue.program.clone(), world.view(today, None));
        let signer = store.signer().await?;
        if store.unsequenced().await.is_ok_and(|count| count > 0) {
            // A process was killed between commit and log. If it cannot be mended, `journal verify` must still open.
            drop(store.sequence(ctx::now(), &signer).await);
        }
        let live = Live { world, evaluator, next: loaded.next, faults: loaded.faults, looked: 0 };
        Ok(App { shared: Arc::new(Shared { store, catalogue, signer, live: RwLock::new(live) }) })
    }

    /// Returns the store, for reading what is not records.
    pub fn store(&self) -> &Store {
        &self.shared.store
    }

    /// Returns the catalogue in force.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.shared.catalogue.catalog
    }

    /// Returns the catalogue and what was compiled from it.
    pub fn catalogue(&self) -> &Loaded {
        &self.shared.catalogue
    }

    /// Returns the world as of today, brought up to date with what others wrote and with the passing day.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn live(&self, now: i64) -> Result<RwLockReadGuard<'_, Live>> {
        const LOOK_EVERY: i64 = 1_000_000;
        let today = akashi_domain::cond::tokyo_day(now);
        let live = self.shared.live.read().await;
        let fresh = now - live.looked < LOOK_EVERY && live.evaluator.view().as_of == today;
        if fresh {
            return Ok(live);
        }
        drop(live);
        let mut live = self.shared.live.write().await;
        self.refresh(&mut live, today).await?;
        live.looked = now;
        Ok(live.downgrade())
    }

    /// Takes in what was written since, and lets the day pass.
    async fn refresh(&self, live: &mut Live, today: Day) -> Result<()> {
        let loaded = self.shared.store.load_since(&mut live.world, live.next).await?;
        live.next = loaded.next;
        live.faults.extend(loaded.faults);
        let ids: Vec<RecordId> = loaded.versions.iter().map(|v| v.id).collect();
        self.take_in(live, &ids, today);
        Ok(())
    }

    /// Judges what new versions of these records touch, and lets the day pass.
    fn take_in(&self, live: &mut Live, ids: &[RecordId], today: Day) {
        let day = live.evaluator.view().as_of;
        // Going back over a day on which versions began needs the records of that day.
        let goes_back = today < day && live.world.starts_between(day, today);
        if ids.len() > MANY || goes_back {
            live.evaluator = Evaluator::new(self.shared.catalogue.program.clone(), live.world.view(today, None));
            return;
        }
        for id in ids {
            live.evaluator.learn(&live.world, *id);
        }
        if day != today {
            live.evaluator.advance(today);
        }
    }

    /// Takes in now what others wrote. Whoever holds a transaction then sees the newest state there is.
    pub(crate) async fn catch_up(&self, now: i64) -> Result<()> {
        let mut live = self.shared.live.write().await;
        self.refresh(&mut live, akashi_domain::cond::tokyo_day(now)).await?;
        live.looked = now;
        Ok(())
    }

    /// Runs after a commit: takes it in and, where no sequencer runs, gives the entries their place in the log.
    pub(crate) async fn settle(&self, now: i64) -> Result<()> {
        let today = akashi_domain::cond::tokyo_day(now);
        {
            let mut live = self.shared.live.write().await;
            self.refresh(&mut live, today).await?;
        }
        self.sequence_unless_kept(now).await
    }

    /// As [`App::settle`], for a command that was committed together with others: whoever comes first takes all
    /// of them in.
    pub(crate) async fn settle_shared(&self, now: i64, committed: &Committed) -> Result<()> {
        let last = committed.receipts().map(|receipt| receipt.seq).max();
        if last.is_some_and(|seq| seq < self.shared.live.try_read().map_or(0, |live| live.next)) {
            return self.sequence_unless_kept(now).await;
        }
        let today = akashi_domain::cond::tokyo_day(now);
        {
            let mut live = self.shared.live.write().await;
            if last.is_none_or(|seq| seq >= live.next) {
                self.refresh(&mut live, today).await?;
            }
        }
        self.sequence_unless_kept(now).await
    }

    /// As [`App::settle`], for many versions just committed: they are at hand and need not be read back,
    /// unless somebody else wrote in between.
    pub(crate) async fn settle_own(&self, now: i64, committed: &Committed, versions: Vec<Version>) -> Result<()> {
        let today = akashi_domain::cond::tokyo_day(now);
        let first = committed.first().seq;
        let mut live = self.shared.live.write().await;
        if live.next != first {
            drop(live);
            return self.settle(now).await;
        }
        // Judging takes one core, the log the other.
        let app = self.clone();
        let sequenced = tokio::spawn(async move { app.sequence_unless_kept(now).await });
        tokio::task::block_in_place(|| {
            let mut ids = Vec::with_capacity(versions.len());
            for (receipt, mut version) in committed.receipts().zip(versions) {
                receipt.complete(&mut version);
                live.next = receipt.seq + 1;
                ids.push(version.id);
                live.world.insert(version);
            }
            self.take_in(&mut live, &ids, today);
        });
        drop(live);
        sequenced.await.map_err(|e| StoreError::Interrupted { what: e.to_string() })?
    }

    /// Takes every committed entry into the log now, because somebody wants it proved.
    pub(crate) async fn sequence(&self, now: i64) -> Result<()> {
        self.shared.store.sequence(now, &self.shared.signer).await?;
        Ok(())
    }

    async fn sequence_unless_kept(&self, now: i64) -> Result<()> {
        if self.shared.store.is_kept_sequenced() { Ok(()) } else { self.sequence(now).await }
    }

    /// Keeps the log up with what is committed, by any server, until it is stopped: then commands do not wait for
    /// signatures. A server needs one; the command line sequences what it writes.
    pub fn keep_log(&self, clock: fn() -> i64) -> LogKeeper {
        let (stop, stopped) = oneshot::channel::<()>();
        let shared = self.shared.clone();
        let task = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            shared.store.keep_sequenced(&shared.signer, clock, stopped).await;
        });
        LogKeeper { stop, task }
    }

    /// Judges everything as of another day, or as known at another moment.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn evaluator_at(&self, now: i64, as_of: Day, known_at: Option<i64>) -> Result<Evaluator> {
        let live = self.live(now).await?;
        if known_at.is_none() && as_of == live.evaluator.view().as_of {
            return Ok(live.evaluator.clone());
        }
        let mut evaluator = Evaluator::new(self.shared.catalogue.program.clone(), live.world.view(as_of, known_at));
        drop(live);
        if evaluator.is_resting() {
            self.rest(&mut evaluator).await?;
        }
        Ok(evaluator)
    }
}

/// With more changes than this it is quicker to judge everything again.
const MANY: usize = 500;
