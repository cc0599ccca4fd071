//! Public keys of others, and checking their signatures. No private key is known here.

use std::fmt;

use ed25519_dalek::VerifyingKey;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::traits::PublicKeyParts as _;
use rsa::{BoxedUint, Pkcs1v15Sign, Pss};
use sha1::Sha1;
use sha2_11::{Sha256, Sha384, Sha512};

use super::scheme::{AlgorithmId, Scheme};
use crate::asn1::{Asn1Error, Fault, Oid, Reader, known, tag};
use crate::digest::HashAlgorithm;

/// Shortest RSA key in bits that still says something (NIST SP 800-131A, CRYPTREC).
const STRONG_RSA_BITS: usize = 2048;
/// Shortest RSA key in bits that is computed with at all.
const MIN_RSA_BITS: usize = 1024;
/// Longest RSA key in bits that is worked on, so that nobody can make a check last.
const MAX_RSA_BITS: usize = 8192;

/// `SubjectPublicKeyInfo`.
#[derive(Debug, Clone)]
pub struct PublicKey<'a> {
    /// All bytes as they were sent.
    pub raw: &'a [u8],
    /// Content of the bit string: what key identifiers are digests of.
    pub bits: &'a [u8],
    kind: Kind<'a>,
}

#[derive(Debug, Clone)]
enum Kind<'a> {
    Rsa {
        modulus: &'a [u8],
        exponent: &'a [u8],
        /// The key itself may be restricted to PSS.
        pss_only: bool,
    },
    P256,
    P384,
    P521,
    Ed25519,
    Other(Oid),
}

/// A signature that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// The bytes are not a signature by this key over these bytes.
    #[error("the signature does not match")]
    Wrong,
    /// An algorithm this program does not check.
    #[error("the signature algorithm {oid} is not known here")]
    Algorithm { oid: Oid },
    /// A kind of key this program does not check with.
    #[error("the key type {oid} is not known here")]
    KeyType { oid: Oid },
    /// The algorithm is not one of the key's.
    #[error("the signature algorithm does not belong to a key of this kind ({kind})")]
    OtherKey { kind: &'static str },
    /// Made over a digest for which collisions can be made.
    #[error("the signature is over {}, which no longer says anything", hash.name())]
    WeakDigest { hash: HashAlgorithm },
    /// A key that others may have found.
    #[error("the signature is by a key of {key}, which no longer says anything")]
    WeakKey { key: String },
    /// A key too short, too long or not a key at all.
    #[error("the {kind} key cannot be used: {why}")]
    Key { kind: &'static str, why: &'static str },
}

impl<'a> PublicKey<'a> {
    /// Reads the next value.
    ///
    /// # Errors
    /// The place that cannot be read. A kind of key that is not known is no error until it is used.
    pub fn read(reader: &mut Reader<'a>, name: &'static str) -> Result<Self, Asn1Error> {
        let whole = reader.take(tag::SEQUENCE, name)?;
        let mut parts = whole.reader()?;
        let algorithm = AlgorithmId::read(&mut parts, "algorithm")?;
        let bits = parts.bits("subjectPublicKey")?;
        parts.end()?;
        let kind = match algorithm.oid {
            known::RSA => rsa_parts(bits, false)?,
            known::RSA_PSS => rsa_parts(bits, true)?,
            known::EC => curve(&algorithm)?,
            known::ED25519 => Kind::Ed25519,
            other => Kind::Other(other),
        };
        Ok(Self { raw: whole.raw, bits, kind })
    }

    /// Whether a signature by it no longer says anything, because others may have found the private key.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        matches!(&self.kind, Kind::Rsa { modulus, .. } if bit_length(modulus) < STRONG_RSA_BITS)
    }

    /// Checks a signature over `message`. Whether key and digest still say anything is not asked here.
    pub(crate) fn verify(&self, scheme: Scheme, message: &[u8], signature: &[u8]) -> Result<(), SignatureFault> {
        let (bits, wrong) = (self.bits, || SignatureFault::OtherKey { kind: self.kind.name() });
        match (&self.kind, scheme) {
            (Kind::Other(oid), _) => Err(SignatureFault::KeyType { oid: *oid }),
            (Kind::Rsa { modulus, exponent, pss_only }, _) => {
                let key = rsa_key(modulus, exponent)?;
                match scheme {
                    Scheme::RsaPkcs1(hash) if !pss_only => pkcs1(&key, hash, message, signature),
                    Scheme::RsaPss { hash, salt } => pss(&key, hash, salt, message, signature),
                    _ => Err(wrong()),
                }
            }
            (Kind::P256, Scheme::Ecdsa(hash)) => p256(bits, &hash.digest(message), signature),
            (Kind::P384, Scheme::Ecdsa(hash)) => p384(bits, &hash.digest(message), signature),
            (Kind::P521, Scheme::Ecdsa(hash)) => p521(bits, &hash.digest(message), signature),
            (Kind::Ed25519, Scheme::Ed25519) => ed25519(bits, message, signature),
            _ => Err(wrong()),
        }
    }
}

impl Kind<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::Rsa { .. } => "RSA",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Ed25519 => "Ed25519",
            Self::Other(_) => "unknown",
        }
    }
}

/// Kind and, for RSA, bits, e.g. `RSA 2048`.
impl fmt::Display for PublicKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Rsa { modulus, .. } => write!(f, "RSA {}", bit_length(modulus)),
            kind => f.write_str(kind.name()),
        }
    }
}

fn rsa_parts(bits: &[u8], pss_only: bool) -> Result<Kind<'_>, Asn1Error> {
    let mut input = Reader::new(bits, "RSAPublicKey");
    let mut key = input.sequence("body")?;
    input.end()?;
    let (modulus, exponent) = (key.take(tag::INTEGER, "modulus")?, key.take(tag::INTEGER, "publicExponent")?);
    key.end()?;
    for number in [&modulus, &exponent] {
        if number.integer()?[0] & 0x80 != 0 {
            return Err(number.fault(Fault::Value("a negative number")));
        }
    }
    Ok(Kind::Rsa { modulus: modulus.content, exponent: exponent.content, pss_only })
}

/// Named curves only.
fn curve<'a>(algorithm: &AlgorithmId<'a>) -> Result<Kind<'a>, Asn1Error> {
    let Some(named) = algorithm.parameters.filter(|p| p.tag == tag::OID) else { return Ok(Kind::Other(algorithm.oid)) };
    Ok(match named.oid()? {
        known::P256 => Kind::P256,
        known::P384 => Kind::P384,
        known::P521 => Kind::P521,
        other => Kind::Other(other),
    })
}

fn bit_length(digits: &[u8]) -> usize {
    let zeros = digits.iter().take_while(|b| **b == 0).count();
    digits.get(zeros).map_or(0, |first| (digits.len() - zeros) * 8 - first.leading_zeros() as usize)
}

fn rsa_key(modulus: &[u8], exponent: &[u8]) -> Result<rsa::PublicKey, SignatureFault> {
    let fault = |why| SignatureFault::Key { kind: "RSA", why };
    match bit_length(modulus) {
        ..MIN_RSA_BITS => return Err(fault("it is shorter than is worked on")),
        MIN_RSA_BITS..=MAX_RSA_BITS => {}
        _ => return Err(fault("it is longer than is worked on")),
    }
    if bit_length(exponent) > 33 {
        return Err(fault("its exponent is larger than is worked on"));
    }
    let number = |digits: &[u8]| BoxedUint::from_be_slice_vartime(digits);
    rsa::PublicKey::new_with_size_limits(number(modulus), number(exponent), MIN_RSA_BITS..=MAX_RSA_BITS)
        .map_err(|_| fault("its numbers make no key"))
}

fn pkcs1(key: &rsa::PublicKey, hash: HashAlgorithm, message: &[u8], signature: &[u8]) -> Result<(), SignatureFault> {
    let scheme = match hash {
        HashAlgorithm::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
        HashAlgorithm::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
        HashAlgorithm::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
        HashAlgorithm::Sha1 => Pkcs1v15Sign::new::<Sha1>(),
    };
    sized(key, signature)?;
    key.verify(scheme, &hash.digest(message), signature).map_err(|_| SignatureFault::Wrong)
}

fn pss(
    key: &rsa::PublicKey,
    hash: HashAlgorithm,
    salt: usize,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureFault> {
    sized(key, signature)?;
    let digest = hash.digest(message);
    let checked = match hash {
        HashAlgorithm::Sha256 => key.verify(Pss::<Sha256>::new_with_salt(salt), &digest, signature),
        HashAlgorithm::Sha384 => key.verify(Pss::<Sha384>::new_with_salt(salt), &digest, signature),
        HashAlgorithm::Sha512 => key.verify(Pss::<Sha512>::new_with_salt(salt), &digest, signature),
        HashAlgorithm::Sha1 => key.verify(Pss::<Sha1>::new_with_salt(salt), &digest, signature),
    };
    checked.map_err(|_| SignatureFault::Wrong)
}

/// An RSA signature has the length of its modulus.
fn sized(key: &rsa::PublicKey, signature: &[u8]) -> Result<(), SignatureFault> {
    if signature.len() == key.size() { Ok(()) } else { Err(SignatureFault::Wrong) }
}

fn p256(point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), SignatureFault> {
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(|_| not_on_curve("P-256"))?;
    let read = p256::ecdsa::Signature::from_slice(&fixed(signature, 32)?).map_err(|_| SignatureFault::Wrong)?;
    key.verify_prehash(&widened(digest, 32), &read).map_err(|_| SignatureFault::Wrong)
}

fn p384(point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), SignatureFault> {
    let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(|_| not_on_curve("P-384"))?;
    let read = p384::ecdsa::Signature::from_slice(&fixed(signature, 48)?).map_err(|_| SignatureFault::Wrong)?;
    key.verify_prehash(&widened(digest, 48), &read).map_err(|_| SignatureFault::Wrong)
}

fn p521(point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), SignatureFault> {
    let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(|_| not_on_curve("P-521"))?;
    let read = p521::ecdsa::Signature::from_slice(&fixed(signature, 66)?).map_err(|_| SignatureFault::Wrong)?;
    key.verify_prehash(&widened(digest, 66), &read).map_err(|_| SignatureFault::Wrong)
}

fn not_on_curve(kind: &'static str) -> SignatureFault {
    SignatureFault::Key { kind, why: "it is no point of the curve" }
}

/// A digest shorter than the field is the same number with zeros before it.
fn widened(digest: &[u8], size: usize) -> Vec<u8> {
    let mut wide = vec![0; size.saturating_sub(digest.len())];
    wide.extend_from_slice(digest);
    wide
}

/// `Ecdsa-Sig-Value` as two numbers of fixed size.
fn fixed(signature: &[u8], size: usize) -> Result<Vec<u8>, SignatureFault> {
    let read = || -> Result<[&[u8]; 2], Asn1Error> {
        let mut input = Reader::new(signature, "Ecdsa-Sig-Value");
        let mut pair = input.sequence("body")?;
        input.end()?;
        let numbers = [pair.integer("r")?, pair.integer("s")?];
        pair.end()?;
        Ok(numbers)
    };
    let mut both = Vec::with_capacity(2 * size);
    for number in read().map_err(|_| SignatureFault::Wrong)? {
        let digits = &number[number.iter().take_while(|b| **b == 0).count()..];
        if number[0] & 0x80 != 0 || digits.len() > size {
            return Err(SignatureFault::Wrong);
        }
        both.extend(widened(digits, size));
    }
    Ok(both)
}

fn ed25519(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), SignatureFault> {
    let fault = |why| SignatureFault::Key { kind: "Ed25519", why };
    let key: &[u8; 32] = key.try_into().map_err(|_| fault("it has another length than 32 bytes"))?;
    let key = VerifyingKey::from_bytes(key).map_err(|_| fault("it is no point of the curve"))?;
    let signature: &[u8; 64] = signature.try_into().map_err(|_| SignatureFault::Wrong)?;
    key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature)).map_err(|_| SignatureFault::Wrong)
}
