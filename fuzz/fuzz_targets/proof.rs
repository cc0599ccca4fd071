//! Proof files, by the properties the tests of the journal hold too.
#![no_main]

#[allow(dead_code)] // each target uses its own
#[path = "../../crates/journal/tests/all/properties.rs"]
mod properties;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| properties::proof(bytes));
