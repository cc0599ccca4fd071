//! Good tokens of every kind of key pass, here and at OpenSSL; what is asked and what is answered must agree.

use akashi_sign::HashAlgorithm;
use akashi_sign::tsp::{Cause, Check, Expected, Imprint, Indication, Request, Token, verify};
use akashi_sign::x509::{Certificate, Evidence, PathFault, RevocationStatus};
use akashi_testkit::Scratch;
use akashi_testkit::tsa::{Key, Mode, OTHER_POLICY, POLICY};

use crate::make::{DATA, anchors, extensions_with, judge, openssl, request, token, tsa, tsa_saying};

const CHECKS: [Check; 7] = [
    Check::Imprint,
    Check::Nonce,
    Check::SigningCertificate,
    Check::Signature,
    Check::Algorithm,
    Check::Purpose,
    Check::TsaName,
];

#[test]
fn tokens_of_every_kind_of_key_pass_here_and_at_openssl() {
    for key in [Key::Rsa, Key::RsaPss, Key::P256, Key::P384, Key::P521] {
        let Some(tsa) = tsa("tokens_of_every_kind_of_key_pass_here_and_at_openssl", key) else { return };
        let answer = tsa.reply(&request().to_der()).unwrap();
        let judged = judge(&answer, &anchors(tsa.ca()), &[]);
        assert_eq!(judged.indication, Indication::Passed, "{key:?}: {judged:#?}");
        assert_eq!(judged.facts.iter().map(|f| f.check).collect::<Vec<_>>(), CHECKS);
        assert_eq!(judged.path.len(), 2);
        assert!(judged.path[0].subject.ends_with("CN=Akashi Test TSA"));
        assert_eq!(judged.path[0].revocation, Some(RevocationStatus::NotGiven));
        assert_eq!(judged.path[1].revocation, None);

        let token = Token::from_file(&answer).unwrap();
        assert_eq!(token.info.policy.to_string(), POLICY);
        assert_eq!(token.info.accuracy.unwrap().to_string(), "1.5001 s");
        assert_eq!(token.info.latest().0 - token.info.gen_time.0, 1_500_100);
        assert!(token.info.ordering && token.info.tsa.is_some());

        let scratch = Scratch::new("verify");
        scratch.file("data", DATA);
        scratch.file("query.tsq", request().to_der());
        scratch.file("answer.tsr", &answer);
        scratch.file("ca.pem", tsa.ca().certificate_pem().unwrap());
        for asked in [["-data", "data"], ["-queryfile", "query.tsq"]] {
            let args = [&["ts", "-verify", "-in", "answer.tsr", "-CAfile", "ca.pem"][..], &asked].concat();
            let (ok, words) = openssl(&scratch, &args);
            assert!(ok && words.contains("Verification: OK"), "{key:?}: {words}");
        }
    }
}

#[test]
fn the_token_must_be_over_the_bytes_and_answer_the_question() {
    let Some(tsa) = tsa("the_token_must_be_over_the_bytes_and_answer_the_question", Key::P256) else { return };
    let pem = anchors(tsa.ca());
    let anchors = [Certificate::parse(&pem[0]).unwrap()];
    let none = Evidence::default();
    let asked = Request::new(Imprint::of(HashAlgorithm::Sha512, DATA)).with_policy(OTHER_POLICY.parse().unwrap());
    let asked = asked.with_nonce(&[9; 8]);
    let answer = tsa.reply(&asked.to_der()).unwrap();
    let token = Token::from_file(&answer).unwrap();
    assert_eq!(token.info.policy.to_string(), OTHER_POLICY);

    let judged = verify(&token, &Expected::answer_to(&asked), &anchors, &none);
    assert!(judged.is_passed(), "{judged:#?}");
    assert!(verify(&token, &Expected::bytes(DATA), &anchors, &none).is_passed());
    assert!(verify(&token, &Expected::imprint(asked.imprint()), &anchors, &none).is_passed());

    let short = Imprint::of(HashAlgorithm::Sha256, DATA);
    let nonce = asked.clone().with_nonce(&[8; 8]);
    let policy = asked.clone().with_policy(POLICY.parse().unwrap());
    let table: [(Expected<'_>, Check, &str); 4] = [
        (Expected::bytes(b"other"), Check::Imprint, "HASH_FAILURE"),
        (Expected::imprint(&short), Check::Imprint, "HASH_FAILURE"),
        (Expected::answer_to(&nonce), Check::Nonce, "SIG_CONSTRAINTS_FAILURE"),
        (Expected::answer_to(&policy), Check::Policy, "SIG_CONSTRAINTS_FAILURE"),
    ];
    for (expected, check, name) in table {
        let judged = verify(&token, &expected, &anchors, &none);
        assert_eq!(judged.broken().map(|fact| fact.check), Some(check));
        assert_eq!(judged.facts.iter().filter(|fact| fact.fault.is_some()).count(), 1, "{judged:#?}");
        let Indication::Failed(cause) = judged.indication else { panic!("{check:?}") };
        assert_eq!(cause.name(), name);
    }

    tsa.set(Mode::WrongNonce).unwrap();
    let answer = tsa.reply(&asked.to_der()).unwrap();
    let judged = verify(&Token::from_file(&answer).unwrap(), &Expected::answer_to(&asked), &anchors, &none);
    assert_eq!(judged.broken().map(|fact| fact.check), Some(Check::Nonce));
}

#[test]
fn without_an_anchor_or_with_a_foreign_one_nothing_is_claimed() {
    let story = "without_an_anchor_or_with_a_foreign_one_nothing_is_claimed";
    let (Some(ours), Some(other)) = (tsa(story, Key::P256), tsa(story, Key::Rsa)) else { return };
    let token = token(&ours);
    let judged = judge(&token, &[], &[]);
    assert_eq!(judged.indication, Indication::Indeterminate(Cause::Path(PathFault::NoAnchor)));
    assert!(judged.broken().is_none() && judged.path.len() == 1);
    // The foreign CA even has the same name.
    let judged = judge(&token, &anchors(other.ca()), &[]);
    assert!(matches!(judged.indication, Indication::Indeterminate(Cause::Path(PathFault::NoIssuer { .. }))));
    // Both at once: the right one is found.
    let both = [anchors(other.ca()), anchors(ours.ca())].concat();
    assert!(judge(&token, &both, &[]).is_passed());
    // The TSA's own certificate may be the anchor.
    let own = Token::parse(&token).unwrap().data.enclosed.certificates[0].raw.to_vec();
    let judged = judge(&token, &[own], &[]);
    assert!(judged.is_passed() && judged.path.len() == 1, "{judged:#?}");
}

#[test]
fn a_token_without_certificates_needs_them_given() {
    let Some(tsa) = tsa("a_token_without_certificates_needs_them_given", Key::Rsa) else { return };
    let enclosed = token(&tsa);
    let certificates: Vec<u8> = {
        let token = Token::parse(&enclosed).unwrap();
        token.data.enclosed.certificates.iter().flat_map(|c| c.raw.to_vec()).collect()
    };
    let bare = tsa.reply(&request().without_certificates().to_der()).unwrap();
    assert!(Token::from_file(&bare).unwrap().data.enclosed.certificates.is_empty());
    let anchors = anchors(tsa.ca());
    let judged = judge(&bare, &anchors, &[]);
    let Indication::Indeterminate(cause) = &judged.indication else { panic!("{judged:#?}") };
    assert_eq!(cause.name(), "NO_SIGNING_CERTIFICATE_FOUND");
    assert!(judge(&bare, &anchors, &certificates).is_passed());
}

#[test]
fn a_certificate_for_other_uses_makes_no_stamp() {
    let table = [
        ("extendedKeyUsage", "extendedKeyUsage = timeStamping", "not marked critical"),
        ("extendedKeyUsage", "extendedKeyUsage = critical, timeStamping, codeSigning", "time stamping only"),
        ("keyUsage", "keyUsage = critical, keyEncipherment", "not for signing"),
    ];
    for (name, line, says) in table {
        // OpenSSL's responder would refuse these too: so the token is made by another certificate of the same key.
        let story = "a_certificate_for_other_uses_makes_no_stamp";
        let Some(tsa) = crate::written::signed_by(story, &extensions_with(name, line)) else { return };
        let judged = judge(&tsa.token, &tsa.anchors, &[]);
        let fault = judged.broken().unwrap_or_else(|| panic!("{line}: {judged:#?}"));
        assert_eq!(fault.check, Check::Purpose, "{line}");
        assert!(fault.fault.as_deref().unwrap().contains(says), "{fault:?}");
        assert!(matches!(judged.indication, Indication::Failed(_)));
    }
    let both = extensions_with("keyUsage", "keyUsage = critical, nonRepudiation");
    let Some(tsa) = tsa_saying("a_certificate_for_other_uses_makes_no_stamp", &both) else { return };
    assert!(judge(&token(&tsa), &anchors(tsa.ca()), &[]).is_passed());
}
