//! Tokens written by this test and signed by `openssl cms`, for what `openssl ts` does not make: PSS,
//! other times, odd forms, certificates for other uses.

use akashi_sign::asn1::{Der, Oid, tag};
use akashi_sign::tsp::{Check, Imprint, Indication, Token, TokenError};
use akashi_sign::{Asn1Error, HashAlgorithm};
use akashi_testkit::Scratch;
use akashi_testkit::tsa::{Authority, Identity, Key, TSA_EXTENSIONS};

use crate::make::{DATA, NONCE, anchors, judge, made, openssl};

/// A token and the anchors it leads to.
pub(crate) struct Written {
    pub(crate) token: Vec<u8>,
    pub(crate) anchors: Vec<Vec<u8>>,
}

/// Fields of a `TSTInfo` that tests change; DER of each.
pub(crate) struct Info {
    pub(crate) version: u8,
    pub(crate) time: (u8, &'static str),
    pub(crate) accuracy: Vec<u8>,
    pub(crate) last: Vec<u8>,
    pub(crate) digest: HashAlgorithm,
}

impl Default for Info {
    fn default() -> Self {
        let time = (tag::GENERALIZED_TIME, "20261101120000Z");
        Self { version: 1, time, accuracy: Vec::new(), last: Vec::new(), digest: HashAlgorithm::Sha256 }
    }
}

impl Info {
    pub(crate) fn at(time: &'static str) -> Self {
        Self { time: (tag::GENERALIZED_TIME, time), ..Self::default() }
    }

    pub(crate) fn to_der(&self) -> Vec<u8> {
        let imprint = Imprint::of(self.digest, DATA);
        let algorithm = Der::new().oid(&self.digest.oid()).value(tag::NULL, &[]);
        let policy: Oid = "1.2.3.4".parse().unwrap();
        let body = Der::new()
            .unsigned(&[self.version])
            .oid(&policy)
            .sequence(Der::new().sequence(algorithm).octets(imprint.digest()))
            .unsigned(&[42])
            .value(self.time.0, self.time.1.as_bytes())
            .raw(&self.accuracy)
            .unsigned(&NONCE)
            .raw(&self.last);
        Der::new().sequence(body).into_bytes()
    }
}

/// Signs with `openssl cms`; `more` are more of its words.
pub(crate) fn sign(info: &[u8], by: &Identity, more: &[&str]) -> Vec<u8> {
    let scratch = Scratch::new("written");
    scratch.file("info", info);
    let (certificate, key) = (by.certificate.to_str().unwrap(), by.key.to_str().unwrap());
    let fixed = ["cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-econtent_type", "id-smime-ct-TSTInfo"];
    let files = ["-in", "info", "-out", "token", "-signer", certificate, "-inkey", key];
    let cades: &[&str] = if more.contains(&"-no-cades") { &[] } else { &["-cades"] };
    let more: Vec<&str> = more.iter().copied().filter(|word| *word != "-no-cades").collect();
    let (ok, words) = openssl(&scratch, &[&fixed[..], &files, cades, &more].concat());
    assert!(ok, "{words}");
    std::fs::read(scratch.path().join("token")).unwrap()
}

/// A token of a TSA whose certificate says this.
pub(crate) fn signed_by(story: &str, extensions: &str) -> Option<Written> {
    let ca = made(story, Authority::new("Akashi Test CA", Key::P256))?;
    let tsa = ca.issue("Akashi Test TSA", Key::P256, extensions).unwrap();
    Some(Written { token: sign(&Info::default().to_der(), &tsa, &[]), anchors: anchors(&ca) })
}

/// A CA and a TSA.
fn pair(story: &str, key: Key) -> Option<(Authority, Identity)> {
    let ca = made(story, Authority::new("Akashi Test CA", key))?;
    let tsa = ca.issue("Akashi Test TSA", key, TSA_EXTENSIONS).unwrap();
    Some((ca, tsa))
}

#[test]
fn pss_and_other_digests_pass() {
    let story = "pss_and_other_digests_pass";
    let pss = ["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:digest"];
    let table: [(Key, &[&str]); 6] = [
        (Key::Rsa, &[&["-md", "sha256"][..], &pss].concat()),
        (Key::RsaPss, &[&["-md", "sha512"][..], &pss].concat()),
        (Key::Rsa, &["-md", "sha384", "-keyid"]),
        (Key::P256, &["-md", "sha512"]),
        (Key::P384, &["-md", "sha256"]),
        (Key::P521, &["-md", "sha256"]),
    ];
    for (key, words) in table {
        let Some((ca, tsa)) = pair(story, key) else { return };
        let token = sign(&Info::default().to_der(), &tsa, words);
        let judged = judge(&token, &anchors(&ca), &[]);
        assert!(judged.is_passed(), "{key:?} {words:?}: {judged:#?}");
    }
}

#[test]
fn weak_or_unbound_signatures_do_not_count() {
    let story = "weak_or_unbound_signatures_do_not_count";
    let Some((ca, tsa)) = pair(story, Key::Rsa) else { return };
    let anchors = anchors(&ca);
    let info = Info::default().to_der();
    let table: [(&[&str], Check, &str); 3] = [
        (&["-md", "sha1"], Check::Algorithm, "SHA-1 no longer says anything"),
        (&["-no-cades"], Check::SigningCertificate, "no certificate is named under the signature"),
        (&["-no-cades", "-noattr"], Check::SigningCertificate, "no certificate is named under the signature"),
    ];
    for (words, check, says) in table {
        let judged = judge(&sign(&info, &tsa, words), &anchors, &[]);
        let broken = judged.broken().unwrap();
        assert_eq!(broken.check, check, "{words:?}");
        assert!(broken.fault.as_deref().unwrap().contains(says), "{broken:?}");
    }
    let weak = Info { digest: HashAlgorithm::Sha1, ..Info::default() };
    let token = sign(&weak.to_der(), &tsa, &[]);
    let token = Token::parse(&token).unwrap();
    let expected = akashi_sign::tsp::Expected::bytes(DATA);
    let judged = akashi_sign::tsp::verify(&token, &expected, &[], &Default::default());
    let Indication::Indeterminate(cause) = &judged.indication else { panic!("{judged:#?}") };
    assert_eq!(cause.name(), "CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
}

#[test]
fn times_and_accuracies_are_read_with_their_fractions() {
    let story = "times_and_accuracies_are_read_with_their_fractions";
    let Some((_ca, tsa)) = pair(story, Key::P256) else { return };
    let accuracy = |fields: Der| Der::new().sequence(fields).into_bytes();
    let millis = accuracy(Der::new().value(0x80, &[1, 0xf4]));
    let all = accuracy(Der::new().unsigned(&[2]).value(0x80, &[1]).value(0x81, &[9]));
    let table = [
        ("20261101120000Z", Vec::new(), "2026-11-01T12:00:00Z", None),
        ("20261101120000.5Z", millis, "2026-11-01T12:00:00.500000Z", Some("0.5 s")),
        ("20261101120000.1234567Z", all, "2026-11-01T12:00:00.123456Z", Some("2.001009 s")),
    ];
    for (text, accuracy, time, off) in table {
        let token = sign(&Info { accuracy, ..Info::at(text) }.to_der(), &tsa, &[]);
        let info = Token::parse(&token).unwrap().info;
        assert_eq!((info.gen_time.to_string().as_str(), info.gen_time_text.as_str()), (time, text));
        assert_eq!(info.accuracy.map(|a| a.to_string()).as_deref(), off);
    }
}

#[test]
fn what_is_no_token_says_where() {
    let Some((_ca, tsa)) = pair("what_is_no_token_says_where", Key::P256) else { return };
    let extension = |critical: bool| {
        let oid: Oid = "1.2.3.4.5".parse().unwrap();
        let flag = if critical { Der::new().value(tag::BOOLEAN, &[0xff]) } else { Der::new() };
        let one = Der::new().oid(&oid).raw(&flag.into_bytes()).octets(b"\x05\x00");
        Der::new().holding(tag::explicit(1), Der::new().sequence(one)).into_bytes()
    };
    let broken = |info: Info| match Token::parse(&sign(&info.to_der(), &tsa, &[])) {
        Err(TokenError::Form(Asn1Error { place, fault, .. })) => format!("{place}: {fault}"),
        other => panic!("{other:?}"),
    };
    let utc = Info { time: (tag::UTC_TIME, "261101120000Z"), ..Info::default() };
    assert!(broken(utc).starts_with("TSTInfo.body.genTime: found type 0x17"));
    assert!(broken(Info::at("20261131120000Z")).starts_with("TSTInfo.body.genTime: not a time"));
    assert!(broken(Info::at("20261101120000")).starts_with("TSTInfo.body.genTime: not a time"));
    assert!(broken(Info::at("20261101120000.Z")).starts_with("TSTInfo.body.genTime: not a time"));
    assert!(broken(Info { version: 2, ..Info::default() }).contains("version: another version"));
    let zero = Der::new().sequence(Der::new().value(0x80, &[0])).into_bytes();
    assert!(broken(Info { accuracy: zero, ..Info::default() }).contains("accuracy.millis: not between"));
    assert!(broken(Info { last: extension(true), ..Info::default() }).contains("critical extension"));
    assert!(broken(Info { last: vec![5, 0], ..Info::default() }).contains("does not belong there"));
    let fine = sign(&Info { last: extension(false), ..Info::default() }.to_der(), &tsa, &[]);
    assert!(Token::parse(&fine).is_ok());

    let plain = {
        let scratch = Scratch::new("plain");
        scratch.file("x", DATA);
        let files = ["-signer", tsa.certificate.to_str().unwrap(), "-inkey", tsa.key.to_str().unwrap()];
        let words = ["cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-in", "x", "-out", "y"];
        assert!(openssl(&scratch, &[&words[..], &files].concat()).0);
        std::fs::read(scratch.path().join("y")).unwrap()
    };
    assert!(matches!(Token::parse(&plain), Err(TokenError::OtherContent { .. })));
}
