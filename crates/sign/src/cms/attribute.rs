//! Attributes of a signer: signed ones, which are digested as a SET, and others, which prove nothing by themselves.

use crate::asn1::{Asn1Error, Fault, Oid, Tlv, tag, to_der};

/// Most attributes that are read.
const MAX_ATTRIBUTES: usize = 64;

/// `[n] IMPLICIT SET OF Attribute`.
#[derive(Debug, Clone)]
pub struct Attributes<'a> {
    whole: Tlv<'a>,
    all: Vec<(Oid, Tlv<'a>)>,
}

impl<'a> Attributes<'a> {
    pub(super) fn read(whole: Tlv<'a>) -> Result<Self, Asn1Error> {
        let (mut list, mut all) = (whole.reader()?, Vec::new());
        while !list.is_empty() {
            let one = list.take(tag::SEQUENCE, "attribute")?;
            if all.len() == MAX_ATTRIBUTES {
                return Err(one.fault(Fault::TooLong));
            }
            let mut parts = one.reader()?;
            let kind = parts.oid("attrType")?;
            all.push((kind, parts.take(tag::SET, "attrValues")?));
            parts.end()?;
        }
        Ok(Self { whole, all })
    }

    /// The one value of an attribute that may be there once.
    ///
    /// # Errors
    /// The attribute is there twice, or has another number of values than one.
    pub fn one(&self, kind: &Oid) -> Result<Option<Tlv<'a>>, Asn1Error> {
        let mut named = self.all.iter().filter(|(oid, _)| oid == kind).map(|(_, values)| values);
        let (Some(values), more) = (named.next(), named.next()) else { return Ok(None) };
        if let Some(again) = more {
            return Err(again.fault(Fault::Value("an attribute that is there already")));
        }
        let mut reader = values.reader()?;
        let value = reader.any("value")?;
        reader.end()?;
        Ok(Some(value))
    }

    /// Every value of an attribute that may be there often, as stamps are.
    ///
    /// # Errors
    /// A value that cannot be read.
    pub fn every(&self, kind: &Oid) -> Result<Vec<Tlv<'a>>, Asn1Error> {
        let mut found = Vec::new();
        for (_, values) in self.all.iter().filter(|(oid, _)| oid == kind) {
            let mut reader = values.reader()?;
            while !reader.is_empty() {
                found.push(reader.any("value")?);
            }
        }
        Ok(found)
    }

    /// The bytes a signature over these attributes covers: the ones sent with the tag of a SET, and, where that is
    /// another, their DER form (RFC 5652, 5.4). Signers are met that digested the one or the other.
    pub(super) fn signed_forms(&self) -> Result<Vec<Vec<u8>>, Asn1Error> {
        let as_set = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            if let Some(first) = bytes.first_mut() {
                *first = tag::SET;
            }
            bytes
        };
        let mut forms = Vec::new();
        if self.whole.definite {
            forms.push(as_set(self.whole.raw));
        }
        let normal = as_set_in_order(&as_set(&to_der(&self.whole)?))?;
        if !forms.contains(&normal) {
            forms.push(normal);
        }
        Ok(forms)
    }
}

/// The values of a SET OF in the order of DER.
fn as_set_in_order(set: &[u8]) -> Result<Vec<u8>, Asn1Error> {
    let mut input = crate::asn1::Reader::new(set, "signedAttrs");
    to_der(&input.any("set")?)
}
