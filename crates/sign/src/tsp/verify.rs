//! Judging a token: facts first, then the path at the time it states, then revocation.

use super::ess;
use super::judgement::{Cause, Check, Fact, Indication, Judgement, Link};
use super::request::{Imprint, Request};
use super::token::Token;
use crate::asn1::{Fault, Oid, Reader, known, tag};
use crate::x509::{self, Certificate, Chain, Evidence, Name, PathFault, RevocationStatus, usage};

/// What the token is compared with.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'e> {
    what: What<'e>,
    nonce: Option<&'e [u8]>,
    policy: Option<&'e Oid>,
}

#[derive(Debug, Clone, Copy)]
enum What<'e> {
    Bytes(&'e [u8]),
    Imprint(&'e Imprint),
}

impl<'e> Expected<'e> {
    /// The token has to be over these bytes, by whatever good digest.
    #[must_use]
    pub fn bytes(bytes: &'e [u8]) -> Self {
        Self { what: What::Bytes(bytes), nonce: None, policy: None }
    }

    /// The token has to be over this digest.
    #[must_use]
    pub fn imprint(imprint: &'e Imprint) -> Self {
        Self { what: What::Imprint(imprint), nonce: None, policy: None }
    }

    /// The token has to answer this request: imprint, nonce and policy.
    #[must_use]
    pub fn answer_to(request: &'e Request) -> Self {
        Self { what: What::Imprint(request.imprint()), nonce: request.nonce(), policy: request.policy() }
    }
}

/// Judges a token as of the time it states. `evidence` is what was kept with it; what the token itself encloses is used
/// too. Only `anchors` are trusted; without them the answer is indeterminate at best.
#[must_use]
pub fn verify(
    token: &Token<'_>,
    expected: &Expected<'_>,
    anchors: &[Certificate<'_>],
    evidence: &Evidence<'_>,
) -> Judgement {
    let known = known(token, evidence);
    let pool: Vec<&Certificate<'_>> = known.certificates.iter().collect();
    let anchors: Vec<&Certificate<'_>> = anchors.iter().collect();
    let mut facts = stated(token, expected);
    let signer = signer(token, &[&pool[..], &anchors[..]].concat());
    facts.push(fact(Check::SigningCertificate, signer.as_ref().map(|_| ()).map_err(Clone::clone)));
    let Ok(signer) = signer else { return judgement(facts, Indication::Passed, Vec::new()) };
    facts.push(fact(Check::Signature, signature(token, signer)));
    facts.push(fact(Check::Algorithm, algorithm(token, signer)));
    facts.push(fact(Check::Purpose, purpose(signer)));
    facts.push(fact(Check::TsaName, tsa_name(token, signer)));
    let chain = x509::build(signer, &pool, &anchors, token.info.gen_time, known::KP_TIME_STAMPING);
    let (indication, path) = match chain {
        Ok(chain) => revocation(&chain, &known, token),
        Err(fault) => (no_path(fault), vec![Link::of(signer, None)]),
    };
    judgement(facts, indication, path)
}

/// The path of a token in DER: the TSA's certificate first, the anchor last; empty when there is none. Each but the last
/// is one whose revocation matters, with the key of the next.
#[must_use]
pub fn path(token: &Token<'_>, anchors: &[Certificate<'_>], evidence: &Evidence<'_>) -> Vec<Vec<u8>> {
    let known = known(token, evidence);
    let pool: Vec<&Certificate<'_>> = known.certificates.iter().collect();
    let anchors: Vec<&Certificate<'_>> = anchors.iter().collect();
    let all = [&pool[..], &anchors[..]].concat();
    let Ok(signer) = signer(token, &all) else { return Vec::new() };
    let chain = x509::build(signer, &pool, &anchors, token.info.gen_time, known::KP_TIME_STAMPING);
    chain.map_or_else(|_| Vec::new(), |chain| chain.certificates.iter().map(|one| one.raw.to_vec()).collect())
}

/// What the token encloses, what was added to it, and what was kept beside it.
fn known<'a>(token: &Token<'a>, evidence: &Evidence<'a>) -> Evidence<'a> {
    let mut known = token.data.enclosed.clone();
    known.extend(token.added());
    known.extend(evidence.clone());
    known
}

/// A fact that does not hold outweighs everything else. Where only the certificate is not at hand, or a digest is too
/// old, nothing is disproved.
fn judgement(facts: Vec<Fact>, indication: Indication, path: Vec<Link>) -> Judgement {
    let open = |check: &Check| matches!(check, Check::SigningCertificate | Check::Algorithm);
    let broken = || facts.iter().filter_map(|fact| Some((fact.check, fact.fault.clone()?)));
    let worst = broken().find(|(check, _)| !open(check)).or_else(|| broken().next());
    let indication = match worst {
        Some((check, fault)) if open(&check) => Indication::Indeterminate(Cause::Fact { check, fault }),
        Some((check, fault)) => Indication::Failed(Cause::Fact { check, fault }),
        None => indication,
    };
    Judgement { facts, indication, path }
}

fn fact(check: Check, held: Result<(), String>) -> Fact {
    Fact { check, fault: held.err() }
}

/// Imprint, and nonce and policy where they are given.
fn stated(token: &Token<'_>, expected: &Expected<'_>) -> Vec<Fact> {
    let info = &token.info;
    let fault = |what: String| Err(what);
    let same = match expected.what {
        What::Bytes(bytes) => info.imprint.is_of(bytes),
        What::Imprint(imprint) => info.imprint == *imprint,
    };
    let imprint = || format!("the token is over other bytes: its imprint is {}", info.imprint);
    let imprint = if same { Ok(()) } else { fault(imprint()) };
    let mut facts = vec![fact(Check::Imprint, imprint)];
    if let Some(nonce) = expected.nonce {
        let same = info.nonce.as_deref() == Some(nonce);
        let held = if same { Ok(()) } else { fault("the nonce is not the one that was sent".into()) };
        facts.push(fact(Check::Nonce, held));
    }
    if let Some(policy) = expected.policy {
        let same = info.policy == *policy;
        let held = if same { Ok(()) } else { fault(format!("the policy is {}, not {policy}", info.policy)) };
        facts.push(fact(Check::Policy, held));
    }
    facts
}

/// The certificate the signer names, bound by the signed attributes.
fn signer<'c, 'a>(token: &Token<'_>, all: &[&'c Certificate<'a>]) -> Result<&'c Certificate<'a>, String> {
    let signer = token.signer();
    let mut fault = "the certificate of the TSA is neither in the token nor given".to_owned();
    for certificate in all.iter().copied().filter(|one| signer.id.is(one)) {
        fault = match ess::names(signer, certificate) {
            Ok(Some(true)) => return Ok(certificate),
            Ok(Some(false)) => {
                "the certificate is not the one named under the signature (signingCertificate)".to_owned()
            }
            Ok(None) => "no certificate is named under the signature (signingCertificate)".to_owned(),
            Err(why) => why.to_string(),
        };
    }
    Err(fault)
}

fn signature(token: &Token<'_>, certificate: &Certificate<'_>) -> Result<(), String> {
    let content = token.data.content.as_deref().unwrap_or_default();
    let held = token.signer().verify(&token.data.content_type, content, certificate);
    held.map_err(|fault| fault.to_string())
}

fn algorithm(token: &Token<'_>, certificate: &Certificate<'_>) -> Result<(), String> {
    let digests = [token.signer().digests(), vec![token.info.imprint.algorithm()]].concat();
    if let Some(weak) = digests.iter().find(|digest| !digest.is_strong()) {
        return Err(format!("{} no longer says anything: others can be made to match", weak.name()));
    }
    if certificate.key.is_weak() {
        return Err(format!("a key of {} no longer says anything: others may have found it", certificate.key));
    }
    Ok(())
}

/// RFC 3161, 2.3.
fn purpose(certificate: &Certificate<'_>) -> Result<(), String> {
    let (only, critical) = certificate
        .extensions
        .purposes
        .as_ref()
        .map_or((false, false), |(all, critical)| (all[..] == [known::KP_TIME_STAMPING], *critical));
    match (only, critical) {
        (true, true) if certificate.may(usage::DIGITAL_SIGNATURE | usage::NON_REPUDIATION) => Ok(()),
        (true, true) => Err("the certificate's key is not for signing (keyUsage)".into()),
        (true, false) => Err("the certificate's purpose is not marked critical (extKeyUsage)".into()),
        (false, _) => Err("the certificate is not one for time stamping only (extKeyUsage)".into()),
    }
}

/// A name in the token has to be one of the certificate's (RFC 3161, 2.4.2).
fn tsa_name(token: &Token<'_>, certificate: &Certificate<'_>) -> Result<(), String> {
    let Some(raw) = &token.info.tsa else { return Ok(()) };
    let read = || -> Result<bool, crate::Asn1Error> {
        let mut input = Reader::new(raw, "TSTInfo.tsa");
        let general = input.any("name")?;
        let mut others = certificate.extensions.alt_names.clone();
        let mut alternative = false;
        while let Some(names) = others.as_mut().filter(|names| !names.is_empty()) {
            alternative |= names.any("generalName")?.raw == *raw;
        }
        if general.tag != tag::explicit(4) || alternative {
            return Ok(alternative);
        }
        let mut inside = general.reader()?;
        let name = Name::read(&mut inside, "directoryName")?;
        if !inside.is_empty() {
            return Err(inside.fault(Fault::Trailing));
        }
        Ok(name.is_same(&certificate.subject))
    };
    match read() {
        Ok(true) => Ok(()),
        Ok(false) => Err("the TSA's name in the token is not one of its certificate's".into()),
        Err(why) => Err(why.to_string()),
    }
}

/// Nothing is disproved where only an anchor or a certificate is not at hand.
fn no_path(fault: PathFault) -> Indication {
    match fault {
        PathFault::NoAnchor | PathFault::NoIssuer { .. } | PathFault::TooMany => {
            Indication::Indeterminate(fault.into())
        }
        PathFault::OutOfTime { .. } | PathFault::NotCa { .. } | PathFault::Critical { .. } => {
            Indication::Failed(fault.into())
        }
    }
}

/// Every certificate but the anchor, with the key of the one above it.
fn revocation(chain: &Chain<'_, '_>, evidence: &Evidence<'_>, token: &Token<'_>) -> (Indication, Vec<Link>) {
    let (mut indication, mut path) = (Indication::Passed, Vec::new());
    for (at, certificate) in chain.certificates.iter().enumerate() {
        let issuer = chain.certificates.get(at + 1);
        let status = issuer.map(|issuer| x509::status(certificate, issuer, evidence, token.info.gen_time));
        if let Some(RevocationStatus::Revoked { at, reason, .. }) = status {
            let subject = certificate.subject.to_string();
            indication = Indication::Failed(Cause::Revoked { subject, at, reason });
        }
        path.push(Link::of(certificate, status));
    }
    (indication, path)
}
