//! Mixed load in a process of its own, and an oracle that was told what that process acknowledged: after whatever
//! happened to the process or its disk, every acknowledged command is there, exactly once, nothing is half, and the
//! log verifies. What happens to them stands in `kill`, `power`, `full`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use akashi_journal::{Command as Verb, Digest};
use akashi_store::verify::{How, Known};
use akashi_store::{Disposal, NewVersion, Store, StoreError, WriteCtx};
use akashi_testkit::disk::Dice;

use crate::home::{Home, NOW, assert_clean, ctx, device, id};

/// What the process is to do: address, data folder, seed, lane, most commands; one a line.
const ORDERS: &str = "AKASHI_STORE_LOAD";
/// Writers of one process.
const WRITERS: u64 = 4;
/// Records of one writer and of one lane, at most.
const WRITER: u64 = 1 << 16;
const LANE: u64 = WRITER * WRITERS;

/// Makes the command that runs the load on a store. Lanes keep records of different processes apart; each is used once.
pub(crate) fn command(address: &str, data: &Path, seed: u64, lane: u64, most: u64) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "load::under_load", "--nocapture"])
        .env(ORDERS, format!("{address}\n{}\n{seed}\n{lane}\n{most}", data.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// The load. Alone it runs for a moment in a folder of its own; started by a story it goes on until it is killed or
/// has done what was asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load() {
    let orders = std::env::var(ORDERS).unwrap_or_default();
    let own = Home::sqlite();
    let (store, seed, lane, most) = match orders.lines().collect::<Vec<_>>()[..] {
        [address, data, seed, lane, most] => {
            let number = |text: &str| text.parse::<u64>().unwrap();
            (Store::open(address, Path::new(data)).await.unwrap(), number(seed), number(lane), number(most))
        }
        _ => (own.create().await, 1, 0, 60),
    };
    // What libtest wrote has no end of line yet.
    println!();
    let left = std::sync::Arc::new(AtomicU64::new(most));
    let writers: Vec<_> = (0..WRITERS)
        .map(|n| {
            let (store, left) = (store.clone(), left.clone());
            let dice = Dice::new(seed.wrapping_mul(31).wrapping_add(lane * WRITERS + n));
            tokio::spawn(Writer { store, dice, first: lane * LANE + n * WRITER, next: 0, live: Vec::new() }.run(left))
        })
        .collect();
    let signing = tokio::spawn(sign(store.clone()));
    for writer in writers {
        writer.await.unwrap();
    }
    signing.abort();
    let _ = signing.await;
    if orders.is_empty() {
        assert_clean(&store).await;
    }
}

/// Takes entries into the log all the time, and tells what was signed.
async fn sign(store: Store) {
    let signer = store.signer().await.unwrap();
    let mut told = 0;
    loop {
        match store.sequence(NOW, &signer).await {
            Ok(Some(signed)) if signed.size > told => {
                told = signed.size;
                tell(&format!("signed {} {}", signed.size, signed.root.to_hex()));
            }
            Ok(_) => {}
            Err(e) => refused(&e),
        }
        tokio::task::yield_now().await;
    }
}

/// One line, in one piece.
fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    // Whoever listened may be gone: then nothing has to be told any more.
    let _ = out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush());
}

fn refused(e: &StoreError) {
    tell(&format!("refused {}", e.to_string().replace('\n', " ")));
}

struct Writer {
    store: Store,
    dice: Dice,
    /// Number of its first record.
    first: u64,
    next: u64,
    /// Its records: number, revision.
    live: Vec<(u64, u32)>,
}

type Done = Result<(), StoreError>;

impl Writer {
    async fn run(mut self, left: std::sync::Arc<AtomicU64>) {
        while left.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| n.checked_sub(1)).is_ok() {
            let done = match self.dice.below(12) {
                0..=3 => self.put().await,
                4..=6 => self.change().await,
                7 => self.import().await,
                8 | 9 => self.attach().await,
                10 => self.dispose().await,
                _ => self.two_of_which_one_fails().await,
            };
            if let Err(e) = done {
                refused(&e);
            }
        }
    }

    fn fresh(&mut self) -> u64 {
        self.next += 1;
        self.first + self.next
    }

    /// A clock that is not to be trusted: it jumps, also back.
    fn when(&mut self) -> WriteCtx {
        let jump = self.dice.below(20_000_000) as i64 - 10_000_000;
        WriteCtx { at: NOW + jump, ..ctx() }
    }

    async fn put(&mut self) -> Done {
        let (n, when) = (self.fresh(), self.when());
        self.store.write(when, vec![version(n, 0)]).await?;
        tell(&format!("put {n} 1"));
        self.live.push((n, 1));
        Ok(())
    }

    async fn change(&mut self) -> Done {
        if self.live.is_empty() {
            return self.put().await;
        }
        let (at, when) = (self.dice.below(self.live.len()), self.when());
        let (n, rev) = self.live[at];
        let mut moved = version(n, rev);
        moved.command = Verb::Move;
        moved.reason = Some("動かした".into());
        self.store.write(when, vec![moved]).await?;
        tell(&format!("put {n} {}", rev + 1));
        self.live[at].1 = rev + 1;
        Ok(())
    }

    /// Many rows at once: all of them or none.
    async fn import(&mut self) -> Done {
        let when = self.when();
        let numbers: Vec<u64> = (0..2 + self.dice.below(30)).map(|_| self.fresh()).collect();
        let batch = id(self.first + WRITER / 2 + self.next);
        tell(&format!("plan {batch} {}", numbers.len()));
        let rows = numbers.iter().map(|n| {
            let mut row = version(*n, 0);
            (row.command, row.batch) = (Verb::Import, Some(batch));
            row
        });
        let rows = rows.collect();
        let mut tx = self.store.begin(&when).await?;
        let receipts = tx.put_all(rows).await?;
        tx.commit(receipts).await?;
        numbers.iter().for_each(|n| tell(&format!("put {n} 1")));
        self.live.extend(numbers.into_iter().map(|n| (n, 1)));
        Ok(())
    }

    async fn attach(&mut self) -> Done {
        let (n, when) = (self.fresh(), self.when());
        let size = self.dice.below(40_000);
        let bytes: Vec<u8> = (0..size).map(|ix| (ix as u64 ^ n) as u8).chain(n.to_be_bytes()).collect();
        let blob = self.store.put_blob(bytes, NOW).await?.digest;
        tell(&format!("kept {}", blob.to_hex()));
        let mut version = version(n, 0);
        (version.command, version.blobs) = (Verb::Attach, vec![blob]);
        self.store.write(when, vec![version]).await?;
        tell(&format!("file {n} {}", blob.to_hex()));
        self.live.push((n, 1));
        Ok(())
    }

    async fn dispose(&mut self) -> Done {
        if self.live.is_empty() {
            return self.put().await;
        }
        let (at, when) = (self.dice.below(self.live.len()), self.when());
        let (n, expected) = self.live.swap_remove(at);
        let (register, rule) = ("device".into(), "5y".into());
        let disposal = Disposal { register, def_version: 1, record: id(n), expected, approval: id(1), rule };
        let mut tx = self.store.begin(&when).await?;
        let receipt = tx.dispose(disposal).await?;
        tx.commit(receipt).await?;
        tell(&format!("gone {n} {}", expected + 1));
        Ok(())
    }

    /// Two commands share a transaction; the second is undone.
    async fn two_of_which_one_fails(&mut self) -> Done {
        let (good, bad, when) = (self.fresh(), self.fresh(), self.when());
        tell(&format!("never {bad}"));
        let mut tx = self.store.begin(&when).await?;
        let receipt = tx.put(version(good, 0)).await?;
        let savepoint = tx.savepoint().await?;
        tx.put(version(bad, 0)).await?;
        tx.rollback_to(savepoint).await?;
        tx.commit(receipt).await?;
        tell(&format!("put {good} 1"));
        self.live.push((good, 1));
        Ok(())
    }
}

/// A version that carries its own number.
fn version(n: u64, expected: u32) -> NewVersion {
    device(n, expected, &format!("{n}/{}", expected + 1))
}

/// What was acknowledged so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Oracle {
    /// Records and their highest acknowledged revision.
    put: BTreeMap<u64, u32>,
    /// Records, and the revision that says they were disposed of.
    gone: BTreeMap<u64, u32>,
    /// Records and the file they name.
    files: BTreeMap<u64, String>,
    never: BTreeSet<u64>,
    /// Batches and their number of rows.
    plans: BTreeMap<String, i64>,
    /// Checkpoints told of: size and root.
    signed: BTreeMap<u64, String>,
    /// The newest checkpoint's note that a check found; later states must continue it.
    known: Option<String>,
    /// Commands acknowledged.
    pub(crate) told: u64,
    /// Commands refused, the last words.
    pub(crate) refused: Vec<String>,
}

/// A stored version: record, revision, command, disposed, batch.
type Row = (String, i64, String, bool, Option<String>);

impl Oracle {
    /// Hears one line.
    pub(crate) fn hear(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |at: usize| words[at].parse::<u64>().unwrap();
        match words[0] {
            "put" => drop(self.put.insert(number(1), number(2) as u32)),
            "gone" => drop(self.gone.insert(number(1), number(2) as u32)),
            "file" => {
                self.put.insert(number(1), 1);
                self.files.insert(number(1), words[2].to_owned());
            }
            "never" => drop(self.never.insert(number(1))),
            "plan" => drop(self.plans.insert(words[1].to_owned(), number(2) as i64)),
            "signed" => drop(self.signed.insert(number(1), words[2].to_owned())),
            "refused" => self.refused.push(line.to_owned()),
            _ => return,
        }
        self.told += u64::from(!matches!(words[0], "never" | "plan" | "refused"));
    }

    /// Compares the store with what was told. The error says what is wrong.
    pub(crate) async fn check(&mut self, home: &Home, store: &Store) -> Result<(), String> {
        let rows: Vec<Row> =
            home.rows("select record, rev, command, disposed, batch from record_version order by record, rev").await;
        let mut records: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        rows.iter().for_each(|row| records.entry(row.0.as_str()).or_default().push(row));
        for (record, versions) in &records {
            let told = versions.iter().map(|row| row.1).eq(1..=versions.len() as i64);
            ensure(told, || format!("revisions of {record} have a gap"))?;
        }
        self.commands(&records)?;
        self.batches(&rows)?;
        self.contents(store, &records).await?;
        self.log(store, rows.len() as u64).await
    }

    fn commands(&self, records: &BTreeMap<&str, Vec<&Row>>) -> Result<(), String> {
        for (n, rev) in self.put.iter().chain(&self.gone) {
            let found = records.get(id(*n).to_string().as_str()).map_or(0, Vec::len);
            ensure(found >= *rev as usize, || format!("record {n}: revision {rev} was told of, {found} are there"))?;
        }
        for n in self.gone.keys() {
            let versions = &records[id(*n).to_string().as_str()];
            let (last, older) = versions.split_last().unwrap();
            let gone = last.2 == "dispose" && older.iter().all(|row| row.3);
            ensure(gone, || format!("record {n} was disposed of"))?;
        }
        match self.never.iter().find(|n| records.contains_key(id(**n).to_string().as_str())) {
            Some(n) => Err(format!("record {n} was undone, but is there")),
            None => Ok(()),
        }
    }

    fn batches(&self, rows: &[Row]) -> Result<(), String> {
        let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
        let imported = rows.iter().filter(|row| row.2 == "import");
        imported.filter_map(|row| row.4.as_deref()).for_each(|batch| *counts.entry(batch).or_default() += 1);
        for (batch, count) in counts {
            let planned = self.plans.get(batch).copied().unwrap_or_default();
            ensure(count == planned, || format!("{count} of {planned} rows of one import are there"))?;
        }
        Ok(())
    }

    /// Contents of the newest records, and of all files.
    async fn contents(&self, store: &Store, records: &BTreeMap<&str, Vec<&Row>>) -> Result<(), String> {
        let gone = |n: &u64| records[id(*n).to_string().as_str()].iter().any(|row| row.2 == "dispose");
        for (n, _) in self.put.iter().rev().take(40).filter(|(n, _)| !gone(n)) {
            let history = store.history(id(*n)).await.map_err(|e| e.to_string())?;
            for (row, rev) in history.iter().zip(1..) {
                let name = row.body.as_ref().and_then(|body| body["fields"]["name"].as_str());
                let expected = format!("{n}/{rev}");
                ensure(name == Some(&expected), || format!("{expected} has become {name:?}"))?;
            }
        }
        for (n, hex) in self.files.iter().filter(|(n, _)| !gone(n)) {
            let read = store.blob(Digest::from_hex(hex).unwrap()).await;
            read.map_err(|e| format!("the file of record {n}: {e}"))?;
        }
        Ok(())
    }

    /// The log verifies, holds every version, continues what was signed and what was seen before.
    async fn log(&mut self, store: &Store, rows: u64) -> Result<(), String> {
        let known = self.known.iter().map(|note| Known { name: "before".into(), note: note.clone().into_bytes() });
        let how = How { known: known.collect(), ..How::default() };
        let report = store.verify_with(how, |_| ()).await.map_err(|e| e.to_string())?;
        ensure(report.is_clean(), || format!("{:?}", report.faults))?;
        ensure(report.entries == rows, || format!("{} entries of {rows} versions", report.entries))?;
        if let Some((size, root)) = self.signed.last_key_value() {
            let kept = store.checkpoints(*size, 1).await.map_err(|e| e.to_string())?;
            let same = kept.first().is_some_and(|c| c.size == *size && c.root.to_hex() == *root);
            ensure(same, || format!("the checkpoint of {size} entries was told of and is not kept"))?;
        }
        let newest = store.latest_checkpoint().await.map_err(|e| e.to_string())?;
        self.known = newest.map(|checkpoint| checkpoint.note);
        Ok(())
    }
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}
