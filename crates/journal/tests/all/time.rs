//! Instants as text.

use akashi_journal::time::{TimeError, from_rfc3339, to_rfc3339};
use proptest::prelude::*;

#[test]
fn known_instants() {
    let table = [
        (0, "1970-01-01T00:00:00.000000Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
        (1_767_225_600_123_456, "2026-01-01T00:00:00.123456Z"),
        (4_107_542_399_999_999, "2100-02-28T23:59:59.999999Z"),
        (-62_167_219_200_000_000, "0000-01-01T00:00:00.000000Z"),
        (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
    ];
    for (micros, text) in table {
        assert_eq!(to_rfc3339(micros).as_deref(), Ok(text));
        assert_eq!(from_rfc3339(text), Ok(micros));
    }
    for micros in [i64::MIN, i64::MAX, -62_167_219_200_000_001, 253_402_300_800_000_000] {
        assert_eq!(to_rfc3339(micros), Err(TimeError::Range { micros }));
    }
}

#[test]
fn other_spellings_and_unreal_dates_are_refused() {
    let refused = [
        "",
        "2026-01-01",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00.000Z",
        "2026-01-01T00:00:00.000000z",
        "2026-01-01 00:00:00.000000Z",
        "2026-01-01T00:00:00.000000+",
        "2026-02-29T00:00:00.000000Z",
        "2026-13-01T00:00:00.000000Z",
        "2026-00-01T00:00:00.000000Z",
        "2026-04-31T00:00:00.000000Z",
        "2026-01-01T24:00:00.000000Z",
        "2026-01-01T00:60:00.000000Z",
        "2026-12-31T23:59:60.000000Z",
        "2026-01-01T00:00:00.00000éZ",
    ];
    for text in refused {
        assert!(matches!(from_rfc3339(text), Err(TimeError::Text { .. })), "{text}");
    }
}

proptest! {
    #[test]
    fn every_instant_comes_back(micros in -62_167_219_200_000_000_i64..=253_402_300_799_999_999) {
        let text = to_rfc3339(micros).unwrap();
        prop_assert_eq!(text.len(), 27);
        prop_assert_eq!(from_rfc3339(&text), Ok(micros));
    }

    #[test]
    fn text_order_is_time_order(a in 0_i64..4_102_444_800_000_000, b in 0_i64..4_102_444_800_000_000) {
        prop_assert_eq!(a.cmp(&b), to_rfc3339(a).unwrap().cmp(&to_rfc3339(b).unwrap()));
    }

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        let _ = from_rfc3339(&text);
    }
}
