//! Proof bundles: any bytes are answered without a panic; what is read comes back the same; nothing is verified for
//! somebody who trusts another key.
#![no_main]

use akashi_verify::{Answer, Bundle, Given, Texts, verify};
use libfuzzer_sys::fuzz_target;

const KEY: &str = "h.example/log+62eb15bc+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c";

fuzz_target!(|bytes: &[u8]| {
    let given = Given::read(&Texts { keys: KEY, ..Texts::default() }).expect("a good key");
    let report = verify(bytes, &given);
    assert_eq!(report.result == Answer::Failed, !report.ok);
    for japanese in [true, false] {
        assert!(!report.text(japanese).is_empty());
    }
    let Ok(bundle) = Bundle::parse(bytes) else {
        assert_eq!(report.result, Answer::Failed);
        return;
    };
    let again = bundle.to_bytes().expect("what was read can be written");
    assert_eq!(Bundle::parse(&again).as_ref(), Ok(&bundle));
});
