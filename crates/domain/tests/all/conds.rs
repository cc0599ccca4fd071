//! Each kind of condition in a table: partial dates, the first and last day, blank and doubled values.

use akashi_domain::verdict::Judged;

use super::common::{day, file, world};
use super::small;

const T: Judged = Judged::Satisfied;
const F: Judged = Judged::NotSatisfied;
const U: Judged = Judged::Insufficient;

/// Judges one condition about the first record of a set.
fn judge(condition: &str, set: &str, as_of: &str) -> Judged {
    let proof = format!("{{ records = \"thing\", where = [\"r.code == 'IT'\"], every = [{condition}] }}");
    let rules = small::with_items(&[file("editions/small/90.toml", &small::item("9.1", &proof))]);
    let world = world(&rules, &format!("r = [{set}]"));
    rules.judge(&world, day(as_of), None).value(rules.part("9.1#1"))
}

/// One thing with these fields.
fn it(fields: &str) -> String {
    format!("{{ register = \"thing\", id = \"it\", code = \"IT\", f = {{ {fields} }} }}")
}

fn check(cases: &[(&str, &str, &str, Judged)]) {
    for (condition, fields, as_of, wanted) in cases {
        assert_eq!(judge(condition, &it(fields), as_of), *wanted, "{condition} of {fields} on {as_of}");
    }
}

#[test]
fn past_over_and_future() {
    check(&[
        ("{ past = 'bought' }", "bought = '2026-11-22'", "2026-11-21", F),
        ("{ past = 'bought' }", "bought = '2026-11-22'", "2026-11-22", T),
        ("{ past = 'bought' }", "bought = '2026-11'", "2026-11-29", F),
        ("{ past = 'bought' }", "bought = '2026-11'", "2026-11-30", T),
        ("{ past = 'bought' }", "bought = '2026'", "2026-12-31", T),
        ("{ past = 'bought' }", "bought = '2026'", "2026-12-30", F),
        ("{ over = 'bought' }", "bought = '2026-11-22'", "2026-11-22", F),
        ("{ over = 'bought' }", "bought = '2026-11-22'", "2026-11-23", T),
        ("{ over = 'bought' }", "bought = '2024-02'", "2024-02-29", F),
        ("{ over = 'bought' }", "bought = '2024-02'", "2024-03-01", T),
        ("{ future = 'bought' }", "bought = '2026-11-22'", "2026-11-21", T),
        ("{ future = 'bought' }", "bought = '2026-11-22'", "2026-11-22", F),
        ("{ future = 'bought' }", "bought = '2026-12'", "2026-11-30", T),
        ("{ future = 'bought' }", "bought = '2026-12'", "2026-12-01", F),
        ("{ past = 'bought' }", "name = 'x'", "2026-11-22", U),
        ("{ past = 'bought', blank = true }", "name = 'x'", "2026-11-22", T),
        ("{ future = 'bought', blank = false }", "name = 'x'", "2026-11-22", F),
        // A moment counts by its day in Tokyo: 00:30 there is the day before in UTC.
        ("{ past = 'seen' }", "seen = '2026-11-22 00:30'", "2026-11-21", F),
        ("{ past = 'seen' }", "seen = '2026-11-22 00:30'", "2026-11-22", T),
        ("{ over = 'span' }", "span = { from = '2026-01-01', to = '2026-06-30' }", "2026-06-30", F),
        ("{ over = 'span' }", "span = { from = '2026-01-01', to = '2026-06-30' }", "2026-07-01", T),
        ("{ over = 'span.from' }", "span = { from = '2026-01-01', to = '2026-06-30' }", "2026-01-02", T),
        ("{ past = 'span.to' }", "span = { from = '2026-01-01' }", "2026-06-30", U),
    ]);
}

#[test]
fn fiscal_years_run_from_april_to_march() {
    check(&[
        ("{ fiscal = 'bought' }", "bought = '2026-04-01'", "2027-03-31", T),
        ("{ fiscal = 'bought' }", "bought = '2026-04-01'", "2026-03-31", F),
        ("{ fiscal = 'bought' }", "bought = '2026-03-31'", "2026-04-01", F),
        ("{ fiscal = 'bought' }", "bought = '2027-03'", "2026-11-22", T),
        ("{ fiscal = 'bought' }", "bought = '2026'", "2026-11-22", U),
        ("{ fiscal = 'bought' }", "bought = '2026'", "2026-01-15", U),
        ("{ fiscal = 'bought' }", "bought = '2026'", "2027-04-01", F),
        ("{ fiscal = 'bought' }", "name = 'x'", "2026-11-22", U),
    ]);
}

#[test]
fn within_older_and_soon() {
    check(&[
        ("{ within = ['bought', '1y'] }", "bought = '2025-11-22'", "2026-11-22", T),
        ("{ within = ['bought', '1y'] }", "bought = '2025-11-22'", "2026-11-23", F),
        ("{ within = ['bought', '90d'] }", "bought = '2026-11-23'", "2026-11-22", F),
        ("{ within = ['bought', '1m'] }", "bought = '2026-01-31'", "2026-02-28", T),
        ("{ within = ['bought', '1m'] }", "bought = '2026-01-31'", "2026-03-01", F),
        ("{ within = ['bought', '1y'] }", "bought = '2025'", "2026-01-01", T),
        ("{ within = ['bought', '1y'] }", "bought = '2025'", "2026-01-02", F),
        ("{ older = ['bought', '1y'] }", "bought = '2025-11-22'", "2026-11-22", F),
        ("{ older = ['bought', '1y'] }", "bought = '2025-11-22'", "2026-11-23", T),
        ("{ older = ['bought', '1y'] }", "bought = '2027-01-01'", "2026-11-23", F),
        ("{ soon = ['to', '90d'] }", "to = '2027-02-20'", "2026-11-22", T),
        ("{ soon = ['to', '90d'] }", "to = '2027-02-21'", "2026-11-22", F),
        ("{ soon = ['to', '90d'] }", "to = '2026-11-22'", "2026-11-22", T),
        ("{ soon = ['to', '90d'] }", "to = '2026-11-21'", "2026-11-22", F),
        // `often` is half a year by default.
        ("{ within = ['bought', 'often'] }", "bought = '2026-05-22'", "2026-11-22", T),
        ("{ within = ['bought', 'often'] }", "bought = '2026-05-21'", "2026-11-22", F),
        ("{ within = ['bought', '100000y'] }", "bought = '2026-05-21'", "2026-11-22", T),
    ]);
}

#[test]
fn valid_from_to() {
    check(&[
        ("{ valid = ['from', 'to'] }", "from = '2026-11-22', to = '2026-11-22'", "2026-11-22", T),
        ("{ valid = ['from', 'to'] }", "from = '2026-11-22', to = '2026-11-22'", "2026-11-23", F),
        ("{ valid = ['from', 'to'] }", "from = '2026-11-23'", "2026-11-22", F),
        ("{ valid = ['from', 'to'] }", "from = '2026', to = '2026'", "2026-01-01", T),
        ("{ valid = ['from', 'to'] }", "from = '2026', to = '2026'", "2026-12-31", T),
        ("{ valid = ['from', 'to'] }", "to = '2026-06'", "2026-06-30", T),
        ("{ valid = ['from', 'to'] }", "to = '2026-06'", "2026-07-01", F),
        ("{ valid = ['from', 'to'] }", "name = 'x'", "2026-07-01", U),
        ("{ valid = ['from', 'to'], blank = true }", "name = 'x'", "2026-07-01", T),
        ("{ valid = ['from', 'to'], open = 'r.auto == true' }", "to = '2026-06', auto = true", "2026-07-01", T),
        ("{ valid = ['from', 'to'], open = 'r.auto == true' }", "to = '2026-06', auto = false", "2026-07-01", F),
        ("{ valid = ['from', 'to'], open = 'r.auto == true' }", "to = '2026-06'", "2026-07-01", U),
        ("{ valid = ['from', 'to'], open = 'r.auto == true' }", "from = '2026-08', auto = true", "2026-07-01", F),
    ]);
}

#[test]
fn one_date_follows_another() {
    check(&[
        ("{ follows = ['from', 'to'] }", "from = '2026-05-01', to = '2026-05-01'", "2026-11-22", T),
        ("{ follows = ['from', 'to'] }", "from = '2026-05-02', to = '2026-05-01'", "2026-11-22", F),
        ("{ follows = ['from', 'to'] }", "from = '2026-05', to = '2026-05-20'", "2026-11-22", U),
        ("{ follows = ['from', 'to', '1m'] }", "from = '2026-05-01', to = '2026-06-01'", "2026-11-22", T),
        ("{ follows = ['from', 'to', '1m'] }", "from = '2026-05-01', to = '2026-06-02'", "2026-11-22", F),
        ("{ follows = ['from', 'to', '1m'] }", "from = '2026-05-01'", "2026-11-22", U),
        ("{ follows = ['from', 'to', '1m'], blank = true }", "from = '2026-05-01'", "2026-11-22", T),
        ("{ follows = ['seen', 'to', '1d'] }", "seen = '2026-05-01 00:30', to = '2026-05-02'", "2026-11-22", T),
    ]);
}

#[test]
fn links_are_followed_and_joined() {
    let person = |f: &str| format!("{{ register = \"personnel\", id = \"p\", state = \"here\", f = {{ {f} }} }}");
    let deed = |id: &str, f: &str| format!("{{ register = \"deed\", id = \"{id}\", state = \"open\", f = {{ {f} }} }}");
    let cases = [
        ("{ past = 'holder.left' }", it("holder = '@p'"), person("left = '2026-01-01'"), T),
        ("{ past = 'holder.left' }", it("holder = '@p'"), person("name = '誰'"), U),
        ("{ past = 'holder.left' }", it("holder = '誰か'"), person("left = '2026-01-01'"), U),
        // Of several one is enough.
        ("{ past = 'helpers.left' }", it("helpers = ['誰か', '@p']"), person("left = '2026-01-01'"), T),
        ("{ linked = 'deed', on = 'thing' }", it("no = '1'"), deed("d", "thing = '@it'"), T),
        ("{ linked = 'deed', on = 'thing' }", it("no = '1'"), deed("d", "thing = 'IT'"), F),
        ("{ linked = 'deed', on = 'thing', count = 'none' }", it("no = '1'"), deed("d", "thing = '@it'"), F),
        (
            "{ linked = 'deed', on = 'thing', where = [\"r.result == 'ok'\"] }",
            it("no = '1'"),
            deed("d", "thing = '@it'"),
            U,
        ),
        (
            "{ linked = 'deed', on = 'parts.thing', where = [\"s.state == 'ok'\"] }",
            it("no = '1'"),
            deed("d", "parts = [{ state = 'ok' }, { thing = '@it', state = 'ng' }]"),
            F,
        ),
        (
            "{ linked = 'deed', on = 'parts.thing', where = [\"s.state == 'ok'\"] }",
            it("no = '1'"),
            deed("d", "parts = [{ state = 'ng' }, { thing = '@it', state = 'ok' }]"),
            T,
        ),
        ("{ match = 'deed', on = ['no'], to = ['no'] }", it("no = '００７'"), deed("d", "no = '7'"), T),
        ("{ match = 'deed', on = ['no'], to = ['no'] }", it("no = 'HN-0001'"), deed("d", "no = 'hn 0001'"), T),
        ("{ match = 'deed', on = ['no'], to = ['no'], count = 'none' }", it("no = '8'"), deed("d", "no = '7'"), T),
        ("{ match = 'deed', on = ['no', 'kind'], to = ['no', 'result'] }", it("no = '8'"), deed("d", "no = '8'"), U),
        ("{ match = 'deed', on = ['helpers'], to = ['by'] }", it("helpers = ['甲', '乙']"), deed("d", "by = '乙'"), T),
    ];
    for (condition, it, other, wanted) in cases {
        assert_eq!(
            judge(condition, &format!("{it}, {other}"), "2026-11-22"),
            wanted,
            "{condition} of {it} and {other}"
        );
    }
}

#[test]
fn twins_are_of_one_register_and_facility() {
    let other = |facility: &str, state: &str, f: &str| {
        format!("{{ register = \"thing\", id = \"o\", facility = \"{facility}\", state = \"{state}\", f = {{ {f} }} }}")
    };
    let cases = [
        ("{ twin = ['no'] }", other("", "used", "no = '01'"), T),
        ("{ twin = ['no'] }", other("", "used", "no = '2'"), F),
        ("{ twin = ['no'] }", other("", "gone", "no = '1'"), F),
        ("{ twin = ['no'] }", other("east", "used", "no = '1'"), F),
        ("{ twin = ['no'], among = [\"r.status == 'gone'\"] }", other("", "gone", "no = '1'"), T),
        ("{ twin = ['no', 'kind'] }", other("", "used", "no = '1', kind = 'a'"), T),
        ("{ twin = ['no', 'kind'] }", other("", "used", "no = '1'"), F),
    ];
    for (condition, other, wanted) in cases {
        let set = format!("{}, {other}", it("no = '1', kind = 'a'"));
        assert_eq!(judge(condition, &set, "2026-11-22"), wanted, "{condition} beside {other}");
    }
    assert_eq!(judge("{ twin = ['no'] }", &it("kind = 'a'"), "2026-11-22"), U, "without a number nobody can say");
}

#[test]
fn rows_inside_a_record() {
    check(&[
        (
            "{ rows = 'notes', where = [\"s.state == 'ok'\"] }",
            "notes = [{ state = 'ng' }, { state = 'ok' }]",
            "2026-11-22",
            T,
        ),
        ("{ rows = 'notes', where = [\"s.state == 'ok'\"] }", "notes = [{ state = 'ng' }, {}]", "2026-11-22", U),
        ("{ rows = 'notes', where = [\"s.state == 'ok'\"] }", "name = 'x'", "2026-11-22", F),
        (
            "{ rows = 'notes', where = [\"s.state == 'ng'\"], count = 'none' }",
            "notes = [{ state = 'ok' }]",
            "2026-11-22",
            T,
        ),
        ("{ rows = 'notes', where = [\"s.state == 'ng'\"], count = 'none' }", "notes = [{}]", "2026-11-22", U),
        (
            "{ rows = 'notes', where = [\"s.state == 'ok'\"], count = 'all' }",
            "notes = [{ state = 'ok' }, {}]",
            "2026-11-22",
            U,
        ),
        (
            "{ rows = 'notes', where = [\"s.state == 'ok'\"], count = 'all' }",
            "notes = [{ state = 'ng' }, {}]",
            "2026-11-22",
            F,
        ),
        (
            "{ rows = 'notes', where = [{ past = 's.on' }, \"s.state == 'ok'\"] }",
            "notes = [{ on = '2026-11-23', state = 'ok' }]",
            "2026-11-22",
            F,
        ),
        (
            "{ rows = 'notes', where = [{ past = 's.on' }, \"s.state == 'ok'\"] }",
            "notes = [{ on = '2026-11-23', state = 'ok' }]",
            "2026-11-23",
            T,
        ),
        (
            "{ any_of = [[{ past = 'bought' }, \"r.kind == 'a'\"], [\"r.auto == true\"]] }",
            "bought = '2020', kind = 'b', auto = true",
            "2026-11-22",
            T,
        ),
        ("{ not = [{ past = 'bought' }, \"r.kind == 'a'\"] }", "bought = '2020', kind = 'b'", "2026-11-22", T),
        ("{ not = [{ past = 'bought' }, \"r.kind == 'a'\"] }", "bought = '2020'", "2026-11-22", U),
    ]);
}

#[test]
fn wrong_conditions_are_refused_by_name() {
    let cases = [
        ("{ past = 'name' }", "`name` is not a date"),
        ("{ past = 'boguht' }", "no field `boguht`"),
        ("{ within = ['bought', 'offen'] }", "no period `offen`"),
        ("{ linked = 'deeds', on = 'thing' }", "no register `deeds`"),
        ("{ rows = 'name' }", "not a rows field"),
        ("{ past = 'bought', future = 'bought' }", "exactly one of"),
        ("{ past = 'bought', where = [\"r.kind == 'a'\"] }", "`where` does not go with"),
        ("{ rows = 'notes', among = [\"r.kind == 'a'\"] }", "`among` does not go with"),
        ("{ twin = ['no'], blank = true }", "`blank` does not go with"),
        ("{ linked = 'deed', on = 'thing', open = 'true' }", "`open` does not go with"),
        ("{ match = 'deed', on = ['no'], to = [] }", "as many fields"),
        ("{ pasd = 'bought' }", "unknown field `pasd`"),
    ];
    for (condition, wanted) in cases {
        let proof = format!("{{ records = \"thing\", every = [{condition}] }}");
        let mut files = small::files();
        files.push(file("editions/small/90.toml", &small::item("9.1", &proof)));
        let faults = match akashi_domain::Catalog::load(&files) {
            Err(faults) => faults,
            Ok(catalog) => akashi_domain::verdict::Program::compile(&catalog).expect_err(condition),
        };
        let text = super::common::words(&faults);
        assert!(text.contains(wanted), "{condition}: {text}");
        assert!(text.contains("90.toml:") || text.contains("9.1#1"), "{condition}: no place in {text}");
    }
}
