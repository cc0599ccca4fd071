//! A small writer of DER, from the inside out.

use super::{Oid, Tag, tag};

/// Values in a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Der(Vec<u8>);

impl Der {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One value of this type around `content`.
    #[must_use]
    pub fn value(mut self, tag: Tag, content: &[u8]) -> Self {
        self.0.push(tag);
        push_length(&mut self.0, content.len());
        self.0.extend_from_slice(content);
        self
    }

    /// Values in DER as they are.
    #[must_use]
    pub fn raw(mut self, der: &[u8]) -> Self {
        self.0.extend_from_slice(der);
        self
    }

    /// A constructed value around others.
    #[must_use]
    pub fn holding(self, tag: Tag, inner: Der) -> Self {
        self.value(tag, &inner.0)
    }

    /// A SEQUENCE.
    #[must_use]
    pub fn sequence(self, inner: Der) -> Self {
        self.holding(tag::SEQUENCE, inner)
    }

    /// An object identifier.
    #[must_use]
    pub fn oid(self, oid: &Oid) -> Self {
        self.value(tag::OID, oid.content())
    }

    /// An INTEGER that is not negative, from its big-endian digits.
    #[must_use]
    pub fn unsigned(self, digits: &[u8]) -> Self {
        self.value(tag::INTEGER, &integer_bytes(digits))
    }

    /// An OCTET STRING.
    #[must_use]
    pub fn octets(self, content: &[u8]) -> Self {
        self.value(tag::OCTET_STRING, content)
    }

    /// The bytes.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// The shortest two's complement form of a number that is not negative, from its big-endian digits.
#[must_use]
pub fn integer_bytes(digits: &[u8]) -> Vec<u8> {
    let zeros = digits.iter().take_while(|b| **b == 0).count();
    let digits = &digits[zeros..];
    let sign = digits.first().is_none_or(|b| b & 0x80 != 0);
    let mut bytes = Vec::with_capacity(digits.len() + 1);
    bytes.extend(sign.then_some(0));
    bytes.extend_from_slice(digits);
    bytes
}

pub(super) fn push_length(out: &mut Vec<u8>, len: usize) {
    if let Ok(short @ 0..=0x7f) = u8::try_from(len) {
        return out.push(short);
    }
    let digits = len.to_be_bytes();
    let zeros = digits.iter().take_while(|b| **b == 0).count();
    let digits = &digits[zeros..];
    out.push(0x80 | digits.len() as u8);
    out.extend_from_slice(digits);
}
