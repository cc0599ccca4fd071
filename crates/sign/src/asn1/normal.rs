//! The DER form of a value that came in BER: lengths given and shortest, strings in one piece, sets in order.
//! Signed attributes are digested in this form (RFC 5652, 5.4) whatever form they were sent in.

use super::write::push_length;
use super::{Asn1Error, Tag, Tlv, tag};

/// Re-encodes a value.
///
/// # Errors
/// Anything within that cannot be read.
pub fn to_der(tlv: &Tlv<'_>) -> Result<Vec<u8>, Asn1Error> {
    let mut out = Vec::with_capacity(tlv.raw.len());
    push(&mut out, tlv)?;
    Ok(out)
}

fn push(out: &mut Vec<u8>, tlv: &Tlv<'_>) -> Result<(), Asn1Error> {
    const PIECES: Tag = tag::OCTET_STRING | tag::CONSTRUCTED;
    if tlv.tag & tag::CONSTRUCTED == 0 {
        return plain(out, tlv);
    }
    if tlv.tag == PIECES {
        let whole = tlv.octets()?;
        out.push(tag::OCTET_STRING);
        push_length(out, whole.len());
        out.extend_from_slice(&whole);
        return Ok(());
    }
    let mut parts = Vec::new();
    let mut reader = tlv.reader()?;
    while !reader.is_empty() {
        parts.push(to_der(&reader.any("value")?)?);
    }
    if tlv.tag == tag::SET {
        parts.sort();
    }
    identifier(out, tlv);
    push_length(out, parts.iter().map(Vec::len).sum());
    parts.iter().for_each(|part| out.extend_from_slice(part));
    Ok(())
}

fn plain(out: &mut Vec<u8>, tlv: &Tlv<'_>) -> Result<(), Asn1Error> {
    identifier(out, tlv);
    push_length(out, tlv.content.len());
    match (tlv.tag, tlv.content) {
        // DER knows one true.
        (tag::BOOLEAN, [1..=0xff]) => out.push(0xff),
        (_, content) => out.extend_from_slice(content),
    }
    Ok(())
}

/// The identifier as sent: one byte, or more for a large number.
fn identifier(out: &mut Vec<u8>, tlv: &Tlv<'_>) {
    let large = tlv.tag & 0x1f == 0x1f;
    let more = tlv.raw[1..].iter().position(|b| b & 0x80 == 0).map_or(0, |at| at + 1);
    out.extend_from_slice(&tlv.raw[..1 + if large { more } else { 0 }]);
}
