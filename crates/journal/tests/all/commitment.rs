//! Commitments: open with the right salt only, and cannot be tested without the record's key.

use akashi_journal::Digest;
use akashi_journal::commitment::{Purpose, RecordKey};
use proptest::prelude::*;
use std::collections::HashSet;

#[test]
fn vector() {
    // Computed with Python's hmac and hashlib from the definition in the module.
    let key = RecordKey::new([7; 32]);
    let salt = key.salt(Purpose::Blob(3), 12);
    assert_eq!(Digest(salt.0).to_hex(), SALT);
    assert_eq!(salt.commit(b"body").to_hex(), COMMITMENT);
}

const SALT: &str = "7fc9f8ee718e46efc868bce8d754e637fec4c3ffbe7bb6533581e9ec303f7012";
const COMMITMENT: &str = "23206236c616b41821f1f797b627994407a8c6ff1a8fe68123be95d89f9c8a26";

#[test]
fn purposes_revisions_and_keys_have_salts_of_their_own() {
    let purposes = [Purpose::Body, Purpose::Reason, Purpose::Blob(0), Purpose::Blob(1), Purpose::Blob(11)];
    let salts: HashSet<_> = (0..20_u8)
        .flat_map(|key| (0..20).map(move |rev| (key, rev)))
        .flat_map(|(key, rev)| purposes.map(|purpose| RecordKey::new([key; 32]).salt(purpose, rev).0))
        .collect();
    assert_eq!(salts.len(), 20 * 20 * purposes.len());
}

#[test]
fn keys_are_not_printed() {
    let key = RecordKey::new([0xab; 32]);
    let shown = format!("{key:?} {:?}", key.salt(Purpose::Body, 1));
    assert!(!shown.contains("171") && !shown.to_lowercase().contains("ab, "), "{shown}");
    assert_eq!(shown, "RecordKey(hidden) Salt(hidden)");
}

proptest! {
    #[test]
    fn opens_for_its_bytes_only(key: [u8; 32], rev: u32, bytes: Vec<u8>, other: Vec<u8>) {
        let key = RecordKey::new(key);
        let commitment = key.commit(Purpose::Body, rev, &bytes);
        let salt = key.salt(Purpose::Body, rev);
        prop_assert!(salt.opens(&commitment, &bytes));
        prop_assert_eq!(salt.opens(&commitment, &other), bytes == other);
        prop_assert!(!key.salt(Purpose::Reason, rev).opens(&commitment, &bytes));
        prop_assert!(commitment != Digest::of(&bytes));
    }
}
