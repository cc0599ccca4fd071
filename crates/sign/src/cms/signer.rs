//! `SignerInfo`: who says to have signed, and the check with a key.

use std::borrow::Cow;

use super::attribute::Attributes;
use crate::asn1::{Asn1Error, Oid, Reader, known, tag};
use crate::digest::HashAlgorithm;
use crate::x509::{AlgorithmId, Certificate, Name, Scheme, SignatureFault};

/// One signer.
#[derive(Debug, Clone)]
pub struct Signer<'a> {
    /// Which certificate the signer names; binding only together with signed attributes.
    pub id: SignerId<'a>,
    /// What the signature covers besides the content.
    pub signed: Option<Attributes<'a>>,
    /// What it does not cover.
    pub unsigned: Option<Attributes<'a>>,
    digest: AlgorithmId<'a>,
    algorithm: AlgorithmId<'a>,
    signature: Cow<'a, [u8]>,
}

/// How a signer names its certificate.
#[derive(Debug, Clone)]
pub enum SignerId<'a> {
    Issuer {
        name: Name<'a>,
        serial: &'a [u8],
    },
    /// `subjectKeyIdentifier`.
    Key(Cow<'a, [u8]>),
}

/// A signature that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignerFault {
    /// The content has another digest than the one signed.
    #[error("the content has another digest than the signed one")]
    Content,
    /// The type of the content is another than the one signed.
    #[error("the type of the content is another than the signed one")]
    ContentType,
    /// A signed attribute that has to be there.
    #[error("the signed attribute {name} is missing")]
    Missing { name: &'static str },
    /// A digest algorithm that is not known.
    #[error("the digest algorithm {oid} is not known here")]
    Digest { oid: Oid },
    /// The signature.
    #[error(transparent)]
    Signature(#[from] SignatureFault),
    /// Attributes that cannot be read.
    #[error(transparent)]
    Form(#[from] Asn1Error),
}

impl<'a> Signer<'a> {
    pub(super) fn read(list: &mut Reader<'a>) -> Result<Self, Asn1Error> {
        let mut fields = list.sequence("signerInfo")?;
        let _ = fields.unsigned("version")?;
        let id = SignerId::read(&mut fields)?;
        let digest = AlgorithmId::read(&mut fields, "digestAlgorithm")?;
        let signed = fields.maybe(tag::explicit(0), "signedAttrs")?.map(Attributes::read).transpose()?;
        let algorithm = AlgorithmId::read(&mut fields, "signatureAlgorithm")?;
        let signature = fields.octets("signature")?;
        let unsigned = fields.maybe(tag::explicit(1), "unsignedAttrs")?.map(Attributes::read).transpose()?;
        fields.end()?;
        Ok(Self { id, signed, unsigned, digest, algorithm, signature })
    }

    /// The digests under the signature, as far as they are known: of the content, and of the signed attributes.
    #[must_use]
    pub fn digests(&self) -> Vec<HashAlgorithm> {
        let hash = self.digest.hash();
        let scheme = Scheme::of(&self.algorithm, hash).ok().flatten();
        hash.into_iter().chain(scheme.and_then(Scheme::hash)).collect()
    }

    /// Checks content and signature with the key of `certificate`. Whether digests and key still say anything is another
    /// question: see [`Signer::digests`] and [`PublicKey::is_weak`](crate::x509::PublicKey::is_weak).
    ///
    /// # Errors
    /// What does not hold; see [`SignerFault`].
    pub fn verify(&self, content_type: &Oid, content: &[u8], certificate: &Certificate<'_>) -> Result<(), SignerFault> {
        let hash = self.digest.hash().ok_or(SignerFault::Digest { oid: self.digest.oid })?;
        let unknown = SignatureFault::Algorithm { oid: self.algorithm.oid };
        let scheme = Scheme::of(&self.algorithm, Some(hash))?.ok_or(unknown)?;
        let Some(signed) = &self.signed else {
            // Only plain data may be signed without them (RFC 5652, 5.3); else the two could be exchanged.
            if *content_type != known::DATA {
                return Err(SignerFault::Missing { name: "signedAttrs" });
            }
            return Ok(certificate.key.verify(scheme, content, &self.signature)?);
        };
        check_attributes(signed, content_type, content, hash)?;
        let mut fault = SignatureFault::Wrong;
        for form in signed.signed_forms()? {
            match certificate.key.verify(scheme, &form, &self.signature) {
                Ok(()) => return Ok(()),
                Err(why) => fault = why,
            }
        }
        Err(fault.into())
    }
}

/// `contentType` and `messageDigest` have to be there and be right (RFC 5652, 11.1 and 11.2).
fn check_attributes(
    signed: &Attributes<'_>,
    content_type: &Oid,
    content: &[u8],
    hash: HashAlgorithm,
) -> Result<(), SignerFault> {
    let missing = |name| SignerFault::Missing { name };
    let kind = signed.one(&known::CONTENT_TYPE)?.ok_or_else(|| missing("contentType"))?;
    if kind.tag != tag::OID || kind.oid()? != *content_type {
        return Err(SignerFault::ContentType);
    }
    let digest = signed.one(&known::MESSAGE_DIGEST)?.ok_or_else(|| missing("messageDigest"))?;
    if digest.tag & !tag::CONSTRUCTED != tag::OCTET_STRING || *digest.octets()? != *hash.digest(content) {
        return Err(SignerFault::Content);
    }
    Ok(())
}

impl<'a> SignerId<'a> {
    fn read(fields: &mut Reader<'a>) -> Result<Self, Asn1Error> {
        if let Some(mut pair) = fields.maybe_enter(tag::SEQUENCE, "issuerAndSerialNumber")? {
            let name = Name::read(&mut pair, "issuer")?;
            let serial = pair.integer("serialNumber")?;
            pair.end()?;
            return Ok(Self::Issuer { name, serial });
        }
        let constructed = fields.peek() == Some(tag::explicit(0));
        let expected = if constructed { tag::explicit(0) } else { tag::implicit(0) };
        Ok(Self::Key(fields.take(expected, "subjectKeyIdentifier")?.octets()?))
    }

    /// Whether this names `certificate`.
    #[must_use]
    pub fn is(&self, certificate: &Certificate<'_>) -> bool {
        match self {
            Self::Issuer { name, serial } => *serial == certificate.serial && name.is_same(&certificate.issuer),
            Self::Key(id) => certificate.extensions.subject_key.is_some_and(|own| *own == **id),
        }
    }
}
