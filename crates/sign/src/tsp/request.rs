//! `TimeStampReq`: what a TSA is asked (RFC 3161, 2.4.1). The nonce comes from the caller.

use std::fmt;

use crate::asn1::{Asn1Error, Der, Fault, Oid, Reader, integer_bytes, tag};
use crate::digest::HashAlgorithm;

/// What is stamped: the digest of some bytes, never the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imprint {
    algorithm: HashAlgorithm,
    digest: Vec<u8>,
}

/// A question to a TSA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    imprint: Imprint,
    policy: Option<Oid>,
    nonce: Option<Vec<u8>>,
    certificates: bool,
}

impl Imprint {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(algorithm: HashAlgorithm, bytes: &[u8]) -> Self {
        Self { algorithm, digest: algorithm.digest(bytes) }
    }

    /// A digest made elsewhere; none when its length is not that of the algorithm.
    #[must_use]
    pub fn from_digest(algorithm: HashAlgorithm, digest: &[u8]) -> Option<Self> {
        (digest.len() == algorithm.size()).then(|| Self { algorithm, digest: digest.to_vec() })
    }

    /// The algorithm.
    #[must_use]
    pub fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// The digest.
    #[must_use]
    pub fn digest(&self) -> &[u8] {
        &self.digest
    }

    /// Whether it is the digest of `bytes`.
    #[must_use]
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        self.algorithm.digest(bytes) == self.digest
    }

    /// Reads a `MessageImprint`.
    ///
    /// # Errors
    /// The place that cannot be read; an unknown algorithm; a digest of the wrong length.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Asn1Error> {
        let mut imprint = reader.sequence("messageImprint")?;
        let mut algorithm = imprint.sequence("hashAlgorithm")?;
        let named = algorithm.take(tag::OID, "algorithm")?;
        let unknown = || named.fault(Fault::Value("a digest algorithm that is not known"));
        let known = HashAlgorithm::from_oid(&named.oid()?).ok_or_else(unknown)?;
        let _ = algorithm.maybe(tag::NULL, "parameters")?;
        algorithm.end()?;
        let hashed = imprint.octets("hashedMessage")?;
        imprint.end()?;
        let length = || named.fault(Fault::Value("a digest of another length than its algorithm gives"));
        Self::from_digest(known, &hashed).ok_or_else(length)
    }
}

/// Algorithm and hexadecimal digits.
impl fmt::Display for Imprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.algorithm.name())?;
        self.digest.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Request {
    /// Asks for a stamp over `imprint`, with the TSA's certificate enclosed.
    #[must_use]
    pub fn new(imprint: Imprint) -> Self {
        Self { imprint, policy: None, nonce: None, certificates: true }
    }

    /// Reads a request that was kept while its answer is on the way.
    ///
    /// # Errors
    /// The place that cannot be read; also extensions, which we never send.
    pub fn parse(bytes: &[u8]) -> Result<Self, Asn1Error> {
        let mut input = Reader::new(bytes, "TimeStampReq");
        let mut body = input.sequence("body")?;
        input.end()?;
        let version = body.take(tag::INTEGER, "version")?;
        if version.unsigned()? != 1 {
            return Err(version.fault(Fault::Value("another version than 1")));
        }
        let imprint = Imprint::read(&mut body)?;
        let policy = body.maybe(tag::OID, "reqPolicy")?.map(|policy| policy.oid()).transpose()?;
        let nonce = body.maybe(tag::INTEGER, "nonce")?.map(|nonce| nonce.integer().map(<[u8]>::to_vec)).transpose()?;
        let certificates = body.flag("certReq")?;
        body.end()?;
        Ok(Self { imprint, policy, nonce, certificates })
    }

    /// With a number nobody can guess, which the answer must repeat: big-endian digits, 8 to 20 bytes of chance.
    #[must_use]
    pub fn with_nonce(mut self, digits: &[u8]) -> Self {
        self.nonce = Some(integer_bytes(digits));
        self
    }

    /// Under this policy of the TSA.
    #[must_use]
    pub fn with_policy(mut self, policy: Oid) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Without the TSA's certificate in the answer.
    #[must_use]
    pub fn without_certificates(mut self) -> Self {
        self.certificates = false;
        self
    }

    /// What is to be stamped.
    #[must_use]
    pub fn imprint(&self) -> &Imprint {
        &self.imprint
    }

    /// The nonce, as content bytes of its INTEGER.
    #[must_use]
    pub fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_deref()
    }

    /// The policy asked for.
    #[must_use]
    pub fn policy(&self) -> Option<&Oid> {
        self.policy.as_ref()
    }

    /// The bytes to send as `application/timestamp-query`.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let algorithm = Der::new().oid(&self.imprint.algorithm.oid()).value(tag::NULL, &[]);
        let imprint = Der::new().sequence(algorithm).octets(&self.imprint.digest);
        let mut body = Der::new().unsigned(&[1]).sequence(imprint);
        if let Some(policy) = &self.policy {
            body = body.oid(policy);
        }
        if let Some(nonce) = &self.nonce {
            body = body.value(tag::INTEGER, nonce);
        }
        if self.certificates {
            body = body.value(tag::BOOLEAN, &[0xff]);
        }
        Der::new().sequence(body).into_bytes()
    }
}
