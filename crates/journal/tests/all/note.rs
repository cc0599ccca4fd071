//! Signed notes and keys.

use akashi_journal::note::*;
use proptest::prelude::*;

pub(crate) fn signer(name: &str, seed: u8) -> SignerKey {
    SignerKey::from_seed(name, &[seed; 32]).unwrap()
}

/// The published example of Go's `sumdb/note` (package documentation).
const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const GO_TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const GO_SIGNATURE: &str =
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";

#[test]
fn example_of_go() {
    let key: VerifierKey = GO_KEY.parse().unwrap();
    let secret = SignerKey::parse(GO_SECRET).unwrap();
    assert_eq!(key.to_string(), GO_KEY);
    assert_eq!(secret.to_secret_text(), GO_SECRET);
    assert_eq!(secret.verifier(), key);
    let file = format!("{GO_TEXT}\n{GO_SIGNATURE}\n");
    assert_eq!(Note::sign(GO_TEXT.to_owned(), &[&secret]).unwrap().to_string(), file);
    let note = Note::parse(file.as_bytes()).unwrap();
    assert_eq!(note.open(&[&key]).unwrap().len(), 1);
    assert_eq!(note.text(), GO_TEXT);
}

#[test]
fn several_signatures_and_unknown_ones() {
    let (old, new, stranger) = (signer("log.example", 1), signer("log.example", 2), signer("other.example", 3));
    let note = Note::sign("text\n\nwith an empty line\n".to_owned(), &[&old, &new, &stranger]).unwrap();
    let read = Note::parse(note.to_string().as_bytes()).unwrap();
    assert_eq!(read, note);
    assert_eq!(read.signatures().len(), 3);
    let (old, new) = (old.verifier(), new.verifier());
    assert_eq!(read.open(&[&new]).unwrap()[0].id, new.id());
    assert_eq!(read.open(&[&old, &new]).unwrap().len(), 2);
    let nobody = signer("log.example", 4).verifier();
    let fault = read.open(&[&nobody]).unwrap_err().to_string();
    assert!(fault.contains("other.example"), "{fault}");
    assert_eq!(read.open(&[&old, &old]), Err(NoteError::AmbiguousKey { name: "log.example".into(), id: old.id() }));
}

#[test]
fn a_wrong_signature_of_a_known_key_spoils_the_note() {
    let (good, bad) = (signer("a.example", 1), signer("b.example", 2));
    let mut note = Note::sign("text\n".to_owned(), &[&good]).unwrap();
    note.add(bad.sign_at("another text\n", 0).unwrap()).unwrap();
    assert!(note.open(&[&good.verifier()]).is_ok());
    let fault = note.open(&[&good.verifier(), &bad.verifier()]);
    assert_eq!(fault, Err(NoteError::BadSignature { name: "b.example".into(), id: bad.verifier().id() }));
}

#[test]
fn malformed_notes_are_refused() {
    let line = signer("a.example", 1).sign_at("t\n", 0).unwrap().to_string();
    let many = format!("t\n\n{}", format!("{line}\n").repeat(101));
    let table: Vec<(Vec<u8>, NoteError)> = vec![
        (b"".into(), NoteError::NoSignatures),
        (b"t\n".into(), NoteError::NoSignatures),
        (b"t\n\n".into(), NoteError::NoSignatures),
        (format!("t\n\n{line}").into(), NoteError::NoSignatures),
        (format!("t\n{line}\n").into(), NoteError::NoSignatures),
        (b"t\n\n- a AAAAAAA=\n".into(), NoteError::SignatureLine { line: 1 }),
        (format!("t\n\n{line}\n— a.example AAAA\n").into(), NoteError::SignatureLine { line: 2 }),
        (format!("t\n\n{line} \n").into(), NoteError::SignatureLine { line: 1 }),
        (format!("t\n\n{}\n", line.replace("a.example", "a+example")).into(), NoteError::SignatureLine { line: 1 }),
        (
            format!("t\n\n{}\n", line.replace("a.example", "a\u{3000}example")).into(),
            NoteError::SignatureLine { line: 1 },
        ),
        (format!("t\n\n{}\n", line.trim_end_matches('=')).into(), NoteError::SignatureLine { line: 1 }),
        (format!("t\r\n\n{line}\n").into(), NoteError::NotText { at: 1 }),
        (b"t\xff\n\n".into(), NoteError::NotText { at: 1 }),
        (many.into(), NoteError::TooManySignatures),
        (vec![b'a'; MAX_NOTE + 1], NoteError::TooLong { bytes: MAX_NOTE + 1 }),
    ];
    for (bytes, fault) in table {
        assert_eq!(Note::parse(&bytes), Err(fault), "{}", String::from_utf8_lossy(&bytes[..bytes.len().min(200)]));
    }
    assert_eq!(Note::new("no newline".into(), vec![]), Err(NoteError::NoSignatures));
    assert_eq!(Note::new("t\n".into(), vec![]), Err(NoteError::NoSignatures));
}

#[test]
fn sixteen_signatures_of_post_quantum_size_are_read() {
    let big = |n: u8| Signature { name: format!("w{n}"), id: KeyId([n; 4]), bytes: vec![n; 5000] };
    let note = Note::new("t\n".into(), (0..16).map(big).collect()).unwrap();
    assert_eq!(Note::parse(note.to_string().as_bytes()), Ok(note));
}

#[test]
fn the_same_line_is_not_repeated() {
    let key = signer("a.example", 1);
    let mut note = Note::sign("t\n".into(), &[&key, &key]).unwrap();
    note.add(key.sign_at("t\n", 0).unwrap()).unwrap();
    assert_eq!(note.signatures().len(), 1);
}

#[test]
fn keys_that_cannot_be_are_refused() {
    let good = signer("log.example", 1).verifier().to_string();
    assert!(good.parse::<VerifierKey>().is_ok());
    let data = good.rsplit_once('+').unwrap().1;
    assert!(matches!(good.replace("log", "lag").parse::<VerifierKey>(), Err(KeyError::Id { .. })));
    assert!(matches!(format!("+26f3bc6c+{data}").parse::<VerifierKey>(), Err(KeyError::Name)));
    assert!(matches!("a+b".parse::<VerifierKey>(), Err(KeyError::Shape { .. })));
    assert!(matches!("a+00000000+AQ==".parse::<VerifierKey>(), Err(KeyError::PublicKey { .. })));
    let short = KeyError::PublicKey { name: "a".into(), algorithm: Algorithm::MlDsa44 };
    assert_eq!("a+00000000+BgEB".parse::<VerifierKey>(), Err(short));
    assert_eq!("a+00000000+AgEB".parse::<VerifierKey>(), Err(KeyError::Algorithm { found: 2 }));
    // The neutral element: every signature (R, 0) with R = A would pass under it.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    assert!(matches!(VerifierKey::new("a", Algorithm::Ed25519, &neutral), Err(KeyError::PublicKey { .. })));
    for name in ["", "a b", "a+b", "a\nb", "a\u{3000}b"] {
        assert!(matches!(SignerKey::from_seed(name, &[1; 32]), Err(KeyError::Name)), "{name}");
    }
    assert!(matches!(SignerKey::parse(&good), Err(KeyError::Shape { .. })));
    assert!(matches!(SignerKey::parse(&GO_SECRET.replace("Peter", "Petra")), Err(KeyError::Id { .. })));
}

#[test]
fn secrets_are_not_printed() {
    let key = signer("log.example", 0x5a);
    let shown = format!("{key:?} {key:#?}");
    assert!(!shown.contains("90") && !shown.contains("5a5a") && shown.contains("log.example"), "{shown}");
    let spoiled = key.to_secret_text().replace("log", "lag");
    let fault = SignerKey::parse(&spoiled).unwrap_err();
    let secret = spoiled.rsplit_once('+').unwrap().1;
    assert!(!format!("{fault} {fault:?}").contains(secret));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn notes_come_back(text in "([^\\x00-\\x1f]{0,20}\n){1,6}", seeds in prop::collection::hash_set(any::<[u8; 32]>(), 1..4)) {
        let keys: Vec<_> = seeds.iter().map(|seed| SignerKey::from_seed("記録.example/1", seed).unwrap()).collect();
        let note = Note::sign(text, &keys.iter().collect::<Vec<_>>()).unwrap();
        let read = Note::parse(note.to_string().as_bytes()).unwrap();
        prop_assert_eq!(&read, &note);
        let verifiers: Vec<_> = keys.iter().map(SignerKey::verifier).collect();
        prop_assert_eq!(read.open(&verifiers.iter().collect::<Vec<_>>()).unwrap().len(), keys.len());
    }

    #[test]
    fn keys_come_back(seed: [u8; 32], name in "[a-z./0-9]{1,20}") {
        let key = SignerKey::from_seed(&name, &seed).unwrap();
        prop_assert_eq!(SignerKey::parse(&key.to_secret_text()).unwrap().verifier(), key.verifier());
        prop_assert_eq!(key.verifier().to_string().parse(), Ok(key.verifier()));
        prop_assert_eq!(key.cosigner().to_string().parse(), Ok(key.cosigner()));
        prop_assert!(key.verifier().id() != key.cosigner().id());
    }

    #[test]
    fn a_changed_byte_never_opens_with_another_text(place: prop::sample::Index, flip in 1_u8..=255) {
        let key = signer("log.example", 1);
        let note = Note::sign("first\nsecond\n".to_owned(), &[&key]).unwrap();
        let mut bytes = note.to_string().into_bytes();
        let place = place.index(bytes.len());
        bytes[place] ^= flip;
        if let Ok(read) = Note::parse(&bytes) {
            prop_assert!(read.open(&[&key.verifier()]).is_err());
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes: Vec<u8>, text: String, line in "(t\n)?\n(— [a-z+]{0,3} [A-Za-z0-9+/=]{0,20}\n){0,3}") {
        for bytes in [bytes, text.clone().into_bytes(), line.into_bytes()] {
            if let Ok(note) = Note::parse(&bytes) {
                prop_assert_eq!(note.to_string().into_bytes(), bytes);
            }
        }
        let _ = (text.parse::<VerifierKey>().is_ok(), SignerKey::parse(&text).is_ok(), Signature::parse(&text).is_some());
    }
}
