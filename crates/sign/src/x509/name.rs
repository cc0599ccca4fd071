//! Distinguished names: compared as RFC 5280 (7.1) asks, shown to people.

use std::fmt;

use crate::asn1::{Asn1Error, Oid, Reader, Tlv, tag};

/// Short names of attribute types, as OpenSSL prints them.
const TYPES: [(&str, &[u8]); 9] = [
    ("C", &[0x55, 4, 6]),
    ("O", &[0x55, 4, 10]),
    ("OU", &[0x55, 4, 11]),
    ("CN", &[0x55, 4, 3]),
    ("serialNumber", &[0x55, 4, 5]),
    ("L", &[0x55, 4, 7]),
    ("ST", &[0x55, 4, 8]),
    ("organizationIdentifier", &[0x55, 4, 97]),
    ("emailAddress", &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1]),
];

/// A distinguished name.
#[derive(Debug, Clone)]
pub struct Name<'a> {
    /// The bytes as they were sent.
    pub raw: &'a [u8],
    parts: Vec<Vec<Attribute<'a>>>,
}

#[derive(Debug, Clone)]
struct Attribute<'a> {
    kind: Oid,
    tag: u8,
    value: &'a [u8],
}

impl<'a> Name<'a> {
    /// Reads the next value as a name.
    ///
    /// # Errors
    /// The place that cannot be read.
    pub fn read(reader: &mut Reader<'a>, name: &'static str) -> Result<Self, Asn1Error> {
        Self::from_tlv(&reader.take(tag::SEQUENCE, name)?)
    }

    pub(crate) fn from_tlv(whole: &Tlv<'a>) -> Result<Self, Asn1Error> {
        let (mut sets, mut parts) = (whole.reader()?, Vec::new());
        while !sets.is_empty() {
            parts.push(Self::part(&mut sets)?);
        }
        Ok(Self { raw: whole.raw, parts })
    }

    fn part(sets: &mut Reader<'a>) -> Result<Vec<Attribute<'a>>, Asn1Error> {
        let (mut set, mut part) = (sets.enter(tag::SET, "relativeName")?, Vec::new());
        while !set.is_empty() {
            let mut attribute = set.sequence("attribute")?;
            let kind = attribute.oid("type")?;
            let value = attribute.any("value")?;
            attribute.end()?;
            part.push(Attribute { kind, tag: value.tag, value: value.content });
        }
        Ok(part)
    }

    /// Whether both name the same: letter case, kind of string and width of spaces do not matter.
    #[must_use]
    pub fn is_same(&self, other: &Name<'_>) -> bool {
        let same = |(a, b): (&Vec<Attribute<'_>>, &Vec<Attribute<'_>>)| {
            a.len() == b.len() && a.iter().all(|x| b.iter().any(|y| x.is_same(y)))
        };
        self.raw == other.raw
            || (self.parts.len() == other.parts.len() && self.parts.iter().zip(&other.parts).all(same))
    }

    /// Whether there are no parts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

impl Attribute<'_> {
    fn is_same(&self, other: &Attribute<'_>) -> bool {
        if self.kind != other.kind {
            return false;
        }
        match (self.text(), other.text()) {
            (Some(a), Some(b)) => folded(&a) == folded(&b),
            _ => self.tag == other.tag && self.value == other.value,
        }
    }

    fn text(&self) -> Option<String> {
        match self.tag {
            tag::UTF8_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING => {
                std::str::from_utf8(self.value).ok().map(str::to_owned)
            }
            tag::TELETEX_STRING => Some(self.value.iter().map(|b| char::from(*b)).collect()),
            tag::BMP_STRING if self.value.len().is_multiple_of(2) => {
                let units = self.value.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
                char::decode_utf16(units).collect::<Result<_, _>>().ok()
            }
            _ => None,
        }
    }
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// `C=JP, O=…, CN=…`.
impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, attribute) in self.parts.iter().flatten().enumerate() {
            f.write_str(if at == 0 { "" } else { ", " })?;
            match TYPES.iter().find(|(_, oid)| *oid == attribute.kind.content()) {
                Some((short, _)) => f.write_str(short)?,
                None => write!(f, "{}", attribute.kind)?,
            }
            let text = attribute.text().unwrap_or_else(|| "?".to_owned());
            let shown: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).take(200).collect();
            write!(f, "={shown}")?;
        }
        Ok(())
    }
}
