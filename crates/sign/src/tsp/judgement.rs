//! What comes out of judging a token: facts, an indication, and the certificates it rests on. The names of
//! sub-indications are those of ETSI EN 319 102-1, which auditors and other tools know.

use std::fmt;

use crate::asn1::Instant;
use crate::x509::{Certificate, PathFault, Reason, RevocationStatus};

/// The answer about one token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// First layer: what holds by computing alone. Every check is there, passed or not.
    pub facts: Vec<Fact>,
    /// Second layer: what follows, given the anchors.
    pub indication: Indication,
    /// The TSA's certificate first, the anchor last; only the TSA's when there is no path, empty without a signer.
    pub path: Vec<Link>,
}

/// One check that needs nobody's trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub check: Check,
    /// Why it does not hold; none when it does.
    pub fault: Option<String>,
}

/// The checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// The token is over the bytes asked about.
    Imprint,
    /// The digests under the signature and in the imprint, and the key, still say something.
    Algorithm,
    /// It repeats the nonce it was asked with (only where one is given).
    Nonce,
    /// It is under the policy it was asked for (only where one is given).
    Policy,
    /// The certificate of its signer is at hand and is the one named under the signature.
    SigningCertificate,
    /// Digest of the content, signed attributes and signature.
    Signature,
    /// The certificate is for time stamping, and for nothing else, and says so critically.
    Purpose,
    /// The TSA's name in the token is one of the certificate's.
    TsaName,
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Indication {
    /// All facts hold, a path leads to an anchor, and nothing says that a certificate was revoked.
    Passed,
    /// It cannot be said.
    Indeterminate(Cause),
    /// It does not hold.
    Failed(Cause),
}

/// Why it is not passed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// A fact does not hold.
    #[error("{fault}")]
    Fact { check: Check, fault: String },
    /// No path.
    #[error(transparent)]
    Path(#[from] PathFault),
    /// A certificate of the path was revoked.
    #[error("the certificate of {subject} was revoked at {at} ({}); stamps made with it no longer count", words(*reason))]
    Revoked { subject: String, at: Instant, reason: Option<Reason> },
}

/// A certificate of the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub subject: String,
    /// Hexadecimal digits.
    pub serial: String,
    /// SHA-256 over the certificate, hexadecimal digits.
    pub fingerprint: String,
    /// Kind and size.
    pub key: String,
    pub not_before: Instant,
    pub not_after: Instant,
    /// None for the anchor, which is trusted by the caller's word.
    pub revocation: Option<RevocationStatus>,
}

impl Judgement {
    /// Whether it is passed.
    #[must_use]
    pub fn is_passed(&self) -> bool {
        self.indication == Indication::Passed
    }

    /// The first fact that does not hold.
    #[must_use]
    pub fn broken(&self) -> Option<&Fact> {
        self.facts.iter().find(|fact| fact.fault.is_some())
    }
}

impl Indication {
    /// `TOTAL-PASSED`, `INDETERMINATE` or `TOTAL-FAILED`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Passed => "TOTAL-PASSED",
            Self::Indeterminate(_) => "INDETERMINATE",
            Self::Failed(_) => "TOTAL-FAILED",
        }
    }

    /// Why it is not passed.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Passed => None,
            Self::Indeterminate(cause) | Self::Failed(cause) => Some(cause),
        }
    }
}

impl Cause {
    /// The sub-indication's name in EN 319 102-1.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Fact { check, .. } => match check {
                Check::Imprint => "HASH_FAILURE",
                Check::Algorithm => "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
                Check::Nonce | Check::Policy | Check::TsaName => "SIG_CONSTRAINTS_FAILURE",
                Check::SigningCertificate => "NO_SIGNING_CERTIFICATE_FOUND",
                Check::Signature => "SIG_CRYPTO_FAILURE",
                Check::Purpose => "CHAIN_CONSTRAINTS_FAILURE",
            },
            Self::Path(PathFault::NoAnchor | PathFault::NoIssuer { .. } | PathFault::TooMany) => {
                "NO_CERTIFICATE_CHAIN_FOUND"
            }
            Self::Path(PathFault::OutOfTime { .. }) => "OUT_OF_BOUNDS_NO_POE",
            Self::Path(PathFault::NotCa { .. } | PathFault::Critical { .. }) => "CHAIN_CONSTRAINTS_FAILURE",
            Self::Revoked { .. } => "REVOKED_NO_POE",
        }
    }
}

impl Link {
    pub(super) fn of(certificate: &Certificate<'_>, revocation: Option<RevocationStatus>) -> Self {
        Self {
            subject: certificate.subject.to_string(),
            serial: hex(certificate.serial),
            fingerprint: hex(&certificate.fingerprint()),
            key: certificate.key.to_string(),
            not_before: certificate.not_before,
            not_after: certificate.not_after,
            revocation,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn words(reason: Option<Reason>) -> String {
    reason.map_or_else(|| "no reason given".to_owned(), |reason| reason.to_string())
}
