//! Canonical JSON: writing what was read is a fixed point.
#![no_main]

use akashi_journal::canon;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(bytes) else { return };
    let Ok(once) = canon::to_vec(&value) else { return };
    let again = serde_json::from_slice(&once).expect("canonical JSON is JSON");
    assert_eq!(canon::to_vec(&again), Ok(once));
});
