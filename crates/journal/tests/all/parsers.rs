//! The properties of all parsers, fed with chance and with examples that were spoiled: a reader of our files meets both.
//! The same properties run under a fuzzer in `fuzz/`.

use crate::merkle::leaves;
use crate::mldsa::pq;
use crate::properties::{self, LOG, key};
use akashi_journal::checkpoint::{Checkpoint, KeyRing};
use akashi_journal::cosignature::cosign;
use akashi_journal::merkle::{MemoryTree, prove_consistency, prove_inclusion};
use akashi_journal::note::{Note, SignerKey};
use akashi_journal::proof::TlogProof;
use akashi_journal::tile::encode_bundle;
use akashi_journal::witness::AddCheckpoint;
use proptest::prelude::*;
use std::sync::LazyLock;

const SIZE: u64 = 300;

/// One right file of each kind.
struct Examples {
    text: String,
    note: String,
    ring: String,
    secret: String,
    bundle: Vec<u8>,
    proof: String,
    request: String,
    first_request: String,
    policy: String,
}

static EXAMPLES: LazyLock<Examples> = LazyLock::new(|| {
    let tree: MemoryTree = leaves(SIZE).into_iter().collect();
    let checkpoint = Checkpoint::new(LOG, SIZE, tree.frontier().root()).unwrap();
    let mut note = checkpoint.sign_at(&[&key(), &pq(LOG, 1)], 1).unwrap();
    let witness = SignerKey::from_seed("w.example", &[2; 32]).unwrap();
    note.add(cosign(&note, &witness, 1).unwrap()).unwrap();
    let mut ring = KeyRing::new(key().verifier()).unwrap();
    ring.trust(pq(LOG, 1).verifier(), 5, Some(500)).unwrap();
    let hashes = prove_inclusion(&tree, 7, SIZE).unwrap();
    let proof = TlogProof { extra: Some(b"more".to_vec()), index: 7, hashes, checkpoint: note.clone() };
    let request = |old| AddCheckpoint::new(old, prove_consistency(&tree, old, SIZE).unwrap(), note.clone()).unwrap();
    let entries: Vec<_> = (0..20).map(|n| format!("entry-{n}")).collect();
    Examples {
        text: checkpoint.to_string(),
        note: note.to_string(),
        ring: ring.to_string(),
        secret: pq(LOG, 1).to_secret_text(),
        bundle: encode_bundle(&entries).unwrap(),
        proof: proof.to_string(),
        request: request(100).to_string(),
        first_request: request(0).to_string(),
        policy: format!(
            "# who counts\nlog {} https://h.example\nwitness A {}\nwitness B {}\ngroup G 2 A B\nquorum G\n",
            key().verifier(),
            witness.cosigner(),
            pq("v.example", 3).cosigner()
        ),
    }
});

/// A way to spoil bytes.
#[derive(Debug, Clone)]
enum Spoil {
    Set(prop::sample::Index, u8),
    Flip(prop::sample::Index, u8),
    Drop(prop::sample::Index, usize),
    Insert(prop::sample::Index, Vec<u8>),
    /// Repeats a line, or leaves it out.
    Line(prop::sample::Index, bool),
    Cut(prop::sample::Index),
}

fn spoils() -> impl Strategy<Value = Vec<Spoil>> {
    let at = any::<prop::sample::Index>;
    let one = prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Spoil::Set(at, byte)),
        (at(), 0_u8..8).prop_map(|(at, bit)| Spoil::Flip(at, bit)),
        (at(), 1_usize..9).prop_map(|(at, count)| Spoil::Drop(at, count)),
        (at(), prop::collection::vec(any::<u8>(), 1..9)).prop_map(|(at, bytes)| Spoil::Insert(at, bytes)),
        (at(), any::<bool>()).prop_map(|(at, twice)| Spoil::Line(at, twice)),
        at().prop_map(Spoil::Cut),
    ];
    prop::collection::vec(one, 0..4)
}

fn spoil(example: &[u8], spoils: &[Spoil]) -> Vec<u8> {
    let mut bytes = example.to_vec();
    for spoil in spoils {
        let length = bytes.len();
        if length == 0 {
            break;
        }
        match spoil {
            Spoil::Set(at, byte) => bytes[at.index(length)] = *byte,
            Spoil::Flip(at, bit) => bytes[at.index(length)] ^= 1 << bit,
            Spoil::Drop(at, count) => drop(bytes.drain(at.index(length)..(at.index(length) + count).min(length))),
            Spoil::Insert(at, more) => drop(bytes.splice(at.index(length)..at.index(length), more.iter().copied())),
            Spoil::Cut(at) => bytes.truncate(at.index(length)),
            Spoil::Line(at, twice) => {
                let mut lines: Vec<_> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
                let at = at.index(lines.len());
                if *twice {
                    lines.insert(at, lines[at].clone())
                } else {
                    drop(lines.remove(at))
                }
                bytes = lines.concat();
            }
        }
    }
    bytes
}

/// Feeds one parser with an example spoiled so.
fn each(example: &[u8], ways: &[Spoil], property: impl Fn(&[u8])) {
    property(&spoil(example, ways));
}

#[test]
fn the_examples_are_right() {
    let examples = &*EXAMPLES;
    let note = Note::parse(examples.note.as_bytes()).unwrap();
    assert!(examples.ring.parse::<KeyRing>().unwrap().open_note(note).is_ok());
    assert!(SignerKey::parse(&examples.secret).is_ok());
    assert!(akashi_journal::tile::parse_bundle(&examples.bundle, 20).is_ok());
    assert!(
        TlogProof::parse(examples.proof.as_bytes()).unwrap().verify(&leaves(8)[7], &properties::ring(), &[], 0).is_ok()
    );
    assert!(AddCheckpoint::parse(examples.request.as_bytes()).is_ok());
    assert!(AddCheckpoint::parse(examples.first_request.as_bytes()).is_ok());
    assert!(examples.policy.parse::<akashi_journal::policy::Policy>().is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn spoiled_files_are_answered(ways in spoils(), width in 0_u16..300) {
        let examples = &*EXAMPLES;
        let signed = [examples.text.as_str()];
        each(examples.note.as_bytes(), &ways, properties::note);
        each(examples.note.as_bytes(), &ways, |bytes| properties::checkpoint(bytes, &signed));
        each(examples.text.as_bytes(), &ways, |bytes| properties::checkpoint(bytes, &signed));
        for keys in [&examples.ring, &examples.secret] {
            each(keys.as_bytes(), &ways, properties::keys);
        }
        for width in [20, width] {
            each(&examples.bundle, &ways, |bytes| properties::bundle(bytes, width));
            each(&[7; 640], &ways, |bytes| properties::tile(bytes, width));
        }
        each(examples.proof.as_bytes(), &ways, properties::proof);
        for request in [&examples.request, &examples.first_request] {
            each(request.as_bytes(), &ways, |bytes| properties::witness(bytes, &signed));
        }
        each(examples.policy.as_bytes(), &ways, properties::policy);
        let lines = examples.note.split_once("\n\n").unwrap().1;
        each(lines.as_bytes(), &ways, |bytes| properties::answer(200, bytes));
    }

    #[test]
    fn any_bytes_are_answered(bytes: Vec<u8>, path: String, width: u16, status: u16) {
        properties::note(&bytes);
        properties::keys(&bytes);
        properties::checkpoint(&bytes, &[]);
        properties::tile(&bytes, width);
        properties::bundle(&bytes, width);
        properties::tile_path(&path);
        properties::proof(&bytes);
        properties::witness(&bytes, &[]);
        properties::answer(status, &bytes);
        properties::policy(&bytes);
    }
}
