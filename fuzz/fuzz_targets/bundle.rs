//! Entry bundles and hash tiles of any width: what is read is written back the same.
#![no_main]

use akashi_journal::tile::{HashTile, encode_bundle, parse_bundle};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u16, &[u8])| {
    let (width, bytes) = input;
    if let Ok(entries) = parse_bundle(bytes, width) {
        assert_eq!(entries.len(), usize::from(width));
        assert_eq!(encode_bundle(&entries).as_deref(), Ok(bytes));
    }
    if let Ok(tile) = HashTile::parse(bytes, width) {
        assert_eq!(tile.to_bytes(), bytes);
    }
});
