//! Names of complete subtrees, and how a range of leaves is made of them.

/// The complete subtree over leaves `index·2^level .. (index+1)·2^level`; level 0 is a leaf hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// Height above the leaves, 0 to 62.
    pub level: u8,
    /// Place among the subtrees of this level, from the left.
    pub index: u64,
}

impl NodeId {
    /// Names a subtree.
    #[must_use]
    pub const fn new(level: u8, index: u64) -> Self {
        Self { level, index }
    }
}

/// The complete subtrees whose roots, folded from the right, give the hash of leaves `start..end`.
/// `start` must be a multiple of every subtree size met, which holds for all ranges of RFC 6962 proofs.
pub(super) fn subtrees(mut start: u64, end: u64) -> Vec<NodeId> {
    let mut nodes = Vec::new();
    while start < end {
        let level = (end - start).ilog2();
        nodes.push(NodeId::new(level as u8, start >> level));
        start += 1 << level;
    }
    nodes
}
