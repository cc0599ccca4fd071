//! Names of tiles and bundles and their URL paths, e.g. `tile/1/x001/067.p/17`, `tile/entries/000`.

use super::{FULL, HEIGHT, MAX_LEVEL};
use std::fmt;
use std::str::FromStr;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// Hashes of this level: each covers 256^level leaves.
    Hashes(u8),
    /// The entries themselves.
    Entries,
}

/// One tile or bundle. Always with a valid level and a width of 1 to 256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    kind: TileKind,
    index: u64,
    width: u16,
}

/// Not the name of a tile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TileIdError {
    /// Level above 63.
    #[error("tile level {level} does not exist, the highest is {MAX_LEVEL}")]
    Level { level: u8 },
    /// Width 0 or above 256.
    #[error("a tile holds 1 to {FULL} hashes or entries, not {width}")]
    Width { width: u16 },
    /// A text that no tile has as its path.
    #[error(
        "{path:?} is not a tile path; expected tile/<level>/<index>[.p/<width>] or tile/entries/<index>[.p/<width>]"
    )]
    Path { path: String },
}

impl TileId {
    /// Names a tile of `width` hashes or entries.
    pub fn new(kind: TileKind, index: u64, width: u16) -> Result<Self, TileIdError> {
        match kind {
            TileKind::Hashes(level) if level > MAX_LEVEL => Err(TileIdError::Level { level }),
            _ if width == 0 || width > FULL => Err(TileIdError::Width { width }),
            _ => Ok(Self { kind, index, width }),
        }
    }

    /// The tile at `index` as the tree of `size` leaves has it, full or partial; none when it is empty then.
    #[must_use]
    pub fn at_size(kind: TileKind, index: u64, size: u64) -> Option<Self> {
        let first = index.checked_mul(u64::from(FULL))?;
        let width = hashes_at(kind, size).checked_sub(first)?.min(u64::from(FULL));
        Self::new(kind, index, width as u16).ok()
    }

    /// Hashes or entries.
    #[must_use]
    pub const fn kind(&self) -> TileKind {
        self.kind
    }

    /// Place among the tiles of its kind, from the left.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// Number of hashes or entries, 1 to 256.
    #[must_use]
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// Whether this is a partial tile.
    #[must_use]
    pub const fn is_partial(&self) -> bool {
        self.width < FULL
    }

    /// The full tile at the same place.
    #[must_use]
    pub const fn full(self) -> Self {
        Self { width: FULL, ..self }
    }
}

impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes(level) => write!(f, "tile/{level}/")?,
            TileKind::Entries => f.write_str("tile/entries/")?,
        }
        let digits = self.index.to_string();
        let padded = format!("{digits:0>width$}", width = digits.len().div_ceil(3) * 3);
        let groups = padded.len() / 3;
        for group in 0..groups - 1 {
            write!(f, "x{}/", &padded[group * 3..group * 3 + 3])?;
        }
        f.write_str(&padded[(groups - 1) * 3..])?;
        if self.is_partial() { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

impl FromStr for TileId {
    type Err = TileIdError;

    /// Reads a path as written by `Display`, without a leading slash; any other spelling is refused.
    fn from_str(path: &str) -> Result<Self, TileIdError> {
        let id = read(path).filter(|id| id.to_string() == path);
        id.ok_or_else(|| TileIdError::Path { path: path.chars().take(80).collect() })
    }
}

/// Reads loosely; the caller compares with the one right spelling.
fn read(path: &str) -> Option<TileId> {
    let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let kind = if kind == "entries" { TileKind::Entries } else { TileKind::Hashes(kind.parse().ok()?) };
    let (index, width) = match rest.split_once(".p/") {
        Some((index, width)) => (index, width.parse().ok()?),
        None => (rest, FULL),
    };
    let index = index.split('/').map(|group| group.strip_prefix('x').unwrap_or(group)).try_fold(0_u64, append)?;
    TileId::new(kind, index, width).ok()
}

fn append(index: u64, group: &str) -> Option<u64> {
    let three_digits = group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit());
    let group: u64 = group.parse().ok().filter(|_| three_digits)?;
    index.checked_mul(1000)?.checked_add(group)
}

/// How many hashes of this kind a tree of `size` leaves has: only full tiles below count.
fn hashes_at(kind: TileKind, size: u64) -> u64 {
    match kind {
        TileKind::Entries => size,
        TileKind::Hashes(level) => size.checked_shr(u32::from(level) * u32::from(HEIGHT)).unwrap_or(0),
    }
}

/// The hash tiles to write when a tree grows from `old` to `new` leaves, level by level; from 0 all tiles of a tree.
pub fn hash_tiles_between(old: u64, new: u64) -> impl Iterator<Item = TileId> {
    (0..u64::BITS as u8 / HEIGHT).flat_map(move |level| grown(TileKind::Hashes(level), old, new))
}

/// The entry bundles to write when a log grows from `old` to `new` entries.
pub fn bundles_between(old: u64, new: u64) -> impl Iterator<Item = TileId> {
    grown(TileKind::Entries, old, new)
}

fn grown(kind: TileKind, old: u64, new: u64) -> impl Iterator<Item = TileId> {
    let (before, after) = (hashes_at(kind, old), hashes_at(kind, new));
    let first = before / u64::from(FULL);
    let end = if after > before { after.div_ceil(u64::from(FULL)) } else { first };
    (first..end).filter_map(move |index| TileId::at_size(kind, index, new))
}
