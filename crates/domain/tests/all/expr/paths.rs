//! Field paths: the values they reach, through links and rows.

use akashi_domain::expr::{Path, WHOLE};
use akashi_domain::{Field, Value};

use super::fixture::Hospital;

/// Short text of a value.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".into(),
        Value::Text(t) | Value::Choice(t) => t.to_string(),
        Value::Date(d) => d.to_string(),
        Value::Number(n) => n.to_string(),
        Value::Unclear(t) => format!("?{t}"),
        other => other.links().iter().map(|l| format!("{l:?}")).collect::<Vec<_>>().join("+"),
    }
}

#[test]
fn values_are_reached() {
    let hospital = Hospital::get();
    let cases: [(&str, u128, &str, &str, &[&str]); 20] = [
        ("device", 1, "bought", "date", &["2024-05"]),
        ("device", 1, "r.bought", "date", &["2024-05"]),
        ("device", 2, "bought", "date", &["-"]),
        ("device", 3, "bought", "date", &["?H25頃"]),
        ("device", 1, "support_until", "date", &["2025-10-14"]),
        ("device", 1, "user.left", "date", &["2026-03"]),
        ("device", 2, "user.left", "date", &[]),
        ("device", 3, "vendor.name", "text", &[]),
        ("device", 1, "vendor.contact.name", "text", &["架空 花子"]),
        ("device", 1, "vendors.name", "text", &["架空電機"]),
        ("device", 1, "warranty.from", "date", &["2024-05-01"]),
        ("device", 1, "warranty.to", "date", &["-"]),
        ("device", 2, "warranty.to", "date", &["-"]),
        ("device", 1, "subject.clauses.clause", "choice", &["confidentiality", "return", "return"]),
        ("device", 1, "party.left", "date", &["2026-03"]),
        ("device", 1, "vendor.status", "text", &["trading"]),
        ("device", 1, "code", "text", &["AST-1"]),
        ("contract", 31, "clauses.checked_by.name", "text", &["架空 花子", "架空 太郎"]),
        ("contract", 31, "clauses.note", "long", &["第5条", "-", "-"]),
        ("contract", 32, "clauses.note", "long", &[]),
    ];
    for (register, n, source, kind, values) in cases {
        let path = Path::compile(source, &hospital.scope(register)).unwrap_or_else(|f| panic!("{source}: {f}"));
        let found: Vec<String> = path.values(&hospital.view, hospital.record(n)).iter().map(|v| shown(v)).collect();
        assert_eq!(found, values, "{source} of {n}");
        assert_eq!((path.kind().name(), path.source()), (kind, source));
    }
}

#[test]
fn rows_are_told_apart() {
    let hospital = Hospital::get();
    let visited = |register: &str, n: u128, source: &str| {
        let path = Path::compile(source, &hospital.scope(register)).unwrap();
        let mut out = Vec::new();
        path.each_in_rows(&hospital.view, hospital.record(n), &mut |sub, value| out.push((sub, shown(value))));
        out
    };
    assert_eq!(
        visited("contract", 31, "clauses.state"),
        [(0, "present".into()), (1, "absent".into()), (2, "-".into())]
    );
    assert_eq!(visited("contract", 31, "clauses.checked_by.name"), [(0, "架空 花子".into()), (1, "架空 太郎".into())]);
    assert_eq!(visited("contract", 31, "name"), [(WHOLE, "保守".into())]);
    assert_eq!(visited("device", 1, "subject.clauses.state").iter().map(|v| v.0).collect::<Vec<_>>(), [WHOLE; 3]);
}

#[test]
fn paths_from_the_row() {
    let hospital = Hospital::get();
    let path = Path::compile("s.checked_by.left", &hospital.clause_scope()).unwrap();
    assert!(path.from_row() && path.reads().row && !path.is_link());
    let found: Vec<Vec<String>> = hospital
        .clauses(31)
        .iter()
        .map(|row| {
            path.values_in(&hospital.view, Some(hospital.record(31)), Some(row)).iter().map(|v| shown(v)).collect()
        })
        .collect();
    assert_eq!(found, [vec!["-"], vec!["2026-03"], vec![]]);
    assert!(path.values(&hospital.view, hospital.record(31)).is_empty());
    let link = Path::compile("clauses.checked_by", &hospital.scope("contract")).unwrap();
    assert!(link.is_link() && !link.from_row());
}

#[test]
fn wrong_paths_are_refused() {
    let hospital = Hospital::get();
    let cases = [
        ("", "no field ``", "fields:"),
        ("r", "names no field", "name a field"),
        ("place.name", "is a text and has no `name`", "only links"),
        ("vendor.nme", "no field `nme` in vendor", "did you mean `name`?"),
        ("warranty.until", "a period has no `until`", "`from` and `to`"),
        ("tags.old", "is a choice and has no `old`", "only links"),
        ("s.state", "`s` is not known here", "rows"),
    ];
    for (source, what, hint) in cases {
        let fault = Path::compile(source, &hospital.scope("device")).expect_err(source);
        assert!(fault.what.contains(what), "{source}: {}", fault.what);
        assert!(fault.hint.contains(hint), "{source}: {}", fault.hint);
    }
    let rows: &[Field] = hospital.catalog.register_by_key("contract").unwrap().field("clauses").unwrap().rows();
    assert_eq!(rows.len(), 4);
}
