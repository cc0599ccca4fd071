//! Private keys of signed notes and their text form, as Go's `sumdb/note` writes it:
//! `PRIVATE+KEY+<name>+<id>+<base64 of type and seed>`.

use super::key::{PublicKey, check_id, check_name, split_text};
use super::mldsa::Secret44;
use super::{Algorithm, KeyError, NoteError, Signature, VerifierKey};
use crate::cosignature;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use std::fmt;

/// A private key with the name it signs under: Ed25519 or ML-DSA-44. Never printed by `Debug`, wiped when dropped.
#[derive(Clone)]
pub struct SignerKey {
    name: String,
    key: PrivateKey,
}

#[derive(Clone)]
enum PrivateKey {
    Ed25519(Box<SigningKey>),
    MlDsa44(Secret44),
}

impl SignerKey {
    /// An Ed25519 key from 32 secret random bytes (the seed of RFC 8032).
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        check_name(name, Algorithm::Ed25519)?;
        Ok(Self { name: name.to_owned(), key: PrivateKey::Ed25519(Box::new(SigningKey::from_bytes(seed))) })
    }

    /// An ML-DSA-44 key from 32 secret random bytes (the seed ξ of FIPS 204), used for nothing else.
    pub fn ml_dsa_44(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        check_name(name, Algorithm::MlDsa44)?;
        Ok(Self { name: name.to_owned(), key: PrivateKey::MlDsa44(Secret44::from_seed(seed)) })
    }

    /// Reads `PRIVATE+KEY+<name>+<id>+<base64>`.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        const SHAPE: KeyError = KeyError::Shape { expected: "PRIVATE+KEY+<name>+<8 hexadecimal digits>+<base64>" };
        let (name, id, data) = split_text(text.strip_prefix("PRIVATE+KEY+").ok_or(SHAPE)?).ok_or(SHAPE)?;
        let (algorithm, seed) = data.split_first().ok_or(SHAPE)?;
        let seed = seed.try_into().map_err(|_| SHAPE);
        let key = match Algorithm::read(*algorithm)? {
            Algorithm::Ed25519 => Self::from_seed(name, seed?)?,
            Algorithm::MlDsa44 => Self::ml_dsa_44(name, seed?)?,
            // A witness keeps its key as Ed25519 too: which message it signs is not the key's matter.
            Algorithm::CosignatureV1 => return Err(KeyError::Algorithm { found: *algorithm }),
        };
        check_id(name, id, key.verifier().id())?;
        Ok(key)
    }

    /// The form read by [`SignerKey::parse`]: a secret, for the key file only.
    #[must_use]
    pub fn to_secret_text(&self) -> String {
        let data = [&[self.algorithm() as u8][..], self.seed()].concat();
        format!("PRIVATE+KEY+{}+{}+{}", self.name, self.verifier().id(), STANDARD.encode(data))
    }

    /// The name in signature lines.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs with as a log: [`Algorithm::Ed25519`] or [`Algorithm::MlDsa44`].
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self.key {
            PrivateKey::Ed25519(_) => Algorithm::Ed25519,
            PrivateKey::MlDsa44(_) => Algorithm::MlDsa44,
        }
    }

    /// The public half as a log key.
    #[must_use]
    pub fn verifier(&self) -> VerifierKey {
        self.verifier_as(self.algorithm())
    }

    /// The public half as a witness key. An Ed25519 key serves one witness name only: the name is not signed.
    #[must_use]
    pub fn cosigner(&self) -> VerifierKey {
        match self.key {
            PrivateKey::Ed25519(_) => self.verifier_as(Algorithm::CosignatureV1),
            PrivateKey::MlDsa44(_) => self.verifier(),
        }
    }

    /// Signs a note text as a log does at `time` (seconds since 1970). Ed25519 signs any text and no time; ML-DSA-44
    /// signs what a checkpoint states, and the time.
    ///
    /// # Errors
    /// [`NoteError::NotSignable`] when an ML-DSA-44 key gets another text than a checkpoint, or a time beyond 2^63 − 1.
    pub fn sign_at(&self, text: &str, time: u64) -> Result<Signature, NoteError> {
        let id = self.verifier().id();
        let not_signable = || NoteError::NotSignable { name: self.name.clone(), id };
        let bytes = match &self.key {
            PrivateKey::Ed25519(key) => key.sign(text.as_bytes()).to_bytes().to_vec(),
            PrivateKey::MlDsa44(_) => self.sign_timed(text, time).ok_or_else(not_signable)?,
        };
        Ok(Signature { name: self.name.clone(), id, bytes })
    }

    /// Time and signature of a witness over the text of a checkpoint; none for another text or an impossible time.
    pub(crate) fn sign_timed(&self, text: &str, time: u64) -> Option<Vec<u8>> {
        i64::try_from(time).ok()?;
        let signature = match &self.key {
            PrivateKey::Ed25519(key) => key.sign(&cosignature::message(time, text)).to_bytes().to_vec(),
            PrivateKey::MlDsa44(key) => key.sign(&cosignature::subtree_message(&self.name, time, text)?)?,
        };
        Some([&time.to_be_bytes()[..], &signature].concat())
    }

    fn seed(&self) -> &[u8] {
        match &self.key {
            PrivateKey::Ed25519(key) => key.as_bytes(),
            PrivateKey::MlDsa44(key) => key.seed(),
        }
    }

    fn verifier_as(&self, algorithm: Algorithm) -> VerifierKey {
        let key = match &self.key {
            PrivateKey::Ed25519(key) => PublicKey::Ed25519(key.verifying_key()),
            PrivateKey::MlDsa44(key) => PublicKey::MlDsa44(key.public()),
        };
        VerifierKey::of(self.name.clone(), algorithm, key)
    }
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignerKey({}, key {}, hidden)", self.name, self.verifier().id())
    }
}
