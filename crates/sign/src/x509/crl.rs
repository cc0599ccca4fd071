//! Revocation lists (RFC 5280, 5). Entries are not kept: a long list is stepped through when it is asked.

use super::certificate::{Certificate, check_signature};
use super::extension::{Extension, full_names};
use super::key::{PublicKey, SignatureFault};
use super::name::Name;
use super::revocation::Reason;
use super::scheme::AlgorithmId;
use crate::asn1::{Asn1Error, Fault, Instant, Reader, Tlv, known, tag};

/// A revocation list. Nothing is trusted by having read it.
#[derive(Debug, Clone)]
pub struct Crl<'a> {
    /// All bytes.
    pub raw: &'a [u8],
    /// Whose list it is.
    pub issuer: Name<'a>,
    /// When it was made.
    pub this_update: Instant,
    /// When the next one is due at the latest.
    pub next_update: Option<Instant>,
    signed: &'a [u8],
    entries: Option<Reader<'a>>,
    scope: Scope<'a>,
    algorithm: AlgorithmId<'a>,
    signature: &'a [u8],
}

/// What the list speaks of (`issuingDistributionPoint`).
#[derive(Debug, Clone, Default)]
struct Scope<'a> {
    names: Vec<&'a [u8]>,
    users_only: bool,
    cas_only: bool,
    /// From this moment on certificates stay listed after they expire (X.509, `expiredCertsOnCRL`).
    keeps_expired_since: Option<Instant>,
    /// A critical extension or a kind of list this program does not use: indirect, delta, some reasons only.
    foreign: bool,
}

impl<'a> Crl<'a> {
    /// Reads one list and nothing more.
    ///
    /// # Errors
    /// The place that cannot be read.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Asn1Error> {
        let mut input = Reader::new(bytes, "CertificateList");
        let whole = input.take(tag::SEQUENCE, "body")?;
        input.end()?;
        Self::from_tlv(&whole)
    }

    pub(crate) fn from_tlv(whole: &Tlv<'a>) -> Result<Self, Asn1Error> {
        let mut outer = whole.reader()?;
        let signed = outer.take(tag::SEQUENCE, "tbsCertList")?;
        let algorithm = AlgorithmId::read(&mut outer, "signatureAlgorithm")?;
        let signature = outer.bits("signatureValue")?;
        outer.end()?;
        let mut fields = signed.reader()?;
        let _ = fields.maybe(tag::INTEGER, "version")?;
        if AlgorithmId::read(&mut fields, "signature")?.raw != algorithm.raw {
            return Err(signed.fault(Fault::Value("the algorithm inside is another than the one outside")));
        }
        let issuer = Name::read(&mut fields, "issuer")?;
        let this_update = fields.time("thisUpdate")?;
        let timed = matches!(fields.peek(), Some(tag::UTC_TIME | tag::GENERALIZED_TIME));
        let next_update = if timed { Some(fields.time("nextUpdate")?) } else { None };
        let entries = fields.maybe_enter(tag::SEQUENCE, "revokedCertificates")?;
        let scope = read_scope(&mut fields)?;
        let (raw, signed) = (whole.raw, signed.raw);
        Ok(Self { raw, issuer, this_update, next_update, signed, entries, scope, algorithm, signature })
    }

    /// Checks that `issuer`'s key signed it.
    ///
    /// # Errors
    /// Why the signature does not hold.
    pub fn verify_by(&self, issuer: &PublicKey<'_>) -> Result<(), SignatureFault> {
        check_signature(&self.algorithm, self.signed, self.signature, issuer)
    }

    /// Whether this list speaks of `certificate` at all.
    pub(crate) fn covers(&self, certificate: &Certificate<'_>) -> bool {
        let ca = certificate.extensions.basic.is_some_and(|(ca, _)| ca);
        let kind = if ca { !self.scope.users_only } else { !self.scope.cas_only };
        // Where both name their places, one place has to be the same (RFC 5280, 6.3.3 b 2 i).
        let named = &certificate.extensions.list_points;
        let place = self.scope.names.is_empty() || self.scope.names.iter().any(|name| named.contains(name));
        !self.scope.foreign && kind && place && self.issuer.is_same(&certificate.issuer)
    }

    /// Whether the absence of `certificate` says anything: a list made after its end may have left it out.
    pub(crate) fn would_name(&self, certificate: &Certificate<'_>) -> bool {
        let end = certificate.not_after;
        self.this_update <= end || self.scope.keeps_expired_since.is_some_and(|since| since <= end)
    }

    /// The entry of a serial number: when it was revoked and why.
    pub(crate) fn entry(&self, serial: &[u8]) -> Result<Option<(Instant, Option<Reason>)>, Asn1Error> {
        let Some(mut entries) = self.entries.clone() else { return Ok(None) };
        while !entries.is_empty() {
            let mut entry = entries.sequence("entry")?;
            if entry.integer("userCertificate")? == serial {
                let at = entry.time("revocationDate")?;
                return Ok(Some((at, read_reason(&mut entry)?)));
            }
        }
        Ok(None)
    }
}

/// The extensions of one entry. One that is critical and not known may change what the entry says.
fn read_reason(entry: &mut Reader<'_>) -> Result<Option<Reason>, Asn1Error> {
    let Some(list) = entry.maybe_enter(tag::SEQUENCE, "crlEntryExtensions")? else { return Ok(None) };
    let mut reason = None;
    for extension in Extension::read_all(list)? {
        match extension.oid {
            known::REASON_CODE => {
                let mut inside = extension.value.inside()?;
                reason = Some(Reason::from_number(inside.take(tag::ENUMERATED, "reasonCode")?.unsigned()?));
            }
            known::INVALIDITY_DATE => {}
            _ if extension.critical => {
                return Err(extension.value.fault(Fault::Value("a critical extension that is not known here")));
            }
            _ => {}
        }
    }
    Ok(reason)
}

fn read_scope<'a>(fields: &mut Reader<'a>) -> Result<Scope<'a>, Asn1Error> {
    let mut scope = Scope::default();
    if let Some(mut wrapper) = fields.maybe_enter(tag::explicit(0), "crlExtensions")? {
        let list = wrapper.sequence("list")?;
        wrapper.end()?;
        for extension in Extension::read_all(list)? {
            match extension.oid {
                known::ISSUING_DISTRIBUTION_POINT => read_point(&extension, &mut scope)?,
                known::EXPIRED_CERTS_ON_CRL => {
                    scope.keeps_expired_since = Some(extension.value.inside()?.time("expiredCertsOnCRL")?);
                }
                known::CRL_NUMBER | known::AUTHORITY_KEY_ID => {}
                _ => scope.foreign |= extension.critical,
            }
        }
    }
    fields.end()?;
    Ok(scope)
}

fn read_point<'a>(extension: &Extension<'a>, scope: &mut Scope<'a>) -> Result<(), Asn1Error> {
    let mut inside = extension.value.inside()?;
    let mut fields = inside.sequence("issuingDistributionPoint")?;
    inside.end()?;
    if let Some(name) = fields.maybe_enter(tag::explicit(0), "distributionPoint")? {
        scope.names = full_names(name)?;
        // A name relative to the issuer is not followed.
        scope.foreign |= scope.names.is_empty();
    }
    while !fields.is_empty() {
        let field = fields.any("flag")?;
        let set = field.content.iter().any(|b| *b != 0);
        match field.tag {
            0x81 => scope.users_only |= set,
            0x82 => scope.cas_only |= set,
            // Some reasons only, indirect, attribute certificates only.
            _ => scope.foreign |= set,
        }
    }
    Ok(())
}
