//! The tree against a naive recursive one that follows the words of RFC 6962 §2.1.

use akashi_journal::Digest;
use akashi_journal::merkle::*;
use proptest::prelude::*;

/// Small leaf hashes, cheap to make in numbers.
pub(crate) fn leaves(count: u64) -> Vec<Digest> {
    (0..count).map(|n| leaf_hash(format!("entry-{n}").as_bytes())).collect()
}

fn split(count: usize) -> usize {
    count.next_power_of_two() / 2
}

fn naive_root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => empty_root(),
        [one] => *one,
        more => {
            let (left, right) = more.split_at(split(more.len()));
            node_hash(&naive_root(left), &naive_root(right))
        }
    }
}

fn naive_path(index: usize, leaves: &[Digest]) -> Vec<Digest> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut path, sibling) = if index < left.len() {
        (naive_path(index, left), naive_root(right))
    } else {
        (naive_path(index - left.len(), right), naive_root(left))
    };
    path.push(sibling);
    path
}

fn naive_subproof(old: usize, leaves: &[Digest], known: bool) -> Vec<Digest> {
    if old == leaves.len() {
        return if known { Vec::new() } else { vec![naive_root(leaves)] };
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut proof, sibling) = if old <= left.len() {
        (naive_subproof(old, left, known), naive_root(right))
    } else {
        (naive_subproof(old - left.len(), right, false), naive_root(left))
    };
    proof.push(sibling);
    proof
}

#[test]
fn every_proof_of_every_small_tree() {
    let all = leaves(70);
    let tree: MemoryTree = all.iter().copied().collect();
    for size in 1..=all.len() {
        let root = naive_root(&all[..size]);
        assert_eq!(ProofPlan::root(size as u64).unwrap().run(&tree).unwrap(), [root]);
        for index in 0..size {
            let proof = prove_inclusion(&tree, index as u64, size as u64).unwrap();
            assert_eq!(proof, naive_path(index, &all[..size]));
            verify_inclusion(&all[index], index as u64, size as u64, &proof, &root).unwrap();
        }
        for old in 0..=size {
            let proof = prove_consistency(&tree, old as u64, size as u64).unwrap();
            let expected = if old == 0 { Vec::new() } else { naive_subproof(old, &all[..size], true) };
            assert_eq!(proof, expected);
            verify_consistency(old as u64, &naive_root(&all[..old]), size as u64, &root, &proof).unwrap();
        }
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let root = empty_root();
    assert_eq!(ProofPlan::inclusion(5, 5), Err(MerkleError::NoSuchLeaf { index: 5, size: 5 }));
    assert_eq!(ProofPlan::inclusion(0, u64::MAX), Err(MerkleError::TooLarge { size: u64::MAX }));
    assert_eq!(ProofPlan::consistency(6, 5), Err(MerkleError::Shrunk { old: 6, new: 5 }));
    assert_eq!(verify_inclusion(&root, 0, 0, &[], &root), Err(MerkleError::NoSuchLeaf { index: 0, size: 0 }));
    assert_eq!(verify_consistency(6, &root, 5, &root, &[]), Err(MerkleError::Shrunk { old: 6, new: 5 }));
    assert_eq!(verify_consistency(0, &root, 9, &Digest([1; 32]), &[]), Ok(()));
    assert!(verify_consistency(0, &Digest([1; 32]), 9, &root, &[]).is_err());
    assert!(verify_consistency(9, &Digest([1; 32]), 9, &root, &[]).is_err());
    assert!(verify_consistency(9, &root, 9, &root, &[root]).is_err());
    let largest = ProofPlan::inclusion(MAX_SIZE - 1, MAX_SIZE).unwrap();
    assert_eq!(largest.assemble(&[]), Err(MerkleError::WrongLength { found: 0, expected: largest.nodes().len() }));
}

#[test]
fn a_frontier_survives_serialisation_and_refuses_nonsense() {
    let mut frontier = Frontier::new();
    leaves(37).into_iter().for_each(|leaf| frontier.append(leaf));
    let text = serde_json::to_string(&frontier).unwrap();
    assert_eq!(serde_json::from_str::<Frontier>(&text).unwrap(), frontier);
    assert!(serde_json::from_str::<Frontier>(&text.replace("37", "38")).is_ok(), "38 has as many bits");
    for wrong in
        [text.replace("37", "39"), text.replace("37", "-1"), r#"{"size":18446744073709551615,"hashes":[]}"#.into()]
    {
        assert!(serde_json::from_str::<Frontier>(&wrong).is_err(), "{wrong}");
    }
}

/// Whatever is changed in a proof, its statement no longer holds.
fn spoil(proof: &mut Vec<Digest>, how: u8, place: prop::sample::Index) {
    match how {
        0 => proof.push(Digest([9; 32])),
        1 if !proof.is_empty() => {
            proof.pop();
        }
        _ if !proof.is_empty() => {
            let place = place.index(proof.len());
            proof[place].0[7] ^= 1;
        }
        _ => proof.insert(0, Digest([8; 32])),
    }
}

/// Around every border of a block, and to where the general hasher takes over.
#[test]
fn a_leaf_is_the_hash_of_its_bytes() {
    let bytes: Vec<u8> = (0..1200_u32).map(|n| (n % 251) as u8).collect();
    for length in 0..bytes.len() {
        let prefixed = [&[0][..], &bytes[..length]].concat();
        assert_eq!(leaf_hash(&bytes[..length]), Digest::of(&prefixed), "{length}");
    }
}

proptest! {
    #[test]
    fn a_node_is_the_hash_of_its_bytes(left: [u8; 32], right: [u8; 32]) {
        let bytes = [&[1][..], &left, &right].concat();
        prop_assert_eq!(node_hash(&Digest(left), &Digest(right)), Digest::of(&bytes));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn frontier_equals_naive_root_and_can_be_resumed(size in 0_u64..700, cut in 0_u64..700) {
        let cut = cut.min(size);
        let all = leaves(size);
        let tree: MemoryTree = all.iter().copied().collect();
        let stored = tree.read_hashes(&Frontier::nodes(cut).unwrap()).unwrap();
        let mut frontier = Frontier::from_hashes(cut, stored).unwrap();
        all[cut as usize..].iter().for_each(|leaf| frontier.append(*leaf));
        prop_assert_eq!(&frontier, tree.frontier());
        prop_assert_eq!(frontier.root(), naive_root(&all));
    }

    #[test]
    fn inclusion_holds_and_breaks(size in 1_u64..1500, place: prop::sample::Index, how in 0_u8..4, at: prop::sample::Index) {
        let all = leaves(size);
        let index = place.index(all.len());
        let tree: MemoryTree = all.iter().copied().collect();
        let root = tree.frontier().root();
        let mut proof = prove_inclusion(&tree, index as u64, size).unwrap();
        prop_assert_eq!(&proof, &naive_path(index, &all));
        prop_assert_eq!(verify_inclusion(&all[index], index as u64, size, &proof, &root), Ok(()));
        prop_assert!(verify_inclusion(&Digest([3; 32]), index as u64, size, &proof, &root).is_err());
        prop_assert!(verify_inclusion(&all[index], index as u64 + 1, size, &proof, &root).is_err());
        spoil(&mut proof, how, at);
        prop_assert!(verify_inclusion(&all[index], index as u64, size, &proof, &root).is_err());
    }

    #[test]
    fn consistency_holds_and_breaks(new in 2_u64..1500, old in 1_u64..1500, how in 0_u8..4, at: prop::sample::Index) {
        let old = old.min(new - 1);
        let all = leaves(new);
        let tree: MemoryTree = all.iter().copied().collect();
        let (before, after) = (naive_root(&all[..old as usize]), tree.frontier().root());
        let mut proof = prove_consistency(&tree, old, new).unwrap();
        prop_assert_eq!(verify_consistency(old, &before, new, &after, &proof), Ok(()));
        prop_assert!(verify_consistency(old, &Digest([1; 32]), new, &after, &proof).is_err());
        prop_assert!(verify_consistency(old, &before, new, &Digest([1; 32]), &proof).is_err());
        spoil(&mut proof, how, at);
        prop_assert!(verify_consistency(old, &before, new, &after, &proof).is_err());
    }

    #[test]
    fn any_claim_is_answered(index: u64, size: u64, old: u64, proof in prop::collection::vec(any::<[u8; 32]>().prop_map(Digest), 0..70)) {
        let root = empty_root();
        prop_assert!(verify_inclusion(&root, index, size, &proof, &root).is_err());
        if old != size && old != 0 {
            prop_assert!(verify_consistency(old, &root, size, &root, &proof).is_err());
        }
    }

    #[test]
    fn plans_of_huge_trees_have_the_length_that_is_checked(size in 1..=MAX_SIZE, index in 0..MAX_SIZE) {
        let plan = ProofPlan::inclusion(index % size, size).unwrap();
        let hashes = vec![empty_root(); plan.nodes().len()];
        let proof = plan.assemble(&hashes).unwrap();
        prop_assert!(root_of_inclusion(&empty_root(), index % size, size, &proof).is_ok());
        let plan = ProofPlan::consistency(index % size, size).unwrap();
        let proof = plan.assemble(&vec![empty_root(); plan.nodes().len()]).unwrap();
        let checked = verify_consistency(index % size, &empty_root(), size, &Digest([1; 32]), &proof);
        let wrong_length = matches!(checked, Err(MerkleError::WrongLength { .. }));
        prop_assert!(!wrong_length);
    }
}
