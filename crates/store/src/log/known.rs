//! What proofs read before: closed bundles with the hashes of their entries, and stored nodes. Neither ever changes, so
//! nothing here grows old; the oldest goes when there is too much. Whether the database still has it, `verify` tells.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use akashi_journal::Digest;
use akashi_journal::merkle::NodeId;
use akashi_journal::tile::HashTile;

use super::bundle::{self, BundleRow, WIDTH};
use crate::error::{Result, StoreError};

/// Most bytes of leaves that are kept; one bundle is kept whatever its size.
const BYTES: usize = 16 << 20;
/// Most nodes that are kept: 65,536 are those above 8 million entries.
const NODES: usize = 1 << 17;

/// A bundle with the hashes of its entries.
#[derive(Debug)]
pub(super) struct Bundle {
    number: u64,
    rows: Vec<BundleRow>,
    hashes: HashTile,
}

impl Bundle {
    /// Hashes the rows of a bundle.
    pub(super) fn new(number: u64, rows: Vec<BundleRow>) -> Result<Bundle> {
        let leaves: Vec<Vec<&[u8]>> = rows.iter().map(bundle::parse).collect::<Result<_>>()?;
        let hashes = HashTile::of_entries(leaves.into_iter().flatten());
        let hashes = hashes.map_err(|e| StoreError::damaged(format!("entry {}", number * WIDTH), e))?;
        Ok(Bundle { number, rows, hashes })
    }

    /// The hashes of its entries.
    pub(super) fn hashes(&self) -> &HashTile {
        &self.hashes
    }

    /// The bytes of entry `index` of the log, if it is here.
    pub(super) fn leaf(&self, index: u64) -> Result<Option<Vec<u8>>> {
        let Some(row) = self.rows.iter().rfind(|row| row.0 as u64 <= index) else { return Ok(None) };
        Ok(bundle::parse(row)?.get((index - row.0 as u64) as usize).map(|leaf| leaf.to_vec()))
    }

    fn bytes(&self) -> usize {
        self.rows.iter().map(|row| row.2.len()).sum()
    }
}

/// What is known, shared by all clones of a store.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// The one used last in front.
    bundles: Mutex<VecDeque<Arc<Bundle>>>,
    nodes: Mutex<HashMap<NodeId, Digest>>,
}

impl Known {
    /// A closed bundle read before.
    pub(super) fn bundle(&self, number: u64) -> Option<Arc<Bundle>> {
        let mut bundles = lock(&self.bundles);
        let place = bundles.iter().position(|bundle| bundle.number == number)?;
        let bundle = bundles.remove(place)?;
        bundles.push_front(bundle.clone());
        Some(bundle)
    }

    /// Keeps a bundle, if it is closed.
    pub(super) fn keep_bundle(&self, bundle: &Arc<Bundle>) {
        if u64::from(bundle.hashes.width()) != WIDTH {
            return;
        }
        let mut bundles = lock(&self.bundles);
        bundles.retain(|known| known.number != bundle.number);
        bundles.push_front(bundle.clone());
        let mut bytes = bundles.iter().map(|bundle| bundle.bytes()).sum::<usize>();
        while bytes > BYTES && bundles.len() > 1 {
            bytes -= bundles.pop_back().map_or(0, |oldest| oldest.bytes());
        }
    }

    /// Stored nodes read before, and those that were not.
    pub(super) fn nodes<'n>(
        &self,
        asked: impl Iterator<Item = &'n NodeId>,
    ) -> (HashMap<NodeId, Digest>, Vec<&'n NodeId>) {
        let nodes = lock(&self.nodes);
        let (mut found, mut unknown) = (HashMap::new(), Vec::new());
        for node in asked {
            match nodes.get(node) {
                Some(hash) => drop(found.insert(*node, *hash)),
                None => unknown.push(node),
            }
        }
        (found, unknown)
    }

    /// Keeps stored nodes: those are of complete subtrees.
    pub(super) fn keep_nodes(&self, found: impl Iterator<Item = (NodeId, Digest)>) {
        let mut nodes = lock(&self.nodes);
        if nodes.len() >= NODES {
            nodes.clear();
        }
        nodes.extend(found);
    }
}

/// Whoever panicked while holding it left whole values behind.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
