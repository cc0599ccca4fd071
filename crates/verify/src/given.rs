//! What whoever checks brings along: keys and roots that came another way than the bundle. Nothing else is trusted,
//! whatever the bundle says about itself.

use std::str::FromStr;

use akashi_journal::checkpoint::{CheckpointError, KeyRing};
use akashi_journal::note::{Algorithm, KeyError, VerifierKey};
use akashi_journal::policy::{Policy, PolicyError};
use akashi_sign::x509::{Certificate, PemError, certificates_to_pem, read_certificates};

use crate::words::Words;

/// Keys and roots somebody trusts. Empty: a bundle can then only be shown to agree with itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// Keys of the log.
    pub keys: Option<KeyRing>,
    /// Keys of witnesses; one good cosignature of any of them is reported, none is no fault.
    pub witnesses: Vec<VerifierKey>,
    /// A policy of one's own: its quorum has to be reached, and its logs count as keys where none are given.
    pub policy: Option<Policy>,
    /// Time-stamping authorities.
    pub tsa_roots: Roots,
}

/// Root certificates that can be read; one read from an empty text holds none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roots {
    ders: Vec<Vec<u8>>,
}

/// The same as texts, as files or a form hold them; an empty text is nothing given.
#[derive(Debug, Clone, Copy, Default)]
pub struct Texts<'t> {
    /// Lines of a key ring, or verifier keys alone, which then count for every size.
    pub keys: &'t str,
    /// Verifier keys, one per line.
    pub witnesses: &'t str,
    /// A C2SP tlog-policy file.
    pub policy: &'t str,
    /// Root certificates of time-stamping authorities, PEM; [`roots_as_text`] makes it of files.
    pub tsa_roots: &'t str,
}

/// Something given that cannot be used. A check that silently left it out would say too much.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GivenError {
    /// The keys of the log.
    #[error("the keys of the log cannot be used: {0}")]
    Keys(#[from] CheckpointError),
    /// A key of a witness; lines count from 1.
    #[error("line {line} of the witnesses' keys: {fault}")]
    Witness { line: usize, fault: KeyError },
    /// A key that cannot cosign.
    #[error("line {line} of the witnesses' keys: {name} is a log's key, not a witness' (type 0x04)")]
    NotWitness { line: usize, name: String },
    /// A file that was given and says nothing.
    #[error("{file} holds no key and no certificate: it is empty")]
    Empty { file: String },
    /// The policy.
    #[error("the policy cannot be used: {0}")]
    Policy(#[from] PolicyError),
    /// The roots.
    #[error("the roots of time-stamping authorities cannot be used: {0}")]
    Roots(#[from] PemError),
}

impl Given {
    /// Reads what was given.
    ///
    /// # Errors
    /// Names the text and the line that cannot be used.
    pub fn read(texts: &Texts<'_>) -> Result<Given, GivenError> {
        let keys = if texts.keys.trim().is_empty() { None } else { Some(read_keys(texts.keys)?) };
        let policy = if texts.policy.trim().is_empty() { None } else { Some(texts.policy.parse()?) };
        Ok(Given { keys, witnesses: read_witnesses(texts.witnesses)?, policy, tsa_roots: texts.tsa_roots.parse()? })
    }

    /// The keys that may sign for this log, if any were given: directly, or as a log of the policy.
    #[must_use]
    pub fn ring(&self, origin: &str) -> Option<KeyRing> {
        if self.keys.is_some() {
            return self.keys.clone();
        }
        let mut ring: Option<KeyRing> = None;
        for log in self.policy.iter().flat_map(Policy::logs).filter(|log| log.key.name() == origin) {
            match &mut ring {
                // Of one name and type all, as the policy was read: trusting another cannot fail.
                Some(ring) => ring.trust(log.key.clone(), 0, None).ok()?,
                None => ring = Some(KeyRing::new(log.key.clone()).ok()?),
            }
        }
        ring
    }
}

impl Roots {
    /// Read again: a certificate borrows its bytes.
    pub(crate) fn certificates(&self) -> Vec<Certificate<'_>> {
        self.ders.iter().filter_map(|der| Certificate::parse(der).ok()).collect()
    }
}

impl FromStr for Roots {
    type Err = GivenError;

    /// Reads PEM.
    fn from_str(text: &str) -> Result<Self, GivenError> {
        let ders = if text.trim().is_empty() { Vec::new() } else { read_certificates(text.as_bytes())? };
        Ok(Self { ders })
    }
}

impl GivenError {
    /// In both languages.
    #[must_use]
    pub fn words(&self) -> Words {
        let ja = match self {
            GivenError::Keys(e) => format!("ログの鍵を読めません({e})"),
            GivenError::Witness { line, fault } => format!("立会者の鍵の{line}行目を読めません({fault})"),
            GivenError::Policy(e) => format!("ポリシーを読めません({e})"),
            GivenError::Empty { file } => format!("{file} は空です。鍵も証明書も入っていません"),
            GivenError::Roots(e) => format!("時刻認証局のルート証明書を読めません({e})"),
            GivenError::NotWitness { line, name } => {
                format!("立会者の鍵の{line}行目: {name} はログの鍵で、立会者の鍵(種類 0x04)ではありません")
            }
        };
        Words::new(ja, self.to_string())
    }
}

/// The text of a file somebody gave. An empty one would count as nothing given, and the check would say less than asked.
///
/// # Errors
/// A file with nothing in it.
pub fn not_empty(file: &str, text: String) -> Result<String, GivenError> {
    if text.trim().is_empty() { Err(GivenError::Empty { file: file.to_owned() }) } else { Ok(text) }
}

/// Reads trusted keys: the lines of a key ring, or verifier keys alone, which then count for every size.
///
/// # Errors
/// A line that is neither, or a key of another log.
pub fn read_keys(text: &str) -> Result<KeyRing, CheckpointError> {
    let whole = |line: &str| if line.contains(' ') { format!("{line}\n") } else { format!("{line} 0 -\n") };
    lines(text).map(|(_, line)| whole(line)).collect::<String>().parse()
}

/// Root certificates of a file, PEM or DER as authorities hand them out, as the PEM text of [`Texts::tsa_roots`].
///
/// # Errors
/// A file without certificates, or with one that cannot be read.
pub fn roots_as_text(file: &[u8]) -> Result<String, GivenError> {
    Ok(certificates_to_pem(read_certificates(file)?.iter().map(Vec::as_slice)))
}

fn read_witnesses(text: &str) -> Result<Vec<VerifierKey>, GivenError> {
    let read = |(line, text): (usize, &str)| {
        let key: VerifierKey = text.parse().map_err(|fault| GivenError::Witness { line, fault })?;
        match key.algorithm() {
            Algorithm::Ed25519 => Err(GivenError::NotWitness { line, name: key.name().to_owned() }),
            _ => Ok(key),
        }
    };
    lines(text).map(read).collect()
}

/// Lines with something in them, counted from 1.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| !line.is_empty())
}
