//! Witness messages and the witness' decision.

use crate::merkle::leaves;
use crate::note::signer;
use akashi_journal::Digest;
use akashi_journal::checkpoint::{Checkpoint, CheckpointError, KeyRing};
use akashi_journal::cosignature::{self, CosignatureError};
use akashi_journal::merkle::{MemoryTree, MerkleError, ProofPlan, prove_consistency};
use akashi_journal::note::{Note, NoteError, SignerKey};
use akashi_journal::witness::*;
use proptest::prelude::*;

const LOG: &str = "hospital.example/akashi/1";
const TIME: u64 = 1_767_225_600;

fn log() -> SignerKey {
    signer(LOG, 1)
}

fn ring() -> KeyRing {
    KeyRing::new(log().verifier()).unwrap()
}

fn tree(size: u64) -> MemoryTree {
    leaves(size).into_iter().collect()
}

fn note(size: u64) -> Note {
    Checkpoint::new(LOG, size, tree(size).frontier().root()).unwrap().sign(&[&log()]).unwrap()
}

fn seen(size: u64) -> Seen {
    Seen { size, root: tree(size).frontier().root() }
}

fn request(old: u64, new: u64) -> AddCheckpoint {
    let proof = prove_consistency(&tree(new), old, new).unwrap();
    AddCheckpoint::new(old, proof, note(new)).unwrap()
}

fn ask(held: Option<&Seen>, request: &AddCheckpoint) -> Result<Accepted, Refusal> {
    decide(held, Some(&ring()), request, &[&signer("w.example", 2)], TIME)
}

#[test]
fn a_log_is_followed_from_the_first_checkpoint_on() {
    let mut held = None;
    for (old, new) in [(0, 3), (3, 3), (3, 8), (8, 300)] {
        let body = request(old, new).to_string();
        let read = AddCheckpoint::parse(body.as_bytes()).unwrap();
        assert_eq!(read, request(old, new));
        let accepted = ask(held.as_ref(), &read).unwrap();
        assert_eq!(accepted.seen, seen(new));
        let answer = Answer::parse(accepted.answer().status(), accepted.answer().body().as_bytes()).unwrap();
        let Answer::Cosigned(signatures) = &answer else { panic!("{answer:?}") };
        let mut checkpoint = note(new);
        let witness = [signer("w.example", 2).cosigner()];
        let taken = accept(&mut checkpoint, signatures, &witness).unwrap();
        assert_eq!((taken[0].name.as_str(), taken[0].time), ("w.example", TIME));
        assert_eq!(checkpoint, accepted.note);
        held = Some(accepted.seen);
    }
}

#[test]
fn refusals_and_their_status() {
    let other_log = Checkpoint::new("other.example", 1, Digest([0; 32])).unwrap();
    let other_log = AddCheckpoint::new(0, vec![], other_log.sign(&[&signer("other.example", 1)]).unwrap()).unwrap();
    let stranger = Checkpoint::new(LOG, 3, seen(3).root).unwrap().sign(&[&signer(LOG, 9)]).unwrap();
    let forged = Note::new(note(4).text().to_owned(), note(3).signatures().to_vec()).unwrap();
    let fork = Checkpoint::new(LOG, 3, Digest([7; 32])).unwrap().sign(&[&log()]).unwrap();
    let cut = AddCheckpoint::new(3, request(3, 8).proof()[1..].to_vec(), note(8)).unwrap();
    let hash = AddCheckpoint::new(3, vec![Digest([1; 32]); 4], note(8)).unwrap();
    let no_proof = |old, note| AddCheckpoint::new(old, vec![], note).unwrap();
    let extra = AddCheckpoint::new(0, vec![Digest([1; 32])], note(8)).unwrap();
    let empty = Checkpoint::new(LOG, 0, Digest([7; 32])).unwrap().sign(&[&log()]).unwrap();
    let held = Some(seen(3));
    let table = [
        (&held, other_log, 404),
        (&held, no_proof(3, stranger), 403),
        (&held, no_proof(3, forged), 403),
        (&held, no_proof(4, note(3)), 400),
        (&held, request(0, 8), 409),
        (&held, request(5, 8), 409),
        (&None, request(3, 8), 409),
        (&held, no_proof(3, fork), 409),
        (&held, cut, 422),
        (&held, hash, 422),
        (&None, extra, 422),
        (&None, no_proof(0, empty), 422),
    ];
    for (held, request, status) in table {
        let refusal = ask(held.as_ref(), &request).unwrap_err();
        assert_eq!(refusal.answer().status(), status, "{refusal}");
        let size = held.as_ref().map_or(0, |seen| seen.size);
        if status == 409 {
            assert_eq!(refusal.answer(), Answer::Conflict { size });
            assert_eq!(refusal.answer().body(), format!("{size}\n"));
            assert_eq!(refusal.answer().content_type(), "text/x.tlog.size");
        }
        assert_eq!(Answer::parse(status, refusal.answer().body().as_bytes()), Ok(refusal.answer()));
    }
    let unknown = decide(None, None, &request(0, 3), &[&signer("w.example", 2)], TIME);
    assert!(matches!(unknown, Err(Refusal::UnknownLog { origin }) if origin == LOG));
    for (keys, time) in [(&[][..], TIME), (&[&signer("w.example", 2)][..], 0)] {
        let unable = decide(None, Some(&ring()), &request(0, 3), keys, time);
        assert_eq!(unable, Err(Refusal::CannotSign(CosignatureError::Time { time })));
    }
}

#[test]
fn a_fork_and_a_stale_request_are_told_apart() {
    let fork = Checkpoint::new(LOG, 3, Digest([7; 32])).unwrap().sign(&[&log()]).unwrap();
    let fork = ask(Some(&seen(3)), &AddCheckpoint::new(3, vec![], fork).unwrap());
    assert_eq!(fork, Err(Refusal::Forked { size: 3, held: seen(3).root, submitted: Digest([7; 32]) }));
    assert_eq!(ask(Some(&seen(5)), &request(3, 8)), Err(Refusal::OtherSize { held: 5, old: 3 }));
    let shrunk = ask(Some(&seen(5)), &AddCheckpoint::new(3, vec![], note(3)).unwrap());
    assert_eq!(shrunk, Err(Refusal::OtherSize { held: 5, old: 3 }));
    let forged = AddCheckpoint::new(3, request(3, 8).proof().to_vec(), note(9)).unwrap();
    let forged = ask(Some(&seen(3)), &forged).unwrap_err();
    assert!(matches!(forged, Refusal::Inconsistent(MerkleError::WrongLength { .. } | MerkleError::WrongRoot { .. })));
}

#[test]
fn only_signatures_of_the_log_are_shown_on() {
    let mut with_others = note(3);
    with_others.add(cosignature::cosign(&with_others, &signer("v.example", 3), TIME).unwrap()).unwrap();
    with_others.add(signer("x.example", 4).sign_at("something else\n", 0).unwrap()).unwrap();
    let accepted = ask(None, &AddCheckpoint::new(0, vec![], with_others).unwrap()).unwrap();
    let names: Vec<_> = accepted.note.signatures().iter().map(|signature| signature.name.as_str()).collect();
    assert_eq!(names, [LOG, "w.example"]);
}

#[test]
fn requests_that_are_none_are_refused() {
    let good = request(3, 8).to_string();
    assert!(good.starts_with("old 3\n"), "{good}");
    let hash = Digest([7; 32]).to_base64();
    let line =
        |line| move |fault: &RequestError| matches!(fault, RequestError::Line { line: found, .. } if *found == line);
    assert_fault("", line(1));
    assert_fault("old 3\n", line(2));
    for first in ["old 03", "old +3", "old", "old 3 ", "Old 3", "new 3", "old 9223372036854775808000", ""] {
        assert_fault(&good.replacen("old 3", first, 1), |fault| {
            line(1)(fault) || matches!(fault, RequestError::Note(_))
        });
    }
    assert_fault(&good.replacen("old 3\n", "old 3\nAAAA\n", 1), line(2));
    assert_fault(&good.replacen("old 3\n", &format!("old 3\n{hash}\n{hash} \n"), 1), line(3));
    assert_fault(&good.replacen("old 3\n", "old 3\r\n", 1), line(1));
    let many = format!("{hash}\n").repeat(64);
    assert_fault(&good.replacen("old 3\n", &format!("old 3\n{many}"), 1), |fault| {
        *fault == RequestError::TooManyHashes
    });
    let many = AddCheckpoint::new(3, vec![Digest([1; 32]); 64], note(8));
    assert_eq!(many, Err(RequestError::TooManyHashes));
    let text = Note::sign("no checkpoint\n".into(), &[&log()]).unwrap();
    assert_fault(&format!("old 0\n\n{text}"), |fault| {
        matches!(fault, RequestError::Checkpoint(CheckpointError::Lines))
    });
    assert_fault("old 0\n\nlog\n", |fault| matches!(fault, RequestError::Note(NoteError::NoSignatures)));
    let long = vec![b'a'; MAX_REQUEST + 1];
    assert_eq!(AddCheckpoint::parse(&long), Err(RequestError::TooLong { bytes: MAX_REQUEST + 1 }));
    assert_eq!(AddCheckpoint::parse(b"old\xff"), Err(RequestError::NotText { at: 3 }));
}

fn assert_fault(text: &str, fits: impl Fn(&RequestError) -> bool) {
    let fault = AddCheckpoint::parse(text.as_bytes()).unwrap_err();
    assert!(fits(&fault), "{text:?}: {fault}");
}

#[test]
fn answers_that_are_none_are_refused() {
    let line = signer("w.example", 2).sign_at("x\n", 0).unwrap().to_string();
    let table: [(u16, &str, AnswerError); 7] = [
        (200, "", AnswerError::NoLines),
        (200, &line, AnswerError::NoLines),
        (200, "\n", AnswerError::Line { line: 1 }),
        (200, &format!("{line}\nhello\n"), AnswerError::Line { line: 2 }),
        (200, &format!("{line}\n").repeat(101), AnswerError::NoLines),
        (409, "", AnswerError::NoSize),
        (409, "08\n", AnswerError::NoSize),
    ];
    for (status, body, fault) in table {
        assert_eq!(Answer::parse(status, body.as_bytes()), Err(fault), "{body:?}");
    }
    assert_eq!(Answer::parse(503, b"busy"), Ok(Answer::Other { status: 503 }));
}

#[test]
fn cosignatures_are_taken_over_only_when_right() {
    let witness = signer("w.example", 2);
    let right = cosignature::cosign(&note(8), &witness, TIME).unwrap();
    let other = cosignature::cosign(&note(8), &signer("v.example", 3), TIME).unwrap();
    let mut checkpoint = note(8);
    let taken = accept(&mut checkpoint, &[other.clone(), right.clone(), right.clone()], &[witness.cosigner()]).unwrap();
    assert_eq!((taken.len(), checkpoint.signatures().len()), (1, 2));
    let mut checkpoint = note(8);
    assert_eq!(accept(&mut checkpoint, &[other], &[witness.cosigner()]), Ok(vec![]));
    assert_eq!(accept(&mut checkpoint, &[], &[witness.cosigner()]), Ok(vec![]));
    let of_another = cosignature::cosign(&note(9), &witness, TIME).unwrap();
    let untimed = cosignature::cosign(&note(8), &witness, 0).unwrap();
    assert!(matches!(accept(&mut checkpoint, &[of_another], &[witness.cosigner()]), Err(CosignatureError::Note(_))));
    let untimed = accept(&mut checkpoint, &[untimed], &[witness.cosigner()]);
    assert_eq!(untimed, Err(CosignatureError::Time { time: 0 }));
    assert_eq!(checkpoint, note(8));
}

#[test]
fn the_monitoring_path_is_the_hash_of_the_origin() {
    let path = monitoring_path("example.com/behind-the-sofa");
    assert_eq!(path, format!("{}/checkpoint", Digest::of(b"example.com/behind-the-sofa").to_hex()));
    assert_eq!(path.len(), 64 + 11);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// A log with two histories, the second of which differs from leaf 0 on: a witness that has cosigned one of them
    /// follows that one, never back and never across, and is never in the way of an honest step.
    #[test]
    fn a_witness_follows_one_history(
        steps in prop::collection::vec((0_u64..20, 0_u64..20, any::<bool>(), any::<bool>()), 1..20)
    ) {
        let histories = [tree(20), leaves(21).into_iter().skip(1).collect::<MemoryTree>()];
        let mut held: Option<(Seen, bool)> = None;
        for (old, new, side, from_held) in steps {
            let old = if from_held { held.as_ref().map_or(0, |(seen, _)| seen.size) } else { old };
            let tree = &histories[usize::from(side)];
            let root = ProofPlan::root(new).unwrap().run(tree).unwrap()[0];
            let note = Checkpoint::new(LOG, new, root).unwrap().sign(&[&log()]).unwrap();
            let proof = prove_consistency(tree, old, new).unwrap_or_default();
            let answer = ask(held.as_ref().map(|(seen, _)| seen), &AddCheckpoint::new(old, proof, note).unwrap());
            let (size, same) = held.as_ref().map_or((0, true), |(seen, of)| (seen.size, seen.size == 0 || *of == side));
            prop_assert_eq!(answer.is_ok(), old == size && new >= old && same, "{:?}", answer);
            if let Ok(accepted) = answer {
                held = Some((accepted.seen, side));
            }
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes: Vec<u8>, head in "(old [0-9]{1,3}\n)?([A-Za-z0-9+/]{42,43}=?\n){0,2}\n?", status: u16) {
        let _ = AddCheckpoint::parse(&bytes).is_ok();
        let body = format!("{head}{}", note(3));
        if let Ok(request) = AddCheckpoint::parse(body.as_bytes()) {
            prop_assert_eq!(request.to_string(), body);
        }
        if let Ok(answer) = Answer::parse(status, &bytes) {
            prop_assert_eq!(answer.status(), status);
        }
    }
}
