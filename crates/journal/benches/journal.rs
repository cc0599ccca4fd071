//! What the journal's own work costs, on one core, as ratios to this machine's SHA-256 in the same run: leaves hashed
//! into the tree, packed bundles hashed again as `journal verify` does beside `sha256sum`, proofs out of packed bundles of
//! 10 million entries, and signatures. Targets of the project stand beside. `cargo xtask bench journal`.

use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use akashi_journal::Digest;
use akashi_journal::checkpoint::{Checkpoint, KeyRing};
use akashi_journal::merkle::{
    Frontier, HashReader, MerkleError, NodeId, ProofPlan, leaf_hash, prove_inclusion, verify_inclusion,
};
use akashi_journal::note::SignerKey;
use akashi_journal::tile::{HashTile, encode_bundle, parse_bundle};

/// Leaf sizes: what most of our entries have, entries with reason and catalogue, and with many files.
const SIZES: [usize; 3] = [400, 700, 1200];
const BUNDLE: usize = 256;

fn main() {
    leaves();
    verify();
    proofs();
    signatures();
}

/// The quickest of several runs: others use this machine too.
fn best(rounds: usize, mut work: impl FnMut()) -> Duration {
    (0..rounds).map(|_| timed(&mut work)).min().unwrap_or_default()
}

fn timed(work: &mut impl FnMut()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

/// Two works in turns, so that both meet the same neighbours; the quickest of each.
fn side_by_side(rounds: usize, mut one: impl FnMut(), mut other: impl FnMut()) -> (Duration, Duration) {
    let pairs: Vec<_> = (0..rounds).map(|_| (timed(&mut one), timed(&mut other))).collect();
    let least = |pick: fn(&(Duration, Duration)) -> Duration| pairs.iter().map(pick).min().unwrap_or_default();
    (least(|pair| pair.0), least(|pair| pair.1))
}

fn entries(size: usize, count: usize) -> Vec<Vec<u8>> {
    let entry = |number: usize| number.to_be_bytes().iter().copied().cycle().take(size).collect();
    (0..count).map(entry).collect()
}

fn leaves() {
    println!("\nleaves hashed into the tree, beside SHA-256 of the same bytes (target: share ≥ 0.80)");
    println!("a leaf costs its own blocks and the two of one node: on one core no tree can have more than the ceiling");
    for size in SIZES {
        let data = entries(size, 1 << 10);
        let (raw, tree) = side_by_side(
            400,
            || data.iter().for_each(|entry| keep(Digest::of(entry))),
            || {
                let mut tree = Frontier::new();
                data.iter().for_each(|entry| tree.append(leaf_hash(entry)));
                keep(tree.root());
            },
        );
        let rate = |time: Duration| data.len() as f64 / time.as_secs_f64() / 1e6;
        let (share, ceiling) = (raw.as_secs_f64() / tree.as_secs_f64(), blocks(size) / (blocks(size + 1) + blocks(65)));
        println!(
            "  {size:>5} B: raw {:.2} M/s, tree {:.2} M/s, share {share:.2}, ceiling {ceiling:.2}",
            rate(raw),
            rate(tree)
        );
    }
}

/// Blocks of SHA-256 over so many bytes.
fn blocks(bytes: usize) -> f64 {
    (bytes + 9).div_ceil(64) as f64
}

/// Holds the optimizer off.
fn keep<T>(value: T) {
    black_box(value);
}

/// Bundles of a file parsed and hashed to the root, as verifying a log does, beside `sha256sum` of the file.
fn verify() {
    let file = std::env::temp_dir().join(format!("akashi-bench-bundles-{}", std::process::id()));
    let bundles: Vec<Vec<u8>> =
        entries(700, 400 * BUNDLE).chunks(BUNDLE).map(|chunk| encode_bundle(chunk).expect("a bundle")).collect();
    std::fs::write(&file, bundles.concat()).expect("the temp folder takes a file");
    let (length, megabytes) = (bundles[0].len(), bundles.concat().len() as f64 / 1e6);
    let hash = || {
        let bytes = std::fs::read(&file).expect("the file is there");
        let mut tree = Frontier::new();
        for bundle in bytes.chunks(length) {
            let entries = parse_bundle(bundle, BUNDLE as u16).expect("a bundle");
            entries.into_iter().for_each(|entry| tree.append(leaf_hash(entry)));
        }
        keep(tree.root());
    };
    let sum = || keep(Command::new("sha256sum").arg(&file).output().expect("sha256sum runs"));
    let (ours, theirs) = side_by_side(8, hash, sum);
    // A leftover in the temp folder harms nobody.
    let _ = std::fs::remove_file(&file);
    let rate = |time: Duration| megabytes / time.as_secs_f64();
    println!(
        "\nbundles read, cut and hashed to the root: {:.0} MB/s; sha256sum of the file: {:.0} MB/s; ratio {:.2}",
        rate(ours),
        rate(theirs),
        rate(ours) / rate(theirs)
    );
}

/// 10 million entries as they are stored: bundles, and the nodes from height 8 on.
struct Packed {
    size: u64,
    bundle: Vec<u8>,
    /// `levels[l]` are the nodes of height 8 + l.
    levels: Vec<Vec<Digest>>,
}

const STORED: u8 = 8;

impl Packed {
    /// All bundles alike: the work is the same, and it fits into memory.
    fn new(size: u64) -> Packed {
        let bundle = encode_bundle(&entries(700, BUNDLE)).expect("a bundle");
        let node = tile(&bundle).node(STORED, 0).expect("a full tile");
        let mut levels = vec![vec![node; (size / 256) as usize]];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let above = below.chunks_exact(2).map(|pair| akashi_journal::merkle::node_hash(&pair[0], &pair[1]));
            levels.push(above.collect());
        }
        Packed { size, bundle, levels }
    }

    fn node(&self, node: NodeId) -> Option<Digest> {
        self.levels.get(usize::from(node.level.checked_sub(STORED)?))?.get(node.index as usize).copied()
    }
}

fn tile(bundle: &[u8]) -> HashTile {
    let entries = parse_bundle(bundle, BUNDLE as u16).expect("a bundle");
    HashTile::of_entries(entries).expect("a full tile")
}

/// A reader that hashes the bundle of a proof again, or has its tile at hand.
struct Reader<'p> {
    packed: &'p Packed,
    tile: Option<HashTile>,
}

impl HashReader for Reader<'_> {
    type Error = MerkleError;

    fn read_hashes(&self, nodes: &[NodeId]) -> Result<Vec<Digest>, MerkleError> {
        let hashed;
        let tile = match &self.tile {
            Some(tile) => tile,
            None => {
                hashed = tile(&self.packed.bundle);
                &hashed
            }
        };
        let low = |node: &NodeId| tile.node(node.level, (((node.index << node.level) % 256) >> node.level) as u16).ok();
        let read = |node: &NodeId| if node.level < STORED { low(node) } else { self.packed.node(*node) };
        let missing = |node: &NodeId| MerkleError::NoSuchLeaf { index: node.index, size: self.packed.size };
        nodes.iter().map(|node| read(node).ok_or_else(|| missing(node))).collect()
    }
}

fn proofs() {
    let packed = Packed::new(10_000_000 - 10_000_000 % 256);
    let root = ProofPlan::root(packed.size).and_then(|plan| {
        let nodes = plan.nodes().into_iter().map(|node| packed.node(node));
        plan.assemble(&nodes.collect::<Option<Vec<_>>>().expect("all nodes are stored"))
    });
    let root = root.expect("a root")[0];
    let leaf = leaf_hash(&entries(700, 8)[7]);
    println!("\ninclusion proof over {} entries, made from packed bundles and stored nodes", packed.size);
    for (name, known, target) in [("bundle's tile at hand", true, 100), ("bundle hashed again", false, 500)] {
        let reader = Reader { packed: &packed, tile: known.then(|| tile(&packed.bundle)) };
        let indexes: Vec<u64> = (0..20).map(|n| n * 1_930 * 256 + 7).collect();
        let time = best(100, || {
            indexes.iter().for_each(|index| keep(prove_inclusion(&reader, *index, packed.size)));
        });
        let proof = prove_inclusion(&reader, indexes[15], packed.size).unwrap_or_else(|e| panic!("{e}"));
        verify_inclusion(&leaf, indexes[15], packed.size, &proof, &root).expect("the proof holds");
        println!("  {name}: {:.1} µs (target ≤ {target} µs), {} hashes", micros(time, indexes.len()), proof.len());
    }
}

fn signatures() {
    let (name, seed) = ("hospital.example/akashi/1", [1; 32]);
    let checkpoint = Checkpoint::new(name, 10_000_000, Digest([7; 32])).expect("a checkpoint");
    println!("\nsigning and checking a checkpoint (at most one a second; target: a few ms)");
    for key in [SignerKey::from_seed(name, &seed), SignerKey::ml_dsa_44(name, &seed)] {
        let key = key.expect("a key");
        let note = checkpoint.sign_at(&[&key], 1).expect("a note");
        let ring = KeyRing::new(key.verifier()).expect("a ring");
        // ML-DSA-44 tries again until it finds a signature: how often depends on the message.
        let texts: Vec<_> = (0..16).map(|n| Checkpoint::new(name, n, Digest([7; 32])).expect("a checkpoint")).collect();
        let sign = best(30, || texts.iter().for_each(|text| keep(text.sign_at(&[&key], 1))));
        let check = best(30, || (0..16).for_each(|_| keep(ring.open_note(note.clone()))));
        println!(
            "  {}: sign {:.0} µs, check {:.0} µs, {} bytes",
            key.algorithm(),
            micros(sign, texts.len()),
            micros(check, 16),
            note.signatures()[0].bytes.len()
        );
    }
}

fn micros(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() * 1e6 / count as f64
}
