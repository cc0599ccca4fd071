//! Object identifiers: their bytes, their dotted form, and those this crate knows.

use std::fmt;
use std::str::FromStr;

/// Longest identifier in bytes that is read; the longest met is 13.
const MAX: usize = 39;

/// An object identifier, kept as the content bytes of its DER form.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Oid {
    bytes: [u8; MAX],
    len: u8,
}

impl Oid {
    /// From content bytes: whole numbers, none with needless leading bytes.
    #[must_use]
    pub fn from_content(content: &[u8]) -> Option<Self> {
        let starts = |at: usize| at == 0 || content[at - 1] & 0x80 == 0;
        let padded = content.iter().enumerate().any(|(at, b)| *b == 0x80 && starts(at));
        let whole = content.last().is_some_and(|b| b & 0x80 == 0);
        (whole && !padded && content.len() <= MAX).then(|| Self::raw(content))
    }

    /// Without a check; for identifiers known here.
    const fn raw(content: &[u8]) -> Self {
        let mut bytes = [0; MAX];
        let mut at = 0;
        while at < content.len() {
            bytes[at] = content[at];
            at += 1;
        }
        Self { bytes, len: content.len() as u8 }
    }

    /// Content bytes.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// The dotted form.
impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut number = 0_u128;
        let mut first = true;
        for byte in self.content() {
            number = number.wrapping_shl(7) | u128::from(byte & 0x7f);
            if byte & 0x80 != 0 {
                continue;
            }
            if first {
                let root = (number / 40).min(2);
                write!(f, "{root}.{}", number - root * 40)?;
                first = false;
            } else {
                write!(f, ".{number}")?;
            }
            number = 0;
        }
        Ok(())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

/// A text that is no object identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an object identifier like 1.2.392.1")]
pub struct OidError {
    /// The text.
    pub text: String,
}

impl FromStr for Oid {
    type Err = OidError;

    fn from_str(text: &str) -> Result<Self, OidError> {
        parse(text).ok_or_else(|| OidError { text: text.to_owned() })
    }
}

fn parse(text: &str) -> Option<Oid> {
    let plain = |part: &str| part == "0" || !(part.is_empty() || part.starts_with(['0', '+']));
    let numbers: Option<Vec<u64>> = text.split('.').map(|part| part.parse().ok().filter(|_| plain(part))).collect();
    let numbers = numbers?;
    let [root, second, rest @ ..] = &numbers[..] else { return None };
    if *root > 2 || (*root < 2 && *second > 39) {
        return None;
    }
    let mut content = Vec::new();
    push(&mut content, second.checked_add(root * 40)?);
    rest.iter().for_each(|number| push(&mut content, *number));
    Oid::from_content(&content)
}

/// Base 128, most significant first.
fn push(content: &mut Vec<u8>, number: u64) {
    let groups = (64 - number.leading_zeros()).div_ceil(7).max(1);
    for group in (0..groups).rev() {
        let more = if group > 0 { 0x80 } else { 0 };
        content.push((number >> (7 * group)) as u8 & 0x7f | more);
    }
}

/// Identifiers that mean something here.
pub(crate) mod known {
    use super::Oid;

    pub(crate) const SHA1: Oid = Oid::raw(&[0x2b, 0x0e, 0x03, 0x02, 0x1a]);
    pub(crate) const SHA256: Oid = Oid::raw(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]);
    pub(crate) const SHA384: Oid = Oid::raw(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02]);
    pub(crate) const SHA512: Oid = Oid::raw(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03]);
}
