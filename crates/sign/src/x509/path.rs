//! Paths from a certificate up to an anchor, as of a given time (RFC 5280, 6, without policies: none is asked for).

use super::certificate::Certificate;
use super::extension::usage;
use crate::asn1::{Instant, Oid, known};

/// Most certificates of a path, with both ends.
const MAX_LENGTH: usize = 8;
/// Most signatures that are checked while a path is looked for, so that nobody can make it last.
const MAX_CHECKS: usize = 60;

/// The certificate first, the anchor last. They are one when the certificate itself is trusted.
#[derive(Debug, Clone)]
pub struct Chain<'c, 'a> {
    pub certificates: Vec<&'c Certificate<'a>>,
}

/// Why there is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathFault {
    /// Nobody said whom to trust.
    #[error("no anchor is given")]
    NoAnchor,
    /// No certificate of the issuer is at hand, or none whose key signed.
    #[error("no certificate of the issuer {issuer} leads to a given anchor")]
    NoIssuer { issuer: String },
    /// Not yet or no longer valid at the time.
    #[error("the certificate of {subject} is valid from {not_before} until {not_after}, not at {at}")]
    OutOfTime { subject: String, not_before: Instant, not_after: Instant, at: Instant },
    /// May not issue certificates.
    #[error("the certificate of {subject} may not issue certificates: {why}")]
    NotCa { subject: String, why: &'static str },
    /// A critical extension, name and policy constraints among them, that is not understood.
    #[error("the certificate of {subject} has a critical extension {oid} that is not understood here")]
    Critical { subject: String, oid: Oid },
    /// Too many ways to try.
    #[error("the certificates allow more ways than are tried")]
    TooMany,
}

/// Looks for a path for `leaf` over certificates of `pool` to one of `anchors`, every one valid at `at`.
/// `purpose` must be allowed by every certificate below the anchor that restricts its purposes.
///
/// # Errors
/// The fault that stopped the way that came farthest.
pub fn build<'c, 'a>(
    leaf: &'c Certificate<'a>,
    pool: &[&'c Certificate<'a>],
    anchors: &[&'c Certificate<'a>],
    at: Instant,
    purpose: Oid,
) -> Result<Chain<'c, 'a>, PathFault> {
    if anchors.is_empty() {
        return Err(PathFault::NoAnchor);
    }
    let mut search = Search { pool, anchors, at, purpose, checks: 0, fault: None };
    search.holds(leaf)?;
    let mut chain = vec![leaf];
    if search.extend(&mut chain) {
        return Ok(Chain { certificates: chain });
    }
    let issuer = leaf.issuer.to_string();
    Err(search.fault.map_or(PathFault::NoIssuer { issuer }, |(_, fault)| fault))
}

struct Search<'s, 'c, 'a> {
    pool: &'s [&'c Certificate<'a>],
    anchors: &'s [&'c Certificate<'a>],
    at: Instant,
    purpose: Oid,
    checks: usize,
    /// The fault on the longest way so far, with that length.
    fault: Option<(usize, PathFault)>,
}

impl<'c, 'a> Search<'_, 'c, 'a> {
    /// Makes the chain reach an anchor; leaves it as it was when it cannot.
    fn extend(&mut self, chain: &mut Vec<&'c Certificate<'a>>) -> bool {
        let Some(&last) = chain.last() else { return false };
        if self.anchors.iter().any(|anchor| anchor.raw == last.raw) {
            return true;
        }
        if chain.len() == MAX_LENGTH {
            return false;
        }
        // Anchors first: the shortest way.
        let (anchors, pool) = (self.anchors, self.pool);
        for candidate in anchors.iter().chain(pool).copied() {
            if chain.iter().any(|one| one.raw == candidate.raw) || !self.issued(candidate, last) {
                continue;
            }
            if let Err(fault) = self.may_issue(candidate, chain) {
                self.note(chain.len(), fault);
                continue;
            }
            chain.push(candidate);
            if self.extend(chain) {
                return true;
            }
            chain.pop();
        }
        self.note(chain.len(), PathFault::NoIssuer { issuer: last.issuer.to_string() });
        false
    }

    fn note(&mut self, length: usize, fault: PathFault) {
        if self.fault.as_ref().is_none_or(|(farthest, _)| length > *farthest) {
            self.fault = Some((length, fault));
        }
    }

    /// Whether `candidate`'s key signed `last`, by name, key identifier and signature.
    fn issued(&mut self, candidate: &Certificate<'_>, last: &Certificate<'_>) -> bool {
        let ids = (candidate.extensions.subject_key, last.extensions.authority_key);
        let other_key = matches!(ids, (Some(subject), Some(authority)) if subject != authority);
        if other_key || !candidate.subject.is_same(&last.issuer) {
            return false;
        }
        if self.checks == MAX_CHECKS {
            self.note(MAX_LENGTH, PathFault::TooMany);
            return false;
        }
        self.checks += 1;
        last.verify_by(&candidate.key).is_ok()
    }

    /// Whether `ca` may stand above `below`.
    fn may_issue(&self, ca: &Certificate<'_>, below: &[&Certificate<'_>]) -> Result<(), PathFault> {
        self.holds(ca)?;
        let refuse = |why| Err(PathFault::NotCa { subject: ca.subject.to_string(), why });
        let anchor = self.anchors.iter().any(|anchor| anchor.raw == ca.raw);
        match ca.extensions.basic {
            Some((true, Some(most))) => {
                let between = below[1..].iter().filter(|one| !one.is_self_issued()).count();
                if between as u64 > most {
                    return refuse("too many certificates stand between it and the last");
                }
            }
            Some((true, None)) => {}
            // Some roots do not say so. Naming one an anchor is the caller's word that it is a CA.
            None if anchor => {}
            _ => return refuse("it is no CA (basicConstraints)"),
        }
        if !ca.may(usage::KEY_CERT_SIGN) {
            return refuse("its key is for other uses (keyUsage)");
        }
        let fits = |purposes: &[Oid]| purposes.contains(&self.purpose) || purposes.contains(&known::ANY_KEY_PURPOSE);
        match &ca.extensions.purposes {
            Some((purposes, _)) if !anchor && !fits(purposes) => refuse("it is for other purposes (extKeyUsage)"),
            _ => Ok(()),
        }
    }

    /// What holds for every certificate of a path: the time, and nothing critical that is not understood.
    fn holds(&self, certificate: &Certificate<'_>) -> Result<(), PathFault> {
        let subject = || certificate.subject.to_string();
        let (not_before, not_after) = (certificate.not_before, certificate.not_after);
        if !(not_before..=not_after).contains(&self.at) {
            return Err(PathFault::OutOfTime { subject: subject(), not_before, not_after, at: self.at });
        }
        match certificate.extensions.unknown_critical.first() {
            Some(oid) => Err(PathFault::Critical { subject: subject(), oid: *oid }),
            None => Ok(()),
        }
    }
}
