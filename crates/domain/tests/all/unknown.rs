//! Unknown is never a pass: whatever is blank or cannot be read, filling it in later never takes a pass away.

use akashi_domain::register::FieldKind;
use akashi_domain::verdict::Judged;
use akashi_domain::{RecordId, Value, World};

use super::common::{Rules, file, today, world};
use super::dice::Dice;
use super::small::{self, Ids};

/// Parts of the small catalogue that ask nothing about presence (`has`, `blank`, counts of none or of alternatives):
/// a value nobody knows yet must keep them from being met unless every value would do.
const STRICT: [&str; 8] = ["past", "future", "over", "valid", "far", "allrows", "anyof", "subjects"];

#[test]
fn what_is_met_with_a_gap_is_met_with_every_filling() {
    let rules = small::rules();
    let strict: Vec<usize> = (0..rules.program.parts.len())
        .filter(|ix| STRICT.contains(&rules.catalog.items[rules.program.parts[*ix].item].title.en.as_str()))
        .collect();
    let mut tried = 0;
    for seed in 500..540 {
        let mut dice = Dice::new(seed);
        let ids = Ids::new(&rules.catalog, 14);
        let mut world = World::new(rules.catalog.clone());
        for id in (1..=14).map(RecordId) {
            let mut version = small::version(&mut dice, &ids, id, 1);
            version.valid_from = None;
            world.insert(version);
        }
        let id = ids.any(&mut dice);
        let register = rules.catalog.register(world.latest(id).unwrap().register);
        for (slot, field) in register.fields().iter().enumerate().filter(|(_, f)| answers_once(&f.kind)) {
            let gap = if dice.one_in(2) { Value::Null } else { Value::Unclear("?".into()) };
            let met = met(&rules, &with(&world, id, slot, gap), &strict);
            for _ in 0..4 {
                let value = small::value(&mut dice, field, &ids);
                let filled = with(&world, id, slot, value.clone());
                for ix in &met {
                    let then = rules.judge(&filled, today(), None).value(*ix);
                    assert!(
                        then.is_settled(),
                        "seed {seed}: {} is met without {}, but not with {value:?}",
                        rules.name(*ix),
                        field.key
                    );
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 300, "only {tried} fillings tried");
}

/// Links and texts are left out: a record that is linked or doubled is one more row, not a known value.
fn answers_once(kind: &FieldKind) -> bool {
    matches!(kind, FieldKind::Date | FieldKind::Choice(_) | FieldKind::YesNo | FieldKind::Number { .. })
}

fn with(world: &World, id: RecordId, slot: usize, value: Value) -> World {
    let mut out = world.clone();
    let mut version = (**world.latest(id).unwrap()).clone();
    version.cells[slot] = value;
    out.insert(version);
    out
}

fn met(rules: &Rules, world: &World, parts: &[usize]) -> Vec<usize> {
    let judged = rules.judge(world, today(), None);
    parts.iter().copied().filter(|ix| judged.value(*ix).is_settled()).collect()
}

/// A rule, the row it judges, and what it must come to.
fn judge_rule(proof: &str, row: &str) -> Judged {
    let rules = small::with_items(&[file("editions/small/90.toml", &small::item("9.1", proof))]);
    let world = world(&rules, &format!("r = [{{ register = \"thing\", f = {{ name = \"x\", {row} }} }}]"));
    rules.judge(&world, today(), None).value(rules.part("9.1#1"))
}

#[test]
fn missing_and_unreadable_values_give_insufficient_evidence() {
    use Judged::{Insufficient, NotSatisfied, Satisfied};
    let cases = [
        (r#"{ records = "thing", every = ["r.kind == 'a'"] }"#, "", Insufficient),
        (r#"{ records = "thing", every = ["r.kind == 'a'"] }"#, "kind = 'b'", NotSatisfied),
        (r#"{ records = "thing", every = [{ past = "bought" }] }"#, "", Insufficient),
        (r#"{ records = "thing", every = [{ past = "bought", blank = true }] }"#, "", Satisfied),
        (r#"{ records = "thing", every = [{ past = "bought", blank = false }] }"#, "", NotSatisfied),
        (r#"{ records = "thing", every = [{ not = [{ past = "bought" }] }] }"#, "", Insufficient),
        (r#"{ records = "thing", every = [{ not = [{ past = "holder.left" }] }] }"#, "holder = '誰か'", Insufficient),
        (r#"{ records = "thing", every = [{ valid = ["from", "to"] }] }"#, "", Insufficient),
        (r#"{ records = "thing", every = [{ valid = ["from", "to"] }] }"#, "from = '2020'", Satisfied),
        (r#"{ records = "thing", every = [{ not = [{ twin = ["no"] }] }] }"#, "", Insufficient),
        (r#"{ records = "thing", every = [{ not = [{ twin = ["no"] }] }] }"#, "no = '1'", Satisfied),
        (
            r#"{ records = "thing", every = [{ match = "personnel", on = ["no"], to = ["no"], count = "none" }] }"#,
            "",
            Insufficient,
        ),
        (
            r#"{ records = "thing", every = [{ any_of = [["r.kind == 'a'"], ["r.auto == true"]] }] }"#,
            "auto = false",
            Insufficient,
        ),
        (
            r#"{ records = "thing", every = [{ any_of = [["r.kind == 'a'"], ["r.auto == true"]] }] }"#,
            "auto = true",
            Satisfied,
        ),
        (r#"{ records = "thing", at_least = 0, none = ["r.kind == 'a'"] }"#, "", Insufficient),
        (
            r#"{ records = "thing", where = ["r.kind == 'a'"], every = ["r.auto == true"] }"#,
            "auto = false",
            Insufficient,
        ),
        (r#"{ records = "thing", where = ["r.kind == 'b'"] }"#, "kind = 'a'", NotSatisfied),
        (r#"{ when = "facts.big", then = { records = "thing" } }"#, "", Insufficient),
    ];
    for (proof, row, wanted) in cases {
        assert_eq!(judge_rule(proof, row), wanted, "{proof} with {row}");
    }
}

#[test]
fn unreadable_ends_do_not_hold_a_thing_in_force() {
    let rules = small::with_items(&[file(
        "editions/small/90.toml",
        &small::item("9.1", r#"{ records = "thing", every = [{ valid = ["from", "to"], open = "r.auto == true" }] }"#),
    )]);
    let mut world = world(&rules, r#"r = [{ register = "thing", f = { name = "x", from = "2020", auto = false } }]"#);
    let id = akashi_domain::notation::id(0x1000, 0);
    let register = rules.catalog.register_by_key("thing").unwrap();
    let slot = |key| register.field_ix(key).unwrap();
    world = with(&world, id, slot("to"), Value::Unclear("R9頃".into()));
    let value = |world: &World| rules.judge(world, today(), None).value(rules.part("9.1#1"));
    assert_eq!(value(&world), Judged::Insufficient);
    world = with(&world, id, slot("auto"), Value::YesNo(true));
    assert_eq!(value(&world), Judged::Satisfied, "it goes on by itself, whatever the end");
    world = with(&world, id, slot("from"), Value::Unclear("昔".into()));
    assert_eq!(value(&world), Judged::Insufficient);
}
