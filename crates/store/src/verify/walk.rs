//! Walking the log: stretches are read one after the other, checked on other threads meanwhile, and let the tree grow.
//! How a stretch is checked is `page`'s, what an earlier check left `resume`'s.

use std::collections::VecDeque;
use std::sync::Arc;

use akashi_journal::Digest;
use akashi_journal::merkle::Frontier;
use tokio::task::JoinHandle;

use super::count::Wanted;
use super::page::{Checked, HEIGHT, PAGE, Page, Seen};
use super::resume::PageMark;
use super::{AHEAD, FaultKind, Place, Progress, Run};
use crate::error::{Result, StoreError};

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

impl Run {
    /// Walks the log: stretches are read one after the other and checked on other threads meanwhile.
    pub(super) async fn log(
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
