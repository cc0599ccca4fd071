//! Proofs of inclusion and consistency (RFC 9162 §2.1.3.1, §2.1.4.1). A plan lists the stored nodes;
//! an asynchronous store fetches them itself and calls [`ProofPlan::assemble`].

use super::node::subtrees;
use super::{MerkleError, NodeId, check_size, fold};
use crate::Digest;

/// The nodes of a proof: each element of the proof is folded from one or more complete subtrees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofPlan {
    elements: Vec<Vec<NodeId>>,
}

impl ProofPlan {
    /// The audit path of leaf `index` in the tree of `size` leaves.
    pub fn inclusion(index: u64, size: u64) -> Result<Self, MerkleError> {
        check_size(size)?;
        if index >= size {
            return Err(MerkleError::NoSuchLeaf { index, size });
        }
        let (mut start, mut end, mut elements) = (0, size, Vec::new());
        while end - start > 1 {
            let middle = start + split(end - start);
            if index < middle {
                elements.push(subtrees(middle, end));
                end = middle;
            } else {
                elements.push(subtrees(start, middle));
                start = middle;
            }
        }
        elements.reverse();
        Ok(Self { elements })
    }

    /// The proof that the tree of `old` leaves is the beginning of the tree of `new` leaves.
    /// It is empty when `old` is 0 or equal to `new`.
    pub fn consistency(old: u64, new: u64) -> Result<Self, MerkleError> {
        check_size(new)?;
        if old > new {
            return Err(MerkleError::Shrunk { old, new });
        }
        if old == 0 {
            return Ok(Self { elements: Vec::new() });
        }
        let (mut start, mut end, mut elements) = (0, new, Vec::new());
        while old != end {
            let middle = start + split(end - start);
            if old <= middle {
                elements.push(subtrees(middle, end));
                end = middle;
            } else {
                elements.push(subtrees(start, middle));
                start = middle;
            }
        }
        // Whoever checks knows the old root already; any other last subtree has to be given.
        if start > 0 {
            elements.push(subtrees(start, end));
        }
        elements.reverse();
        Ok(Self { elements })
    }

    /// The one-element plan of the root at `size`; for the empty tree it needs no node.
    pub fn root(size: u64) -> Result<Self, MerkleError> {
        check_size(size)?;
        Ok(Self { elements: vec![subtrees(0, size)] })
    }

    /// The nodes needed, in the order [`ProofPlan::assemble`] takes their hashes.
    #[must_use]
    pub fn nodes(&self) -> Vec<NodeId> {
        self.elements.concat()
    }

    /// Folds the fetched hashes into the proof.
    pub fn assemble(&self, hashes: &[Digest]) -> Result<Vec<Digest>, MerkleError> {
        let expected = self.elements.iter().map(Vec::len).sum();
        if hashes.len() != expected {
            return Err(MerkleError::WrongLength { found: hashes.len(), expected });
        }
        let mut rest = hashes;
        let mut take = |count| {
            let (taken, left) = rest.split_at(count);
            rest = left;
            fold(taken)
        };
        Ok(self.elements.iter().map(|nodes| take(nodes.len())).collect())
    }

    /// Reads the nodes from `reader` and assembles.
    pub fn run<R: HashReader>(&self, reader: &R) -> Result<Vec<Digest>, ProveError<R::Error>> {
        let hashes = reader.read_hashes(&self.nodes()).map_err(ProveError::Read)?;
        Ok(self.assemble(&hashes)?)
    }
}

/// Something that knows the hashes of complete subtrees.
pub trait HashReader {
    /// What goes wrong when reading.
    type Error;

    /// The hashes of `nodes`, in the same order and number.
    fn read_hashes(&self, nodes: &[NodeId]) -> Result<Vec<Digest>, Self::Error>;
}

/// A proof could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProveError<E> {
    /// The request or the number of hashes does not fit the tree.
    #[error(transparent)]
    Tree(#[from] MerkleError),
    /// The reader failed.
    #[error("the hashes of the tree could not be read: {0}")]
    Read(E),
}

/// The inclusion proof of leaf `index` in the tree of `size` leaves, leaf's sibling first.
pub fn prove_inclusion<R: HashReader>(reader: &R, index: u64, size: u64) -> Result<Vec<Digest>, ProveError<R::Error>> {
    ProofPlan::inclusion(index, size)?.run(reader)
}

/// The consistency proof from `old` to `new` leaves.
pub fn prove_consistency<R: HashReader>(reader: &R, old: u64, new: u64) -> Result<Vec<Digest>, ProveError<R::Error>> {
    ProofPlan::consistency(old, new)?.run(reader)
}

/// The largest power of two below `count`, which must be at least 2.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}
