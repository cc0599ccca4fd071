//! The digests that signatures and stamps of others use.

use sha2_11::{Digest as _, Sha256, Sha384, Sha512};

use crate::asn1::{Oid, known};

/// A digest algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HashAlgorithm {
    /// Known, so that old identifiers and signatures can be read; nothing signed over it counts any more.
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl HashAlgorithm {
    /// The one with this identifier.
    #[must_use]
    pub fn from_oid(oid: &Oid) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.oid() == *oid)
    }

    const ALL: [Self; 4] = [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512];

    /// Its identifier.
    #[must_use]
    pub fn oid(self) -> Oid {
        match self {
            Self::Sha1 => known::SHA1,
            Self::Sha256 => known::SHA256,
            Self::Sha384 => known::SHA384,
            Self::Sha512 => known::SHA512,
        }
    }

    /// Its name as people write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    /// Bytes of a digest.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Whether a signature or an imprint over it still says something: no collisions can be made.
    #[must_use]
    pub fn is_strong(self) -> bool {
        self != Self::Sha1
    }

    /// The digest of `bytes`.
    #[must_use]
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => sha1::Sha1::digest(bytes).to_vec(),
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}
