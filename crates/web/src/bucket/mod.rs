//! A bucket of S3, or of anything that speaks it, as a depot of backups: versions, object lock, uploads in parts. The
//! protocol in a few hundred lines: requests are signed in `sign`, answers read in `xml`, credentials found in `access`.

mod access;
mod agent;
mod sign;
mod upload;
mod xml;

use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

use akashi_app::backup::{Depot, DepotError, Lock, Removed};
use ureq::Agent;
use ureq::http::{Request, Response};

pub use access::{Access, AccessError};
pub use agent::BucketError;

use sign::Signed;

/// Bytes of an answer that are read, except of objects.
const LARGEST: u64 = 16 << 20;
/// How often a request is tried that got no answer, or a server's error.
const TRIES: u32 = 4;

/// A bucket, or what begins with a prefix in it.
pub struct Bucket {
    agent: Agent,
    access: Access,
    /// `https://host[:port]`, and the path of the bucket: empty when its name stands in the host.
    base: String,
    root: String,
    bucket: String,
    /// Empty, or ended by a slash.
    prefix: String,
    clock: fn() -> i64,
    locks: OnceLock<bool>,
}

/// What is sent.
struct Ask<'a> {
    method: &'static str,
    /// Below the bucket; not encoded.
    key: &'a str,
    query: Vec<(&'static str, String)>,
    headers: Vec<(&'static str, String)>,
    body: &'a [u8],
}

/// An answer without its body.
struct Answer {
    status: u16,
    headers: ureq::http::HeaderMap,
    body: Vec<u8>,
}

impl Bucket {
    /// Takes `s3://bucket[/prefix]`; `ca` is a file of more trusted certificates (PEM). Nothing is asked yet. `clock` gives
    /// microseconds UTC.
    ///
    /// # Errors
    /// An address of another form, or certificates that cannot be read.
    pub fn new(address: &str, access: Access, ca: Option<&Path>, clock: fn() -> i64) -> Result<Bucket, BucketError> {
        let wrong = || BucketError::Address { given: address.to_owned() };
        let rest = address.strip_prefix("s3://").ok_or_else(wrong)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
        if bucket.len() < 3 || !bucket.bytes().all(fine) {
            return Err(wrong());
        }
        let prefix = prefix.trim_matches('/');
        let (base, root) = access.place(bucket);
        Ok(Bucket {
            agent: agent::new(ca)?,
            access,
            base,
            root,
            bucket: bucket.to_owned(),
            prefix: if prefix.is_empty() { String::new() } else { format!("{prefix}/") },
            clock,
            locks: OnceLock::new(),
        })
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Sends, again when there was no answer; gives what came.
    fn send(&self, ask: &Ask<'_>) -> Result<Response<ureq::Body>, DepotError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let request = self.request(ask)?;
            match self.agent.run(request) {
                Ok(response) if response.status().as_u16() < 500 || tries == TRIES => return Ok(response),
                Err(e) if tries == TRIES => return Err(self.failed(ask.key, &e)),
                _ => {}
            }
        }
    }

    fn request<'b>(&self, ask: &Ask<'b>) -> Result<Request<&'b [u8]>, DepotError> {
        let path = format!("{}/{}", self.root, sign::encode(ask.key, true));
        let signed = Signed {
            method: ask.method,
            host: self.base.split_once("://").map_or("", |(_, host)| host),
            path: &path,
            query: &ask.query,
            headers: &ask.headers,
            body: ask.body,
        };
        let query = signed.query_text();
        let mut request = Request::builder().method(ask.method).uri(format!("{}{path}{query}", self.base));
        for (name, value) in signed.headers(&self.access, (self.clock)()) {
            request = request.header(name, value);
        }
        request.body(ask.body).map_err(|e| self.failed(ask.key, &e))
    }

    /// Sends and reads a short answer.
    fn ask(&self, ask: &Ask<'_>) -> Result<Answer, DepotError> {
        let mut response = self.send(ask)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.body_mut().with_config().limit(LARGEST).read_to_vec();
        Ok(Answer { status, headers, body: body.map_err(|e| self.failed(ask.key, &e))? })
    }

    /// As [`Bucket::ask`]; anything but success is an error in the server's words.
    fn must(&self, ask: &Ask<'_>) -> Result<Answer, DepotError> {
        let answer = self.ask(ask)?;
        if answer.status < 300 { Ok(answer) } else { Err(self.refused(ask.key, &answer)) }
    }

    fn refused(&self, key: &str, answer: &Answer) -> DepotError {
        let text = String::from_utf8_lossy(&answer.body);
        let said = [xml::tag(&text, "Code"), xml::tag(&text, "Message")].map(|word| word.unwrap_or_default());
        let what = format!("{} {}", answer.status, said.join(" "));
        self.failed(key, &what.trim().chars().take(300).collect::<String>())
    }

    fn failed(&self, key: &str, what: &dyn ToString) -> DepotError {
        DepotError::Failed { name: format!("s3://{}/{key}", self.bucket), what: what.to_string() }
    }

    /// Whether the bucket has object lock.
    fn has_locks(&self) -> Result<bool, DepotError> {
        if let Some(known) = self.locks.get() {
            return Ok(*known);
        }
        let answer = self.ask(&Ask::new("GET", "").param("object-lock", ""))?;
        let found = match answer.status {
            200 => String::from_utf8_lossy(&answer.body).contains("Enabled"),
            // Neither the configuration, nor anything of the kind, on servers that know no locks.
            400 | 404 | 405 | 501 => false,
            _ => return Err(self.refused("", &answer)),
        };
        Ok(*self.locks.get_or_init(|| found))
    }

    /// Until when an object is locked.
    fn lock_of(&self, key: &str) -> Result<Lock, DepotError> {
        let answer = self.must(&Ask::new("HEAD", key))?;
        Ok(match header(&answer, "x-amz-object-lock-retain-until-date") {
            Some(until) => Lock::Until(until),
            None => Lock::Open,
        })
    }

    /// The ids of all versions of exactly this key, deleted ones too.
    fn versions(&self, key: &str) -> Result<Vec<String>, DepotError> {
        let (mut found, mut marks) = (Vec::new(), Vec::new());
        loop {
            let mut ask = Ask::new("GET", "").param("versions", "").param("prefix", key);
            ask.query.extend(marks);
            let answer = self.must(&ask)?;
            let text = String::from_utf8_lossy(&answer.body);
            let both = xml::all(&text, "Version").chain(xml::all(&text, "DeleteMarker"));
            let ours = both.filter(|one| xml::tag(one, "Key").as_deref() == Some(key));
            found.extend(ours.filter_map(|one| xml::tag(one, "VersionId")));
            if xml::tag(&text, "IsTruncated").as_deref() != Some("true") {
                return Ok(found);
            }
            let next = |name| xml::tag(&text, name).unwrap_or_default();
            marks = vec![("key-marker", next("NextKeyMarker")), ("version-id-marker", next("NextVersionIdMarker"))];
        }
    }

    /// Deletes a version; false when it is locked.
    fn delete(&self, key: &str, version: &str) -> Result<bool, DepotError> {
        let answer = self.ask(&Ask::new("DELETE", key).param("versionId", version))?;
        match answer.status {
            200..300 | 404 => Ok(true),
            403 => Ok(false),
            _ => Err(self.refused(key, &answer)),
        }
    }
}

impl Depot for Bucket {
    fn name(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.prefix.trim_end_matches('/')).trim_end_matches('/').to_owned()
    }

    fn list(&self) -> Result<Vec<(String, u64)>, DepotError> {
        let (mut found, mut mark) = (Vec::new(), None);
        loop {
            let mut ask = Ask::new("GET", "").param("list-type", "2").param("prefix", &self.prefix);
            ask.query.extend(mark.map(|mark| ("continuation-token", mark)));
            let answer = self.must(&ask)?;
            let text = String::from_utf8_lossy(&answer.body);
            for one in xml::all(&text, "Contents") {
                let size = xml::tag(one, "Size").and_then(|size| size.parse().ok()).unwrap_or_default();
                let key = xml::tag(one, "Key").unwrap_or_default();
                found.extend(key.strip_prefix(&self.prefix).map(|name| (name.to_owned(), size)));
            }
            mark = xml::tag(&text, "NextContinuationToken");
            if mark.is_none() {
                found.sort();
                return Ok(found);
            }
        }
    }

    fn open(&self, name: &str) -> Result<Box<dyn Read + Send>, DepotError> {
        let key = self.key(name);
        let mut response = self.send(&Ask::new("GET", &key))?;
        match response.status().as_u16() {
            200 => Ok(Box::new(response.into_body().into_reader())),
            404 => Err(DepotError::Missing { name: name.to_owned() }),
            status => {
                let body = response.body_mut().with_config().limit(LARGEST).read_to_vec().unwrap_or_default();
                Err(self.refused(&key, &Answer { status, headers: response.headers().clone(), body }))
            }
        }
    }

    fn put(&self, name: &str, from: &Path, locked_until: Option<i64>) -> Result<Lock, DepotError> {
        let key = self.key(name);
        let lock = locked_until.filter(|_| self.has_locks().is_ok_and(|locks| locks));
        self.upload(&key, from, lock)?;
        drop(std::fs::remove_file(from));
        match (locked_until, lock) {
            (Some(_), None) => {
                // Perhaps it cannot even be asked: then that is the error.
                self.has_locks()?;
                Ok(Lock::Unsupported)
            }
            _ => self.lock_of(&key),
        }
    }

    fn replace(&self, name: &str, from: &Path) -> Result<Lock, DepotError> {
        let key = self.key(name);
        let before = self.versions(&key)?;
        let new = self.upload(&key, from, None)?;
        drop(std::fs::remove_file(from));
        let mut kept = false;
        for version in before.iter().filter(|version| **version != new) {
            kept |= !self.delete(&key, version)?;
        }
        match self.lock_of(&key)? {
            // The new one is free, but an older one cannot be removed yet.
            Lock::Open if kept => Ok(Lock::Until("?".to_owned())),
            lock => Ok(lock),
        }
    }

    fn remove(&self, name: &str) -> Result<Removed, DepotError> {
        let key = self.key(name);
        for version in self.versions(&key)? {
            if !self.delete(&key, &version)? {
                return Ok(Removed::Locked);
            }
        }
        Ok(Removed::Gone)
    }
}

impl<'a> Ask<'a> {
    fn new(method: &'static str, key: &'a str) -> Ask<'a> {
        Ask { method, key, query: Vec::new(), headers: Vec::new(), body: &[] }
    }

    fn param(mut self, name: &'static str, value: &str) -> Ask<'a> {
        self.query.push((name, value.to_owned()));
        self
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Ask<'a> {
        self.headers.push((name, value.into()));
        self
    }

    fn body(mut self, body: &'a [u8]) -> Ask<'a> {
        self.body = body;
        self
    }
}

fn header(answer: &Answer, name: &str) -> Option<String> {
    answer.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}
