//! `signingCertificate` and `signingCertificateV2`: which certificate a signer says it used, under the signature
//! (RFC 2634, 5.4; RFC 5035, 3). RFC 3161 demands one of them, RFC 5816 allows the second.

use crate::asn1::{Asn1Error, Fault, Reader, Tlv, known, tag};
use crate::cms::Signer;
use crate::digest::HashAlgorithm;
use crate::x509::{AlgorithmId, Certificate, Name};

/// Whether signed attributes name `certificate`: none when there is no such attribute. Where both attributes are there,
/// both have to. Only the first identifier of each names the signer's certificate.
pub(super) fn names(signer: &Signer<'_>, certificate: &Certificate<'_>) -> Result<Option<bool>, Asn1Error> {
    let Some(signed) = &signer.signed else { return Ok(None) };
    let old = signed.one(&known::SIGNING_CERTIFICATE)?;
    let new = signed.one(&known::SIGNING_CERTIFICATE_V2)?;
    let old = old.map(|value| first(&value, false, certificate)).transpose()?;
    let new = new.map(|value| first(&value, true, certificate)).transpose()?;
    Ok(match (old, new) {
        (None, None) => None,
        (a, b) => Some(a.unwrap_or(true) && b.unwrap_or(true)),
    })
}

fn first(value: &Tlv<'_>, v2: bool, certificate: &Certificate<'_>) -> Result<bool, Asn1Error> {
    if value.tag != tag::SEQUENCE {
        return Err(value.fault(Fault::Type { found: value.tag, expected: tag::SEQUENCE }));
    }
    let mut ids = value.reader()?.sequence("certs")?;
    let mut id = ids.sequence("certID")?;
    let hash = match id.peek() {
        Some(tag::SEQUENCE) if v2 => AlgorithmId::read(&mut id, "hashAlgorithm")?.hash(),
        _ if v2 => Some(HashAlgorithm::Sha256),
        _ => Some(HashAlgorithm::Sha1),
    };
    let digest = id.octets("certHash")?;
    let issuer = id.maybe_enter(tag::SEQUENCE, "issuerSerial")?;
    let same = issuer.map(|pair| is_issuer(pair, certificate)).transpose()?.unwrap_or(true);
    id.end()?;
    Ok(same && hash.is_some_and(|hash| hash.digest(certificate.raw) == *digest))
}

/// `IssuerSerial`: general names, of which the issuer's is one, and the serial number.
fn is_issuer(mut pair: Reader<'_>, certificate: &Certificate<'_>) -> Result<bool, Asn1Error> {
    let mut names = pair.sequence("issuer")?;
    let serial = pair.integer("serialNumber")?;
    let mut named = false;
    while !names.is_empty() {
        let name = names.any("generalName")?;
        if name.tag == tag::explicit(4) {
            named |= Name::read(&mut name.reader()?, "directoryName")?.is_same(&certificate.issuer);
        }
    }
    Ok(named && serial == certificate.serial)
}
