//! Bundles made of the journal's own parts, for all tests here.

use akashi_journal::checkpoint::{Checkpoint, KeyRing};
use akashi_journal::commitment::{Purpose, RecordKey};
use akashi_journal::merkle::{MemoryTree, ProofPlan, leaf_hash, prove_consistency, prove_inclusion};
use akashi_journal::note::{Note, SignerKey};
use akashi_journal::proof::TlogProof;
use akashi_journal::witness::AddCheckpoint;
use akashi_journal::{Command, Digest, Entry, cosignature};
use akashi_verify::{Bundle, OpenedFile, Opening, Outcome, Report};

const REV: u32 = 2;

pub(crate) fn signer(name: &str, seed: u8) -> SignerKey {
    SignerKey::from_seed(name, &[seed; 32]).unwrap()
}

fn entry(key: &RecordKey, body: &[u8], file: &Digest) -> Entry {
    Entry {
        actor: "u-1".into(),
        at: 1_795_309_200_000_000,
        batch: None,
        blobs: vec![key.commit(Purpose::Blob(0), REV, &file.0)],
        body: key.commit(Purpose::Body, REV, body),
        catalogue: None,
        command: Command::Put,
        def_version: 1,
        epoch: 1,
        prev: Some(Digest([3; 32])),
        reason: Some(key.commit(Purpose::Reason, REV, "点検".as_bytes())),
        record: "0190aaaa-0000-7000-8000-000000000001".into(),
        register: "device".into(),
        rev: REV,
        state: "in-use".into(),
        v: 1,
        valid_from: None,
    }
}

/// A log with `leaf` as number 37; leaves 300 and more are like the others.
fn tree(leaf: &[u8], size: u64) -> MemoryTree {
    let mut tree = MemoryTree::new();
    (0..size).for_each(|n| tree.append(if n == 37 { leaf_hash(leaf) } else { Digest([n as u8; 32]) }));
    tree
}

fn checkpoint(tree: &MemoryTree, size: u64, log: &SignerKey) -> Note {
    let root = ProofPlan::root(size).unwrap().run(tree).unwrap()[0];
    Checkpoint::new(log.name(), size, root).unwrap().sign(&[log]).unwrap()
}

/// A later checkpoint of the log of [`bundle`], cosigned by `witness`, with the proof from size `old`.
pub(crate) fn later(bundle: &Bundle, old: u64, size: u64, log: &SignerKey, witness: &SignerKey) -> Vec<u8> {
    let tree = tree(&bundle.entry, size);
    let mut note = checkpoint(&tree, size, log);
    note.add(cosignature::cosign(&note, witness, 1_767_225_700).unwrap()).unwrap();
    let proof = prove_consistency(&tree, old, size).unwrap();
    AddCheckpoint::new(old, proof, note).unwrap().to_string().into_bytes()
}

/// Leaf number 37 of a log of 300.
pub(crate) fn bundle() -> Bundle {
    let key = RecordKey::new([7; 32]);
    let body = br#"{"code":"AST-2026-0001","fields":{"name":"PC"}}"#.to_vec();
    let file = Digest::of(b"paper");
    let leaf = entry(&key, &body, &file).to_leaf().unwrap();
    let tree = tree(&leaf, 300);
    let log = signer("h.example/log", 1);
    let hashes = prove_inclusion(&tree, 37, 300).unwrap();
    let mut note = checkpoint(&tree, 300, &log);
    note.add(cosignature::cosign(&note, &signer("w.example/w", 2), 1_767_225_600).unwrap()).unwrap();
    let salt = |purpose| Digest(key.salt(purpose, REV).0);
    Bundle {
        proof: TlogProof { extra: None, index: 37, hashes, checkpoint: note.clone() }.to_string().into_bytes(),
        checkpoint: note.to_string().into_bytes(),
        keys: KeyRing::new(log.verifier()).unwrap().to_string(),
        entry: leaf,
        opening: Some(Opening {
            body,
            body_salt: salt(Purpose::Body),
            reason: Some(("点検".into(), salt(Purpose::Reason))),
            files: vec![OpenedFile { digest: file, salt: salt(Purpose::Blob(0)), content: Some(b"paper".to_vec()) }],
        }),
        policy: String::new(),
        later: Vec::new(),
        stamps: Vec::new(),
        explanation: "<p>説明</p>".into(),
    }
}

/// Step and place of every fault.
pub(crate) fn failed(report: &Report) -> Vec<(&str, &str)> {
    let bad = report.steps.iter().filter(|s| s.outcome == Outcome::Failed);
    bad.map(|s| (s.step, s.place.as_str())).collect()
}
