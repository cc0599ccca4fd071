//! Whether a certificate was revoked, from lists and OCSP answers that somebody kept. What is not authentic or does
//! not speak of the certificate counts for nothing; nothing is fetched and nothing is guessed.

use std::fmt;

use super::certificate::Certificate;
use super::crl::Crl;
use super::extension::usage;
use super::ocsp::{Ocsp, Said};
use crate::asn1::{Asn1Error, Fault, Instant, Reader, tag};

/// Most values that are read from evidence.
const MAX_VALUES: usize = 1000;

/// What was kept with a stamp: certificates, revocation lists, OCSP answers.
#[derive(Debug, Clone, Default)]
pub struct Evidence<'a> {
    pub certificates: Vec<Certificate<'a>>,
    pub lists: Vec<Crl<'a>>,
    pub answers: Vec<Ocsp<'a>>,
}

/// Why a certificate was revoked (RFC 5280, 5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    Unspecified,
    KeyCompromise,
    CaCompromise,
    AffiliationChanged,
    Superseded,
    CessationOfOperation,
    CertificateHold,
    /// Any other number.
    Other(u64),
}

/// Which kind of evidence spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    List,
    Ocsp,
}

/// What the evidence says about one certificate as of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationStatus {
    /// Not revoked, as stated at `as_of`; `later` tells whether that is at or after the time asked for. If not, the
    /// evidence was the current one at that time.
    Good { source: Source, as_of: Instant, later: bool },
    /// Revoked only after the time asked for, and for a reason that leaves what was signed before (RFC 3161, 4).
    Afterwards { source: Source, at: Instant, reason: Reason },
    /// Revoked: nothing it signed counts.
    Revoked { source: Source, at: Instant, reason: Option<Reason> },
    /// No authentic evidence speaks of this certificate at that time.
    NotGiven,
}

impl<'a> Evidence<'a> {
    /// Reads certificates, lists and OCSP answers in DER, one after the other, in any order.
    ///
    /// # Errors
    /// The place that cannot be read, or a value that is none of the three.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Asn1Error> {
        let (mut input, mut found) = (Reader::new(bytes, "evidence"), Self::default());
        for count in 0.. {
            if input.is_empty() {
                break;
            }
            if count == MAX_VALUES {
                return Err(input.fault(Fault::TooLong));
            }
            let value = input.take(tag::SEQUENCE, "value")?;
            if let Ok(certificate) = Certificate::from_tlv(&value) {
                found.certificates.push(certificate);
            } else if let Ok(list) = Crl::from_tlv(&value) {
                found.lists.push(list);
            } else {
                let neither =
                    || value.fault(Fault::Value("neither a certificate, a revocation list nor an OCSP answer"));
                found.answers.push(Ocsp::from_tlv(&value).map_err(|_| neither())?);
            }
        }
        Ok(found)
    }

    /// Adds what `other` holds.
    pub fn extend(&mut self, other: Self) {
        self.certificates.extend(other.certificates);
        self.lists.extend(other.lists);
        self.answers.extend(other.answers);
    }
}

/// Whether `certificate`, which `issuer` issued, was revoked as seen from `at`. The worst authentic word counts, else the
/// newest good one.
#[must_use]
pub fn status(
    certificate: &Certificate<'_>,
    issuer: &Certificate<'_>,
    evidence: &Evidence<'_>,
    at: Instant,
) -> RevocationStatus {
    let listed = evidence.lists.iter().filter_map(|list| from_list(list, certificate, issuer, at));
    let answered = evidence.answers.iter().filter_map(|answer| from_answer(answer, certificate, issuer, at));
    listed.chain(answered).fold(RevocationStatus::NotGiven, worse)
}

/// A list that cannot be read to its end says nothing.
fn from_list(
    list: &Crl<'_>,
    certificate: &Certificate<'_>,
    issuer: &Certificate<'_>,
    at: Instant,
) -> Option<RevocationStatus> {
    let speaks = list.covers(certificate) && issuer.may(usage::CRL_SIGN) && list.verify_by(&issuer.key).is_ok();
    let entry = if speaks { list.entry(certificate.serial).ok()? } else { return None };
    match entry {
        Some((when, reason)) => Some(revoked(Source::List, when, reason, at)),
        None if !list.would_name(certificate) => None,
        None => good(Source::List, list.this_update, list.next_update, at),
    }
}

fn from_answer(
    answer: &Ocsp<'_>,
    certificate: &Certificate<'_>,
    issuer: &Certificate<'_>,
    at: Instant,
) -> Option<RevocationStatus> {
    let said = answer.about(certificate, issuer).ok()??;
    if !answer.is_by(issuer) {
        return None;
    }
    match said.status {
        // A responder may forget a certificate after its end, and then calls it good.
        Said::Good if said.this_update > certificate.not_after => None,
        Said::Good => good(Source::Ocsp, said.this_update, said.next_update, at),
        Said::Revoked(when, reason) => Some(revoked(Source::Ocsp, when, reason, at)),
        Said::Unknown => None,
    }
}

/// Evidence that was overtaken before the time asked for says nothing about it.
fn good(source: Source, as_of: Instant, next: Option<Instant>, at: Instant) -> Option<RevocationStatus> {
    let later = as_of >= at;
    let current = next.is_some_and(|next| next >= at);
    (later || current).then_some(RevocationStatus::Good { source, as_of, later })
}

/// RFC 3161, 4: only a revocation with one of four reasons leaves what was signed before it.
fn revoked(source: Source, when: Instant, reason: Option<Reason>, at: Instant) -> RevocationStatus {
    use Reason::{AffiliationChanged, CessationOfOperation, Superseded, Unspecified};
    match reason {
        Some(reason @ (Unspecified | AffiliationChanged | Superseded | CessationOfOperation)) if when > at => {
            RevocationStatus::Afterwards { source, at: when, reason }
        }
        reason => RevocationStatus::Revoked { source, at: when, reason },
    }
}

fn worse(a: RevocationStatus, b: RevocationStatus) -> RevocationStatus {
    use RevocationStatus::{Afterwards, Good, NotGiven, Revoked};
    let rank = |status: &RevocationStatus| match status {
        NotGiven => (0, 0),
        Good { as_of, .. } => (1, as_of.0),
        Afterwards { .. } => (2, 0),
        Revoked { .. } => (3, 0),
    };
    if rank(&b) > rank(&a) { b } else { a }
}

impl Reason {
    pub(crate) fn from_number(number: u64) -> Self {
        match number {
            0 => Self::Unspecified,
            1 => Self::KeyCompromise,
            2 => Self::CaCompromise,
            3 => Self::AffiliationChanged,
            4 => Self::Superseded,
            5 => Self::CessationOfOperation,
            6 => Self::CertificateHold,
            other => Self::Other(other),
        }
    }
}

/// The names of RFC 5280.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "keyCompromise",
            Self::CaCompromise => "cACompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::CertificateHold => "certificateHold",
            Self::Other(number) => return write!(f, "reason {number}"),
        })
    }
}
