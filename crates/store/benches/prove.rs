//! Inclusion proofs out of the store over 10 million entries on SQLite: the bundle of the entry hashed again, and known
//! from before. Prints times beside the targets; nothing is asserted. `cargo xtask bench prove [-- ENTRIES]`.

#[allow(dead_code, reason = "each measurement uses its part")]
mod place;

use std::time::{Duration, Instant};

use akashi_journal::checkpoint::Checkpoint;
use akashi_journal::merkle::{leaf_hash, verify_inclusion};
use akashi_journal::tile::encode_bundle;
use akashi_store::Store;
use place::{Place, runtime, wanted};
use rusqlite::Connection;

const WIDTH: u64 = 256;
const NOW: i64 = 1_795_309_200_000_000;
/// Bundles that proofs are asked of; their entries are of usual size, all others short so that the disk holds them.
const ASKED: u64 = 40;
const USUAL: usize = 410;
const SHORT: usize = 20;

fn main() {
    let bundles = wanted(10_000_000).div_ceil(WIDTH).max(ASKED);
    runtime().block_on(run(&Place::new("prove"), bundles));
}

async fn run(place: &Place, bundles: u64) {
    place.create(NOW).await.close().await;
    fill(place, bundles);
    let store = place.open().await;
    let keys = store.signer().await.expect("keys");
    let began = Instant::now();
    let newest = store.sequence(NOW, &keys).await.expect("a tree").expect("entries");
    let took = began.elapsed();
    println!("{} entries in the log; hashed and signed in {:.1} s", newest.size, took.as_secs_f64());
    let asked: Vec<u64> = (0..ASKED).map(|n| (n * (bundles / ASKED)) * WIDTH + (n * 37) % WIDTH).collect();
    let mut first = Vec::new();
    for index in &asked {
        first.push(timed(&store, *index).await);
    }
    let mut again = Vec::new();
    for _ in 0..50 {
        for index in &asked {
            again.push(timed(&store, *index).await);
        }
    }
    tell("the bundle hashed again", first, 500);
    tell("known from before", again, 100);
    check(&store, asked[ASKED as usize / 2]).await;
}

async fn timed(store: &Store, index: u64) -> Duration {
    let began = Instant::now();
    let proof = store.prove(index).await.expect("a proof").expect("the entry is covered");
    let took = began.elapsed();
    assert_eq!(proof.index, index);
    took
}

fn tell(what: &str, mut times: Vec<Duration>, target: u64) {
    times.sort();
    let micros = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
    println!("{what:<26} least {:>7.0} µs, median {:>7.0} µs (target ≤ {target} µs)", micros(0.0), micros(0.5));
}

/// That what was timed is a proof.
async fn check(store: &Store, index: u64) {
    let proof = store.prove(index).await.expect("a proof").expect("the entry is covered");
    let text = proof.checkpoint.split("\n\n").next().unwrap_or_default();
    let checkpoint = Checkpoint::parse(&format!("{text}\n")).expect("a checkpoint");
    let leaf = leaf_hash(&proof.leaf);
    verify_inclusion(&leaf, index, checkpoint.size, &proof.path, &checkpoint.root).expect("the proof holds");
    println!("{} hashes in a proof", proof.path.len());
}

/// Writes closed bundles as the store keeps them.
fn fill(place: &Place, bundles: u64) {
    let mut database = Connection::open(place.database()).expect("the database");
    let transaction = database.transaction().expect("a transaction");
    let mut insert =
        transaction.prepare("insert into entry (first, count, leaves) values (?, 256, ?)").expect("a statement");
    for bundle in 0..bundles {
        let length = if bundle % (bundles / ASKED) == 0 { USUAL } else { SHORT };
        let entry = |n: u64| (bundle * WIDTH + n).to_be_bytes().into_iter().cycle().take(length).collect::<Vec<u8>>();
        let leaves = encode_bundle(&(0..WIDTH).map(entry).collect::<Vec<_>>()).expect("a bundle");
        insert.execute(((bundle * WIDTH) as i64, leaves)).expect("a row");
    }
    drop(insert);
    transaction.commit().expect("the rows");
}
