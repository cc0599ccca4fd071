//! What the other tests need: a TSA of OpenSSL, or a loud skip; tokens and anchors from it.

use std::process::Command;

use akashi_sign::HashAlgorithm;
use akashi_sign::tsp::{Expected, Imprint, Judgement, Request, Response, Token, verify};
use akashi_sign::x509::{Certificate, Evidence, read_certificates};
use akashi_testkit::need::{OPENSSL, skip};
use akashi_testkit::tsa::{Authority, Key, TSA_EXTENSIONS, Tsa};
use akashi_testkit::{Error, Scratch};

/// The bytes that are stamped.
pub(crate) const DATA: &[u8] = b"h.example/log\n300\nroot\n";
/// Stands for chance.
pub(crate) const NONCE: [u8; 8] = [0xf1, 2, 3, 4, 5, 6, 7, 8];

/// What a helper made; none where OpenSSL is missing.
pub(crate) fn made<T>(story: &str, made: Result<T, Error>) -> Option<T> {
    match made {
        Ok(made) => Some(made),
        Err(why @ Error::Missing { .. }) => {
            skip(OPENSSL, story, &why.to_string());
            None
        }
        Err(why) => panic!("{story}: {why}"),
    }
}

/// A TSA with keys of this kind.
pub(crate) fn tsa(story: &str, key: Key) -> Option<Tsa> {
    made(story, Tsa::start(key))
}

/// A TSA whose certificate says this instead of the usual.
pub(crate) fn tsa_saying(story: &str, extensions: &str) -> Option<Tsa> {
    let ca = made(story, Authority::new("Akashi Test CA", Key::P256))?;
    let identity = ca.issue("Akashi Test TSA", Key::P256, extensions).unwrap();
    made(story, Tsa::with(ca, &identity, ""))
}

/// The usual words of a TSA's certificate with one line changed; an empty line leaves it out.
pub(crate) fn extensions_with(name: &str, line: &str) -> String {
    let keep = TSA_EXTENSIONS.lines().filter(|l| !l.starts_with(name));
    keep.chain([line]).fold(String::new(), |all, l| all + l + "\n")
}

pub(crate) fn request() -> Request {
    Request::new(Imprint::of(HashAlgorithm::Sha256, DATA)).with_nonce(&NONCE)
}

/// A token over [`DATA`] that answers [`request`].
pub(crate) fn token(tsa: &Tsa) -> Vec<u8> {
    let answer = tsa.reply(&request().to_der()).unwrap();
    Response::parse(&answer).unwrap().token().unwrap().to_vec()
}

/// The certificates of a CA, as anchors.
pub(crate) fn anchors(ca: &Authority) -> Vec<Vec<u8>> {
    read_certificates(ca.certificate_pem().unwrap().as_bytes()).unwrap()
}

/// Judges a token over [`DATA`] with these anchors and this evidence.
pub(crate) fn judge(token: &[u8], anchors: &[Vec<u8>], evidence: &[u8]) -> Judgement {
    let token = Token::from_file(token).unwrap();
    let anchors: Vec<Certificate<'_>> = anchors.iter().map(|der| Certificate::parse(der).unwrap()).collect();
    verify(&token, &Expected::answer_to(&request()), &anchors, &Evidence::parse(evidence).unwrap())
}

/// Runs OpenSSL in a folder; its words, and whether it was content.
pub(crate) fn openssl(dir: &Scratch, args: &[&str]) -> (bool, String) {
    let out = Command::new("openssl").current_dir(dir.path()).args(args).output().unwrap();
    let words = [out.stdout, out.stderr].concat();
    (out.status.success(), String::from_utf8_lossy(&words).into_owned())
}
