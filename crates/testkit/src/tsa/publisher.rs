//! A web server on loopback that gives what a CA publishes: lists to whoever fetches them, OCSP answers to whoever asks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::http::{Answers, Asked, Said, Server};
use super::lock;
use crate::Error;

/// Gives what was put under a path, until it is stopped.
#[derive(Debug)]
pub struct Publisher {
    files: Arc<Files>,
    server: Mutex<Server>,
}

#[derive(Debug, Default)]
struct Files {
    by_path: Mutex<BTreeMap<String, Vec<u8>>>,
    asked: Mutex<Vec<Asked>>,
}

impl Publisher {
    /// Listens, with nothing to give.
    ///
    /// # Errors
    /// No port is free.
    pub fn start() -> Result<Self, Error> {
        let files = Arc::new(Files::default());
        let server = Mutex::new(Server::start(files.clone())?);
        Ok(Self { files, server })
    }

    /// Where a path is, e.g. `http://127.0.0.1:40001/ca.crl`. Stays the same when it goes away and comes back.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", lock(&self.server).address())
    }

    /// Gives these bytes under a path from now on.
    pub fn put(&self, path: &str, bytes: Vec<u8>) {
        lock(&self.files.by_path).insert(path.to_owned(), bytes);
    }

    /// Stops listening, or begins again.
    ///
    /// # Errors
    /// Its port was taken by somebody else meanwhile.
    pub fn set_away(&self, away: bool) -> Result<(), Error> {
        let mut server = lock(&self.server);
        if away {
            server.stop();
            return Ok(());
        }
        let files: Arc<dyn Answers> = self.files.clone();
        server.resume(&files)
    }

    /// What it was asked since the last look: method, path, body.
    #[must_use]
    pub fn asked(&self) -> Vec<(String, String, Vec<u8>)> {
        let asked = std::mem::take(&mut *lock(&self.files.asked));
        asked.into_iter().map(|one| (one.method, one.path, one.body)).collect()
    }
}

impl Answers for Files {
    fn answer(&self, asked: &Asked) -> Said {
        lock(&self.asked).push(asked.clone());
        let found = lock(&self.by_path).get(&asked.path).cloned();
        match (asked.method.as_str(), found) {
            ("GET", Some(bytes)) => ("200 OK", "application/pkix-crl", bytes),
            ("POST", Some(bytes)) if asked.kind == "application/ocsp-request" => {
                ("200 OK", "application/ocsp-response", bytes)
            }
            _ => ("404 Not Found", "text/plain", b"nothing here".to_vec()),
        }
    }
}
