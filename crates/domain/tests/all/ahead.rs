//! A verdict lapses exactly when it says: judged day by day, it is the same until then and another on that day.

use akashi_domain::date::Span;
use akashi_domain::verdict::Judged;
use akashi_domain::{Day, RecordId, World};

use super::common::{Rules, today};
use super::dice::Dice;
use super::same::change;
use super::small;

/// The first day within three years on which each part's value differs from today's, found by judging every day anew.
fn by_every_day(rules: &Rules, world: &World) -> Vec<(Judged, Option<Day>)> {
    let now = rules.judge(world, today(), None);
    let mut out: Vec<(Judged, Option<Day>)> = (0..rules.program.parts.len()).map(|ix| (now.value(ix), None)).collect();
    for offset in 1..=1100 {
        let day = Day(today().0 + offset);
        let then = rules.judge(world, day, None);
        for (ix, (value, lapse)) in out.iter_mut().enumerate() {
            if lapse.is_none() && then.value(ix) != *value {
                *lapse = Some(day);
            }
        }
    }
    out
}

fn assert_exact(rules: &Rules, world: &World, story: &str) -> [usize; 2] {
    let now = rules.judge(world, today(), None);
    let horizon = today().plus(Span { months: 36, days: 0 });
    let mut seen = [0, 0];
    for (ix, (value, wanted)) in by_every_day(rules, world).into_iter().enumerate() {
        let verdict = now.verdict(ix);
        assert_eq!(verdict.value, value);
        if !value.is_settled() {
            assert_eq!(verdict.lapses_at, None, "{story}, {}", rules.name(ix));
            continue;
        }
        let told = verdict.lapses_at.filter(|d| *d <= horizon);
        let wanted = wanted.filter(|d| *d <= horizon);
        assert_eq!(told, wanted, "{story}, {}: {value:?}", rules.name(ix));
        seen[usize::from(told.is_some())] += 1;
    }
    seen
}

#[test]
fn settled_verdicts_last_until_the_day_they_name() {
    let rules = small::rules();
    let mut seen = [0, 0];
    for seed in 300..304 {
        let mut dice = Dice::new(seed);
        let mut world = World::new(rules.catalog.clone());
        for _ in 0..50 {
            change(&mut dice, &rules, &mut world, 30);
        }
        let more = assert_exact(&rules, &world, &format!("seed {seed}"));
        seen = [seen[0] + more[0], seen[1] + more[1]];
    }
    assert!(seen[0] >= 5 && seen[1] >= 5, "too few settled verdicts: {seen:?}");
}

#[test]
fn records_without_later_versions_lapse_exactly_too() {
    let rules = small::rules();
    for seed in 400..402 {
        let mut dice = Dice::new(seed);
        let mut world = World::new(rules.catalog.clone());
        let ids = small::Ids::new(&rules.catalog, 30);
        for id in (1..=30).map(RecordId) {
            let mut version = small::version(&mut dice, &ids, id, 1);
            version.valid_from = None;
            world.insert(version);
        }
        assert_exact(&rules, &world, &format!("seed {seed}"));
    }
}
