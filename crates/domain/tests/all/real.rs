//! The same properties on the real catalogue: the records of its examples, changed at random.

use std::collections::BTreeMap;

use akashi_domain::notation::{Written, instant, read_set};
use akashi_domain::verdict::{Evaluator, Judged};
use akashi_domain::{Day, RecordId, World};
use serde::Deserialize;

use super::common::{Everything, Rules, catalog_root, dispose, next, real_files, today};
use super::dice::Dice;
use super::small::{self, Targets};

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    example: Vec<Example>,
}

#[derive(Deserialize)]
struct Example {
    #[serde(default)]
    facts: BTreeMap<String, bool>,
    pass: Vec<Written>,
    fail: Vec<Written>,
}

/// Every example of the catalogue, in the order of the files.
fn examples() -> Vec<Example> {
    let mut paths: Vec<_> =
        std::fs::read_dir(catalog_root().join("examples")).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    let read = |path| toml::from_str::<File>(&std::fs::read_to_string(path).unwrap()).unwrap().example;
    paths.into_iter().flat_map(read).collect()
}

/// A world of the records of some examples, and where links may lead in it.
struct Mixed {
    world: World,
    ids: Vec<RecordId>,
}

impl Mixed {
    fn of(rules: &Rules, dice: &mut Dice, all: &[Example]) -> Mixed {
        let mut out = Mixed { world: World::new(rules.catalog.clone()), ids: Vec::new() };
        for n in 0..25u128 {
            let example = dice.pick(all);
            let set = if dice.one_in(6) { &example.fail } else { &example.pass };
            let set: Vec<Written> = set.iter().cloned().chain(example.facts.iter().map(answer)).collect();
            let recorded = instant(if dice.one_in(4) { "2027-01-15" } else { "2024-05-01" }).unwrap();
            for version in read_set(&set, &rules.catalog, n << 32, recorded).unwrap() {
                out.ids.push(version.id);
                out.world.insert(version);
            }
        }
        out
    }

    /// Changes one field or the state of one record.
    fn change(&mut self, dice: &mut Dice) -> RecordId {
        let id = *dice.pick(&self.ids);
        let mut version = next(&self.world, id);
        let register = self.world.catalog.register(version.register).clone();
        match dice.below(5) {
            0 => version.state = dice.pick(&register.states).key.as_str().into(),
            1 => version.valid_from = Some(dice.date(today())),
            _ => {
                let slot = dice.below(register.fields().len());
                version.cells[slot] = small::value(dice, &register.fields()[slot], self);
            }
        }
        self.world.insert(version);
        id
    }
}

impl Targets for Mixed {
    fn of(&self, registers: &[&str]) -> Vec<RecordId> {
        let key = |id: &RecordId| self.world.catalog.register(self.world.latest(*id).unwrap().register).key.as_str();
        self.ids.iter().copied().filter(|id| registers.is_empty() || registers.contains(&key(id))).collect()
    }
}

fn answer((fact, yes): (&String, &bool)) -> Written {
    let f = toml::toml! { confirmed_by = "企画管理者" confirmed_on = "2026-05-01" };
    let given = [("fact".to_string(), fact.as_str().into()), ("answer".to_string(), (*yes).into())];
    let record = toml::toml! { register = "profile" state = "confirmed" };
    Written { f: f.into_iter().chain(given).collect(), ..record.try_into().unwrap() }
}

#[test]
fn the_real_catalogue_is_judged_alike_however_changes_come() {
    let rules = Rules::load(&real_files());
    let all = examples();
    for seed in 0..4 {
        let mut dice = Dice::new(seed);
        let mut mixed = Mixed::of(&rules, &mut dice, &all);
        let mut now = today();
        let mut evaluator = rules.judge(&mixed.world, now, None);
        for step in 0..48 {
            let id = mixed.change(&mut dice);
            if dice.one_in(8) {
                dispose(&mut mixed.world, id, i64::from(now.0) * 86_400_000_000);
                mixed.ids.retain(|other| *other != id);
            }
            evaluator.learn(&mixed.world, id);
            if dice.one_in(6) {
                now = Day(now.0 + dice.below(60) as i32);
                evaluator.advance(now);
            }
            if step % 12 == 11 {
                let fresh = rules.judge(&mixed.world, now, None);
                let differences = Everything::of(&rules, &evaluator).differences(&Everything::of(&rules, &fresh));
                assert!(differences.is_empty(), "seed {seed}, step {step}\n{}", differences.join("\n"));
            }
        }
    }
}

#[test]
fn the_real_catalogue_lapses_on_the_day_it_names() {
    let rules = Rules::load(&real_files());
    let all = examples();
    let (mut lapsing, mut lasting) = (0, 0);
    for seed in 20..24 {
        let mut dice = Dice::new(seed);
        let mut mixed = Mixed::of(&rules, &mut dice, &all);
        for _ in 0..6 {
            mixed.change(&mut dice);
        }
        let mut days: BTreeMap<Day, Evaluator> = BTreeMap::new();
        let now = rules.judge(&mixed.world, today(), None);
        let some: Vec<Day> = (0..6).map(|_| Day(today().0 + 1 + dice.below(1095) as i32)).collect();
        for ix in 0..rules.program.parts.len() {
            let verdict = now.verdict(ix);
            let mut at = |day: Day| -> Judged {
                days.entry(day).or_insert_with(|| rules.judge(&mixed.world, day, None)).value(ix)
            };
            match verdict.lapses_at {
                Some(day) => {
                    let turn = (at(Day(day.0 - 1)), at(day));
                    assert!(
                        turn.0 == verdict.value && turn.1 != verdict.value,
                        "{}: {verdict:?} {turn:?}",
                        rules.name(ix)
                    );
                    lapsing += 1;
                }
                None if verdict.value.is_settled() => {
                    some.iter().for_each(|day| assert_eq!(at(*day), verdict.value, "{} on {day}", rules.name(ix)));
                    lasting += 1;
                }
                None => {}
            }
        }
    }
    assert!(lapsing >= 20 && lasting >= 10, "{lapsing} lapse, {lasting} last");
}
