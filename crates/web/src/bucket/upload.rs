//! Uploading a file: at once, or in parts when it is large, so that only one part is in memory. Every part carries its
//! SHA-256, which the server compares; buckets with object lock ask for that.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use akashi_app::backup::{DepotError, Lock};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::{Ask, Bucket, header, xml};

/// Bytes of a part, and the most that goes at once. Servers take parts from 5 MiB on, at most 10,000 of them.
const PART: usize = 64 << 20;

/// A part that is there.
struct Part {
    number: u32,
    etag: String,
    sha256: String,
}

impl Bucket {
    /// Uploads a file; gives the id of the version it became, `null` in a bucket without versions.
    pub(super) fn upload(&self, key: &str, from: &Path, locked_until: Option<i64>) -> Result<String, DepotError> {
        let mut file = File::open(from).map_err(|e| self.failed(key, &e))?;
        let first = self.part(key, &mut file)?;
        if first.len() < PART {
            let put = Ask::new("PUT", key)
                .header("x-amz-sdk-checksum-algorithm", "SHA256")
                .header("x-amz-checksum-sha256", sha256(&first))
                .body(&first);
            let answer = self.must(&locked(put, locked_until))?;
            return Ok(header(&answer, "x-amz-version-id").unwrap_or_else(|| "null".to_owned()));
        }
        let begin = Ask::new("POST", key).param("uploads", "").header("x-amz-checksum-algorithm", "SHA256");
        let answer = self.must(&locked(begin, locked_until))?;
        let upload = xml::tag(&String::from_utf8_lossy(&answer.body), "UploadId");
        let upload = upload.ok_or_else(|| self.failed(key, &"the server began no upload"))?;
        let ended = self.parts(key, &upload, first, &mut file);
        if ended.is_err() {
            // The first error matters; parts left behind cost space, and buckets have rules for them.
            drop(self.ask(&Ask::new("DELETE", key).param("uploadId", &upload)));
        }
        let version = ended?;
        self.keep_locked(key, locked_until)?;
        Ok(version)
    }

    /// Asks once more for a lock that a server forgot between the beginning and the end of an upload in parts.
    fn keep_locked(&self, key: &str, until: Option<i64>) -> Result<(), DepotError> {
        let Some(until) = until.and_then(|at| jiff::Timestamp::from_second(at).ok()) else { return Ok(()) };
        if !matches!(self.lock_of(key)?, Lock::Open) {
            return Ok(());
        }
        let text = format!("<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>{until}</RetainUntilDate></Retention>");
        let put = Ask::new("PUT", key).param("retention", "").header("x-amz-sdk-checksum-algorithm", "SHA256");
        let put = put.header("x-amz-checksum-sha256", sha256(text.as_bytes())).body(text.as_bytes());
        self.must(&put).map(drop)
    }

    fn parts(&self, key: &str, upload: &str, first: Vec<u8>, file: &mut File) -> Result<String, DepotError> {
        let (mut parts, mut bytes) = (Vec::new(), first);
        while !bytes.is_empty() {
            let (number, sum) = (parts.len() as u32 + 1, sha256(&bytes));
            let put = Ask::new("PUT", key).param("partNumber", &number.to_string()).param("uploadId", upload);
            let answer = self.must(&put.header("x-amz-checksum-sha256", sum.clone()).body(&bytes))?;
            let etag = header(&answer, "etag").ok_or_else(|| self.failed(key, &"a part got no tag"))?;
            parts.push(Part { number, etag, sha256: sum });
            bytes = self.part(key, file)?;
        }
        let one = |Part { number, etag, sha256 }: &Part| {
            format!(
                "<Part><PartNumber>{number}</PartNumber><ETag>{}</ETag><ChecksumSHA256>{sha256}</ChecksumSHA256></Part>",
                etag.replace('"', "&quot;")
            )
        };
        let list: String = parts.iter().map(one).collect();
        let text = format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>");
        let answer = self.must(&Ask::new("POST", key).param("uploadId", upload).body(text.as_bytes()))?;
        let said = String::from_utf8_lossy(&answer.body);
        // The server may begin to answer before it knows whether it succeeds.
        if xml::tag(&said, "Code").is_some() {
            return Err(self.refused(key, &answer));
        }
        Ok(header(&answer, "x-amz-version-id").unwrap_or_else(|| "null".to_owned()))
    }

    /// The next part of a file; empty at its end.
    fn part(&self, key: &str, file: &mut File) -> Result<Vec<u8>, DepotError> {
        let mut bytes = Vec::new();
        file.take(PART as u64).read_to_end(&mut bytes).map_err(|e| self.failed(key, &e))?;
        Ok(bytes)
    }
}

/// Asks that nobody, not even the bucket's owner, may change or remove it before.
fn locked(ask: Ask<'_>, until: Option<i64>) -> Ask<'_> {
    let Some(until) = until.and_then(|at| jiff::Timestamp::from_second(at).ok()) else { return ask };
    ask.header("x-amz-object-lock-mode", "COMPLIANCE").header("x-amz-object-lock-retain-until-date", until.to_string())
}

fn sha256(bytes: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(bytes))
}
