//! Signature algorithms by their identifiers and parameters.

use crate::asn1::{Asn1Error, Fault, Oid, Reader, Tlv, known, tag};
use crate::digest::HashAlgorithm;

/// `AlgorithmIdentifier`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AlgorithmId<'a> {
    pub(crate) oid: Oid,
    pub(crate) parameters: Option<Tlv<'a>>,
    pub(crate) raw: &'a [u8],
}

/// How a signature is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    RsaPkcs1(HashAlgorithm),
    RsaPss { hash: HashAlgorithm, salt: usize },
    Ecdsa(HashAlgorithm),
    Ed25519,
}

impl<'a> AlgorithmId<'a> {
    pub(crate) fn read(reader: &mut Reader<'a>, name: &'static str) -> Result<Self, Asn1Error> {
        let whole = reader.take(tag::SEQUENCE, name)?;
        let mut parts = whole.reader()?;
        let oid = parts.oid("algorithm")?;
        let parameters = if parts.is_empty() { None } else { Some(parts.any("parameters")?) };
        parts.end()?;
        Ok(Self { oid, parameters, raw: whole.raw })
    }

    /// The digest algorithm this names, if it names a known one.
    pub(crate) fn hash(&self) -> Option<HashAlgorithm> {
        HashAlgorithm::from_oid(&self.oid)
    }

    /// Whether there are no parameters, or NULL.
    fn is_bare(&self) -> bool {
        self.parameters.is_none_or(|p| p.tag == tag::NULL && p.content.is_empty())
    }
}

impl Scheme {
    /// The scheme of a signature algorithm; none when it is not known. `digest` is what CMS names beside it, for
    /// identifiers that name a kind of key only.
    pub(crate) fn of(algorithm: &AlgorithmId<'_>, digest: Option<HashAlgorithm>) -> Result<Option<Self>, Asn1Error> {
        use HashAlgorithm::{Sha1, Sha256, Sha384, Sha512};
        let known = match algorithm.oid {
            known::RSA_PSS => return pss(algorithm),
            known::RSA => digest.map(Self::RsaPkcs1),
            known::RSA_SHA1 => Some(Self::RsaPkcs1(Sha1)),
            known::RSA_SHA256 => Some(Self::RsaPkcs1(Sha256)),
            known::RSA_SHA384 => Some(Self::RsaPkcs1(Sha384)),
            known::RSA_SHA512 => Some(Self::RsaPkcs1(Sha512)),
            known::EC => digest.map(Self::Ecdsa),
            known::ECDSA_SHA1 => Some(Self::Ecdsa(Sha1)),
            known::ECDSA_SHA256 => Some(Self::Ecdsa(Sha256)),
            known::ECDSA_SHA384 => Some(Self::Ecdsa(Sha384)),
            known::ECDSA_SHA512 => Some(Self::Ecdsa(Sha512)),
            known::ED25519 => Some(Self::Ed25519),
            _ => None,
        };
        Ok(known.filter(|_| algorithm.is_bare() || algorithm.oid == known::EC))
    }

    /// The digest it signs; Ed25519 has its own inside.
    pub(crate) fn hash(self) -> Option<HashAlgorithm> {
        match self {
            Self::RsaPkcs1(hash) | Self::RsaPss { hash, .. } | Self::Ecdsa(hash) => Some(hash),
            Self::Ed25519 => None,
        }
    }
}

/// `RSASSA-PSS-params`; what is left out is SHA-1. Only the same digest within and in the mask is known.
fn pss(algorithm: &AlgorithmId<'_>) -> Result<Option<Scheme>, Asn1Error> {
    let Some(parameters) = algorithm.parameters else { return Ok(None) };
    if parameters.tag != tag::SEQUENCE {
        return Err(parameters.fault(Fault::Type { found: parameters.tag, expected: tag::SEQUENCE }));
    }
    let mut fields = parameters.reader()?;
    let hash = match fields.maybe_enter(tag::explicit(0), "hashAlgorithm")? {
        Some(mut inner) => AlgorithmId::read(&mut inner, "hash")?.hash(),
        None => Some(HashAlgorithm::Sha1),
    };
    let mask = match fields.maybe_enter(tag::explicit(1), "maskGenAlgorithm")? {
        Some(mut inner) => mask_hash(&AlgorithmId::read(&mut inner, "mask")?)?,
        None => Some(HashAlgorithm::Sha1),
    };
    let salt =
        fields.maybe_enter(tag::explicit(2), "saltLength")?.map(|mut inner| inner.unsigned("salt")).transpose()?;
    let trailer =
        fields.maybe_enter(tag::explicit(3), "trailerField")?.map(|mut inner| inner.unsigned("trailer")).transpose()?;
    fields.end()?;
    let salt = salt.map_or(Some(20), |salt| usize::try_from(salt).ok().filter(|salt| *salt <= 512));
    Ok(match (hash, salt) {
        (Some(hash), Some(salt)) if mask == Some(hash) && trailer.is_none_or(|t| t == 1) => {
            Some(Scheme::RsaPss { hash, salt })
        }
        _ => None,
    })
}

fn mask_hash(mask: &AlgorithmId<'_>) -> Result<Option<HashAlgorithm>, Asn1Error> {
    let Some(parameters) = mask.parameters.filter(|_| mask.oid == known::MGF1) else { return Ok(None) };
    let mut fields = parameters.reader()?;
    let hash = fields.oid("hash")?;
    Ok(HashAlgorithm::from_oid(&hash))
}
