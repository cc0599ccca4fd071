//! Tokens put together byte by byte and signed with the bare key, for what no program of ours makes: Ed25519, BER of
//! every kind, attributes out of order, twice, missing or lying.

use akashi_sign::HashAlgorithm;
use akashi_sign::asn1::{Der, Oid, Tag, tag};
use akashi_sign::tsp::{Check, Token};
use akashi_testkit::Scratch;
use akashi_testkit::tsa::{Authority, Identity, Key, TSA_EXTENSIONS};

use crate::make::{anchors, judge, made, openssl};
use crate::written::Info;

const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";
const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
const ESS_V1: &str = "1.2.840.113549.1.9.16.2.12";
const ESS_V2: &str = "1.2.840.113549.1.9.16.2.47";

/// A CA, a TSA, and its certificate in DER.
struct Home {
    ca: Authority,
    tsa: Identity,
    certificate: Vec<u8>,
    key: Key,
}

impl Home {
    fn new(story: &str, key: Key) -> Option<Self> {
        let ca = made(story, Authority::new("Akashi Test CA", key))?;
        let tsa = ca.issue("Akashi Test TSA", key, TSA_EXTENSIONS).unwrap();
        let pem = std::fs::read(&tsa.certificate).unwrap();
        let certificate = akashi_sign::x509::read_certificates(&pem).unwrap().remove(0);
        Some(Self { ca, tsa, certificate, key })
    }

    fn digest(&self) -> HashAlgorithm {
        if self.key == Key::Ed25519 { HashAlgorithm::Sha512 } else { HashAlgorithm::Sha256 }
    }

    /// A bare signature.
    fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        let scratch = Scratch::new("handmade");
        scratch.file("in", bytes);
        let key = self.tsa.key.to_str().unwrap();
        let words: &[&str] = match self.key {
            Key::Ed25519 => &["pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", "in", "-out", "out"],
            _ => &["dgst", "-sha256", "-sign", key, "-out", "out", "in"],
        };
        let (ok, said) = openssl(&scratch, words);
        assert!(ok, "{said}");
        std::fs::read(scratch.path().join("out")).unwrap()
    }

    /// The attributes a good token has.
    fn attributes(&self, content: &[u8]) -> Vec<Vec<u8>> {
        vec![
            attribute(CONTENT_TYPE, Der::new().oid(&oid(TST_INFO))),
            attribute(MESSAGE_DIGEST, Der::new().octets(&self.digest().digest(content))),
            attribute(ESS_V2, ess(&HashAlgorithm::Sha256.digest(&self.certificate))),
        ]
    }

    /// A token with these attributes as they stand, over a signature of the form given.
    fn token(&self, content: &[u8], attributes: &[Vec<u8>], signed: &[u8]) -> Vec<u8> {
        self.wrap(&Der::new().octets(content).into_bytes(), &set(tag::explicit(0), attributes), &self.sign(signed))
    }

    /// A token around parts in whatever encoding.
    fn wrap(&self, octets: &[u8], attributes: &[u8], signature: &[u8]) -> Vec<u8> {
        let info = Der::new().oid(&oid(TST_INFO)).value(tag::explicit(0), octets);
        let signer = Der::new()
            .unsigned(&[1])
            .sequence(self.issuer_and_serial())
            .sequence(Der::new().oid(&self.digest().oid()))
            .raw(attributes)
            .sequence(Der::new().oid(&oid(if self.key == Key::Ed25519 {
                "1.3.101.112"
            } else {
                "1.2.840.10045.4.3.2"
            })))
            .octets(signature);
        let digests = Der::new().sequence(Der::new().oid(&self.digest().oid()));
        let data = Der::new()
            .unsigned(&[3])
            .holding(tag::SET, digests)
            .sequence(info)
            .value(tag::explicit(0), &self.certificate)
            .holding(tag::SET, Der::new().sequence(signer));
        let body = Der::new().oid(&oid("1.2.840.113549.1.7.2")).holding(tag::explicit(0), Der::new().sequence(data));
        Der::new().sequence(body).into_bytes()
    }

    fn issuer_and_serial(&self) -> Der {
        let certificate = akashi_sign::x509::Certificate::parse(&self.certificate).unwrap();
        Der::new().raw(certificate.issuer.raw).value(tag::INTEGER, certificate.serial)
    }
}

fn oid(text: &str) -> Oid {
    text.parse().unwrap()
}

fn attribute(kind: &str, value: Der) -> Vec<u8> {
    Der::new().sequence(Der::new().oid(&oid(kind)).holding(tag::SET, value)).into_bytes()
}

fn ess(digest: &[u8]) -> Der {
    Der::new().sequence(Der::new().sequence(Der::new().sequence(Der::new().octets(digest))))
}

fn set(tag: Tag, parts: &[Vec<u8>]) -> Vec<u8> {
    Der::new().value(tag, &parts.concat()).into_bytes()
}

fn sorted(parts: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut parts = parts.to_vec();
    parts.sort();
    parts
}

/// A value whose end is marked instead of its length given.
fn open_ended(tag: Tag, content: &[u8]) -> Vec<u8> {
    [&[tag, 0x80], content, &[0, 0]].concat()
}

#[test]
fn ed25519_passes() {
    let Some(home) = Home::new("ed25519_passes", Key::Ed25519) else { return };
    let content = Info::default().to_der();
    let attributes = sorted(&home.attributes(&content));
    let token = home.token(&content, &attributes, &set(tag::SET, &attributes));
    let judged = judge(&token, &anchors(&home.ca), &[]);
    assert!(judged.is_passed(), "{judged:#?}");
    assert_eq!(judged.path[0].key, "Ed25519");
}

#[test]
fn attributes_out_of_order_pass_in_both_forms_that_are_met() {
    let Some(home) = Home::new("attributes_out_of_order_pass_in_both_forms_that_are_met", Key::P256) else { return };
    let content = Info::default().to_der();
    let mut attributes = sorted(&home.attributes(&content));
    attributes.reverse();
    for signed in [attributes.clone(), sorted(&attributes)] {
        let token = home.token(&content, &attributes, &set(tag::SET, &signed));
        assert!(judge(&token, &anchors(&home.ca), &[]).is_passed());
    }
}

#[test]
fn ber_of_every_kind_passes_and_covers_the_same_bytes() {
    let Some(home) = Home::new("ber_of_every_kind_passes_and_covers_the_same_bytes", Key::P256) else { return };
    let content = Info::default().to_der();
    let attributes = sorted(&home.attributes(&content));
    let signature = home.sign(&set(tag::SET, &attributes));
    let plain = Der::new().octets(&content).into_bytes();
    let (a, b) = content.split_at(20);
    let pieces = [Der::new().octets(a).into_bytes(), Der::new().octets(b).into_bytes()].concat();
    let nested = [open_ended(0x24, &Der::new().octets(a).into_bytes()), Der::new().octets(b).into_bytes()].concat();
    let long = [&[0x04, 0x83, 0, 0, content.len() as u8][..], &content].concat();
    let sent = set(tag::explicit(0), &attributes);
    let open = open_ended(tag::explicit(0), &attributes.concat());
    let table = [
        ("pieces", Der::new().value(0x24, &pieces).into_bytes(), sent.clone()),
        ("pieces without a length", open_ended(0x24, &pieces), sent.clone()),
        ("pieces of pieces", open_ended(0x24, &nested), sent.clone()),
        ("a long length", long, sent),
        ("attributes without a length", plain, open),
    ];
    for (what, octets, attributes) in table {
        let token = home.wrap(&octets, &attributes, &signature);
        let judged = judge(&token, &anchors(&home.ca), &[]);
        assert!(judged.is_passed(), "{what}: {judged:#?}");
        // The whole in BER, too.
        let open = open_ended(0x30, &token[4..]);
        assert!(judge(&open, &anchors(&home.ca), &[]).is_passed(), "{what}, open");
        let trailing = [&open[..], &[0]].concat();
        assert!(Token::parse(&trailing).is_err(), "{what}, something behind");
        let mut other = content.clone();
        let last = other.len() - 1;
        other[last] ^= 1;
        let forged = home.wrap(&Der::new().octets(&other).into_bytes(), &attributes, &signature);
        let judged = judge(&forged, &anchors(&home.ca), &[]);
        let broken: Vec<Check> = judged.facts.iter().filter(|f| f.fault.is_some()).map(|f| f.check).collect();
        assert!(broken.contains(&Check::Signature), "{what}, another content: {broken:?}");
    }
}

#[test]
fn attributes_missing_twice_or_lying_are_refused() {
    let Some(home) = Home::new("attributes_missing_twice_or_lying_are_refused", Key::P256) else { return };
    let content = Info::default().to_der();
    let good = home.attributes(&content);
    let without = |at: usize| [&good[..at], &good[at + 1..]].concat();
    let with = |at: usize, new: Vec<u8>| [&good[..at], &[new], &good[at + 1..]].concat();
    let v1 = |digest: &[u8]| {
        attribute(ESS_V1, Der::new().sequence(Der::new().sequence(Der::new().sequence(Der::new().octets(digest)))))
    };
    let two = Der::new().octets(&home.digest().digest(&content)).octets(&[0; 32]);
    let table: [(&str, Vec<Vec<u8>>, Check, &str); 9] = [
        ("no type", without(0), Check::Signature, "contentType is missing"),
        ("no digest", without(1), Check::Signature, "messageDigest is missing"),
        ("no certificate", without(2), Check::SigningCertificate, "no certificate is named"),
        (
            "another type",
            with(0, attribute(CONTENT_TYPE, Der::new().oid(&oid("1.2.840.113549.1.7.1")))),
            Check::Signature,
            "type of the content",
        ),
        (
            "another digest",
            with(1, attribute(MESSAGE_DIGEST, Der::new().octets(&[7; 32]))),
            Check::Signature,
            "another digest",
        ),
        ("two values", with(1, attribute(MESSAGE_DIGEST, two)), Check::Signature, "does not belong there"),
        (
            "another certificate",
            with(2, attribute(ESS_V2, ess(&[7; 32]))),
            Check::SigningCertificate,
            "not the one named",
        ),
        ("twice", [&good[..], &good[1..2]].concat(), Check::Signature, "there already"),
        ("the old one lies", [&good[..], &[v1(&[7; 20])]].concat(), Check::SigningCertificate, "not the one named"),
    ];
    for (what, attributes, check, says) in table {
        let attributes = sorted(&attributes);
        let token = home.token(&content, &attributes, &set(tag::SET, &attributes));
        let judged = judge(&token, &anchors(&home.ca), &[]);
        let broken = judged.broken().unwrap_or_else(|| panic!("{what} passed"));
        assert_eq!(broken.check, check, "{what}");
        assert!(broken.fault.as_deref().unwrap().contains(says), "{what}: {broken:?}");
    }
    let old = [&good[..2], &[v1(&HashAlgorithm::Sha1.digest(&home.certificate))]].concat();
    let token = home.token(&content, &sorted(&old), &set(tag::SET, &sorted(&old)));
    assert!(judge(&token, &anchors(&home.ca), &[]).is_passed(), "the old identifier alone is RFC 3161's own");
}
