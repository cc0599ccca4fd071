//! A time-stamping authority for tests: OpenSSL's own responder with keys and certificates made for the test,
//! answering over HTTP on loopback, and able to misbehave as real ones do.

mod authority;
mod http;
mod publisher;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use authority::{Authority, Identity, Key};
use http::{Answers, Asked, Said};
pub use publisher::Publisher;

use crate::{Error, Scratch, programs};

/// The policy under which [`Tsa`] stamps when it is not asked for another.
pub const POLICY: &str = "1.3.6.1.4.1.99999.1.1";
/// The other policy it knows.
pub const OTHER_POLICY: &str = "1.3.6.1.4.1.99999.1.2";

/// What the responder does with a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It stamps.
    Answer,
    /// It answers with `rejection` and `badAlg`.
    Refuse,
    /// It stamps, but repeats another nonce than it was sent.
    WrongNonce,
    /// It answers with HTTP 503.
    Busy,
    /// It answers with bytes that are no answer.
    Garbage,
    /// Nobody listens at its address.
    Unreachable,
}

/// A CA, a TSA below it, and the responder. Everything goes away with the value.
#[derive(Debug)]
pub struct Tsa {
    inner: Arc<Responder>,
    ca: Authority,
    server: Mutex<http::Server>,
}

/// Keys and settings of the TSA; one question at a time.
#[derive(Debug)]
pub(crate) struct Responder {
    dir: Scratch,
    mode: Mutex<Mode>,
    turn: Mutex<u32>,
}

impl Tsa {
    /// Makes a CA and a TSA with keys of this kind and starts answering.
    ///
    /// # Errors
    /// OpenSSL is missing or fails, or no port is free.
    pub fn start(key: Key) -> Result<Self, Error> {
        let ca = Authority::new("Akashi Test CA", key)?;
        let tsa = ca.issue("Akashi Test TSA", key, TSA_EXTENSIONS)?;
        Self::with(ca, &tsa, "")
    }

    /// Answers with an identity of the caller's making; `settings` are more lines for OpenSSL's TSA section.
    ///
    /// # Errors
    /// As [`Tsa::start`].
    pub fn with(ca: Authority, tsa: &Identity, settings: &str) -> Result<Self, Error> {
        let dir = Scratch::new("tsa");
        dir.file("serial", "01\n");
        dir.file("chain.pem", ca.certificate_pem()?);
        let at = dir.path().display();
        let (signer, key) = (tsa.certificate.display(), tsa.key.display());
        for (name, digests) in [("answer.cnf", "sha256, sha384, sha512"), ("refuse.cnf", "md5")] {
            dir.file(
                name,
                format!(
                    "[tsa]\ndefault_tsa = it\n[it]\n{settings}\nserial = {at}/serial\nsigner_cert = {signer}\n\
                     signer_key = {key}\ncerts = {at}/chain.pem\nsigner_digest = sha256\ndefault_policy = {POLICY}\n\
                     other_policies = {OTHER_POLICY}\ndigests = {digests}\naccuracy = secs:1, millisecs:500, microsecs:100\n\
                     ordering = yes\ntsa_name = yes\ness_cert_id_chain = no\ness_cert_id_alg = sha256\n"
                ),
            );
        }
        let inner = Arc::new(Responder { dir, mode: Mutex::new(Mode::Answer), turn: Mutex::new(0) });
        let server = Mutex::new(http::Server::start(inner.clone())?);
        Ok(Self { inner, ca, server })
    }

    /// Where it answers, e.g. `http://127.0.0.1:40001/tsa`. Stays the same when it goes away and comes back.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/tsa", lock(&self.server).address())
    }

    /// Changes what it does from the next question on.
    ///
    /// # Errors
    /// Its port was taken by somebody else while it was unreachable.
    pub fn set(&self, mode: Mode) -> Result<(), Error> {
        *lock(&self.inner.mode) = mode;
        let mut server = lock(&self.server);
        if mode == Mode::Unreachable {
            server.stop();
            return Ok(());
        }
        let answers: Arc<dyn Answers> = self.inner.clone();
        server.resume(&answers)
    }

    /// How many questions it got.
    #[must_use]
    pub fn asked(&self) -> u32 {
        *lock(&self.inner.turn)
    }

    /// Answers one question (a DER `TimeStampReq`) without the network.
    ///
    /// # Errors
    /// OpenSSL fails.
    pub fn reply(&self, question: &[u8]) -> Result<Vec<u8>, Error> {
        self.inner.reply(question)
    }

    /// The CA above it: its certificate is what a verifier trusts.
    #[must_use]
    pub fn ca(&self) -> &Authority {
        &self.ca
    }
}

/// What a certificate for time stamping has to say (RFC 3161, 2.3).
pub const TSA_EXTENSIONS: &str = "basicConstraints = critical, CA:FALSE\nkeyUsage = critical, digitalSignature\n\
                                  extendedKeyUsage = critical, timeStamping\nsubjectKeyIdentifier = hash\n\
                                  authorityKeyIdentifier = keyid\n";

impl Responder {
    pub(crate) fn mode(&self) -> Mode {
        *lock(&self.mode)
    }

    pub(crate) fn reply(&self, question: &[u8]) -> Result<Vec<u8>, Error> {
        let mut turn = lock(&self.turn);
        *turn += 1;
        let (config, question) = match self.mode() {
            Mode::Refuse => ("refuse.cnf", question.to_vec()),
            Mode::WrongNonce => ("answer.cnf", with_other_nonce(question)),
            _ => ("answer.cnf", question.to_vec()),
        };
        let query = self.dir.file("query.tsq", question);
        let answer = self.dir.path().join("answer.tsr");
        let config = self.dir.path().join(config);
        programs::run(
            openssl()?
                .args(["ts", "-reply", "-config"])
                .arg(&config)
                .arg("-queryfile")
                .arg(&query)
                .arg("-out")
                .arg(&answer),
        )?;
        read(&answer)
    }
}

impl Answers for Responder {
    fn answer(&self, asked: &Asked) -> Said {
        const KIND: &str = "application/timestamp-reply";
        if asked.kind != "application/timestamp-query" {
            return ("415 Unsupported Media Type", KIND, b"not a timestamp-query".to_vec());
        }
        match self.mode() {
            Mode::Busy => ("503 Service Unavailable", KIND, b"busy".to_vec()),
            Mode::Garbage => ("200 OK", KIND, b"\x30\x80 this is no answer".to_vec()),
            _ => match self.reply(&asked.body) {
                Ok(token) => ("200 OK", KIND, token),
                Err(why) => ("500 Internal Server Error", KIND, why.to_string().into_bytes()),
            },
        }
    }
}

/// The request with the last byte of its nonce changed; one without a nonce as it is.
fn with_other_nonce(question: &[u8]) -> Vec<u8> {
    let mut changed = question.to_vec();
    let mut at = value_at(question, 0).map_or(question.len(), |(start, _)| start);
    let mut integers = 0;
    while let Some((start, end)) = value_at(question, at) {
        integers += u32::from(question[at] == 0x02);
        // The first INTEGER is the version.
        if integers == 2 && start < end {
            changed[end - 1] ^= 1;
            break;
        }
        at = end;
    }
    changed
}

/// Start and end of the content of the DER value at `at`.
fn value_at(der: &[u8], at: usize) -> Option<(usize, usize)> {
    let (start, len) = match *der.get(at + 1)? {
        0x81 => (at + 3, usize::from(*der.get(at + 2)?)),
        short => (at + 2, usize::from(short)),
    };
    (start + len <= der.len()).then_some((start, start + len))
}

/// The program, with nothing of the machine's own settings.
pub(crate) fn openssl() -> Result<std::process::Command, Error> {
    let missing = || Error::Missing { program: "openssl", package: "openssl" };
    Ok(std::process::Command::new(programs::on_path(&["openssl"]).ok_or_else(missing)?))
}

pub(crate) fn read(path: &PathBuf) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(Error::io("read", path))
}

/// A test that panicked elsewhere leaves nothing half done here.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
