//! C2SP checkpoints: origin, size and root of a log as the text of a signed note, and the ring of keys
//! that may sign for a log over the years.

use crate::Digest;
use crate::merkle::MAX_SIZE;
use crate::note::{Algorithm, KeyError, KeyId, Note, NoteError, SignerKey, VerifierKey, is_key_name};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// What a log states: so many leaves, with this root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Identity of the log, e.g. `hospital.example/akashi/1`; also the name of its keys.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// Root of the RFC 6962 tree.
    pub root: Digest,
    /// Lines after the root, without newlines. Kept when read; [`Checkpoint::sign`] refuses to make any,
    /// because monitors cannot check them and not every cosignature covers them.
    pub extensions: Vec<String>,
}

/// A checkpoint that cannot be read, made or trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Lines missing, empty or not ended by a newline.
    #[error("not a checkpoint: expected the lines origin, size and root, each ended by a newline and none empty")]
    Lines,
    /// Not a number, with leading zeros, or too large.
    #[error("the tree size in line 2 of the checkpoint is not a decimal number without leading zeros up to 2^63 - 1")]
    Size,
    /// Not base64 of 32 bytes.
    #[error("the root in line 3 of the checkpoint is not 32 bytes in base64")]
    Root,
    /// An origin that cannot be the name of a key.
    #[error(
        "a log origin needs at least one character and no spaces, control characters or plus signs; use a form like hospital.example/log"
    )]
    Origin,
    /// We make no extension lines.
    #[error("checkpoints are signed without extension lines, {found} were given")]
    Extensions { found: usize },
    /// The checkpoint of another log.
    #[error("the checkpoint is of log {found:?}, expected {expected:?}")]
    OtherLog { found: String, expected: String },
    /// Signed only by keys that may not sign for a tree of this size.
    #[error(
        "the checkpoint of size {size} is signed by key {id}, which is trusted for other sizes only; it was retired before, or is not yet in use"
    )]
    KeyOutOfTime { id: KeyId, size: u64 },
    /// The ring has keys of this kind for this size, and none of them signed: a signature was taken away, perhaps by
    /// somebody who can forge the other kind.
    #[error("the checkpoint of size {size} lacks the {algorithm} signature that the log's keys call for")]
    Lacks { algorithm: Algorithm, size: u64 },
    /// A key for this ring has another name or type than the log.
    #[error(
        "key {id} of {name} cannot sign for log {origin:?}: it must be an Ed25519 (type 0x01) or ML-DSA-44 (0x06) key of that name"
    )]
    ForeignKey { name: String, id: KeyId, origin: String },
    /// A line of a key ring file.
    #[error("line {line} of the key ring is not of the form: <key> <from size> <until size or ->")]
    RingLine { line: usize },
    /// A key of a key ring file.
    #[error("line {line} of the key ring: {fault}")]
    RingKey { line: usize, fault: KeyError },
    /// The note around the checkpoint.
    #[error(transparent)]
    Note(#[from] NoteError),
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    pub fn new(origin: &str, size: u64, root: Digest) -> Result<Self, CheckpointError> {
        if !is_key_name(origin) {
            return Err(CheckpointError::Origin);
        }
        if size > MAX_SIZE {
            return Err(CheckpointError::Size);
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions: Vec::new() })
    }

    /// Reads a note text. Nothing is trusted by this; see [`KeyRing::open`].
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let lines: Vec<_> = text.strip_suffix('\n').ok_or(CheckpointError::Lines)?.split('\n').collect();
        let [origin, size, root, extensions @ ..] = &lines[..] else {
            return Err(CheckpointError::Lines);
        };
        if lines.iter().any(|line| line.is_empty()) {
            return Err(CheckpointError::Lines);
        }
        let size = decimal(size).filter(|size| *size <= MAX_SIZE).ok_or(CheckpointError::Size)?;
        let root = Digest::from_base64(root).map_err(|_| CheckpointError::Root)?;
        let extensions = extensions.iter().map(|line| (*line).to_owned()).collect();
        Ok(Self { origin: (*origin).to_owned(), size, root, extensions })
    }

    /// As [`Checkpoint::sign_at`], without a time: what an ML-DSA-44 key signs then says nothing about when.
    pub fn sign(&self, keys: &[&SignerKey]) -> Result<Note, CheckpointError> {
        self.sign_at(keys, 0)
    }

    /// Signs at `time` (seconds since 1970) with every key given: Ed25519 and ML-DSA-44 beside it, and the old and the
    /// new ones while a rotation overlaps.
    /// The caller makes sure that no inconsistent checkpoint was ever signed before.
    pub fn sign_at(&self, keys: &[&SignerKey], time: u64) -> Result<Note, CheckpointError> {
        if !self.extensions.is_empty() {
            return Err(CheckpointError::Extensions { found: self.extensions.len() });
        }
        for key in keys {
            check_key(&self.origin, &key.verifier())?;
        }
        Self::new(&self.origin, self.size, self.root)?;
        Ok(Note::sign_at(self.to_string(), keys, time)?)
    }
}

/// The note text.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root.to_base64())?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// A checkpoint whose signatures were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCheckpoint {
    /// What the log states.
    pub checkpoint: Checkpoint,
    /// The whole note, with cosignatures and unknown signatures.
    pub note: Note,
    /// The log keys that signed it.
    pub signed_by: Vec<KeyId>,
    /// Their kinds, each once. With [`Algorithm::MlDsa44`] the checkpoint holds against quantum computers too.
    pub algorithms: Vec<Algorithm>,
}

/// The keys that may sign for one log, each for a span of tree sizes. Spans overlap during a rotation;
/// a retired key that leaks later cannot sign anything new.
///
/// A log that goes on in a new epoch has another origin from then on ([`epoch_origin`]); the ring holds the keys of
/// all epochs, and a checkpoint is checked with those of its own origin only.
///
/// Of each kind of key that the ring has for a size, at least one has to have signed: whoever holds the log's ML-DSA-44
/// key is not satisfied with an Ed25519 signature alone. Whoever holds only one of the two checks that one.
///
/// In text one line per key: `<key> <from size> <until size or ->`. Keys of a kind that is not known here are passed
/// over when read, as their signatures are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRing {
    origin: String,
    keys: Vec<TrustedKey>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct TrustedKey {
    key: VerifierKey,
    from: u64,
    until: Option<u64>,
}

impl KeyRing {
    /// A ring with one key that is trusted for all sizes. The log's origin is the key's name.
    pub fn new(key: VerifierKey) -> Result<Self, CheckpointError> {
        let mut ring = Self { origin: key.name().to_owned(), keys: Vec::new() };
        ring.trust(key, 0, None)?;
        Ok(ring)
    }

    /// Adds a key for checkpoints of `from` leaves up to and including `until` (none: without end).
    /// A key that is in the ring already gets the new span.
    pub fn trust(&mut self, key: VerifierKey, from: u64, until: Option<u64>) -> Result<(), CheckpointError> {
        let another_epoch = first_origin(key.name()) == first_origin(&self.origin);
        check_key(if another_epoch { key.name() } else { &self.origin }, &key)?;
        self.keys.retain(|known| known.key != key);
        self.keys.push(TrustedKey { key, from, until });
        Ok(())
    }

    /// The log these keys sign for, by the origin of the key the ring began with.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The keys with their first and last tree size.
    pub fn keys(&self) -> impl Iterator<Item = (&VerifierKey, u64, Option<u64>)> {
        self.keys.iter().map(|trusted| (&trusted.key, trusted.from, trusted.until))
    }

    /// Reads a checkpoint and checks it: right log, and signed by at least one key trusted for its size,
    /// with no such key's signature wrong.
    pub fn open(&self, bytes: &[u8]) -> Result<OpenCheckpoint, CheckpointError> {
        self.open_note(Note::parse(bytes)?)
    }

    /// As [`KeyRing::open`], for a note that is parsed already.
    pub fn open_note(&self, note: Note) -> Result<OpenCheckpoint, CheckpointError> {
        let checkpoint = Checkpoint::parse(note.text())?;
        if !self.keys.iter().any(|trusted| trusted.key.name() == checkpoint.origin) {
            return Err(CheckpointError::OtherLog { found: checkpoint.origin, expected: self.origin.clone() });
        }
        let size = checkpoint.size;
        let named = self.keys.iter().filter(|trusted| trusted.key.name() == checkpoint.origin);
        let (now, other): (Vec<_>, Vec<_>) = named.partition(|trusted| trusted.covers(size));
        let now: Vec<_> = now.into_iter().map(|trusted| &trusted.key).collect();
        let signed_by: Vec<_> = match note.open(&now) {
            Ok(signatures) => signatures.into_iter().map(|signature| signature.id).collect(),
            Err(fault @ NoteError::Untrusted { .. }) => {
                let late = signer_of(&note, &other).map(|id| CheckpointError::KeyOutOfTime { id, size });
                return Err(late.unwrap_or(fault.into()));
            }
            Err(fault) => return Err(fault.into()),
        };
        let algorithms = kinds(&now, |key| signed_by.contains(&key.id()));
        match kinds(&now, |_| true).into_iter().find(|algorithm| !algorithms.contains(algorithm)) {
            Some(algorithm) => Err(CheckpointError::Lacks { algorithm, size }),
            None => Ok(OpenCheckpoint { checkpoint, note, signed_by, algorithms }),
        }
    }
}

impl TrustedKey {
    fn covers(&self, size: u64) -> bool {
        self.from <= size && self.until.is_none_or(|until| size <= until)
    }
}

impl FromStr for KeyRing {
    type Err = CheckpointError;

    /// Reads the lines that `Display` writes; the first key's name is the log's origin.
    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let mut ring: Option<Self> = None;
        for (place, text) in text.lines().enumerate() {
            let line = place + 1;
            let shape = || CheckpointError::RingLine { line };
            let [key, from, until] = text.split(' ').collect::<Vec<_>>()[..] else { return Err(shape()) };
            let key: VerifierKey = match key.parse() {
                Ok(key) => key,
                Err(KeyError::Algorithm { .. }) => continue,
                Err(fault) => return Err(CheckpointError::RingKey { line, fault }),
            };
            let from = decimal(from).ok_or_else(shape)?;
            let until = if until == "-" { None } else { Some(decimal(until).ok_or_else(shape)?) };
            let origin = key.name().to_owned();
            ring.get_or_insert_with(|| Self { origin, keys: Vec::new() }).trust(key, from, until)?;
        }
        ring.ok_or(CheckpointError::RingLine { line: 1 })
    }
}

impl fmt::Display for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for TrustedKey { key, from, until } in &self.keys {
            match until {
                Some(until) => writeln!(f, "{key} {from} {until}")?,
                None => writeln!(f, "{key} {from} -")?,
            }
        }
        Ok(())
    }
}

/// The origin of epoch `epoch` of a log: that of the first epoch, then the same with `/epoch-2` and so on behind it.
#[must_use]
pub fn epoch_origin(origin: &str, epoch: u32) -> String {
    let first = first_origin(origin);
    if epoch <= 1 { first.to_owned() } else { format!("{first}/epoch-{epoch}") }
}

/// The origin of the log's first epoch.
fn first_origin(origin: &str) -> &str {
    let number = |text: &str| decimal(text).is_some_and(|n| n >= 2);
    origin.rsplit_once("/epoch-").filter(|(_, epoch)| number(epoch)).map_or(origin, |(first, _)| first)
}

fn signer_of(note: &Note, keys: &[&TrustedKey]) -> Option<KeyId> {
    let by_one = |trusted: &&&TrustedKey| note.signatures().iter().any(|signature| signature.is_by(&trusted.key));
    keys.iter().find(by_one).map(|trusted| trusted.key.id())
}

/// The kinds of those keys that pass, each once, in their order.
fn kinds(keys: &[&VerifierKey], pass: impl Fn(&VerifierKey) -> bool) -> Vec<Algorithm> {
    let kinds: BTreeSet<_> = keys.iter().filter(|key| pass(key)).map(|key| key.algorithm()).collect();
    kinds.into_iter().collect()
}

fn check_key(origin: &str, key: &VerifierKey) -> Result<(), CheckpointError> {
    if key.name() == origin && key.algorithm() != Algorithm::CosignatureV1 {
        return Ok(());
    }
    Err(CheckpointError::ForeignKey { name: key.name().to_owned(), id: key.id(), origin: origin.to_owned() })
}

/// A decimal number without sign and leading zeros.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let plain = text == "0" || !text.starts_with('0');
    text.parse().ok().filter(|_| plain && text.bytes().all(|b| b.is_ascii_digit()))
}
