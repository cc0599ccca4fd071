//! The request `add-checkpoint`: old size, consistency proof, checkpoint. The same text serves as a file that is
//! carried to a witness without a network.

use super::{MAX_HASHES, MAX_REQUEST};
use crate::Digest;
use crate::checkpoint::{Checkpoint, CheckpointError, decimal};
use crate::note::{Note, NoteError};
use std::fmt;

/// A log asks for a cosignature on `checkpoint`. `Display` gives the request body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    old: u64,
    proof: Vec<Digest>,
    note: Note,
    checkpoint: Checkpoint,
}

/// A request that cannot be read or made: HTTP status 400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// More than [`MAX_REQUEST`] bytes.
    #[error("the request has {bytes} bytes, at most {MAX_REQUEST} are read")]
    TooLong { bytes: usize },
    /// Not UTF-8.
    #[error("the request holds a byte at {at} that is not UTF-8")]
    NotText { at: usize },
    /// A line that is not what it has to be. Lines count from 1.
    #[error("line {line} of the request: expected {expected}")]
    Line { line: usize, expected: &'static str },
    /// More hashes than a proof can have.
    #[error("the consistency proof has more than {MAX_HASHES} hashes")]
    TooManyHashes,
    /// The note in the request.
    #[error("the checkpoint in the request: {0}")]
    Note(#[from] NoteError),
    /// The note is not a checkpoint.
    #[error("the checkpoint in the request: {0}")]
    Checkpoint(#[from] CheckpointError),
}

impl AddCheckpoint {
    /// A request for `note`, a signed checkpoint, with the consistency proof from the `old` size, which is what the
    /// witness holds (0: nothing, or not known; the proof is then empty).
    ///
    /// # Errors
    /// The note is not a checkpoint, or the proof has too many hashes. Whether the proof holds is the witness' matter.
    pub fn new(old: u64, proof: Vec<Digest>, note: Note) -> Result<Self, RequestError> {
        if proof.len() > MAX_HASHES {
            return Err(RequestError::TooManyHashes);
        }
        let checkpoint = Checkpoint::parse(note.text())?;
        Ok(Self { old, proof, note, checkpoint })
    }

    /// Reads a request body. Nothing is trusted by this; see [`super::decide`].
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.len() > MAX_REQUEST {
            return Err(RequestError::TooLong { bytes: bytes.len() });
        }
        let text = std::str::from_utf8(bytes).map_err(|e| RequestError::NotText { at: e.valid_up_to() })?;
        let (head, note) = text.split_once("\n\n").ok_or(RequestError::Line {
            line: text.lines().count() + 1,
            expected: "an empty line, then the checkpoint",
        })?;
        let (old, proof) = head.split_once('\n').unwrap_or((head, ""));
        let shape = RequestError::Line { line: 1, expected: "\"old \" and a decimal number without leading zeros" };
        let old = old.strip_prefix("old ").and_then(decimal).ok_or(shape)?;
        let proof = if proof.is_empty() { Vec::new() } else { read_hashes(proof)? };
        Self::new(old, proof, Note::parse(note.as_bytes())?)
    }

    /// The size of the tree the proof starts from.
    #[must_use]
    pub const fn old(&self) -> u64 {
        self.old
    }

    /// The consistency proof.
    #[must_use]
    pub fn proof(&self) -> &[Digest] {
        &self.proof
    }

    /// The checkpoint with its signatures, not checked.
    #[must_use]
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// What the note states, not checked.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The log this is about, not checked: the key by which a witness finds state and keys.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.checkpoint.origin
    }
}

/// The request body.
impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{}", hash.to_base64()))?;
        write!(f, "\n{}", self.note)
    }
}

fn read_hashes(lines: &str) -> Result<Vec<Digest>, RequestError> {
    let mut hashes = Vec::new();
    for (place, line) in lines.split('\n').enumerate() {
        if place == MAX_HASHES {
            return Err(RequestError::TooManyHashes);
        }
        let shape = |_| RequestError::Line { line: place + 2, expected: "a hash in base64, or an empty line" };
        hashes.push(Digest::from_base64(line).map_err(shape)?);
    }
    Ok(hashes)
}
