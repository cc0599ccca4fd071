//! Proof files: any bytes are answered, what is read is written back the same, and nothing is proven.
#![no_main]

use akashi_journal::Digest;
use akashi_journal::checkpoint::KeyRing;
use akashi_journal::note::SignerKey;
use akashi_journal::proof::TlogProof;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(proof) = TlogProof::parse(bytes) else { return };
    assert_eq!(proof.to_string().as_bytes(), bytes);
    let key = SignerKey::from_seed("log.example", &[1; 32]).expect("a good name");
    let ring = KeyRing::new(key.verifier()).expect("a log key");
    assert!(proof.verify(&Digest([0; 32]), &ring, &[], 0).is_err());
});
