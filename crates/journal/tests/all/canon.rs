//! RFC 8785: the examples of the standard, and what must hold for any value.

use akashi_journal::canon::{CanonError, MAX_DEPTH, number, to_vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn canonical(text: &str) -> String {
    let value: Value = serde_json::from_str(text).unwrap();
    String::from_utf8(to_vec(&value).unwrap()).unwrap()
}

#[test]
fn example_of_the_standard() {
    let input = r#"{
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
    }"#;
    let expected = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
    assert_eq!(canonical(input), expected);
}

#[test]
fn keys_are_sorted_by_utf16_units() {
    let input = r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",
        "\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#;
    let value: Value = serde_json::from_str(&canonical(input)).unwrap();
    let text = canonical(input);
    let order: Vec<_> =
        ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"].map(|word| text.find(word).unwrap()).into();
    assert!(order.is_sorted(), "{text}");
    assert_eq!(value.as_object().unwrap().len(), 7);
}

#[test]
fn numbers_of_appendix_b() {
    let table = [
        (0x0000_0000_0000_0000, Some("0")),
        (0x8000_0000_0000_0000, Some("0")),
        (0x0000_0000_0000_0001, Some("5e-324")),
        (0x8000_0000_0000_0001, Some("-5e-324")),
        (0x7fef_ffff_ffff_ffff, Some("1.7976931348623157e+308")),
        (0xffef_ffff_ffff_ffff, Some("-1.7976931348623157e+308")),
        (0x4340_0000_0000_0000, Some("9007199254740992")),
        (0xc340_0000_0000_0000, Some("-9007199254740992")),
        (0x4430_0000_0000_0000, Some("295147905179352830000")),
        (0x7fff_ffff_ffff_ffff, None),
        (0x7ff0_0000_0000_0000, None),
        (0x44b5_2d02_c7e1_4af5, Some("9.999999999999997e+22")),
        (0x44b5_2d02_c7e1_4af6, Some("1e+23")),
        (0x44b5_2d02_c7e1_4af7, Some("1.0000000000000001e+23")),
        (0x444b_1ae4_d6e2_ef4e, Some("999999999999999700000")),
        (0x444b_1ae4_d6e2_ef4f, Some("999999999999999900000")),
        (0x444b_1ae4_d6e2_ef50, Some("1e+21")),
        (0x3eb0_c6f7_a0b5_ed8c, Some("9.999999999999997e-7")),
        (0x3eb0_c6f7_a0b5_ed8d, Some("0.000001")),
        (0x41b3_de43_5555_5553, Some("333333333.3333332")),
        (0x41b3_de43_5555_5554, Some("333333333.33333325")),
        (0x41b3_de43_5555_5555, Some("333333333.3333333")),
        (0x41b3_de43_5555_5556, Some("333333333.3333334")),
        (0x41b3_de43_5555_5557, Some("333333333.33333343")),
        (0xbecb_f647_612f_3696, Some("-0.0000033333333333333333")),
        (0x4314_3ff3_c1cb_0959, Some("1424953923781206.2")),
    ];
    for (bits, expected) in table {
        assert_eq!(number(f64::from_bits(bits)).as_deref(), expected, "{bits:016x}");
    }
}

#[test]
fn integers_not_read_alike_are_refused_with_their_place() {
    let alike = json!({"a": [9_007_199_254_740_992_u64, -9_007_199_254_740_994_i64, 4_611_686_018_427_388_000_u64]});
    assert_eq!(to_vec(&alike).unwrap(), br#"{"a":[9007199254740992,-9007199254740994,4611686018427388000]}"#);
    let differing =
        [json!(9_007_199_254_740_993_u64), json!(u64::MAX), json!(i64::MAX), json!(i64::MIN), json!(1_u64 << 62)];
    for inexact in differing {
        let fault = to_vec(&json!({"x/y": [0, inexact]})).unwrap_err();
        assert_eq!(fault, CanonError::Inexact { at: "/x~1y/1".to_owned() });
    }
}

#[test]
fn deep_nesting_is_refused() {
    let nest = |depth| (0..depth).fold(Value::Null, |inner, _| json!([inner]));
    assert!(to_vec(&nest(MAX_DEPTH)).is_ok());
    assert!(matches!(to_vec(&nest(MAX_DEPTH + 1)), Err(CanonError::TooDeep { .. })));
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<i64>().prop_map(|n| Value::from(n as f64)),
        any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| Value::Object(Map::from_iter(map))),
        ]
    })
}

/// Texts around the borders that matter: short and long, what is escaped, and both sides of the surrogates.
fn any_text() -> impl Strategy<Value = String> {
    let char = prop_oneof![
        6 => "[a-c0-9_]",
        2 => prop::sample::select(vec!['"', '\\', '\n', '\u{1f}', '\u{7f}', 'é', '証'].into_iter().map(String::from).collect::<Vec<_>>()),
        2 => prop::sample::select(vec!['\u{d7ff}', '\u{e000}', '\u{ffff}', '\u{10000}', '\u{10ffff}'].into_iter().map(String::from).collect::<Vec<_>>()),
    ];
    prop::collection::vec(char, 0..40).prop_map(|chars| chars.concat())
}

proptest! {
    #[test]
    fn names_stand_in_utf16_order(names in prop::collection::btree_set(any_text(), 0..12)) {
        let object: Map<String, Value> = names.iter().map(|name| (name.clone(), Value::Null)).collect();
        let mut sorted: Vec<_> = names.into_iter().collect();
        sorted.sort_by_key(|name| name.encode_utf16().collect::<Vec<_>>());
        let members: Vec<_> = sorted.iter().map(|name| format!("{}:null", Value::from(name.as_str()))).collect();
        let expect = format!("{{{}}}", members.join(","));
        prop_assert_eq!(String::from_utf8(to_vec(&Value::Object(object)).unwrap()).unwrap(), expect);
    }

    #[test]
    fn texts_are_written_as_serde_json_writes_them(text in any_text()) {
        let expect = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(String::from_utf8(to_vec(&Value::from(text)).unwrap()).unwrap(), expect);
    }

    #[test]
    fn writing_and_reading_is_a_fixed_point(value in any_value()) {
        let once = to_vec(&value).unwrap();
        let again: Value = serde_json::from_slice(&once).unwrap();
        prop_assert_eq!(to_vec(&again).unwrap(), once);
    }

    #[test]
    fn an_integer_is_refused_or_written_in_full(value: i64, shift in 0_u32..12, trailing in 0_u32..5) {
        let value = (value >> shift) / 10_i64.pow(trailing) * 10_i64.pow(trailing);
        match to_vec(&Value::from(value)) {
            Ok(text) => prop_assert_eq!(text, value.to_string().into_bytes()),
            Err(fault) => prop_assert!(value.unsigned_abs() > 1 << 53, "{}: {}", value, fault),
        }
    }

    #[test]
    fn every_double_reads_back_exactly(bits in any::<u64>()) {
        let value = f64::from_bits(bits);
        match number(value) {
            None => prop_assert!(!value.is_finite()),
            Some(text) => {
                prop_assert_eq!(text.parse::<f64>().unwrap(), value);
                prop_assert!(text.len() <= 25, "{}", text);
                prop_assert!(!text.contains("e0") && !text.starts_with('+') && !text.ends_with('.'), "{}", text);
            }
        }
    }
}
