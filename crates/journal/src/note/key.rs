//! Public keys of signed notes and their text form, as Go's `sumdb/note` writes it: `<name>+<id>+<base64>`.
//! Private keys are in `signer`.

use super::is_key_name;
use super::mldsa::{self, Public44};
use crate::cosignature;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;

/// What a key's signature covers; the number is the type byte of the text form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Algorithm {
    /// Ed25519 over the note text: logs.
    Ed25519 = 0x01,
    /// Ed25519 over time and note text, `cosignature/v1`: witnesses.
    CosignatureV1 = 0x04,
    /// ML-DSA-44 (FIPS 204) over name, time, origin, size and root: witnesses, and logs beside their Ed25519 key.
    /// Holds against quantum computers; 2,420 bytes a signature.
    MlDsa44 = 0x06,
}

/// First four bytes of SHA-256(name ‖ newline ‖ type byte ‖ public key). Picks a key, proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 4]);

/// A public key with the name it signs under.
#[derive(Debug, Clone)]
pub struct VerifierKey {
    name: String,
    algorithm: Algorithm,
    key: PublicKey,
}

#[derive(Debug, Clone)]
pub(super) enum PublicKey {
    Ed25519(VerifyingKey),
    MlDsa44(Public44),
}

/// A key text that cannot be used. The text itself is not repeated: it may be a private key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Empty, with white space or a plus sign, or for ML-DSA-44 longer than 255 bytes.
    #[error(
        "a key name needs at least one character (for ML-DSA-44 at most 255 bytes) and no spaces, control characters or plus signs; use a form like hospital.example/log"
    )]
    Name,
    /// Not three parts joined by plus signs, or the parts do not decode.
    #[error("not a key: expected {expected}")]
    Shape { expected: &'static str },
    /// Another kind of key, e.g. of a later version.
    #[error(
        "key type 0x{found:02x} is not known here (known are 0x01 Ed25519, 0x04 cosignature/v1 and 0x06 ML-DSA-44)"
    )]
    Algorithm { found: u8 },
    /// Of the wrong length, not a point of the curve, or one that no honest key has.
    #[error("the public key of {name} is not a usable {algorithm} key")]
    PublicKey { name: String, algorithm: Algorithm },
    /// Name, id and key do not belong together: probably mistyped.
    #[error("the id of key {name} is {written}, but name and key give {computed}; the text was changed or cut")]
    Id { name: String, written: String, computed: KeyId },
}

impl VerifierKey {
    /// Takes the public key: 32 bytes, or 1,312 of ML-DSA-44.
    pub fn new(name: &str, algorithm: Algorithm, public: &[u8]) -> Result<Self, KeyError> {
        check_name(name, algorithm)?;
        let key = PublicKey::read(algorithm, public);
        let key = key.ok_or_else(|| KeyError::PublicKey { name: name.to_owned(), algorithm })?;
        Ok(Self { name: name.to_owned(), algorithm, key })
    }

    pub(super) const fn of(name: String, algorithm: Algorithm, key: PublicKey) -> Self {
        Self { name, algorithm, key }
    }

    /// The name in signature lines.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its signatures cover.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The id in signature lines.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId::of(&self.name, self.algorithm, self.public())
    }

    /// The bytes of the public key.
    #[must_use]
    pub fn public(&self) -> &[u8] {
        match &self.key {
            PublicKey::Ed25519(key) => key.as_bytes(),
            PublicKey::MlDsa44(key) => key.as_bytes(),
        }
    }

    /// Whether `signature`, the bytes of a signature line, is by this key over the note text.
    #[must_use]
    pub fn verify(&self, text: &str, signature: &[u8]) -> bool {
        match (&self.key, self.algorithm) {
            (PublicKey::Ed25519(key), Algorithm::Ed25519) => verify_ed25519(key, text.as_bytes(), signature),
            (PublicKey::Ed25519(key), _) => {
                let parts = cosignature::split(signature);
                parts.is_some_and(|(time, rest)| verify_ed25519(key, &cosignature::message(time, text), rest))
            }
            (PublicKey::MlDsa44(key), _) => {
                let parts = cosignature::split(signature);
                let message = parts.and_then(|(time, _)| cosignature::subtree_message(&self.name, time, text));
                parts.zip(message).is_some_and(|((_, rest), message)| key.verify(&message, rest))
            }
        }
    }
}

/// Same name, kind and key.
impl PartialEq for VerifierKey {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.algorithm == other.algorithm && self.public() == other.public()
    }
}

impl Eq for VerifierKey {}

impl PublicKey {
    fn read(algorithm: Algorithm, public: &[u8]) -> Option<Self> {
        if algorithm == Algorithm::MlDsa44 {
            return Public44::read(public).map(Self::MlDsa44);
        }
        let key = VerifyingKey::from_bytes(public.try_into().ok()?).ok()?;
        Some(key).filter(|key| !key.is_weak()).map(Self::Ed25519)
    }
}

/// Strict: neither malleable signatures nor points of small order pass.
fn verify_ed25519(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
    let signature = ed25519_dalek::Signature::from_slice(signature);
    signature.is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
}

impl KeyId {
    fn of(name: &str, algorithm: Algorithm, public: &[u8]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(name);
        hasher.update([b'\n', algorithm as u8]);
        hasher.update(public);
        let hash: [u8; 32] = hasher.finalize().into();
        Self([hash[0], hash[1], hash[2], hash[3]])
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    /// Reads `<name>+<id>+<base64>`.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        const SHAPE: KeyError = KeyError::Shape { expected: "<name>+<8 hexadecimal digits>+<base64>" };
        let (name, id, data) = split_text(text).ok_or(SHAPE)?;
        let (algorithm, public) = data.split_first().ok_or(SHAPE)?;
        let key = Self::new(name, Algorithm::read(*algorithm)?, public)?;
        check_id(name, id, key.id())?;
        Ok(key)
    }
}

/// The text form, as published.
impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = [&[self.algorithm as u8][..], self.public()].concat();
        write!(f, "{}+{}+{}", self.name, self.id(), STANDARD.encode(data))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl Algorithm {
    pub(super) const fn read(byte: u8) -> Result<Self, KeyError> {
        match byte {
            0x01 => Ok(Self::Ed25519),
            0x04 => Ok(Self::CosignatureV1),
            0x06 => Ok(Self::MlDsa44),
            found => Err(KeyError::Algorithm { found }),
        }
    }
}

/// As people name it.
impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ed25519 => "Ed25519",
            Self::CosignatureV1 => "Ed25519 cosignature",
            Self::MlDsa44 => "ML-DSA-44",
        })
    }
}

/// The rules for names; ML-DSA-44 signs the name behind a one-byte length.
pub(super) fn check_name(name: &str, algorithm: Algorithm) -> Result<(), KeyError> {
    let fits = algorithm != Algorithm::MlDsa44 || name.len() <= mldsa::MAX_NAME;
    if is_key_name(name) && fits { Ok(()) } else { Err(KeyError::Name) }
}

/// Cuts `name+id+base64`; the base64 part may itself hold plus signs.
pub(super) fn split_text(text: &str) -> Option<(&str, &str, Vec<u8>)> {
    let mut parts = text.splitn(3, '+');
    let (name, id, data) = (parts.next()?, parts.next()?, parts.next()?);
    Some((name, id, STANDARD.decode(data).ok()?))
}

pub(super) fn check_id(name: &str, written: &str, computed: KeyId) -> Result<(), KeyError> {
    if written == computed.to_string() {
        return Ok(());
    }
    Err(KeyError::Id { name: name.to_owned(), written: written.chars().take(16).collect(), computed })
}
