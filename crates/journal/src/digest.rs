//! A SHA-256 value and its two text forms: hexadecimal in entries, base64 in tlog files.
//! What is hashed, and with which prefix, stands in `merkle` and `commitment`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// 32 bytes of SHA-256. In JSON: 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

/// A digest in text that is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// Not exactly 64 lower-case hexadecimal digits.
    #[error("expected 64 lower-case hexadecimal digits, found {chars} characters that are not such a digest")]
    Hex { chars: usize },
    /// Not the canonical base64 form of 32 bytes.
    #[error(
        "expected 32 bytes in standard base64 (44 characters with padding), found {chars} characters that are not such a digest"
    )]
    Base64 { chars: usize },
}

impl Digest {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Plain SHA-256 of `bytes`, without any prefix.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }

    /// Reads the form written by [`Digest::to_hex`]; upper case is refused, so that each value has one text.
    pub fn from_hex(text: &str) -> Result<Self, DigestError> {
        let fault = || DigestError::Hex { chars: text.chars().count() };
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(fault());
        }
        let mut bytes = [0; Self::LEN];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| fault())?;
        Ok(Self(bytes))
    }

    /// Standard base64 with padding, as tlog files use.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// Reads the form written by [`Digest::to_base64`]; other encodings of the same bytes are refused.
    pub fn from_base64(text: &str) -> Result<Self, DigestError> {
        let fault = || DigestError::Base64 { chars: text.chars().count() };
        let bytes = STANDARD.decode(text).map_err(|_| fault())?;
        Ok(Self(bytes.try_into().map_err(|_| fault())?))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", self.to_hex())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut digits = [0; 2 * Self::LEN];
        hex::encode_to_slice(self.0, &mut digits).map_err(ser::Error::custom)?;
        serializer.serialize_str(std::str::from_utf8(&digits).map_err(ser::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(HexVisitor)
    }
}

/// Reads the text in place: whole logs are read this way.
struct HexVisitor;

impl de::Visitor<'_> for HexVisitor {
    type Value = Digest;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("64 lower-case hexadecimal digits")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Digest, E> {
        Digest::from_hex(text).map_err(E::custom)
    }
}
