//! Two times: what is true on a day, as known at a moment; and versions that begin later.

use akashi_domain::notation::{id, instant};
use akashi_domain::verdict::Judged;
use akashi_domain::{Value, World};

use super::common::{Rules, day, dispose, revise, today, world};
use super::small;

/// A thing named by its revisions: "1" from the beginning, "2" true from March, "3" a correction of January recorded
/// in June, "4" known since July and true from 2027, "5" again from March.
fn history(rules: &Rules) -> World {
    let mut out = world(rules, r#"r = [{ register = "thing", id = "t", f = { name = "1" } }]"#);
    let name = |n: &'static str| move |v: &mut akashi_domain::Version| v.cells[0] = Value::Text(n.into());
    revise(&mut out, 0, Some("2026-03-01"), "2026-04-10", name("2"));
    revise(&mut out, 0, Some("2026-01"), "2026-06-01", name("3"));
    revise(&mut out, 0, Some("2027"), "2026-07-01", name("4"));
    revise(&mut out, 0, Some("2026-03-01"), "2026-08-01", name("5"));
    out
}

#[test]
fn a_view_holds_what_is_true_on_its_day_as_known_at_its_moment() {
    let rules = small::rules();
    let world = history(&rules);
    let cases = [
        ("2025-12-31", None, "1"),
        ("2026-01-01", None, "3"),
        ("2026-02-28", None, "3"),
        ("2026-03-01", None, "5"),
        ("2026-11-22", None, "5"),
        ("2026-12-31", None, "5"),
        ("2027-01-01", None, "4"),
        ("2026-11-22", Some("2026-04-05"), "1"),
        ("2026-11-22", Some("2026-04-10"), "2"),
        ("2026-02-01", Some("2026-05-01"), "1"),
        ("2026-02-01", Some("2026-06-02"), "3"),
        ("2027-06-01", Some("2026-06-30"), "2"),
        ("2027-06-01", Some("2026-07-02"), "4"),
    ];
    for (as_of, known_at, wanted) in cases {
        let known_at = known_at.map(|t| instant(t).unwrap());
        let view = world.view(day(as_of), known_at);
        let held = view.get(id(0x1000, 0)).unwrap();
        assert_eq!(held.cells[0], Value::Text(wanted.into()), "as of {as_of}, known at {known_at:?}");
        let picked = world.pick(held.id, day(as_of), known_at).unwrap();
        assert_eq!(picked.rev, held.rev);
    }
    let before = world.view(today(), Some(instant("2026-03-31").unwrap()));
    assert!(before.is_empty(), "nothing was known before the first version was recorded");
}

/// The record is there until the day of the disposal, its content gone; from that day on it is gone itself.
#[test]
fn a_disposed_record_was_there_until_its_day() {
    let rules = small::rules();
    let mut world =
        world(&rules, r#"r = [{ register = "thing", id = "t", valid_from = "2026-05-01", f = { name = "1" } }]"#);
    dispose(&mut world, id(0x1000, 0), instant("2026-10-01").unwrap());
    let rev = |as_of, known_at: Option<&str>| {
        let view = world.view(as_of, known_at.map(|t| instant(t).unwrap()));
        let held = view.get(id(0x1000, 0)).unwrap().clone();
        assert!(held.disposed && held.cells.iter().all(Value::is_missing) && !view.is_live(&held));
        (held.rev, view.gone_since().count())
    };
    assert_eq!(rev(today(), None), (2, 0));
    assert_eq!(rev(day("2026-10-01"), None), (2, 0));
    assert_eq!(rev(day("2026-09-30"), None), (1, 1));
    assert_eq!(rev(today(), Some("2026-09-01")), (1, 1), "as known then there was a record");
    assert!(world.view(day("2026-04-30"), None).is_empty());
}

#[test]
fn a_version_that_begins_later_bounds_the_verdict() {
    let rules = small::rules();
    let text = r#"r = [{ register = "thing", id = "t", f = { name = "1", kind = "a", no = "7" } }]"#;
    let named = rules.part("1.1#1");
    let mut world = world(&rules, text);
    assert_eq!(rules.judge(&world, today(), None).verdict(named).lapses_at, None);
    // From 2027-02 on it has no name; from 2027-05 it has one again.
    revise(&mut world, 0, Some("2027-02"), "2026-10-01", |v| v.cells[0] = Value::Null);
    revise(&mut world, 0, Some("2027-05-10"), "2026-10-02", |v| v.cells[0] = Value::Text("2".into()));
    let now = rules.judge(&world, today(), None);
    let verdict = now.verdict(named);
    assert_eq!((verdict.value, verdict.lapses_at), (Judged::Satisfied, Some(day("2027-02-01"))));
    let then = rules.judge(&world, day("2027-02-01"), None);
    assert!(!then.value(named).is_settled());
    // Nobody knew it in September.
    let knew = rules.judge(&world, today(), Some(instant("2026-09-01").unwrap()));
    assert_eq!(knew.verdict(named).lapses_at, None);
    // The evaluator that lets the days pass takes the versions in by itself.
    let mut passing = now.clone();
    passing.advance(day("2027-03-01"));
    assert!(!passing.value(named).is_settled());
    passing.advance(day("2027-05-10"));
    assert_eq!(passing.value(named), Judged::Satisfied);
    assert_eq!(now.value(named), Judged::Satisfied, "the clone did not change it");
}

#[test]
fn evidence_recorded_after_the_day_judged_is_marked() {
    let rules = small::rules();
    let world = world(&rules, r#"r = [{ register = "thing", f = { name = "1" } }]"#);
    let named = rules.part("1.1#1");
    let remarks = |as_of: &str| {
        let remarks = rules.judge(&world, day(as_of), None).verdict(named).remarks;
        remarks.into_iter().map(|r| r.en).collect::<Vec<_>>()
    };
    assert_eq!(remarks("2026-03-31"), ["Rests on evidence recorded after the day judged"]);
    assert_eq!(remarks("2026-04-01"), [""; 0]);
}
