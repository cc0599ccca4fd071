//! Proofs out of the stored tree: nodes of height 8 and more are read, lower ones hashed from the leaves.

use std::collections::HashMap;

use akashi_journal::Digest;
use akashi_journal::merkle::{NodeId, ProofPlan};
use akashi_journal::tile::HashTile;

use super::bundle::{self, BundleRow, WIDTH};
use super::sequence::STORED;
use crate::error::{Result, StoreError};
use crate::sql::Sql;
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
        let Some(newest) = self.latest_checkpoint().await?.filter(|c| index < c.size) else { return Ok(None) };
        let plan = ProofPlan::inclusion(index, newest.size).map_err(|source| StoreError::Proof { source })?;
        let path = self.assemble(&plan).await?;
        let leaf = self.entries(index, index + 1).await?.pop();
        let leaf = leaf.ok_or_else(|| StoreError::damaged(format!("entry {index}"), "it is missing"))?;
        Ok(Some(InclusionProof { index, size: newest.size, leaf, path, checkpoint: newest.note }))
    }

    /// Proves that the log of `old` entries is the beginning of the log of `new` entries.
    pub async fn prove_consistency(&self, old: u64, new: u64) -> Result<Vec<Digest>> {
        let plan = ProofPlan::consistency(old, new).map_err(|source| StoreError::Proof { source })?;
        self.assemble(&plan).await
    }

    async fn assemble(&self, plan: &ProofPlan) -> Result<Vec<Digest>> {
        let (mut hashes, mut tiles) = (Vec::new(), HashMap::new());
        for node in plan.nodes() {
            hashes.push(match node.level {
                STORED.. => self.stored_node(node).await?,
                _ => self.leaf_node(node, &mut tiles).await?,
            });
        }
        plan.assemble(&hashes).map_err(|source| StoreError::Proof { source })
    }

    async fn stored_node(&self, node: NodeId) -> Result<Digest> {
        let text = "select hash from node where level = $1 and number = $2";
        let sql = Sql::new("read a node of the tree", text).bind(u32::from(node.level)).bind(node.index);
        let hash = self.db().one::<(Vec<u8>,)>(sql).await?.and_then(|row| row.0.try_into().ok());
        hash.map(Digest).ok_or_else(|| missing(node))
    }

    async fn leaf_node(&self, node: NodeId, tiles: &mut HashMap<u64, HashTile>) -> Result<Digest> {
        let first = node.index << node.level;
        let tile = first / WIDTH;
        if !tiles.contains_key(&tile) {
            tiles.insert(tile, self.level_zero(tile).await?);
        }
        let place = (first % WIDTH) >> node.level;
        tiles[&tile].node(node.level, place as u16).map_err(|_| missing(node))
    }

    async fn level_zero(&self, tile: u64) -> Result<HashTile> {
        let text = "select first, count, leaves from entry where first >= $1 and first < $2 order by first";
        let sql = Sql::new("read a bundle", text).bind(tile * WIDTH).bind((tile + 1) * WIDTH);
        let rows = self.db().all::<BundleRow>(sql).await?;
        let leaves: Vec<Vec<&[u8]>> = rows.iter().map(bundle::parse).collect::<Result<_>>()?;
        let tile_of = HashTile::of_entries(leaves.into_iter().flatten());
        tile_of.map_err(|e| StoreError::damaged(format!("entry {}", tile * WIDTH), e))
    }
}

fn missing(node: NodeId) -> StoreError {
    StoreError::damaged(format!("node {} of height {}", node.index, node.level), "it is missing")
}
