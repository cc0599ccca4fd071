//! Proofs out of the stored tree: nodes of height 8 and more are read, lower ones hashed from the leaves.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use akashi_journal::Digest;
use akashi_journal::merkle::{NodeId, ProofPlan};

use super::bundle::{BundleRow, WIDTH};
use super::known::Bundle;
use super::sequence::STORED;
use crate::error::{Result, StoreError};
use crate::sql::{Arg, Sql};
use crate::store::Store;

/// What shows that an entry is in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// Place of the entry.
    pub index: u64,
    /// Tree size the proof is for; a checkpoint of this size is kept.
    pub size: u64,
    /// The leaf bytes.
    pub leaf: Vec<u8>,
    /// The audit path, the leaf's sibling first.
    pub path: Vec<Digest>,
    /// The signed checkpoint of that size.
    pub checkpoint: String,
}

impl Store {
    /// Proves that entry `index` is in the log of the newest checkpoint; none when it does not reach there.
    pub async fn prove(&self, index: u64) -> Result<Option<InclusionProof>> {
        self.prove_at(index, None).await
    }

    /// As [`Store::prove`], under the checkpoint of `size` entries where one is given: one that others attest.
    pub async fn prove_at(&self, index: u64, size: Option<u64>) -> Result<Option<InclusionProof>> {
        let kept = match size {
            Some(size) => self.checkpoints(size, 1).await?.pop().filter(|c| c.size == size),
            None => self.latest_checkpoint().await?,
        };
        let Some(newest) = kept.filter(|c| index < c.size) else { return Ok(None) };
        let plan = ProofPlan::inclusion(index, newest.size).map_err(|source| StoreError::Proof { source })?;
        let path = self.assemble(&plan).await?;
        let leaf = self.bundle(index / WIDTH).await?.leaf(index)?;
        let leaf = leaf.ok_or_else(|| StoreError::damaged(format!("entry {index}"), "it is missing"))?;
        Ok(Some(InclusionProof { index, size: newest.size, leaf, path, checkpoint: newest.note }))
    }

    /// Proves that the log of `old` entries is the beginning of the log of `new` entries.
    pub async fn prove_consistency(&self, old: u64, new: u64) -> Result<Vec<Digest>> {
        let plan = ProofPlan::consistency(old, new).map_err(|source| StoreError::Proof { source })?;
        self.assemble(&plan).await
    }

    async fn assemble(&self, plan: &ProofPlan) -> Result<Vec<Digest>> {
        let nodes = plan.nodes();
        let stored = self.stored_nodes(nodes.iter().filter(|node| node.level >= STORED)).await?;
        let (mut hashes, mut bundles) = (Vec::new(), HashMap::new());
        for node in nodes {
            hashes.push(match node.level {
                STORED.. => *stored.get(&node).ok_or_else(|| missing(node))?,
                _ => self.leaf_node(node, &mut bundles).await?,
            });
        }
        plan.assemble(&hashes).map_err(|source| StoreError::Proof { source })
    }

    async fn stored_nodes(&self, nodes: impl Iterator<Item = &NodeId>) -> Result<HashMap<NodeId, Digest>> {
        let (mut found, mut unknown) = (HashMap::new(), Vec::new());
        for node in nodes {
            match self.known().node(*node) {
                Some(hash) => drop(found.insert(*node, hash)),
                None => unknown.push(node),
            }
        }
        if let Some(sql) = find_nodes(unknown.into_iter()) {
            let read: Vec<_> = self.db().all::<NodeRow>(sql).await?.into_iter().filter_map(read_node).collect();
            self.known().keep_nodes(read.iter().copied());
            found.extend(read);
        }
        Ok(found)
    }

    async fn leaf_node(&self, node: NodeId, bundles: &mut HashMap<u64, Arc<Bundle>>) -> Result<Digest> {
        let first = node.index << node.level;
        // The open bundle is known to this one proof only.
        let bundle = match bundles.entry(first / WIDTH) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(space) => space.insert(self.bundle(first / WIDTH).await?),
        };
        let place = (first % WIDTH) >> node.level;
        bundle.hashes().node(node.level, place as u16).map_err(|_| missing(node))
    }

    /// The bundle of that number, hashed; from memory if it is closed and was read before.
    async fn bundle(&self, number: u64) -> Result<Arc<Bundle>> {
        if let Some(known) = self.known().bundle(number) {
            return Ok(known);
        }
        let text = "select first, count, leaves from entry where first >= $1 and first < $2 order by first";
        let sql = Sql::new("read a bundle", text).bind(number * WIDTH).bind((number + 1) * WIDTH);
        let bundle = Arc::new(Bundle::new(number, self.db().all::<BundleRow>(sql).await?)?);
        self.known().keep_bundle(&bundle);
        Ok(bundle)
    }
}

/// A row of the table `node`.
pub(crate) type NodeRow = (i64, i64, Vec<u8>);

/// The statement that finds stored nodes; none when none is asked for.
pub(crate) fn find_nodes<'n>(nodes: impl Iterator<Item = &'n NodeId>) -> Option<Sql> {
    let mut names = nodes.map(|node| [Arg::from(u32::from(node.level)), Arg::from(node.index)]).peekable();
    names.peek()?;
    let text = "select level, number, hash from node where (level, number) in (values ";
    Some(Sql::new("read nodes of the tree", text).rows(names, false).text(")"))
}

/// A node of a row; none when its hash is not one.
pub(crate) fn read_node((level, number, hash): NodeRow) -> Option<(NodeId, Digest)> {
    Some((NodeId::new(u8::try_from(level).ok()?, number as u64), Digest(hash.try_into().ok()?)))
}

fn missing(node: NodeId) -> StoreError {
    StoreError::damaged(format!("node {} of height {}", node.index, node.level), "it is missing")
}
