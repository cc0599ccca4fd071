//! Where word on a certificate's revocation can be had, what is asked there, and whether an answer is one to keep.
//! Nothing is fetched here, and whether what is kept says enough is judged in `revocation`.

use super::certificate::Certificate;
use super::crl::Crl;
use super::extension::usage;
use super::ocsp::Ocsp;
use super::revocation::Source;
use crate::asn1::{Asn1Error, Der, Instant, tag};
use crate::digest::HashAlgorithm;

/// `uniformResourceIdentifier` of a `GeneralName`.
const URI: u8 = tag::implicit(6);
/// The longest address that is followed.
const MAX_URL: usize = 1000;

/// Where a certificate says that word on its revocation can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// A list is fetched, a responder is asked.
    pub source: Source,
    /// `http://…` or `https://…`; other schemes are not followed.
    pub url: String,
}

/// Authentic word about a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// As of when.
    pub this_update: Instant,
    /// When the next is due at the latest.
    pub next_update: Option<Instant>,
}

/// An answer that is not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordFault {
    /// It cannot be read, or is a responder's report that it failed.
    #[error(transparent)]
    Unreadable(#[from] Asn1Error),
    /// It is authentic perhaps, but about others.
    #[error("it does not speak of the certificate of {subject}")]
    OfOthers { subject: String },
    /// Neither the issuer signed it nor whom it named for that.
    #[error("neither {issuer} nor somebody it named signed it")]
    NotTheirs { issuer: String },
}

impl Certificate<'_> {
    /// Where word on its revocation can be had over HTTP: distribution points of lists, then OCSP responders.
    #[must_use]
    pub fn revocation_places(&self) -> Vec<Place> {
        let lists = self.extensions.list_points.iter().map(|name| (Source::List, *name));
        let responders = self.extensions.responders.iter().map(|name| (Source::Ocsp, *name));
        let mut places: Vec<Place> = Vec::new();
        for (source, name) in lists.chain(responders) {
            let place = address(name).map(|url| Place { source, url });
            places.extend(place.filter(|place| !places.contains(place)));
        }
        places
    }
}

/// The address in a general name, when it is one that is followed.
fn address(name: &[u8]) -> Option<String> {
    let mut input = crate::asn1::Reader::new(name, "generalName");
    let value = input.any("name").ok().filter(|value| value.tag == URI)?;
    let url = std::str::from_utf8(value.content).ok()?;
    let scheme = url.split_once("://")?.0.to_ascii_lowercase();
    let plain = url.len() <= MAX_URL && url.bytes().all(|b| b.is_ascii_graphic());
    (plain && (scheme == "http" || scheme == "https")).then(|| url.to_owned())
}

/// An OCSP request about one certificate (RFC 6960, 4.1), to be posted as `application/ocsp-request`. It names the
/// issuer by SHA-1, which every responder understands (RFC 5019, 2.1.1) and on which nothing hangs; without a nonce, so that
/// responders may answer from what they signed before.
#[must_use]
pub fn ocsp_question(certificate: &Certificate<'_>, issuer: &Certificate<'_>) -> Vec<u8> {
    let hash = HashAlgorithm::Sha1;
    let id = Der::new()
        .sequence(Der::new().oid(&hash.oid()).value(tag::NULL, &[]))
        .octets(&hash.digest(certificate.issuer.raw))
        .octets(&hash.digest(issuer.key.bits))
        .value(tag::INTEGER, certificate.serial);
    let request = Der::new().sequence(Der::new().sequence(id));
    Der::new().sequence(Der::new().sequence(Der::new().sequence(request))).into_bytes()
}

/// Reads an answer (DER) and checks that it is authentic word about `certificate`, which `issuer` issued.
///
/// # Errors
/// Why it is not kept; see [`WordFault`].
pub fn accept(
    answer: &[u8],
    source: Source,
    certificate: &Certificate<'_>,
    issuer: &Certificate<'_>,
) -> Result<Word, WordFault> {
    let of_others = || WordFault::OfOthers { subject: certificate.subject.to_string() };
    let not_theirs = || WordFault::NotTheirs { issuer: issuer.subject.to_string() };
    match source {
        Source::List => {
            let list = Crl::parse(answer)?;
            if !list.covers(certificate) {
                return Err(of_others());
            }
            if !issuer.may(usage::CRL_SIGN) || list.verify_by(&issuer.key).is_err() {
                return Err(not_theirs());
            }
            list.entry(certificate.serial)?;
            Ok(Word { this_update: list.this_update, next_update: list.next_update })
        }
        Source::Ocsp => {
            let answer = Ocsp::parse(answer)?;
            let said = answer.about(certificate, issuer)?.ok_or_else(of_others)?;
            if !answer.is_by(issuer) {
                return Err(not_theirs());
            }
            Ok(Word { this_update: said.this_update, next_update: said.next_update })
        }
    }
}
