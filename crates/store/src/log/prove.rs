//! Proofs out of the stored tree: nodes of height 8 and more are read, lower ones hashed from the leaves.

use std::collections::HashMap;
use std::sync::Arc;

use akashi_journal::Digest;
use akashi_journal::merkle::{NodeId, ProofPlan};

use super::bundle::{BundleRow, WIDTH};
use super::checkpoint::{self, SignedCheckpoint};
use super::known::Bundle;
use super::sequence::STORED;
use crate::db::Pooled;
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
        let mut reading = Reading::begin(self).await?;
        let Some(newest) = reading.ends(index, size).await?.filter(|c| index < c.size) else { return Ok(None) };
        let plan = ProofPlan::inclusion(index, newest.size).map_err(|source| StoreError::Proof { source })?;
        let path = reading.assemble(&plan).await?;
        let leaf = reading.bundle(index / WIDTH).await?.leaf(index)?;
        let leaf = leaf.ok_or_else(|| StoreError::damaged(format!("entry {index}"), "it is missing"))?;
        Ok(Some(InclusionProof { index, size: newest.size, leaf, path, checkpoint: newest.note }))
    }

    /// Proves that the log of `old` entries is the beginning of the log of `new` entries.
    pub async fn prove_consistency(&self, old: u64, new: u64) -> Result<Vec<Digest>> {
        let plan = ProofPlan::consistency(old, new).map_err(|source| StoreError::Proof { source })?;
        Reading::begin(self).await?.assemble(&plan).await
    }
}

/// What one proof reads, on one connection: each statement is a way to the database's thread and back.
struct Reading<'s> {
    store: &'s Store,
    connection: Pooled,
    /// Bundles this proof read; the open one is known to it alone.
    bundles: HashMap<u64, Arc<Bundle>>,
}

impl Reading<'_> {
    async fn begin(store: &Store) -> Result<Reading<'_>> {
        Ok(Reading { store, connection: store.db().reader().await?, bundles: HashMap::new() })
    }

    /// The checkpoint of `size` entries, or the newest; the bundle of the entry comes along unless it is known.
    async fn ends(&mut self, index: u64, size: Option<u64>) -> Result<Option<SignedCheckpoint>> {
        let number = index / WIDTH;
        if let Some(known) = self.store.known().bundle(number) {
            self.bundles.insert(number, known);
            return checkpoint::read_one(self.connection.on().one(checkpoint::find(size)).await?);
        }
        let (mut found, mut bundle) = (None, Vec::new());
        let rows = self.connection.on().all::<CheckpointAndBundle>(with_bundle(number, size)).await?;
        for (size, root, note, at, first, count, leaves) in rows {
            found = Some((size, root, note, at));
            bundle.extend(first.zip(count).zip(leaves).map(|((first, count), leaves)| (first, count, leaves)));
        }
        bundle.sort_unstable_by_key(|row: &BundleRow| row.0);
        let found = checkpoint::read_one(found)?;
        if found.as_ref().is_some_and(|found| index < found.size) {
            self.keep(number, bundle)?;
        }
        Ok(found)
    }

    async fn assemble(&mut self, plan: &ProofPlan) -> Result<Vec<Digest>> {
        let nodes = plan.nodes();
        let stored = self.stored_nodes(nodes.iter().filter(|node| node.level >= STORED)).await?;
        let mut hashes = Vec::with_capacity(nodes.len());
        for node in nodes {
            hashes.push(match node.level {
                STORED.. => *stored.get(&node).ok_or_else(|| missing(node))?,
                _ => self.leaf_node(node).await?,
            });
        }
        plan.assemble(&hashes).map_err(|source| StoreError::Proof { source })
    }

    async fn stored_nodes(&mut self, nodes: impl Iterator<Item = &NodeId>) -> Result<HashMap<NodeId, Digest>> {
        let (mut found, unknown) = self.store.known().nodes(nodes);
        if let Some(sql) = find_nodes(unknown.into_iter()) {
            let read = self.connection.on().all::<NodeRow>(sql).await?;
            let read: Vec<_> = read.into_iter().filter_map(read_node).collect();
            self.store.known().keep_nodes(read.iter().copied());
            found.extend(read);
        }
        Ok(found)
    }

    async fn leaf_node(&mut self, node: NodeId) -> Result<Digest> {
        let first = node.index << node.level;
        let place = (first % WIDTH) >> node.level;
        let bundle = self.bundle(first / WIDTH).await?;
        bundle.hashes().node(node.level, place as u16).map_err(|_| missing(node))
    }

    /// The bundle of that number, hashed; from memory if it is closed and was read before.
    async fn bundle(&mut self, number: u64) -> Result<Arc<Bundle>> {
        if let Some(known) = self.bundles.get(&number) {
            return Ok(known.clone());
        }
        if let Some(known) = self.store.known().bundle(number) {
            self.bundles.insert(number, known.clone());
            return Ok(known);
        }
        let text = "select first, count, leaves from entry where first >= $1 and first < $2 order by first";
        let sql = Sql::new("read a bundle", text).bind(number * WIDTH).bind((number + 1) * WIDTH);
        let rows = self.connection.on().all::<BundleRow>(sql).await?;
        self.keep(number, rows)
    }

    fn keep(&mut self, number: u64, rows: Vec<BundleRow>) -> Result<Arc<Bundle>> {
        let bundle = Arc::new(Bundle::new(number, rows)?);
        self.store.known().keep_bundle(&bundle);
        self.bundles.insert(number, bundle.clone());
        Ok(bundle)
    }
}

/// A checkpoint beside each row of a bundle.
type CheckpointAndBundle = (i64, Vec<u8>, String, i64, Option<i64>, Option<i64>, Option<Vec<u8>>);

/// The statement that reads a bundle together with the checkpoint of `size` entries, or the newest; in no order, which
/// would have SQLite copy the leaves into a sorter.
fn with_bundle(number: u64, size: Option<u64>) -> Sql {
    let newest = "select c.size, c.root, c.note, c.at, e.first, e.count, e.leaves
                  from (select size, root, note, at from checkpoint order by size desc limit 1) c
                  left join entry e on e.first >= $1 and e.first < $2";
    let given = "select c.size, c.root, c.note, c.at, e.first, e.count, e.leaves from checkpoint c
                 left join entry e on e.first >= $1 and e.first < $2 where c.size = $3";
    let sql = Sql::new("read a checkpoint and a bundle", if size.is_some() { given } else { newest });
    let sql = sql.bind(number * WIDTH).bind((number + 1) * WIDTH);
    match size {
        Some(size) => sql.bind(size),
        None => sql,
    }
}

/// A row of the table `node`.
pub(crate) type NodeRow = (i64, i64, Vec<u8>);

/// The statement that finds stored nodes; none when none is asked for.
pub(crate) fn find_nodes<'n>(nodes: impl Iterator<Item = &'n NodeId>) -> Option<Sql> {
    let nodes: Vec<&NodeId> = nodes.collect();
    let last = *nodes.last()?;
    // Texts of few lengths stay prepared; who is asked for twice is found once.
    let asked = nodes.len().next_multiple_of(8);
    let asked = nodes.into_iter().chain(std::iter::repeat(last)).take(asked);
    let names = asked.map(|node| [Arg::from(u32::from(node.level)), Arg::from(node.index)]);
    let text = "select level, number, hash from node where (level, number) in (values ";
    Some(Sql::new("read nodes of the tree", text).rows(names, true).text(")"))
}

/// A node of a row; none when its hash is not one.
pub(crate) fn read_node((level, number, hash): NodeRow) -> Option<(NodeId, Digest)> {
    Some((NodeId::new(u8::try_from(level).ok()?, number as u64), Digest(hash.try_into().ok()?)))
}

fn missing(node: NodeId) -> StoreError {
    StoreError::damaged(format!("node {} of height {}", node.index, node.level), "it is missing")
}
