//! Tile paths as a client may ask for them: each accepted path is the one right spelling.
#![no_main]

use akashi_journal::tile::TileId;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|path: &str| {
    if let Ok(id) = path.parse::<TileId>() {
        assert_eq!(id.to_string(), path);
    }
});
