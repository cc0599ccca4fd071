//! What must hold for any bytes that reach a parser of the journal: an answer, and what is read is what would be written.
//! The tests feed these with chance and with spoiled examples (`parsers`), the fuzzer with what it finds (`fuzz/`).

use akashi_journal::Digest;
use akashi_journal::checkpoint::{Checkpoint, KeyRing};
use akashi_journal::merkle::verify_consistency;
use akashi_journal::note::{Note, Signature, SignerKey, VerifierKey};
use akashi_journal::policy::Policy;
use akashi_journal::proof::TlogProof;
use akashi_journal::tile::{HashTile, TileId, encode_bundle, parse_bundle};
use akashi_journal::witness::{AddCheckpoint, Answer, Refusal, decide};

/// The log all examples are of.
pub(crate) const LOG: &str = "hospital.example/akashi/1";

/// The key of that log: its signature is on no bytes but those of the examples.
pub(crate) fn key() -> SignerKey {
    SignerKey::from_seed(LOG, &[1; 32]).expect("a good name")
}

pub(crate) fn ring() -> KeyRing {
    KeyRing::new(key().verifier()).expect("a log key")
}

/// Signed notes and their lines.
pub(crate) fn note(bytes: &[u8]) {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.to_string().as_bytes(), bytes);
        assert!(!note.signatures().is_empty());
        let again = Note::new(note.text().to_owned(), note.signatures().to_vec());
        // Lines that are there twice are kept when read and not made twice when built.
        assert!(again.is_ok_and(|again| again.signatures().len() <= note.signatures().len()));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Some(signature) = Signature::parse(text) {
        assert_eq!(signature.to_string(), text);
    }
}

/// Texts of keys and key rings.
pub(crate) fn keys(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(key) = SignerKey::parse(text) {
        assert_eq!(key.to_secret_text(), text);
    }
    if let Ok(ring) = text.parse::<KeyRing>() {
        assert_eq!(ring.to_string().parse(), Ok(ring));
    }
}

/// Checkpoints, as text and signed. `signed` are the texts that the log did sign.
pub(crate) fn checkpoint(bytes: &[u8], signed: &[&str]) {
    if let Some(checkpoint) = std::str::from_utf8(bytes).ok().and_then(|text| Checkpoint::parse(text).ok()) {
        assert_eq!(checkpoint.to_string().as_bytes(), bytes);
    }
    if let Ok(open) = ring().open(bytes) {
        assert!(signed.contains(&open.note.text()), "the log never signed this");
    }
}

/// Hash tiles and entry bundles of any width.
pub(crate) fn tile(bytes: &[u8], width: u16) {
    if let Ok(tile) = HashTile::parse(bytes, width) {
        assert_eq!((tile.to_bytes().as_slice(), tile.width()), (bytes, width));
        assert!(tile.node(8, 0).is_ok() == (width == 256));
    }
}

pub(crate) fn bundle(bytes: &[u8], width: u16) {
    if let Ok(entries) = parse_bundle(bytes, width) {
        assert_eq!(entries.len(), usize::from(width));
        assert_eq!(encode_bundle(&entries).as_deref(), Ok(bytes));
        assert!(HashTile::of_entries(entries).is_ok_and(|tile| tile.width() == width));
    }
}

/// Paths as a client asks for them: each accepted one is the one right spelling.
pub(crate) fn tile_path(path: &str) {
    if let Ok(id) = path.parse::<TileId>() {
        assert_eq!(id.to_string(), path);
    }
}

/// Proof files. No leaf but those in the examples is ever proven.
pub(crate) fn proof(bytes: &[u8]) {
    let Ok(proof) = TlogProof::parse(bytes) else { return };
    assert_eq!(proof.to_string().as_bytes(), bytes);
    assert!(proof.verify(&Digest([0; 32]), &ring(), &[], 0).is_err());
}

/// What a witness is asked, and what it does: it signs only what the log signed and a proof leads to.
pub(crate) fn witness(bytes: &[u8], signed: &[&str]) {
    let Ok(request) = AddCheckpoint::parse(bytes) else { return };
    assert_eq!(request.to_string().as_bytes(), bytes);
    let witness = SignerKey::from_seed("w.example", &[2; 32]).expect("a good name");
    match decide(None, Some(&ring()), &request, &[&witness], 1) {
        Ok(accepted) => {
            assert!(signed.contains(&request.note().text()), "the log never signed this");
            let empty = akashi_journal::merkle::empty_root();
            let (size, root) = (accepted.seen.size, accepted.seen.root);
            assert_eq!(verify_consistency(request.old(), &empty, size, &root, request.proof()), Ok(()));
        }
        Err(Refusal::CannotSign(fault)) => panic!("a good witness cannot sign: {fault}"),
        Err(refusal) => assert!((400..500).contains(&refusal.answer().status())),
    }
}

/// What a witness answers.
pub(crate) fn answer(status: u16, bytes: &[u8]) {
    let Ok(answer) = Answer::parse(status, bytes) else { return };
    assert_eq!(answer.status(), status);
    if matches!(answer, Answer::Cosigned(_) | Answer::Conflict { .. }) {
        assert_eq!(answer.body().as_bytes(), bytes);
    }
}

/// Policies: written and read again they are the same, and judge any checkpoint without a fault of their own.
pub(crate) fn policy(bytes: &[u8]) {
    let Ok(policy) = Policy::parse(bytes) else { return };
    assert_eq!(policy.to_string().parse(), Ok(policy.clone()));
    let checkpoint = Checkpoint::new(LOG, 1, Digest([0; 32])).expect("a checkpoint");
    let note = checkpoint.sign(&[&key()]).expect("a note");
    if let Ok(judgement) = policy.judge(&note) {
        assert!(judgement.cosignatures.is_empty());
        assert!(!judgement.quorum || policy.quorum().is_none());
    }
}
