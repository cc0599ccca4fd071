//! C2SP tlog-policy: which logs are accepted, which witnesses count, and how many of them have to have signed.
//! Reading and writing the file is in `file`. A policy says nothing about the content of an entry.

mod file;

pub use file::PolicyError;

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::cosignature::{self, Cosignature, CosignatureError};
use crate::note::{KeyId, Note, NoteError, VerifierKey};

/// Most logs, and most witnesses and groups together, that a file may define (the specification asks for 32 each).
pub const MAX_RULES: usize = 1_000;

/// A policy. Read with [`Policy::parse`], written with `Display`; comments are not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<KnownLog>,
    members: Vec<Member>,
    /// Place of the quorum among the members; none for `quorum none`.
    quorum: Option<usize>,
}

/// A `log` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownLog {
    /// The log's key; its name is the origin.
    pub key: VerifierKey,
    /// Where the log is, if the line says.
    pub url: Option<String>,
}

/// A `witness` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownWitness {
    /// Its name within the file.
    pub name: String,
    /// Its key.
    pub key: VerifierKey,
    /// Its submission prefix, if the line says.
    pub url: Option<String>,
}

/// A `group` line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    name: String,
    needed: usize,
    /// Places of its members, all before its own.
    members: Vec<usize>,
}

/// What groups and the quorum are made of, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Member {
    Witness(Box<KnownWitness>),
    Group(Group),
}

/// What a policy says to a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What the checkpoint states.
    pub checkpoint: Checkpoint,
    /// The listed log keys that signed it. Empty only when the policy lists no log: then the caller has to know the
    /// log from elsewhere and to check its signature.
    pub signed_by: Vec<KeyId>,
    /// The listed witnesses that signed it or one of the later ones, whether they count for the quorum or not.
    pub cosignatures: Vec<Cosignature>,
    /// Names in the file of the witnesses and groups that vouch for it.
    pub vouching: Vec<String>,
    /// Whether the quorum is reached. Without it the checkpoint is not valid under this policy.
    pub quorum: bool,
}

/// A checkpoint that a policy cannot accept, however many witnesses signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JudgeError {
    /// The note is not a checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// None of the listed logs signed it, or one did wrongly.
    #[error("no log of the policy signed the checkpoint of {origin:?}: {fault}")]
    Log { origin: String, fault: NoteError },
    /// A listed witness' signature is wrong.
    #[error(transparent)]
    Witness(#[from] CosignatureError),
}

impl Policy {
    /// The logs that are accepted.
    #[must_use]
    pub fn logs(&self) -> &[KnownLog] {
        &self.logs
    }

    /// The witnesses, in the order of the file.
    pub fn witnesses(&self) -> impl Iterator<Item = &KnownWitness> {
        self.members.iter().filter_map(|member| match member {
            Member::Witness(witness) => Some(&**witness),
            Member::Group(_) => None,
        })
    }

    /// The name of the witness or group that has to vouch; none when no cosignature is needed.
    #[must_use]
    pub fn quorum(&self) -> Option<&str> {
        self.quorum.map(|place| self.members[place].name())
    }

    /// Judges a checkpoint: signed by a listed log, and by enough listed witnesses. Signatures of others are passed over.
    ///
    /// # Errors
    /// Not a checkpoint, not by a listed log, or a wrong signature of a listed key. A missing quorum is no error but
    /// [`Judgement::quorum`], so that it can be shown who is missing.
    pub fn judge(&self, note: &Note) -> Result<Judgement, JudgeError> {
        self.judge_with(note, &[])
    }

    /// As [`Policy::judge`], for a checkpoint and later ones of its log. Who signed a later one vouches for this one too:
    /// what it saw begins with it. The caller has checked that (consistency proofs); nothing here does.
    ///
    /// # Errors
    /// As [`Policy::judge`], for any of them.
    pub fn judge_with(&self, note: &Note, later: &[&Note]) -> Result<Judgement, JudgeError> {
        let checkpoint = Checkpoint::parse(note.text())?;
        let signed_by = self.signers(note, &checkpoint.origin)?;
        let keys: Vec<_> = self.witnesses().map(|witness| witness.key.clone()).collect();
        let mut cosignatures = cosignature::verify(note, &keys)?;
        for note in later {
            self.signers(note, &Checkpoint::parse(note.text())?.origin)?;
            cosignatures.extend(cosignature::verify(note, &keys)?);
        }
        let vouches = self.vouches(&cosignatures);
        let names = self.members.iter().zip(&vouches).filter(|(_, vouches)| **vouches);
        let vouching = names.map(|(member, _)| member.name().to_owned()).collect();
        let quorum = self.quorum.is_none_or(|place| vouches[place]);
        Ok(Judgement { checkpoint, signed_by, cosignatures, vouching, quorum })
    }

    fn signers(&self, note: &Note, origin: &str) -> Result<Vec<KeyId>, JudgeError> {
        if self.logs.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<_> = self.logs.iter().map(|log| &log.key).filter(|key| key.name() == origin).collect();
        let found = note.open(&keys).map_err(|fault| JudgeError::Log { origin: origin.to_owned(), fault })?;
        Ok(found.into_iter().map(|signature| signature.id).collect())
    }

    /// For each member whether it vouches. Members of a group stand before it, so one pass is enough.
    fn vouches(&self, cosignatures: &[Cosignature]) -> Vec<bool> {
        let mut vouches: Vec<bool> = Vec::with_capacity(self.members.len());
        for member in &self.members {
            vouches.push(match member {
                Member::Witness(witness) => cosignatures.iter().any(|by| is_by(by, &witness.key)),
                Member::Group(group) => group.members.iter().filter(|place| vouches[**place]).count() >= group.needed,
            });
        }
        vouches
    }
}

impl Member {
    fn name(&self) -> &str {
        match self {
            Self::Witness(witness) => &witness.name,
            Self::Group(group) => &group.name,
        }
    }
}

fn is_by(cosignature: &Cosignature, key: &VerifierKey) -> bool {
    cosignature.id == key.id() && cosignature.name == key.name()
}
