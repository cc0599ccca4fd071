//! Real tokens: a German TSA's, and the Japanese ones inside Findex's sample documents. What was measured with other
//! tools is expected here. Without the sample files these stories are skipped, loudly.

use akashi_sign::tsp::{Cause, Check, Expected, Indication, Judgement, Token, verify};
use akashi_sign::x509::{Certificate, Evidence, PathFault, RevocationStatus, Source, status};
use akashi_testkit::need::{SHARED, skip};
use akashi_testkit::shared_dir;
use base64::Engine as _;
use std::path::PathBuf;

fn vectors(story: &str) -> Option<PathBuf> {
    let dir = shared_dir().map(|dir| dir.join("vectors")).filter(|dir| dir.is_dir());
    if dir.is_none() {
        skip(SHARED, story, "no folder shared/vectors");
    }
    dir
}

/// The tokens inside an XML document, in order.
fn tokens_in(file: &std::path::Path) -> Vec<Vec<u8>> {
    values_in(file, "EncapsulatedTimeStamp")
}

/// The values of this element inside an XML document, in order.
fn values_in(file: &std::path::Path, element: &str) -> Vec<Vec<u8>> {
    let text = std::fs::read_to_string(file).unwrap();
    let open = text.split(element).filter_map(|part| part.split_once('>'));
    let decode = |(_, rest): (&str, &str)| {
        let plain: String = rest.split('<').next()?.split_whitespace().collect();
        base64::engine::general_purpose::STANDARD.decode(plain).ok().filter(|bytes| bytes.len() > 100)
    };
    open.filter_map(decode).collect()
}

/// Judged over the imprint it states itself: everything but the bytes.
fn judge(token: &Token<'_>, anchors: &[Certificate<'_>], evidence: &[u8]) -> Judgement {
    let expected = Expected::imprint(&token.info.imprint);
    verify(token, &expected, anchors, &Evidence::parse(evidence).unwrap())
}

#[test]
fn a_german_token_with_pss_certificates_holds() {
    let Some(dir) = vectors("a_german_token_with_pss_certificates_holds") else { return };
    let bytes = std::fs::read(dir.join("dss/evidence-record-asn1/d-trust.tsr")).unwrap();
    let token = Token::from_file(&bytes).unwrap();
    assert_eq!(token.info.gen_time.to_string(), "2018-05-23T13:18:29Z");
    let judged = judge(&token, &[], &[]);
    assert!(judged.broken().is_none(), "{judged:#?}");
    assert_eq!(judged.indication, Indication::Indeterminate(Cause::Path(PathFault::NoAnchor)));
    let root = token.data.enclosed.certificates.iter().find(|c| c.is_self_issued()).unwrap().clone();
    let judged = judge(&token, &[root], &[]);
    assert!(judged.is_passed(), "{judged:#?}");
    assert_eq!(judged.path.len(), 3);
    assert!(judged.path[0].subject.contains("CN=D-TRUST TSU 12 2017"));
}

#[test]
fn japanese_tokens_hold() {
    let Some(dir) = vectors("japanese_tokens_hold") else { return };
    let table = [
        ("Prescription-004_01.xml", 1, "TimeStampServer01"),
        ("Dispensing-005_03.xml", 3, "TimeStampServer01"),
        ("ArchiveTimeStampVerifierTests/MultiATS.xml", 5, "FINDEX TSA"),
    ];
    for (name, count, tsa) in table {
        let tokens = tokens_in(&dir.join("hpki").join(name));
        assert_eq!(tokens.len(), count, "{name}");
        for (at, bytes) in tokens.iter().enumerate() {
            let token = Token::from_file(bytes).unwrap();
            let judged = judge(&token, &[], &[]);
            // Findex's own TSA signed over SHA-1 in 2017: the signature holds, and no longer says anything.
            let broken: Vec<Check> = judged.facts.iter().filter(|f| f.fault.is_some()).map(|f| f.check).collect();
            let expected: &[Check] = if tsa == "FINDEX TSA" { &[Check::Algorithm] } else { &[] };
            assert_eq!(broken, expected, "{name} {at}: {judged:#?}");
            assert!(judged.path[0].subject.contains(tsa), "{name} {at}: {}", judged.path[0].subject);
        }
    }
}

#[test]
fn a_japanese_token_passes_with_the_evidence_kept_beside_it() {
    let Some(dir) = vectors("a_japanese_token_passes_with_the_evidence_kept_beside_it") else { return };
    let file = dir.join("hpki/Prescription-004_01.xml");
    let token = tokens_in(&file).remove(0);
    let token = Token::from_file(&token).unwrap();
    let certificates = values_in(&file, "EncapsulatedX509Certificate");
    let lists = values_in(&file, "EncapsulatedCRLValue");
    let evidence = [certificates.concat(), lists.concat()].concat();
    let parsed = Evidence::parse(&evidence).unwrap();
    let named = |name: &str| parsed.certificates.iter().find(|c| c.subject.to_string().contains(name)).unwrap();

    let judged = judge(&token, &[named("Test CA for TimeStampServer").clone()], &evidence);
    assert!(judged.is_passed(), "{judged:#?}");
    // The list of 2017 was to be replaced in 2027 only: it was the current one, and says nothing about later.
    let Some(RevocationStatus::Good { source: Source::List, later: false, as_of }) = judged.path[0].revocation else {
        panic!("{judged:#?}")
    };
    assert_eq!(as_of.to_string(), "2017-06-21T10:28:27Z");

    // The ministry publishes its list in parts, named by directory names (signature.md, "CRL trap").
    let (root, medis) = (named("CN=HPKI").issuer.clone(), named("CN=HPKI"));
    let root = parsed.certificates.iter().find(|c| c.subject.is_same(&root)).unwrap();
    let at = token.info.gen_time;
    let RevocationStatus::Good { source: Source::List, later: false, .. } = status(medis, root, &parsed, at) else {
        panic!("{:?}", status(medis, root, &parsed, at))
    };
    assert_eq!(status(root, root, &parsed, at), RevocationStatus::NotGiven, "the part for roots is not here");
}
