//! The decision of a witness, as a function of what it holds, the request, the log's keys and the time.

use super::{AddCheckpoint, Answer};
use crate::Digest;
use crate::checkpoint::{CheckpointError, KeyRing};
use crate::cosignature::{CosignatureError, cosign};
use crate::merkle::{MerkleError, empty_root, verify_consistency};
use crate::note::{Note, Signature, SignerKey};

/// The newest checkpoint of a log that a witness cosigned: all it has to remember of that log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Number of leaves.
    pub size: u64,
    /// Root of the tree.
    pub root: Digest,
}

/// A checkpoint the witness vouches for. Nothing may be answered before `seen` and `note` are stored durably, in the
/// transaction in which the state was read: otherwise two requests at once could roll the log back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The new state.
    pub seen: Seen,
    /// The checkpoint as the monitoring URL shows it: the log's signatures that were checked, then the cosignatures.
    /// The signatures of others in the request are left out.
    pub note: Note,
    /// The cosignatures, one for each key of the witness, in the order of the keys.
    pub signatures: Vec<Signature>,
}

/// Why a witness does not cosign. The state stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 404: no keys of this log are known.
    #[error("log {origin:?} is not known to this witness")]
    UnknownLog { origin: String },
    /// 403: no key of the log signed, or one did wrongly.
    #[error("the checkpoint is not signed as the log's keys ask: {0}")]
    NotSigned(CheckpointError),
    /// 400: a log cannot shrink.
    #[error("the old size {old} is larger than the checkpoint's size {size}")]
    OldTooLarge { old: u64, size: u64 },
    /// 409: the proof starts elsewhere. Not a fault of anyone: the log asks again from `held`.
    #[error("the witness holds size {held}, the proof starts from {old}")]
    OtherSize { held: u64, old: u64 },
    /// 409: two different trees of one size. **The log signed both**: proof of its misbehaviour, worth keeping.
    #[error("at size {size} the log signed root {submitted}, the witness cosigned root {held} before")]
    Forked { size: u64, held: Digest, submitted: Digest },
    /// 422: the proof does not lead from what is held to the checkpoint; possibly a rewritten log.
    #[error("the checkpoint does not continue the log as it was cosigned: {0}")]
    Inconsistent(MerkleError),
    /// 500: the witness itself cannot sign.
    #[error("the witness cannot sign: {0}")]
    CannotSign(CosignatureError),
}

/// Decides on a request at `time` (seconds since 1970 UTC, not 0).
///
/// `held` is what the witness cosigned last of the log [`AddCheckpoint::origin`] names (none: nothing yet), `log` the
/// keys of that log (none: not known here), `keys` the witness' own, at least one: Ed25519, ML-DSA-44 or both.
/// The order of the checks is the one of the specification.
pub fn decide(
    held: Option<&Seen>,
    log: Option<&KeyRing>,
    request: &AddCheckpoint,
    keys: &[&SignerKey],
    time: u64,
) -> Result<Accepted, Refusal> {
    let (old, size, root) = (request.old(), request.checkpoint().size, request.checkpoint().root);
    let known = log.filter(|ring| ring.origin() == request.origin());
    let ring = known.ok_or_else(|| Refusal::UnknownLog { origin: request.origin().to_owned() })?;
    let open = ring.open_note(request.note().clone()).map_err(Refusal::NotSigned)?;
    if old > size {
        return Err(Refusal::OldTooLarge { old, size });
    }
    let start = held.cloned().unwrap_or_else(|| Seen { size: 0, root: empty_root() });
    if old != start.size {
        return Err(Refusal::OtherSize { held: start.size, old });
    }
    if held.is_some() && old == size && root != start.root {
        return Err(Refusal::Forked { size, held: start.root, submitted: root });
    }
    verify_consistency(old, &start.root, size, &root, request.proof()).map_err(Refusal::Inconsistent)?;
    let of_log = request.note().signatures().iter();
    let of_log = of_log.filter(|signature| open.signed_by.contains(&signature.id) && signature.name == ring.origin());
    sign(request.note(), of_log.cloned().collect(), keys, time).map_err(Refusal::CannotSign)
}

fn sign(note: &Note, of_log: Vec<Signature>, keys: &[&SignerKey], time: u64) -> Result<Accepted, CosignatureError> {
    if time == 0 || keys.is_empty() {
        return Err(CosignatureError::Time { time });
    }
    let checkpoint = crate::checkpoint::Checkpoint::parse(note.text())?;
    let signatures = keys.iter().map(|key| cosign(note, key, time)).collect::<Result<Vec<_>, _>>()?;
    let mut shown = Note::new(note.text().to_owned(), of_log)?;
    for signature in &signatures {
        shown.add(signature.clone())?;
    }
    Ok(Accepted { seen: Seen { size: checkpoint.size, root: checkpoint.root }, note: shown, signatures })
}

impl Accepted {
    /// What to send once the new state is stored.
    #[must_use]
    pub fn answer(&self) -> Answer {
        Answer::Cosigned(self.signatures.clone())
    }
}

impl Refusal {
    /// What to send.
    #[must_use]
    pub const fn answer(&self) -> Answer {
        match self {
            Self::UnknownLog { .. } => Answer::UnknownLog,
            Self::NotSigned(_) => Answer::NotSigned,
            Self::OldTooLarge { .. } => Answer::Malformed,
            Self::OtherSize { held, .. } => Answer::Conflict { size: *held },
            Self::Forked { size, .. } => Answer::Conflict { size: *size },
            Self::Inconsistent(_) => Answer::Inconsistent,
            Self::CannotSign(_) => Answer::Other { status: 500 },
        }
    }
}
