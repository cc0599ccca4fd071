//! A chain of pieces in a depot. A chain is a folder; a piece is three objects in it: the encrypted data, a manifest that
//! says what they hold, and the SHA-256 of both as `sha256sum -c` reads them. The keys lie outside of all chains.
//!
//! ```text
//! keys.age                                     the newest keys, for every chain; never locked
//! akashi-20261122T010000Z/0000.data.age        a whole backup
//! akashi-20261122T010000Z/0000.manifest.json
//! akashi-20261122T010000Z/0000.sha256
//! akashi-20261122T010000Z/0001.data.age        what came after it
//! …
//! ```
//! The manifest is canonical JSON and the same for the same data; it names the manifest before it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use akashi_journal::{Digest, canon};
use akashi_store::{Link, Saved};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::depot::{Depot, DepotError};

/// The keys of all chains.
pub const KEYS: &str = "keys.age";
/// Begins the name of a chain.
pub(super) const PREFIX: &str = "akashi-";
/// Form of the manifest.
const FORM: u32 = 2;
/// Longest manifest that is read.
const LONGEST: u64 = 64 << 20;

/// What a piece holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The newest checkpoint in it, as a signed note.
    pub checkpoint: Option<String>,
    /// The data before encryption.
    pub data: Plain,
    /// Versions and entries there are with it.
    pub entries: u64,
    pub epoch: u32,
    /// Names of the files whose bytes are in it.
    pub files: Vec<String>,
    pub origin: String,
    pub piece: u32,
    /// SHA-256 of the manifest before it, hexadecimal.
    pub previous: Option<String>,
    /// Rows of each table.
    pub rows: BTreeMap<String, u64>,
    /// The newest step of the schema.
    pub schema: i64,
    /// How far the tree reaches.
    pub size: u64,
    /// Form of this file.
    pub v: u32,
}

/// Size and digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plain {
    pub bytes: u64,
    /// Hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// Says what was saved.
    pub(super) fn new(saved: &Saved, link: &Link, log: (&str, u32), data: Plain) -> Manifest {
        Manifest {
            checkpoint: saved.checkpoint.as_ref().map(|c| c.note.clone()),
            data,
            entries: saved.entries,
            epoch: log.1,
            files: saved.files.clone(),
            origin: log.0.to_owned(),
            piece: link.piece,
            previous: link.previous.map(|d| d.to_hex()),
            rows: saved.rows.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(),
            schema: saved.schema,
            size: saved.size,
            v: FORM,
        }
    }

    /// The canonical bytes.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let value = serde_json::to_value(self).expect("a manifest is plain JSON");
        canon::to_vec(&value).expect("its numbers are small")
    }
}

/// A piece as its manifest says it.
#[derive(Clone, Debug)]
pub struct Piece {
    pub manifest: Manifest,
    /// SHA-256 of the manifest's bytes.
    pub digest: Digest,
    /// SHA-256 of the encrypted data, hexadecimal.
    pub(super) sealed: String,
    /// Bytes of the encrypted data.
    pub sealed_bytes: u64,
}

/// A chain, its pieces checked against each other; their data are not read yet.
#[derive(Clone, Debug)]
pub struct Chain {
    pub name: String,
    pub pieces: Vec<Piece>,
}

/// Something wrong with a chain, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{object}: {what}")]
pub struct Damage {
    /// The object.
    pub object: String,
    pub what: String,
}

impl Chain {
    /// The newest entry it reaches.
    pub fn entries(&self) -> u64 {
        self.pieces.last().map_or(0, |piece| piece.manifest.entries)
    }

    /// The link that the next piece has.
    pub(super) fn next(&self) -> Link {
        Link { piece: self.pieces.len() as u32, previous: self.pieces.last().map(|piece| piece.digest) }
    }

    /// Names of all files in it.
    pub(super) fn files(&self) -> BTreeSet<String> {
        self.pieces.iter().flat_map(|piece| piece.manifest.files.iter().cloned()).collect()
    }

    /// Reads manifests and sums of a chain.
    ///
    /// # Errors
    /// The first object that is damaged, missing or belongs elsewhere.
    pub fn read(depot: &dyn Depot, name: &str) -> Result<Chain, Damage> {
        let listed = depot.list().map_err(|e| damage(name, e))?;
        Chain::read_listed(depot, name, &listed)
    }

    pub(super) fn read_listed(depot: &dyn Depot, name: &str, listed: &[(String, u64)]) -> Result<Chain, Damage> {
        let inside = |object: &str| object.strip_prefix(name).and_then(|rest| rest.strip_prefix('/')).is_some();
        let count = listed.iter().filter(|(object, _)| inside(object) && object.ends_with(MANIFEST)).count();
        // What was being written when a run was interrupted has no manifest yet.
        let mut chain = Chain { name: name.to_owned(), pieces: Vec::with_capacity(count) };
        for number in 0..count as u32 {
            let piece = chain.piece(depot, number, listed)?;
            chain.pieces.push(piece);
        }
        if chain.pieces.is_empty() {
            return Err(Damage { object: name.to_owned(), what: "no piece is there".into() });
        }
        Ok(chain)
    }

    fn piece(&self, depot: &dyn Depot, number: u32, listed: &[(String, u64)]) -> Result<Piece, Damage> {
        let [data, manifest, sums] = objects(&self.name, number);
        let bytes = read_small(depot, &manifest)?;
        let sealed = read_sums(&read_small(depot, &sums)?, number);
        let (sealed, stated) = sealed.ok_or_else(|| damage(&sums, "it does not have its form"))?;
        let digest = Digest::of(&bytes);
        if digest.to_hex() != stated {
            return Err(damage(&manifest, format!("its SHA-256 is not the one in {sums}")));
        }
        let read: Manifest = serde_json::from_slice(&bytes).map_err(|e| damage(&manifest, e))?;
        if read.v != FORM {
            return Err(damage(&manifest, "it has another form; use a newer Akashi"));
        }
        let before = self.pieces.last();
        let link = before.map(|piece| piece.digest.to_hex());
        let same_log = before.is_none_or(|b| b.manifest.origin == read.origin && b.manifest.entries <= read.entries);
        if read.piece != number || read.previous != link || !same_log {
            return Err(damage(&manifest, "it belongs to another chain or to another place in it"));
        }
        let size = listed.iter().find(|(object, _)| *object == data).map(|(_, size)| *size);
        let sealed_bytes = size.ok_or_else(|| damage(&data, "it is not there"))?;
        Ok(Piece { manifest: read, digest, sealed, sealed_bytes })
    }

    /// Reads the encrypted data of every piece against the sums, without the passphrase. `tell` hears how many bytes are
    /// done.
    pub fn check(&self, depot: &dyn Depot, mut tell: impl FnMut(u64)) -> Vec<Damage> {
        let mut found = Vec::new();
        let mut done = 0;
        for (number, piece) in (0..).zip(&self.pieces) {
            let [data, ..] = objects(&self.name, number);
            let read = depot.open(&data).map_err(|e| damage(&data, e)).and_then(|from| {
                let mut from = Checked::new(from, &piece.sealed);
                let mut buffer = vec![0; 1 << 17];
                loop {
                    match from.read(&mut buffer) {
                        Ok(0) => return Ok(()),
                        Ok(count) => done += count as u64,
                        Err(e) => return Err(damage(&data, e)),
                    }
                    tell(done);
                }
            });
            found.extend(read.err());
        }
        found
    }
}

/// The names of all chains, the oldest first.
pub(super) fn names(listed: &[(String, u64)]) -> Vec<String> {
    let chain = |object: &String| object.split_once('/').map(|(chain, _)| chain.to_owned());
    let names: BTreeSet<String> = listed.iter().filter_map(|(object, _)| chain(object)).collect();
    names.into_iter().filter(|name| name.starts_with(PREFIX)).collect()
}

const MANIFEST: &str = ".manifest.json";

/// Data, manifest and sums of a piece.
pub(super) fn objects(chain: &str, number: u32) -> [String; 3] {
    [".data.age", MANIFEST, ".sha256"].map(|end| format!("{chain}/{number:04}{end}"))
}

/// The sums of a piece, as `sha256sum` writes them.
pub(super) fn write_sums(number: u32, data: &str, manifest: &str) -> String {
    format!("{data}  {number:04}.data.age\n{manifest}  {number:04}{MANIFEST}\n")
}

fn read_sums(bytes: &[u8], number: u32) -> Option<(String, String)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.lines().map(|line| line.split_once("  ").unwrap_or_default());
    let ((data, _), (manifest, _)) = (lines.next()?, lines.next()?);
    let hex = |digest: &str| Digest::from_hex(digest).is_ok();
    // Exactly what would be written: nothing else can hide in it.
    let same = hex(data) && hex(manifest) && write_sums(number, data, manifest) == text;
    same.then(|| (data.to_owned(), manifest.to_owned()))
}

fn read_small(depot: &dyn Depot, name: &str) -> Result<Vec<u8>, Damage> {
    let mut bytes = Vec::new();
    let from = depot.open(name).map_err(|e| damage(name, e))?;
    from.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|e| damage(name, e))?;
    if bytes.len() as u64 > LONGEST {
        return Err(damage(name, "it is too long"));
    }
    Ok(bytes)
}

pub(super) fn damage(object: &str, what: impl ToString) -> Damage {
    Damage { object: object.to_owned(), what: what.to_string() }
}

impl From<DepotError> for Damage {
    fn from(e: DepotError) -> Damage {
        match e {
            DepotError::Missing { name } => damage(&name, "it is not there"),
            DepotError::Failed { name, what } => damage(&name, what),
        }
    }
}

/// Reads through, and at the end refuses what does not have the digest it should have.
pub(super) struct Checked<R> {
    from: R,
    hasher: Sha256,
    expected: String,
}

impl<R: Read> Checked<R> {
    pub(super) fn new(from: R, expected: &str) -> Checked<R> {
        Checked { from, hasher: Sha256::new(), expected: expected.to_owned() }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.from.read(into)?;
        self.hasher.update(&into[..count]);
        if count == 0 && !into.is_empty() && hex::encode(self.hasher.clone().finalize()) != self.expected {
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "its bytes have another SHA-256"));
        }
        Ok(count)
    }
}
