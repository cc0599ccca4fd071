//! Checking everything again from the stored bytes: each commitment, each leaf, the tree, the signatures,
//! the chain of versions of each record, keys, numbers, accounts, files. Nothing is changed; every fault has its
//! place. It always ends, whatever the rows say, and needs no more memory for a longer log.

mod accounts;
mod anchor;
mod count;
mod disposals;
mod ends;
mod fault;
mod files;
mod keys;
mod page;
mod resume;
mod tiles;
mod tree;
mod version;
mod walk;

pub use disposals::Disposed;
pub use fault::{Fault, FaultKind, Place};
pub use resume::Skipped;
pub use tiles::{TilesReport, check_tiles};

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use akashi_journal::Digest;
use akashi_journal::checkpoint::KeyRing;
use akashi_journal::merkle::Frontier;

use crate::db::OpenTx;
use crate::error::Result;
use crate::log::state;
use crate::store::Store;
use ends::KnownRoot;
use page::Seen;
use resume::Resume;
use tree::Tree;

/// Stretches and files checked at the same time as others are read.
const AHEAD: usize = 3;
/// Rows of one kind of fault that are listed.
const LISTED: u32 = 1000;
/// Faults and disposals that are listed; more are counted.
const KEPT: usize = 20_000;

/// How to check.
#[derive(Clone, Debug, Default)]
pub struct How {
    /// The keys somebody got from elsewhere. With none signatures are checked with the keys stored here, which shows
    /// damage, but not a log that was signed anew by whoever holds the key.
    pub trusted: Option<KeyRing>,
    /// Checkpoints that were kept elsewhere: this log must still be a continuation of each.
    pub known: Vec<Known>,
    /// Prefixes of human numbers by register, as the catalogue has them.
    pub prefixes: BTreeMap<String, String>,
    /// Keep the progress in the data folder.
    pub keep: bool,
    /// Go on from the progress kept there.
    pub resume: bool,
}

/// A checkpoint that was kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What to call it, e.g. the file.
    pub name: String,
    /// The signed note.
    pub note: Vec<u8>,
}

/// How far a check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Entries and files checked.
    pub done: u64,
    /// Entries and files there are.
    pub total: u64,
}

/// The outcome of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Entries looked at.
    pub entries: u64,
    /// Of these, how many a checkpoint covers; the rest was committed a moment ago.
    pub covered: u64,
    /// Root over all entries, those not yet covered too.
    pub root: Digest,
    /// Checkpoints compared.
    pub checkpoints: u64,
    /// Files hashed.
    pub files: u64,
    /// Records whose content was disposed of, as their entries say; no faults.
    pub disposals: Vec<Disposed>,
    /// In the order they were found; empty when all is well.
    pub faults: Vec<Fault>,
    /// Faults beyond those listed.
    pub more_faults: u64,
    /// What was not recomputed; none when nothing was to be skipped.
    pub skipped: Option<Skipped>,
}

impl Report {
    /// Tells whether nothing was found.
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }
}

/// One run.
struct Run {
    tx: OpenTx,
    tree: Tree,
    ring: Option<KeyRing>,
    faults: Vec<Fault>,
    more_faults: u64,
    seen: Seen,
    disposals: Vec<Disposed>,
    /// Size of the newest checkpoint.
    covered: u64,
    known: VecDeque<KnownRoot>,
    resume: Resume,
    progress: Progress,
}

impl Store {
    /// Checks everything, on a snapshot: writers are not disturbed. See [`How::trusted`].
    ///
    /// # Errors
    /// Only when the database itself cannot be read; what is wrong in it is in the report.
    pub async fn verify(&self, trusted: Option<KeyRing>, tell: impl FnMut(Progress) + Send) -> Result<Report> {
        self.verify_with(How { trusted, ..How::default() }, tell).await
    }

    /// As [`Store::verify`], with more to compare, and from where an earlier check stopped.
    ///
    /// # Errors
    /// As [`Store::verify`], and when the progress cannot be written.
    pub async fn verify_with(&self, how: How, mut tell: impl FnMut(Progress) + Send) -> Result<Report> {
        // The file first: it must not be ahead of the snapshot just because somebody wrote meanwhile.
        let file = self.read_checkpoint_file().await?;
        let mut run = Run::new(self.db().snapshot().await?);
        run.check_database(self).await?;
        match run.everything(self, how, file, &mut tell).await {
            Ok(report) => Ok(report),
            // Damage that stops the database itself: what was found so far, and where it stopped.
            Err(e) if e.is_damage() => {
                run.fault(Place::Database, FaultKind::Unreadable { what: e.to_string() });
                Ok(run.report(0, 0, 0))
            }
            Err(e) => Err(e),
        }
    }
}

impl Run {
    fn new(tx: OpenTx) -> Run {
        Run {
            tx,
            tree: Tree::new(),
            ring: None,
            faults: Vec::new(),
            more_faults: 0,
            seen: Seen::default(),
            disposals: Vec::new(),
            covered: 0,
            known: VecDeque::new(),
            resume: Resume::default(),
            progress: Progress { done: 0, total: 0 },
        }
    }

    async fn everything(
        &mut self,
        store: &Store,
        how: How,
        file: Option<Vec<u8>>,
        tell: &mut (impl FnMut(Progress) + Send),
    ) -> Result<Report> {
        self.ring = match how.trusted {
            Some(ring) => Some(ring),
            None => self.stored_ring().await?,
        };
        let entries = self.entries_end().await?;
        self.covered = self.newest_size().await?;
        self.known = self.read_known(how.known, entries, self.ring.clone().as_ref()).into();
        self.progress.total = entries.saturating_add(self.blob_count().await?);
        tell(self.progress);
        if how.keep || how.resume {
            let state = format!("{} {}", store.meta().origin, Digest::of(self.ring_text().as_bytes()));
            self.resume = Resume::open(store.data().join("verify.progress"), state, how.resume);
        }
        let edge = self.stored_edge().await?;
        let wanted = Arc::new(self.wanted(how.prefixes).await?);
        self.log(entries, edge.as_ref(), &wanted, tell).await?;
        self.ending(entries, edge).await?;
        let covered = self.covered.min(entries);
        if let (Some(file), Some(ring)) = (file, self.ring.clone()) {
            self.check_checkpoint_file(&file, entries, &ring).await?;
        }
        let ring = self.ring.clone();
        self.check_attestations(entries, ring.as_ref()).await?;
        self.check_revocations().await?;
        self.check_keys().await?;
        self.check_counters(&wanted);
        self.check_accounts().await?;
        self.check_what_stays().await?;
        self.disposals = self.disposals().await?;
        let files = self.check_files(store, tell).await?;
        self.resume.finish().await?;
        Ok(self.report(entries, covered, files))
    }

    fn report(&mut self, entries: u64, covered: u64, files: u64) -> Report {
        for fault in std::mem::take(&mut self.tree.faults) {
            self.fault(fault.place, fault.kind);
        }
        Report {
            entries,
            covered,
            root: self.tree.root(),
            checkpoints: self.seen.checkpoints,
            files,
            disposals: std::mem::take(&mut self.disposals),
            faults: std::mem::take(&mut self.faults),
            more_faults: self.more_faults,
            skipped: self.resume.skipped.take(),
        }
    }

    fn fault(&mut self, place: Place, kind: FaultKind) {
        let fault = Fault { place, kind };
        if self.faults.len() >= KEPT {
            self.more_faults += 1;
        } else if !self.faults.iter().rev().take(64).any(|known| *known == fault) {
            self.faults.push(fault);
        }
    }

    fn ring_text(&self) -> String {
        self.ring.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    async fn blob_count(&mut self) -> Result<u64> {
        let sql = crate::sql::Sql::new("count files", "select count(*) from blob");
        Ok(self.tx.on().one::<(i64,)>(sql).await?.map_or(0, |row| row.0 as u64))
    }

    async fn stored_edge(&mut self) -> Result<Option<Frontier>> {
        match state::read(&mut self.tx).await {
            Ok(edge) => Ok(Some(edge)),
            Err(e) if e.is_damage() => {
                self.fault(Place::LogState, FaultKind::Unreadable { what: e.to_string() });
                Ok(None)
            }
            Err(e) => Err(e),
        }
    }
}
