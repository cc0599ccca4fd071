//! The demo hospital: it can be read on any day, its commands are in order, and the verdicts are as mixed as its
//! makers say – most items met, some not, some not judged, some not applicable, some about to lapse.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use akashi_app::demo::{Demo, demo, read};
use akashi_domain::catalog::CatalogFile;
use akashi_domain::date::Day;
use akashi_domain::notation::instant;
use akashi_domain::record::{RecordId, Version};
use akashi_domain::value::{Link, Value};
use akashi_domain::verdict::{Evaluator, Judged};

use crate::bench::{Bench, load, root};

/// Ordinary, just after the fiscal year began, a leap day, and years from now.
const DAYS: [&str; 4] = ["2026-11-22", "2027-04-03", "2028-02-29", "2031-01-31"];

fn files(dir: &Path) -> Vec<CatalogFile> {
    let mut paths: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    let file = |p: std::path::PathBuf| CatalogFile {
        path: format!("demo/{}", p.file_name().unwrap().to_string_lossy()),
        text: std::fs::read_to_string(&p).unwrap(),
    };
    paths.into_iter().map(file).collect()
}

fn now(today: Day) -> i64 {
    instant(&format!("{today} 09:30")).unwrap()
}

fn make(bench: &Bench, today: Day) -> Demo {
    read(&files(&root().join("demo")), &bench.catalog, today, now(today)).unwrap_or_else(|e| panic!("{e}"))
}

/// Writes it as the store does: recorded when it happened, each version with a digest of its own.
fn written(demo: Demo) -> Vec<Version> {
    let mut digests: HashMap<(RecordId, u32), String> = HashMap::new();
    let mut out = Vec::new();
    for mut command in demo.commands {
        command.fill(|id, rev| digests.get(&(id, rev)).cloned());
        let digest = format!("{:032x}-{}", command.version.id.0, command.version.rev);
        digests.insert((command.version.id, command.version.rev), digest.clone());
        out.push(Version {
            recorded_at: command.at,
            digest: digest.into(),
            author: command.actor.into(),
            ..command.version
        });
    }
    out
}

/// Items by number, with their worst part that applies; `None`: none applies.
fn items(bench: &Bench, evaluator: &Evaluator) -> BTreeMap<String, (Option<Judged>, Option<Day>)> {
    let mut out: BTreeMap<String, (Option<Judged>, Option<Day>)> = BTreeMap::new();
    for (ix, part) in bench.program.parts.iter().enumerate() {
        let id = &bench.catalog.items[part.item].id;
        let (chapter, rest) = id.split_once('.').unwrap();
        let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let verdict = evaluator.verdict(ix);
        let item = out.entry(format!("{chapter}.{number}")).or_default();
        if verdict.value != Judged::NotApplicable {
            item.0 = Some(item.0.map_or(verdict.value, |v| v.min(verdict.value)));
            item.1 = [item.1, verdict.lapses_at].into_iter().flatten().min();
        }
    }
    out
}

#[test]
fn verdicts_are_mixed_on_any_day() {
    let bench = load();
    for day in DAYS.map(|d| Day::parse(d).unwrap()) {
        let demo = make(&bench, day);
        let evaluator = bench.judge(written(demo), day);
        let items = items(&bench, &evaluator);
        assert_eq!(items.len(), 125);
        let count = |wanted: &[Judged]| items.values().filter(|i| i.0.is_some_and(|v| wanted.contains(&v))).count();
        let good = count(&[Judged::Satisfied, Judged::Overridden]);
        let (red, open) = (count(&[Judged::NotSatisfied]), count(&[Judged::Insufficient]));
        let out = items.values().filter(|i| i.0.is_none()).count();
        let mix = format!("{day}: {good} met, {red} not, {open} not judged, {out} not applicable");
        println!("{mix}");
        assert!((68..=84).contains(&good), "{mix}");
        assert!((20..=40).contains(&red) && (6..=20).contains(&open) && (3..=10).contains(&out), "{mix}");
        let lapsing = |i: &&(Option<Judged>, Option<Day>)| {
            i.0 == Some(Judged::Satisfied) && i.1.is_some_and(|d| (30..=90).contains(&(d.0 - day.0)))
        };
        assert!(items.values().filter(lapsing).count() >= 10, "{mix}; few lapse soon");
    }
}

/// Reasons that a visitor of the demo is meant to see.
#[test]
fn planted_troubles_are_found() {
    let bench = load();
    let day = Day::parse(DAYS[0]).unwrap();
    let evaluator = bench.judge(written(make(&bench, day)), day);
    let found: BTreeMap<&str, usize> = (0..bench.program.findings.len())
        .map(|ix| {
            let key = bench.catalog.findings[bench.program.findings[ix].finding].key.as_str();
            (key, evaluator.finding_count(ix))
        })
        .collect();
    let cases = [
        ("leaver_ids_still_enabled", 4),
        ("leaver_ids_used_after_leaving", 1),
        ("duplicate_asset_numbers", 2),
        ("past_support_in_use", 5),
        ("unreturned_overdue", 1),
        ("approved_by_self", 1),
        ("without_approval", 1),
        ("role_does_not_fit_hr_job", 2),
        ("emergency_lacking_in_force", 1),
        ("vendor_report_overdue", 1),
        ("decision_pending", 1),
        ("restore_test_never", 1),
    ];
    for (rule, want) in cases {
        assert_eq!(found[rule], want, "{rule}");
    }
    let named = found.values().filter(|n| **n > 0).count();
    assert!(named >= 80, "only {named} rules name a row");
}

#[test]
fn commands_are_in_order_and_whole() {
    let bench = load();
    let day = Day::parse(DAYS[0]).unwrap();
    let demo = make(&bench, day);
    assert!(demo.commands.windows(2).all(|w| w[0].at <= w[1].at), "not in the order of time");
    let mut revs: HashMap<RecordId, u32> = HashMap::new();
    let ids: BTreeSet<RecordId> = demo.commands.iter().map(|c| c.version.id).collect();
    for command in &demo.commands {
        let v = &command.version;
        let last = revs.insert(v.id, v.rev).unwrap_or(0);
        assert_eq!(v.rev, last + 1, "revisions of {} have a gap", v.id);
        assert!(command.at <= now(day) && v.valid_from.unwrap().first() <= day, "{} lies in the future", v.id);
        let lost = v.cells.iter().flat_map(Value::links).find(|l| matches!(l, Link::To(id) if !ids.contains(id)));
        assert_eq!(lost, None, "{} points nowhere", v.id);
    }
    let old = demo.commands.iter().filter(|c| c.at < now(day) - 600 * 86_400_000_000).count();
    assert!(old > 500 && demo.commands.len() > ids.len() + 500, "no two years of history");
    let moves = demo.commands.iter().filter(|c| c.moved.is_some()).count();
    assert!(moves > 300, "only {moves} moves");
    let digests: BTreeSet<&str> = demo.files.iter().map(|f| f.digest.as_str()).collect();
    assert!(demo.files.len() == digests.len() && demo.files.len() > 50);
    let logins: Vec<&str> = demo.accounts.iter().map(|a| a.login.as_str()).collect();
    assert_eq!(logins, ["planner", "operator", "director", "auditor", "staff"]);
    assert!(demo.accounts.iter().all(|a| a.person.is_some_and(|p| ids.contains(&p))));
}

/// Every register of the hospital holds something, the helper registers too.
#[test]
fn every_register_is_touched() {
    let bench = load();
    let day = Day::parse(DAYS[0]).unwrap();
    let demo = make(&bench, day);
    let touched: BTreeSet<u16> = demo.commands.iter().map(|c| c.version.register.0).collect();
    let empty = (0..bench.catalog.registers.len()).filter(|ix| !touched.contains(&(*ix as u16)));
    let empty: Vec<&str> = empty.map(|ix| bench.catalog.registers[ix].key.as_str()).collect();
    assert!(empty.is_empty(), "nothing in {}", empty.join(" "));
}

/// The demo in the binary is the one in the repository, and twice the same.
#[test]
fn the_embedded_demo_is_the_same() {
    let bench = load();
    let day = Day::parse(DAYS[0]).unwrap();
    let embedded = demo(&bench.catalog, day, now(day)).unwrap_or_else(|e| panic!("{e}"));
    let from_folder = make(&bench, day);
    assert_eq!(embedded.commands.len(), from_folder.commands.len());
    let same = embedded.commands.iter().zip(&from_folder.commands).all(|(a, b)| a.version == b.version && a.at == b.at);
    assert!(same, "the two differ");
}

#[test]
fn faults_name_file_and_record() {
    let bench = load();
    let day = Day::parse(DAYS[0]).unwrap();
    let cases = [
        ("[[record]]\nregister = \"law\"\nid = \"a\"\nf = { nam = \"x\" }", "no field `nam`"),
        ("[[record]]\nregister = \"law\"\nid = \"a\"\nf = { name = \"{none}\" }", "nothing is called {none} here"),
        ("[[record]]\nregister = \"law\"\nid = \"a\"\nf = { assignee = \"@b\" }", "no record named @b"),
        ("[[record]]\nregister = \"law\"\nid = \"a\"\nby = \"nobody\"", "no account `nobody`"),
        ("[[record]]\nregister = \"law\"\nid = \"a\"\n[[record]]\nregister = \"law\"\nid = \"a\"", "is given twice"),
        ("[[record]]\nregister = \"law\"\nid = \"a\"\nat = \"once\"", "is not a moment"),
        ("[[record]]\nregistr = \"law\"", "unknown field"),
    ];
    let account = "[[account]]\nlogin = \"planner\"\nname = \"x\"\nroles = []\n";
    for (text, want) in cases {
        let file = CatalogFile { path: "demo/x.toml".into(), text: format!("{account}{text}") };
        let fault = read(&[file], &bench.catalog, day, now(day)).unwrap_err();
        assert!(fault.what.contains(want), "{want}: {fault}");
        assert_eq!(fault.file, "demo/x.toml");
    }
}
