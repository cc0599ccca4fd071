//! An X.509 certificate, read over the bytes as they were sent (RFC 5280, 4.1).

use super::extension::Extensions;
use super::key::{PublicKey, SignatureFault};
use super::name::Name;
use super::scheme::{AlgorithmId, Scheme};
use crate::asn1::{Asn1Error, Fault, Instant, Reader, Tlv, tag};
use crate::digest::HashAlgorithm;

/// A certificate. Nothing is trusted by having read it.
#[derive(Debug, Clone)]
pub struct Certificate<'a> {
    /// All bytes.
    pub raw: &'a [u8],
    /// What its issuer signed.
    pub(crate) signed: &'a [u8],
    /// Content bytes of the serial number.
    pub serial: &'a [u8],
    /// Who issued it.
    pub issuer: Name<'a>,
    /// Whose it is.
    pub subject: Name<'a>,
    /// First and last moment of validity.
    pub not_before: Instant,
    pub not_after: Instant,
    /// The key.
    pub key: PublicKey<'a>,
    /// 1, 2 or 3.
    pub version: u64,
    pub(crate) extensions: Extensions<'a>,
    algorithm: AlgorithmId<'a>,
    signature: &'a [u8],
}

impl<'a> Certificate<'a> {
    /// Reads one certificate and nothing more.
    ///
    /// # Errors
    /// The place that cannot be read.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Asn1Error> {
        let mut input = Reader::new(bytes, "Certificate");
        let whole = input.take(tag::SEQUENCE, "body")?;
        input.end()?;
        Self::from_tlv(&whole)
    }

    pub(crate) fn from_tlv(whole: &Tlv<'a>) -> Result<Self, Asn1Error> {
        let mut outer = whole.reader()?;
        let signed = outer.take(tag::SEQUENCE, "tbsCertificate")?;
        let algorithm = AlgorithmId::read(&mut outer, "signatureAlgorithm")?;
        let signature = outer.bits("signatureValue")?;
        outer.end()?;
        let mut fields = signed.reader()?;
        let version = match fields.maybe_enter(tag::explicit(0), "version")? {
            Some(mut number) => number.unsigned("number")? + 1,
            None => 1,
        };
        let serial = fields.integer("serialNumber")?;
        if AlgorithmId::read(&mut fields, "signature")?.raw != algorithm.raw {
            return Err(signed.fault(Fault::Value("the algorithm inside is another than the one outside")));
        }
        let issuer = Name::read(&mut fields, "issuer")?;
        let mut validity = fields.sequence("validity")?;
        let (not_before, not_after) = (validity.time("notBefore")?, validity.time("notAfter")?);
        validity.end()?;
        let subject = Name::read(&mut fields, "subject")?;
        let key = PublicKey::read(&mut fields, "subjectPublicKeyInfo")?;
        let extensions = read_extensions(&mut fields)?;
        let raw = whole.raw;
        let signed = signed.raw;
        Ok(Self {
            raw,
            signed,
            serial,
            issuer,
            subject,
            not_before,
            not_after,
            key,
            version,
            extensions,
            algorithm,
            signature,
        })
    }

    /// Checks that `issuer`'s key signed this one.
    ///
    /// # Errors
    /// Why the signature does not hold.
    pub fn verify_by(&self, issuer: &PublicKey<'_>) -> Result<(), SignatureFault> {
        check_signature(&self.algorithm, self.signed, self.signature, issuer)
    }

    /// SHA-256 of all bytes, by which people compare certificates.
    #[must_use]
    pub fn fingerprint(&self) -> Vec<u8> {
        HashAlgorithm::Sha256.digest(self.raw)
    }

    /// Whether issuer and subject are the same.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.issuer.is_same(&self.subject)
    }

    /// Whether the key may be used so; a certificate that does not say may.
    pub(crate) fn may(&self, usage: u16) -> bool {
        self.extensions.usage.is_none_or(|allowed| allowed & usage != 0)
    }
}

fn read_extensions<'a>(fields: &mut Reader<'a>) -> Result<Extensions<'a>, Asn1Error> {
    let _ = fields.maybe(tag::implicit(1), "issuerUniqueID")?;
    let _ = fields.maybe(tag::implicit(2), "subjectUniqueID")?;
    let found = match fields.maybe_enter(tag::explicit(3), "extensions")? {
        Some(mut wrapper) => {
            let list = wrapper.sequence("list")?;
            wrapper.end()?;
            Extensions::read(list)?
        }
        None => Extensions::default(),
    };
    fields.end()?;
    Ok(found)
}

/// Checks a signature named by its algorithm, by a key and over a digest that still say something; shared by certificates, lists
/// and OCSP answers.
pub(super) fn check_signature(
    algorithm: &AlgorithmId<'_>,
    signed: &[u8],
    signature: &[u8],
    key: &PublicKey<'_>,
) -> Result<(), SignatureFault> {
    let unknown = SignatureFault::Algorithm { oid: algorithm.oid };
    let scheme = Scheme::of(algorithm, None).ok().flatten().ok_or(unknown)?;
    if let Some(hash) = scheme.hash().filter(|hash| !hash.is_strong()) {
        return Err(SignatureFault::WeakDigest { hash });
    }
    if key.is_weak() {
        return Err(SignatureFault::WeakKey { key: key.to_string() });
    }
    key.verify(scheme, signed, signature)
}
