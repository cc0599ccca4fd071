//! C2SP tlog-tiles: names, hash tiles, entry bundles, and which of them a tree of some size has.
//! Bytes in, bytes out; how tiles are packed and served is `store`'s and `web`'s matter.

mod bundle;
mod hashes;
mod id;
mod reader;

pub use bundle::{BundleError, MAX_ENTRY, encode_bundle, parse_bundle};
pub use hashes::{HashTile, TileError};
pub use id::{TileId, TileIdError, TileKind, bundles_between, hash_tiles_between};
pub use reader::{ReadTileError, TileHashes, TilePlan, TileSource};

/// Hashes of a full tile, entries of a full bundle.
pub const FULL: u16 = 256;
/// Levels of the tree that one tile spans.
pub const HEIGHT: u8 = 8;
/// Highest tile level with a path.
pub const MAX_LEVEL: u8 = 63;
