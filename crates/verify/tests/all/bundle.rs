//! Bundles: good ones pass, changed ones are refused with the place.

use akashi_journal::Digest;
use akashi_journal::checkpoint::KeyRing;
use akashi_journal::note::Note;
use akashi_journal::proof::TlogProof;
use akashi_verify::{Answer, Bundle, Given, Outcome, Report, Stamp, Texts, Trust, verify};

use crate::make::{bundle, failed, signer};

fn check(bundle: &Bundle) -> Report {
    verify(&bundle.to_bytes().unwrap(), &Given::default())
}

#[test]
fn a_good_bundle_passes_and_says_what_was_not_checked() {
    let bundle = bundle();
    let report = check(&bundle);
    assert!(report.ok, "{:#?}", report.steps);
    assert_eq!((report.index, report.size, report.trust), (Some(37), Some(300), Trust::Enclosed));
    assert_eq!(report.entry.as_ref().unwrap().register, "device");
    let passed = |r: &Report, step| r.steps.iter().any(|s| s.step == step && s.outcome == Outcome::Passed);
    for step in ["archive", "entry", "body", "reason", "files", "checkpoint", "inclusion"] {
        assert!(passed(&report, step), "{step}");
    }
    for step in ["keys", "witness", "stamp", "truth"] {
        assert!(report.steps.iter().any(|s| s.step == step && s.outcome == Outcome::NotChecked), "{step}");
    }
    // With keys of one's own, of log and witness.
    let keys = signer("h.example/log", 1).verifier().to_string();
    let witnesses = signer("w.example/w", 2).cosigner().to_string();
    let given = Given::read(&Texts { keys: &keys, witnesses: &witnesses, ..Texts::default() }).unwrap();
    let report = verify(&bundle.to_bytes().unwrap(), &given);
    assert!(report.ok && report.trust == Trust::Given && passed(&report, "keys") && passed(&report, "witness"));
    assert_eq!((report.result, check(&bundle).result), (Answer::Verified, Answer::Unanchored));
    for japanese in [true, false] {
        assert!(report.text(japanese).lines().count() > 8);
    }
}

#[test]
fn the_file_form_comes_back() {
    let bundle = bundle();
    let bytes = bundle.to_bytes().unwrap();
    assert_eq!(Bundle::parse(&bytes).unwrap(), bundle);
    assert_eq!(bundle.to_bytes().unwrap(), bytes);
    let without = Bundle { opening: None, ..bundle };
    assert_eq!(Bundle::parse(&without.to_bytes().unwrap()).unwrap(), without);
    assert!(check(&without).ok);
}

#[test]
fn every_single_bit_matters() {
    let bytes = bundle().to_bytes().unwrap();
    for at in 0..bytes.len() {
        let mut bad = bytes.clone();
        bad[at] ^= 1 << (at % 8);
        assert!(!verify(&bad, &Given::default()).ok, "byte {at}");
    }
}

/// Whoever changes a bundle can also close the archive again: the proof has to find it.
#[test]
fn what_was_changed_with_care_is_refused_with_its_place() {
    type Change = fn(&mut Bundle);
    let table: [(&str, &str, Change); 11] = [
        ("body", "body.json", |b| b.opening.as_mut().unwrap().body = b"{\"code\":\"AST-2026-0002\"}".to_vec()),
        ("body", "body.json", |b| b.opening.as_mut().unwrap().body_salt.0[0] ^= 1),
        ("reason", "reason.txt", |b| b.opening.as_mut().unwrap().reason.as_mut().unwrap().0.push('!')),
        ("reason", "reason.txt", |b| b.opening.as_mut().unwrap().reason = None),
        ("files", "files/0", |b| b.opening.as_mut().unwrap().files[0].content = Some(b"other".to_vec())),
        ("files", "files/0", |b| b.opening.as_mut().unwrap().files[0].digest = Digest::of(b"other")),
        ("files", "opening.json", |b| b.opening.as_mut().unwrap().files.clear()),
        ("inclusion", "proof.tlog-proof", |b| {
            let text = String::from_utf8(b.entry.clone()).unwrap().replace("u-1", "u-2");
            b.entry = text.into_bytes();
        }),
        ("inclusion", "proof.tlog-proof", |b| {
            b.proof = String::from_utf8(b.proof.clone()).unwrap().replace("index 37", "index 38").into_bytes();
        }),
        ("checkpoint", "checkpoint", |b| {
            b.checkpoint = String::from_utf8(b.checkpoint.clone()).unwrap().replace("\n300\n", "\n301\n").into_bytes();
        }),
        ("checkpoint", "checkpoint", |b| {
            b.keys = KeyRing::new(signer("h.example/log", 9).verifier()).unwrap().to_string();
        }),
    ];
    for (step, place, change) in table {
        let mut bad = bundle();
        change(&mut bad);
        let report = check(&bad);
        assert!(!report.ok);
        assert!(failed(&report).contains(&(step, place)), "{step} at {place}: {:?}", failed(&report));
    }
}

#[test]
fn a_bundle_signed_anew_is_found_with_the_right_key() {
    let mut forged = bundle();
    let proof = TlogProof::parse(&forged.proof).unwrap();
    let thief = signer("h.example/log", 66);
    let note = Note::sign(proof.checkpoint.text().to_owned(), &[&thief]).unwrap();
    forged.checkpoint = note.to_string().into_bytes();
    forged.proof = TlogProof { checkpoint: note, ..proof }.to_string().into_bytes();
    forged.keys = KeyRing::new(thief.verifier()).unwrap().to_string();
    let report = check(&forged);
    assert!(report.ok && report.trust == Trust::Enclosed, "it agrees with itself, and that is all that is said");
    let keys = KeyRing::new(signer("h.example/log", 1).verifier()).ok();
    let report = verify(&forged.to_bytes().unwrap(), &Given { keys, ..Given::default() });
    assert_eq!(failed(&report), [("checkpoint", "checkpoint")]);
}

#[test]
fn what_is_no_bundle_is_refused() {
    for bytes in [&b""[..], b"PK\x05\x06", b"PK\x03\x04 this is no bundle", &[0; 100_000]] {
        let report = verify(bytes, &Given::default());
        assert!(!report.ok);
        assert_eq!(failed(&report)[0].0, "archive");
        assert!(report.text(true).contains("失敗") && report.text(false).contains("FAILED"));
    }
}

/// A stamp over another checkpoint says nothing about this one, however good it is.
#[test]
fn a_stamp_must_be_over_the_checkpoint_of_the_proof() {
    let good = bundle();
    let log = signer("h.example/log", 1);
    let alone = Note::sign(Note::parse(&good.checkpoint).unwrap().text().to_owned(), &[&log]).unwrap();
    let other = akashi_journal::checkpoint::Checkpoint::new("h.example/log", 300, Digest([9; 32])).unwrap();
    let stamp = |subject: String| Stamp { subject: subject.into_bytes(), token: vec![0x30], evidence: "-".into() };
    let table = [(alone.to_string(), false), (other.sign(&[&log]).unwrap().to_string(), true), ("x".into(), true)];
    for (subject, refused) in table {
        let bundle = Bundle { stamps: vec![stamp(subject)], ..good.clone() };
        assert_eq!(Bundle::parse(&bundle.to_bytes().unwrap()).unwrap(), bundle);
        let over_another = check(&bundle).steps.iter().any(|s| s.says.en.contains("another checkpoint"));
        assert_eq!(over_another, refused);
    }
}
