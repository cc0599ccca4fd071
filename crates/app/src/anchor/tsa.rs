//! Time-stamping authorities: the request, the answer judged before it is kept, and the evidence for later years.

use akashi_journal::Digest;
use akashi_sign::tsp::{
    self, Expected, Failure, Imprint, Judgement, Request as Query, Response, Status, Token, verify,
};
use akashi_sign::x509::{Certificate, Evidence, certificates_to_pem, evidence_from_pem, read_certificates};
use akashi_sign::{HashAlgorithm, Oid};
use akashi_store::Attestation;

use super::ask::{Answered, Held, Request};
use super::transport::Reply;
use super::{Anchor, Terms, Trouble, Trusted};
use crate::error::{AppError, Result};

/// Bytes of the nonce.
const NONCE: usize = 8;

/// Asks for a stamp over the signed checkpoint.
pub(super) fn request(anchor: &Anchor, wanted: &Attestation) -> Result<Request> {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).map_err(|e| {
        let e = e.to_string();
        AppError::invalid(
            format!("乱数を得られません({e})"),
            format!("The operating system gives no random bytes: {e}"),
        )
    })?;
    let mut query = Query::new(imprint(&wanted.subject)).with_nonce(&nonce);
    if let Some(policy) = policy(&anchor.terms).map_err(|e| AppError::invalid(e.clone(), e))? {
        query = query.with_policy(policy);
    }
    Ok(Request { url: anchor.url.clone(), content_type: "application/timestamp-query", body: query.to_der() })
}

fn imprint(subject: &str) -> Imprint {
    Imprint::of(HashAlgorithm::Sha256, subject.as_bytes())
}

pub(super) fn policy(terms: &Terms) -> std::result::Result<Option<Oid>, String> {
    terms.policy.as_deref().map(|text| text.parse::<Oid>().map_err(|e| e.to_string())).transpose()
}

/// Reads an answer: a `TimeStampResp`, or the token alone when it comes by file.
pub(super) fn read(anchor: &Anchor, wanted: &Attestation, request: &[u8], reply: &Reply) -> Answered {
    match reply.status {
        200 => {}
        429 | 503 => return Answered::Later(Trouble::Busy(format!("HTTP {}", reply.status))),
        status => return Answered::Later(Trouble::Status(status)),
    }
    let token = match token_of(&reply.body) {
        Ok(token) => token,
        Err(answered) => return answered,
    };
    let does_not_hold = |why: String| Answered::Refused(Trouble::DoesNotHold(why));
    let query = match Query::parse(request) {
        Ok(query) if query.imprint().is_of(wanted.subject.as_bytes()) => query,
        Ok(_) => return does_not_hold("the request was for another checkpoint".into()),
        Err(e) => return Answered::Later(Trouble::Other(e.to_string())),
    };
    let judged = judge(&anchor.trust, "", token, &Expected::answer_to(&query));
    match judged.and_then(|(at, judged)| passed(&judged).map(|()| at)) {
        Ok(at) => Answered::Held(Held { token: token.to_vec(), evidence: anchor.trust.clone(), at }),
        Err(why) => does_not_hold(why),
    }
}

/// The token's bytes; or what an answer without one means.
fn token_of(body: &[u8]) -> std::result::Result<&[u8], Answered> {
    if Token::parse(body).is_ok() {
        return Ok(body);
    }
    // Whatever is no answer at all comes from something in between.
    let response = Response::parse(body).map_err(|e| Answered::Later(Trouble::Unreadable(e.to_string())))?;
    response.token().map_err(|refusal| {
        let passing = |f: &Failure| matches!(f, Failure::TimeNotAvailable | Failure::SystemFailure);
        let later = refusal.status == Status::Waiting || refusal.failures.iter().any(passing);
        let why = refusal.to_string();
        if later { Answered::Later(Trouble::Busy(why)) } else { Answered::Refused(Trouble::Rejected(why)) }
    })
}

/// Checks a held token again, with this evidence.
pub(super) fn check(anchor: &Anchor, held: &Attestation, evidence: &str) -> std::result::Result<(), String> {
    passed(&judged(anchor, held, evidence)?)
}

/// Judges a held token with this evidence.
pub(super) fn judged(anchor: &Anchor, held: &Attestation, evidence: &str) -> std::result::Result<Judgement, String> {
    let token = held.token.as_deref().unwrap_or_default();
    judge(&anchor.trust, evidence, token, &Expected::bytes(held.subject.as_bytes())).map(|(_, judged)| judged)
}

/// The certificates from the TSA's to the trusted one, DER; empty when they do not lead there.
pub(super) fn path(trust: &str, token: &[u8]) -> Vec<Vec<u8>> {
    let (Ok(roots), Ok(token)) = (read_certificates(trust.as_bytes()), Token::parse(token)) else { return Vec::new() };
    let roots: Vec<Certificate<'_>> = roots.iter().filter_map(|der| Certificate::parse(der).ok()).collect();
    tsp::path(&token, &roots, &Evidence::default())
}

/// The time a token states, in microseconds UTC, and the answer about it.
fn judge(
    trust: &str,
    kept: &str,
    token: &[u8],
    expected: &Expected<'_>,
) -> std::result::Result<(i64, Judgement), String> {
    let roots = read_certificates(trust.as_bytes()).map_err(|e| e.to_string())?;
    let roots: Vec<Certificate<'_>> = roots.iter().filter_map(|der| Certificate::parse(der).ok()).collect();
    let kept = evidence_from_pem(kept).map_err(|e| e.to_string())?;
    let kept = Evidence::parse(&kept).map_err(|e| e.to_string())?;
    let token = Token::parse(token).map_err(|e| e.to_string())?;
    Ok((token.info.gen_time.0, verify(&token, expected, &roots, &kept)))
}

fn passed(judged: &Judgement) -> std::result::Result<(), String> {
    match judged.indication.cause() {
        None => Ok(()),
        Some(cause) => Err(format!("{}: {cause}", judged.indication.name())),
    }
}

/// Whether certificates can be used.
pub(super) fn check_trust(trust: &str) -> std::result::Result<(), String> {
    read_certificates(trust.as_bytes()).map(drop).map_err(|e| e.to_string())
}

/// The certificates trusted, for people.
pub(super) fn trusted(trust: &str) -> Vec<Trusted> {
    let ders = read_certificates(trust.as_bytes()).unwrap_or_default();
    let shown = ders.iter().filter_map(|der| Certificate::parse(der).ok()).map(|certificate| Trusted {
        name: certificate.subject.to_string(),
        until: Some(certificate.not_after.0),
        fingerprint: Digest::of(certificate.raw).to_hex(),
    });
    shown.collect()
}

/// Certificates of a file, PEM or DER, as PEM.
pub(super) fn to_pem(file: &[u8]) -> std::result::Result<String, String> {
    let ders = read_certificates(file).map_err(|e| e.to_string())?;
    Ok(certificates_to_pem(ders.iter().map(Vec::as_slice)))
}
