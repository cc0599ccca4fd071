//! A stretch of the log: leaves and versions side by side, read in few statements and checked together.

use std::collections::BTreeSet;

use akashi_journal::Digest;
use akashi_journal::merkle::leaf_hash;

use super::fault::{Fault, FaultKind, Place};
use super::version::{Row, SELECT};
use crate::db::OpenTx;
use crate::error::Result;
use crate::log::bundle::{self, BundleRow, WIDTH};
use crate::sql::Sql;

/// Entries of a stretch; a multiple of the bundle.
pub(super) const PAGE: u64 = 2048;

/// Everything stored of entries `start .. end`.
pub(super) struct Page {
    start: u64,
    end: u64,
    bundles: Vec<BundleRow>,
    versions: Vec<Row>,
}

/// What checking a stretch gave.
pub(super) struct Checked {
    /// Per entry: hash of the leaf bytes, hash that the version names.
    pub(super) hashes: Vec<(Option<Digest>, Option<Digest>)>,
    /// Files that versions name.
    pub(super) files: BTreeSet<Digest>,
    pub(super) faults: Vec<Fault>,
}

impl Page {
    /// Reads a stretch.
    pub(super) async fn read(tx: &mut OpenTx, start: u64, end: u64) -> Result<Page> {
        let text = "select first, count, leaves from entry where first >= $1 and first < $2 order by first";
        let bundles = tx.on().all(Sql::new("read entries", text).bind(start).bind(end)).await?;
        let versions = tx.on().all(Sql::new("read versions", SELECT).bind(start).bind(end)).await?;
        Ok(Page { start, end, bundles, versions })
    }

    /// Checks every version against its leaf, and that each has the other.
    pub(super) fn check(self) -> Checked {
        let mut faults = Vec::new();
        let leaves = self.leaves(&mut faults);
        let mut versions = self.versions.iter().peekable();
        let (mut hashes, mut files) = (Vec::with_capacity(leaves.len()), BTreeSet::new());
        for (ix, leaf) in (self.start..).zip(leaves) {
            let version = versions.next_if(|v| v.seq as u64 == ix);
            match (leaf, version) {
                (Some(leaf), Some(version)) => faults.extend(version.check(leaf)),
                (None, Some(_)) => faults.push(Fault { place: Place::Entry(ix), kind: FaultKind::Missing }),
                (_, None) => faults.push(lost_version(ix, leaf)),
            }
            files.extend(version.into_iter().flat_map(Row::files));
            hashes.push((leaf.map(leaf_hash), version.and_then(Row::leaf_hash)));
        }
        Checked { hashes, files, faults }
    }

    /// The leaf bytes at each place, as far as they can be read.
    fn leaves(&self, faults: &mut Vec<Fault>) -> Vec<Option<&[u8]>> {
        let mut leaves = vec![None; (self.end - self.start) as usize];
        for row in &self.bundles {
            let first = row.0 as u64;
            let mut fault = |kind| faults.push(Fault { place: Place::Entry(first), kind });
            match bundle::parse(row) {
                Ok(found) if first % WIDTH + found.len() as u64 <= WIDTH => {
                    for (ix, leaf) in (first..).zip(found) {
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
}

/// The fault of an entry without a version; the entry tells which one is gone.
fn lost_version(ix: u64, leaf: Option<&[u8]>) -> Fault {
    let place = match leaf.and_then(|leaf| akashi_journal::Entry::from_leaf(leaf).ok()) {
        Some(e) => Place::Version { seq: ix, register: e.register, record: e.record, rev: e.rev },
        None => Place::Entry(ix),
    };
    Fault { place, kind: FaultKind::Missing }
}
