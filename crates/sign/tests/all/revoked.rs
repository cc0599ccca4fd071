//! Revocation: lists and OCSP answers that OpenSSL makes, of the right and of the wrong people.

use akashi_sign::tsp::{Cause, Indication, Judgement};
use akashi_sign::x509::{
    Certificate, Evidence, PemError, Reason, RevocationStatus, Source, accept, certificates_to_pem, evidence_from_pem,
    ocsp_question, read_certificates,
};
use akashi_testkit::tsa::{Authority, Identity, Key, TSA_EXTENSIONS};

use crate::make::{anchors, judge, made, openssl};
use crate::written::{Info, sign};

/// Before and after the moment at which the tests' own lists are made.
const PAST: &str = "20260101000000Z";
const FUTURE: &str = "20400101000000Z";

struct Home {
    ca: Authority,
    tsa: Identity,
    past: Vec<u8>,
    future: Vec<u8>,
}

impl Home {
    fn new(story: &str) -> Option<Self> {
        let ca = made(story, Authority::new("Akashi Test CA", Key::P256))?;
        let tsa = ca.issue("Akashi Test TSA", Key::P256, TSA_EXTENSIONS).unwrap();
        let token = |time| sign(&Info::at(time).to_der(), &tsa, &[]);
        let (past, future) = (token(PAST), token(FUTURE));
        Some(Self { ca, tsa, past, future })
    }

    fn judge(&self, token: &[u8], evidence: &[u8]) -> Judgement {
        judge(token, &anchors(&self.ca), evidence)
    }
}

fn status(judged: &Judgement) -> RevocationStatus {
    judged.path[0].revocation.unwrap()
}

fn is_revoked(judged: &Judgement, why: Option<Reason>) -> bool {
    let same = |cause: &Cause| matches!(cause, Cause::Revoked { reason, .. } if *reason == why);
    matches!(&judged.indication, Indication::Failed(cause) if same(cause) && cause.name() == "REVOKED_NO_POE")
}

#[test]
fn good_evidence_says_how_fresh_it_is() {
    let Some(home) = Home::new("good_evidence_says_how_fresh_it_is") else { return };
    let (list, answer) = (home.ca.crl().unwrap(), home.ca.ocsp(&home.tsa, None).unwrap());
    for (evidence, from) in [(&list, Source::List), (&answer, Source::Ocsp)] {
        let judged = home.judge(&home.past, evidence);
        let RevocationStatus::Good { source, later: true, .. } = status(&judged) else { panic!("{judged:#?}") };
        assert!(source == from && judged.is_passed());
        // Made long before the token, and overtaken since: it says nothing.
        let judged = home.judge(&home.future, evidence);
        assert_eq!(status(&judged), RevocationStatus::NotGiven);
        assert!(judged.is_passed(), "where nothing is given, nothing is checked, and that is said");
    }
    let judged = home.judge(&home.past, &[list, answer].concat());
    assert!(matches!(status(&judged), RevocationStatus::Good { .. }));
}

#[test]
fn a_compromised_key_makes_every_stamp_worthless() {
    for (name, reason) in [
        (Some("keyCompromise"), Some(Reason::KeyCompromise)),
        (None, None),
        (Some("CACompromise"), Some(Reason::CaCompromise)),
    ] {
        let Some(home) = Home::new("a_compromised_key_makes_every_stamp_worthless") else { return };
        home.ca.revoke(&home.tsa, name).unwrap();
        for evidence in [home.ca.crl().unwrap(), home.ca.ocsp(&home.tsa, None).unwrap()] {
            assert!(is_revoked(&home.judge(&home.past, &evidence), reason), "{name:?}, stamped before");
            assert!(is_revoked(&home.judge(&home.future, &evidence), reason), "{name:?}, stamped after");
        }
    }
}

#[test]
fn a_replaced_key_leaves_the_stamps_made_before() {
    let Some(home) = Home::new("a_replaced_key_leaves_the_stamps_made_before") else { return };
    home.ca.revoke(&home.tsa, Some("superseded")).unwrap();
    for evidence in [home.ca.crl().unwrap(), home.ca.ocsp(&home.tsa, None).unwrap()] {
        let judged = home.judge(&home.past, &evidence);
        let RevocationStatus::Afterwards { reason: Reason::Superseded, .. } = status(&judged) else {
            panic!("{judged:#?}")
        };
        assert!(judged.is_passed());
        assert!(is_revoked(&home.judge(&home.future, &evidence), Some(Reason::Superseded)));
    }
}

#[test]
fn the_worst_authentic_word_counts_and_no_other() {
    let story = "the_worst_authentic_word_counts_and_no_other";
    let Some(home) = Home::new(story) else { return };
    let good = home.ca.crl().unwrap();
    home.ca.revoke(&home.tsa, Some("keyCompromise")).unwrap();
    let bad = home.ca.crl().unwrap();
    assert!(is_revoked(&home.judge(&home.past, &[good.clone(), bad.clone()].concat()), Some(Reason::KeyCompromise)));
    assert!(is_revoked(&home.judge(&home.past, &[bad.clone(), good].concat()), Some(Reason::KeyCompromise)));
    // A list of somebody of the same name says nothing, neither good nor bad.
    let foreign = made(story, Authority::new("Akashi Test CA", Key::P256)).unwrap();
    let other = foreign.issue("Akashi Test TSA", Key::P256, TSA_EXTENSIONS).unwrap();
    foreign.revoke(&other, Some("keyCompromise")).unwrap();
    let judged = home.judge(&home.past, &foreign.crl().unwrap());
    assert!(status(&judged) == RevocationStatus::NotGiven && judged.is_passed());
    let mut forged = bad;
    let last = forged.len() - 1;
    forged[last] ^= 1;
    assert_eq!(status(&home.judge(&home.past, &forged)), RevocationStatus::NotGiven);
}

#[test]
fn an_ocsp_responder_needs_its_issuers_word() {
    let Some(home) = Home::new("an_ocsp_responder_needs_its_issuers_word") else { return };
    let named = home.ca.issue("OCSP", Key::P256, "extendedKeyUsage = OCSPSigning\n").unwrap();
    let judged = home.judge(&home.past, &home.ca.ocsp(&home.tsa, Some(&named)).unwrap());
    assert!(matches!(status(&judged), RevocationStatus::Good { source: Source::Ocsp, .. }));
    // The TSA itself is issued by the CA, too, but not for OCSP.
    let judged = home.judge(&home.past, &home.ca.ocsp(&home.tsa, Some(&home.tsa)).unwrap());
    assert_eq!(status(&judged), RevocationStatus::NotGiven);
    // An answer about somebody else.
    let judged = home.judge(&home.past, &home.ca.ocsp(&named, Some(&named)).unwrap());
    assert_eq!(status(&judged), RevocationStatus::NotGiven);
}

#[test]
fn a_revoked_ca_counts_as_well() {
    let story = "a_revoked_ca_counts_as_well";
    let Some(root) = made(story, Authority::new("Root", Key::P256)) else { return };
    let middle = root.subordinate("Middle", Key::P256, None).unwrap();
    let tsa = middle.issue("TSA", Key::P256, TSA_EXTENSIONS).unwrap();
    let token = sign(&Info::at(PAST).to_der(), &tsa, &[]);
    let fresh = [anchors(&middle).concat(), root.crl().unwrap(), middle.crl().unwrap()].concat();
    let judged = judge(&token, &anchors(&root), &fresh);
    assert!(judged.is_passed());
    assert!(judged.path[..2].iter().all(|link| matches!(link.revocation, Some(RevocationStatus::Good { .. }))));
    root.revoke(&middle.identity(), Some("CACompromise")).unwrap();
    let judged = judge(&token, &anchors(&root), &[anchors(&middle).concat(), root.crl().unwrap()].concat());
    assert!(is_revoked(&judged, Some(Reason::CaCompromise)), "{judged:#?}");
}

#[test]
fn evidence_made_after_the_end_of_a_certificate_says_nothing_good() {
    let story = "evidence_made_after_the_end_of_a_certificate_says_nothing_good";
    let Some(ca) = made(story, Authority::new("Akashi Test CA", Key::P256)) else { return };
    let valid = ("20240101000000Z", "20251231235959Z");
    let tsa = ca.issue_for("TSA", Key::P256, TSA_EXTENSIONS, valid).unwrap();
    let token = sign(&Info::at("20250601000000Z").to_der(), &tsa, &[]);
    for evidence in [ca.crl().unwrap(), ca.ocsp(&tsa, None).unwrap()] {
        let judged = judge(&token, &anchors(&ca), &evidence);
        assert_eq!(status(&judged), RevocationStatus::NotGiven, "it may have been left out since");
    }
    ca.revoke(&tsa, Some("keyCompromise")).unwrap();
    let judged = judge(&token, &anchors(&ca), &ca.crl().unwrap());
    assert!(is_revoked(&judged, Some(Reason::KeyCompromise)), "what is said is said");
}

#[test]
fn evidence_is_kept_as_text_and_comes_back() {
    let Some(home) = Home::new("evidence_is_kept_as_text_and_comes_back") else { return };
    let all = [anchors(&home.ca).concat(), home.ca.crl().unwrap(), home.ca.ocsp(&home.tsa, None).unwrap()].concat();
    let text = Evidence::parse(&[all.clone(), all.clone()].concat()).unwrap().to_pem();
    assert_eq!(evidence_from_pem(&text).unwrap(), all, "each value once, in order");
    let noise = format!("first\n{text}last\n-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n");
    assert_eq!(evidence_from_pem(&noise).unwrap(), all);
    assert_eq!(evidence_from_pem("").unwrap(), b"");
    // OpenSSL reads what we write.
    let scratch = akashi_testkit::Scratch::new("pem");
    scratch.file("all.pem", &text);
    for kind in ["x509", "crl"] {
        let (ok, words) = openssl(&scratch, &[kind, "-in", "all.pem", "-noout", "-issuer"]);
        assert!(ok && words.contains("Akashi Test CA"), "{words}");
    }
    let broken = [
        ("-----BEGIN CERTIFICATE-----\nAA", PemError::Block { number: 1 }),
        ("-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n", PemError::Block { number: 1 }),
        ("-----BEGIN X", PemError::Block { number: 1 }),
    ];
    for (text, fault) in broken {
        assert_eq!(evidence_from_pem(text), Err(fault));
    }
    assert_eq!(read_certificates(b""), Err(PemError::None));
    assert_eq!(read_certificates(b"no certificate"), Err(PemError::None));
    assert!(matches!(read_certificates(&home.past), Err(PemError::Value { number: 1, .. })), "a token is none");
    let mut der = anchors(&home.ca);
    der.push(der[0].clone());
    assert_eq!(read_certificates(&der.concat()).unwrap(), der, "DER, one after the other");
    assert_eq!(read_certificates(certificates_to_pem(der.iter().map(Vec::as_slice)).as_bytes()).unwrap(), der);
}

/// Where a certificate says that word on it can be had; OpenSSL's responder understands our question; only authentic word
/// about it is kept.
#[test]
fn word_is_asked_where_the_certificate_says() {
    let story = "word_is_asked_where_the_certificate_says";
    let Some(ca) = made(story, Authority::new("Akashi Test CA", Key::P256)) else { return };
    let other = Authority::new("Akashi Test CA", Key::P256).unwrap();
    let places = "crlDistributionPoints = URI:http://ca.example/a.crl, URI:ldap://ca.example/a, URI:http://ca.example/a.crl\n\
                  authorityInfoAccess = caIssuers;URI:http://ca.example/ca.cer, OCSP;URI:https://ca.example/ocsp\n";
    let tsa = ca.issue("Akashi Test TSA", Key::P256, &format!("{TSA_EXTENSIONS}{places}")).unwrap();
    let plain = ca.issue("Akashi Test TSA", Key::P256, TSA_EXTENSIONS).unwrap();
    let der =
        |identity: &Identity| read_certificates(&std::fs::read(&identity.certificate).unwrap()).unwrap().remove(0);
    let (tsa_der, ca_der, other_der, plain_der) = (der(&tsa), der(&ca.identity()), der(&other.identity()), der(&plain));
    let [certificate, issuer, stranger, neighbour] =
        [&tsa_der, &ca_der, &other_der, &plain_der].map(|der| Certificate::parse(der).unwrap());
    let found: Vec<_> = certificate.revocation_places().into_iter().map(|p| (p.source, p.url)).collect();
    let expected = [(Source::List, "http://ca.example/a.crl"), (Source::Ocsp, "https://ca.example/ocsp")];
    assert_eq!(found, expected.map(|(source, url)| (source, url.to_owned())));
    assert!(neighbour.revocation_places().is_empty());

    let answer = ca.ocsp_reply(&ocsp_question(&certificate, &issuer), None).unwrap();
    let word = accept(&answer, Source::Ocsp, &certificate, &issuer).unwrap();
    assert!(word.next_update.is_some_and(|next| next > word.this_update));
    let list = ca.crl_of(("20300101000000Z", "20300201000000Z")).unwrap();
    let word = accept(&list, Source::List, &certificate, &issuer).unwrap();
    assert_eq!(word.this_update.to_string(), "2030-01-01T00:00:00Z");
    assert_eq!(word.next_update.unwrap().to_string(), "2030-02-01T00:00:00Z");

    let refused = |answer: &[u8], source, about: &Certificate<'_>, by: &Certificate<'_>| {
        accept(answer, source, about, by).unwrap_err().to_string()
    };
    let theirs = other.crl().unwrap();
    assert!(refused(&theirs, Source::List, &certificate, &issuer).contains("signed it"));
    assert!(refused(&list, Source::List, &certificate, &stranger).contains("signed it"));
    assert!(refused(&answer, Source::Ocsp, &neighbour, &issuer).contains("does not speak of"));
    assert!(refused(&answer, Source::List, &certificate, &issuer).contains("CertificateList"));
    assert!(
        accept(&list, Source::Ocsp, &certificate, &issuer).is_err()
            && accept(b"", Source::List, &certificate, &issuer).is_err()
    );
}
