//! What the tests share: loading catalogues, and everything an evaluator says, ready to be compared.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use akashi_domain::catalog::{Catalog, CatalogFile, Fault};
use akashi_domain::expr::Tri;
use akashi_domain::verdict::{Evaluator, Judged, Program};
use akashi_domain::{Day, RecordId, Version, World};

pub(crate) fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

/// The day most tests judge.
pub(crate) fn today() -> Day {
    day("2026-11-22")
}

/// A catalogue and what was compiled from it.
#[derive(Clone)]
pub(crate) struct Rules {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) program: Arc<Program>,
}

pub(crate) fn words(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

pub(crate) fn file(path: &str, text: &str) -> CatalogFile {
    CatalogFile { path: path.into(), text: text.into() }
}

impl Rules {
    pub(crate) fn load(files: &[CatalogFile]) -> Rules {
        let catalog = Catalog::load(files).unwrap_or_else(|f| panic!("{}", words(&f)));
        let program = Program::compile(&catalog).unwrap_or_else(|f| panic!("{}", words(&f)));
        Rules { catalog: Arc::new(catalog), program: Arc::new(program) }
    }

    pub(crate) fn judge(&self, world: &World, as_of: Day, known_at: Option<i64>) -> Evaluator {
        Evaluator::new(self.program.clone(), world.view(as_of, known_at))
    }

    /// The position of a part written `6.2#1`.
    pub(crate) fn part(&self, name: &str) -> usize {
        let (item, number) = name.split_once('#').unwrap();
        let number: usize = number.parse().unwrap();
        let named =
            |p: &akashi_domain::verdict::PartPlan| self.catalog.items[p.item].id == item && p.part + 1 == number;
        self.program.parts.iter().position(named).unwrap_or_else(|| panic!("no part {name}"))
    }

    /// `6.2#1` of a position.
    pub(crate) fn name(&self, ix: usize) -> String {
        let part = &self.program.parts[ix];
        format!("{}#{}", self.catalog.items[part.item].id, part.part + 1)
    }
}

pub(crate) fn catalog_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog")
}

/// The files of the real catalogue; `examples/` and `demo/` are not part of what is in force.
pub(crate) fn real_files() -> Vec<CatalogFile> {
    let mut out = Vec::new();
    collect(&catalog_root(), &mut out);
    out.retain(|f| !f.path.starts_with("examples/") && !f.path.starts_with("demo/"));
    out
}

fn collect(dir: &Path, out: &mut Vec<CatalogFile>) {
    let mut entries: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|e| e == "toml") {
            let name = path.strip_prefix(catalog_root()).unwrap().to_string_lossy().replace('\\', "/");
            out.push(CatalogFile { path: name, text: std::fs::read_to_string(&path).unwrap() });
        }
    }
}

/// What an evaluator says about a part; the order of rows does not matter.
#[derive(Debug, PartialEq)]
pub(crate) struct Said {
    pub(crate) value: Judged,
    pub(crate) quick: Judged,
    pub(crate) simplified: bool,
    pub(crate) population: usize,
    pub(crate) lapses_at: Option<Day>,
    pub(crate) remarks: usize,
    pub(crate) failing: BTreeSet<(RecordId, bool, String)>,
}

/// Everything an evaluator says.
#[derive(Debug, PartialEq)]
pub(crate) struct Everything {
    pub(crate) parts: BTreeMap<String, Said>,
    pub(crate) findings: BTreeMap<String, BTreeSet<RecordId>>,
    pub(crate) facts: BTreeMap<String, Tri>,
}

impl Everything {
    pub(crate) fn of(rules: &Rules, evaluator: &Evaluator) -> Everything {
        let part = |ix: usize| {
            let verdict = evaluator.verdict(ix);
            let failing = evaluator.failing(ix, usize::MAX).into_iter().map(|f| (f.id, f.unknown, f.why.ja));
            Said {
                value: verdict.value,
                quick: evaluator.value(ix),
                simplified: verdict.simplified,
                population: verdict.population,
                lapses_at: verdict.lapses_at,
                remarks: verdict.remarks.len(),
                failing: if verdict.value.is_settled() { BTreeSet::new() } else { failing.collect() },
            }
        };
        let rows = |ix: usize| {
            let rows: BTreeSet<RecordId> = evaluator.finding_rows(ix).iter().map(|v| v.id).collect();
            assert_eq!(rows.len(), evaluator.finding_count(ix));
            rows
        };
        let finding = |ix: usize| &rules.catalog.findings[rules.program.findings[ix].finding].key;
        Everything {
            parts: (0..rules.program.parts.len()).map(|ix| (rules.name(ix), part(ix))).collect(),
            findings: (0..rules.program.findings.len()).map(|ix| (finding(ix).clone(), rows(ix))).collect(),
            facts: evaluator.facts().iter().map(|(k, s)| (k.clone(), s.value)).collect(),
        }
    }

    /// Names every difference.
    pub(crate) fn differences(&self, other: &Everything) -> Vec<String> {
        let mut out = Vec::new();
        for (name, said) in &self.parts {
            let theirs = &other.parts[name];
            if said != theirs {
                out.push(format!("{name}:\n   {said:?}\n   {theirs:?}"));
            }
            if said.value != said.quick {
                out.push(format!("{name}: verdict {:?}, quick value {:?}", said.value, said.quick));
            }
        }
        for (name, rows) in &self.findings {
            if rows != &other.findings[name] {
                out.push(format!("finding {name}: {rows:?} / {:?}", other.findings[name]));
            }
        }
        if self.facts != other.facts {
            out.push(format!("facts: {:?} / {:?}", self.facts, other.facts));
        }
        out
    }
}

/// A version with the next revision, ready to be changed.
pub(crate) fn next(world: &World, id: RecordId) -> Version {
    let mut version = Version::clone(world.latest(id).unwrap());
    version.rev += 1;
    version
}

/// Reads records written as TOML: `r = [ { register = "thing", id = "t1", f = { … } } ]`.
pub(crate) fn records(rules: &Rules, text: &str) -> Vec<Version> {
    #[derive(serde::Deserialize)]
    struct Set {
        r: Vec<akashi_domain::notation::Written>,
    }
    let set: Set = toml::from_str(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let recorded = akashi_domain::notation::instant("2026-04-01").unwrap();
    akashi_domain::notation::read_set(&set.r, &rules.catalog, 0x1000, recorded).unwrap()
}

/// A world of records written as TOML.
pub(crate) fn world(rules: &Rules, text: &str) -> World {
    let mut out = World::new(rules.catalog.clone());
    records(rules, text).into_iter().for_each(|v| drop(out.insert(v)));
    out
}

/// Inserts a further version of the record at a position of a set: what changed, from when it is true, when it was recorded.
pub(crate) fn revise(
    world: &mut World,
    position: usize,
    valid_from: Option<&str>,
    recorded: &str,
    change: impl FnOnce(&mut Version),
) {
    let mut version = next(world, akashi_domain::notation::id(0x1000, position));
    version.valid_from = valid_from.map(|t| akashi_domain::PartialDate::parse(t).unwrap());
    version.recorded_at = akashi_domain::notation::instant(recorded).unwrap();
    change(&mut version);
    world.insert(version);
}

/// Disposes of a record as the store does: every version loses its content, and one more says so.
pub(crate) fn dispose(world: &mut World, id: RecordId, recorded: i64) {
    use akashi_domain::cond::tokyo_day;
    let blank = |v: &Version| vec![akashi_domain::Value::Null; v.cells.len()];
    for old in world.history(id).to_vec() {
        let cells = blank(&old);
        world.insert(Version {
            disposed: true,
            cells,
            extra: Default::default(),
            source: None,
            ..Version::clone(&old)
        });
    }
    let mut last = next(world, id);
    last.valid_from = Some(akashi_domain::PartialDate::of(tokyo_day(recorded)));
    (last.recorded_at, last.digest) = (recorded, format!("gone-{id}").into());
    let approval = Some(RecordId(0xA99));
    let gone = akashi_domain::Gone { approval, rule: "old".into(), ..akashi_domain::Gone::unnamed(&last) };
    world.insert(last);
    world.lay_to_rest(id, gone);
}
