//! What the other tests need: a TSA of OpenSSL, or a loud skip.

use akashi_testkit::need::{OPENSSL, skip};
use akashi_testkit::tsa::{Key, Tsa};

/// The bytes that are stamped.
pub(crate) const DATA: &[u8] = b"h.example/log\n300\nroot\n";
/// Stands for chance.
pub(crate) const NONCE: [u8; 8] = [0xf1, 2, 3, 4, 5, 6, 7, 8];

/// A TSA with keys of this kind; none where OpenSSL is missing.
pub(crate) fn tsa(story: &str, key: Key) -> Option<Tsa> {
    match Tsa::start(key) {
        Ok(tsa) => Some(tsa),
        Err(why @ akashi_testkit::Error::Missing { .. }) => {
            skip(OPENSSL, story, &why.to_string());
            None
        }
        Err(why) => panic!("{story}: {why}"),
    }
}
