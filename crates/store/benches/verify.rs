//! `journal verify` of a log of a million entries on SQLite, from the stored bytes: time, MB/s beside `sha256sum` of the
//! same file, and the memory it takes at a tenth of the size and at the whole – it must not grow with the log. Prints
//! numbers; nothing is asserted about them. `cargo xtask bench verify [-- ENTRIES]`.

#[allow(dead_code, reason = "each measurement uses its part")]
mod place;

use std::process::Command;
use std::time::Instant;

use akashi_journal::Command as Verb;
use akashi_store::{NewVersion, Store, WriteCtx};
use place::{Place, runtime, wanted};
use serde_json::json;

const NOW: i64 = 1_795_309_200_000_000;
/// Versions written in one transaction.
const PACKET: u64 = 20_000;

fn main() {
    runtime().block_on(run(&Place::new("verify"), wanted(1_000_000)));
}

async fn run(place: &Place, wanted: u64) {
    place.create(NOW).await.close().await;
    let mut done = 0;
    for size in [wanted / 10, wanted] {
        let began = Instant::now();
        // Opened anew: what writing left in memory is gone before the check is measured.
        let store = place.open().await;
        fill(&store, done, size).await;
        store.close().await;
        println!("{size} entries; the last {} written in {:.0} s", size - done, began.elapsed().as_secs_f64());
        done = size;
        check(place, size).await;
    }
}

async fn check(place: &Place, entries: u64) {
    let store = place.open().await;
    forget_peak();
    let before = memory("VmRSS:");
    let began = Instant::now();
    let report = store.verify(None, |_| ()).await.expect("a report");
    let took = began.elapsed().as_secs_f64();
    let peak = memory("VmHWM:");
    assert!(report.is_clean() && report.entries == entries && report.covered == entries, "{:?}", report.faults);
    store.close().await;
    let file = place.database();
    let megabytes = std::fs::metadata(&file).expect("the database").len() as f64 / 1e6;
    let sum = timed(Command::new("sha256sum").arg(&file));
    println!(
        "  verify        {took:>7.2} s {:>9.0} entries/s {:>6.0} MB/s of {megabytes:.0} MB",
        entries as f64 / took,
        megabytes / took
    );
    println!("  sha256sum     {sum:>7.2} s {:>26.0} MB/s, verify ×{:.2} of it", megabytes / sum, sum / took);
    println!("  most memory   {peak:>7} MB while verifying ({before} MB before)");
}

/// Devices `from .. until`, as an import writes them, and a checkpoint over all.
async fn fill(store: &Store, from: u64, until: u64) {
    let keys = store.signer().await.expect("keys");
    for first in (from..until).step_by(PACKET as usize) {
        let versions = (first..until.min(first + PACKET)).map(device).collect();
        let mut tx = store.begin(&WriteCtx { actor: "u-1".into(), at: NOW }).await.expect("a transaction");
        let receipts = tx.put_all(versions).await.expect("versions");
        tx.commit(receipts).await.expect("a commit");
        store.sequence(NOW, &keys).await.expect("a checkpoint");
    }
}

/// A record as large as those of a usual ledger.
fn device(n: u64) -> NewVersion {
    let fields = (0..12).map(|ix| (format!("field{ix}"), json!(format!("値{ix}-{n}"))));
    place::device(n, Verb::Import, fields.collect::<serde_json::Map<_, _>>().into())
}

fn timed(command: &mut Command) -> f64 {
    let began = Instant::now();
    let out = command.output().expect("the program");
    assert!(out.status.success(), "the program succeeds");
    began.elapsed().as_secs_f64()
}

/// Lets the kernel count the most memory anew from here.
fn forget_peak() {
    // Where it cannot, the peak of writing stays in: the number is then too large, never too small.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// MB, as the kernel counts for this process.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() / 1024
}
