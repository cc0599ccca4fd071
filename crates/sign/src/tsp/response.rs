//! `TimeStampResp`: a TSA's answer (RFC 3161, 2.4.2). Reading it says what the TSA claims; judging the token is
//! `verify`'s matter.

use std::fmt;

use crate::asn1::{Asn1Error, Fault, Reader, Tlv, tag};

/// Most texts of an answer that are kept, and most characters of each.
const MAX_TEXTS: usize = 8;
const MAX_TEXT: usize = 500;

/// A TSA's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response<'a> {
    /// How it went.
    pub status: Status,
    /// The TSA's own words, without control characters, shortened.
    pub texts: Vec<String>,
    /// Why it refused.
    pub failures: Vec<Failure>,
    token: Option<&'a [u8]>,
}

/// `PKIStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Granted,
    GrantedWithMods,
    Rejection,
    Waiting,
    RevocationWarning,
    RevocationNotification,
}

/// `PKIFailureInfo`: why a TSA refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    BadAlgorithm,
    BadRequest,
    BadDataFormat,
    TimeNotAvailable,
    UnacceptedPolicy,
    UnacceptedExtension,
    AddInfoNotAvailable,
    SystemFailure,
    /// A bit without a meaning in RFC 3161.
    Other(u8),
}

/// The TSA gave no stamp.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the TSA gave no stamp ({status}{}{}{}{})",
    if failures.is_empty() { "" } else { ": " }, words(failures), if texts.is_empty() { "" } else { "; it says: " }, texts.join(" / "))]
pub struct Refusal {
    /// How it went.
    pub status: Status,
    /// Why.
    pub failures: Vec<Failure>,
    /// The TSA's own words.
    pub texts: Vec<String>,
}

impl<'a> Response<'a> {
    /// Reads an answer. Nothing is trusted by this.
    ///
    /// # Errors
    /// The place that cannot be read; also a grant without a token or a refusal with one.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Asn1Error> {
        let mut input = Reader::new(bytes, "TimeStampResp");
        let mut response = input.sequence("body")?;
        input.end()?;
        let mut info = response.sequence("status")?;
        let number = info.take(tag::INTEGER, "status")?;
        let unknown = || number.fault(Fault::Value("a status that RFC 3161 does not know"));
        let status = Status::from_number(number.unsigned()?).ok_or_else(unknown)?;
        let texts = read_texts(&mut info)?;
        let failures = info.maybe(tag::BIT_STRING, "failInfo")?.map(|bits| read_failures(&bits)).transpose()?;
        info.end()?;
        let token = response.maybe(tag::SEQUENCE, "timeStampToken")?.map(|token| token.raw);
        response.end()?;
        if status.is_granted() != token.is_some() {
            return Err(number.fault(Fault::Value("the status and the presence of a token contradict each other")));
        }
        Ok(Self { status, texts, failures: failures.unwrap_or_default(), token })
    }

    /// The token in the DER or BER the TSA sent.
    ///
    /// # Errors
    /// The TSA refused; its reasons.
    pub fn token(&self) -> Result<&'a [u8], Refusal> {
        self.token.ok_or_else(|| Refusal {
            status: self.status,
            failures: self.failures.clone(),
            texts: self.texts.clone(),
        })
    }
}

/// `PKIFreeText`, which is UTF-8; what is not is shown as far as it can be.
fn read_texts(info: &mut Reader<'_>) -> Result<Vec<String>, Asn1Error> {
    let Some(mut free) = info.maybe_enter(tag::SEQUENCE, "statusString")? else { return Ok(Vec::new()) };
    let mut texts = Vec::new();
    while !free.is_empty() {
        let text = free.any("text")?;
        if texts.len() < MAX_TEXTS {
            let shown = |c: char| if c.is_control() { ' ' } else { c };
            texts.push(String::from_utf8_lossy(text.content).chars().map(shown).take(MAX_TEXT).collect());
        }
    }
    Ok(texts)
}

fn read_failures(bits: &Tlv<'_>) -> Result<Vec<Failure>, Asn1Error> {
    let [_, bytes @ ..] = bits.content else { return Err(bits.fault(Fault::Value("a bit string without bytes"))) };
    let set = |at: &usize| bytes[at / 8] & (0x80 >> (at % 8)) != 0;
    let count = bytes.len().min(4) * 8;
    Ok((0..count).filter(set).map(|at| Failure::from_bit(at as u8)).collect())
}

impl Status {
    fn from_number(number: u64) -> Option<Self> {
        let all = [
            Self::Granted,
            Self::GrantedWithMods,
            Self::Rejection,
            Self::Waiting,
            Self::RevocationWarning,
            Self::RevocationNotification,
        ];
        all.get(usize::try_from(number).ok()?).copied()
    }

    /// Whether a token comes with it.
    #[must_use]
    pub fn is_granted(self) -> bool {
        matches!(self, Self::Granted | Self::GrantedWithMods)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Granted => "granted",
            Self::GrantedWithMods => "granted with changes",
            Self::Rejection => "rejected",
            Self::Waiting => "waiting",
            Self::RevocationWarning => "a revocation is near",
            Self::RevocationNotification => "revoked",
        })
    }
}

impl Failure {
    fn from_bit(bit: u8) -> Self {
        match bit {
            0 => Self::BadAlgorithm,
            2 => Self::BadRequest,
            5 => Self::BadDataFormat,
            14 => Self::TimeNotAvailable,
            15 => Self::UnacceptedPolicy,
            16 => Self::UnacceptedExtension,
            17 => Self::AddInfoNotAvailable,
            25 => Self::SystemFailure,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::BadAlgorithm => "digest algorithm not accepted",
            Self::BadRequest => "request not accepted",
            Self::BadDataFormat => "request not understood",
            Self::TimeNotAvailable => "its time source is not available",
            Self::UnacceptedPolicy => "policy not offered",
            Self::UnacceptedExtension => "extension not offered",
            Self::AddInfoNotAvailable => "information not available",
            Self::SystemFailure => "system failure",
            Self::Other(bit) => return write!(f, "reason {bit}"),
        };
        f.write_str(words)
    }
}

fn words(failures: &[Failure]) -> String {
    failures.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
