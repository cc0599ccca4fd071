//! Time stamps: any bytes are answered, and nothing passes without an anchor, whatever a token encloses.
#![no_main]

use akashi_sign::tsp::{Expected, Response, Token, verify};
use akashi_sign::x509::Evidence;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = Response::parse(bytes).map(|answer| answer.token().is_ok());
    let Ok(token) = Token::from_file(bytes) else { return };
    assert!(!verify(&token, &Expected::bytes(b"data"), &[], &Evidence::default()).is_passed());
    assert!(!verify(&token, &Expected::imprint(&token.info.imprint), &[], &Evidence::default()).is_passed());
    // With its own certificates as anchors every path is tried.
    let anchors = token.data.enclosed.certificates.clone();
    let judged = verify(&token, &Expected::imprint(&token.info.imprint), &anchors, &Evidence::default());
    assert!(!judged.is_passed() || judged.broken().is_none());
});
