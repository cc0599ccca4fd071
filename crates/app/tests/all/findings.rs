//! Every finding rule on hand-made records: it names exactly the rows it should, and says why in both languages.
//! The cases are data (`findings_cases/`); a rule without a case fails.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use akashi_domain::date::Day;
use akashi_domain::notation::{Names, Written, instant, read_set};
use serde::Deserialize;

use crate::bench::{Bench, load};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

/// A set of records, and for each rule the names of the records it must name – no more, no fewer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(default = "today")]
    as_of: Day,
    expect: BTreeMap<String, BTreeSet<String>>,
    set: Vec<Written>,
}

fn today() -> Day {
    Day::parse("2026-11-22").unwrap()
}

const BASE: u128 = 0x1000;

impl Case {
    fn faults(&self, bench: &Bench, seen: &mut BTreeSet<String>) -> Vec<String> {
        let mut out = Vec::new();
        let versions = match read_set(&self.set, &bench.catalog, BASE, instant("2020-01-01").unwrap()) {
            Ok(v) => v,
            Err(e) => return vec![format!("{:?}: {e}", self.expect.keys())],
        };
        let names = Names::number(&self.set, BASE);
        let name = |id| self.set.iter().filter_map(|w| w.id.clone()).find(|n| names.get(n) == Some(id));
        let evaluator = bench.judge(versions, self.as_of);
        for (rule, want) in &self.expect {
            let Some(ix) = bench.rule(rule) else {
                out.push(format!("{rule}: no such rule"));
                continue;
            };
            let finding = &bench.catalog.findings[bench.program.findings[ix].finding];
            let rows = evaluator.finding_rows(ix);
            let got: BTreeSet<String> = rows.iter().map(|v| name(v.id).unwrap_or_else(|| v.code.to_string())).collect();
            if &got != want {
                out.push(format!("{rule}: wanted {want:?}, got {got:?}"));
            }
            if !want.is_empty() {
                seen.insert(rule.clone());
            }
            for version in &rows {
                let why = evaluator.finding_why(finding, version);
                if why.ja.is_empty() || why.en.is_empty() || why.ja.contains('{') || why.en.contains('{') {
                    out.push(format!("{rule}: does not say why: {} / {}", why.ja, why.en));
                }
            }
        }
        out
    }
}

#[test]
fn every_rule_names_exactly_its_rows() {
    let bench = load();
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/findings_cases");
    let mut paths: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    let (mut faults, mut seen) = (Vec::new(), BTreeSet::new());
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let file: File = toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        file.case.iter().for_each(|c| faults.extend(c.faults(&bench, &mut seen)));
    }
    let untried = bench.catalog.findings.iter().filter(|f| !seen.contains(&f.key));
    faults.extend(untried.map(|f| format!("{}: no case in which it names a row", f.key)));
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Placeholders must be fields: an unknown one would show as a dash for ever.
#[test]
fn rules_are_well_made() {
    let bench = load();
    let mut faults = Vec::new();
    let mut keys = BTreeSet::new();
    for f in &bench.catalog.findings {
        let register = bench.catalog.register_by_key(&f.register).unwrap();
        if !keys.insert(&f.key) {
            faults.push(format!("{}: given twice", f.key));
        }
        for item in f.items.iter().filter(|i| bench.catalog.item(i).is_none() && !waits(&bench, i)) {
            faults.push(format!("{}: no item {item}", f.key));
        }
        for (text, lang) in [(&f.why.ja, "ja"), (&f.why.en, "en")] {
            for hole in text.split('{').skip(1).filter_map(|t| t.split_once('}')).map(|t| t.0) {
                if !known(&bench, register, hole) {
                    faults.push(format!("{} {lang}: no field `{hole}` in `{}`", f.key, f.register));
                }
            }
        }
        if f.show.is_empty() {
            faults.push(format!("{}: shows no field", f.key));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A chapter that is not in the catalogue at all says nothing about its items.
fn waits(bench: &Bench, item: &str) -> bool {
    let chapter = item.split('.').next().unwrap_or_default();
    !bench.catalog.items.iter().any(|i| i.id.split('.').next() == Some(chapter))
}

fn known(bench: &Bench, register: &akashi_domain::Register, path: &str) -> bool {
    if path == "status" {
        return true;
    }
    let (head, rest) = path.split_once('.').unwrap_or((path, ""));
    let Some(field) = register.field(head) else { return false };
    rest.is_empty()
        || field.targets().iter().filter_map(|t| bench.catalog.register_by_key(t)).any(|t| known(bench, t, rest))
}
