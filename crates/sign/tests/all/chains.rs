//! Paths to an anchor at the time the token states: through CAs below, and every reason for which there is none.

use akashi_sign::tsp::{Cause, Indication};
use akashi_sign::x509::PathFault;
use akashi_testkit::tsa::{Authority, Key, TSA_EXTENSIONS};

use crate::make::{anchors, judge, made, openssl};
use crate::written::{Info, sign};

/// What a CA's certificate usually says.
const CA: &str = "basicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign, cRLSign\n\
                  subjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\n";

/// A root, a CA below it that says `below`, and a token under that.
fn through(story: &str, below: &str) -> Option<(Authority, Authority, Vec<u8>)> {
    let root = made(story, Authority::new("Root", Key::P256))?;
    let middle = root.subordinate("Middle", Key::P384, Some(below)).unwrap();
    let tsa = middle.issue("TSA", Key::P256, TSA_EXTENSIONS).unwrap();
    let token = sign(&Info::default().to_der(), &tsa, &[]);
    Some((root, middle, token))
}

fn path_fault(indication: &Indication) -> &PathFault {
    match indication.cause() {
        Some(Cause::Path(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_path_leads_through_a_ca_below() {
    let Some((root, middle, token)) = through("a_path_leads_through_a_ca_below", CA) else { return };
    let judged = judge(&token, &anchors(&root), &[]);
    assert!(matches!(path_fault(&judged.indication), PathFault::NoIssuer { issuer } if issuer.contains("Middle")));
    let judged = judge(&token, &anchors(&root), &anchors(&middle).concat());
    assert!(judged.is_passed(), "{judged:#?}");
    let subjects: Vec<&str> = judged.path.iter().map(|link| link.subject.rsplit('=').next().unwrap()).collect();
    assert_eq!(subjects, ["TSA", "Middle", "Root"]);
    // A CA in the middle may itself be the anchor.
    let judged = judge(&token, &anchors(&middle), &[]);
    assert!(judged.is_passed() && judged.path.len() == 2, "{judged:#?}");
}

#[test]
fn a_ca_that_may_not_or_that_is_not_understood_leads_nowhere() {
    let constraints = "permitted;DNS:example.jp";
    let table = [
        ("keyUsage = critical, keyCertSign\n".to_owned(), "no CA (basicConstraints)"),
        (CA.replace("CA:TRUE", "CA:FALSE"), "no CA (basicConstraints)"),
        (CA.replace("keyCertSign, ", ""), "other uses (keyUsage)"),
        (format!("{CA}extendedKeyUsage = serverAuth\n"), "other purposes (extKeyUsage)"),
        (format!("{CA}nameConstraints = critical, {constraints}\n"), "critical extension 2.5.29.30"),
        (format!("{CA}policyConstraints = critical, requireExplicitPolicy:0\n"), "critical extension 2.5.29.36"),
        (format!("{CA}1.2.3.4 = critical, DER:0500\n"), "critical extension 1.2.3.4"),
    ];
    for (below, says) in table {
        let story = "a_ca_that_may_not_or_that_is_not_understood_leads_nowhere";
        let Some((root, middle, token)) = through(story, &below) else { return };
        let judged = judge(&token, &anchors(&root), &anchors(&middle).concat());
        let words = path_fault(&judged.indication).to_string();
        assert!(words.contains(says), "{below}: {words}");
        assert!(matches!(judged.indication, Indication::Failed(_)), "{below}");
    }
    let fine = format!("{CA}certificatePolicies = critical, 1.2.3.4\nextendedKeyUsage = timeStamping\n");
    let Some((root, middle, token)) = through("policies", &fine) else { return };
    assert!(judge(&token, &anchors(&root), &anchors(&middle).concat()).is_passed());
}

#[test]
fn a_path_is_as_short_as_its_cas_say() {
    let story = "a_path_is_as_short_as_its_cas_say";
    let Some(root) = made(story, Authority::new("Root", Key::P256)) else { return };
    for (length, good) in [(0, false), (1, true)] {
        let said = CA.replace("CA:TRUE", &format!("CA:TRUE, pathlen:{length}"));
        let upper = root.subordinate("Upper", Key::P256, Some(&said)).unwrap();
        let lower = upper.subordinate("Lower", Key::P256, None).unwrap();
        let tsa = lower.issue("TSA", Key::P256, TSA_EXTENSIONS).unwrap();
        let token = sign(&Info::default().to_der(), &tsa, &[]);
        let between = [anchors(&lower), anchors(&upper)].concat().concat();
        let judged = judge(&token, &anchors(&root), &between);
        assert_eq!(judged.is_passed(), good, "{judged:#?}");
        if !good {
            assert!(path_fault(&judged.indication).to_string().contains("too many certificates"));
        }
    }
}

#[test]
fn certificates_count_at_the_time_the_token_states() {
    let story = "certificates_count_at_the_time_the_token_states";
    let Some(root) = made(story, Authority::new("Root", Key::P256)) else { return };
    let valid = ("20240101000000Z", "20251231235959Z");
    let tsa = root.issue_for("TSA", Key::P256, TSA_EXTENSIONS, valid).unwrap();
    let table = [
        ("20231231235959Z", false),
        ("20240101000000Z", true),
        ("20250601000000Z", true),
        ("20251231235959Z", true),
        ("20251231235959.000001Z", false),
        ("20260101000000Z", false),
    ];
    for (time, good) in table {
        let token = sign(&Info::at(time).to_der(), &tsa, &[]);
        let judged = judge(&token, &anchors(&root), &[]);
        assert_eq!(judged.is_passed(), good, "{time}: {judged:#?}");
        if !good {
            assert!(matches!(path_fault(&judged.indication), PathFault::OutOfTime { .. }), "{time}");
            assert_eq!(judged.indication.name(), "TOTAL-FAILED");
            assert_eq!(judged.indication.cause().unwrap().name(), "OUT_OF_BOUNDS_NO_POE");
        }
    }
    // The anchor too has to be valid then: here it begins in 2020.
    let early = root.issue_for("TSA", Key::P256, TSA_EXTENSIONS, ("20100101000000Z", "20291231235959Z")).unwrap();
    let token = sign(&Info::at("20190101000000Z").to_der(), &early, &[]);
    assert!(matches!(path_fault(&judge(&token, &anchors(&root), &[]).indication), PathFault::OutOfTime { .. }));
}

#[test]
fn crossed_and_doubled_certificates_end() {
    let story = "crossed_and_doubled_certificates_end";
    let Some(root) = made(story, Authority::new("Root", Key::P256)) else { return };
    let tsa = root.issue("TSA", Key::P256, TSA_EXTENSIONS).unwrap();
    let token = sign(&Info::default().to_der(), &tsa, &[]);
    // Sixty CAs of the same name as the issuer, none of whose keys signed, and no anchor reached.
    let Some(other) = made(story, Authority::new("Other", Key::P256)) else { return };
    let alike: Vec<u8> = (0..12).flat_map(|_| anchors(&Authority::new("Root", Key::P256).unwrap()).concat()).collect();
    let judged = judge(&token, &anchors(&other), &alike);
    assert!(matches!(path_fault(&judged.indication), PathFault::NoIssuer { .. }));
    assert!(judge(&token, &anchors(&root), &alike).is_passed());
    // OpenSSL agrees about the plain case.
    let scratch = akashi_testkit::Scratch::new("agree");
    scratch.file("root.pem", root.certificate_pem().unwrap());
    scratch.file("tsa.pem", std::fs::read(&tsa.certificate).unwrap());
    let (ok, words) = openssl(&scratch, &["verify", "-purpose", "timestampsign", "-CAfile", "root.pem", "tsa.pem"]);
    assert!(ok, "{words}");
}
