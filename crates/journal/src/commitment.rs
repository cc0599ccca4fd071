//! Salted commitments: what an entry says about a body, a reason or a blob without giving it away.
//! Every salt is derived from the key of the record; once that key is destroyed nobody can test a
//! guess against the log. Keeping and destroying keys is the store's work.

use crate::Digest;
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use sha2::{Digest as _, Sha256};
use std::fmt;

const SALT_DOMAIN: &[u8] = b"akashi/salt/v1\n";
const SEAL_DOMAIN: &[u8] = b"akashi/seal/v1\n";
const COMMITMENT_DOMAIN: &[u8] = b"akashi/commitment/v1\n";

/// What a commitment is about; each has a salt of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The canonical JSON of the version's body.
    Body,
    /// The UTF-8 text of the reason given.
    Reason,
    /// The SHA-256 (32 bytes) of the plain blob at this place of the entry's list, so that a large blob is read once.
    Blob(u32),
}

/// The 32 random bytes that belong to one record. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordKey([u8; 32]);

/// A salt: shown together with the content when somebody has to check one commitment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 32]);

impl RecordKey {
    /// Takes 32 bytes from a cryptographic random source.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for keeping them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// HMAC-SHA256 under this key of purpose and `rev`. Every entry of a record must use a `rev` of its
    /// own: with one salt for two entries, opening the one would let a guess at the other be tested.
    #[must_use]
    pub fn salt(&self, purpose: Purpose, rev: u32) -> Salt {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(SALT_DOMAIN);
        mac.update(format!("{purpose}\n{rev}").as_bytes());
        Salt(mac.finalize().into_bytes().into())
    }

    /// The key that contents of this record are encrypted with at rest: HMAC-SHA256 under this key of a fixed
    /// text, so that showing salts says nothing about it and destroying this key destroys it too.
    #[must_use]
    pub fn seal_key(&self) -> [u8; 32] {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(SEAL_DOMAIN);
        mac.finalize().into_bytes().into()
    }

    /// The commitment to `bytes` for this purpose and revision.
    #[must_use]
    pub fn commit(&self, purpose: Purpose, rev: u32, bytes: &[u8]) -> Digest {
        self.salt(purpose, rev).commit(bytes)
    }
}

impl Salt {
    /// SHA-256(domain ‖ salt ‖ bytes). The salt has a fixed length, so the parts cannot be shifted.
    #[must_use]
    pub fn commit(&self, bytes: &[u8]) -> Digest {
        let mut hasher = Sha256::new();
        hasher.update(COMMITMENT_DOMAIN);
        hasher.update(self.0);
        hasher.update(bytes);
        Digest(hasher.finalize().into())
    }

    /// Whether `commitment` is the one to `bytes` under this salt.
    #[must_use]
    pub fn opens(&self, commitment: &Digest, bytes: &[u8]) -> bool {
        self.commit(bytes) == *commitment
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body => f.write_str("body"),
            Self::Reason => f.write_str("reason"),
            Self::Blob(place) => write!(f, "blob/{place}"),
        }
    }
}

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordKey(hidden)")
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(hidden)")
    }
}
