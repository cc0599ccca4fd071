//! Journal entries: whatever is accepted is exactly what would be written, and canonical JSON.
#![no_main]

use akashi_journal::{Entry, canon};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(entry) = Entry::from_leaf(bytes) else { return };
    assert_eq!(entry.to_leaf().as_deref(), Ok(bytes));
    let value = serde_json::from_slice(bytes).expect("an entry is JSON");
    assert_eq!(canon::to_vec(&value).as_deref(), Ok(bytes));
});
