//! Policies: the file, and what they say to checkpoints.

use crate::note::signer;
use akashi_journal::Digest;
use akashi_journal::checkpoint::Checkpoint;
use akashi_journal::cosignature::cosign;
use akashi_journal::note::{Note, SignerKey};
use akashi_journal::policy::*;
use proptest::prelude::*;

const LOG: &str = "hospital.example/akashi/1";
const TIME: u64 = 1_767_225_600;

fn witness(number: u8) -> SignerKey {
    signer(&format!("w{number}.example"), 10 + number)
}

/// Two of three and one of two, as the specification shows it.
fn two_levels() -> String {
    let mut text = format!("# who counts\n\nlog {} https://hospital.example/log\n", signer(LOG, 1).verifier());
    for number in 0..5 {
        text += &format!("witness\tW{number}  {} \n", witness(number).cosigner());
    }
    text + " group X 2 W0 W1 W2\ngroup Y any W3 W4\ngroup both all X Y\nquorum both\n"
}

fn signed(by: &[u8]) -> Note {
    let mut note = Checkpoint::new(LOG, 5, Digest([5; 32])).unwrap().sign(&[&signer(LOG, 1)]).unwrap();
    for number in by {
        note.add(cosign(&note, &witness(*number), TIME).unwrap()).unwrap();
    }
    note
}

#[test]
fn quorums_of_groups() {
    let policy: Policy = two_levels().parse().unwrap();
    assert_eq!((policy.logs().len(), policy.witnesses().count(), policy.quorum()), (1, 5, Some("both")));
    assert_eq!(policy.logs()[0].url.as_deref(), Some("https://hospital.example/log"));
    let table: [(&[u8], &str); 6] = [
        (&[], ""),
        (&[0, 1], "W0 W1 X"),
        (&[0, 3], "W0 W3 Y"),
        (&[0, 2, 4], "W0 W2 W4 X Y both"),
        (&[0, 1, 2, 3, 4], "W0 W1 W2 W3 W4 X Y both"),
        (&[3, 4], "W3 W4 Y"),
    ];
    for (by, vouching) in table {
        let judgement = policy.judge(&signed(by)).unwrap();
        assert_eq!(judgement.vouching.join(" "), vouching);
        assert_eq!(judgement.quorum, vouching.ends_with("both"));
        assert_eq!((judgement.cosignatures.len(), judgement.signed_by.len()), (by.len(), 1));
        assert_eq!(judgement.checkpoint.size, 5);
    }
}

/// Whoever signed a later checkpoint vouches for the earlier one, as long as the log's own key signed that too.
#[test]
fn later_checkpoints_count_for_the_first() {
    let policy: Policy = two_levels().parse().unwrap();
    let (first, late) = (signed(&[0, 2]), signed(&[3, 4]));
    assert!(!policy.judge(&first).unwrap().quorum && !policy.judge(&late).unwrap().quorum);
    let judged = policy.judge_with(&first, &[&late]).unwrap();
    assert!(judged.quorum);
    assert_eq!(judged.vouching.join(" "), "W0 W2 W3 W4 X Y both");
    let twice = policy.judge_with(&first, &[&first, &first]).unwrap();
    assert_eq!(twice.vouching.join(" "), "W0 W2 X", "the same witness counts once");
    let stranger = Checkpoint::new(LOG, 9, Digest([9; 32])).unwrap().sign(&[&signer(LOG, 7)]).unwrap();
    assert!(matches!(policy.judge_with(&first, &[&stranger]), Err(JudgeError::Log { .. })));
}

#[test]
fn the_log_has_to_be_listed_unless_none_is() {
    let lines = |log: u8| format!("log {}\nquorum none\n", signer(LOG, log).verifier());
    assert!(lines(1).parse::<Policy>().unwrap().judge(&signed(&[])).unwrap().quorum);
    let fault = lines(2).parse::<Policy>().unwrap().judge(&signed(&[]));
    assert!(matches!(fault, Err(JudgeError::Log { .. })));
    let open = "quorum none\n".parse::<Policy>().unwrap();
    assert_eq!(open.judge(&signed(&[])).unwrap().signed_by, []);
    assert_eq!(open.quorum(), None);
    let two = format!("log {}\nlog {}\nquorum none\n", signer(LOG, 2).verifier(), signer(LOG, 1).verifier());
    assert_eq!(two.parse::<Policy>().unwrap().judge(&signed(&[])).unwrap().signed_by.len(), 1);
}

#[test]
fn wrong_signatures_spoil_the_checkpoint() {
    let policy: Policy = two_levels().parse().unwrap();
    let other = Checkpoint::new(LOG, 6, Digest([5; 32])).unwrap();
    let moved = Note::new(other.to_string(), signed(&[0]).signatures().to_vec()).unwrap();
    assert!(matches!(policy.judge(&moved), Err(JudgeError::Log { .. })));
    let mut resigned = other.sign(&[&signer(LOG, 1)]).unwrap();
    resigned.add(signed(&[0]).signatures()[1].clone()).unwrap();
    assert!(matches!(policy.judge(&resigned), Err(JudgeError::Witness(_))));
    let text = Note::sign("text\n".into(), &[&signer(LOG, 1)]).unwrap();
    assert!(matches!(policy.judge(&text), Err(JudgeError::Checkpoint(_))));
}

#[test]
fn wrong_files_are_refused_with_their_line() {
    let (log, w) = (signer(LOG, 1).verifier(), |n| witness(n).cosigner());
    let one = format!("witness A {}\n", w(0));
    let two = format!("{one}witness B {}\n", w(1));
    let same = signer("other.example", 10).cosigner();
    let table: Vec<(String, PolicyError)> = vec![
        (String::new(), PolicyError::Quorum { line: None }),
        ("quorum none".into(), PolicyError::Cut),
        ("quorum none\nquorum none\n".into(), PolicyError::Quorum { line: Some(2) }),
        ("quorum A\n".into(), PolicyError::Unknown { line: 1, name: "A".into() }),
        (format!("quorum A\n{one}"), PolicyError::Unknown { line: 1, name: "A".into() }),
        (format!("{one}witness A {}\nquorum A\n", w(1)), PolicyError::NameTaken { line: 2, name: "A".into() }),
        (format!("witness none {}\n", w(1)), PolicyError::NameTaken { line: 1, name: "none".into() }),
        (format!("{one}witness B {same}\n"), PolicyError::SameKey { line: 2 }),
        (format!("log {log}\nlog {log}\n"), PolicyError::SameKey { line: 2 }),
        (format!("log {}\n", w(0)), PolicyError::Kind { line: 1, kind: 4, role: "log" }),
        (format!("witness A {log}\n"), PolicyError::Kind { line: 1, kind: 1, role: "witness" }),
        (format!("{two}group G 3 A B\n"), PolicyError::Threshold { line: 3, members: 2 }),
        (format!("{two}group G 0 A B\n"), PolicyError::Threshold { line: 3, members: 2 }),
        (format!("{two}group G +1 A B\n"), PolicyError::Threshold { line: 3, members: 2 }),
        (format!("{two}group G some A B\n"), PolicyError::Threshold { line: 3, members: 2 }),
        (format!("{two}group G any A A\n"), PolicyError::MemberTwice { line: 3, name: "A".into() }),
        (format!("{two}group G any A\ngroup H any A B\n"), PolicyError::MemberTwice { line: 4, name: "A".into() }),
        (format!("{two}group G any none\n"), PolicyError::Unknown { line: 3, name: "none".into() }),
        (format!("{two}group G any G\n"), PolicyError::Unknown { line: 3, name: "G".into() }),
        ("quorum none\r\n".into(), PolicyError::Characters { line: 1 }),
        ("# \u{7f}\n".into(), PolicyError::Characters { line: 1 }),
    ];
    for (text, fault) in table {
        assert_eq!(text.parse::<Policy>(), Err(fault), "{text:?}");
    }
    for shape in ["log\n", "witness A\n", "group G any\n", "quorum\n", "quorum a b\n", "Quorum none\n", "log a b c\n"] {
        assert!(matches!(shape.parse::<Policy>(), Err(PolicyError::Shape { line: 1, .. })), "{shape}");
    }
    assert!(matches!("log abc\n".parse::<Policy>(), Err(PolicyError::Key { line: 1, .. })));
    assert_eq!(Policy::parse(b"quorum \xff\n"), Err(PolicyError::Characters { line: 1 }));
    assert!(Policy::parse(b"# \xff\nquorum none\n").is_ok());
}

#[test]
fn a_log_may_be_a_witness_of_others_with_the_same_name() {
    let text = format!("witness w.example {}\nquorum w.example\n", signer("w.example", 3).cosigner());
    let policy: Policy = text.parse().unwrap();
    assert_eq!(policy.to_string(), text);
}

#[test]
fn as_many_as_the_specification_asks() {
    let mut text = String::new();
    for number in 0..32 {
        text += &format!("log {}\n", signer(&format!("log{number}.example"), number).verifier());
        text += &format!("witness W{number} {}\n", signer(&format!("w{number}.example"), 100 + number).cosigner());
        text += &format!("group G{number} any W{number}\n");
    }
    let groups: Vec<_> = (0..32).map(|number| format!("G{number}")).collect();
    text += &format!("group all 17 {}\nquorum all\n", groups.join(" "));
    let policy: Policy = text.parse().unwrap();
    assert_eq!((policy.logs().len(), policy.witnesses().count()), (32, 32));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// A policy that was written is read as the same, and threshold groups count as they say.
    #[test]
    fn thresholds_count(needed in 1_usize..6, by in prop::sample::subsequence(vec![0_u8, 1, 2, 3, 4], 0..=5)) {
        let mut text = format!("log {}\n", signer(LOG, 1).verifier());
        for number in 0..5 {
            text += &format!("witness W{number} {}\n", witness(number).cosigner());
        }
        text += &format!("group G {needed} W0 W1 W2 W3 W4\nquorum G\n");
        let policy: Policy = text.parse().unwrap();
        prop_assert_eq!(policy.to_string(), text);
        prop_assert_eq!(policy.judge(&signed(&by)).unwrap().quorum, by.len() >= needed);
    }

    #[test]
    fn any_bytes_are_answered(
        bytes: Vec<u8>,
        lines in "((log|witness|group|quorum|#)([ \t](none|any|all|1|A|B|x\\+00000000\\+AQ==)){0,4}\n){0,6}",
    ) {
        let _ = Policy::parse(&bytes).is_ok();
        if let Ok(policy) = lines.parse::<Policy>() {
            prop_assert_eq!(policy.to_string().parse::<Policy>(), Ok(policy));
        }
    }
}
