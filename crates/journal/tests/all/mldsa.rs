//! ML-DSA-44 beside Ed25519: on checkpoints, as witness, in key rings, and for readers who do not know it.

use crate::note::signer;
use akashi_journal::Digest;
use akashi_journal::checkpoint::{Checkpoint, CheckpointError, KeyRing};
use akashi_journal::cosignature::{cosign, verify};
use akashi_journal::note::{Algorithm, KeyError, Note, NoteError, SignerKey, VerifierKey};
use akashi_journal::policy::Policy;
use akashi_journal::witness::{AddCheckpoint, accept, decide};
use proptest::prelude::*;

const LOG: &str = "hospital.example/akashi/1";
const TIME: u64 = 1_767_225_600;

pub(crate) fn pq(name: &str, seed: u8) -> SignerKey {
    SignerKey::ml_dsa_44(name, &[seed; 32]).unwrap()
}

fn checkpoint(size: u64) -> Checkpoint {
    Checkpoint::new(LOG, size, Digest::of(&size.to_be_bytes())).unwrap()
}

/// Old and new key of both kinds, with an overlap from 101 to 200.
fn ring() -> KeyRing {
    let mut ring = KeyRing::new(signer(LOG, 1).verifier()).unwrap();
    for (key, from, until) in [
        (signer(LOG, 1), 0, Some(200)),
        (pq(LOG, 1), 0, Some(200)),
        (signer(LOG, 2), 101, None),
        (pq(LOG, 2), 101, None),
    ] {
        ring.trust(key.verifier(), from, until).unwrap();
    }
    ring
}

#[test]
fn a_log_signs_with_both_and_readers_of_either_accept() {
    let (classic, quantum) = (signer(LOG, 1), pq(LOG, 1));
    let note = checkpoint(7).sign_at(&[&classic, &quantum], TIME).unwrap();
    let line = note.signatures()[1].to_string();
    assert_eq!(note.signatures()[1].bytes.len(), 8 + 2420);
    assert_eq!(note.signatures()[1].bytes[..8], TIME.to_be_bytes());
    assert!(line.starts_with("\u{2014} hospital.example/akashi/1 ") && line.len() < 3_300, "{}", line.len());
    for key in [classic.verifier(), quantum.verifier()] {
        let read = Note::parse(note.to_string().as_bytes()).unwrap();
        let open = KeyRing::new(key.clone()).unwrap().open_note(read).unwrap();
        assert_eq!((open.signed_by, open.algorithms), (vec![key.id()], vec![key.algorithm()]));
    }
    assert_eq!(note, checkpoint(7).sign_at(&[&classic, &quantum], TIME).unwrap(), "signing needs no randomness");
}

#[test]
fn the_signed_bytes_are_those_of_the_specification() {
    use ml_dsa::{EncodedVerifyingKey, MlDsa44, Signature, VerifyingKey};
    let key = pq("w.example", 3);
    let signature = cosign(&checkpoint(7).sign(&[&signer(LOG, 1)]).unwrap(), &key, TIME).unwrap();
    let mut message = Vec::new();
    message.extend_from_slice(b"subtree/v1\n\0");
    message.extend_from_slice(b"\x09w.example");
    message.extend_from_slice(&TIME.to_be_bytes());
    message.extend_from_slice(b"\x19hospital.example/akashi/1");
    message.extend_from_slice(&[0; 8]);
    message.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 7]);
    message.extend_from_slice(&Digest::of(&7_u64.to_be_bytes()).0);
    let public = key.verifier();
    let encoded = EncodedVerifyingKey::<MlDsa44>::try_from(public.public()).unwrap();
    let proper = Signature::<MlDsa44>::try_from(&signature.bytes[8..]).unwrap();
    assert!(VerifyingKey::<MlDsa44>::decode(&encoded).verify_with_context(&message, b"", &proper));
}

#[test]
fn a_signature_taken_away_is_missed_by_whoever_knows_the_key() {
    let (classic, quantum) = (signer(LOG, 1), pq(LOG, 1));
    let stripped = checkpoint(7).sign(&[&classic]).unwrap();
    let lacks = |algorithm| Err(CheckpointError::Lacks { algorithm, size: 7 });
    assert_eq!(ring().open_note(stripped.clone()), lacks(Algorithm::MlDsa44));
    assert_eq!(ring().open_note(checkpoint(7).sign(&[&quantum]).unwrap()), lacks(Algorithm::Ed25519));
    assert!(KeyRing::new(classic.verifier()).unwrap().open_note(stripped).is_ok());
    let mut forged = checkpoint(7).sign(&[&classic]).unwrap();
    forged.add(checkpoint(8).sign(&[&quantum]).unwrap().signatures()[0].clone()).unwrap();
    assert!(matches!(ring().open_note(forged), Err(CheckpointError::Note(NoteError::BadSignature { .. }))));
}

#[test]
fn rotation_of_both_kinds_with_overlap() {
    let (old, new) = ([signer(LOG, 1), pq(LOG, 1)], [signer(LOG, 2), pq(LOG, 2)]);
    let open = |size, keys: &[&SignerKey]| ring().open_note(checkpoint(size).sign_at(keys, TIME).unwrap());
    assert!(open(100, &[&old[0], &old[1]]).is_ok());
    assert_eq!(open(150, &[&old[0], &old[1], &new[0], &new[1]]).unwrap().signed_by.len(), 4);
    assert!(open(150, &[&new[0], &new[1]]).is_ok());
    assert!(open(150, &[&old[0], &new[1]]).is_ok());
    assert!(open(201, &[&new[0], &new[1]]).is_ok());
    assert!(matches!(open(201, &[&old[0], &old[1]]), Err(CheckpointError::KeyOutOfTime { .. })));
    assert!(matches!(open(201, &[&new[0], &old[1]]), Err(CheckpointError::Lacks { .. })));
    // Whoever still holds only the old keys, or already only the new ones, reads a checkpoint of the overlap.
    let both = checkpoint(150).sign_at(&[&old[0], &old[1], &new[0], &new[1]], TIME).unwrap();
    for keys in [&old, &new] {
        let mut ring = KeyRing::new(keys[0].verifier()).unwrap();
        ring.trust(keys[1].verifier(), 0, None).unwrap();
        assert_eq!(ring.open_note(both.clone()).unwrap().algorithms, [Algorithm::Ed25519, Algorithm::MlDsa44]);
    }
    assert_eq!(ring().to_string().parse::<KeyRing>(), Ok(ring()));
}

#[test]
fn unknown_kinds_of_keys_are_passed_over_in_a_ring() {
    let text = format!("{}hospital.example/akashi/1+00000000+/wECAw== 0 -\n", ring());
    assert_eq!(text.parse::<KeyRing>(), Ok(ring()));
    assert!("hospital.example/akashi/1+00000000+/wECAw== 0 -\n".parse::<KeyRing>().is_err());
}

#[test]
fn a_witness_signs_with_both() {
    let (log, keys) = (signer(LOG, 1), [signer("w.example", 5), pq("w.example", 6)]);
    let mut note = checkpoint(7).sign_at(&[&log, &pq(LOG, 1)], TIME).unwrap();
    let request = AddCheckpoint::new(0, vec![], note.clone()).unwrap();
    let accepted = decide(None, Some(&ring()), &request, &[&keys[0], &keys[1]], TIME).unwrap();
    assert_eq!((accepted.signatures.len(), accepted.note.signatures().len()), (2, 4));
    let witnesses = [keys[0].cosigner(), keys[1].cosigner()];
    let taken = accept(&mut note, &accepted.signatures, &witnesses).unwrap();
    assert_eq!(taken.iter().map(|by| by.time).collect::<Vec<_>>(), [TIME, TIME]);
    assert_eq!(verify(&note, &witnesses[1..]).unwrap().len(), 1);
    let policy = format!("log {}\nwitness A {}\nquorum A\n", log.verifier(), witnesses[1]);
    let policy: Policy = policy.parse().unwrap();
    assert!(policy.judge(&note).unwrap().quorum);
}

#[test]
fn keys_in_text_and_their_limits() {
    let key = pq(LOG, 1);
    assert_eq!(key.verifier(), key.cosigner());
    assert_eq!(key.verifier().public().len(), 1312);
    assert_eq!(key.verifier().to_string().parse(), Ok(key.verifier()));
    let secret = SignerKey::parse(&key.to_secret_text()).unwrap();
    assert_eq!((secret.verifier(), secret.algorithm()), (key.verifier(), Algorithm::MlDsa44));
    assert!(format!("{key:?}").ends_with("hidden)"));
    assert_eq!(VerifierKey::new(&"a".repeat(256), Algorithm::MlDsa44, key.verifier().public()), Err(KeyError::Name));
    let text = Note::sign("text\n".into(), &[&key]);
    assert!(matches!(text, Err(NoteError::NotSignable { .. })));
    let late = checkpoint(7).sign_at(&[&key], 1 << 63);
    assert!(matches!(late, Err(CheckpointError::Note(NoteError::NotSignable { .. }))));
    let long = Checkpoint::new(&"a".repeat(256), 7, Digest([0; 32])).unwrap();
    assert!(cosign(&long.sign(&[&signer(&"a".repeat(256), 1)]).unwrap(), &key, TIME).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_flipped_bit_anywhere_is_found(place: prop::sample::Index, bit in 0_u8..8) {
        let note = checkpoint(7).sign_at(&[&pq(LOG, 1)], TIME).unwrap();
        let mut signature = note.signatures()[0].clone();
        let place = place.index(signature.bytes.len());
        signature.bytes[place] ^= 1 << bit;
        let spoiled = Note::new(note.text().to_owned(), vec![signature]).unwrap();
        prop_assert!(spoiled.open(&[&pq(LOG, 1).verifier()]).is_err());
    }

    #[test]
    fn any_signature_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..2500)) {
        prop_assert!(!pq(LOG, 1).verifier().verify(&checkpoint(7).to_string(), &bytes));
    }
}
