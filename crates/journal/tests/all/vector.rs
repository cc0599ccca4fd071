//! The interoperability vector: 300 entries, accepted by aics-tlog, Go's x/mod sumdb and Tessera's fsck.

use crate::merkle::leaves;
use crate::note::signer;
use akashi_journal::checkpoint::{Checkpoint, KeyRing};
use akashi_journal::cosignature;
use akashi_journal::merkle::{MemoryTree, ProofPlan, prove_consistency, prove_inclusion};
use akashi_journal::note::VerifierKey;

const LOG_KEY: &str = "hospital.example/evidence+26f3bc6c+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c";
const WITNESS_KEY: &str = "witness.example/w1+df1c0a35+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU";
const CHECKPOINT: &str = "\
hospital.example/evidence
300
rrsCfVw90Ihx7lJXemH8gxItDRQ1J5GUNjm9TBLTaUM=

— hospital.example/evidence JvO8bFnMaXAIv481Z7hiI7rXAVPKVylRx1peK5fgJ+Raju87H5Sx4rsLjR5t+vvnAO9eAqiYawMVp2T/aX4TeBSEwg8=
— witness.example/w1 3xwKNQAAAABpVbkA4f4n/hT3yPpA6WiycNRdbt2TNeqP++yP3va1QahlbERRlpAZeZALWY+/is2ahfxwjZ+ai1DzJhLfw7YDM2PeBQ==
";

#[test]
fn signing_gives_the_very_same_bytes() {
    let (log, witness) = (signer("hospital.example/evidence", 1), signer("witness.example/w1", 2));
    assert_eq!(log.verifier().to_string(), LOG_KEY);
    assert_eq!(witness.cosigner().to_string(), WITNESS_KEY);
    let tree: MemoryTree = leaves(300).into_iter().collect();
    let checkpoint = Checkpoint::new("hospital.example/evidence", 300, tree.frontier().root()).unwrap();
    let mut note = checkpoint.sign(&[&log]).unwrap();
    note.add(cosignature::cosign(&note, &witness, 1_767_225_600).unwrap()).unwrap();
    assert_eq!(note.to_string(), CHECKPOINT);
}

#[test]
fn the_published_checkpoint_opens() {
    let ring = KeyRing::new(LOG_KEY.parse().unwrap()).unwrap();
    let open = ring.open(CHECKPOINT.as_bytes()).unwrap();
    assert_eq!(open.checkpoint.size, 300);
    let witness: VerifierKey = WITNESS_KEY.parse().unwrap();
    assert_eq!(cosignature::verify(&open.note, &[witness]).unwrap()[0].time, 1_767_225_600);
}

#[test]
fn roots_and_proofs() {
    let tree: MemoryTree = leaves(300).into_iter().collect();
    let root = |size| ProofPlan::root(size).unwrap().run(&tree).unwrap()[0].to_base64();
    assert_eq!(root(0), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    assert_eq!(root(1), "QHZrIDNCkCb1PVRQJnmoOXBrR0H43K86i7pfQbX/4HU=");
    assert_eq!(root(256), "+F9OrTQIBxC00egIMBVDqquBqgTeuIWZNQ3Cak8vWN4=");
    let consistency = prove_consistency(&tree, 256, 300).unwrap();
    assert_eq!(consistency.len(), 1);
    assert_eq!(consistency[0].to_base64(), "VMnxW4d1+SaVX5js9ar6Mu9CMl6XtZ2TGyciceBeJe8=");
    let inclusion = prove_inclusion(&tree, 7, 300).unwrap();
    assert_eq!(inclusion.len(), 9);
    assert_eq!(inclusion[0].to_base64(), "DP2ldv9LKeozw6/a7tG9Y362VLKKBDAvyrX9fbB4Acw=");
    assert_eq!(inclusion[8], consistency[0]);
}
