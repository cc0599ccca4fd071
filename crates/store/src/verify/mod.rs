//! Checking everything again from the stored bytes: each commitment, each leaf, the tree, the signatures,
//! the chain of versions of each record, the files. Nothing is changed; every fault has its place.

mod anchor;
mod fault;
mod page;
mod tree;
mod version;

pub use fault::{Fault, FaultKind, Place};

use std::collections::{BTreeSet, HashMap};

use akashi_journal::Digest;
use akashi_journal::checkpoint::KeyRing;
use akashi_journal::merkle::{Frontier, NodeId};

use crate::SignedCheckpoint;
use crate::blob::Hashed;
use crate::db::OpenTx;
use crate::error::{Result, StoreError};
use crate::log::{NodeRow, find_nodes, read_node, state};
use crate::sql::Sql;
use crate::store::Store;
use page::{PAGE, Page};
use tree::Tree;

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
    /// Records whose content was disposed of, as their entries say.
    pub disposals: Vec<Disposed>,
    /// In the order they were found; empty when all is well.
    pub faults: Vec<Fault>,
}

/// A record that was disposed of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disposed {
    /// Index of the entry that says so.
    pub entry: u64,
    pub register: String,
    pub record: String,
    /// The approved disposal record, which the entry names.
    pub approval: Option<String>,
    /// Versions that lost their content.
    pub versions: u64,
    /// Microseconds UTC.
    pub at: i64,
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
    faults: Vec<Fault>,
    files: BTreeSet<Digest>,
    checkpoints: u64,
    progress: Progress,
}

impl Store {
    /// Checks everything, on a snapshot: writers are not disturbed. Signatures are checked with `trusted`,
    /// the keys somebody got from elsewhere; with none only with the keys stored here, which shows damage
    /// but not a log that was signed anew by whoever holds the key.
    ///
    /// # Errors
    /// Only when the database itself cannot be read; what is wrong in it is in the report.
    pub async fn verify(&self, trusted: Option<KeyRing>, mut tell: impl FnMut(Progress) + Send) -> Result<Report> {
        // The file first: it must not be ahead of the snapshot just because somebody wrote meanwhile.
        let file = self.read_checkpoint_file().await?;
        let (ring, ring_fault) = match trusted {
            Some(ring) => (Some(ring), None),
            None => self.stored_ring().await,
        };
        let mut run = Run {
            tx: self.db().snapshot().await?,
            tree: Tree::new(ring.clone()),
            faults: ring_fault.into_iter().collect(),
            files: BTreeSet::new(),
            checkpoints: 0,
            progress: Progress { done: 0, total: 0 },
        };
        let entries = run.entries_end().await?;
        run.progress.total = entries + run.blob_count().await?;
        tell(run.progress);
        let stored = run.stored_edge().await?;
        while run.progress.done < entries {
            run.page(entries, stored.as_ref()).await?;
            tell(run.progress);
        }
        let covered = run.ending(entries, stored, file, ring.as_ref()).await?;
        run.check_attestations(entries, ring.as_ref()).await?;
        let files = run.check_files(self, &mut tell).await?;
        let disposals = run.disposals().await?;
        let Run { tree, mut faults, checkpoints, .. } = run;
        let root = tree.root();
        faults.extend(tree.faults);
        Ok(Report { entries, covered, root, checkpoints, files, disposals, faults })
    }

    async fn stored_ring(&self) -> (Option<KeyRing>, Option<Fault>) {
        match self.key_ring().await {
            Ok(ring) => (Some(ring), None),
            Err(e) => {
                let kind = FaultKind::Unreadable { what: e.to_string() };
                (None, Some(Fault { place: Place::SigningKeys, kind }))
            }
        }
    }

    async fn read_checkpoint_file(&self) -> Result<Option<Vec<u8>>> {
        let path = self.checkpoint_path();
        let read = move || match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(StoreError::io("read", &path)(e)),
        };
        tokio::task::spawn_blocking(read).await.map_err(|e| StoreError::Interrupted { what: e.to_string() })?
    }
}

impl Run {
    /// The number of entries: whatever goes further, leaves or versions.
    async fn entries_end(&mut self) -> Result<u64> {
        let text = "select max(seq) + 1 from record_version";
        let versions = self.tx.on().one::<(Option<i64>,)>(Sql::new("count versions", text)).await?;
        let text = "select max(first + count) from entry";
        let leaves = self.tx.on().one::<(Option<i64>,)>(Sql::new("count entries", text)).await?;
        let end = |row: Option<(Option<i64>,)>| row.and_then(|row| row.0).unwrap_or_default();
        Ok(end(versions).max(end(leaves)).max(0) as u64)
    }

    /// What was disposed of. Each version was compared with its entry before: this tells it again as a list.
    async fn disposals(&mut self) -> Result<Vec<Disposed>> {
        let text = "select d.seq, d.register, d.record, d.batch, d.recorded_at,
                    (select count(*) from record_version v where v.record = d.record and v.disposed) as versions
                    from record_version d where d.command = 'dispose' order by d.seq";
        let rows =
            self.tx.on().all::<(i64, String, String, Option<String>, i64, i64)>(Sql::new("read disposals", text));
        let read =
            |(seq, register, record, approval, at, versions): (i64, String, String, Option<String>, i64, i64)| {
                Disposed { entry: seq as u64, register, record, approval, versions: versions as u64, at }
            };
        Ok(rows.await?.into_iter().map(read).collect())
    }

    async fn blob_count(&mut self) -> Result<u64> {
        let row = self.tx.on().one::<(i64,)>(Sql::new("count files", "select count(*) from blob")).await?;
        Ok(row.map_or(0, |row| row.0 as u64))
    }

    async fn stored_edge(&mut self) -> Result<Option<Frontier>> {
        match state::read(&mut self.tx).await {
            Ok(edge) => Ok(Some(edge)),
            Err(StoreError::Damaged { what, .. }) => {
                self.faults.push(Fault { place: Place::LogState, kind: FaultKind::Unreadable { what } });
                Ok(None)
            }
            Err(e) => Err(e),
        }
    }

    /// Checks one stretch and lets the tree grow over it.
    async fn page(&mut self, entries: u64, edge: Option<&Frontier>) -> Result<()> {
        let start = self.progress.done;
        let end = entries.min(start + PAGE);
        let page = Page::read(&mut self.tx, start, end).await?;
        let checked = tokio::task::spawn_blocking(move || page.check()).await;
        let checked = checked.map_err(|e| StoreError::Interrupted { what: e.to_string() })?;
        self.faults.extend(checked.faults);
        self.files.extend(checked.files);
        let mut kept = self.checkpoints_within(start, end).await?.into_iter().peekable();
        for (ix, (leaf, version)) in (start..).zip(checked.hashes) {
            self.tree.append(leaf, version);
            while let Some(checkpoint) = kept.next_if(|c| c.size == ix + 1) {
                self.tree.checkpoint(&checkpoint);
                self.checkpoints += 1;
            }
            if let Some(edge) = edge.filter(|edge| edge.size() == ix + 1) {
                self.tree.edge(edge);
            }
        }
        let stored = self.stored_nodes().await?;
        self.tree.compare_nodes(&stored);
        self.progress.done = end;
        Ok(())
    }

    async fn checkpoints_within(&mut self, start: u64, end: u64) -> Result<Vec<SignedCheckpoint>> {
        let text = "select size, root, note, at from checkpoint where size > $1 and size <= $2 order by size";
        let rows =
            self.tx.on().all::<(i64, Vec<u8>, String, i64)>(Sql::new("read checkpoints", text).bind(start).bind(end));
        let mut kept = Vec::new();
        for (size, root, note, at) in rows.await? {
            let size = size as u64;
            match root.try_into() {
                Ok(root) => kept.push(SignedCheckpoint { size, root: Digest(root), note, at }),
                Err(_) => {
                    let kind = FaultKind::Unreadable { what: "its root is cut".into() };
                    self.faults.push(Fault { place: Place::Checkpoint(size), kind });
                }
            }
        }
        Ok(kept)
    }

    /// The stored hashes of the nodes the tree completed on this stretch.
    async fn stored_nodes(&mut self) -> Result<HashMap<NodeId, Digest>> {
        match find_nodes(self.tree.nodes.keys()) {
            Some(sql) => Ok(self.tx.on().all::<NodeRow>(sql).await?.into_iter().filter_map(read_node).collect()),
            None => Ok(HashMap::new()),
        }
    }

    /// What can only be said at the end: nothing speaks of more entries than there are, nothing is left over.
    async fn ending(
        &mut self,
        entries: u64,
        edge: Option<Frontier>,
        file: Option<Vec<u8>>,
        ring: Option<&KeyRing>,
    ) -> Result<u64> {
        let beyond = FaultKind::Beyond { entries };
        let text = "select size from checkpoint where size > $1 order by size";
        for (size,) in self.tx.on().all::<(i64,)>(Sql::new("read checkpoints", text).bind(entries)).await? {
            self.faults.push(Fault { place: Place::Checkpoint(size as u64), kind: beyond.clone() });
        }
        let newest = Sql::new("read the newest checkpoint", "select max(size) from checkpoint");
        let covered =
            self.tx.on().one::<(Option<i64>,)>(newest).await?.and_then(|row| row.0).unwrap_or_default() as u64;
        if edge.is_some_and(|edge| edge.size() != covered) {
            self.faults.push(Fault { place: Place::LogState, kind: FaultKind::Differs { column: "size" } });
        }
        let nodes = Sql::new("count nodes of the tree", "select count(*) from node");
        let nodes = self.tx.on().one::<(i64,)>(nodes).await?.map_or(0, |row| row.0 as u64);
        if self.tree.is_whole() && nodes > self.tree.node_count {
            self.faults.push(Fault { place: Place::LogState, kind: FaultKind::Doubled });
        }
        if let (Some(file), Some(ring)) = (file, ring) {
            let kind = self.check_file(&file, ring).await?;
            self.faults.extend(kind.map(|kind| Fault { place: Place::CheckpointFile, kind }));
        }
        Ok(covered.min(entries))
    }

    /// The published checkpoint must be one of those kept here.
    async fn check_file(&mut self, file: &[u8], ring: &KeyRing) -> Result<Option<FaultKind>> {
        let open = match ring.open(file) {
            Ok(open) => open.checkpoint,
            Err(e) => return Ok(Some(FaultKind::Signature { what: e.to_string() })),
        };
        let sql = Sql::new("read a checkpoint", "select root from checkpoint where size = $1").bind(open.size);
        let kept = self.tx.on().one::<(Vec<u8>,)>(sql).await?;
        Ok(match kept {
            None if open.size > self.progress.done => Some(FaultKind::Beyond { entries: self.progress.done }),
            None => Some(FaultKind::Missing),
            Some((root,)) if root != open.root.0 => Some(FaultKind::Root),
            Some(_) => None,
        })
    }

    /// Hashes every file, and looks for those that versions name.
    async fn check_files(&mut self, store: &Store, tell: &mut (impl FnMut(Progress) + Send)) -> Result<u64> {
        let text = "select digest, size from blob order by digest";
        let rows = self.tx.on().all::<(String, i64)>(Sql::new("read the list of files", text)).await?;
        let count = rows.len() as u64;
        for (hex, size) in rows {
            let kind = match Digest::from_hex(&hex) {
                Err(_) => Some(FaultKind::Unreadable { what: "its name is not a digest".into() }),
                Ok(digest) => {
                    self.files.remove(&digest);
                    match store.hash_blob(digest).await? {
                        Hashed::Nothing => Some(FaultKind::Missing),
                        Hashed::NoKey => Some(FaultKind::Key),
                        Hashed::Whole(found, bytes) if (found, bytes) == (digest, size as u64) => None,
                        Hashed::Whole(..) | Hashed::Broken => Some(FaultKind::BlobBytes),
                    }
                }
            };
            self.faults.extend(kind.map(|kind| Fault { place: Place::Blob(hex), kind }));
            self.progress.done += 1;
            tell(self.progress);
        }
        let missing = std::mem::take(&mut self.files).into_iter();
        self.faults.extend(missing.map(|d| Fault { place: Place::Blob(d.to_hex()), kind: FaultKind::Missing }));
        Ok(count)
    }
}
