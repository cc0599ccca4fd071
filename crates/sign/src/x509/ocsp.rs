//! OCSP answers (RFC 6960): about single certificates, signed by their issuer or by somebody it named for that.

use super::certificate::{Certificate, check_signature};
use super::extension::usage;
use super::name::Name;
use super::revocation::Reason;
use super::scheme::AlgorithmId;
use crate::asn1::{Asn1Error, Fault, Instant, Reader, Tlv, known, tag};
use crate::digest::HashAlgorithm;

/// Most certificates that are read from one answer.
const MAX_CERTIFICATES: usize = 20;

/// A successful OCSP answer. Nothing is trusted by having read it.
#[derive(Debug, Clone)]
pub struct Ocsp<'a> {
    /// All bytes.
    pub raw: &'a [u8],
    /// When it was signed.
    pub produced_at: Instant,
    signed: &'a [u8],
    responder: Responder<'a>,
    answers: Reader<'a>,
    algorithm: AlgorithmId<'a>,
    signature: &'a [u8],
    certificates: Vec<Certificate<'a>>,
    /// A critical extension of the whole answer that is not known.
    foreign: bool,
}

#[derive(Debug, Clone)]
enum Responder<'a> {
    Name(Name<'a>),
    /// SHA-1 of the key's bits.
    Key(&'a [u8]),
}

/// What an answer says about one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: Said,
    pub(crate) this_update: Instant,
    pub(crate) next_update: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    Good,
    Revoked(Instant, Option<Reason>),
    Unknown,
}

impl<'a> Ocsp<'a> {
    /// Reads one `OCSPResponse` or `BasicOCSPResponse` and nothing more.
    ///
    /// # Errors
    /// The place that cannot be read; an answer that reports a failure.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Asn1Error> {
        let mut input = Reader::new(bytes, "OCSPResponse");
        let whole = input.take(tag::SEQUENCE, "body")?;
        input.end()?;
        Self::from_tlv(&whole)
    }

    pub(crate) fn from_tlv(whole: &Tlv<'a>) -> Result<Self, Asn1Error> {
        let mut outer = whole.reader()?;
        if outer.peek() != Some(tag::ENUMERATED) {
            return Self::basic(whole.raw, outer);
        }
        let status = outer.any("responseStatus")?;
        if status.unsigned()? != 0 {
            return Err(status.fault(Fault::Value("the responder reports a failure")));
        }
        let mut wrapper = outer.enter(tag::explicit(0), "responseBytes")?;
        outer.end()?;
        let mut bytes = wrapper.sequence("responseBytes")?;
        let kind = bytes.take(tag::OID, "responseType")?;
        if kind.oid()? != known::OCSP_BASIC {
            return Err(kind.fault(Fault::Value("not a basic OCSP answer")));
        }
        let mut inside = bytes.take(tag::OCTET_STRING, "response")?.inside()?;
        bytes.end()?;
        let basic = inside.sequence("BasicOCSPResponse")?;
        inside.end()?;
        Self::basic(whole.raw, basic)
    }

    fn basic(raw: &'a [u8], mut outer: Reader<'a>) -> Result<Self, Asn1Error> {
        let signed = outer.take(tag::SEQUENCE, "tbsResponseData")?;
        let algorithm = AlgorithmId::read(&mut outer, "signatureAlgorithm")?;
        let signature = outer.bits("signature")?;
        let certificates = match outer.maybe_enter(tag::explicit(0), "certs")? {
            Some(mut wrapper) => read_certificates(wrapper.sequence("list")?)?,
            None => Vec::new(),
        };
        outer.end()?;
        let mut fields = signed.reader()?;
        let _ = fields.maybe(tag::explicit(0), "version")?;
        let responder = read_responder(&mut fields)?;
        let produced_at = fields.time("producedAt")?;
        let answers = fields.sequence("responses")?;
        let foreign = has_critical(&mut fields)?;
        fields.end()?;
        let signed = signed.raw;
        Ok(Self { raw, produced_at, signed, responder, answers, algorithm, signature, certificates, foreign })
    }

    /// What it says about `certificate`; none when it speaks of others only.
    pub(crate) fn about(
        &self,
        certificate: &Certificate<'_>,
        issuer: &Certificate<'_>,
    ) -> Result<Option<Answer>, Asn1Error> {
        let mut answers = self.answers.clone();
        while !answers.is_empty() {
            let mut one = answers.sequence("singleResponse")?;
            let about = is_about(&mut one, certificate, issuer)?;
            if about && !self.foreign {
                return Ok(Some(read_answer(&mut one)?));
            }
        }
        Ok(None)
    }

    /// Whether it is signed by `issuer` or by somebody whom `issuer` named for OCSP, valid when it was signed.
    pub(crate) fn is_by(&self, issuer: &Certificate<'_>) -> bool {
        let signed_with =
            |who: &Certificate<'_>| check_signature(&self.algorithm, self.signed, self.signature, &who.key).is_ok();
        let delegated = |who: &&Certificate<'_>| {
            let purposes = who.extensions.purposes.as_ref();
            purposes.is_some_and(|(all, _)| all.contains(&known::KP_OCSP_SIGNING))
                && who.extensions.unknown_critical.is_empty()
                && who.may(usage::DIGITAL_SIGNATURE | usage::NON_REPUDIATION)
                && who.issuer.is_same(&issuer.subject)
                && (who.not_before..=who.not_after).contains(&self.produced_at)
                && who.verify_by(&issuer.key).is_ok()
        };
        if self.responder.is(issuer) && signed_with(issuer) {
            return true;
        }
        let claimed = self.certificates.iter().filter(|who| self.responder.is(who));
        claimed.filter(delegated).any(signed_with)
    }
}

impl Responder<'_> {
    fn is(&self, certificate: &Certificate<'_>) -> bool {
        match self {
            Self::Name(name) => name.is_same(&certificate.subject),
            Self::Key(id) => HashAlgorithm::Sha1.digest(certificate.key.bits) == **id,
        }
    }
}

fn read_certificates(mut list: Reader<'_>) -> Result<Vec<Certificate<'_>>, Asn1Error> {
    let mut all = Vec::new();
    while !list.is_empty() {
        let one = list.any("certificate")?;
        if all.len() == MAX_CERTIFICATES {
            return Err(one.fault(Fault::TooLong));
        }
        // One that cannot be read may be of no use here; the signature then finds nobody.
        all.extend(Certificate::from_tlv(&one));
    }
    Ok(all)
}

fn read_responder<'a>(fields: &mut Reader<'a>) -> Result<Responder<'a>, Asn1Error> {
    let mut wrapper = match fields.maybe_enter(tag::explicit(1), "responderID")? {
        Some(mut name) => return Ok(Responder::Name(Name::read(&mut name, "byName")?)),
        None => fields.enter(tag::explicit(2), "responderID")?,
    };
    Ok(Responder::Key(wrapper.take(tag::OCTET_STRING, "byKey")?.content))
}

/// `[1] EXPLICIT Extensions`: whether one is critical. A nonce, the usual one, is not.
fn has_critical(fields: &mut Reader<'_>) -> Result<bool, Asn1Error> {
    let Some(mut wrapper) = fields.maybe_enter(tag::explicit(1), "responseExtensions")? else { return Ok(false) };
    let all = super::extension::Extension::read_all(wrapper.sequence("list")?)?;
    Ok(all.iter().any(|one| one.critical))
}

/// `CertID`: digests of the issuer's name and key, and the serial number.
fn is_about(one: &mut Reader<'_>, certificate: &Certificate<'_>, issuer: &Certificate<'_>) -> Result<bool, Asn1Error> {
    let mut id = one.sequence("certID")?;
    let hash = AlgorithmId::read(&mut id, "hashAlgorithm")?.hash();
    let name = id.take(tag::OCTET_STRING, "issuerNameHash")?.content;
    let key = id.take(tag::OCTET_STRING, "issuerKeyHash")?.content;
    let serial = id.integer("serialNumber")?;
    Ok(hash.is_some_and(|hash| {
        serial == certificate.serial
            && hash.digest(certificate.issuer.raw) == name
            && hash.digest(issuer.key.bits) == key
    }))
}

fn read_answer(one: &mut Reader<'_>) -> Result<Answer, Asn1Error> {
    let said = one.any("certStatus")?;
    let status = match said.tag {
        0x80 => Said::Good,
        0xa1 => {
            let mut info = said.reader()?;
            let at = info.time("revocationTime")?;
            let code = info.maybe_enter(tag::explicit(0), "revocationReason")?;
            let code = code.map(|mut code| code.take(tag::ENUMERATED, "reason")?.unsigned()).transpose()?;
            Said::Revoked(at, code.map(Reason::from_number))
        }
        0x82 => Said::Unknown,
        _ => return Err(said.fault(Fault::Value("a status that RFC 6960 does not know"))),
    };
    let this_update = one.time("thisUpdate")?;
    let next_update = one.maybe_enter(tag::explicit(0), "nextUpdate")?.map(|mut at| at.time("at")).transpose()?;
    if has_critical(one)? {
        return Err(one.fault(Fault::Value("a critical extension that is not known here")));
    }
    Ok(Answer { status, this_update, next_update })
}
