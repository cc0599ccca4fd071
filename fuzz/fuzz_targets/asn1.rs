//! ASN.1: any bytes are answered, the DER form of a value is its own DER form, and evidence comes back from its text.
#![no_main]

use akashi_sign::asn1::{Reader, to_der};
use akashi_sign::x509::{Evidence, evidence_from_pem, read_certificates};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut input = Reader::new(bytes, "bytes");
    while let Ok(value) = input.any("value") {
        let Ok(der) = to_der(&value) else { continue };
        let mut again = Reader::new(&der, "again");
        let again = again.any("value").expect("what was written is read");
        assert_eq!(to_der(&again).expect("as before"), der);
    }
    let _ = read_certificates(bytes);
    if let Ok(evidence) = Evidence::parse(bytes) {
        let text = evidence.to_pem();
        let kept = evidence_from_pem(&text).expect("what was written is read");
        assert_eq!(Evidence::parse(&kept).expect("as before").to_pem(), text);
    }
});
