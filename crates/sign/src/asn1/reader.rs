//! The reader: steps through values, keeps their spans, and names the place of every fault.

use std::borrow::Cow;

use super::{Asn1Error, Fault, Instant, MAX_DEPTH, MAX_INPUT, Oid, Place, Tag, header, tag};

type Result<T> = std::result::Result<T, Asn1Error>;

/// One value.
#[derive(Debug, Clone, Copy)]
pub struct Tlv<'a> {
    /// Identifier octet.
    pub tag: Tag,
    /// All bytes, as they were sent.
    pub raw: &'a [u8],
    /// The content without header and end mark.
    pub content: &'a [u8],
    /// Offset of `raw` in the input.
    pub at: usize,
    /// Whether the length is given (and not an end mark).
    pub definite: bool,
    place: Place,
    depth: usize,
}

/// Values in a row: the input, or the content of a constructed value.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    /// Offset of `bytes` in the input.
    at: usize,
    place: Place,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// Reads `bytes`, which `name` names in errors.
    #[must_use]
    pub fn new(bytes: &'a [u8], name: &'static str) -> Self {
        Self { bytes, at: 0, place: Place::new(name), depth: 0 }
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Identifier of the next value.
    #[must_use]
    pub fn peek(&self) -> Option<Tag> {
        self.bytes.first().copied()
    }

    /// Where this reader stands, for an error about what was read.
    #[must_use]
    pub fn fault(&self, fault: Fault) -> Asn1Error {
        self.place.error(self.at, fault)
    }

    /// The next value, whatever it is.
    pub fn any(&mut self, name: &'static str) -> Result<Tlv<'a>> {
        let (place, at) = (self.place.within(name), self.at);
        if self.bytes.len() > MAX_INPUT {
            return Err(place.error(at, Fault::TooLong));
        }
        if self.bytes.is_empty() {
            return Err(place.error(at, Fault::Missing));
        }
        let (head, len) = header::whole(self.bytes).map_err(|fault| place.error(at, fault))?;
        let (raw, rest) = self.bytes.split_at(len);
        let end = if head.content.is_some() { len } else { len - 2 };
        let content = &raw[head.len..end];
        (self.bytes, self.at) = (rest, at + len);
        Ok(Tlv { tag: head.tag, raw, content, at, definite: head.content.is_some(), place, depth: self.depth })
    }

    /// The next value, which has to be of this type.
    pub fn take(&mut self, expected: Tag, name: &'static str) -> Result<Tlv<'a>> {
        match self.peek() {
            Some(found) if found != expected => {
                Err(self.place.within(name).error(self.at, Fault::Type { found, expected }))
            }
            _ => self.any(name),
        }
    }

    /// The next value if it is of this type.
    pub fn maybe(&mut self, expected: Tag, name: &'static str) -> Result<Option<Tlv<'a>>> {
        if self.peek() == Some(expected) { self.any(name).map(Some) } else { Ok(None) }
    }

    /// Into the next value, which has to be of this constructed type.
    pub fn enter(&mut self, expected: Tag, name: &'static str) -> Result<Reader<'a>> {
        self.take(expected, name)?.reader()
    }

    /// Into the next value if it is of this constructed type.
    pub fn maybe_enter(&mut self, expected: Tag, name: &'static str) -> Result<Option<Reader<'a>>> {
        self.maybe(expected, name)?.map(|tlv| tlv.reader()).transpose()
    }

    /// Into the next value, a SEQUENCE.
    pub fn sequence(&mut self, name: &'static str) -> Result<Reader<'a>> {
        self.enter(tag::SEQUENCE, name)
    }

    /// Nothing may be left.
    pub fn end(&self) -> Result<()> {
        if self.bytes.is_empty() { Ok(()) } else { Err(self.fault(Fault::Trailing)) }
    }

    /// An object identifier.
    pub fn oid(&mut self, name: &'static str) -> Result<Oid> {
        self.take(tag::OID, name)?.oid()
    }

    /// The two's complement bytes of an INTEGER, at least one.
    pub fn integer(&mut self, name: &'static str) -> Result<&'a [u8]> {
        self.take(tag::INTEGER, name)?.integer()
    }

    /// An INTEGER that is not negative and fits.
    pub fn unsigned(&mut self, name: &'static str) -> Result<u64> {
        self.take(tag::INTEGER, name)?.unsigned()
    }

    /// `BOOLEAN DEFAULT FALSE`.
    pub fn flag(&mut self, name: &'static str) -> Result<bool> {
        match self.maybe(tag::BOOLEAN, name)? {
            Some(tlv) => match tlv.content {
                [byte] => Ok(*byte != 0),
                _ => Err(tlv.fault(Fault::Value("a truth value has one byte"))),
            },
            None => Ok(false),
        }
    }

    /// An OCTET STRING, put together where it came in pieces.
    pub fn octets(&mut self, name: &'static str) -> Result<Cow<'a, [u8]>> {
        let pieces = tag::OCTET_STRING | tag::CONSTRUCTED;
        let expected = if self.peek() == Some(pieces) { pieces } else { tag::OCTET_STRING };
        self.take(expected, name)?.octets()
    }

    /// A BIT STRING of whole bytes.
    pub fn bits(&mut self, name: &'static str) -> Result<&'a [u8]> {
        let tlv = self.take(tag::BIT_STRING, name)?;
        match tlv.content {
            [0, bits @ ..] => Ok(bits),
            _ => Err(tlv.fault(Fault::Value("not a bit string of whole bytes"))),
        }
    }

    /// UTCTime or GeneralizedTime.
    pub fn time(&mut self, name: &'static str) -> Result<Instant> {
        self.any(name)?.time()
    }
}

impl<'a> Tlv<'a> {
    /// An error about this value.
    #[must_use]
    pub fn fault(&self, fault: Fault) -> Asn1Error {
        self.place.error(self.at, fault)
    }

    /// Reads the values within.
    pub fn reader(&self) -> Result<Reader<'a>> {
        if self.tag & tag::CONSTRUCTED == 0 {
            return Err(self.fault(Fault::Value("a plain value where values are expected within")));
        }
        self.inside()
    }

    /// Reads the content as values, e.g. those an OCTET STRING wraps.
    pub(crate) fn inside(&self) -> Result<Reader<'a>> {
        if self.depth == MAX_DEPTH {
            return Err(self.fault(Fault::Depth));
        }
        let at = self.at + offset_in(self.raw, self.content);
        Ok(Reader { bytes: self.content, at, place: self.place, depth: self.depth + 1 })
    }

    /// The content of an OCTET STRING or of a `[n]` implicit one, put together where it came in pieces.
    pub fn octets(&self) -> Result<Cow<'a, [u8]>> {
        if self.tag & tag::CONSTRUCTED == 0 {
            return Ok(Cow::Borrowed(self.content));
        }
        let (mut pieces, mut whole) = (self.reader()?, Vec::with_capacity(self.content.len()));
        while !pieces.is_empty() {
            whole.extend_from_slice(&pieces.octets("piece")?);
        }
        Ok(Cow::Owned(whole))
    }

    /// The value of an object identifier.
    pub fn oid(&self) -> Result<Oid> {
        Oid::from_content(self.content).ok_or_else(|| self.fault(Fault::Value("not an object identifier")))
    }

    /// The two's complement bytes of an INTEGER or ENUMERATED, at least one.
    pub fn integer(&self) -> Result<&'a [u8]> {
        if self.content.is_empty() {
            Err(self.fault(Fault::Value("an integer without bytes")))
        } else {
            Ok(self.content)
        }
    }

    /// An INTEGER or ENUMERATED that is not negative and fits.
    pub fn unsigned(&self) -> Result<u64> {
        let bytes = self.integer()?;
        if bytes[0] & 0x80 != 0 {
            return Err(self.fault(Fault::Value("a negative number")));
        }
        let digits = &bytes[bytes.iter().take_while(|b| **b == 0).count()..];
        if digits.len() > 8 {
            return Err(self.fault(Fault::Value("too large a number")));
        }
        Ok(digits.iter().fold(0, |n, digit| n << 8 | u64::from(*digit)))
    }

    /// UTCTime or GeneralizedTime.
    pub fn time(&self) -> Result<Instant> {
        let read = match self.tag {
            tag::UTC_TIME => Instant::from_utc_time(self.content),
            tag::GENERALIZED_TIME => Instant::from_generalized(self.content),
            found => return Err(self.fault(Fault::Type { found, expected: tag::GENERALIZED_TIME })),
        };
        read.ok_or_else(|| self.fault(Fault::Value("not a time in UTC (a final Z) with seconds, or not a real one")))
    }
}

/// Where `part` begins in `whole`, of which it is a slice.
fn offset_in(whole: &[u8], part: &[u8]) -> usize {
    part.as_ptr() as usize - whole.as_ptr() as usize
}
