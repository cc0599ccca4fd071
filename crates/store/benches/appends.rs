//! Durable appends by 64 writers through the command path, against SQLite alone inserting the same rows with the same
//! durability in the same run: in as many transactions as the writers shared, in fewer of 64 (as if all of them always came
//! in step), and with a commit for each command. Latencies in fsyncs of this disk. Prints numbers; nothing is asserted.

use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use akashi_domain::RecordId;
use akashi_journal::Command;
use akashi_store::{Init, NewVersion, Store, WriteCtx};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use serde_json::json;
use tokio::sync::{Barrier, oneshot};

const WRITERS: u64 = 64;
const EACH: u64 = 200;
const ROUNDS: usize = 5;
const NOW: i64 = 1_795_309_200_000_000;

fn main() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("appends");
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).expect("a folder");
    let fsync = fsync(&folder);
    println!("fsync of this disk      {:>9.2} ms (median; 4 KiB over old ones)", ms(fsync));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    // How many commands share a commit shows only where no sequencer joins their entries.
    let mut shared = WRITERS as usize;
    for sequenced in [false, true] {
        let what = if sequenced { "sequencer running, as in a server" } else { "without sequencer" };
        println!("{WRITERS} writers, {EACH} commands each, {what}");
        let rounds: Vec<Round> = (0..ROUNDS)
            .map(|n| {
                let round = runtime.block_on(round(&folder, n, sequenced, shared));
                shared = if sequenced { shared } else { round.shared };
                round
            })
            .collect();
        tell(rounds, fsync, shared);
    }
    drop(std::fs::remove_dir_all(&folder));
}

struct Round {
    ours: Duration,
    alone: Alone,
    latencies: Vec<Duration>,
    /// Commands that shared a commit, where that is known.
    shared: usize,
    one: Duration,
}

type Took = fn(&Alone) -> Duration;

/// How long SQLite alone takes.
struct Alone {
    /// In transactions as the writers shared them.
    same: Duration,
    /// In transactions of one command of each writer.
    of_all: Duration,
    /// With a commit for each command.
    of_one: Duration,
}

fn tell(mut rounds: Vec<Round>, fsync: Duration, shared: usize) {
    let count = (WRITERS * EACH) as f64;
    let mut latencies: Vec<Duration> = rounds.iter().flat_map(|round| &round.latencies).copied().collect();
    latencies.sort();
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize];
    rounds.sort_by(|a, b| ratio(a, a.alone.same).total_cmp(&ratio(b, b.alone.same)));
    let middle = &rounds[rounds.len() / 2];
    let rate = |took: Duration| count / took.as_secs_f64();
    println!("  through Store::write  {:>9.0}/s, {shared} commands a commit", rate(middle.ours));
    let alone: [(String, Took); 3] = [
        (format!("of {shared}, too"), |alone| alone.same),
        (format!("of {WRITERS}"), |alone| alone.of_all),
        ("of one".into(), |alone| alone.of_one),
    ];
    for (what, took) in alone {
        let mut ratios: Vec<f64> = rounds.iter().map(|round| ratio(round, took(&round.alone))).collect();
        ratios.sort_by(f64::total_cmp);
        let (least, most) = (ratios[0], ratios[ROUNDS - 1]);
        println!(
            "  SQLite alone          {:>9.0}/s in transactions {what}: ratio {:.2} (median of {ROUNDS}, {least:.2} to {most:.2})",
            rate(took(&middle.alone)),
            ratios[ROUNDS / 2],
        );
    }
    for (name, took) in [("p50", at(0.5)), ("p99", at(0.99)), ("one writer", middle.one)] {
        let fsyncs = took.as_secs_f64() / fsync.as_secs_f64();
        println!("  latency {name:<13} {:>9.2} ms = {fsyncs:.1} fsyncs", ms(took));
    }
}

fn ratio(round: &Round, alone: Duration) -> f64 {
    alone.as_secs_f64() / round.ours.as_secs_f64()
}

fn ms(took: Duration) -> f64 {
    took.as_secs_f64() * 1e3
}

/// Median time to write a page and sync it where the file has its blocks already, as in a log that is used again.
fn fsync(folder: &Path) -> Duration {
    let mut file = std::fs::File::create(folder.join("fsync")).expect("a file");
    file.write_all(&[0; 4096 * 200]).and_then(|()| file.sync_all()).expect("a written file");
    file.rewind().expect("a file that is there");
    let mut took: Vec<Duration> = (0..200)
        .map(|_| {
            let start = Instant::now();
            file.write_all(&[7; 4096]).and_then(|()| file.sync_data()).expect("a written file");
            start.elapsed()
        })
        .collect();
    took.sort();
    took[took.len() / 2]
}

/// A new installation, and its database file.
async fn create(folder: &Path) -> (Store, PathBuf) {
    let init = Init {
        origin: "bench.example/akashi/1".into(),
        organisation: "計測".into(),
        catalogue: "00".repeat(32),
        created: NOW,
        log_seed: None,
    };
    let file = folder.join("akashi.db");
    let store = Store::create(&format!("sqlite://{}", file.display()), folder, &init).await.expect("a store");
    (store, file)
}

async fn round(folder: &Path, n: usize, sequenced: bool, shared: usize) -> Round {
    let ours = folder.join(format!("ours-{n}-{sequenced}"));
    let (store, file) = create(&ours).await;
    let (stop, sequencer) = match sequenced {
        true => sequencer(&store).await,
        false => (oneshot::channel().0, tokio::spawn(async {})),
    };
    let begin = Arc::new(Barrier::new(WRITERS as usize + 1));
    let writers = (0..WRITERS).map(|writer| tokio::spawn(write(store.clone(), writer, begin.clone())));
    let writers: Vec<_> = writers.collect();
    begin.wait().await;
    let start = Instant::now();
    let mut latencies = Vec::new();
    for writer in writers {
        latencies.extend(writer.await.expect("a writer that ends"));
    }
    let took = start.elapsed();
    drop(stop);
    sequencer.await.expect("a sequencer that ends");
    let mut alone = one_writer(&store).await;
    alone.sort();
    let one = alone[alone.len() / 2];
    store.close().await;

    let rows = Rows::read(&file);
    let shared = if sequenced { shared } else { rows.versions.len().div_ceil(rows.entries.len()) };
    let alone = async |name: &str, each: usize| {
        let (store, file) = create(&folder.join(format!("{name}-{n}-{sequenced}"))).await;
        store.close().await;
        rows.insert(&file, each)
    };
    let alone = Alone {
        same: alone("same", shared).await,
        of_all: alone("all", WRITERS as usize).await,
        of_one: alone("one", 1).await,
    };
    Round { ours: took, alone, latencies, shared, one }
}

async fn sequencer(store: &Store) -> (oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let (stop, stopped) = oneshot::channel::<()>();
    let (store, signer) = (store.clone(), store.signer().await.expect("a key"));
    let stopped = async { drop(stopped.await) };
    (stop, tokio::spawn(async move { store.keep_sequenced(&signer, || NOW, stopped).await }))
}

/// One writer: what it writes is there before all of them begin.
async fn write(store: Store, writer: u64, begin: Arc<Barrier>) -> Vec<Duration> {
    let mut took = Vec::new();
    let versions: Vec<_> = (0..EACH).map(|n| device(writer * EACH + n)).collect();
    begin.wait().await;
    for version in versions {
        let version = NewVersion { record: fresh_id(), ..version };
        let start = Instant::now();
        let ctx = WriteCtx { actor: "u-1".into(), at: NOW };
        store.write(ctx, vec![version]).await.expect("a command that is kept");
        took.push(start.elapsed());
    }
    took
}

/// What one writer waits for who has no others beside.
async fn one_writer(store: &Store) -> Vec<Duration> {
    write(store.clone(), WRITERS, Arc::new(Barrier::new(1))).await
}

/// A device with the fields a real ledger fills.
fn device(n: u64) -> NewVersion {
    let fields: serde_json::Map<_, _> =
        (0..14).map(|field| (format!("field_{field}"), json!(format!("値{field}-{n}")))).collect();
    NewVersion {
        register: "device".into(),
        def_version: 1,
        record: RecordId::new(n, [0; 10]),
        expected: 0,
        command: Command::Put,
        valid_from: None,
        body: json!({ "code": "", "facility": "main", "state": "in-use", "fields": fields }),
        prefix: Some("AST".into()),
        reason: None,
        blobs: Vec::new(),
        batch: None,
        catalogue: None,
    }
}

/// An id as a server makes it: the time in front, the rest random.
fn fresh_id() -> RecordId {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a time after 1970");
    let scattered = COUNT.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    let mut random = [0; 10];
    random[..8].copy_from_slice(&scattered);
    RecordId::new(now.as_millis() as u64, random)
}

/// The rows of the 64 writers, as the store wrote them.
struct Rows {
    versions: Vec<Vec<Value>>,
    keys: Vec<Vec<Value>>,
    /// One or two of a transaction.
    entries: Vec<Vec<Value>>,
}

impl Rows {
    fn read(file: &Path) -> Rows {
        let db = Connection::open(file).expect("the database");
        let until = WRITERS * EACH;
        let versions = all(&db, &format!("select * from record_version where seq < {until} order by seq"));
        let keys = versions.iter().map(|row| {
            let text = "select key from record_key where record = ?1";
            let key: Value = db.query_row(text, [&row[2]], |row| row.get(0)).expect("a key");
            vec![row[2].clone(), key]
        });
        let keys = keys.collect();
        let entries = all(&db, &format!("select * from entry where first < {until} order by first"));
        Rows { versions, keys, entries }
    }

    /// Inserts them in a database with the same schema, in transactions of `each` commands; SQLite has nothing else to do.
    fn insert(&self, file: &Path, each: usize) -> Duration {
        let mut db = Connection::open(file).expect("the database");
        let settings = "pragma journal_mode = wal; pragma synchronous = full; pragma temp_store = memory;
                        pragma cache_size = -65536; pragma secure_delete = on; pragma foreign_keys = on;";
        db.execute_batch(settings).expect("the same settings");
        let entries_each = self.entries.len().div_ceil(self.versions.len().div_ceil(each));
        let mut entries = self.entries.chunks(entries_each);
        let start = Instant::now();
        let groups = self.versions.chunks(each).zip(self.keys.chunks(each));
        for (versions, keys) in groups {
            let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).expect("a transaction");
            insert(&tx, "record_version", versions);
            insert(&tx, "record_key", keys);
            insert(&tx, "entry", entries.next().unwrap_or_default());
            tx.commit().expect("a commit");
        }
        start.elapsed()
    }
}

fn all(db: &Connection, text: &str) -> Vec<Vec<Value>> {
    let mut statement = db.prepare(text).expect("a statement");
    let width = statement.column_count();
    let rows = statement.query_map([], |row| (0..width).map(|ix| row.get(ix)).collect::<Result<Vec<Value>, _>>());
    rows.expect("rows").collect::<Result<_, _>>().expect("rows")
}

fn insert(db: &Connection, table: &str, rows: &[Vec<Value>]) {
    let Some(first) = rows.first() else { return };
    let marks = vec!["?"; first.len()].join(", ");
    let mut statement = db.prepare_cached(&format!("insert into {table} values ({marks})")).expect("a statement");
    for row in rows {
        statement.execute(params_from_iter(row)).expect("an inserted row");
    }
}
