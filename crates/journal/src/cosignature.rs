//! C2SP tlog-cosignature, types `cosignature/v1` (Ed25519) and `subtree/v1` (ML-DSA-44): a witness says that at some second this checkpoint was
//! the largest it had seen of the log, and consistent with all before. Whether that is so, the caller has
//! checked before signing (consistency proof, remembered size).

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::note::{Algorithm, KeyId, Note, NoteError, Signature, SignerKey, VerifierKey};

/// A cosignature that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// Name of the witness.
    pub name: String,
    /// Id of its key.
    pub id: KeyId,
    /// When it signed, in seconds since 1970 UTC, as the witness' own clock said.
    pub time: u64,
}

/// A cosignature that cannot be made or does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CosignatureError {
    /// The text to sign is not a checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A signature of a trusted witness is wrong.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Later than the format can say.
    #[error("second {time} is beyond what a cosignature can carry")]
    Time { time: u64 },
    /// A log key was given where a witness key belongs.
    #[error("key {id} of {name} is not a witness key (type 0x04 or 0x06)")]
    NotWitness { name: String, id: KeyId },
    /// Two trusted witnesses are one: its name is not signed, so one signature would count twice.
    #[error("witnesses {first} and {second} have the same public key; remove one")]
    SameKey { first: String, second: String },
}

/// Cosigns the checkpoint in `note` at `time` (seconds since 1970). The note's own signatures are not looked at.
pub fn cosign(note: &Note, key: &SignerKey, time: u64) -> Result<Signature, CosignatureError> {
    Checkpoint::parse(note.text())?;
    let bytes = key.sign_timed(note.text(), time).ok_or(CosignatureError::Time { time })?;
    Ok(Signature { name: key.name().to_owned(), id: key.cosigner().id(), bytes })
}

/// The cosignatures in `note` by `witnesses`, each checked; none is not an error.
///
/// # Errors
/// A trusted witness' signature that is wrong, a key that is not a witness key, or one key under two names.
pub fn verify(note: &Note, witnesses: &[VerifierKey]) -> Result<Vec<Cosignature>, CosignatureError> {
    check_witnesses(witnesses)?;
    let keys: Vec<_> = witnesses.iter().collect();
    match note.open(&keys) {
        Ok(found) => Ok(found.into_iter().filter_map(describe).collect()),
        Err(NoteError::Untrusted { .. }) => Ok(Vec::new()),
        Err(fault) => Err(fault.into()),
    }
}

fn check_witnesses(witnesses: &[VerifierKey]) -> Result<(), CosignatureError> {
    for (place, key) in witnesses.iter().enumerate() {
        if key.algorithm() == Algorithm::Ed25519 {
            return Err(CosignatureError::NotWitness { name: key.name().to_owned(), id: key.id() });
        }
        if let Some(twin) = witnesses[..place].iter().find(|other| other.public() == key.public()) {
            let (first, second) = (twin.name().to_owned(), key.name().to_owned());
            return Err(CosignatureError::SameKey { first, second });
        }
    }
    Ok(())
}

fn describe(signature: &Signature) -> Option<Cosignature> {
    let (time, _) = split(&signature.bytes)?;
    Some(Cosignature { name: signature.name.clone(), id: signature.id, time })
}

/// The bytes a witness signs with Ed25519.
pub(crate) fn message(time: u64, text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {time}\n{text}").into_bytes()
}

/// The bytes a witness or a log signs with ML-DSA-44: the structure `cosigned_message` over the whole tree. Extension
/// lines are not in it. None when the text is not a checkpoint, or name or origin are longer than 255 bytes.
pub(crate) fn subtree_message(name: &str, time: u64, text: &str) -> Option<Vec<u8>> {
    let checkpoint = Checkpoint::parse(text).ok()?;
    let mut message = b"subtree/v1\n\0".to_vec();
    let put_text = |message: &mut Vec<u8>, text: &str| {
        message.push(u8::try_from(text.len()).ok()?);
        message.extend_from_slice(text.as_bytes());
        Some(())
    };
    put_text(&mut message, name)?;
    message.extend_from_slice(&time.to_be_bytes());
    put_text(&mut message, &checkpoint.origin)?;
    message.extend_from_slice(&0_u64.to_be_bytes());
    message.extend_from_slice(&checkpoint.size.to_be_bytes());
    message.extend_from_slice(checkpoint.root.as_bytes());
    Some(message)
}

/// Time and signature proper; none when too short or beyond 2^63 − 1.
pub(crate) fn split(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (time, signature) = bytes.split_first_chunk::<8>()?;
    let time = u64::from_be_bytes(*time);
    i64::try_from(time).ok().map(|_| (time, signature))
}
