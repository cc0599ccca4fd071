//! The tree built again, leaf by leaf, against stored nodes, kept checkpoints and the stored edge.
//!
//! Where leaf bytes and version disagree on a hash, both trees are carried on: the next signed root tells
//! which of the two was changed, so that one fault does not make all later checkpoints look wrong.

use std::collections::HashMap;

use akashi_journal::Digest;
use akashi_journal::merkle::{Frontier, NodeId, node_hash};

use super::fault::{Fault, FaultKind, Place};
use crate::SignedCheckpoint;
use crate::log::STORED;

/// The tree while it grows.
pub(super) struct Tree {
    /// By the leaf bytes.
    main: Frontier,
    /// By the hashes in the versions, since the two came apart.
    other: Option<Frontier>,
    /// A root did not fit: no later one can, and one fault says it all.
    lost: bool,
    /// A leaf is gone without a trace: the tree cannot be carried on.
    cut: bool,
    /// Nodes that should be stored, with the one or two hashes they may have.
    nodes: HashMap<NodeId, Vec<Digest>>,
    pub(super) faults: Vec<Fault>,
}

impl Tree {
    /// An empty tree.
    pub(super) fn new() -> Tree {
        Tree { main: Frontier::new(), other: None, lost: false, cut: false, nodes: HashMap::new(), faults: Vec::new() }
    }

    /// Entries so far.
    pub(super) fn size(&self) -> u64 {
        self.main.size()
    }

    /// Root so far.
    pub(super) fn root(&self) -> Digest {
        self.main.root()
    }

    /// Adds a leaf by the hash of its bytes and by the hash its version names, as far as they are known.
    pub(super) fn append(&mut self, leaf: Option<Digest>, version: Option<Digest>) {
        let (false, Some(by_leaf), Some(by_version)) = (self.cut, leaf.or(version), version.or(leaf)) else {
            (self.cut, self.lost) = (true, true);
            return;
        };
        if by_leaf != by_version && self.other.is_none() {
            self.other = Some(self.main.clone());
        }
        let nodes = &mut self.nodes;
        self.main.append_with(by_leaf, |node, hash| {
            if node.level >= STORED {
                nodes.entry(node).or_default().push(hash);
            }
        });
        if let Some(other) = &mut self.other {
            other.append_with(by_version, |node, hash| {
                if node.level >= STORED {
                    nodes.entry(node).or_default().push(hash);
                }
            });
        }
    }

    /// Takes a whole stretch at once, whose node is known from an earlier check; its stored nodes were compared then.
    pub(super) fn adopt(&mut self, height: u8, node: Digest) {
        let mut hashes = self.main.hashes().to_vec();
        let (mut carried, mut size) = (node, self.main.size() >> height);
        while size & 1 == 1 {
            let left = hashes.pop().expect("a frontier holds one hash per bit of its size");
            carried = node_hash(&left, &carried);
            size >>= 1;
        }
        hashes.push(carried);
        let end = self.main.size() + (1 << height);
        self.main = Frontier::from_hashes(end, hashes).expect("one hash per bit was kept");
    }

    /// Tells whether the tree is sure: nothing was missing and nothing contradicted it.
    pub(super) fn is_sure(&self) -> bool {
        !self.cut && !self.lost && self.other.is_none()
    }

    /// Compares a checkpoint that was kept elsewhere, of the present size.
    pub(super) fn known(&mut self, name: &str, root: Digest) {
        let ours = |tree: &Frontier| tree.root() == root;
        if !self.cut && !ours(&self.main) && !self.other.as_ref().is_some_and(ours) {
            self.faults.push(Fault { place: Place::Known(name.to_owned()), kind: FaultKind::Root });
        }
    }

    /// A stretch without any leaf: the tree cannot be carried on.
    pub(super) fn gap(&mut self) {
        (self.cut, self.lost) = (true, true);
    }

    /// Compares a kept checkpoint of the present size.
    pub(super) fn checkpoint(&mut self, kept: &SignedCheckpoint) {
        if self.main.root() == kept.root {
            self.other = None;
        } else if self.other.as_ref().is_some_and(|other| other.root() == kept.root) {
            self.main = self.other.take().unwrap_or_default();
        } else if !self.lost {
            self.lost = true;
            self.faults.push(Fault { place: Place::Checkpoint(kept.size), kind: FaultKind::Root });
        }
    }

    /// Compares the stored nodes of the leaves added since the last call.
    ///
    /// The sequencer stores them: those of entries that no checkpoint covers yet are not there.
    pub(super) fn compare_nodes(&mut self, stored: &HashMap<NodeId, Digest>, covered: u64) {
        for (node, hashes) in std::mem::take(&mut self.nodes) {
            if (node.index + 1) << node.level > covered {
                continue;
            }
            let kind = match stored.get(&node) {
                None => FaultKind::Missing,
                Some(hash) if !hashes.contains(hash) => FaultKind::NodeHash,
                Some(_) => continue,
            };
            self.faults.push(Fault { place: Place::Node { level: node.level, number: node.index }, kind });
        }
    }

    /// Compares the stored edge with the tree of its size.
    pub(super) fn edge(&mut self, stored: &Frontier) {
        let same = |tree: &Frontier| tree.hashes() == stored.hashes();
        if !self.lost && !same(&self.main) && !self.other.as_ref().is_some_and(same) {
            self.faults.push(Fault { place: Place::LogState, kind: FaultKind::NodeHash });
        }
    }
}
