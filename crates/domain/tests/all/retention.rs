//! How long records are kept, what blocks their disposal, and what becomes of verdicts of days before one.

use akashi_domain::catalog::CatalogFile;
use akashi_domain::label::Label;
use akashi_domain::notation::{id, instant};
use akashi_domain::retention::{BlockKind, Holds};
use akashi_domain::verdict::{Judged, Program, Snapshot};
use akashi_domain::{Catalog, RecordId, Value};

use super::common::{Rules, catalog_root, day, dispose, file, real_files, today, words, world};
use super::small;

const RULES: &str = r#"
[[kind]]
key = "chart"
title = { ja = "診療録", en = "Chart" }
law = "医師法24条"
years = 5
longer = { years = 6, applies_to = { ja = "施行日以後", en = "from its day on" } }

[[retention]]
key = "old"
title = { ja = "古い物", en = "Old things" }
registers = ["thing"]
where = ["r.kind == 'a'"]
starts = "to"
keeps = "3y"
least = "2y"
law = "物品法1条"
blocks = [{ where = [{ linked = "deed", on = "thing", where = ["r.status == 'open'"] }], why = { ja = "作業中です", en = "Work goes on" } }]

[[retention]]
key = "charted"
title = { ja = "診療", en = "Charted" }
registers = ["thing"]
where = ["r.size > 0"]
starts = "bought"
kind = "chart"

[[retention]]
key = "said"
title = { ja = "記載", en = "As written" }
registers = ["deed"]
states = ["done", "void"]
starts = "on"
years_from = "thing.size"
law = "物品法2条"
"#;

fn hold() -> String {
    std::fs::read_to_string(catalog_root().join("registers/legal-hold.toml")).unwrap()
}

fn files(more: &[(&str, &str)]) -> Vec<CatalogFile> {
    let mut files = small::files();
    files.push(file("tables/keep.toml", RULES));
    files.push(file("registers/legal-hold.toml", &hold()));
    files.extend(more.iter().map(|(path, text)| file(path, text)));
    files
}

/// What is said about the record at a position: the last day, and the kinds of what blocks.
fn said(rules: &Rules, text: &str, position: usize) -> (Option<String>, Vec<BlockKind>, String) {
    let world = world(rules, text);
    let evaluator = rules.judge(&world, today(), None);
    let version = world.latest(id(0x1000, position)).unwrap();
    let found = evaluator.retention(version, &Holds::of(&evaluator));
    let kinds = found.blocks.iter().map(|b| b.kind).collect();
    let words = found.blocks.iter().map(|b| b.why.en.clone()).collect::<Vec<_>>().join("; ");
    (found.ends.map(|d| d.to_string()), kinds, words)
}

#[test]
fn the_longest_rule_wins_and_what_is_unknown_stays() {
    use BlockKind::{NoRule, Open, Other, Running, Unknown};
    let rules = Rules::load(&files(&[]));
    let thing = |state: &str, f: &str| format!(r#"r = [{{ register = "thing", state = "{state}", f = {{ {f} }} }}]"#);
    let cases: [(String, Option<&str>, &[BlockKind]); 9] = [
        // The day a time begins on does not count: three years from 2023-11-21 end with 2026-11-21, yesterday.
        (thing("gone", r#"kind = "a", to = "2023-11-21", size = 0"#), Some("2026-11-21"), &[]),
        (thing("gone", r#"kind = "a", to = "2023-11-22", size = 0"#), Some("2026-11-22"), &[Running]),
        // Of a month the last day.
        (thing("gone", r#"kind = "a", to = "2023-10", size = 0"#), Some("2026-10-31"), &[]),
        (thing("used", r#"kind = "a", to = "2020-01-01", size = 0"#), Some("2023-01-01"), &[Open]),
        // The kind says six years by the reform, and that is longer.
        (thing("gone", r#"kind = "a", to = "2020-01-01", size = 1, bought = "2021-05-01""#), Some("2027-05-01"), &[Running]),
        (thing("gone", r#"kind = "b", size = 0"#), None, &[NoRule]),
        (thing("gone", r#"kind = "a", size = 0"#), None, &[Unknown]),
        // Whether a rule covers it cannot be told.
        (thing("gone", r#"kind = "a", to = "2020-01-01""#), None, &[Unknown]),
        (
            r#"r = [{ register = "thing", id = "t", state = "gone", f = { kind = "a", to = "2020-01-01", size = 0 } }, { register = "deed", state = "open", f = { thing = "@t" } }]"#.into(),
            Some("2023-01-01"),
            &[Other],
        ),
    ];
    for (text, ends, kinds) in cases {
        let found = said(&rules, &text, 0);
        assert_eq!((found.0.as_deref(), found.1.as_slice()), (ends, kinds), "{text}: {}", found.2);
    }
    let deed = |size: &str| {
        format!(
            r#"r = [{{ register = "thing", id = "t", f = {{ {size} }} }}, {{ register = "deed", state = "done", f = {{ thing = "@t", on = "2020-01-01" }} }}]"#
        )
    };
    assert_eq!(said(&rules, &deed("size = 4.5"), 1).0.as_deref(), Some("2025-01-01"), "started years count whole");
    assert_eq!(said(&rules, &deed(""), 1).1, [Unknown]);
}

#[test]
fn a_hold_comes_before_any_rule() {
    let rules = Rules::load(&files(&[]));
    let thing = r#"{ register = "thing", id = "t", state = "gone", f = { kind = "a", to = "2020-01-01", size = 0 } }"#;
    let cases = [
        (r#"state = "in-force", f = { records = ["@t"] }"#, true),
        (r#"state = "in-force", f = { register = "thing" }"#, true),
        (r#"state = "in-force", f = { register = "thing", query = "r.kind == 'a'" }"#, true),
        (r#"state = "in-force", f = { register = "thing", query = "r.kind == 'b'" }"#, false),
        (r#"state = "in-force", f = { register = "deed" }"#, false),
        // What cannot be read holds: an unknown answer, a broken query, no such register, nothing named, an unresolved name.
        (r#"state = "in-force", f = { register = "thing", query = "r.no == '7'" }"#, true),
        (r#"state = "in-force", f = { register = "thing", query = "r.knid == 'b'" }"#, true),
        (r#"state = "in-force", f = { register = "things" }"#, true),
        (r#"state = "in-force", f = { }"#, true),
        (r#"state = "in-force", f = { records = ["古い端末"] }"#, true),
        // Asked for, it holds; lifted, refused, over or not begun, it does not.
        (r#"state = "requested", f = { records = ["@t"] }"#, true),
        (r#"state = "lifted", f = { records = ["@t"] }"#, false),
        (r#"state = "refused", f = { records = ["@t"] }"#, false),
        (r#"state = "in-force", f = { records = ["@t"], until = "2026-11-21" }"#, false),
        (r#"state = "in-force", f = { records = ["@t"], until = "2026-11-22" }"#, true),
        (r#"state = "in-force", f = { records = ["@t"], from = "2026-11-23" }"#, false),
    ];
    for (hold, holds) in cases {
        let text = format!(r#"r = [{thing}, {{ register = "legal-hold", code = "HLD-1", {hold} }}]"#);
        let found = said(&rules, &text, 0);
        let want: &[BlockKind] = if holds { &[BlockKind::Held] } else { &[] };
        assert_eq!(found.1, want, "{hold}: {}", found.2);
        assert_eq!(found.2.contains("HLD-1"), holds, "{}", found.2);
    }
}

#[test]
fn a_hospital_may_keep_longer_but_not_shorter_than_the_law() {
    let over = |text: &str| {
        let files = files(&[("overlay/tables/mine.toml", text)]);
        Catalog::load(&files)
            .map_err(|f| words(&f))
            .and_then(|c| Program::compile(&c).map(|_| c).map_err(|f| words(&f)))
    };
    let keeps = |c: &Catalog, key: &str| c.retention_rule(key).unwrap().keeps.unwrap().to_string();
    let longer = over("[[retention]]\nkey = \"old\"\nkeeps = \"10y\"\n").unwrap();
    assert_eq!((keeps(&longer, "old"), longer.retention_rule("old").unwrap().loosened.is_none()), ("10y".into(), true));
    // Shorter than proposed, not than the law: allowed, and said.
    let shorter = over("[[retention]]\nkey = \"old\"\nkeeps = \"2y\"\n").unwrap();
    assert!(shorter.retention_rule("old").unwrap().loosened.as_ref().unwrap().en.contains("overlay/tables/mine.toml"));
    let kind = over("[[kind]]\nkey = \"chart\"\nyears = 20\n").unwrap();
    assert_eq!(keeps(&kind, "charted"), "20y");
    let more = over(
        "[[retention]]\nkey = \"mine\"\ntitle = { ja = \"病院\", en = \"Ours\" }\nregisters = [\"personnel\"]\nstarts = \"left\"\nkeeps = \"7y\"\n",
    );
    assert_eq!(keeps(&more.unwrap(), "mine"), "7y");
    let bad = [
        (
            "\n\n[[retention]]\nkey = \"old\"\nkeeps = \"1y\"\n",
            ["overlay/tables/mine.toml:5", "1y is shorter than the 2y of 物品法1条", "at least 2y"],
        ),
        (
            "[[retention]]\nkey = \"charted\"\nkeeps = \"4y\"\n",
            ["mine.toml:3", "4y is shorter than the 5y of 医師法24条", "at least 5y"],
        ),
        (
            "[[kind]]\nkey = \"chart\"\nyears = 4\n",
            ["mine.toml:1", "4 years are fewer than the 5 of 医師法24条", "at least 5 years"],
        ),
        ("[[retention]]\nkey = \"old\"\nleast = \"1y\"\n", ["mine.toml:1", "exists already", "may set `keeps`"]),
        (
            "[[retention]]\nkey = \"x\"\ntitle = { ja = \"x\", en = \"x\" }\nregisters = [\"legal-hold\"]\nkeeps = \"5y\"\n",
            ["mine.toml:1", "never disposed of", "prove disposals"],
        ),
        (
            "[[retention]]\nkey = \"x\"\ntitle = { ja = \"x\", en = \"x\" }\nregisters = [\"thing\"]\nstarts = \"name\"\nkeeps = \"5y\"\n",
            ["mine.toml:1", "`name` is not a date", ""],
        ),
        (
            "[[retention]]\nkey = \"x\"\ntitle = { ja = \"x\", en = \"x\" }\nregisters = [\"thing\"]\n",
            ["mine.toml:1", "does not say how long", ""],
        ),
        (
            "[[retention]]\nkey = \"x\"\ntitle = { ja = \"x\", en = \"x\" }\nregisters = [\"thing\"]\nkeeps = \"long\"\n",
            ["mine.toml:5", "`long` is no length", ""],
        ),
        (
            "[[retention]]\nkey = \"x\"\ntitle = { ja = \"x\", en = \"x\" }\nregisters = [\"thing\"]\nstates = [\"off\"]\nkeeps = \"5y\"\n",
            ["mine.toml:1", "has a state `off`", ""],
        ),
        ("[[retention]]\nkey = \"x\"\nkepes = \"5y\"\n", ["mine.toml:3", "unknown field `kepes`", ""]),
    ];
    for (text, wants) in bad {
        let said = over(text).map(drop).unwrap_err();
        assert!(wants.iter().all(|want| said.contains(want)), "{text}\n{said}");
    }
}

/// Every register of the hospital that holds people's data, contracts or evidence of events has a rule, in both languages.
#[test]
fn the_real_rules_say_what_they_rest_on() {
    let rules = Rules::load(&real_files());
    assert!(rules.catalog.retention.len() >= 18 && rules.catalog.kinds.len() == 49);
    for rule in &rules.catalog.retention {
        assert!(!rule.law.is_empty() && !rule.title.ja.is_empty() && rule.title.en.is_ascii(), "{}", rule.key);
        assert!(rule.keeps.is_some() || rule.years_from.is_some(), "{}", rule.key);
    }
    let keeps = |key: &str| rules.catalog.retention_rule(key).unwrap().keeps.unwrap().to_string();
    // The reform's five years, because its day is not known; the law in force orders three.
    assert_eq!(keeps("prescription-amendments"), "5y");
    let covered: std::collections::BTreeSet<&str> =
        rules.catalog.retention.iter().flat_map(|r| r.registers.iter().map(String::as_str)).collect();
    for register in ["personnel", "contract", "scan", "incident", "user-id", "third-party-provision"] {
        assert!(covered.contains(register), "{register}");
    }
}

#[test]
fn verdicts_before_a_disposal_rest_on_what_was_kept() {
    let rules = Rules::load(&files(&[]));
    let text = r#"r = [
      { register = "thing", id = "t", code = "THG-1", f = { name = "1", kind = "a" } },
      { register = "thing", id = "u", code = "THG-2", f = { name = "2", kind = "a" } },
      { register = "deed", id = "d", code = "DED-1", f = { thing = "@u", result = "ng" } },
    ]"#;
    let mut world = world(&rules, text);
    let named = rules.part("1.1#1");
    let before = rules.judge(&world, day("2026-10-01"), None);
    assert_eq!(before.value(named), Judged::Satisfied);
    dispose(&mut world, id(0x1000, 0), instant("2026-11-01 09:00").unwrap());

    // From the day of the disposal on it is judged without the row.
    let after = rules.judge(&world, day("2026-11-01"), None);
    let verdict = after.verdict(named);
    assert_eq!((verdict.value, verdict.population, verdict.rests), (Judged::Satisfied, 1, None));

    // The day before there was a row nobody can look at any more.
    let mut then = rules.judge(&world, day("2026-10-31"), None);
    assert!(then.is_resting());
    let verdict = then.verdict(named);
    assert_eq!((verdict.value, verdict.lapses_at), (Judged::Insufficient, None));
    let rests = verdict.rests.unwrap();
    assert_eq!((rests.rows, rests.kept_at), (vec![id(0x1000, 0)], None));
    for want in ["THG-1", "approval", "Old things", "No verdict was kept then"] {
        assert!(verdict.because.en.contains(want), "{}", verdict.because.en);
    }
    // A verdict kept at its time stands for it, and says so.
    let at = instant("2026-10-30").unwrap();
    then.rest_on(|item, part| {
        let because = Label::new("当時の理由", "the reason of then");
        (item == "1.1" && part == 1).then_some(Snapshot { value: Judged::Satisfied, because, population: 2, at })
    });
    let verdict = then.verdict(named);
    assert_eq!((verdict.value, then.value(named), verdict.population), (Judged::Satisfied, Judged::Satisfied, 2));
    // A world that stood at that day when it heard of the disposal, and goes on to the next, judges without the row.
    let mut on = then.clone();
    on.advance(day("2026-11-01"));
    assert!(!on.is_resting());
    let next = on.verdict(named);
    assert_eq!((next.value, next.population, next.rests), (Judged::Satisfied, 1, None));
    assert_eq!((verdict.rests.unwrap().kept_at, verdict.lapses_at), (Some(at), None));
    assert!(verdict.because.ja.contains("2026-10-30に保存") && verdict.because.ja.contains("当時の理由"));

    // What does not read things is computed as ever; what joins or follows to the row is not.
    let part_reading = |register: &str| {
        let parts = 0..rules.program.parts.len();
        parts
            .filter(|ix| {
                rules.program.checks[rules.program.parts[*ix].checks[0]].register
                    == rules.catalog.register_ix(register).unwrap()
            })
            .collect::<Vec<_>>()
    };
    let resting = |parts: Vec<usize>| parts.into_iter().filter(|ix| then.verdict(*ix).rests.is_some()).count();
    assert!(resting(part_reading("thing")) > 20);
    assert!(resting(part_reading("decision")) <= 1, "a decision over things reads them");
    // As known before the disposal the row was there as well.
    assert!(rules.judge(&world, today(), instant("2026-10-15")).is_resting());
    assert!(!rules.judge(&world, today(), None).is_resting());
}

/// A row of another register that would have broken a "none may be": its absence must not turn into a pass.
#[test]
fn a_row_that_spoke_against_it_does_not_turn_into_a_pass() {
    let rules = Rules::load(&files(&[]));
    let text = r#"r = [
      { register = "personnel", id = "p", f = { no = "1", name = "x" } },
      { register = "thing", id = "t", f = { name = "1" } },
      { register = "deed", id = "d", state = "done", f = { thing = "@t", result = "ng", by = "@p" } },
    ]"#;
    let mut world = world(&rules, text);
    let unlinked = (0..rules.program.parts.len())
        .find(|ix| rules.catalog.items[rules.program.parts[*ix].item].title.en.contains("unlinked"))
        .unwrap_or_else(|| rules.part(&small_item("unlinked:")));
    assert_eq!(rules.judge(&world, today(), None).value(unlinked), Judged::NotSatisfied);
    dispose(&mut world, id(0x1000, 2), instant("2026-11-20").unwrap());
    assert_eq!(rules.judge(&world, day("2026-11-19"), None).value(unlinked), Judged::Insufficient);
    assert_eq!(rules.judge(&world, day("2026-11-20"), None).value(unlinked), Judged::Satisfied);
}

/// The number of an item of the small catalogue, by its short form.
fn small_item(name: &str) -> String {
    let at = small::ITEMS.lines().filter(|l| !l.is_empty()).position(|l| l.starts_with(name)).unwrap();
    format!("1.{}#1", at + 1)
}

#[test]
fn words_that_are_kept_name_no_values() {
    let rules = Rules::load(&files(&[]));
    let text = r#"r = [{ register = "thing", code = "THG-7", f = { name = "秘密の名", kind = "a", bought = "2019-03-17", checked = "2018-08-08", to = "2017-07-07", no = "極秘番号" } }]"#;
    let world = world(&rules, text);
    let evaluator = rules.judge(&world, today(), None);
    let terse = evaluator.terse();
    let secrets = ["秘密の名", "2019-03-17", "2018-08-08", "2017-07-07", "極秘番号"];
    let mut shown = 0;
    for ix in 0..rules.program.parts.len() {
        let (full, kept) = (evaluator.verdict(ix), terse.verdict(ix));
        assert_eq!(full.value, kept.value);
        for secret in secrets {
            shown += usize::from(full.because.ja.contains(secret));
            assert!(!kept.because.ja.contains(secret) && !kept.because.en.contains(secret), "{}", kept.because.ja);
        }
    }
    assert!(shown > 0, "the full words do name values, so the test looks at the right place");
}

#[test]
fn a_fingerprint_of_what_was_disposed_of_is_not_kept() {
    let rules = Rules::load(&files(&[]));
    let text = r#"r = [{ register = "thing", id = "t", f = { name = "短い名" } }]"#;
    let mut world = world(&rules, text);
    let target: RecordId = id(0x1000, 0);
    let old = world.latest(target).unwrap().clone();
    let mut evaluator = rules.judge(&world, today(), None);
    assert!(evaluator.view().same_material(&old.digest, &old));
    dispose(&mut world, target, instant("2026-11-22 10:00").unwrap());
    evaluator.learn(&world, target);
    // Whoever guesses the content right learns nothing from the memory that is left.
    let mut guess = akashi_domain::Version::clone(&old);
    guess.digest = "a-guess".into();
    assert!(matches!(guess.cells[0], Value::Text(_)));
    assert!(!evaluator.view().same_material(&old.digest, &guess));
}
