//! Tags, and reading one header (tag and length) of BER. Contents are not looked at.

use super::Fault;

/// The identifier octet of a value: class, constructed bit and a number below 31. Values with larger numbers are
/// stepped over, but nothing expects them.
pub type Tag = u8;

/// Identifier octets.
pub mod tag {
    use super::Tag;

    pub const BOOLEAN: Tag = 0x01;
    pub const INTEGER: Tag = 0x02;
    pub const BIT_STRING: Tag = 0x03;
    pub const OCTET_STRING: Tag = 0x04;
    pub const NULL: Tag = 0x05;
    pub const OID: Tag = 0x06;
    pub const ENUMERATED: Tag = 0x0a;
    pub const UTF8_STRING: Tag = 0x0c;
    pub const PRINTABLE_STRING: Tag = 0x13;
    pub const TELETEX_STRING: Tag = 0x14;
    pub const IA5_STRING: Tag = 0x16;
    pub const UTC_TIME: Tag = 0x17;
    pub const GENERALIZED_TIME: Tag = 0x18;
    pub const BMP_STRING: Tag = 0x1e;
    pub const SEQUENCE: Tag = 0x30;
    pub const SET: Tag = 0x31;
    /// Set in the identifier of a value that is made of values.
    pub const CONSTRUCTED: Tag = 0x20;

    /// `[n]`, holding values (explicit, or implicit over SEQUENCE or SET).
    #[must_use]
    pub const fn explicit(n: u8) -> Tag {
        0xa0 | n
    }

    /// `[n]` implicit over a plain type.
    #[must_use]
    pub const fn implicit(n: u8) -> Tag {
        0x80 | n
    }
}

/// A header taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) tag: Tag,
    /// Bytes of tag and length.
    pub(super) len: usize,
    /// Bytes of the content; none when it lasts until its end mark.
    pub(super) content: Option<usize>,
}

/// Reads the header at the start of `bytes`.
pub(super) fn read(bytes: &[u8]) -> Result<Header, Fault> {
    let tag = *bytes.first().ok_or(Fault::Truncated)?;
    let mut len = 1;
    if tag & 0x1f == 0x1f {
        // A large tag number: at most four bytes of it, the last one without the high bit.
        let number = bytes[1..].iter().take(4).position(|b| b & 0x80 == 0);
        len += number.ok_or(Fault::Length)? + 1;
    }
    let first = *bytes.get(len).ok_or(Fault::Truncated)?;
    len += 1;
    let content = match first {
        0x80 if tag & tag::CONSTRUCTED == 0 => return Err(Fault::Length),
        0x80 => None,
        short @ 0..=0x7f => Some(usize::from(short)),
        long => {
            let count = usize::from(long & 0x7f);
            let digits = bytes.get(len..len + count).ok_or(Fault::Truncated)?;
            len += count;
            Some(number(digits)?)
        }
    };
    Ok(Header { tag, len, content })
}

/// A length of several bytes; BER allows leading zeros.
fn number(digits: &[u8]) -> Result<usize, Fault> {
    digits.iter().try_fold(0_usize, |n, digit| {
        if n > super::MAX_INPUT >> 8 { Err(Fault::Length) } else { Ok(n << 8 | usize::from(*digit)) }
    })
}

/// Length of the whole value at the start of `bytes`, with its header and, where it has one, its end mark.
/// Nested values without a length are stepped through one by one; those with one are stepped over.
pub(super) fn whole(bytes: &[u8]) -> Result<(Header, usize), Fault> {
    let first = read(bytes)?;
    if let Some(content) = first.content {
        let end = first.len + content;
        return if end <= bytes.len() { Ok((first, end)) } else { Err(Fault::Truncated) };
    }
    let (mut at, mut open) = (first.len, 1_usize);
    while open > 0 {
        let rest = bytes.get(at..).ok_or(Fault::Truncated)?;
        let header = read(rest)?;
        at += header.len;
        match header.content {
            Some(0) if header.tag == 0 => open -= 1,
            Some(_) if header.tag == 0 => return Err(Fault::Length),
            Some(content) => at += content,
            None if open == super::MAX_DEPTH => return Err(Fault::Depth),
            None => open += 1,
        }
    }
    if at <= bytes.len() { Ok((first, at)) } else { Err(Fault::Truncated) }
}
