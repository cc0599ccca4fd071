//! Runs the catalogue's examples: for every part a set that satisfies it, a set that does not,
//! and the deciding record whose absence turns the verdict; and attacks, small changes of a satisfying set by which
//! the duty is no longer met (or, `holds = true`, still is).

use std::collections::{BTreeMap, BTreeSet};

use akashi_domain::date::Day;
use akashi_domain::notation::{Written, read_set};
use akashi_domain::verdict::Judged;
use akashi_domain::world::World;
use serde::Deserialize;

use super::common::{Rules, catalog_root, real_files, today};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    example: Vec<Example>,
    #[serde(default)]
    attack: Vec<Attack>,
}

/// An example of the part, changed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attack {
    part: String,
    /// What is wrong, or right, with the changed set.
    says: String,
    /// Which of the part's examples, counted from 1.
    base: Option<usize>,
    as_of: Option<Day>,
    facts: Option<BTreeMap<String, bool>>,
    #[serde(default)]
    change: Vec<Change>,
    #[serde(default)]
    drop: Vec<String>,
    #[serde(default)]
    add: Vec<Written>,
    #[serde(default)]
    holds: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    id: String,
    state: Option<String>,
    /// Fields that get another value.
    #[serde(default)]
    f: toml::Table,
    /// Fields that become empty.
    #[serde(default)]
    without: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    part: String,
    #[serde(default = "today")]
    as_of: Day,
    #[serde(default)]
    facts: BTreeMap<String, bool>,
    pass: Vec<Written>,
    decides: String,
    fail: Vec<Written>,
}

fn profile(facts: &BTreeMap<String, bool>, as_of: Day) -> Vec<Written> {
    let row = |(fact, answer): (&String, &bool)| Written {
        register: "profile".into(),
        id: None,
        state: None,
        code: None,
        facility: None,
        valid_from: None,
        f: toml::toml! { confirmed_by = "企画管理者" }
            .into_iter()
            .chain([
                ("fact".to_string(), toml::Value::String(fact.clone())),
                ("answer".to_string(), toml::Value::Boolean(*answer)),
                ("confirmed_on".to_string(), toml::Value::String(as_of.to_string())),
            ])
            .collect(),
        extra: BTreeMap::new(),
        source: None,
    };
    facts.iter().map(row).collect()
}

/// The real catalogue, asked about sets of records.
struct Bench(Rules);

impl Bench {
    fn judge(
        &self,
        part: &str,
        facts: &BTreeMap<String, bool>,
        set: &[Written],
        as_of: Day,
    ) -> Result<(Judged, String), String> {
        let mut set = set.to_vec();
        set.extend(profile(facts, as_of));
        let recorded = akashi_domain::notation::instant("2020-01-01").unwrap();
        let versions = read_set(&set, &self.0.catalog, 0x1000, recorded).map_err(|e| e.to_string())?;
        let mut world = World::new(self.0.catalog.clone());
        versions.into_iter().for_each(|v| drop(world.insert(v)));
        let evaluator = self.0.judge(&world, as_of, None);
        let ix = self.0.part(part);
        let verdict = evaluator.verdict(ix);
        assert_eq!(verdict.value, evaluator.value(ix), "{part}: the quick value differs");
        let failing = evaluator
            .failing(ix, 3)
            .into_iter()
            .map(|f| format!("\n        {}: {}", f.id, f.why.en))
            .collect::<String>();
        Ok((verdict.value, format!("{}{failing}", verdict.because.en)))
    }

    fn faults(&self, e: &Example) -> Vec<String> {
        let mut out = Vec::new();
        let mut want = |name: &str, set: &[Written], good: bool| match self.judge(&e.part, &e.facts, set, e.as_of) {
            Err(err) => out.push(format!("{} {name}: {err}", e.part)),
            Ok((value, why)) if (value == Judged::Satisfied) != good => {
                out.push(format!("{} {name}: {value:?} – {why}", e.part))
            }
            Ok(_) => {}
        };
        want("pass", &e.pass, true);
        want("fail", &e.fail, false);
        let without: Vec<Written> = e.pass.iter().filter(|w| w.id.as_deref() != Some(&e.decides)).cloned().collect();
        let removed = without.len() + 1 == e.pass.len();
        // Links to the deciding record turn into plain words, as they would read when it is gone.
        let without: Vec<Written> = without.into_iter().map(|w| unlink(w, &e.decides)).collect();
        want("without the deciding record", &without, false);
        if !removed {
            out.push(format!("{}: `decides = {:?}` names no record of pass", e.part, e.decides));
        }
        out
    }
}

impl Attack {
    /// The changed set; `None` when a change names no record of the example.
    fn set(&self, base: &Example) -> Option<Vec<Written>> {
        let mut set = base.pass.clone();
        for change in &self.change {
            let written = set.iter_mut().find(|w| w.id.as_deref() == Some(&change.id))?;
            written.state = change.state.clone().or(written.state.take());
            written.f.extend(change.f.clone());
            change.without.iter().for_each(|key| drop(written.f.remove(key)));
        }
        let dropped = |w: &Written| w.id.as_ref().is_some_and(|id| self.drop.contains(id));
        set.retain(|w| !dropped(w));
        let set: Vec<Written> =
            self.drop.iter().fold(set, |set, gone| set.into_iter().map(|w| unlink(w, gone)).collect());
        Some(set.into_iter().chain(self.add.iter().cloned()).collect())
    }

    fn fault(&self, examples: &[Example], bench: &Bench) -> Option<String> {
        let named = |fault: String| Some(format!("{} attack ({}): {fault}", self.part, self.says));
        let mut own = examples.iter().filter(|e| e.part == self.part);
        let Some(base) = own.nth(self.base.map_or(0, |n| n - 1)) else { return named("no such example".into()) };
        let Some(set) = self.set(base) else { return named("a change names no record".into()) };
        let facts = self.facts.as_ref().unwrap_or(&base.facts);
        match bench.judge(&self.part, facts, &set, self.as_of.unwrap_or(base.as_of)) {
            Err(err) => named(err),
            // To be told that a duty does not apply is as good as to be told that it is met.
            Ok((value, why)) if value.is_settled() != self.holds => named(format!("{value:?} – {why}")),
            Ok(_) => None,
        }
    }
}

fn unlink(mut written: Written, gone: &str) -> Written {
    fn walk(v: &mut toml::Value, gone: &str) {
        match v {
            toml::Value::String(s) if s.strip_prefix('@') == Some(gone) => *s = "(gone)".into(),
            toml::Value::Array(all) => all.iter_mut().for_each(|v| walk(v, gone)),
            toml::Value::Table(t) => t.iter_mut().for_each(|(_, v)| walk(v, gone)),
            _ => {}
        }
    }
    written.f.values_mut().for_each(|v| walk(v, gone));
    written
}

/// `AKASHI_EXAMPLES=7` runs one chapter only.
#[test]
fn every_part_has_an_example_and_it_holds() {
    let bench = Bench(Rules::load(&real_files()));
    let only: Option<u8> = std::env::var("AKASHI_EXAMPLES").ok().and_then(|c| c.parse().ok());
    let wanted = |chapter: u8| only.is_none_or(|c| c == chapter);
    let (mut faults, mut seen) = (Vec::new(), BTreeSet::new());
    let mut entries: Vec<_> =
        std::fs::read_dir(catalog_root().join("examples")).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let chapter = path.file_stem().and_then(|s| s.to_str()).and_then(|s| s.parse().ok()).unwrap_or(0);
        if !wanted(chapter) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let file: File = toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        for example in &file.example {
            seen.insert(example.part.clone());
            faults.extend(bench.faults(example));
        }
        faults.extend(file.attack.iter().filter_map(|attack| attack.fault(&file.example, &bench)));
    }
    for item in bench.0.catalog.items.iter().filter(|i| wanted(i.chapter())) {
        for n in 1..=item.parts.len() {
            let part = format!("{}#{n}", item.id);
            if !seen.contains(&part) {
                faults.push(format!("{part}: no example"));
            }
        }
    }
    assert!(faults.is_empty(), "{} of {} examples:\n{}", faults.len(), seen.len(), faults.join("\n"));
}
