//! Text nobody meant as an expression: refused, never a panic, never a stack overflow.

use akashi_domain::expr::{Path, Tri};
use cel::Program;
use proptest::prelude::*;

use super::fixture::Hospital;

#[test]
fn deep_and_long_texts_are_refused() {
    let hospital = Hospital::get();
    let deep = [
        ("(", "has(r.name)", ")"),
        ("[", "1", "]"),
        ("r.", "name", ""),
        ("true ? true : ", "true", ""),
        ("1 + ", "1", ""),
        ("r.tags.exists(t, ", "true", ")"),
        ("r.name in ", "r.tags", ""),
        ("r.name\tin\t", "r.tags", ""),
        ("'a'in", "r.tags", ""),
        ("has(r.name) && ", "has(r.place)", ""),
        ("\"'\" == ", "'", "("),
    ];
    for (open, middle, close) in deep {
        for times in [20, 100, 295, 2_000, 20_000] {
            let source = format!("{}{middle}{}", open.repeat(times), close.repeat(times));
            let outcome = hospital.compile("device", &source);
            assert!(times < 2_000 || outcome.is_err(), "{open} × {times}");
        }
    }
}

#[test]
fn signs_in_a_row_cancel() {
    let hospital = Hospital::get();
    for (times, answer) in [(1, Tri::False), (2, Tri::True), (3_000, Tri::True), (7_001, Tri::False)] {
        let expr = hospital.compile("device", &format!("{}has(r.name)", "!".repeat(times))).unwrap();
        assert_eq!(expr.test(&hospital.env(1)), answer);
        let sum = hospital.compile("device", &format!("{}r.ram > 0", "-".repeat(times))).unwrap();
        assert_eq!(sum.test(&hospital.env(1)), answer);
    }
}

#[test]
fn long_but_flat_expressions_pass() {
    let hospital = Hospital::get();
    let words: Vec<String> = (0..60).map(|n| format!("r.name.contains('語{n}')")).collect();
    assert!(hospital.compile("device", &words.join(" || ")).is_ok());
    let nested = format!("{}has(r.name){}", "(".repeat(10), ")".repeat(10));
    assert!(hospital.compile("device", &nested).is_ok());
}

/// Pieces of the language, put together without sense.
fn shards() -> impl Strategy<Value = String> {
    let shard = prop::sample::select(vec![
        "r",
        "s",
        "facts",
        ".",
        "kind",
        "name",
        "vendor",
        "tags",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "'",
        "\"",
        "'server'",
        "1",
        "2.5",
        "==",
        "!=",
        "<",
        "&&",
        "||",
        "!",
        "-",
        "+",
        "/",
        "?",
        ":",
        ",",
        " in ",
        "has(",
        "size(",
        ".exists(x,",
        ".map(x,",
        "live(",
        "r.vendor.name",
        "r.kind",
        " ",
        "\n",
        "0x",
        "'''",
        "r'",
        "b'",
        "\\",
        "`",
        "if",
        "//",
        "。",
        "\u{0}",
        "1u",
        "1e999",
        "9223372036854775808",
    ]);
    prop::collection::vec(shard, 0..24).prop_map(|v| v.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(source in any::<String>()) {
        let hospital = Hospital::get();
        let _ = hospital.compile("device", &source);
        let _ = Path::compile(&source, &hospital.scope("device"));
    }

    #[test]
    fn any_heap_of_shards_is_answered(source in shards()) {
        let hospital = Hospital::get();
        if let Ok(expr) = hospital.compile("device", &source) {
            let env = hospital.env(1);
            prop_assert!(expr.test(&env).is_unknown() || expr.missing(&env).is_empty());
            // What we read as CEL is CEL (whose own parser needs much stack for brackets).
            prop_assert!(source.matches(['(', '[']).count() > 8 || Program::compile(&source).is_ok(), "{source}");
        }
        let _ = Path::compile(&source, &hospital.scope("device"));
    }
}
