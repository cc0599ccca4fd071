//! A hospital adds to the catalogue by files of its own; what it loosens is said with every verdict.

use akashi_domain::Catalog;
use akashi_domain::catalog::CatalogFile;
use akashi_domain::verdict::{Judged, Program};

use super::common::{Rules, file, real_files, today, words, world};
use super::small;

fn with(over: &[(&str, &str)]) -> Vec<CatalogFile> {
    let mut files = small::files();
    files.extend(over.iter().map(|(path, text)| file(&format!("overlay/{path}"), text)));
    files
}

const THING: &str = r#"
extends = "thing"
words = ["什器"]
items = ["1.99"]
list = ["shelf"]
live = ["parked"]

[[field]]
key = "shelf"
title = { ja = "棚", en = "Shelf" }
kind = "text"
required = true
words = ["棚番"]

[[field]]
key = "kind"
words = ["種類"]
options = [{ key = "c", ja = "丙", en = "C", words = ["ｃ"] }, { key = "a", ja = "a語", en = "a", words = ["甲"] }]

[[field]]
key = "notes"
  [[field.field]]
  key = "weight"
  title = { ja = "重さ", en = "Weight" }
  kind = "number"
  [[field.field]]
  key = "state"
  options = [{ key = "so", ja = "並", en = "So-so" }]

[[state]]
key = "parked"
title = { ja = "留置", en = "Parked" }
[[state]]
key = "used"
words = ["稼働"]

[[move]]
key = "park"
title = { ja = "留める", en = "Park" }
from = ["used"]
to = "parked"
by = ["operator"]

[[import_state]]
state = "parked"
where = ["has(r.shelf)"]
"#;

#[test]
fn a_register_is_extended() {
    let rules = Rules::load(&with(&[("registers/thing.toml", THING)]));
    let thing = rules.catalog.register_by_key("thing").unwrap();
    assert!(thing.words.contains(&"什器".to_string()) && thing.is_live("parked") && thing.is_live("used"));
    assert_eq!(thing.field("shelf").unwrap().words, ["棚番"]);
    let kinds: Vec<&str> = thing.field("kind").unwrap().options().iter().map(|o| o.key.as_str()).collect();
    assert_eq!(kinds, ["a", "b", "c"]);
    assert_eq!(thing.field("kind").unwrap().options()[0].words, ["甲"]);
    let notes = thing.field("notes").unwrap().rows();
    assert_eq!(notes.last().unwrap().key, "weight");
    assert_eq!(notes.iter().find(|f| f.key == "state").unwrap().options().len(), 3);
    assert!(thing.list.contains(&thing.field_ix("shelf").unwrap()));
    assert_eq!((thing.moves.len(), thing.import_states[0].state.as_str()), (1, "parked"));
    assert_eq!(thing.state("used").unwrap().words, ["稼働"]);
    // Records and proofs use what was added.
    let judged =
        world(&rules, r#"r = [{ register = "thing", state = "parked", f = { name = "x", kind = "c", shelf = "3" } }]"#);
    assert_eq!(rules.judge(&judged, today(), None).value(rules.part("1.1#1")), Judged::Satisfied);
}

#[test]
fn registers_items_parts_findings_facts_and_roles_are_added() {
    let own = r#"
key = "own"
code = "OWN"
version = 1
group = "g"
title = { ja = "自", en = "own" }
about = { ja = "自", en = "own" }
headline = ["name"]
list = ["name"]
initial = "open"
live = ["open"]
[[field]]
key = "name"
title = { ja = "名", en = "name" }
kind = "text"
[[state]]
key = "open"
title = { ja = "開", en = "open" }
"#;
    let items = r#"
[[item]]
id = "1.1"
[[item.part]]
says = { ja = "名札がある", en = "It is labelled" }
kind = "REG"
proof = { records = "own" }
[[item]]
id = "X.1"
title = { ja = "院内の決まり", en = "House rule" }
actors = ["operator"]
[[item.part]]
says = { ja = "開いている", en = "It is open" }
kind = "REG"
proof = { records = "own", every = ["has(r.name)"] }
"#;
    let findings = r#"
[[finding]]
key = "own_without_name"
items = ["X.1"]
title = { ja = "名なし", en = "no name" }
register = "own"
where = ["!has(r.name)"]
why = { ja = "名がありません", en = "No name" }
"#;
    let tables = r#"
[[fact]]
key = "own_fact"
title = { ja = "自", en = "own" }
asks = { ja = "自?", en = "own?" }
[[fact]]
key = "shared"
implied_by = [{ register = "own" }]
[[product]]
name = "自製品"
match = ["自製品"]
ends = "2027-01-01"
source = "own"
checked_on = "2026-01-01"
"#;
    let roles = r#"
[[role]]
key = "own-role"
title = { ja = "自", en = "own" }
reads = "internal"
[[grant]]
role = "own-role"
registers = ["own"]
actions = ["read"]
"#;
    let rules = Rules::load(&with(&[
        ("registers/own.toml", own),
        ("editions/small/own.toml", items),
        ("findings/own.toml", findings),
        ("tables/own.toml", tables),
        ("roles.toml", roles),
    ]));
    let world = world(&rules, r#"r = [{ register = "own", f = { name = "x" } }, { register = "own" }]"#);
    let judged = rules.judge(&world, today(), None);
    assert_eq!(judged.value(rules.part("1.1#2")), Judged::Satisfied);
    assert_eq!(judged.value(rules.part("X.1#1")), Judged::NotSatisfied);
    assert_eq!(judged.finding_count(rules.program.findings.len() - 1), 1);
    assert!(judged.facts()["shared"].value.is_true() && judged.facts()["own_fact"].value.is_unknown());
    assert!(rules.catalog.end_of_support("自製品 3").is_some());
    assert_eq!((rules.catalog.edition.as_str(), rules.catalog.roles.grants.len()), ("small", 1));
    assert!(judged.verdict(rules.part("1.1#2")).remarks.is_empty(), "to add a duty loosens nothing");
}

#[test]
fn a_loosened_proof_or_period_is_said_with_every_verdict() {
    let plain = Rules::load(&small::files());
    let items = r#"
[[item]]
id = "1.1"
[[item.part]]
replaces = 1
proof = { records = "thing", at_least = 0, every = ["has(r.kind)"] }
"#;
    let periods = "[[period]]\nkey = \"often\"\ndefault = \"2y\"\nceiling = \"3y\"\n";
    let rules = Rules::load(&with(&[("editions/small/01.toml", items), ("tables/periods.toml", periods)]));
    assert_ne!(plain.catalog.digest, rules.catalog.digest);
    let empty = world(&rules, "r = []");
    let remarks = |rules: &Rules, part: &str| {
        let verdict = rules.judge(&empty, today(), None).verdict(rules.part(part));
        (verdict.value, verdict.remarks.into_iter().map(|r| r.en).collect::<Vec<_>>())
    };
    let (value, said) = remarks(&rules, "1.1#1");
    assert_eq!(value, Judged::Satisfied);
    assert_eq!(said, ["Judged by the hospital's own proof (overlay/editions/small/01.toml)"]);
    // 1.2 measures by `often`; whether it holds or not, it says so.
    let (_, said) = remarks(&rules, "1.2#1");
    assert_eq!(said, ["The hospital's own definition lengthens the period “often” (overlay/tables/periods.toml)"]);
    assert!(remarks(&rules, "1.3#1").1.is_empty());
    let shorter = "[[period]]\nkey = \"often\"\ndefault = \"1m\"\n";
    let rules = Rules::load(&with(&[("tables/periods.toml", shorter)]));
    assert!(rules.catalog.period("often").unwrap().loosened.is_none());
}

#[test]
fn faults_of_an_overlay_are_named_with_file_line_and_hint() {
    let cases: &[(&str, &str, usize, &str)] = &[
        ("registers/x.toml", "extends = \"thnig\"\n", 1, "no register `thnig` to extend"),
        ("registers/x.toml", "extends = \"thing\"\nremove = [\"name\"]\n", 2, "unknown field `remove`"),
        (
            "registers/x.toml",
            "extends = \"thing\"\n\n[[field]]\nkey = \"kind\"\nkind = \"text\"\n",
            4,
            "its `kind` cannot be changed",
        ),
        ("registers/x.toml", "extends = \"thing\"\n[[field]]\nkey = \"shelf\"\n", 3, "is new and lacks"),
        (
            "registers/x.toml",
            "extends = \"thing\"\n[[field]]\nkey = \"shelf\"\ntitle = { ja = \"棚\", en = \"s\" }\nkind = \"link\"\nto = [\"shelves\"]\n",
            6,
            "unknown register `shelves`",
        ),
        (
            "registers/x.toml",
            "extends = \"thing\"\n[[field]]\nkey = \"shelf\"\ntitle = { ja = \"棚\", en = \"s\" }\nkind = \"txet\"\n",
            5,
            "no field kind `txet`",
        ),
        (
            "registers/x.toml",
            "extends = \"thing\"\n[[state]]\nkey = \"gone\"\ntone = \"good\"\n",
            3,
            "state `gone` exists already",
        ),
        ("registers/x.toml", "extends = \"thing\"\nlive = [\"gnoe\"]\n", 2, "no state `gnoe`"),
        ("registers/x.toml", "extends = \"thing\"\nlist = [\"shelf\"]\n", 2, "no field `shelf`"),
        ("registers/x.toml", "extends = \"thing\n", 1, "invalid"),
        (
            "editions/small/x.toml",
            "[[item]]\nid = \"1.1\"\nmanagement = \"none\"\n",
            2,
            "`management` cannot be changed",
        ),
        (
            "editions/small/x.toml",
            "[[item]]\nid = \"1.1\"\n[[item.part]]\nreplaces = 7\nproof = { records = \"thing\" }\n",
            3,
            "`replaces` names no part",
        ),
        ("editions/small/x.toml", "[[item]]\nid = \"X.1\"\n", 2, "lacks `title`"),
        (
            "editions/small/x.toml",
            "[[item]]\nid = \"1.1\"\n[[item.part]]\nsays = { ja = \"事\", en = \"x\" }\nkind = \"REG\"\nproof = { records = \"thing\", every = [\"r.nmae == 'x'\"] }\n",
            3,
            "no field `nmae`",
        ),
        (
            "findings/x.toml",
            "[[finding]]\nkey = \"gone_owner\"\nitems = []\ntitle = { ja = \"去\", en = \"g\" }\nregister = \"thing\"\nwhere = []\nwhy = { ja = \"去\", en = \"g\" }\n",
            1,
            "is given twice",
        ),
        ("tables/x.toml", "[[peroid]]\nkey = \"often\"\n", 1, "no table `peroid`"),
        ("tables/x.toml", "[[period]]\nkey = \"often\"\ndefault = \"1w\"\n", 2, "`1w` is no length"),
        (
            "tables/x.toml",
            "[[fact]]\nkey = \"big\"\nasks = { ja = \"大\", en = \"b\" }\n",
            2,
            "fact `big` exists already",
        ),
        ("rules/x.toml", "a = 1\n", 0, "nothing reads"),
    ];
    for (path, text, line, wanted) in cases {
        let faults = match Catalog::load(&with(&[(path, text)])) {
            Err(faults) => faults,
            Ok(catalog) => Program::compile(&catalog).expect_err(wanted),
        };
        let at = (format!("overlay/{path}"), *line);
        let told =
            faults.iter().find(|f| (f.file.clone(), f.line) == at && f.what.contains(wanted) && !f.hint.is_empty());
        assert!(told.is_some(), "wanted `{wanted}` at {at:?}, got\n{}", words(&faults));
    }
}

#[test]
fn the_real_catalogue_takes_an_overlay() {
    let mut files = real_files();
    let text = "extends = \"device\"\n[[field]]\nkey = \"ward_phone\"\ntitle = { ja = \"病棟内線\", en = \"Ward phone\" }\nkind = \"text\"\n";
    files.push(file("overlay/registers/device.toml", text));
    let rules = Rules::load(&files);
    assert!(rules.catalog.register_by_key("device").unwrap().field("ward_phone").is_some());
}
