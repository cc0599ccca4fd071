//! The Merkle tree of RFC 6962 §2.1 (= RFC 9162 §2.1 with SHA-256): hashes, frontier, proofs, checks.
//! Nothing is stored here: a proof is first planned as the list of nodes it needs, then put together.

mod frontier;
mod hash;
mod memory;
mod node;
mod plan;
mod verify;

pub use frontier::Frontier;
pub use hash::{leaf_hash, node_hash};
pub use memory::MemoryTree;
pub use node::NodeId;
pub use plan::{HashReader, ProofPlan, ProveError, prove_consistency, prove_inclusion};
pub use verify::{root_of_inclusion, verify_consistency, verify_inclusion};

use crate::Digest;

/// Largest tree that is handled, so that sizes fit the signed 64-bit columns of both databases.
pub const MAX_SIZE: u64 = i64::MAX as u64;

/// A proof that cannot exist or does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MerkleError {
    /// The leaf is not in a tree of that size.
    #[error("leaf {index} is not in a tree of {size} leaves")]
    NoSuchLeaf { index: u64, size: u64 },
    /// A log cannot shrink.
    #[error("the older tree has {old} leaves, the newer one only {new}; the log was cut or the two are swapped")]
    Shrunk { old: u64, new: u64 },
    /// Sizes above [`MAX_SIZE`].
    #[error("a tree of {size} leaves is beyond what is handled")]
    TooLarge { size: u64 },
    /// The number of hashes does not fit the place in the tree.
    #[error("{found} hashes were given where {expected} are needed")]
    WrongLength { found: usize, expected: usize },
    /// The proof leads to another root: content, place or tree is not the one claimed.
    #[error("the proof leads to root {computed}, the tree has root {expected}")]
    WrongRoot { computed: Digest, expected: Digest },
}

/// The root of the tree without leaves: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Digest {
    Digest::of(b"")
}

/// The root over complete subtrees given from left to right, largest first.
pub(crate) fn fold(subtrees: &[Digest]) -> Digest {
    let joined = subtrees.iter().rev().copied().reduce(|right, left| node_hash(&left, &right));
    joined.unwrap_or_else(empty_root)
}

pub(crate) fn check_size(size: u64) -> Result<(), MerkleError> {
    if size > MAX_SIZE { Err(MerkleError::TooLarge { size }) } else { Ok(()) }
}

pub(crate) fn expect_root(computed: Digest, expected: &Digest) -> Result<(), MerkleError> {
    if computed == *expected { Ok(()) } else { Err(MerkleError::WrongRoot { computed, expected: *expected }) }
}
