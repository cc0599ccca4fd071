//! Requests to a witness and its answers, by the properties the tests of the journal hold too.
#![no_main]

#[allow(dead_code)] // each target uses its own
#[path = "../../crates/journal/tests/all/properties.rs"]
mod properties;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u16, &[u8])| {
    properties::witness(input.1, &[]);
    properties::answer(input.0, input.1);
});
