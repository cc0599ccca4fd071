//! What expressions answer, and what they name as missing when they cannot.

use akashi_domain::expr::{Env, Expr, Tri};

use super::fixture::{Hospital, fact, id};

const T: Tri = Tri::True;
const F: Tri = Tri::False;
const U: Tri = Tri::Unknown;

/// Checks expressions on a record: answer and the paths named as missing.
fn check(register: &str, n: u128, cases: &[(&str, Tri, &[&str])]) {
    let hospital = Hospital::get();
    for (source, answer, missing) in cases {
        let expr = hospital.compile(register, source).unwrap_or_else(|f| panic!("{source}: {f}"));
        let env = hospital.env(n);
        assert_eq!(expr.test(&env), *answer, "{source}");
        assert_eq!(expr.missing(&env), *missing, "{source}");
        assert_eq!(expr.source(), *source);
    }
}

#[test]
fn a_filled_record() {
    check(
        "device",
        1,
        &[
            ("r.kind == 'server' && has(r.place)", T, &[]),
            ("r.kind != 'server'", F, &[]),
            ("r.kind in ['terminal', 'server']", T, &[]),
            ("r.kind == r.spare_kind", F, &[]),
            ("r.name.contains('カルテ') && r.name.startsWith('電子') && r.name.endsWith('主系')", T, &[]),
            ("r.kind.startsWith('ser')", T, &[]),
            ("size(r.name) == 8 && r.place.size() == 4", T, &[]),
            ("'old' in r.tags && !('loud' in r.tags) && size(r.tags) == 1", T, &[]),
            ("r.tags.exists(t, t == 'loud')", F, &[]),
            ("'9.2' in r.items", T, &[]),
            ("size(r.evidence) > 0 && has(r.evidence)", T, &[]),
            ("r.ram >= 64 && r.ram * 2 - 28 == 100 && r.ram / 7 > 9.1 && r.ram % 10 == 4 && -r.ram < 0", T, &[]),
            ("r.ram / r.disk > 0", U, &[]),
            ("r.important", T, &[]),
            ("r.important == true && r.spare == false && !r.spare", T, &[]),
            ("r.bought == '2024-05' && r.bought < '2024-05-01' && r.bought > '2024'", T, &[]),
            ("r.bought in ['2023', '2024-05']", T, &[]),
            ("r.seen > r.tested", T, &[]),
            ("has(r.warranty) && has(r.warranty.from) && r.warranty.from == '2024-05-01'", T, &[]),
            ("has(r.warranty.to)", F, &[]),
            ("r.warranty.to > r.bought", U, &["r.warranty.to"]),
            ("r.support_until == '2025-10-14'", T, &[]),
            ("r.status == 'in-use' && r.status in ['in-use', 'lent'] && live(r)", T, &[]),
            ("r.code == 'AST-1' && r.facility == 'main'", T, &[]),
            ("(r.important ? r.kind : r.spare_kind) == 'server'", T, &[]),
            ("r.kind == (r.spare ? 'terminal' : 'server')", T, &[]),
        ],
    );
}

#[test]
fn links_are_followed() {
    check(
        "device",
        1,
        &[
            ("r.vendor.importance == 'high' && r.vendor.status == 'trading' && r.vendor.code == 'VND-11'", T, &[]),
            ("r.vendor.contact.name == '架空 花子'", T, &[]),
            ("r.vendor.contact.left < '2026'", U, &["r.vendor.contact.left"]),
            ("r.former_vendor.contact.name == '山田'", U, &["r.former_vendor.contact"]),
            ("has(r.former_vendor.contact.name) || written(r.former_vendor.contact.name)", F, &[]),
            ("resolved(r.vendor) && live(r.vendor) && !live(r.former_vendor) && !live(r.user)", T, &[]),
            ("r.user.left <= '2026-03'", T, &[]),
            ("r.vendor == r.former_vendor", F, &[]),
            ("r.vendor != r.former_vendor && r.vendor == r.vendor", T, &[]),
            ("r.vendor in r.vendors", T, &[]),
            ("r.former_vendor in r.vendors", U, &["r.vendors"]),
            ("r.vendors.exists(v, v.importance == 'high')", T, &[]),
            ("r.vendors.all(v, v.importance == 'high')", U, &["r.vendors"]),
            ("r.vendors.all(v, resolved(v))", F, &[]),
            ("r.vendors.exists(v, v == r.vendor && live(v))", T, &[]),
            ("size(r.vendors) == 2", T, &[]),
            // `subject` may be anything: fields are found in the register the record is of.
            ("r.subject.name == '保守'", T, &[]),
            ("r.subject.place == 'x'", U, &["r.subject.place"]),
            ("r.subject.status == 'in-force'", T, &[]),
            ("r.subject.clauses.exists(c, c.state == 'absent')", T, &[]),
            ("r.party.name == '架空 太郎' && r.party.left == '2026-03' && !has(r.party.importance)", T, &[]),
            ("r.party.importance in ['high', 'key-person']", U, &["r.party.importance"]),
        ],
    );
}

#[test]
fn blanks_and_unreadable_values_are_unknown() {
    check(
        "device",
        2,
        &[
            ("r.kind == 'server' && has(r.place)", F, &[]),
            ("r.kind == 'server' || has(r.place)", U, &["r.kind"]),
            ("r.kind == 'server' && has(r.name)", U, &["r.kind"]),
            ("r.kind == 'server' || has(r.name)", T, &[]),
            ("!(r.kind == 'server')", U, &["r.kind"]),
            ("r.kind != 'server' && r.place == r.os", U, &["r.kind", "r.place", "r.os"]),
            ("r.kind in ['server']", U, &["r.kind"]),
            ("'old' in r.tags", U, &["r.tags"]),
            ("r.name in [r.place, '空']", T, &[]),
            ("r.name in [r.place, '他']", U, &["r.place"]),
            ("size(r.tags) == 0", U, &["r.tags"]),
            ("r.tags.all(t, t == 'old')", U, &["r.tags"]),
            ("r.ram + r.disk > 1", U, &["r.ram", "r.disk"]),
            ("-r.ram > 1", U, &["r.ram"]),
            ("size(r.place) > 1", U, &["r.place"]),
            ("r.place.contains('x')", U, &["r.place"]),
            ("r.important", U, &["r.important"]),
            ("r.important ? has(r.name) : has(r.place)", U, &["r.important"]),
            ("has(r.name) ? r.important : has(r.place)", U, &["r.important"]),
            ("r.vendor.name == 'x'", U, &["r.vendor"]),
            ("live(r.vendor)", U, &["r.vendor"]),
            ("live(r)", F, &[]),
            ("resolved(r.vendor) || written(r.vendor) || has(r.vendor)", F, &[]),
            ("r.support_until > '2025'", U, &["r.support_until"]),
        ],
    );
    check(
        "device",
        3,
        &[
            ("has(r.kind) || has(r.ram) || has(r.bought) || has(r.vendor) || has(r.vendors)", F, &[]),
            (
                "written(r.kind) && written(r.ram) && written(r.bought) && written(r.vendor) && written(r.vendors)",
                T,
                &[],
            ),
            ("r.kind == 'server' && r.ram > 3", U, &["r.kind", "r.ram"]),
            ("r.vendor == r.vendor", U, &["r.vendor"]),
            ("has(r.user)", T, &[]),
            ("resolved(r.user)", F, &[]),
            ("live(r.user)", U, &["r.user"]),
            ("r.user.name == 'x'", U, &["r.user"]),
            ("r.vendors.exists(v, v.name == 'x')", U, &["r.vendors"]),
        ],
    );
}

#[test]
fn rows_are_asked_with_macros() {
    check(
        "contract",
        31,
        &[
            ("r.clauses.exists(c, c.clause == 'confidentiality' && c.state == 'present')", T, &[]),
            ("r.clauses.exists(c, c.clause == 'return' && c.state == 'present')", U, &["r.clauses.state"]),
            ("r.clauses.all(c, has(c.state))", F, &[]),
            ("r.clauses.all(c, has(c.clause))", T, &[]),
            ("r.clauses.exists_one(c, c.clause == 'confidentiality')", T, &[]),
            ("r.clauses.existsOne(c, c.clause == 'return')", F, &[]),
            ("r.clauses.exists_one(c, c.state == 'present')", U, &["r.clauses.state"]),
            ("size(r.clauses) == 3", T, &[]),
            ("size(r.clauses.filter(c, c.clause == 'return')) == 2", T, &[]),
            ("r.clauses.filter(c, c.clause == 'return').exists(c, c.state == 'absent')", T, &[]),
            ("size(r.clauses.filter(c, c.state == 'present')) == 1", U, &["r.clauses.state"]),
            ("r.clauses.filter(c, c.state == 'present').exists(c, c.clause == 'confidentiality')", T, &[]),
            (
                "r.clauses.filter(c, c.state == 'present').all(c, c.clause == 'confidentiality')",
                U,
                &["r.clauses.state"],
            ),
            ("'present' in r.clauses.map(c, c.state)", T, &[]),
            ("r.clauses.map(c, size(c.note)).exists(n, n == 3)", T, &[]),
            ("r.clauses.exists(c, c.checked_by.left == '2026-03')", T, &[]),
            ("r.clauses.map(c, c.checked_by).exists(p, p.name == '架空 花子')", T, &[]),
            (
                "r.clauses.exists(c, r.clauses.exists(d, c.clause != d.clause && c.checked_by == d.checked_by))",
                U,
                &["r.clauses.checked_by"],
            ),
            ("r.clauses.exists(c, c.note == r.name)", U, &["r.clauses.note"]),
            ("r.vendor.contact.status == 'in-post'", T, &[]),
        ],
    );
    check(
        "contract",
        32,
        &[("r.clauses.exists(c, c.state == 'present')", U, &["r.clauses"]), ("has(r.clauses)", F, &[])],
    );
}

#[test]
fn facts_are_known_or_not() {
    check(
        "device",
        1,
        &[
            ("facts.wifi && !facts.cloud", T, &[]),
            ("facts.byod", U, &["facts.byod"]),
            ("has(facts.wifi) && has(facts.cloud) && !has(facts.byod)", T, &[]),
            ("facts.byod || facts.wifi", T, &[]),
            ("facts.cloud == r.important", F, &[]),
        ],
    );
}

#[test]
fn the_row_is_s() {
    let hospital = Hospital::get();
    let expr = Expr::compile(
        "s.clause == 'return' && s.state == 'absent' && s.checked_by.status == 'left'",
        &hospital.clause_scope(),
    )
    .unwrap();
    let answers: Vec<Tri> = hospital
        .clauses(31)
        .iter()
        .map(|row| {
            expr.test(&Env { view: &hospital.view, record: Some(hospital.record(31)), row: Some(row), facts: &fact })
        })
        .collect();
    assert_eq!(answers, [F, T, U]);
    let last = Env { row: hospital.clauses(31).last(), ..hospital.env(31) };
    assert_eq!(expr.missing(&last), ["s.state", "s.checked_by"]);
}

#[test]
fn grants_know_who_acts() {
    let hospital = Hospital::get();
    let scope = hospital.scope("device");
    let cases = [
        ("r.user == user", 1, Some(21), T),
        ("r.user == user", 1, Some(22), F),
        ("r.user == user", 1, None, U),
        ("r.user == user", 2, Some(21), U),
        ("user == r.vendor.contact && user.status == 'in-post' && live(user)", 1, Some(22), T),
        ("has(user.left)", 1, Some(21), T),
        ("r.tags.exists(t, t == 'old' && r.user == user)", 1, Some(21), T),
    ];
    for (source, record, user, answer) in cases {
        let expr = Expr::compile_acting(source, &scope).unwrap_or_else(|f| panic!("{source}: {f}"));
        assert_eq!(expr.test_acting(&hospital.env(record), user.map(id)), answer, "{source}");
    }
    assert!(Expr::compile(cases[0].0, &scope).is_err());
}

#[test]
fn a_record_of_another_register_is_unknown_not_misread() {
    let hospital = Hospital::get();
    let expr = hospital.compile("device", "r.kind == 'server'").unwrap();
    assert_eq!(expr.test(&hospital.env(31)), U);
    assert_eq!(expr.test(&Env { record: None, ..hospital.env(1) }), U);
}

#[test]
fn kleene_tables() {
    for (a, b, and, or) in [(T, U, U, T), (F, U, F, U), (U, U, U, U), (T, F, F, T), (T, T, T, T), (F, F, F, F)] {
        assert_eq!((a.and(b), b.and(a), a.or(b), b.or(a)), (and, and, or, or));
    }
    assert_eq!((!T, !F, !U), (F, T, U));
    assert_eq!((T.known(), F.known(), U.known()), (Some(true), Some(false), None));
}
