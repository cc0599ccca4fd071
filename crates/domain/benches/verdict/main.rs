//! What judging costs: 100,000 records over realistic registers and the real catalogue, on one core.
//! Long runs count by this thread's processor time, short ones by the clock, the quickest of several; each time stands beside a yardstick of the
//! same run: one pass that folds and hashes every cell of every record. `--records N` takes another size.

mod hospital;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use akashi_domain::catalog::{Catalog, CatalogFile};
use akashi_domain::index::Indexes;
use akashi_domain::register::RegisterIx;
use akashi_domain::text::fold_code;
use akashi_domain::verdict::{Evaluator, Program};
use akashi_domain::{Day, Link, RecordId, Value, World};
use hospital::{Dice, Hospital};

fn main() {
    let wanted = std::env::args().skip_while(|a| a != "--records").nth(1).and_then(|n| n.parse().ok());
    let records: usize = wanted.unwrap_or(100_000);
    let files = files();
    let catalog = Arc::new(Catalog::load(&files).unwrap_or_else(|f| panic!("{f:?}")));
    let program = Arc::new(Program::compile(&catalog).unwrap_or_else(|f| panic!("{f:?}")));
    println!(
        "catalogue: {} parts, {} findings, {} checks, {} indexes",
        program.parts.len(),
        program.findings.len(),
        program.checks.len(),
        program.indexes.len()
    );
    let empty = memory();
    let hospital = Hospital::build(&catalog, records);
    let held = memory();
    let cells = || hospital.ids.values().flatten().filter_map(|id| hospital.world.latest(*id)).flat_map(|v| &v.cells);
    let (all, filled) = (cells().count(), cells().filter(|c| !c.is_blank()).count());
    println!(
        "world: {} records of {all} cells, {filled} filled: {:.0} MB (target 120 MB)",
        hospital.world.len(),
        (held - empty) / 1e6
    );

    let (yard, sum) = best(3, || yardstick(&hospital));
    println!("\nyardstick, folding and hashing all cells ({sum:x})  {}", ms(yard));
    let told = |name: &str, time: Duration, target: Option<f64>| {
        let target = target.map_or(String::new(), |ms| format!("  target {ms} ms"));
        println!("{name:<44}{}{:>8.2}× yardstick{target}", ms(time), time.as_secs_f64() / yard.as_secs_f64());
    };
    let (time, view) = best(3, || hospital.world.view(TODAY, None));
    told("building the view", time, None);
    let (time, _) = best(3, || Indexes::build(&program.indexes, &view));
    told("building the indexes", time, None);
    let (time, evaluator) = best(3, || Evaluator::new(program.clone(), view.clone()));
    told("full evaluation, findings too", time, Some(1000.0));
    println!("view and evaluator: {:.0} MB more", (memory() - held) / 1e6);
    let parts = program.parts.len();
    let (time, settled) = best(5, || (0..parts).filter(|ix| evaluator.value(*ix).is_settled()).count());
    told(&format!("board values of all parts ({settled} settled)"), time, Some(30.0));
    // A clone has not looked ahead yet.
    let (time, lapsing) = best(3, || {
        let fresh = evaluator.clone();
        (0..parts).filter(|ix| fresh.verdict(*ix).lapses_at.is_some()).count()
    });
    told(&format!("verdicts in words with lapses ({lapsing} lapse)"), time, None);
    let (time, rows) = best(3, || (0..parts).map(|ix| evaluator.failing(ix, 100).len()).sum::<usize>());
    told(&format!("failing rows, up to 100 a part ({rows})"), time, None);
    let (time, _) = best(1, || {
        let mut passing = evaluator.clone();
        passing.advance(Day(TODAY.0 + 1))
    });
    told("a day passes", time, None);
    drop(view);
    changes(hospital, evaluator, &told);
    met(&catalog, &program, &told);
}

/// The day judged, 2026-11-22.
const TODAY: Day = Day(20779);

/// Changes single records of every register and says what the slowest of each costs.
fn changes(mut hospital: Hospital, mut evaluator: Evaluator, told: &dyn Fn(&str, Duration, Option<f64>)) {
    println!("\na single change, taken in and judged, board values read after it (the slowest of ten records):");
    let mut dice = Dice(77);
    let mut all: Vec<(String, Duration)> = Vec::new();
    let registers = hospital.world.catalog.registers.len();
    for ix in 0..registers {
        let register = RegisterIx(ix as u16);
        let key = hospital.world.catalog.register(register).key.clone();
        let ids: Vec<RecordId> = hospital.ids[&register].clone();
        let mut worst = Duration::ZERO;
        for _ in 0..10.min(ids.len()) {
            let id = ids[dice.below(ids.len())];
            let times = (0..4).map(|_| {
                let version = hospital.changed(id, &mut dice);
                hospital.world.insert(version);
                let begun = Instant::now();
                let touched = evaluator.learn(&hospital.world, id);
                let settled =
                    (0..evaluator.program().parts.len()).filter(|ix| evaluator.value(*ix).is_settled()).count();
                let time = begun.elapsed();
                std::hint::black_box((touched, settled));
                time
            });
            worst = worst.max(times.min().unwrap_or_default());
        }
        all.push((key, worst));
    }
    all.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
    let named = ["device", "personnel", "user-id", "contract", "training", "decision"];
    for (key, time) in all.iter().filter(|(key, _)| named.contains(&key.as_str())) {
        told(&format!("  {key}"), *time, Some(5.0));
    }
    let rest = all.iter().filter(|(key, _)| !named.contains(&key.as_str())).take(5);
    rest.for_each(|(key, time)| told(&format!("  {key}"), *time, Some(5.0)));
}

/// The same on records that satisfy: those of the catalogue's examples, many times over.
fn met(catalog: &Arc<Catalog>, program: &Arc<Program>, told: &dyn Fn(&str, Duration, Option<f64>)) {
    #[derive(serde::Deserialize)]
    struct File {
        example: Vec<Example>,
    }
    #[derive(serde::Deserialize)]
    struct Example {
        pass: Vec<akashi_domain::notation::Written>,
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog/examples");
    let texts =
        std::fs::read_dir(root).into_iter().flatten().flatten().filter_map(|e| std::fs::read_to_string(e.path()).ok());
    let sets: Vec<Example> = texts.filter_map(|t| toml::from_str::<File>(&t).ok()).flat_map(|f| f.example).collect();
    let mut world = World::new(catalog.clone());
    let recorded = i64::from(TODAY.0 - 900) * 86_400_000_000;
    for n in 0..20 * sets.len() {
        let read =
            akashi_domain::notation::read_set(&sets[n % sets.len()].pass, catalog, (n as u128 + 1) << 32, recorded);
        read.into_iter().flatten().for_each(|v| drop(world.insert(v)));
    }
    let evaluator = Evaluator::new(program.clone(), world.view(TODAY, None));
    let settled: Vec<usize> = (0..program.parts.len()).filter(|ix| evaluator.value(*ix).is_settled()).collect();
    println!("\n{} records of the examples, {} of {} parts settled:", world.len(), settled.len(), program.parts.len());
    let (time, lapsing) = best(3, || {
        let fresh = evaluator.clone();
        settled.iter().filter(|ix| fresh.verdict(**ix).lapses_at.is_some()).count()
    });
    told(&format!("verdicts in words with lapses ({lapsing} lapse)"), time, None);
    let (time, _) = best(3, || settled.iter().filter(|ix| evaluator.verdict(**ix).lapses_at.is_some()).count());
    told("the same, once they were looked ahead", time, None);
}

fn yardstick(hospital: &Hospital) -> u64 {
    fn fold(value: &Value, hash: &mut DefaultHasher) {
        match value {
            Value::Text(t) | Value::Choice(t) => fold_code(t).hash(hash),
            Value::Rows(rows) => rows.iter().flat_map(|r| &r.cells).for_each(|v| fold(v, hash)),
            Value::Link(Link::To(id)) => id.hash(hash),
            Value::Date(d) => d.hash(hash),
            Value::Instant(us) => us.hash(hash),
            other => std::mem::discriminant(other).hash(hash),
        }
    }
    let mut hash = DefaultHasher::new();
    for version in hospital.ids.values().flatten().filter_map(|id| hospital.world.latest(*id)) {
        version.cells.iter().for_each(|v| fold(v, &mut hash));
    }
    hash.finish()
}

fn files() -> Vec<CatalogFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
    let mut out = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "toml") {
                let name = path.strip_prefix(&root).map(|p| p.to_string_lossy().replace('\\', "/")).unwrap_or_default();
                out.push(CatalogFile { path: name, text: std::fs::read_to_string(&path).unwrap_or_default() });
            }
        }
    }
    out.retain(|f| !f.path.starts_with("examples/") && !f.path.starts_with("demo/"));
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

/// Runs `f` some times; the quickest counts.
fn best<T>(times: usize, f: impl Fn() -> T) -> (Duration, T) {
    let run = || {
        let begun = Instant::now();
        let spent = cpu();
        let out = f();
        let wall = begun.elapsed();
        let cpu = spent.zip(cpu()).map(|(from, to)| to - from);
        // The kernel counts in steps of some milliseconds: for what is quick only the wall clock tells.
        let exact = wall > Duration::from_millis(40);
        (cpu.filter(|_| exact).unwrap_or(wall), out)
    };
    let first = run();
    (1..times).map(|_| run()).fold(first, |a, b| if b.0 < a.0 { b } else { a })
}

/// Processor time of this thread so far (Linux).
fn cpu() -> Option<Duration> {
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    spent.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// Bytes of memory in use (Linux); elsewhere nothing is told.
fn memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmRSS:"));
    line.and_then(|l| l.split_whitespace().nth(1)?.parse::<f64>().ok()).map_or(0.0, |kb| kb * 1024.0)
}

fn ms(time: Duration) -> String {
    format!("{:>10.2} ms", time.as_secs_f64() * 1000.0)
}
