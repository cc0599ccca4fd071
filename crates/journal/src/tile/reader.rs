//! From tree nodes to tiles: which tiles hold the nodes of a proof, and the nodes out of the tiles.
//! Like proofs, first a plan, then the fetched tiles; [`TileHashes`] joins both for a blocking source.

use super::{FULL, HEIGHT, HashTile, TileError, TileId, TileKind};
use crate::Digest;
use crate::merkle::{HashReader, MerkleError, NodeId};

/// The tiles needed for some nodes of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TilePlan {
    tiles: Vec<TileId>,
    places: Vec<Place>,
}

/// Where a node is: in the tile at `tile` of the plan's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    tile: usize,
    height: u8,
    place: u16,
}

impl TilePlan {
    /// The tiles that the tree of `size` leaves has and that hold `nodes`; each is listed once.
    pub fn new(nodes: &[NodeId], size: u64) -> Result<Self, MerkleError> {
        let mut plan = Self { tiles: Vec::new(), places: Vec::with_capacity(nodes.len()) };
        for node in nodes {
            let (id, height, place) = locate(*node, size)?;
            let known = plan.tiles.iter().position(|tile| *tile == id);
            let tile = known.unwrap_or(plan.tiles.len());
            if known.is_none() {
                plan.tiles.push(id);
            }
            plan.places.push(Place { tile, height, place });
        }
        Ok(plan)
    }

    /// The tiles to fetch, in the order [`TilePlan::resolve`] takes them.
    #[must_use]
    pub fn tiles(&self) -> &[TileId] {
        &self.tiles
    }

    /// The hashes of the nodes, in the order they were asked for. A tile may be wider than asked.
    pub fn resolve(&self, tiles: &[HashTile]) -> Result<Vec<Digest>, TileError> {
        let none = |place: &Place| TileError::NoSuchNode { height: place.height, place: place.place, width: 0 };
        let read = |place: &Place| tiles.get(place.tile).ok_or_else(|| none(place))?.node(place.height, place.place);
        self.places.iter().map(read).collect()
    }
}

/// The tile of a node, and the node's height and place within it.
fn locate(node: NodeId, size: u64) -> Result<(TileId, u8, u16), MerkleError> {
    let outside = || MerkleError::NoSuchLeaf { index: node.index.saturating_mul(1 << node.level.min(62)), size };
    let (level, height) = (node.level / HEIGHT, node.level % HEIGHT);
    let first = node.index.checked_mul(1 << height).ok_or_else(outside)?;
    let (index, within) = (first / u64::from(FULL), (first % u64::from(FULL)) as u16);
    let tile = TileId::at_size(TileKind::Hashes(level), index, size).ok_or_else(outside)?;
    let place = within >> height;
    if (place + 1) << height > tile.width() { Err(outside()) } else { Ok((tile, height, place)) }
}

/// Something that serves hash tiles, e.g. a folder in the C2SP layout.
pub trait TileSource {
    /// What goes wrong when fetching.
    type Error;

    /// The bytes of a hash tile.
    fn tile(&self, id: &TileId) -> Result<Vec<u8>, Self::Error>;
}

/// The tree of `size` leaves as the tiles of `source` have it. The hashes are not trusted by this:
/// a proof made of them still has to be checked against a signed root.
#[derive(Debug, Clone)]
pub struct TileHashes<S> {
    /// Where tiles come from.
    pub source: S,
    /// Number of leaves.
    pub size: u64,
}

/// A tile could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadTileError<E> {
    /// The nodes are not in the tree.
    #[error(transparent)]
    Tree(#[from] MerkleError),
    /// The tile came, but not with the right bytes.
    #[error("{id}: {fault}")]
    Tile { id: TileId, fault: TileError },
    /// The tile did not come.
    #[error("{id} could not be read: {fault}")]
    Source { id: TileId, fault: E },
}

impl<S: TileSource> TileHashes<S> {
    fn fetch(&self, id: &TileId) -> Result<HashTile, ReadTileError<S::Error>> {
        let bytes = self.source.tile(id).map_err(|fault| ReadTileError::Source { id: *id, fault })?;
        HashTile::parse(&bytes, id.width()).map_err(|fault| ReadTileError::Tile { id: *id, fault })
    }
}

impl<S: TileSource> HashReader for TileHashes<S> {
    type Error = ReadTileError<S::Error>;

    fn read_hashes(&self, nodes: &[NodeId]) -> Result<Vec<Digest>, Self::Error> {
        let plan = TilePlan::new(nodes, self.size)?;
        let mut tiles = Vec::with_capacity(plan.tiles.len());
        for id in &plan.tiles {
            tiles.push(self.fetch(id)?);
        }
        // Widths were checked by `fetch`, so every place of the plan is there.
        let missing = |fault| ReadTileError::Tile { id: plan.tiles[0], fault };
        plan.resolve(&tiles).map_err(missing)
    }
}
