//! C2SP signed notes: a text, an empty line, signature lines. Unknown signatures are kept, so that a
//! later reader with more keys can check them. What the text means is `checkpoint`'s matter.

mod key;
mod mldsa;
mod signer;

pub use key::{Algorithm, KeyError, KeyId, VerifierKey};
pub use signer::SignerKey;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// Longest note in bytes that is read.
pub const MAX_NOTE: usize = 1_000_000;
/// Most signature lines that are read.
pub const MAX_SIGNATURES: usize = 100;

/// A text with at least one signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// One signature line. What `bytes` are depends on the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Name of the key.
    pub name: String,
    /// Short id of the key; together with the name it picks the key.
    pub id: KeyId,
    /// The signature proper, at least one byte.
    pub bytes: Vec<u8>,
}

/// A note that cannot be read, written or trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// More than [`MAX_NOTE`] bytes.
    #[error("the note has {bytes} bytes, at most {MAX_NOTE} are read")]
    TooLong { bytes: usize },
    /// Not UTF-8, or a control character.
    #[error("the note holds a byte at {at} that is not plain UTF-8 text")]
    NotText { at: usize },
    /// No empty line, or the text or the last line does not end in a newline.
    #[error(
        "the note has no signature block: expected text, an empty line, then signature lines each ended by a newline"
    )]
    NoSignatures,
    /// More than [`MAX_SIGNATURES`] lines.
    #[error("the note has more than {MAX_SIGNATURES} signatures")]
    TooManySignatures,
    /// Not of the form `— name base64`. Lines count from 1 after the empty line.
    #[error(
        "signature line {line} is not of the form: em dash, space, key name, space, base64 of key id and signature"
    )]
    SignatureLine { line: usize },
    /// A key we trust, and its signature is wrong: the text was changed or the signature forged.
    #[error("the signature of {name} (key {id}) does not match the text; do not use this note")]
    BadSignature { name: String, id: KeyId },
    /// An ML-DSA-44 key was to sign something else than a checkpoint.
    #[error("key {id} of {name} signs checkpoints only, with a time up to 2^63 - 1")]
    NotSignable { name: String, id: KeyId },
    /// Two of the given keys share name and id.
    #[error("two trusted keys are both named {name} with id {id}; remove one")]
    AmbiguousKey { name: String, id: KeyId },
    /// None of the keys we trust signed it.
    #[error("no trusted key signed the note; it carries signatures of: {signers}")]
    Untrusted { signers: String },
}

impl Note {
    /// A note of `text` (ending in a newline) with these signatures, at least one.
    pub fn new(text: String, signatures: Vec<Signature>) -> Result<Self, NoteError> {
        check_text(text.as_bytes())?;
        if !text.ends_with('\n') || signatures.is_empty() {
            return Err(NoteError::NoSignatures);
        }
        let mut note = Self { text, signatures: Vec::new() };
        for signature in signatures {
            note.add(signature)?;
        }
        Ok(note)
    }

    /// As [`Note::sign_at`], without a time.
    pub fn sign(text: String, keys: &[&SignerKey]) -> Result<Self, NoteError> {
        Self::sign_at(text, keys, 0)
    }

    /// Signs `text` at `time` (seconds since 1970) with every key given, e.g. the old and the new one during a rotation.
    pub fn sign_at(text: String, keys: &[&SignerKey], time: u64) -> Result<Self, NoteError> {
        let signatures = keys.iter().map(|key| key.sign_at(&text, time)).collect::<Result<_, _>>()?;
        Self::new(text, signatures)
    }

    /// Reads a note. Nothing is trusted by this; see [`Note::open`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        let whole = check_text(bytes)?;
        let split = whole.rfind("\n\n").ok_or(NoteError::NoSignatures)?;
        let (text, block) = (&whole[..=split], &whole[split + 2..]);
        let lines = block.strip_suffix('\n').ok_or(NoteError::NoSignatures)?;
        if lines.split('\n').count() > MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        let read = |(line, text)| Signature::parse(text).ok_or(NoteError::SignatureLine { line: line + 1 });
        let signatures = lines.split('\n').enumerate().map(read).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// The text, with its last newline.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All signatures, known or not, in order.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds a signature line, e.g. a witness' answer; a line that is there already is not repeated.
    pub fn add(&mut self, signature: Signature) -> Result<(), NoteError> {
        if !is_key_name(&signature.name) || signature.bytes.is_empty() {
            return Err(NoteError::SignatureLine { line: self.signatures.len() + 1 });
        }
        if self.signatures.contains(&signature) {
            return Ok(());
        }
        if self.signatures.len() == MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        self.signatures.push(signature);
        Ok(())
    }

    /// The signatures by `trusted` keys, each checked; at least one. Signatures by other keys are passed over.
    ///
    /// # Errors
    /// A trusted key whose first signature is wrong, two trusted keys alike, or no trusted key at all.
    pub fn open(&self, trusted: &[&VerifierKey]) -> Result<Vec<&Signature>, NoteError> {
        let mut verified: Vec<&Signature> = Vec::new();
        for signature in &self.signatures {
            let Some(key) = find_key(trusted, signature)? else { continue };
            if verified.iter().any(|seen| seen.is_by(key)) {
                continue;
            }
            if !key.verify(&self.text, &signature.bytes) {
                return Err(NoteError::BadSignature { name: signature.name.clone(), id: signature.id });
            }
            verified.push(signature);
        }
        if verified.is_empty() { Err(self.untrusted()) } else { Ok(verified) }
    }

    fn untrusted(&self) -> NoteError {
        let signers: Vec<_> = self.signatures.iter().map(|s| format!("{} (key {})", s.name, s.id)).collect();
        NoteError::Untrusted { signers: signers.join(", ") }
    }
}

/// The file form.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl Signature {
    /// Reads one line, without its newline.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let (name, base64) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        let bytes = STANDARD.decode(base64).ok()?;
        let (id, signature) = bytes.split_first_chunk::<4>()?;
        let valid = is_key_name(name) && !signature.is_empty();
        valid.then(|| Self { name: name.to_owned(), id: KeyId(*id), bytes: signature.to_vec() })
    }

    /// Whether this line claims to be by `key`.
    #[must_use]
    pub fn is_by(&self, key: &VerifierKey) -> bool {
        self.id == key.id() && self.name == key.name()
    }
}

/// The line form, without a newline.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.id.0[..], &self.bytes].concat();
        write!(f, "\u{2014} {} {}", self.name, STANDARD.encode(bytes))
    }
}

fn find_key<'k>(trusted: &[&'k VerifierKey], signature: &Signature) -> Result<Option<&'k VerifierKey>, NoteError> {
    let mut found = trusted.iter().filter(|key| signature.is_by(key));
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(NoteError::AmbiguousKey { name: signature.name.clone(), id: signature.id }),
        (key, None) => Ok(key.copied()),
    }
}

/// UTF-8 of bearable length without control characters other than newline.
fn check_text(bytes: &[u8]) -> Result<&str, NoteError> {
    if bytes.len() > MAX_NOTE {
        return Err(NoteError::TooLong { bytes: bytes.len() });
    }
    if let Some(at) = bytes.iter().position(|b| *b < 0x20 && *b != b'\n') {
        return Err(NoteError::NotText { at });
    }
    std::str::from_utf8(bytes).map_err(|e| NoteError::NotText { at: e.valid_up_to() })
}

/// Key names have at least one character, no white space and no plus sign.
pub(crate) fn is_key_name(name: &str) -> bool {
    let allowed = |c: char| !c.is_whitespace() && c >= ' ' && c != '+';
    !name.is_empty() && name.chars().all(allowed)
}
