//! The right edge of a growing tree: all that is needed to append leaves and to know the root.

use super::node::subtrees;
use super::{MerkleError, NodeId, check_size, fold, node_hash};
use crate::Digest;
use serde::{Deserialize, Serialize};

/// Roots of the complete subtrees of a tree, largest first: one for each bit set in the size.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Frontier {
    size: u64,
    hashes: Vec<Digest>,
}

/// The serialised form; coming back it is checked.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    size: u64,
    hashes: Vec<Digest>,
}

impl Frontier {
    /// The empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The nodes whose hashes [`Frontier::from_hashes`] takes, in order.
    pub fn nodes(size: u64) -> Result<Vec<NodeId>, MerkleError> {
        check_size(size)?;
        Ok(subtrees(0, size))
    }

    /// A frontier from stored hashes of [`Frontier::nodes`]. Compare the root with a signed one before trusting it.
    pub fn from_hashes(size: u64, hashes: Vec<Digest>) -> Result<Self, MerkleError> {
        check_size(size)?;
        let expected = size.count_ones() as usize;
        if hashes.len() != expected {
            return Err(MerkleError::WrongLength { found: hashes.len(), expected });
        }
        Ok(Self { size, hashes })
    }

    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Root hashes of the complete subtrees, largest first.
    #[must_use]
    pub fn hashes(&self) -> &[Digest] {
        &self.hashes
    }

    /// The RFC 6962 root.
    #[must_use]
    pub fn root(&self) -> Digest {
        fold(&self.hashes)
    }

    /// Appends one leaf by its [`super::leaf_hash`].
    pub fn append(&mut self, leaf: Digest) {
        self.append_with(leaf, |_, _| ());
    }

    /// Appends one leaf and tells `complete` of every subtree that became complete, the leaf itself first.
    pub fn append_with(&mut self, leaf: Digest, mut complete: impl FnMut(NodeId, Digest)) {
        let (mut hash, mut node) = (leaf, NodeId::new(0, self.size));
        complete(node, hash);
        for _ in 0..self.size.trailing_ones() {
            let left = self.hashes.pop().expect("a frontier holds one hash per bit of its size");
            hash = node_hash(&left, &hash);
            node = NodeId::new(node.level + 1, node.index / 2);
            complete(node, hash);
        }
        self.hashes.push(hash);
        self.size += 1;
    }
}

impl TryFrom<Parts> for Frontier {
    type Error = MerkleError;

    fn try_from(parts: Parts) -> Result<Self, MerkleError> {
        Self::from_hashes(parts.size, parts.hashes)
    }
}

impl From<Frontier> for Parts {
    fn from(frontier: Frontier) -> Self {
        Self { size: frontier.size, hashes: frontier.hashes }
    }
}
