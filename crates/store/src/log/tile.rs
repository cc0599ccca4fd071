//! One tile or bundle in the C2SP form, put together from the packed storage: level-0 hashes are computed from the
//! leaves, higher ones read from the stored nodes. Nothing is kept as a file per tile.

use std::collections::HashMap;

use akashi_journal::Digest;
use akashi_journal::merkle::NodeId;
use akashi_journal::tile::{HashTile, TileId, TileKind, encode_bundle};

use super::bundle::WIDTH;
use super::prove::{NodeRow, find_nodes, read_node};
use crate::error::{Result, StoreError};
use crate::store::Store;

/// Levels of the tree that a level of tiles covers.
const HEIGHT: u8 = 8;

impl Store {
    /// Returns the bytes of a tile or bundle of the log of the newest checkpoint, full or any partial width of it;
    /// none when that log does not reach so far.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when entries or nodes are missing.
    pub async fn tile(&self, id: &TileId) -> Result<Option<Vec<u8>>> {
        let size = self.latest_checkpoint().await?.map_or(0, |newest| newest.size);
        let there = TileId::at_size(id.kind(), id.index(), size).map_or(0, |whole| whole.width());
        if id.width() > there {
            return Ok(None);
        }
        match id.kind() {
            TileKind::Entries => {
                let leaves = self.leaves_of(id).await?;
                Ok(Some(encode_bundle(&leaves).map_err(|e| StoreError::damaged(id.to_string(), e))?))
            }
            TileKind::Hashes(0) => {
                let leaves = self.leaves_of(id).await?;
                let tile = HashTile::of_entries(leaves.iter().map(Vec::as_slice));
                Ok(Some(tile.map_err(|e| StoreError::damaged(id.to_string(), e))?.to_bytes()))
            }
            TileKind::Hashes(level) => self.stored_tile(id, level).await.map(Some),
        }
    }

    async fn leaves_of(&self, id: &TileId) -> Result<Vec<Vec<u8>>> {
        let first = id.index() * WIDTH;
        let leaves = self.entries(first, first + u64::from(id.width())).await?;
        if leaves.len() == usize::from(id.width()) {
            return Ok(leaves);
        }
        Err(StoreError::damaged(format!("entry {}", first + leaves.len() as u64), "it is missing"))
    }

    async fn stored_tile(&self, id: &TileId, level: u8) -> Result<Vec<u8>> {
        let first = id.index() * WIDTH;
        let nodes: Vec<NodeId> =
            (first..first + u64::from(id.width())).map(|number| NodeId::new(level * HEIGHT, number)).collect();
        let rows = match find_nodes(nodes.iter()) {
            Some(sql) => self.db().all::<NodeRow>(sql).await?,
            None => Vec::new(),
        };
        let known: HashMap<NodeId, Digest> = rows.into_iter().filter_map(read_node).collect();
        let hashes: Option<Vec<Digest>> = nodes.iter().map(|node| known.get(node).copied()).collect();
        let hashes = hashes.ok_or_else(|| StoreError::damaged(id.to_string(), "a node of it is missing"))?;
        Ok(HashTile::new(hashes).map_err(|e| StoreError::damaged(id.to_string(), e))?.to_bytes())
    }
}
