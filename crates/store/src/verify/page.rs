//! A stretch of the log: everything stored of it, read in few statements and checked together, on a thread of its own.
//! What is found is a function of the rows read and the keys trusted; [`Page::mark`] names these rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use akashi_journal::Digest;
use akashi_journal::checkpoint::{KeyRing, OpenCheckpoint};
use akashi_journal::merkle::{Frontier, NodeId, leaf_hash};
use akashi_journal::note::{Algorithm, Signature};
use sha2::{Digest as _, Sha256};

use super::count::{Count, Wanted};
use super::fault::{Fault, FaultKind, Place};
use super::version::{Row, SELECT};
use crate::SignedCheckpoint;
use crate::db::OpenTx;
use crate::error::{Result, StoreError};
use crate::log::bundle::{self, BundleRow, WIDTH};
use crate::log::{NodeRow, STORED, find_nodes, read_node};
use crate::sql::{Arg, Sql};

/// Entries of a stretch; a power of two and a multiple of the bundle, so that it is one node of the tree.
pub(super) const PAGE: u64 = 2048;
/// Height of that node.
pub(super) const HEIGHT: u8 = PAGE.trailing_zeros() as u8;
/// Values in one statement.
const PACKET: usize = 500;

/// Size, root, note, at.
type CheckpointRow = (i64, Vec<u8>, String, i64);

/// Everything stored of entries `start .. end`.
pub(super) struct Page {
    pub(super) start: u64,
    pub(super) end: u64,
    bundles: Vec<BundleRow>,
    versions: Vec<Row>,
    kept: Vec<CheckpointRow>,
    nodes: BTreeMap<(u8, u64), Digest>,
    /// Of the files named here: those the table `blob` has, and who is noted as naming them.
    files: BTreeSet<String>,
    uses: BTreeSet<(String, String)>,
    /// Rows that could not be read at all.
    faults: Vec<Fault>,
}

/// What checking a stretch gave.
pub(super) struct Checked {
    pub(super) start: u64,
    pub(super) end: u64,
    /// Per entry: hash of the leaf bytes, hash that the version names.
    pub(super) hashes: Vec<(Option<Digest>, Option<Digest>)>,
    /// Checkpoints of sizes in `start + 1 ..= end`, by size.
    pub(super) kept: Vec<SignedCheckpoint>,
    pub(super) nodes: HashMap<NodeId, Digest>,
    pub(super) seen: Seen,
    pub(super) faults: Vec<Fault>,
}

/// What a stretch says of things that are compared at the end.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) checkpoints: u64,
    pub(super) counts: Count,
    /// Records that are accounts.
    pub(super) accounts: BTreeSet<String>,
    /// Time of the first and of the last entry, as the versions have them.
    pub(super) times: Option<(i64, i64)>,
    /// Epoch of the last entry.
    pub(super) epoch: Option<u32>,
}

impl Page {
    /// Reads a stretch. Rows that cannot be read become faults.
    pub(super) async fn read(tx: &mut OpenTx, start: u64, end: u64) -> Result<Page> {
        let mut faults = Vec::new();
        let text = "select first, count, leaves from entry where first >= $1 and first < $2 order by first";
        let keys = "select first from entry where first >= $1 and first < $2 order by first";
        let bundles = rows(tx, (text, keys), start..end, Place::Entry, &mut faults).await?;
        let keys = "select seq from record_version where seq >= $1 and seq < $2 order by seq";
        let versions: Vec<Row> = rows(tx, (SELECT, keys), start..end, Place::Entry, &mut faults).await?;
        // Sizes reach one further than indexes.
        let text = "select size, root, note, at from checkpoint where size >= $1 and size < $2 order by size";
        let keys = "select size from checkpoint where size >= $1 and size < $2 order by size";
        let kept = rows(tx, (text, keys), start + 1..end + 1, Place::Checkpoint, &mut faults).await?;
        let nodes = read_nodes(tx, start, end).await?;
        let files = read_files(tx, &versions).await?;
        let uses = read_uses(tx, &versions).await?;
        Ok(Page { start, end, bundles, versions, kept, nodes, files, uses, faults })
    }

    /// Tells whether nothing is stored of it.
    pub(super) fn is_empty(&self) -> bool {
        self.bundles.is_empty() && self.versions.is_empty() && self.faults.is_empty()
    }

    /// Digest of all that was read: the same rows give the same outcome. None when some could not be read.
    pub(super) fn mark(&self) -> Option<Digest> {
        let mut hash = Sha256::new();
        for (first, count, leaves) in &self.bundles {
            hash.update(first.to_be_bytes());
            hash.update(count.to_be_bytes());
            part(&mut hash, Some(leaves));
        }
        self.versions.iter().for_each(|row| row.feed(&mut hash));
        for (size, root, note, at) in &self.kept {
            hash.update(size.to_be_bytes());
            part(&mut hash, Some(root));
            part(&mut hash, Some(note));
            hash.update(at.to_be_bytes());
        }
        for ((level, number), node) in &self.nodes {
            hash.update([*level]);
            hash.update(number.to_be_bytes());
            hash.update(node.0);
        }
        self.files.iter().for_each(|digest| part(&mut hash, Some(digest)));
        for (digest, record) in &self.uses {
            part(&mut hash, Some(digest));
            part(&mut hash, Some(record));
        }
        self.faults.is_empty().then(|| Digest(hash.finalize().into()))
    }

    /// What does not need recomputing.
    pub(super) fn seen(&self, wanted: &Wanted) -> Seen {
        let mut seen = Seen { checkpoints: self.kept.len() as u64, ..Seen::default() };
        for row in &self.versions {
            row.count(wanted, &mut seen.counts);
            seen.accounts.extend(row.account());
        }
        let at = |row: &Row| row.recorded_at;
        seen.times = self.versions.first().map(at).zip(self.versions.last().map(at));
        seen.epoch = self.last_leaf().and_then(|leaf| Some(akashi_journal::Entry::from_leaf(leaf).ok()?.epoch));
        seen
    }

    fn last_leaf(&self) -> Option<&[u8]> {
        let row = self.bundles.last()?;
        bundle::parse(row).ok()?.pop()
    }

    /// Checks every version against its leaf, that each has the other, and what hangs on them.
    pub(super) fn check(self, wanted: &Wanted, ring: Option<&KeyRing>) -> Checked {
        let seen = self.seen(wanted);
        let mut faults = Vec::new();
        let leaves = self.leaves(&mut faults);
        let mut versions = self.versions.iter().peekable();
        let (mut hashes, mut last) = (Vec::with_capacity(leaves.len()), i64::MIN);
        for (ix, leaf) in (self.start..).zip(leaves) {
            let version = versions.next_if(|v| v.seq as u64 == ix);
            match (leaf, version) {
                (Some(leaf), Some(version)) => faults.extend(version.check(&leaf)),
                (None, Some(_)) => faults.push(Fault { place: Place::Entry(ix), kind: FaultKind::Missing }),
                (Some(leaf), None) => faults.push(lost_version(ix, leaf.bytes)),
                (None, None) => nothing_at(ix, &mut faults),
            }
            if let Some(version) = version {
                self.files_of(version, &mut faults);
                if version.recorded_at < last {
                    faults.push(Fault { place: version.place(), kind: FaultKind::Order });
                }
                last = version.recorded_at;
            }
            hashes.push((leaf.map(|leaf| leaf_hash(leaf.bytes)), version.and_then(Row::leaf_hash)));
        }
        let kept = self.kept.iter().filter_map(|row| checkpoint(row, ring, &mut faults)).collect();
        faults.extend(self.faults);
        let nodes = self.nodes.into_iter().map(|((level, number), hash)| (NodeId::new(level, number), hash)).collect();
        Checked { start: self.start, end: self.end, hashes, kept, nodes, seen, faults }
    }

    /// The leaf bytes at each place, as far as they can be read.
    fn leaves(&self, faults: &mut Vec<Fault>) -> Vec<Option<Leaf<'_>>> {
        let mut leaves = vec![None; (self.end - self.start) as usize];
        for row in &self.bundles {
            let first = row.0 as u64;
            let mut fault = |kind| faults.push(Fault { place: Place::Entry(first), kind });
            match bundle::parse(row) {
                Ok(found) if first % WIDTH + found.len() as u64 <= WIDTH => {
                    let mut from = 0;
                    for (ix, bytes) in (first..).zip(found) {
                        // Each leaf has its length before it, two bytes.
                        let leaf = Leaf { bytes, row: first, from: from + 2 };
                        from = leaf.until();
                        // A row that goes beyond the end of the log is reported where the version is missing.
                        let Some(place) = leaves.get_mut((ix - self.start) as usize) else { continue };
                        if place.replace(leaf).is_some() {
                            fault(FaultKind::Doubled);
                        }
                    }
                }
                Ok(_) => fault(FaultKind::Unreadable { what: "the row crosses a bundle".into() }),
                Err(e) => fault(FaultKind::Unreadable { what: e.to_string() }),
            }
        }
        leaves
    }

    /// Every file a version names is in the store, and the record is noted as naming it.
    fn files_of(&self, version: &Row, faults: &mut Vec<Fault>) {
        for digest in version.files().map(|digest| digest.to_hex()) {
            if !self.files.contains(&digest) {
                faults.push(Fault { place: Place::Blob(digest.clone()), kind: FaultKind::Missing });
            }
            let named = (digest, version.record.clone());
            if !self.uses.contains(&named) {
                let (digest, record) = named;
                faults.push(Fault { place: Place::BlobUse { digest, record }, kind: FaultKind::Missing });
            }
        }
    }
}

impl Checked {
    /// The node over a whole stretch in which nothing is wrong.
    pub(super) fn clean_root(&self) -> Option<Digest> {
        if !self.faults.is_empty() || self.end - self.start != PAGE {
            return None;
        }
        let mut tree = Frontier::new();
        for (leaf, version) in &self.hashes {
            tree.append(leaf.filter(|leaf| Some(leaf) == version.as_ref())?);
        }
        Some(tree.root())
    }
}

/// Leaf bytes, and where they are stored.
#[derive(Clone, Copy)]
pub(super) struct Leaf<'p> {
    pub(super) bytes: &'p [u8],
    /// Row of the table `entry`.
    pub(super) row: u64,
    /// First byte within the row.
    pub(super) from: u64,
}

impl Leaf<'_> {
    pub(super) fn until(&self) -> u64 {
        self.from + self.bytes.len() as u64
    }
}

/// Adds a value with its length, so that values cannot run into each other.
pub(super) fn part(hash: &mut Sha256, bytes: Option<impl AsRef<[u8]>>) {
    match bytes {
        Some(bytes) => {
            hash.update((bytes.as_ref().len() as u64 + 1).to_be_bytes());
            hash.update(bytes);
        }
        None => hash.update(0_u64.to_be_bytes()),
    }
}

/// Reads rows of a range; when that fails because of what stands in one, row by row, to name it.
async fn rows<R: crate::db::Row>(
    tx: &mut OpenTx,
    (text, keys): (&'static str, &'static str),
    range: std::ops::Range<u64>,
    place: fn(u64) -> Place,
    faults: &mut Vec<Fault>,
) -> Result<Vec<R>> {
    let between = |text, from: u64, until: u64| Sql::new("read the log", text).bind(from).bind(until);
    match tx.on().all(between(text, range.start, range.end)).await {
        Err(e) if e.is_damage() => {}
        read => return read,
    }
    let mut found = Vec::new();
    for (key,) in tx.on().all::<(i64,)>(between(keys, range.start, range.end)).await? {
        match tx.on().all(between(text, key as u64, key as u64 + 1)).await {
            Ok(rows) => found.extend(rows),
            Err(e) if e.is_damage() => {
                faults.push(Fault { place: place(key as u64), kind: FaultKind::Unreadable { what: e.to_string() } });
            }
            Err(e) => return Err(e),
        }
    }
    Ok(found)
}

/// The stored nodes that become complete in this stretch.
async fn read_nodes(tx: &mut OpenTx, start: u64, end: u64) -> Result<BTreeMap<(u8, u64), Digest>> {
    let complete = |level: u8| (start >> level..end >> level).map(move |number| NodeId::new(level, number));
    let nodes: Vec<_> = (STORED..63).flat_map(complete).collect();
    let Some(sql) = find_nodes(nodes.iter()) else { return Ok(BTreeMap::new()) };
    let rows = match tx.on().all::<NodeRow>(sql).await {
        // Each of them is then missing, by its name.
        Err(e) if e.is_damage() => Vec::new(),
        rows => rows?,
    };
    let read = rows.into_iter().filter_map(read_node);
    Ok(read.map(|(node, hash)| ((node.level, node.index), hash)).collect())
}

/// Which of the files these versions name are in the store.
async fn read_files(tx: &mut OpenTx, versions: &[Row]) -> Result<BTreeSet<String>> {
    let named: BTreeSet<String> = versions.iter().flat_map(Row::files).map(|digest| digest.to_hex()).collect();
    let mut found = BTreeSet::new();
    for packet in named.into_iter().collect::<Vec<_>>().chunks(PACKET) {
        let sql = Sql::new("look for files", "select digest from blob where digest in (");
        let sql = sql.list(packet.iter().map(|hex| Arg::from(hex.as_str()))).text(")");
        found.extend(tx.on().all::<(String,)>(sql).await?.into_iter().map(|row| row.0));
    }
    Ok(found)
}

/// Which files the records of these versions are noted as naming.
async fn read_uses(tx: &mut OpenTx, versions: &[Row]) -> Result<BTreeSet<(String, String)>> {
    let naming: BTreeSet<&str> =
        versions.iter().filter(|row| row.files().next().is_some()).map(|row| row.record.as_str()).collect();
    let mut found = BTreeSet::new();
    for packet in naming.into_iter().collect::<Vec<_>>().chunks(PACKET) {
        let sql = Sql::new("look who names files", "select digest, record from blob_use where record in (");
        let sql = sql.list(packet.iter().map(|record| Arg::from(*record))).text(")");
        found.extend(tx.on().all::<(String, String)>(sql).await?);
    }
    Ok(found)
}

/// Reads a checkpoint and checks note and signature against its own columns.
fn checkpoint(row: &CheckpointRow, ring: Option<&KeyRing>, faults: &mut Vec<Fault>) -> Option<SignedCheckpoint> {
    let (size, root, note, at) = row;
    let size = *size as u64;
    let mut fault = |kind| faults.push(Fault { place: Place::Checkpoint(size), kind });
    let Ok(root) = root.as_slice().try_into().map(Digest) else {
        fault(FaultKind::Unreadable { what: "its root is cut".into() });
        return None;
    };
    let kept = SignedCheckpoint { size, root, note: note.clone(), at: *at };
    ring.and_then(|ring| signature(&kept, ring)).into_iter().for_each(fault);
    Some(kept)
}

fn signature(kept: &SignedCheckpoint, ring: &KeyRing) -> Option<FaultKind> {
    match ring.open(kept.note.as_bytes()) {
        Err(e) => Some(FaultKind::Signature { what: e.to_string() }),
        Ok(open) if open.checkpoint.size != kept.size => Some(FaultKind::Differs { column: "size" }),
        Ok(open) if open.checkpoint.root != kept.root => Some(FaultKind::Differs { column: "root" }),
        Ok(open) => match signed_at(&open, ring) {
            Some(seconds) if Some(kept.at) != seconds.checked_mul(1_000_000) => {
                Some(FaultKind::Differs { column: "at" })
            }
            _ => None,
        },
    }
}

/// The second that the log's own timed signature states, if it has one.
fn signed_at(open: &OpenCheckpoint, ring: &KeyRing) -> Option<i64> {
    let timed = |s: &&Signature| ring.keys().any(|(key, ..)| key.algorithm() == Algorithm::MlDsa44 && s.is_by(key));
    let signature = open.note.signatures().iter().filter(timed).find(|s| open.signed_by.contains(&s.id))?;
    i64::try_from(u64::from_be_bytes(*signature.bytes.first_chunk()?)).ok()
}

/// The fault of an entry without a version; the entry tells which one is gone.
fn lost_version(ix: u64, leaf: &[u8]) -> Fault {
    let place = match akashi_journal::Entry::from_leaf(leaf) {
        Ok(e) => Place::Version { seq: ix, register: e.register, record: e.record, rev: e.rev },
        Err(_) => Place::Entry(ix),
    };
    Fault { place, kind: FaultKind::Missing }
}

/// Neither entry nor version: one fault for a whole run of them.
fn nothing_at(ix: u64, faults: &mut Vec<Fault>) {
    if let Some(Fault { place: Place::Entries { until, .. }, kind: FaultKind::Missing }) = faults.last_mut()
        && *until == ix
    {
        *until += 1;
    } else {
        faults.push(Fault { place: Place::Entries { from: ix, until: ix + 1 }, kind: FaultKind::Missing });
    }
}

impl StoreError {
    /// Tells whether stored bytes are not what the database or its driver can read, as against a database that
    /// does not answer.
    pub(super) fn is_damage(&self) -> bool {
        // SQLITE_CORRUPT and SQLITE_NOTADB with their extended forms; PostgreSQL's data and index corruption.
        const CODES: [&str; 6] = ["11", "26", "267", "523", "XX001", "XX002"];
        match self {
            StoreError::Damaged { .. } => true,
            StoreError::Sql { source, .. } => match source {
                sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => true,
                sqlx::Error::Database(e) => e.code().is_some_and(|code| CODES.contains(&code.as_ref())),
                _ => false,
            },
            _ => false,
        }
    }
}
