//! A whole tree in memory: for tests, small exports and a verifier that holds all leaves anyway.

use super::{Frontier, HashReader, MerkleError, NodeId};
use crate::Digest;

/// Every complete subtree of a tree, 64 bytes per leaf.
#[derive(Debug, Clone, Default)]
pub struct MemoryTree {
    frontier: Frontier,
    levels: Vec<Vec<Digest>>,
}

impl MemoryTree {
    /// The empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a leaf by its hash.
    pub fn append(&mut self, leaf: Digest) {
        let levels = &mut self.levels;
        self.frontier.append_with(leaf, |node, hash| {
            let level = usize::from(node.level);
            if levels.len() == level {
                levels.push(Vec::new());
            }
            levels[level].push(hash);
        });
    }

    /// The right edge, with size and root.
    #[must_use]
    pub const fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// The hash of a complete subtree, if it is in the tree.
    #[must_use]
    pub fn hash(&self, node: NodeId) -> Option<Digest> {
        let level = self.levels.get(usize::from(node.level))?;
        level.get(usize::try_from(node.index).ok()?).copied()
    }
}

impl HashReader for MemoryTree {
    type Error = MerkleError;

    fn read_hashes(&self, nodes: &[NodeId]) -> Result<Vec<Digest>, MerkleError> {
        let size = self.frontier.size();
        let missing =
            |node: &NodeId| MerkleError::NoSuchLeaf { index: node.index.saturating_mul(1 << node.level.min(62)), size };
        nodes.iter().map(|node| self.hash(*node).ok_or_else(|| missing(node))).collect()
    }
}

impl FromIterator<Digest> for MemoryTree {
    fn from_iter<I: IntoIterator<Item = Digest>>(leaves: I) -> Self {
        let mut tree = Self::new();
        leaves.into_iter().for_each(|leaf| tree.append(leaf));
        tree
    }
}
