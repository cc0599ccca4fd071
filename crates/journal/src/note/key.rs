//! Keys of signed notes and their text forms, as Go's `sumdb/note` writes them:
//! `<name>+<id>+<base64>` for verifying, `PRIVATE+KEY+<name>+<id>+<base64>` for signing.

use super::{Signature, is_key_name};
use crate::cosignature;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;

/// What a key's signature covers; the number is the type byte of the text form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Algorithm {
    /// Ed25519 over the note text: logs.
    Ed25519 = 0x01,
    /// Ed25519 over time and note text, `cosignature/v1`: witnesses.
    CosignatureV1 = 0x04,
}

/// First four bytes of SHA-256(name ‖ newline ‖ type byte ‖ public key). Picks a key, proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 4]);

/// A public key with the name it signs under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    algorithm: Algorithm,
    key: VerifyingKey,
}

/// A private Ed25519 key with the name it signs under. Never printed by `Debug`.
#[derive(Clone)]
pub struct SignerKey {
    name: String,
    key: SigningKey,
}

/// A key text that cannot be used. The text itself is not repeated: it may be a private key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Empty, or with white space or a plus sign.
    #[error(
        "a key name needs at least one character and no spaces, control characters or plus signs; use a form like hospital.example/log"
    )]
    Name,
    /// Not three parts joined by plus signs, or the parts do not decode.
    #[error("not a key: expected {expected}")]
    Shape { expected: &'static str },
    /// Another kind of key, e.g. of a later version.
    #[error("key type 0x{found:02x} is not known here (known are 0x01 Ed25519 and 0x04 cosignature/v1)")]
    Algorithm { found: u8 },
    /// Not a point of the curve, or one that no honest key has.
    #[error("the public key of {name} is not a usable Ed25519 key")]
    PublicKey { name: String },
    /// Name, id and key do not belong together: probably mistyped.
    #[error("the id of key {name} is {written}, but name and key give {computed}; the text was changed or cut")]
    Id { name: String, written: String, computed: KeyId },
}

impl VerifierKey {
    /// Takes the 32-byte public key.
    pub fn new(name: &str, algorithm: Algorithm, public: &[u8; 32]) -> Result<Self, KeyError> {
        if !is_key_name(name) {
            return Err(KeyError::Name);
        }
        let key = VerifyingKey::from_bytes(public).ok().filter(|key| !key.is_weak());
        let key = key.ok_or_else(|| KeyError::PublicKey { name: name.to_owned() })?;
        Ok(Self { name: name.to_owned(), algorithm, key })
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
        KeyId::of(&self.name, self.algorithm, self.key.as_bytes())
    }

    /// The 32-byte public key.
    #[must_use]
    pub fn public(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Whether `signature`, the bytes of a signature line, is by this key over the note text.
    #[must_use]
    pub fn verify(&self, text: &str, signature: &[u8]) -> bool {
        match self.algorithm {
            Algorithm::Ed25519 => self.verify_ed25519(text.as_bytes(), signature),
            Algorithm::CosignatureV1 => {
                let parts = cosignature::split(signature);
                parts.is_some_and(|(time, rest)| self.verify_ed25519(&cosignature::message(time, text), rest))
            }
        }
    }

    /// Strict: neither malleable signatures nor points of small order pass.
    fn verify_ed25519(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = ed25519_dalek::Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }
}

impl SignerKey {
    /// A key from 32 secret random bytes (the seed of RFC 8032).
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        if !is_key_name(name) {
            return Err(KeyError::Name);
        }
        Ok(Self { name: name.to_owned(), key: SigningKey::from_bytes(seed) })
    }

    /// Reads `PRIVATE+KEY+<name>+<id>+<base64>`.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        const SHAPE: KeyError = KeyError::Shape { expected: "PRIVATE+KEY+<name>+<8 hexadecimal digits>+<base64>" };
        let (name, id, data) = split_text(text.strip_prefix("PRIVATE+KEY+").ok_or(SHAPE)?).ok_or(SHAPE)?;
        let (algorithm, seed) = data.split_first().ok_or(SHAPE)?;
        if *algorithm != Algorithm::Ed25519 as u8 {
            return Err(KeyError::Algorithm { found: *algorithm });
        }
        let key = Self::from_seed(name, seed.try_into().map_err(|_| SHAPE)?)?;
        check_id(name, id, key.verifier().id())?;
        Ok(key)
    }

    /// The form read by [`SignerKey::parse`]: a secret, for the key file only.
    #[must_use]
    pub fn to_secret_text(&self) -> String {
        let data = [&[Algorithm::Ed25519 as u8][..], self.key.as_bytes()].concat();
        format!("PRIVATE+KEY+{}+{}+{}", self.name, self.verifier().id(), STANDARD.encode(data))
    }

    /// The name in signature lines.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public half as a log key.
    #[must_use]
    pub fn verifier(&self) -> VerifierKey {
        self.verifier_as(Algorithm::Ed25519)
    }

    /// The public half as a witness key. One key serves one witness name only: the name is not signed.
    #[must_use]
    pub fn cosigner(&self) -> VerifierKey {
        self.verifier_as(Algorithm::CosignatureV1)
    }

    /// Signs a note text as a log does.
    #[must_use]
    pub fn sign(&self, text: &str) -> Signature {
        let bytes = self.key.sign(text.as_bytes()).to_bytes().to_vec();
        Signature { name: self.name.clone(), id: self.verifier().id(), bytes }
    }

    /// The raw Ed25519 signature over `message`.
    pub(crate) fn sign_raw(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    fn verifier_as(&self, algorithm: Algorithm) -> VerifierKey {
        VerifierKey { name: self.name.clone(), algorithm, key: self.key.verifying_key() }
    }
}

impl KeyId {
    fn of(name: &str, algorithm: Algorithm, public: &[u8; 32]) -> Self {
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
        let algorithm = match algorithm {
            0x01 => Algorithm::Ed25519,
            0x04 => Algorithm::CosignatureV1,
            found => return Err(KeyError::Algorithm { found: *found }),
        };
        let key = Self::new(name, algorithm, public.try_into().map_err(|_| SHAPE)?)?;
        check_id(name, id, key.id())?;
        Ok(key)
    }
}

/// The text form, as published.
impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = [&[self.algorithm as u8][..], self.key.as_bytes()].concat();
        write!(f, "{}+{}+{}", self.name, self.id(), STANDARD.encode(data))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignerKey({}, key {}, hidden)", self.name, self.verifier().id())
    }
}

/// Cuts `name+id+base64`; the base64 part may itself hold plus signs.
fn split_text(text: &str) -> Option<(&str, &str, Vec<u8>)> {
    let mut parts = text.splitn(3, '+');
    let (name, id, data) = (parts.next()?, parts.next()?, parts.next()?);
    Some((name, id, STANDARD.decode(data).ok()?))
}

fn check_id(name: &str, written: &str, computed: KeyId) -> Result<(), KeyError> {
    if written == computed.to_string() {
        return Ok(());
    }
    Err(KeyError::Id { name: name.to_owned(), written: written.chars().take(16).collect(), computed })
}
