//! Stories of power loss: a process under load runs on a watched disk; from what was noted, the disk is made as power
//! loss at many moments could have left it, writes that were not synced lost, torn or kept; at each of them everything
//! acknowledged until then is there. With a disk that lies about syncs the same check must fail.

use akashi_testkit::Scratch;
use akashi_testkit::disk::{Dice, Disk, Event, Image, Loss, Shim, Trace};

use crate::home::{Home, device, put, sequence};
use crate::load::{Oracle, command};
use akashi_store::Store;

/// Processes, one after the other, on one disk.
const PROCESSES: u64 = 3;
/// Commands of one process.
const COMMANDS: u64 = 60;
/// Moments of power loss looked at, of each process.
const MOMENTS: usize = 60;
const SEED: u64 = 1128;

/// Everything that happened to a disk, and what was on it before.
struct Run {
    before: Disk,
    traces: Vec<Trace>,
}

impl Run {
    /// Lets processes work on a disk that lies about syncs of files whose names contain one of `lies`.
    async fn of(seed: u64, processes: u64, lies: &[&str]) -> Run {
        let home = Home::in_memory();
        let notes = Scratch::new("notes");
        let store = home.create().await;
        for n in 0..3 {
            put(&store, device(u64::MAX / 4 + n, 0, "x")).await;
        }
        sequence(&store).await;
        store.close().await;
        let before = Disk::of_folder(home.data()).unwrap();
        let traces = (0..processes).map(|lane| {
            let trace = notes.path().join(format!("{lane}"));
            let mut command = command(home.address(), home.data(), seed, lane, COMMANDS);
            Shim::get().watch(&mut command, home.data(), &trace);
            if !lies.is_empty() {
                Shim::get().lie(&mut command, lies);
            }
            let out = command.output().unwrap();
            assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
            Trace::read(&trace).unwrap()
        });
        Run { before, traces: traces.collect() }
    }

    /// Loses power at many moments; gives the number looked at, or what was wrong at the first bad one.
    async fn lose_power(&self, dice: &mut Dice) -> Result<usize, String> {
        let (mut disk, mut heard) = (self.before.clone(), Heard::default());
        let mut looked = 0;
        for trace in &self.traces {
            disk.process();
            let moments = moments(trace, dice);
            for (at, event) in trace.events.iter().enumerate() {
                disk.apply(event);
                heard.event(event);
                for loss in losses(moments.get(&at).copied(), dice) {
                    looked += 1;
                    let image = disk.lose_power(loss, dice);
                    let found = look(&image, heard.oracle.clone()).await;
                    found.map_err(|wrong| format!("{loss:?} at event {at}: {wrong}"))?;
                }
            }
        }
        Ok(looked)
    }
}

/// What is looked at at a moment: right after something was told all that is not synced is lost, elsewhere anything.
fn losses(moment: Option<bool>, dice: &mut Dice) -> Vec<Loss> {
    match moment {
        None => Vec::new(),
        Some(true) => vec![Loss::All],
        Some(false) => vec![[Loss::Tail, Loss::Torn, Loss::Torn, Loss::Nothing][dice.below(4)]],
    }
}

/// Half of the moments right after something was told, half anywhere.
fn moments(trace: &Trace, dice: &mut Dice) -> std::collections::BTreeMap<usize, bool> {
    let told: Vec<usize> = (0..trace.events.len()).filter(|at| matches!(trace.events[*at], Event::Told(_))).collect();
    let after = (0..MOMENTS / 2).map(|_| (told[dice.below(told.len())], true)).collect::<Vec<_>>();
    (0..MOMENTS / 2).map(|_| (dice.below(trace.events.len()), false)).chain(after).collect()
}

/// What was told until a moment.
#[derive(Default)]
struct Heard {
    oracle: Oracle,
    rest: String,
}

impl Heard {
    fn event(&mut self, event: &Event) {
        let Event::Told(bytes) = event else { return };
        self.rest.push_str(&String::from_utf8_lossy(bytes));
        while let Some((line, rest)) = self.rest.split_once('\n') {
            self.oracle.hear(line);
            self.rest = rest.to_owned();
        }
    }
}

/// Opens the store on what is left of the disk, as after a restart.
async fn look(image: &Image, mut oracle: Oracle) -> Result<(), String> {
    let scratch = Scratch::in_memory("power");
    image.write_to(scratch.path()).unwrap();
    let home = Home::from(akashi_testkit::Home::found(scratch));
    let store = Store::open(home.address(), home.data()).await.map_err(|e| e.to_string())?;
    let found = oracle.check(&home, &store).await;
    store.close().await;
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn power_loss_takes_nothing_that_was_told() {
    println!("seed {SEED}");
    let run = Run::of(SEED, PROCESSES, &[]).await;
    let told = run.traces.iter().flat_map(|t| &t.events).filter(|e| matches!(e, Event::Told(_))).count();
    assert!(told > 100, "hardly anything was told");
    let looked = run.lose_power(&mut Dice::new(SEED)).await.unwrap();
    println!("{looked} power losses, {told} tellings");
    assert!(looked > 100);
}

/// The test of the test: each of these syncs is needed, and leaving it out is noticed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_lies_loses_what_was_told() {
    // As SQLite does with `synchronous = off`; contents of files; the checkpoint file before its renaming.
    for lies in [&["akashi.db-wal", "akashi.db"][..], &["blobs/"], &[".checkpoint."]] {
        let run = Run::of(SEED, 1, lies).await;
        let found = run.lose_power(&mut Dice::new(SEED)).await;
        println!("{lies:?}: {found:?}");
        assert!(found.is_err(), "nobody noticed that {lies:?} were never synced");
    }
}
