//! However an evaluator came to know the records – one by one, at once, as days went by – it says the same.

use akashi_domain::{Day, RecordId, World};

use super::common::{Everything, Rules, today};
use super::dice::Dice;
use super::small::{self, Ids};

/// Makes one random change in a world of up to `most` records; returns the record.
pub(crate) fn change(dice: &mut Dice, rules: &Rules, world: &mut World, most: usize) -> RecordId {
    let ids = Ids::new(&rules.catalog, most);
    let id = ids.any(dice);
    let rev = world.latest(id).map_or(1, |v| v.rev + 1);
    let mut version = small::version(dice, &ids, id, rev);
    if let Some(old) = world.latest(id)
        && dice.one_in(2)
    {
        // Often only one field changes.
        let slot = dice.below(version.cells.len());
        let value = version.cells[slot].clone();
        version.cells = old.cells.clone();
        version.cells[slot] = value;
        version.state = old.state.clone();
    }
    world.insert(version);
    id
}

fn assert_same(rules: &Rules, world: &World, as_of: Day, evaluator: &akashi_domain::verdict::Evaluator, story: &str) {
    let fresh = rules.judge(world, as_of, None);
    let differences = Everything::of(rules, evaluator).differences(&Everything::of(rules, &fresh));
    assert!(differences.is_empty(), "{story}\n{}", differences.join("\n"));
}

#[test]
fn changes_taken_in_one_by_one_are_as_if_judged_at_once() {
    let rules = small::rules();
    for seed in 0..20 {
        let mut dice = Dice::new(seed);
        let mut world = World::new(rules.catalog.clone());
        let mut evaluator = rules.judge(&world, today(), None);
        for step in 0..80 {
            let id = change(&mut dice, &rules, &mut world, 40);
            let values: Vec<_> = (0..rules.program.parts.len()).map(|ix| evaluator.verdict(ix)).collect();
            let touched = evaluator.learn(&world, id);
            for (ix, old) in values.iter().enumerate().filter(|(ix, _)| !touched.contains(ix)) {
                let new = evaluator.verdict(ix);
                assert_eq!((old.value, old.population, old.lapses_at), (new.value, new.population, new.lapses_at));
            }
            if step % 4 == 3 {
                assert_same(&rules, &world, today(), &evaluator, &format!("seed {seed}, step {step}"));
            }
        }
    }
}

#[test]
fn versions_may_be_given_without_the_world() {
    let rules = small::rules();
    for seed in 100..115 {
        let mut dice = Dice::new(seed);
        let mut world = World::new(rules.catalog.clone());
        let mut evaluator = rules.judge(&world, today(), None);
        for step in 0..60 {
            let ids = Ids::new(&rules.catalog, 40);
            let id = ids.any(&mut dice);
            let rev = world.latest(id).map_or(1, |v| v.rev + 1);
            let mut version = small::version(&mut dice, &ids, id, rev);
            version.valid_from = None;
            evaluator.apply(world.insert(version));
            if step % 6 == 5 {
                assert_same(&rules, &world, today(), &evaluator, &format!("seed {seed}, step {step}"));
            }
        }
    }
}

#[test]
fn days_that_pass_are_as_if_judged_on_the_day() {
    let rules = small::rules();
    for seed in 200..220 {
        let mut dice = Dice::new(seed);
        let mut world = World::new(rules.catalog.clone());
        for _ in 0..60 {
            change(&mut dice, &rules, &mut world, 40);
        }
        let mut now = today();
        let mut evaluator = rules.judge(&world, now, None);
        for step in 0..25 {
            now = Day(now.0 + [0, 1, 1, 7, 30, 90][dice.below(6)]);
            evaluator.advance(now);
            if dice.one_in(3) {
                let id = change(&mut dice, &rules, &mut world, 40);
                evaluator.learn(&world, id);
            }
            assert_same(&rules, &world, now, &evaluator, &format!("seed {seed}, step {step}, {now}"));
        }
    }
}

#[test]
fn the_story_holds_many_settled_and_unsettled_verdicts() {
    let rules = small::rules();
    let mut seen: std::collections::BTreeMap<_, usize> = Default::default();
    for seed in 0..90 {
        let mut dice = Dice::new(seed);
        let mut world = World::new(rules.catalog.clone());
        for _ in 0..80 {
            change(&mut dice, &rules, &mut world, 40);
        }
        for said in Everything::of(&rules, &rules.judge(&world, today(), None)).parts.values() {
            *seen.entry((said.value, said.lapses_at.is_some())).or_default() += 1;
        }
    }
    use akashi_domain::verdict::Judged::*;
    let wanted = [
        (NotSatisfied, false),
        (Insufficient, false),
        (Satisfied, true),
        (Satisfied, false),
        (NotApplicable, true),
        (Overridden, true),
    ];
    for kind in wanted {
        assert!(seen.contains_key(&kind), "no {kind:?}: {seen:?}");
    }
}
