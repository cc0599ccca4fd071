//! C2SP tlog-proof files: leaf place, inclusion proof and cosigned checkpoint in one text that can be
//! checked without a network. The content that the leaf stands for travels beside it.

use crate::Digest;
use crate::checkpoint::{CheckpointError, KeyRing, OpenCheckpoint, decimal};
use crate::cosignature::{self, Cosignature, CosignatureError};
use crate::merkle::{MerkleError, verify_inclusion};
use crate::note::{Note, NoteError, VerifierKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// First line of every proof file.
pub const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// File name extension.
pub const EXTENSION: &str = "tlog-proof";
/// Longest file in bytes that is read.
pub const MAX_PROOF: usize = 2_000_000;
/// Most hashes of an inclusion proof: the height of the largest tree.
const MAX_HASHES: usize = 63;

/// A proof file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// Data for the application; nobody vouches for it.
    pub extra: Option<Vec<u8>>,
    /// Place of the leaf, from 0.
    pub index: u64,
    /// Inclusion proof, leaf's sibling first.
    pub hashes: Vec<Digest>,
    /// The checkpoint with its signatures, as the log published it.
    pub checkpoint: Note,
}

/// What a proof showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// Place of the leaf.
    pub index: u64,
    /// The checkpoint the leaf is under.
    pub checkpoint: OpenCheckpoint,
    /// The witnesses that signed it.
    pub cosignatures: Vec<Cosignature>,
}

/// A proof that cannot be read or does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// More than [`MAX_PROOF`] bytes.
    #[error("the proof has {bytes} bytes, at most {MAX_PROOF} are read")]
    TooLong { bytes: usize },
    /// Not UTF-8.
    #[error("the proof holds a byte at {at} that is not UTF-8")]
    NotText { at: usize },
    /// A line that is not what it has to be. Lines count from 1.
    #[error("line {line} of the proof: expected {expected}")]
    Line { line: usize, expected: &'static str },
    /// The note in the file.
    #[error("the checkpoint in the proof: {0}")]
    Note(#[from] NoteError),
    /// The checkpoint is not this log's or not signed by it.
    #[error("the checkpoint in the proof: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// A witness' signature is wrong.
    #[error("the cosignatures in the proof: {0}")]
    Cosignature(#[from] CosignatureError),
    /// Too few witnesses.
    #[error("{found} trusted witnesses signed the checkpoint, {needed} are needed")]
    Quorum { found: usize, needed: usize },
    /// The content is not at that place of the log.
    #[error("the content is not proven to be in the log: {0}")]
    Inclusion(#[from] MerkleError),
}

impl TlogProof {
    /// Reads a proof file. Nothing is trusted by this; see [`TlogProof::verify`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofError> {
        if bytes.len() > MAX_PROOF {
            return Err(ProofError::TooLong { bytes: bytes.len() });
        }
        let text = std::str::from_utf8(bytes).map_err(|e| ProofError::NotText { at: e.valid_up_to() })?;
        let mut lines = Lines { rest: text, line: 0 };
        lines.next().filter(|line| *line == HEADER).ok_or(lines.fault(HEADER))?;
        let extra = lines.take_extra()?;
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(decimal);
        let index = index.ok_or(lines.fault("\"index \" and a decimal number without leading zeros"))?;
        let hashes = lines.take_hashes()?;
        let checkpoint = Note::parse(lines.rest.as_bytes())?;
        Ok(Self { extra, index, hashes, checkpoint })
    }

    /// Checks, in this order: log and log signature, witnesses (at least `quorum` of them), inclusion of `leaf`.
    /// `leaf` is the [`crate::merkle::leaf_hash`] of the entry the caller holds.
    pub fn verify(
        &self,
        leaf: &Digest,
        log: &KeyRing,
        witnesses: &[VerifierKey],
        quorum: usize,
    ) -> Result<Proven, ProofError> {
        let checkpoint = log.open_note(self.checkpoint.clone())?;
        let cosignatures = cosignature::verify(&self.checkpoint, witnesses)?;
        if cosignatures.len() < quorum {
            return Err(ProofError::Quorum { found: cosignatures.len(), needed: quorum });
        }
        let tree = &checkpoint.checkpoint;
        verify_inclusion(leaf, self.index, tree.size, &self.hashes, &tree.root)?;
        Ok(Proven { index: self.index, checkpoint, cosignatures })
    }
}

/// The file form.
impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{}", hash.to_base64()))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

/// The lines of a proof, with the number of the line read last.
struct Lines<'t> {
    rest: &'t str,
    line: usize,
}

impl<'t> Lines<'t> {
    /// The next line that is ended by a newline.
    fn next(&mut self) -> Option<&'t str> {
        self.line += 1;
        let (line, rest) = self.rest.split_once('\n')?;
        self.rest = rest;
        Some(line)
    }

    fn fault(&self, expected: &'static str) -> ProofError {
        ProofError::Line { line: self.line, expected }
    }

    fn take_extra(&mut self) -> Result<Option<Vec<u8>>, ProofError> {
        if !self.rest.starts_with("extra ") {
            return Ok(None);
        }
        let bytes = self.next().and_then(|line| STANDARD.decode(&line["extra ".len()..]).ok());
        bytes.map(Some).ok_or(self.fault("\"extra \" and base64"))
    }

    fn take_hashes(&mut self) -> Result<Vec<Digest>, ProofError> {
        let expected = "a hash in base64, or an empty line before the checkpoint";
        let mut hashes = Vec::new();
        loop {
            match self.next() {
                Some("") => return Ok(hashes),
                Some(line) if hashes.len() < MAX_HASHES => {
                    hashes.push(Digest::from_base64(line).map_err(|_| self.fault(expected))?);
                }
                _ => return Err(self.fault(expected)),
            }
        }
    }
}
