//! Later checkpoints in a bundle: what others say of a log that continues the proven one counts, of any other it does not.

use akashi_journal::note::Note;
use akashi_verify::{Bundle, Given, Outcome, Stamp, Texts, verify};

use crate::make::{bundle, failed, later, signer};

fn given() -> Given {
    let [log, first, second] = [
        signer("h.example/log", 1).verifier(),
        signer("w.example/w", 2).cosigner(),
        signer("v.example/v", 3).cosigner(),
    ];
    let policy = format!("log {log}\nwitness w {first}\nwitness v {second}\ngroup both all w v\nquorum both\n");
    let (keys, witnesses) = (log.to_string(), format!("{first}\n{second}\n"));
    Given::read(&Texts { keys: &keys, witnesses: &witnesses, policy: &policy, ..Texts::default() }).unwrap()
}

/// One witness saw 300 entries, another saw 1,000 of the same log: together they reach the quorum, and both are told of.
#[test]
fn witnesses_of_different_sizes_are_counted_together() {
    let (log, second) = (signer("h.example/log", 1), signer("v.example/v", 3));
    let alone = bundle();
    let report = verify(&alone.to_bytes().unwrap(), &given());
    assert_eq!(failed(&report), [("policy", "checkpoint")], "one of two");

    let both = Bundle { later: vec![later(&alone, 300, 1000, &log, &second)], ..alone };
    let bytes = both.to_bytes().unwrap();
    assert_eq!(Bundle::parse(&bytes).unwrap(), both);
    let report = verify(&bytes, &given());
    assert!(report.ok && report.size == Some(300), "{:#?}", report.steps);
    let said = |step| report.steps.iter().find(|s| s.step == step).unwrap();
    assert_eq!(
        (said("consistency").outcome, said("consistency").place.as_str()),
        (Outcome::Passed, "later-0.consistency")
    );
    let witness = &said("witness").says.en;
    assert!(
        witness.contains("w.example/w") && witness.contains("v.example/v") && witness.contains("1000"),
        "{witness}"
    );
    assert!(said("policy").says.en.contains("both"));
}

#[test]
fn a_checkpoint_that_is_no_continuation_fails_and_does_not_count() {
    let (log, second) = (signer("h.example/log", 1), signer("v.example/v", 3));
    let mut other = bundle();
    other.entry.push(b' ');
    let good = later(&bundle(), 300, 1000, &log, &second);
    let text = String::from_utf8(good.clone()).unwrap();
    let table = [
        ("another log", later(&other, 300, 1000, &log, &second)),
        ("another start", later(&bundle(), 299, 1000, &log, &second)),
        ("signed by somebody", later(&bundle(), 300, 1000, &signer("h.example/log", 9), &second)),
        ("of another name", later(&bundle(), 300, 1000, &signer("x.example/log", 1), &second)),
        ("smaller", text.replace("\n1000\n", "\n100\n").into_bytes()),
        ("no request", b"old 300".to_vec()),
    ];
    for (what, bad) in table {
        let bad = Bundle { later: vec![bad], ..bundle() };
        let report = verify(&bad.to_bytes().unwrap(), &given());
        let found = failed(&report);
        assert!(found.contains(&("consistency", "later-0.consistency")), "{what}: {found:?}");
        assert!(found.contains(&("policy", "checkpoint")), "{what}: the second witness does not count");
    }
    // The good one beside a bad one: the bundle as a whole proves nothing.
    let mixed = Bundle { later: vec![good, b"x".to_vec()], ..bundle() };
    assert_eq!(failed(&verify(&mixed.to_bytes().unwrap(), &given())), [("consistency", "later-1.consistency")]);
}

/// A stamp over a later checkpoint speaks of the entry, as soon as the checkpoint is proven to be a continuation.
#[test]
fn a_stamp_may_be_over_a_later_checkpoint() {
    let (log, second) = (signer("h.example/log", 1), signer("v.example/v", 3));
    let request = later(&bundle(), 300, 1000, &log, &second);
    let text = String::from_utf8(request.clone()).unwrap();
    let subject = Note::parse(text.split_once("\n\n").unwrap().1.as_bytes()).unwrap().to_string().into_bytes();
    let stamps = vec![Stamp { subject, token: vec![0x30], evidence: String::new() }];
    for (later, over_another) in [(vec![request], false), (Vec::new(), true)] {
        let bundle = Bundle { later, stamps: stamps.clone(), ..bundle() };
        let report = verify(&bundle.to_bytes().unwrap(), &given());
        let step = report.steps.iter().find(|s| s.step == "stamp").unwrap();
        assert_eq!(step.says.en.contains("another checkpoint"), over_another, "{:?}", step.says);
    }
}
