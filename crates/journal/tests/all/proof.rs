//! Proof files.

use crate::merkle::leaves;
use crate::note::signer;
use akashi_journal::Digest;
use akashi_journal::checkpoint::{Checkpoint, KeyRing};
use akashi_journal::cosignature::cosign;
use akashi_journal::merkle::{MemoryTree, MerkleError, prove_inclusion};
use akashi_journal::proof::{ProofError, TlogProof};
use proptest::prelude::*;

const LOG: &str = "hospital.example/akashi/1";

fn proof(index: u64, size: u64, extra: Option<Vec<u8>>) -> TlogProof {
    let tree: MemoryTree = leaves(size).into_iter().collect();
    let checkpoint = Checkpoint::new(LOG, size, tree.frontier().root()).unwrap();
    let mut note = checkpoint.sign(&[&signer(LOG, 1)]).unwrap();
    note.add(cosign(&note, &signer("w.example", 2), 1_767_225_600).unwrap()).unwrap();
    TlogProof { extra, index, hashes: prove_inclusion(&tree, index, size).unwrap(), checkpoint: note }
}

fn ring() -> KeyRing {
    KeyRing::new(signer(LOG, 1).verifier()).unwrap()
}

#[test]
fn verifies_and_says_what_it_showed() {
    let proof = TlogProof::parse(proof(7, 300, None).to_string().as_bytes()).unwrap();
    let leaf = leaves(8)[7];
    let witness = [signer("w.example", 2).cosigner()];
    let proven = proof.verify(&leaf, &ring(), &witness, 1).unwrap();
    assert_eq!((proven.index, proven.checkpoint.checkpoint.size, proven.cosignatures.len()), (7, 300, 1));
    assert_eq!(proof.verify(&leaf, &ring(), &[], 0).unwrap().cosignatures, []);
    let other = [signer("v.example", 3).cosigner()];
    assert_eq!(proof.verify(&leaf, &ring(), &other, 1), Err(ProofError::Quorum { found: 0, needed: 1 }));
    let wrong = proof.verify(&leaves(9)[8], &ring(), &witness, 1);
    assert!(matches!(wrong, Err(ProofError::Inclusion(MerkleError::WrongRoot { .. }))));
    let other_ring = KeyRing::new(signer(LOG, 9).verifier()).unwrap();
    assert!(matches!(proof.verify(&leaf, &other_ring, &witness, 1), Err(ProofError::Checkpoint(_))));
}

#[test]
fn a_tree_of_one_leaf_needs_no_hash() {
    let text = proof(0, 1, Some(b"why".to_vec())).to_string();
    assert!(
        text.starts_with("c2sp.org/tlog-proof@v1\nextra d2h5\nindex 0\n\nhospital.example/akashi/1\n1\n"),
        "{text}"
    );
    let read = TlogProof::parse(text.as_bytes()).unwrap();
    assert_eq!(read.extra.as_deref(), Some(&b"why"[..]));
    assert!(read.verify(&leaves(1)[0], &ring(), &[], 0).is_ok());
}

#[test]
fn hostile_files_are_refused_with_the_line() {
    let good = proof(7, 300, None).to_string();
    let hash = format!("{}\n", Digest([1; 32]).to_base64());
    let table = [
        (String::new(), 1),
        (good.replace("@v1", "@v2"), 1),
        (good.replace("index 7\n", ""), 2),
        (good.replace("index 7", "index 07"), 2),
        (good.replace("index 7", "index -7"), 2),
        (good.replace("index 7", "Index 7"), 2),
        (good.replace("index 7", "extra !\nindex 7"), 2),
        (good.replace("index 7", "extra \nextra \nindex 7"), 3),
        (good.replace("index 7\n", "index 7\nAAAA\n"), 3),
        (good.replace("index 7\n", &format!("index 7\n{}", hash.repeat(64))), 66),
        (good[..60].to_owned(), 3),
    ];
    for (text, at) in table {
        match TlogProof::parse(text.as_bytes()) {
            Err(ProofError::Line { line, .. }) => assert_eq!(line, at, "{text}"),
            other => panic!("{other:?} {text}"),
        }
    }
    let cut = &good[..good.len() - 1];
    assert!(matches!(TlogProof::parse(cut.as_bytes()), Err(ProofError::Note(_))));
    assert_eq!(TlogProof::parse(&[0xff]), Err(ProofError::NotText { at: 0 }));
    assert_eq!(TlogProof::parse(&vec![b'a'; 2_000_001]), Err(ProofError::TooLong { bytes: 2_000_001 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn files_come_back(size in 1_u64..500, place: prop::sample::Index, extra: Option<Vec<u8>>) {
        let proof = proof(place.index(size as usize) as u64, size, extra);
        prop_assert_eq!(TlogProof::parse(proof.to_string().as_bytes()), Ok(proof));
    }

    #[test]
    fn a_changed_byte_never_proves_another_statement(place: prop::sample::Index, flip in 1_u8..=255) {
        let good = proof(7, 300, None);
        let mut bytes = good.to_string().into_bytes();
        let place = place.index(bytes.len());
        bytes[place] ^= flip;
        let (leaf, witness) = (leaves(8)[7], [signer("w.example", 2).cosigner()]);
        let proven = TlogProof::parse(&bytes).ok().and_then(|read| read.verify(&leaf, &ring(), &witness, 1).ok());
        prop_assert!(proven.is_none());
    }

    #[test]
    fn any_bytes_are_answered(bytes: Vec<u8>, tail: String) {
        prop_assert!(TlogProof::parse(&bytes).is_err());
        let text = format!("c2sp.org/tlog-proof@v1\nindex 1\n{tail}");
        if let Ok(read) = TlogProof::parse(text.as_bytes()) {
            prop_assert_eq!(read.to_string(), text);
        }
    }
}
