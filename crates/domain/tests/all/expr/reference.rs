//! Random expressions on random records: our answer is that of CEL's own interpreter, its errors read as unknown.

use std::sync::Arc;

use akashi_domain::Catalog;
use akashi_domain::expr::{Env, Expr, Scope, Tri};
use cel::{Context, Program, Value as Cel};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::fixture::{Hospital, fact, id, version, view_of};

const OPTIONS: [&str; 2] = ["server", "terminal"];
const TEXTS: [&str; 4] = ["a", "ab", "サーバ室", "b'\"\\"];

/// A record's cells; each may be missing.
fn record() -> impl Strategy<Value = Json> {
    let text = || prop::option::of(prop::sample::select(&TEXTS[..]).prop_map(|t| json!(t)));
    let choice = || prop::option::of(prop::sample::select(&OPTIONS[..]).prop_map(|t| json!(t)));
    let number = || prop::option::of((-4i32..5).prop_map(|n| json!(f64::from(n) / 2.0)));
    let yesno = || prop::option::of(any::<bool>().prop_map(|b| json!(b)));
    let tags = prop::option::of(prop::sample::subsequence(vec!["old", "loud"], 1..=2).prop_map(|t| json!(t)));
    let cells = (text(), text(), choice(), choice(), number(), number(), yesno(), yesno(), tags);
    cells.prop_map(|(name, place, kind, spare_kind, ram, disk, important, spare, tags)| {
        let all = [
            ("tags", tags),
            ("name", name),
            ("place", place),
            ("kind", kind),
            ("spare_kind", spare_kind),
            ("ram", ram),
            ("disk", disk),
            ("important", important),
            ("spare", spare),
        ];
        Json::Object(all.into_iter().filter_map(|(k, v)| Some((k.to_owned(), v?))).collect::<Map<_, _>>())
    })
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("r.name".to_owned()),
        Just("r.place".to_owned()),
        prop::sample::select(&TEXTS[..]).prop_map(quoted)
    ]
}

fn choice_field() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["r.kind", "r.spare_kind"])
}

/// Numbers; literals are doubles, because CEL has no arithmetic between kinds of numbers.
fn number() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("r.ram".to_owned()),
        Just("r.disk".to_owned()),
        (-3i32..4).prop_map(|n| format!("{n}.5")),
        Just("r.spare ? r.ram : 1.5".to_owned()).prop_map(|t| format!("({t})")),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            (inner.clone(), prop::sample::select(vec!["+", "-", "*"]), inner.clone())
                .prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            (inner.clone(), prop::sample::select(vec!["2.0", "0.5"])).prop_map(|(a, b)| format!("({a} / {b})")),
            inner.prop_map(|a| format!("(-({a}))")),
        ]
    })
}

fn order() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="])
}

fn equality() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["==", "!="])
}

fn leaf() -> impl Strategy<Value = String> {
    let options = || prop::sample::select(&OPTIONS[..]).prop_map(quoted);
    let field = prop::sample::select(vec!["name", "place", "kind", "spare_kind", "ram", "disk", "important", "spare"]);
    prop_oneof![
        prop::sample::select(vec![
            "true",
            "false",
            "r.important",
            "r.spare",
            "r.important == r.spare",
            "r.spare != true"
        ])
        .prop_map(String::from),
        field.prop_map(|f| format!("has(r.{f})")),
        (text(), order(), text()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (number(), order(), number()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (prop::sample::select(vec!["r.ram", "r.disk"]), order(), -2i32..3)
            .prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (choice_field(), equality(), options()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (choice_field(), equality(), choice_field()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (choice_field(), prop::collection::vec(options(), 1..3))
            .prop_map(|(a, list)| format!("{a} in [{}]", list.join(", "))),
        (text(), prop::collection::vec(prop::sample::select(&TEXTS[..]).prop_map(quoted), 1..3))
            .prop_map(|(a, list)| format!("{a} in [{}]", list.join(", "))),
        (text(), prop::sample::select(vec!["contains", "startsWith", "endsWith"]), text())
            .prop_map(|(a, f, b)| format!("{a}.{f}({b})")),
        prop::sample::select(vec![
            "'old' in r.tags",
            "size(r.tags) == 1",
            "has(r.tags)",
            "'x' in r.tags.map(t, r.place)"
        ])
        .prop_map(String::from),
        (prop::sample::select(vec!["exists", "all", "exists_one"]), tag_question())
            .prop_map(|(f, q)| format!("r.tags.{f}(t, {q})")),
        tag_question().prop_map(|q| format!("r.tags.filter(t, t == 'old').all(t, {q})")),
        (text(), order(), 0i32..5).prop_map(|(a, op, n)| format!("size({a}) {op} {n}")),
    ]
}

/// Questions about the element `t`, some of them about the record too.
fn tag_question() -> impl Strategy<Value = String> {
    let questions = [
        "t == 'old'",
        "t != 'loud' && r.important",
        "t == 'old' || r.spare",
        "size(t) > 3",
        "r.spare",
        "t.startsWith('o')",
    ];
    prop::sample::select(questions.to_vec()).prop_map(String::from)
}

/// Yes-or-no expressions of the core.
fn question() -> impl Strategy<Value = String> {
    leaf().prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), prop::sample::select(vec!["&&", "||"]), inner.clone())
                .prop_map(|(a, op, b)| format!("{a} {op} {b}")),
            (inner.clone(), prop::sample::select(vec!["&&", "||"]), inner.clone())
                .prop_map(|(a, op, b)| format!("({a}) {op} ({b})")),
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("{a} ? ({b}) : {c}")),
            (inner.clone(), equality(), inner).prop_map(|(a, op, b)| format!("(({a}) {op} ({b}))")),
        ]
    })
}

/// The answer of CEL's interpreter on the same record as a map.
fn reference(source: &str, cells: &Json) -> Tri {
    let program = Program::compile(source).unwrap_or_else(|e| panic!("{source}: {e}"));
    let mut context = Context::default();
    context.add_variable("r", cells).unwrap();
    match program.execute(&context) {
        Ok(Cel::Bool(b)) => Tri::from(b),
        Ok(other) => panic!("{source} is {other:?}"),
        Err(_) => Tri::Unknown,
    }
}

fn ours(catalog: &Arc<Catalog>, source: &str, cells: &Json) -> (Tri, Vec<String>) {
    let scope = Scope { catalog, record: catalog.register_ix("device"), row: None, facts: &[] };
    let expr = Expr::compile(source, &scope).unwrap_or_else(|f| panic!("{source}: {f}"));
    let view = view_of(catalog, vec![version(catalog, "device", 1, "in-use", cells)]);
    let env = Env { view: &view, record: view.get(id(1)).map(|v| &**v), row: None, facts: &fact };
    (expr.test(&env), expr.missing(&env))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn we_answer_as_cel_does(source in question(), cells in record()) {
        let (answer, missing) = ours(&Hospital::get().catalog, &source, &cells);
        prop_assert_eq!(answer, reference(&source, &cells), "{} on {}", source, cells);
        // What is unknown has a reason, and the reason is a field that is really missing.
        prop_assert_eq!(answer.is_unknown(), !missing.is_empty(), "{} on {}", source, cells);
        for path in missing {
            prop_assert!(cells.get(path.trim_start_matches("r.")).is_none(), "{path} in {source} on {cells}");
        }
    }
}
