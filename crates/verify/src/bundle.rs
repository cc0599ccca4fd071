//! What is in a bundle, file by file, and its two directions: to bytes and back. Nothing is checked here but form.
//!
//! | file | what |
//! | --- | --- |
//! | `bundle.json` | `{"format":"akashi-proof","v":1}` |
//! | `entry.json` | the leaf: journal `FORMAT.md`, "Entry" |
//! | `proof.tlog-proof` | C2SP tlog-proof of the leaf |
//! | `checkpoint` | C2SP checkpoint, the same as in the proof, for tools that want it alone |
//! | `keys` | key ring of the log: journal `FORMAT.md`, "Key ring" |
//! | `opening.json`, `body.json`, `reason.txt`, `files/<n>` | contents and their salts; missing after a disposal |
//! | `policy` | C2SP tlog-policy: the witnesses the hospital says it asks; whoever checks brings a policy of their own |
//! | `later-<n>.consistency` | a later checkpoint and the proof that its log begins with that of `checkpoint`, in the form of a C2SP tlog-witness request: then its stamps and cosignatures speak of the entry too |
//! | `stamp-<n>.tsr` | RFC 3161 response (or token alone) over the bytes of `stamp-<n>.checkpoint` |
//! | `stamp-<n>.checkpoint` | the checkpoint, or a later one, exactly as it was stamped: the same text, maybe fewer signatures, since witnesses sign later |
//! | `stamp-<n>.pem` | certificates, revocation lists and OCSP answers that go with the stamp; may be missing |
//! | `explanation.html` | one page for people |
//!
//! A stamp is checked without us by
//! `openssl ts -verify -data stamp-0.checkpoint -in stamp-0.tsr -CAfile ROOT.pem -untrusted stamp-0.pem`.

use akashi_journal::Digest;
use serde::{Deserialize, Serialize};

use crate::archive::{self, ArchiveError};
use crate::words::Words;

const FORMAT: &str = r#"{"format":"akashi-proof","v":1}"#;
/// Longest content of a file that is read into the check as text.
const MAX_TEXT: usize = 16 << 20;

/// A bundle, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bundle {
    /// Leaf bytes.
    pub entry: Vec<u8>,
    /// The tlog-proof file.
    pub proof: Vec<u8>,
    /// The signed note.
    pub checkpoint: Vec<u8>,
    /// The key ring in text.
    pub keys: String,
    /// Contents; none when they were disposed of.
    pub opening: Option<Opening>,
    /// The hospital's policy of witnesses in text; empty when it has none.
    pub policy: String,
    /// Later checkpoints, each a C2SP tlog-witness request whose old size is that of the checkpoint.
    pub later: Vec<Vec<u8>>,
    /// Time stamps over the checkpoint or a later one.
    pub stamps: Vec<Stamp>,
    /// The page for people.
    pub explanation: String,
}

/// A time stamp over a checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stamp {
    /// The bytes that were stamped: the checkpoint as it was then.
    pub subject: Vec<u8>,
    /// The RFC 3161 response (DER).
    pub token: Vec<u8>,
    /// Certificates, revocation lists and OCSP answers (PEM); empty when none are kept.
    pub evidence: String,
}

/// The contents of a version with the salts that open the entry's commitments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Canonical JSON.
    pub body: Vec<u8>,
    pub body_salt: Digest,
    /// The reason given, with its salt.
    pub reason: Option<(String, Digest)>,
    /// In the order of the entry.
    pub files: Vec<OpenedFile>,
}

/// A file the version names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedFile {
    /// SHA-256 of the content.
    pub digest: Digest,
    pub salt: Digest,
    /// The content, where it is enclosed.
    pub content: Option<Vec<u8>>,
}

/// `opening.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Salts {
    body: Digest,
    files: Vec<FileSalt>,
    reason: Option<Digest>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSalt {
    digest: Digest,
    enclosed: bool,
    salt: Digest,
}

/// A bundle that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A file that has to be there is not.
    #[error("{name} is missing")]
    Missing { name: String },
    /// A file nobody knows.
    #[error("{name} does not belong into a bundle of this format")]
    Unknown { name: String },
    /// A file that cannot be read.
    #[error("{name} cannot be read: {what}")]
    Unreadable { name: String, what: String },
}

impl BundleError {
    /// In both languages.
    #[must_use]
    pub fn words(&self) -> Words {
        let ja = match self {
            BundleError::Archive(e) => e.japanese(),
            BundleError::Missing { name } => format!("{name} がありません"),
            BundleError::Unknown { name } => format!("{name} はこの形式の束に属さないファイルです"),
            BundleError::Unreadable { name, what } => format!("{name} を読めません({what})"),
        };
        Words::new(format!("束を読めません: {ja}"), format!("this is no bundle: {self}"))
    }

    /// The file, or the bundle as a whole.
    #[must_use]
    pub fn place(&self) -> &str {
        match self {
            BundleError::Archive(ArchiveError::Content { name } | ArchiveError::Name { name })
            | BundleError::Missing { name }
            | BundleError::Unknown { name }
            | BundleError::Unreadable { name, .. } => name,
            BundleError::Archive(_) => "ZIP",
        }
    }
}

impl Bundle {
    /// The file form; the same bundle always gives the same bytes.
    ///
    /// # Errors
    /// Contents too large for a bundle.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ArchiveError> {
        let names: Vec<[String; 3]> = (0..self.stamps.len()).map(stamp_names).collect();
        let later: Vec<String> = (0..self.later.len()).map(later_name).collect();
        let mut files: Vec<(&str, &[u8])> = vec![
            ("explanation.html", self.explanation.as_bytes()),
            ("bundle.json", FORMAT.as_bytes()),
            ("entry.json", &self.entry),
            ("proof.tlog-proof", &self.proof),
            ("checkpoint", &self.checkpoint),
            ("keys", self.keys.as_bytes()),
        ];
        let salts = self.opening.as_ref().map(Opening::salts).unwrap_or_default();
        let places: Vec<String> =
            self.opening.iter().flat_map(|o| 0..o.files.len()).map(|n| format!("files/{n}")).collect();
        if let Some(opening) = &self.opening {
            files.extend([("opening.json", &salts[..]), ("body.json", &opening.body[..])]);
            files.extend(opening.reason.iter().map(|(text, _)| ("reason.txt", text.as_bytes())));
            let enclosed = places.iter().zip(&opening.files);
            files.extend(enclosed.filter_map(|(name, file)| Some((name.as_str(), file.content.as_deref()?))));
        }
        files.extend(Some(("policy", self.policy.as_bytes())).filter(|(_, text)| !text.is_empty()));
        files.extend(later.iter().zip(&self.later).map(|(name, bytes)| (name.as_str(), &bytes[..])));
        for ([token, subject, evidence], stamp) in names.iter().zip(&self.stamps) {
            files.extend([(token.as_str(), &stamp.token[..]), (subject.as_str(), &stamp.subject[..])]);
            files.extend(Some((evidence.as_str(), stamp.evidence.as_bytes())).filter(|(_, text)| !text.is_empty()));
        }
        archive::write(&files)
    }

    /// Reads the file form.
    ///
    /// # Errors
    /// Anything that is not a bundle of this format; see [`BundleError`].
    pub fn parse(bytes: &[u8]) -> Result<Bundle, BundleError> {
        let mut files = Files { left: archive::read(bytes)? };
        if files.need("bundle.json")? != FORMAT.as_bytes() {
            let what = "another format; use a newer verifier".to_owned();
            return Err(BundleError::Unreadable { name: "bundle.json".into(), what });
        }
        let bundle = Bundle {
            entry: files.need("entry.json")?.to_vec(),
            proof: files.need("proof.tlog-proof")?.to_vec(),
            checkpoint: files.need("checkpoint")?.to_vec(),
            keys: files.text("keys")?.ok_or_else(|| BundleError::Missing { name: "keys".into() })?,
            opening: Opening::read(&mut files)?,
            policy: files.text("policy")?.unwrap_or_default(),
            later: (0..).map_while(|n| files.take(&later_name(n)).map(<[u8]>::to_vec)).collect(),
            stamps: (0..).map_while(|n| Stamp::read(n, &mut files).transpose()).collect::<Result<_, _>>()?,
            explanation: files.text("explanation.html")?.unwrap_or_default(),
        };
        match files.left.first() {
            Some((name, _)) => Err(BundleError::Unknown { name: (*name).to_owned() }),
            None => Ok(bundle),
        }
    }
}

impl Opening {
    fn salts(&self) -> Vec<u8> {
        let file = |f: &OpenedFile| FileSalt { digest: f.digest, enclosed: f.content.is_some(), salt: f.salt };
        let files = self.files.iter().map(file).collect();
        let salts = Salts { body: self.body_salt, files, reason: self.reason.as_ref().map(|(_, salt)| *salt) };
        serde_json::to_vec(&salts).expect("digests and flags always have a JSON form")
    }

    fn read(files: &mut Files<'_>) -> Result<Option<Opening>, BundleError> {
        let Some(salts) = files.take("opening.json") else { return Ok(None) };
        let salts: Salts = serde_json::from_slice(salts)
            .map_err(|e| BundleError::Unreadable { name: "opening.json".into(), what: e.to_string() })?;
        let body = files.need("body.json")?.to_vec();
        let reason = match (salts.reason, files.text("reason.txt")?) {
            (Some(salt), Some(text)) => Some((text, salt)),
            (None, None) => None,
            (Some(_), None) => return Err(BundleError::Missing { name: "reason.txt".into() }),
            (None, Some(_)) => return Err(BundleError::Unknown { name: "reason.txt".into() }),
        };
        let mut opened = Vec::new();
        for (place, FileSalt { digest, enclosed, salt }) in salts.files.into_iter().enumerate() {
            let content = if enclosed { Some(files.need(&format!("files/{place}"))?.to_vec()) } else { None };
            opened.push(OpenedFile { digest, salt, content });
        }
        Ok(Some(Opening { body, body_salt: salts.body, reason, files: opened }))
    }
}

impl Stamp {
    fn read(number: usize, files: &mut Files<'_>) -> Result<Option<Stamp>, BundleError> {
        let [token, subject, evidence] = stamp_names(number);
        let Some(token) = files.take(&token) else { return Ok(None) };
        let evidence = files.text(&evidence)?.unwrap_or_default();
        Ok(Some(Stamp { token: token.to_vec(), subject: files.need(&subject)?.to_vec(), evidence }))
    }
}

/// The file of a later checkpoint.
pub(crate) fn later_name(number: usize) -> String {
    format!("later-{number}.consistency")
}

fn stamp_names(number: usize) -> [String; 3] {
    ["tsr", "checkpoint", "pem"].map(|ending| format!("stamp-{number}.{ending}"))
}

/// The files not looked at yet.
struct Files<'a> {
    left: Vec<archive::File<'a>>,
}

impl<'a> Files<'a> {
    fn take(&mut self, name: &str) -> Option<&'a [u8]> {
        let place = self.left.iter().position(|(n, _)| *n == name)?;
        Some(self.left.swap_remove(place).1)
    }

    fn need(&mut self, name: &str) -> Result<&'a [u8], BundleError> {
        self.take(name).ok_or_else(|| BundleError::Missing { name: name.to_owned() })
    }

    fn text(&mut self, name: &str) -> Result<Option<String>, BundleError> {
        let unreadable = |what: &str| BundleError::Unreadable { name: name.to_owned(), what: what.to_owned() };
        let Some(bytes) = self.take(name) else { return Ok(None) };
        if bytes.len() > MAX_TEXT {
            return Err(unreadable("it is too long"));
        }
        std::str::from_utf8(bytes).map(|text| Some(text.to_owned())).map_err(|_| unreadable("it is not UTF-8"))
    }
}
