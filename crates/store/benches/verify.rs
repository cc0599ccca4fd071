//! `journal verify` of a log of a million entries on SQLite, from the stored bytes: time, MB/s beside `sha256sum` of the
//! same file, and the memory it takes at a tenth of the size and at the whole – it must not grow with the log. Prints
//! numbers; nothing is asserted about them. `cargo xtask bench verify [-- ENTRIES]`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use akashi_domain::RecordId;
use akashi_journal::Command as Verb;
use akashi_store::{Init, NewVersion, Store, WriteCtx};
use serde_json::json;

const NOW: i64 = 1_795_309_200_000_000;
/// Versions written in one transaction.
const PACKET: u64 = 20_000;

fn main() {
    let wanted = std::env::args().filter_map(|word| word.parse::<u64>().ok()).next().unwrap_or(1_000_000);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("verify");
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).expect("a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(run(&folder, wanted));
    drop(std::fs::remove_dir_all(&folder));
}

async fn run(folder: &Path, wanted: u64) {
    let address = format!("sqlite://{}", folder.join("akashi.db").display());
    let init = Init {
        origin: "bench.example/log/1".into(),
        organisation: "架空病院".into(),
        catalogue: "00".repeat(32),
        created: NOW,
        log_seed: None,
    };
    Store::create(&address, folder, &init).await.expect("a store").close().await;
    let mut done = 0;
    for size in [wanted / 10, wanted] {
        let began = Instant::now();
        // Opened anew: what writing left in memory is gone before the check is measured.
        let store = Store::open(&address, folder).await.expect("the store");
        fill(&store, done, size).await;
        store.close().await;
        println!("{size} entries; the last {} written in {:.0} s", size - done, began.elapsed().as_secs_f64());
        done = size;
        check(&address, folder, size).await;
    }
}

async fn check(address: &str, folder: &Path, entries: u64) {
    let store = Store::open(address, folder).await.expect("the store");
    forget_peak();
    let before = memory("VmRSS:");
    let began = Instant::now();
    let report = store.verify(None, |_| ()).await.expect("a report");
    let took = began.elapsed().as_secs_f64();
    let peak = memory("VmHWM:");
    assert!(report.is_clean() && report.entries == entries && report.covered == entries, "{:?}", report.faults);
    store.close().await;
    let file = folder.join("akashi.db");
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
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    let fields: serde_json::Map<_, _> =
        (0..12).map(|ix| (format!("field{ix}"), json!(format!("値{ix}-{n}")))).collect();
    NewVersion {
        register: "device".into(),
        def_version: 1,
        record: RecordId::new(1_795_309_200_000, random),
        expected: 0,
        command: Verb::Import,
        valid_from: None,
        body: json!({"code": "", "facility": "main", "state": "in-use", "fields": fields}),
        prefix: Some("AST".into()),
        reason: None,
        blobs: Vec::new(),
        batch: None,
        catalogue: None,
    }
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
