//! The tree built again, leaf by leaf, against stored nodes, kept checkpoints and the stored edge.
//!
//! Where leaf bytes and version disagree on a hash, both trees are carried on: the next signed root tells
//! which of the two was changed, so that one fault does not make all later checkpoints look wrong.

use std::collections::HashMap;

use akashi_journal::Digest;
use akashi_journal::checkpoint::KeyRing;
use akashi_journal::merkle::{Frontier, NodeId};

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
    ring: Option<KeyRing>,
    /// Nodes that should be stored, with the one or two hashes they may have.
    pub(super) nodes: HashMap<NodeId, Vec<Digest>>,
    /// How many nodes should be stored in all.
    pub(super) node_count: u64,
    pub(super) faults: Vec<Fault>,
}

impl Tree {
    /// An empty tree; signatures are checked with `ring`.
    pub(super) fn new(ring: Option<KeyRing>) -> Tree {
        Tree {
            main: Frontier::new(),
            other: None,
            lost: false,
            cut: false,
            ring,
            nodes: HashMap::new(),
            node_count: 0,
            faults: Vec::new(),
        }
    }

    /// Tells whether the tree could be carried to the end.
    pub(super) fn is_whole(&self) -> bool {
        !self.cut
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
        let (nodes, count) = (&mut self.nodes, &mut self.node_count);
        self.main.append_with(by_leaf, |node, hash| {
            if node.level >= STORED {
                *count += 1;
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

    /// Compares a kept checkpoint of the present size.
    pub(super) fn checkpoint(&mut self, kept: &SignedCheckpoint) {
        if let Some(kind) = self.signature(kept) {
            self.faults.push(Fault { place: Place::Checkpoint(kept.size), kind });
        }
        if self.main.root() == kept.root {
            self.other = None;
        } else if self.other.as_ref().is_some_and(|other| other.root() == kept.root) {
            self.main = self.other.take().unwrap_or_default();
        } else if !self.lost {
            self.lost = true;
            self.faults.push(Fault { place: Place::Checkpoint(kept.size), kind: FaultKind::Root });
        }
    }

    /// Checks note and signature of a checkpoint against its own columns.
    fn signature(&self, kept: &SignedCheckpoint) -> Option<FaultKind> {
        let ring = self.ring.as_ref()?;
        match ring.open(kept.note.as_bytes()) {
            Err(e) => Some(FaultKind::Signature { what: e.to_string() }),
            Ok(open) if open.checkpoint.size != kept.size => Some(FaultKind::Differs { column: "size" }),
            Ok(open) if open.checkpoint.root != kept.root => Some(FaultKind::Differs { column: "root" }),
            Ok(_) => None,
        }
    }

    /// Compares the stored nodes of the leaves added since the last call.
    pub(super) fn compare_nodes(&mut self, stored: &HashMap<NodeId, Digest>) {
        for (node, hashes) in std::mem::take(&mut self.nodes) {
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
