//! The log as plain files in the C2SP layout: `checkpoint`, `tile/<L>/<N>[.p/<W>]`, `tile/entries/<N>[.p/<W>]`, and
//! `keys` beside them. Every hash is computed again from the leaves; a root that was not signed is not written.

use std::path::{Path, PathBuf};

use akashi_journal::Digest;
use akashi_journal::merkle::{Frontier, leaf_hash};
use akashi_journal::tile::{HashTile, TileId, TileKind, encode_bundle};

use super::bundle::WIDTH;
use crate::error::{Result, StoreError};
use crate::store::Store;

/// Bundles read at once.
const PACKET: u64 = 16;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Entries.
    pub size: u64,
    /// Root of the tree.
    pub root: Digest,
    /// Tiles and bundles.
    pub files: u64,
}

impl Store {
    /// Writes the log of the newest checkpoint below `folder`; none while there is no checkpoint. `tell` hears
    /// how many entries are done, of how many.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when entries are missing or their tree is not the signed one; then there is no
    /// `checkpoint` in the folder.
    pub async fn export_tiles(&self, folder: &Path, mut tell: impl FnMut(u64, u64)) -> Result<Option<Exported>> {
        let Some(newest) = self.latest_checkpoint().await? else { return Ok(None) };
        let mut tiles = Tiles::new(newest.size);
        let mut files = 0;
        let mut at = 0;
        while at < newest.size {
            let end = newest.size.min(at + PACKET * WIDTH);
            let leaves = self.entries(at, end).await?;
            if leaves.len() as u64 != end - at {
                return Err(StoreError::damaged(format!("entry {}", at + leaves.len() as u64), "it is missing"));
            }
            let written = tiles.take(at, &leaves)?;
            files += written.len() as u64;
            write_all(folder, written).await?;
            at = end;
            tell(at, newest.size);
        }
        let rest = tiles.finish()?;
        files += rest.len() as u64;
        write_all(folder, rest).await?;
        let root = tiles.edge.root();
        if root != newest.root {
            return Err(StoreError::damaged(format!("checkpoint {}", newest.size), "the entries have another root"));
        }
        let last = vec![
            ("keys".to_owned(), self.key_ring().await?.to_string().into_bytes()),
            ("checkpoint".to_owned(), newest.note.into_bytes()),
        ];
        write_all(folder, last).await?;
        Ok(Some(Exported { size: newest.size, root, files }))
    }
}

/// A path and its content.
type File = (String, Vec<u8>);

/// Cuts leaves into bundles and their hashes into tiles, level by level.
struct Tiles {
    size: u64,
    edge: Frontier,
    /// Hashes of the open tile of each level, and its number.
    open: Vec<(u64, Vec<Digest>)>,
}

impl Tiles {
    fn new(size: u64) -> Tiles {
        Tiles { size, edge: Frontier::new(), open: Vec::new() }
    }

    /// Takes the leaves from `first` on, a multiple of the bundle; gives what is complete.
    fn take(&mut self, first: u64, leaves: &[Vec<u8>]) -> Result<Vec<File>> {
        let mut files = Vec::new();
        for (number, bundle) in (first / WIDTH..).zip(leaves.chunks(WIDTH as usize)) {
            let bytes =
                encode_bundle(bundle).map_err(|e| StoreError::damaged(format!("entry {}", number * WIDTH), e))?;
            files.push((self.path(TileKind::Entries, number)?, bytes));
            for leaf in bundle {
                let hash = leaf_hash(leaf);
                self.edge.append(hash);
                self.push(0, hash, &mut files)?;
            }
        }
        Ok(files)
    }

    fn push(&mut self, level: u8, hash: Digest, files: &mut Vec<File>) -> Result<()> {
        if self.open.len() <= usize::from(level) {
            self.open.push((0, Vec::new()));
        }
        let (number, hashes) = &mut self.open[usize::from(level)];
        hashes.push(hash);
        if hashes.len() as u64 == WIDTH {
            let (done, hashes) = (*number, std::mem::take(hashes));
            *number += 1;
            let tile = HashTile::new(hashes).map_err(|e| StoreError::damaged("a tile", e))?;
            files.push((self.path(TileKind::Hashes(level), done)?, tile.to_bytes()));
            let above = tile.node(8, 0).map_err(|e| StoreError::damaged("a tile", e))?;
            self.push(level + 1, above, files)?;
        }
        Ok(())
    }

    /// The tiles at the right edge, which are not full.
    fn finish(&mut self) -> Result<Vec<File>> {
        let mut files = Vec::new();
        for (level, (number, hashes)) in (0_u8..).zip(std::mem::take(&mut self.open)) {
            if let Ok(tile) = HashTile::new(hashes) {
                files.push((self.path(TileKind::Hashes(level), number)?, tile.to_bytes()));
            }
        }
        Ok(files)
    }

    fn path(&self, kind: TileKind, number: u64) -> Result<String> {
        let id = TileId::at_size(kind, number, self.size);
        id.map(|id| id.to_string())
            .ok_or_else(|| StoreError::damaged(format!("tile {number}"), "the tree has no such tile"))
    }
}

async fn write_all(folder: &Path, files: Vec<File>) -> Result<()> {
    let folder = folder.to_owned();
    let write = move || files.into_iter().try_for_each(|(name, bytes)| write_one(&folder.join(name), &bytes));
    tokio::task::spawn_blocking(write).await.map_err(|e| StoreError::Interrupted { what: e.to_string() })?
}

fn write_one(path: &PathBuf, bytes: &[u8]) -> Result<()> {
    let parent = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(StoreError::io("make the folder", parent))?;
    std::fs::write(path, bytes).map_err(StoreError::io("write", path))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use akashi_journal::merkle::{HashReader, ProofPlan};
    use akashi_journal::tile::{TileHashes, TileSource, bundles_between, hash_tiles_between};

    use super::*;

    struct InMemory(BTreeMap<String, Vec<u8>>);

    impl TileSource for InMemory {
        type Error = String;

        fn tile(&self, id: &TileId) -> std::result::Result<Vec<u8>, String> {
            self.0.get(&id.to_string()).cloned().ok_or_else(|| format!("no {id}"))
        }
    }

    /// Sizes around the borders of tiles and levels.
    #[test]
    fn the_layout_is_that_of_the_standard() {
        for size in [1, 255, 256, 257, 600, 65_536, 70_000] {
            let mut tiles = Tiles::new(size);
            let mut files = BTreeMap::new();
            let leaves: Vec<_> = (0..size).map(|n| n.to_string().into_bytes()).collect();
            for (ix, packet) in leaves.chunks(4096).enumerate() {
                files.extend(tiles.take(ix as u64 * 4096, packet).unwrap());
            }
            files.extend(tiles.finish().unwrap());
            let named = hash_tiles_between(0, size).chain(bundles_between(0, size)).map(|id| id.to_string());
            assert!(files.keys().cloned().eq(named.collect::<std::collections::BTreeSet<_>>()), "{size}");
            let tree = TileHashes { source: InMemory(files), size };
            let nodes = ProofPlan::root(size).unwrap();
            assert_eq!(nodes.run(&tree).unwrap(), [tiles.edge.root()]);
            assert!(tree.read_hashes(&[]).unwrap().is_empty());
        }
    }
}
