//! Checkpoints, key rotation and cosignatures.

use crate::note::signer;
use akashi_journal::Digest;
use akashi_journal::checkpoint::*;
use akashi_journal::cosignature::{self, CosignatureError};
use akashi_journal::note::{Algorithm, Note, NoteError, VerifierKey};
use proptest::prelude::*;

const LOG: &str = "hospital.example/akashi/1";

fn checkpoint(size: u64) -> Checkpoint {
    Checkpoint::new(LOG, size, Digest::of(&size.to_be_bytes())).unwrap()
}

#[test]
fn other_texts_are_refused() {
    let root = Digest([7; 32]).to_base64();
    let table = [
        (String::new(), CheckpointError::Lines),
        (format!("log\n1\n{root}"), CheckpointError::Lines),
        ("log\n1\n".to_owned(), CheckpointError::Lines),
        (format!("\n1\n{root}\n"), CheckpointError::Lines),
        (format!("log\n1\n{root}\n\n"), CheckpointError::Lines),
        (format!("log\n01\n{root}\n"), CheckpointError::Size),
        (format!("log\n+1\n{root}\n"), CheckpointError::Size),
        (format!("log\n-1\n{root}\n"), CheckpointError::Size),
        (format!("log\n9223372036854775808\n{root}\n"), CheckpointError::Size),
        (format!("log\n1\n{}\n", &root[1..]), CheckpointError::Root),
        (format!("log\n1\n{root} \n"), CheckpointError::Root),
        ("log\n1\nAAAA\n".to_owned(), CheckpointError::Root),
    ];
    for (text, fault) in table {
        assert_eq!(Checkpoint::parse(&text), Err(fault), "{text:?}");
    }
    assert_eq!(Checkpoint::new("a b", 1, Digest([0; 32])), Err(CheckpointError::Origin));
    assert_eq!(Checkpoint::new("a", u64::MAX, Digest([0; 32])), Err(CheckpointError::Size));
}

#[test]
fn extension_lines_are_kept_but_not_made() {
    let text = format!("{}more\nlines\n", checkpoint(5));
    let read = Checkpoint::parse(&text).unwrap();
    assert_eq!(read.extensions, ["more", "lines"]);
    assert_eq!(read.to_string(), text);
    assert_eq!(read.sign(&[&signer(LOG, 1)]), Err(CheckpointError::Extensions { found: 2 }));
    let note = Note::sign(text, &[&signer(LOG, 1)]).unwrap();
    let open = KeyRing::new(signer(LOG, 1).verifier()).unwrap().open_note(note).unwrap();
    assert_eq!(open.checkpoint.extensions.len(), 2);
}

#[test]
fn only_the_logs_own_keys_sign() {
    let foreign = checkpoint(1).sign(&[&signer("other.example", 1)]);
    assert!(matches!(foreign, Err(CheckpointError::ForeignKey { .. })));
    assert!(matches!(checkpoint(1).sign(&[]), Err(CheckpointError::Note(NoteError::NoSignatures))));
    let witness = VerifierKey::new(LOG, Algorithm::CosignatureV1, signer(LOG, 1).verifier().public()).unwrap();
    assert!(matches!(KeyRing::new(witness), Err(CheckpointError::ForeignKey { .. })));
    let ring = KeyRing::new(signer("other.example", 1).verifier()).unwrap();
    let note = checkpoint(1).sign(&[&signer(LOG, 1)]).unwrap();
    assert!(matches!(ring.open_note(note), Err(CheckpointError::OtherLog { .. })));
}

/// Old key until 200, new key from 100 on, both between.
#[test]
fn rotation_with_overlap() {
    let (old, new) = (signer(LOG, 1), signer(LOG, 2));
    let mut ring = KeyRing::new(old.verifier()).unwrap();
    ring.trust(old.verifier(), 0, Some(200)).unwrap();
    ring.trust(new.verifier(), 100, None).unwrap();
    let open = |size, keys: &[_]| ring.open(checkpoint(size).sign(keys).unwrap().to_string().as_bytes());
    assert_eq!(open(99, &[&old]).unwrap().signed_by, [old.verifier().id()]);
    assert_eq!(open(150, &[&old, &new]).unwrap().signed_by.len(), 2);
    assert_eq!(open(150, &[&new]).unwrap().signed_by, [new.verifier().id()]);
    assert_eq!(open(250, &[&old, &new]).unwrap().signed_by, [new.verifier().id()]);
    assert_eq!(open(201, &[&old]), Err(CheckpointError::KeyOutOfTime { id: old.verifier().id(), size: 201 }));
    assert_eq!(open(99, &[&new]), Err(CheckpointError::KeyOutOfTime { id: new.verifier().id(), size: 99 }));
    let stranger = open(150, &[&signer(LOG, 3)]);
    assert!(matches!(stranger, Err(CheckpointError::Note(NoteError::Untrusted { .. }))));
    let text = ring.to_string();
    assert_eq!(text.parse::<KeyRing>().unwrap(), ring);
    assert_eq!(text.lines().next().unwrap(), format!("{} 0 200", old.verifier()));
    for wrong in [
        "",
        "key",
        "a b c",
        &text.replace(" 200", " 0200"),
        &text.replace(" -", " x"),
        &text.replace("akashi/1+", "akashi/2+"),
    ] {
        assert!(wrong.parse::<KeyRing>().is_err(), "{wrong}");
    }
}

#[test]
fn cosignatures_carry_time_and_are_checked() {
    let (log, witness, other) = (signer(LOG, 1), signer("w.example", 2), signer("v.example", 3));
    let mut note = checkpoint(7).sign(&[&log]).unwrap();
    note.add(cosignature::cosign(&note, &witness, 1_767_225_600).unwrap()).unwrap();
    let found = cosignature::verify(&note, &[witness.cosigner(), other.cosigner()]).unwrap();
    assert_eq!((found.len(), found[0].name.as_str(), found[0].time), (1, "w.example", 1_767_225_600));
    assert_eq!(cosignature::verify(&note, &[other.cosigner()]), Ok(vec![]));
    assert_eq!(cosignature::verify(&note, &[]), Ok(vec![]));
    assert!(
        KeyRing::new(log.verifier()).unwrap().open_note(note.clone()).is_ok(),
        "a log reader passes the witness over"
    );
    assert!(matches!(cosignature::verify(&note, &[log.verifier()]), Err(CosignatureError::NotWitness { .. })));
    let twice = [witness.cosigner(), signer("x.example", 2).cosigner()];
    assert!(matches!(cosignature::verify(&note, &twice), Err(CosignatureError::SameKey { .. })));
    let moved = Note::new(checkpoint(8).to_string(), note.signatures().to_vec()).unwrap();
    let fault = cosignature::verify(&moved, &[witness.cosigner()]);
    assert!(matches!(fault, Err(CosignatureError::Note(NoteError::BadSignature { .. }))));
    let late = cosignature::cosign(&note, &witness, 1 << 63);
    assert_eq!(late, Err(CosignatureError::Time { time: 1 << 63 }));
    let no_checkpoint = Note::sign("hello\n".into(), &[&log]).unwrap();
    assert!(matches!(cosignature::cosign(&no_checkpoint, &witness, 1), Err(CosignatureError::Checkpoint(_))));
}

proptest! {
    #[test]
    fn checkpoints_come_back(size in 0..=i64::MAX as u64, root: [u8; 32], origin in "[a-z記./]{1,20}") {
        let checkpoint = Checkpoint::new(&origin, size, Digest(root)).unwrap();
        prop_assert_eq!(Checkpoint::parse(&checkpoint.to_string()), Ok(checkpoint));
    }

    #[test]
    fn any_text_is_answered(text: String, lines in "[a-z]{0,3}\n[0-9]{0,3}\n[A-Za-z0-9+/]{42,43}=?\n([a-z]\n)?") {
        for text in [text, lines] {
            if let Ok(checkpoint) = Checkpoint::parse(&text) {
                prop_assert_eq!(checkpoint.to_string(), text.clone());
            }
            let _ = text.parse::<KeyRing>().is_ok();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_changed_time_breaks_a_cosignature(time in 0_u64..1 << 40, bit in 0_usize..40) {
        let (log, witness) = (signer(LOG, 1), signer("w.example", 2));
        let mut note = checkpoint(7).sign(&[&log]).unwrap();
        let mut signature = cosignature::cosign(&note, &witness, time).unwrap();
        signature.bytes[7 - bit / 8] ^= 1 << (bit % 8);
        note.add(signature).unwrap();
        prop_assert!(cosignature::verify(&note, &[witness.cosigner()]).is_err());
    }
}
