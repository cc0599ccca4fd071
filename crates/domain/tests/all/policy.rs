//! Who may do what: the whole matrix of the real roles against a checked-in file, and four eyes one by one.
//! `AKASHI_GOLDEN=write` writes the file anew; what changed in it is to be read before it is committed.

use std::fmt::Write;
use std::path::Path;

use akashi_domain::authz::{Action, Actor, Refusal, allowed, may_move, sees};
use akashi_domain::notation::id;
use akashi_domain::register::RegisterIx;
use akashi_domain::verdict::Evaluator;
use akashi_domain::{RecordId, Value, Version};

use super::common::{Rules, file, real_files, today, world};
use super::small;

fn actor(role: &str) -> Actor {
    Actor { pseudonym: "someone".into(), roles: vec![role.into()], person: None, name: "誰か".into() }
}

/// A record without content that somebody else wrote.
fn empty(rules: &Rules, register: RegisterIx) -> Version {
    let def = rules.catalog.register(register);
    let set = format!("r = [{{ register = \"{}\", state = \"{}\" }}]", def.key, def.initial);
    super::common::records(rules, &set).remove(0)
}

/// `edit?` is allowed on some records only.
fn matrix(rules: &Rules, evaluator: &Evaluator) -> String {
    let mut out = String::from("# role: register: actions (`?`: on some records only)\n");
    for role in &rules.catalog.roles.roles {
        writeln!(out, "\n{} reads {:?}", role.key, role.reads).unwrap();
        for (ix, register) in rules.catalog.registers.iter().enumerate() {
            let ix = RegisterIx(ix as u16);
            let record = empty(rules, ix);
            let may = |a: &Action, r| allowed(evaluator, &actor(&role.key), *a, ix, r);
            let words = Action::ALL.iter().filter(|a| may(a, None)).map(|a| {
                let mark = if may(a, Some(&record)) { "" } else { "?" };
                format!("{}{mark}", a.key())
            });
            let words = words.collect::<Vec<_>>().join(" ");
            if !words.is_empty() {
                writeln!(out, "  {}: {words}", register.key).unwrap();
            }
        }
    }
    out
}

#[test]
fn the_policy_is_the_one_written_down() {
    let rules = Rules::load(&real_files());
    let evaluator = rules.judge(&world(&rules, "r = []"), today(), None);
    let now = matrix(&rules, &evaluator);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/policy.txt");
    if std::env::var("AKASHI_GOLDEN").is_ok_and(|v| v == "write") {
        std::fs::write(&path, &now).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = now.lines().zip(written.lines()).find(|(a, b)| a != b);
    assert!(
        now == written,
        "{} is not what roles.toml says: {differs:?}; AKASHI_GOLDEN=write writes it",
        path.display()
    );
}

#[test]
fn what_no_grant_allows_is_refused() {
    let rules = Rules::load(&real_files());
    let evaluator = rules.judge(&world(&rules, "r = []"), today(), None);
    let registers = (0..rules.catalog.registers.len() as u16).map(RegisterIx);
    for register in registers {
        for action in Action::ALL {
            assert!(!allowed(&evaluator, &actor("nobody"), action, register, None));
            assert!(!allowed(&evaluator, &Actor::default(), action, register, None));
        }
        // Only management decides, and who looks after accounts does not.
        for role in rules.catalog.roles.roles.iter().filter(|r| r.key != "management") {
            assert!(!allowed(&evaluator, &actor(&role.key), Action::Decide, register, None), "{}", role.key);
        }
        for action in [Action::Create, Action::Edit, Action::Move, Action::Review, Action::Decide] {
            assert!(!allowed(&evaluator, &actor("admin"), action, register, None));
        }
    }
}

#[test]
fn conditions_of_grants_know_who_acts() {
    let rules = Rules::load(&real_files());
    let world = world(
        &rules,
        r#"r = [
          { register = "personnel", id = "p", f = { name = "申請 花子" } },
          { register = "personnel", id = "q", f = { name = "別 人" } },
          { register = "take-out", f = { applicant = "@p" } },
          { register = "take-out", f = { applicant = "申請 花子" } },
        ]"#,
    );
    let evaluator = rules.judge(&world, today(), None);
    let view = evaluator.view();
    let staff = |n: usize| Actor { person: Some(id(0x1000, n)), ..actor("staff") };
    let record = |n: usize| view.get(id(0x1000, n)).unwrap().clone();
    let edits = |who: &Actor, n: usize| allowed(&evaluator, who, Action::Edit, record(n).register, Some(&record(n)));
    assert!(edits(&staff(0), 2) && !edits(&staff(1), 2), "the applicant's own take-out only");
    assert!(!edits(&actor("staff"), 2), "somebody without a row in personnel is nobody's applicant");
    assert!(!edits(&staff(0), 3), "a name nobody resolved is no proof of who it is");
}

const SLIP: &str = r#"
extends = "thing"
[[field]]
key = "author"
title = { ja = "起案者", en = "Author" }
kind = "person"
[[move]]
key = "plain"
title = { ja = "進める", en = "Go on" }
from = ["new"]
to = "used"
by = ["operator"]
[[move]]
key = "four-eyes"
title = { ja = "承認", en = "Approve" }
from = ["new"]
to = "used"
by = ["operator"]
not_by = "author"
[[move]]
key = "not-holder"
title = { ja = "確認", en = "Check" }
from = ["new"]
to = "used"
by = ["operator"]
not_by = "holder"
[[move]]
key = "needing"
title = { ja = "終える", en = "End" }
from = ["new", "used"]
to = "gone"
by = ["operator"]
needs = "has(r.no) && r.size > 1"
why = { ja = "番号が要ります", en = "A number is needed" }
"#;

const ROLES: &str = r#"
[[role]]
key = "operator"
title = { ja = "担当者", en = "Operator" }
reads = "internal"
[[role]]
key = "reader"
title = { ja = "読む人", en = "Reader" }
reads = "public"
[[grant]]
role = "operator"
registers = ["thing"]
actions = ["read", "move"]
[[grant]]
role = "reader"
registers = ["thing"]
actions = ["read", "edit"]
own = true
"#;

#[test]
fn moves_ask_for_state_role_another_person_and_what_they_need() {
    let rules = small::with_items(&[file("overlay/registers/thing.toml", SLIP), file("overlay/roles.toml", ROLES)]);
    let world = world(
        &rules,
        r#"r = [
          { register = "personnel", f = { name = "甲" } },
          { register = "thing", state = "new", f = { author = "@p", holder = "@p" , no = "1" } },
        ]"#
        .replace("{ register = \"personnel\", f", "{ register = \"personnel\", id = \"p\", f")
        .as_str(),
    );
    let evaluator = rules.judge(&world, today(), None);
    let thing = evaluator.view().rows_of("thing")[0].clone();
    let def = rules.catalog.register(thing.register);
    let slot = |key: &str| def.field_ix(key).unwrap();
    let with = |changes: &[(&str, Value)]| {
        let mut out = Version::clone(&thing);
        changes.iter().for_each(|(key, value)| out.cells[slot(key)] = value.clone());
        out
    };
    let may = |who: &Actor, record: &Version, key: &str| {
        let at = def.moves.iter().position(|m| m.key == key).unwrap();
        may_move(&evaluator, who, record, &def.moves[at], at)
    };
    let other = |pseudonym: &str, person: Option<RecordId>, name: &str| Actor {
        pseudonym: pseudonym.into(),
        roles: vec!["operator".into()],
        person,
        name: name.into(),
    };
    let kou = other("a1", Some(id(0x1000, 0)), "甲");
    let otsu = other("a2", None, "乙");
    assert_eq!(may(&kou, &thing, "plain"), Ok(()));
    assert_eq!(may(&actor("reader"), &thing, "plain"), Err(Refusal::Role));
    let used = Version { state: "used".into(), ..Version::clone(&thing) };
    assert_eq!(may(&kou, &used, "plain"), Err(Refusal::State));
    assert!(matches!(may(&kou, &thing, "four-eyes"), Err(Refusal::SamePerson(_))), "named as the author");
    assert_eq!(may(&otsu, &thing, "four-eyes"), Ok(()));
    let wrote = Version { author: "a2".into(), ..Version::clone(&thing) };
    assert!(matches!(may(&otsu, &wrote, "four-eyes"), Err(Refusal::SamePerson(_))), "wrote it, whoever is named");
    let named = with(&[("author", Value::Null)]);
    assert_eq!(may(&otsu, &named, "four-eyes"), Ok(()), "nobody named: who wrote it counts");
    let written = with(&[("holder", Value::Link(akashi_domain::Link::Text("乙 ".into())))]);
    assert!(matches!(may(&otsu, &written, "not-holder"), Err(Refusal::SamePerson(_))), "the same name in words");
    assert!(matches!(may(&kou, &thing, "not-holder"), Err(Refusal::SamePerson(_))));
    let nobody = with(&[("holder", Value::Null)]);
    assert!(matches!(may(&kou, &nobody, "not-holder"), Err(Refusal::SamePerson(_))), "nobody can tell who it is not");
    assert!(matches!(may(&kou, &thing, "needing"), Err(Refusal::Needs(why)) if why.en == "A number is needed"));
    assert_eq!(may(&kou, &with(&[("size", Value::Number(2.0))]), "needing"), Ok(()));
    let mine = Version { author: "someone".into(), ..Version::clone(&thing) };
    let reader = actor("reader");
    assert!(allowed(&evaluator, &reader, Action::Edit, thing.register, Some(&mine)));
    assert!(!allowed(&evaluator, &reader, Action::Edit, thing.register, Some(&thing)));
    assert!(
        sees(&evaluator, &kou, def.field("name").unwrap()) && !sees(&evaluator, &reader, def.field("name").unwrap())
    );
}
