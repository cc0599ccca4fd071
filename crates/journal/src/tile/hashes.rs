//! Hash tiles: up to 256 hashes of one level, and the nodes above them that are not stored.

use super::FULL;
use crate::Digest;
use crate::merkle::{leaf_hash, node_hash};

/// A full or partial hash tile, 1 to 256 hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashTile(Vec<Digest>);

/// Bytes that are not the hash tile asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// Other than 1 to 256 hashes.
    #[error("a tile holds 1 to {FULL} hashes, not {found}")]
    Count { found: usize },
    /// Not 32 bytes per hash of the width in the path.
    #[error("tile of width {width} must have {expected} bytes, found {found}")]
    Length { width: u16, expected: usize, found: usize },
    /// A node that does not lie complete within the tile.
    #[error("node {place} of height {height} is not complete in a tile of width {width}")]
    NoSuchNode { height: u8, place: u16, width: u16 },
}

impl HashTile {
    /// A tile of these hashes.
    pub fn new(hashes: Vec<Digest>) -> Result<Self, TileError> {
        match hashes.len() {
            1..=256 => Ok(Self(hashes)),
            found => Err(TileError::Count { found }),
        }
    }

    /// The level-0 tile of a bundle: it need not be stored, 256 leaf hashes take about 0.1 ms.
    pub fn of_entries<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, TileError> {
        Self::new(entries.into_iter().map(leaf_hash).collect())
    }

    /// Reads the bytes of a tile whose path says `width`.
    pub fn parse(bytes: &[u8], width: u16) -> Result<Self, TileError> {
        if width == 0 || width > FULL {
            return Err(TileError::Count { found: usize::from(width) });
        }
        let expected = usize::from(width) * Digest::LEN;
        let (hashes, rest) = bytes.as_chunks::<{ Digest::LEN }>();
        if bytes.len() != expected || !rest.is_empty() {
            return Err(TileError::Length { width, expected, found: bytes.len() });
        }
        Ok(Self(hashes.iter().copied().map(Digest).collect()))
    }

    /// The bytes to serve.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|hash| hash.0).collect()
    }

    /// The hashes, from the left.
    #[must_use]
    pub fn hashes(&self) -> &[Digest] {
        &self.0
    }

    /// Number of hashes, 1 to 256.
    #[must_use]
    pub fn width(&self) -> u16 {
        self.0.len() as u16
    }

    /// The first `width` hashes, i.e. the tile as an earlier tree had it; none when there are fewer.
    #[must_use]
    pub fn truncated(&self, width: u16) -> Option<Self> {
        self.0.get(..usize::from(width)).filter(|hashes| !hashes.is_empty()).map(|hashes| Self(hashes.to_vec()))
    }

    /// The node `height` levels above the tile's hashes (0 to 8) at `place` from the left of the tile.
    pub fn node(&self, height: u8, place: u16) -> Result<Digest, TileError> {
        let fault = || TileError::NoSuchNode { height, place, width: self.width() };
        let span =
            1_usize.checked_shl(u32::from(height)).filter(|span| *span <= usize::from(FULL)).ok_or_else(fault)?;
        let start = usize::from(place) * span;
        let mut hashes = self.0.get(start..start + span).ok_or_else(fault)?.to_vec();
        while hashes.len() > 1 {
            hashes = hashes.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect();
        }
        Ok(hashes[0])
    }
}
