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

pub use disposals::Disposed;
pub use fault::{Fault, FaultKind, Place};
pub use resume::Skipped;
pub use tiles::{TilesReport, check_tiles};

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use akashi_journal::Digest;
use akashi_journal::checkpoint::KeyRing;
use akashi_journal::merkle::Frontier;
use tokio::task::JoinHandle;

use crate::db::OpenTx;
use crate::error::{Result, StoreError};
use crate::log::state;
use crate::store::Store;
use count::Wanted;
use ends::KnownRoot;
use page::{Checked, HEIGHT, PAGE, Page, Seen};
use resume::{PageMark, Resume};
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

/// What comes after the present stretch: another one, being checked, or nothing up to an index.
enum Ahead {
    Page(JoinHandle<Outcome>),
    Gap(u64),
}

/// What became of a stretch.
struct Outcome {
    /// None: not wanted, or rows that could not be read.
    rows: Option<Digest>,
    content: Content,
}

enum Content {
    Checked(Box<Checked>),
    /// The rows are those of an earlier check.
    Same(Box<Page>, PageMark),
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

    /// Walks the log: stretches are read one after the other and checked on other threads meanwhile.
    async fn log(
        &mut self,
        entries: u64,
        edge: Option<&Frontier>,
        wanted: &Arc<Wanted>,
        tell: &mut (impl FnMut(Progress) + Send),
    ) -> Result<()> {
        let mut ahead = VecDeque::new();
        let mut at = 0;
        while at < entries || !ahead.is_empty() {
            while at < entries && ahead.len() < AHEAD {
                let (next, reach) = self.look_ahead(at, entries, edge, wanted).await?;
                ahead.push_back(next);
                at = reach;
            }
            match ahead.pop_front() {
                Some(Ahead::Page(running)) => {
                    let outcome = running.await.map_err(|e| StoreError::Interrupted { what: e.to_string() })?;
                    self.absorb(outcome, edge, wanted).await?;
                }
                Some(Ahead::Gap(until)) => self.gap(until),
                None => {}
            }
            tell(self.progress);
        }
        Ok(())
    }

    /// Reads the next stretch and begins to check it; gives where the one after it starts.
    async fn look_ahead(
        &mut self,
        at: u64,
        entries: u64,
        edge: Option<&Frontier>,
        wanted: &Arc<Wanted>,
    ) -> Result<(Ahead, u64)> {
        let end = entries.min(at.saturating_add(PAGE));
        let page = Page::read(&mut self.tx, at, end).await?;
        if page.is_empty() {
            let next = self.next_stored(end, entries).await?;
            // Stretches begin at multiples of their length.
            let next = next - next % PAGE;
            if next > end || next == entries {
                return Ok((Ahead::Gap(next.max(end)), next.max(end)));
            }
        }
        // A size to be looked at inside a stretch needs all its leaves.
        let inside = |size: u64| size > page.start && size < page.end;
        let needed = edge.is_some_and(|edge| inside(edge.size())) || self.known.iter().any(|(_, c)| inside(c.size));
        let before = self.resume.page_before(at / PAGE).filter(|_| !needed);
        let (keep, ring, wanted) = (self.resume.is_kept(), self.ring.clone(), wanted.clone());
        let work = move || {
            let rows = if keep { page.mark() } else { None };
            let content = match before.filter(|mark| rows == Some(mark.rows)) {
                Some(mark) => Content::Same(Box::new(page), mark),
                None => Content::Checked(Box::new(page.check(&wanted, ring.as_ref()))),
            };
            Outcome { rows, content }
        };
        Ok((Ahead::Page(tokio::task::spawn_blocking(work)), end))
    }

    fn gap(&mut self, until: u64) {
        self.tree.gap();
        self.fault(Place::Entries { from: self.progress.done, until }, FaultKind::Missing);
        self.progress.done = until;
    }

    /// Lets the tree grow over a stretch and takes what was found in it.
    async fn absorb(&mut self, outcome: Outcome, edge: Option<&Frontier>, wanted: &Arc<Wanted>) -> Result<()> {
        let Outcome { rows, content } = outcome;
        let checked = match content {
            Content::Same(page, mark) if self.tree.is_sure() && self.tree.size() == page.start => {
                return self.adopt(&page, mark, edge, wanted).await;
            }
            Content::Same(page, _) => {
                let (ring, wanted) = (self.ring.clone(), wanted.clone());
                let again = tokio::task::spawn_blocking(move || page.check(&wanted, ring.as_ref())).await;
                Box::new(again.map_err(|e| StoreError::Interrupted { what: e.to_string() })?)
            }
            Content::Checked(checked) => checked,
        };
        let (start, end) = (checked.start, checked.end);
        if self.resume.page_before(start / PAGE).is_some_and(|before| Some(before.rows) != rows) {
            self.resume.changed_page(start, end);
        }
        let node = checked.clean_root();
        self.grow(*checked, edge);
        let mark = rows.zip(node).filter(|_| self.tree.is_sure() && self.faults.is_empty());
        self.resume.page(start / PAGE, mark.map(|(rows, node)| PageMark { rows, node })).await
    }

    /// Takes a stretch over whose rows are those of an earlier check.
    async fn adopt(&mut self, page: &Page, mark: PageMark, edge: Option<&Frontier>, wanted: &Wanted) -> Result<()> {
        self.tree.adopt(HEIGHT, mark.node);
        self.compare_sizes(page.end, edge);
        self.saw(page.start, page.seen(wanted));
        self.resume.skipped_page(page.end - page.start);
        self.progress.done = page.end;
        self.resume.page(page.start / PAGE, Some(mark)).await
    }

    fn grow(&mut self, checked: Checked, edge: Option<&Frontier>) {
        let Checked { start, end, hashes, kept, nodes, seen, faults } = checked;
        self.saw(start, seen);
        faults.into_iter().for_each(|fault| self.fault(fault.place, fault.kind));
        let mut kept = kept.into_iter().peekable();
        for (ix, (leaf, version)) in (start..).zip(hashes) {
            self.tree.append(leaf, version);
            while let Some(checkpoint) = kept.next_if(|c| c.size == ix + 1) {
                self.tree.checkpoint(&checkpoint);
            }
            self.compare_sizes(ix + 1, edge);
        }
        self.tree.compare_nodes(&nodes, self.covered);
        self.progress.done = end;
    }

    /// Compares what speaks of the tree of the present size.
    fn compare_sizes(&mut self, size: u64, edge: Option<&Frontier>) {
        if let Some(edge) = edge.filter(|edge| edge.size() == size) {
            self.tree.edge(edge);
        }
        while let Some((name, known)) = self.known.pop_front_if(|(_, known)| known.size <= size) {
            self.tree.known(&name, known.root);
        }
    }

    /// Takes what a stretch says of things compared at the end.
    fn saw(&mut self, start: u64, seen: Seen) {
        if let (Some((_, before)), Some((first, _))) = (self.seen.times, seen.times)
            && first < before
        {
            self.fault(Place::Entry(start), FaultKind::Order);
        }
        self.seen.checkpoints += seen.checkpoints;
        self.seen.counts.merge(seen.counts);
        self.seen.accounts.extend(seen.accounts);
        self.seen.times = seen.times.or(self.seen.times);
        self.seen.epoch = seen.epoch.or(self.seen.epoch);
    }
}
