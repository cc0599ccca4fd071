//! Whatever byte of a token is changed: it is refused, or what it states is unchanged and only what nobody signed
//! differs. Hostile bytes are refused without a panic, in bounded time and depth.

use akashi_sign::asn1::Reader;
use akashi_sign::tsp::{Expected, Response, Token, verify};
use akashi_sign::x509::{Certificate, Crl, Evidence, Ocsp, read_certificates};
use akashi_testkit::tsa::Key;
use proptest::prelude::*;

use crate::make::{anchors, request, token, tsa};

/// Whether a token passes, and what it then states.
fn passes(bytes: &[u8], anchors: &[Certificate<'_>]) -> Option<akashi_sign::tsp::TstInfo> {
    let token = Token::parse(bytes).ok()?;
    let judged = verify(&token, &Expected::answer_to(&request()), anchors, &Evidence::default());
    judged.is_passed().then_some(token.info)
}

/// Where `part` stands in `whole`.
fn place(whole: &[u8], part: &[u8]) -> std::ops::Range<usize> {
    let at = whole.windows(part.len()).position(|window| window == part).unwrap();
    at..at + part.len()
}

#[test]
fn no_changed_byte_changes_what_is_stated() {
    for key in [Key::P256, Key::Rsa] {
        let Some(tsa) = tsa("no_changed_byte_changes_what_is_stated", key) else { return };
        let good = token(&tsa);
        let ders = anchors(tsa.ca());
        let anchors = [Certificate::parse(&ders[0]).unwrap()];
        let stated = passes(&good, &anchors).unwrap();
        let parsed = Token::parse(&good).unwrap();
        let signer = parsed.data.enclosed.certificates[0].raw.to_vec();
        let content = parsed.data.content.as_deref().unwrap().to_vec();
        // Content, the TSA's certificate, signed attributes and signature: everything here is covered.
        let attributes = {
            let from = place(&good, b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03").start;
            // The signature algorithm follows the attributes; the signature value is the rest.
            from..good.len()
        };
        let covered = [place(&good, &content), place(&good, &signer), attributes];
        let (mut refused, mut harmless) = (0, Vec::new());
        for at in 0..good.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut changed = good.clone();
                changed[at] ^= flip;
                match passes(&changed, &anchors) {
                    None => refused += 1,
                    Some(info) => {
                        assert_eq!(info, stated, "{key:?}: byte {at} changes what is stated");
                        harmless.push(at);
                    }
                }
            }
        }
        for at in &harmless {
            let inside = covered.iter().any(|range| range.contains(at));
            assert!(!inside, "{key:?}: byte {at} ({:02x}) of what is signed may be changed", good[*at]);
        }
        println!("{key:?}: {refused} refused, {} harmless of {}", harmless.len(), good.len() * 3);
        assert!(refused > harmless.len() && refused + harmless.len() == good.len() * 3);
    }
}

#[test]
fn cut_or_lengthened_tokens_are_refused() {
    let Some(tsa) = tsa("cut_or_lengthened_tokens_are_refused", Key::P256) else { return };
    let good = token(&tsa);
    for end in 0..good.len() {
        assert!(Token::parse(&good[..end]).is_err(), "cut at {end}");
    }
    assert!(Token::parse(&[&good[..], &[0]].concat()).is_err());
    let answer = tsa.reply(&request().to_der()).unwrap();
    for end in 0..answer.len() {
        assert!(Response::parse(&answer[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn deep_and_endless_input_is_refused() {
    let deep = |bytes: &[u8], times: usize| bytes.repeat(times);
    let table: [Vec<u8>; 6] = [
        deep(&[0x30, 0x80], 500_000),
        deep(&[0x24, 0x80], 500_000),
        [&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff][..], &[0; 100]].concat(),
        [&[0x30, 0xff][..], &[0xff; 200]].concat(),
        deep(&[0x3f, 0xff], 1000),
        deep(&[0x30, 0x80, 0, 0], 100_000),
    ];
    for bytes in table {
        assert!(Token::from_file(&bytes).is_err());
        assert!(Response::parse(&bytes).is_err());
        assert!(Certificate::parse(&bytes).is_err());
        assert!(Crl::parse(&bytes).is_err());
        assert!(Ocsp::parse(&bytes).is_err());
        let _ = Evidence::parse(&bytes).is_err();
        assert!(read_certificates(&bytes).is_err());
    }
}

/// Steps into everything that can be stepped into.
fn walk(mut reader: Reader<'_>) {
    while !reader.is_empty() {
        let Ok(value) = reader.any("value") else { return };
        let _ = (value.oid(), value.time(), value.unsigned(), value.octets(), akashi_sign::asn1::to_der(&value));
        if let Ok(inner) = value.reader() {
            walk(inner);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        walk(Reader::new(&bytes, "bytes"));
        let _ = (Token::from_file(&bytes).is_ok(), Response::parse(&bytes).is_ok(), Certificate::parse(&bytes).is_ok());
        let _ = (Crl::parse(&bytes).is_ok(), Ocsp::parse(&bytes).is_ok(), Evidence::parse(&bytes).is_ok());
    }

    /// Random trees of tags and lengths that are nearly right.
    #[test]
    fn nothing_panics_near_asn1(
        tags in proptest::collection::vec((0usize..12, 0u8..60), 0..60),
    ) {
        const TAGS: [u8; 12] = [0x30, 0x31, 0xa0, 0xa1, 0x02, 0x04, 0x06, 0x03, 0x18, 0x17, 0x24, 0x0a];
        let mut bytes = Vec::new();
        for (at, len) in tags {
            bytes.extend([TAGS[at], if len > 55 { 0x80 } else { len }]);
        }
        walk(Reader::new(&bytes, "bytes"));
        let _ = (Token::from_file(&bytes).is_ok(), Response::parse(&bytes).is_ok(), Certificate::parse(&bytes).is_ok());
        let _ = (Crl::parse(&bytes).is_ok(), Ocsp::parse(&bytes).is_ok(), Evidence::parse(&bytes).is_ok());
    }

    /// What the writer writes, the reader reads, and its DER form is itself.
    #[test]
    fn written_values_come_back(number in any::<u64>(), text in "[ -~]{0,300}", arcs in proptest::collection::vec(any::<u64>(), 0..4)) {
        use akashi_sign::asn1::{Der, Oid, to_der};
        let oid: Oid = arcs.iter().fold("1.2".to_owned(), |all, arc| format!("{all}.{arc}")).parse().unwrap();
        let der = Der::new().sequence(Der::new().unsigned(&number.to_be_bytes()).octets(text.as_bytes()).oid(&oid)).into_bytes();
        let mut input = Reader::new(&der, "written");
        let whole = input.any("value").unwrap();
        prop_assert_eq!(to_der(&whole).unwrap(), der.clone());
        let mut fields = whole.reader().unwrap();
        prop_assert_eq!(fields.unsigned("number").unwrap(), number);
        prop_assert_eq!(&*fields.octets("text").unwrap(), text.as_bytes());
        let read = fields.oid("oid").unwrap();
        prop_assert_eq!(read.to_string(), oid.to_string());
        fields.end().unwrap();
        input.end().unwrap();
    }
}
