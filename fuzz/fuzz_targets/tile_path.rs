//! Paths of tiles, by the properties the tests of the journal hold too.
#![no_main]

#[allow(dead_code)] // each target uses its own
#[path = "../../crates/journal/tests/all/properties.rs"]
mod properties;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|path: &str| properties::tile_path(path));
