//! Faults of ASN.1, with the place: the path of names from the outermost value, and the byte.

use std::fmt;

/// Most names that a path keeps.
const MAX_NAMES: usize = 12;

/// Path of a value, e.g. `TimeStampResp.status.statusString`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    names: [&'static str; MAX_NAMES],
    len: usize,
}

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The input ends within the value.
    #[error("it ends too early")]
    Truncated,
    /// Something follows where nothing may.
    #[error("something follows that does not belong there")]
    Trailing,
    /// Nothing is there.
    #[error("it is missing")]
    Missing,
    /// Another type than expected.
    #[error("found type {found:#04x} where {expected:#04x} is expected")]
    Type { found: u8, expected: u8 },
    /// A length that no value can have.
    #[error("the length is not well formed")]
    Length,
    /// Nested deeper than is followed.
    #[error("it is nested deeper than {} levels", super::MAX_DEPTH)]
    Depth,
    /// Longer than is read.
    #[error("it is longer than is read")]
    TooLong,
    /// Of the right type, but not a value it may have.
    #[error("{0}")]
    Value(&'static str),
}

/// Input that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place} at byte {at}: {fault}")]
pub struct Asn1Error {
    /// Path of the value; boxed, so that results stay small.
    pub place: Box<Place>,
    /// Offset of the value from the start of the input.
    pub at: usize,
    /// What is wrong.
    pub fault: Fault,
}

impl Place {
    /// The outermost value.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        let mut names = [""; MAX_NAMES];
        names[0] = name;
        Self { names, len: 1 }
    }

    /// A value within. A path that grows too long keeps its beginning.
    #[must_use]
    pub(crate) fn within(mut self, name: &'static str) -> Self {
        if let Some(slot) = self.names.get_mut(self.len) {
            *slot = name;
            self.len += 1;
        }
        self
    }

    pub(crate) fn error(self, at: usize, fault: Fault) -> Asn1Error {
        Asn1Error { place: Box::new(self), at, fault }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names[..self.len].join("."))
    }
}
