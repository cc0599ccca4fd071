//! Real tokens: a German TSA's, and the Japanese ones inside Findex's sample documents. What was measured with other
//! tools is expected here. Without the sample files these stories are skipped, loudly.

use akashi_sign::Oid;
use akashi_sign::asn1::Reader;
use akashi_sign::cms::SignedData;
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

/// All files below a folder.
fn files_below(dir: &std::path::Path) -> Vec<PathBuf> {
    let (mut open, mut found) = (vec![dir.to_owned()], Vec::new());
    while let Some(dir) = open.pop() {
        for path in std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// The European samples of CAdES: what of them cannot be read, and which stamps inside do not hold. The names say why.
#[test]
fn european_samples_are_read_and_their_stamps_hold() {
    let Some(dir) = vectors("european_samples_are_read_and_their_stamps_hold") else { return };
    let kind: Oid = "1.2.840.113549.1.9.16.2.14".parse().unwrap();
    let (mut read, mut good, mut unread, mut bad) = (0, 0, Vec::new(), Vec::new());
    for file in files_below(&dir.join("dss/cades/validation")) {
        let is_cms = |ending: &std::ffi::OsStr| ["p7m", "p7s", "cms", "sig"].iter().any(|known| ending == *known);
        if !file.extension().is_some_and(is_cms) {
            continue;
        }
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&file).unwrap();
        // Two of them are padded with zeros, as the place for a signature inside a PDF is.
        let first = Reader::new(&bytes, "file").any("value").map_or(&bytes[..], |value| value.raw);
        assert!(bytes[first.len()..].iter().all(|b| *b == 0));
        let Ok(data) = SignedData::parse(first) else {
            unread.push(name);
            continue;
        };
        assert!(SignedData::parse(&[first, &[0]].concat()).is_err(), "{name}: something behind");
        read += 1;
        for stamp in data.signers.iter().filter_map(|s| s.unsigned.as_ref()).flat_map(|u| u.every(&kind).unwrap()) {
            match Token::parse(stamp.raw).map(|token| judge(&token, &[], &[])) {
                Ok(judged) if judged.broken().is_none() => good += 1,
                Ok(judged) => bad.push((name.clone(), judged.broken().map(|fact| fact.check))),
                Err(_) => bad.push((name.clone(), None)),
            }
        }
    }
    assert_eq!(unread, ["malformed-cades.p7m"]);
    assert_eq!((read, good), (50, 27), "{bad:?}");
    let expected = [
        // In place of a token stands an OCTET STRING.
        ("Signature-C-DE_CRY-3.p7m", None),
        ("cms-wrong-sign-cert-ref.p7m", Some(Check::SigningCertificate)),
        // A token of 2016 over SHA-1.
        ("CAdES-BpLTA_modified_ats_hash_element.p7m", Some(Check::Algorithm)),
    ];
    let found: Vec<(&str, Option<Check>)> = bad.iter().map(|(name, check)| (name.as_str(), *check)).collect();
    assert_eq!(found, expected);
}
