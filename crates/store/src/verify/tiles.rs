//! An exported log (C2SP tlog-tiles in a folder) against itself: every tile is built again from the entries, the root
//! must be the signed one. Needs no database.

use std::path::Path;

use akashi_journal::Digest;
use akashi_journal::checkpoint::KeyRing;
use akashi_journal::merkle::{Frontier, leaf_hash};
use akashi_journal::tile::{TileId, TileKind, parse_bundle};

use super::fault::{Fault, FaultKind, Place};
use crate::error::{Result, StoreError};

/// The outcome of checking an exported log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TilesReport {
    /// Entries the signed checkpoint covers.
    pub size: u64,
    /// The signed root; none when the checkpoint cannot be trusted.
    pub root: Option<Digest>,
    /// Tiles and bundles read.
    pub files: u64,
    pub faults: Vec<Fault>,
}

/// Checks the log in `folder`. Without `trusted` the file `keys` beside it is used, which shows damage only.
/// `tell` hears how many entries are done, of how many.
///
/// # Errors
/// When the folder cannot be read; what is wrong in it is in the report.
pub fn check_tiles(folder: &Path, trusted: Option<KeyRing>, mut tell: impl FnMut(u64, u64)) -> Result<TilesReport> {
    std::fs::read_dir(folder).map_err(StoreError::io("read the folder", folder))?;
    let mut run = Tiles { folder, levels: Vec::new(), faults: Vec::new(), files: 0, size: 0 };
    let Some(ring) = trusted.or_else(|| run.keys()) else { return Ok(run.report(None)) };
    let Some(note) = run.read("checkpoint")? else { return Ok(run.report(None)) };
    let signed = match ring.open(&note) {
        Ok(open) => open.checkpoint,
        Err(e) => {
            run.fault("checkpoint", FaultKind::Signature { what: e.to_string() });
            return Ok(run.report(None));
        }
    };
    run.size = signed.size;
    let root = run.entries(&mut tell)?;
    run.partial_tiles()?;
    if root.is_some_and(|root| root != signed.root) && run.faults.is_empty() {
        run.fault("checkpoint", FaultKind::Root);
    }
    Ok(run.report(Some(signed.root)))
}

struct Tiles<'f> {
    folder: &'f Path,
    /// Number and hashes of the open tile of each level.
    levels: Vec<(u64, Vec<Digest>)>,
    faults: Vec<Fault>,
    files: u64,
    size: u64,
}

impl Tiles<'_> {
    fn report(self, root: Option<Digest>) -> TilesReport {
        TilesReport { size: self.size, root, files: self.files, faults: self.faults }
    }

    fn fault(&mut self, name: &str, kind: FaultKind) {
        self.faults.push(Fault { place: Place::File(name.to_owned()), kind });
    }

    fn keys(&mut self) -> Option<KeyRing> {
        let bytes = self.read("keys").ok()??;
        match std::str::from_utf8(&bytes).map_err(|e| e.to_string()).map(|text| text.parse::<KeyRing>()) {
            Ok(Ok(ring)) => Some(ring),
            Ok(Err(e)) => {
                self.fault("keys", FaultKind::Unreadable { what: e.to_string() });
                None
            }
            Err(what) => {
                self.fault("keys", FaultKind::Unreadable { what });
                None
            }
        }
    }

    /// A file of the folder; one that is missing is a fault.
    fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>> {
        let path = self.folder.join(name);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                self.fault(name, FaultKind::Missing);
                Ok(None)
            }
            Err(e) => Err(StoreError::io("read", &path)(e)),
        }
    }

    /// Reads every bundle; gives the root, if all could be read.
    fn entries(&mut self, tell: &mut impl FnMut(u64, u64)) -> Result<Option<Digest>> {
        let mut tree = Frontier::new();
        let mut whole = true;
        let mut number = 0;
        while let Some(id) = TileId::at_size(TileKind::Entries, number, self.size) {
            let name = id.to_string();
            let hashes = match self.read(&name)? {
                None => None,
                Some(bytes) => match parse_bundle(&bytes, id.width()) {
                    Ok(leaves) => Some(leaves.into_iter().map(leaf_hash).collect::<Vec<_>>()),
                    Err(e) => {
                        self.fault(&name, FaultKind::Unreadable { what: e.to_string() });
                        None
                    }
                },
            };
            self.files += 1;
            whole &= hashes.is_some();
            let hashes = hashes.unwrap_or_else(|| vec![Digest([0; 32]); usize::from(id.width())]);
            for hash in hashes {
                tree.append(hash);
                self.push(0, hash, whole)?;
            }
            number += 1;
            tell(tree.size(), self.size);
        }
        Ok(whole.then(|| tree.root()))
    }

    /// Adds a hash to the tile of its level; a full one is compared.
    fn push(&mut self, level: u8, hash: Digest, whole: bool) -> Result<()> {
        let at = usize::from(level);
        if self.levels.len() <= at {
            self.levels.push((0, Vec::new()));
        }
        self.levels[at].1.push(hash);
        if self.levels[at].1.len() < usize::from(akashi_journal::tile::FULL) {
            return Ok(());
        }
        let number = self.levels[at].0;
        let hashes = std::mem::take(&mut self.levels[at].1);
        self.levels[at].0 += 1;
        self.compare(TileKind::Hashes(level), number, &hashes, whole)?;
        let mut above = Frontier::new();
        hashes.into_iter().for_each(|hash| above.append(hash));
        self.push(level + 1, above.root(), whole)
    }

    fn partial_tiles(&mut self) -> Result<()> {
        let whole = self.faults.is_empty();
        for (level, (number, hashes)) in (0_u8..).zip(std::mem::take(&mut self.levels)) {
            if !hashes.is_empty() {
                self.compare(TileKind::Hashes(level), number, &hashes, whole)?;
            }
        }
        Ok(())
    }

    /// Compares a tile file with what the entries give; the fault names the bundle's bytes or the tile's.
    fn compare(&mut self, kind: TileKind, number: u64, hashes: &[Digest], whole: bool) -> Result<()> {
        let Some(id) = TileId::at_size(kind, number, self.size) else { return Ok(()) };
        let name = id.to_string();
        self.files += 1;
        let Some(bytes) = self.read(&name)? else { return Ok(()) };
        let expected: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
        if bytes == expected || !whole {
            return Ok(());
        }
        let at = bytes.iter().zip(&expected).take_while(|(a, b)| a == b).count() as u64;
        let from = at - at % Digest::LEN as u64;
        // Which of the two was changed, entry or tile, the tiles above and the signed root tell; both are named.
        if kind == TileKind::Hashes(0)
            && let Some(bundle) = TileId::at_size(TileKind::Entries, number, self.size)
        {
            let what = format!("entry {} does not have the hash in {name}", number * 256 + from / 32);
            self.fault(&bundle.to_string(), FaultKind::Unreadable { what });
        }
        self.fault(&name, FaultKind::Bytes { from, until: from + Digest::LEN as u64 });
        Ok(())
    }
}
