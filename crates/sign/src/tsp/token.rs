//! A time-stamp token: CMS around `TSTInfo` (RFC 3161, 2.4.2). Reading it says what is stated, not that it is true.

use std::fmt;

use super::request::Imprint;
use super::response::{Refusal, Response};
use crate::asn1::{Asn1Error, Fault, Instant, Oid, Reader, known, tag};
use crate::cms::{SignedData, Signer};
use crate::x509::{Certificate, Crl, Evidence, Ocsp};

/// Most values that are read from attributes that keep evidence.
const MAX_VALUES: usize = 200;

/// A token. Nothing is trusted by having read it.
#[derive(Debug, Clone)]
pub struct Token<'a> {
    /// What is stated.
    pub info: TstInfo,
    /// The signature around it.
    pub data: SignedData<'a>,
    /// The bytes of the token.
    pub raw: &'a [u8],
}

/// What a TSA states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TstInfo {
    /// Under which of its policies.
    pub policy: Oid,
    /// What was there.
    pub imprint: Imprint,
    /// Content bytes of the serial number.
    pub serial: Vec<u8>,
    /// When it was there.
    pub gen_time: Instant,
    /// The time as the TSA wrote it, with all its digits.
    pub gen_time_text: String,
    /// How far the time may be off.
    pub accuracy: Option<Accuracy>,
    /// Whether two stamps of this TSA can be put in order by their times alone.
    pub ordering: bool,
    /// Content bytes of the nonce.
    pub nonce: Option<Vec<u8>>,
    /// Who the TSA says it is: a `GeneralName` as sent.
    pub tsa: Option<Vec<u8>>,
}

/// How far a time may be off, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Accuracy(pub u64);

/// A file that is no usable stamp.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Neither an answer of a TSA nor a token.
    #[error(transparent)]
    Form(#[from] Asn1Error),
    /// An answer without a token.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The CMS around it is of another kind.
    #[error("the signed content is of type {found}, not a time stamp")]
    OtherContent { found: Oid },
    /// A token is signed once.
    #[error("the token has {found} signers; a time stamp has one")]
    Signers { found: usize },
    /// Nothing is signed.
    #[error("the token has no content")]
    Empty,
}

impl<'a> Token<'a> {
    /// Reads a token (`ContentInfo`).
    ///
    /// # Errors
    /// The place that cannot be read; other content; another number of signers than one.
    pub fn parse(raw: &'a [u8]) -> Result<Self, TokenError> {
        let data = SignedData::parse(raw)?;
        if data.content_type != known::TST_INFO {
            return Err(TokenError::OtherContent { found: data.content_type });
        }
        if data.signers.len() != 1 {
            return Err(TokenError::Signers { found: data.signers.len() });
        }
        let info = TstInfo::parse(data.content.as_deref().ok_or(TokenError::Empty)?)?;
        Ok(Self { info, data, raw })
    }

    /// Reads what is kept in files: an answer of a TSA (`.tsr`) or a token alone.
    ///
    /// # Errors
    /// As [`Token::parse`]; also the TSA's refusal.
    pub fn from_file(bytes: &'a [u8]) -> Result<Self, TokenError> {
        let mut input = Reader::new(bytes, "file");
        let is_token = input.sequence("body")?.peek() == Some(tag::OID);
        if is_token { Self::parse(bytes) } else { Self::parse(Response::parse(bytes)?.token()?) }
    }

    /// Who signed.
    pub(super) fn signer(&self) -> &Signer<'a> {
        &self.data.signers[0]
    }

    /// Certificates and revocation values that somebody added to the token later. Each speaks for itself.
    pub(super) fn added(&self) -> Evidence<'a> {
        let mut found = Evidence::default();
        let Some(unsigned) = &self.signer().unsigned else { return found };
        if let Ok(Some(values)) = unsigned.one(&known::CERT_VALUES) {
            // Evidence that cannot be read is not there.
            let _ = values.reader().and_then(|list| read_certificates(list, &mut found));
        }
        if let Ok(Some(values)) = unsigned.one(&known::REVOCATION_VALUES) {
            let _ = values.reader().and_then(|list| read_revocations(list, &mut found));
        }
        found
    }
}

fn read_certificates<'a>(mut list: Reader<'a>, found: &mut Evidence<'a>) -> Result<(), Asn1Error> {
    while !list.is_empty() && found.certificates.len() < MAX_VALUES {
        found.certificates.push(Certificate::from_tlv(&list.any("certificate")?)?);
    }
    Ok(())
}

/// `RevocationValues` (RFC 5126, 6.3.4).
fn read_revocations<'a>(mut values: Reader<'a>, found: &mut Evidence<'a>) -> Result<(), Asn1Error> {
    for (kind, name) in [(tag::explicit(0), "crlVals"), (tag::explicit(1), "ocspVals")] {
        let Some(mut wrapper) = values.maybe_enter(kind, name)? else { continue };
        let mut list = wrapper.sequence("list")?;
        while !list.is_empty() && found.lists.len() + found.answers.len() < MAX_VALUES {
            let one = list.any("value")?;
            if kind == tag::explicit(0) {
                found.lists.push(Crl::from_tlv(&one)?);
            } else {
                found.answers.push(Ocsp::from_tlv(&one)?);
            }
        }
    }
    Ok(())
}

impl TstInfo {
    fn parse(bytes: &[u8]) -> Result<Self, Asn1Error> {
        let mut input = Reader::new(bytes, "TSTInfo");
        let mut fields = input.sequence("body")?;
        input.end()?;
        let version = fields.take(tag::INTEGER, "version")?;
        if version.unsigned()? != 1 {
            return Err(version.fault(Fault::Value("another version than 1")));
        }
        let policy = fields.oid("policy")?;
        let imprint = Imprint::read(&mut fields)?;
        let serial = fields.integer("serialNumber")?.to_vec();
        let time = fields.take(tag::GENERALIZED_TIME, "genTime")?;
        let accuracy = fields.maybe_enter(tag::SEQUENCE, "accuracy")?.map(Accuracy::read).transpose()?;
        let ordering = fields.flag("ordering")?;
        let nonce = fields.maybe(tag::INTEGER, "nonce")?.map(|n| n.integer().map(<[u8]>::to_vec)).transpose()?;
        let tsa = fields.maybe_enter(tag::explicit(0), "tsa")?;
        let tsa = tsa.map(|mut name| name.any("name").map(|name| name.raw.to_vec())).transpose()?;
        refuse_critical(&mut fields)?;
        fields.end()?;
        let gen_time_text = String::from_utf8_lossy(time.content).into_owned();
        let gen_time = time.time()?;
        Ok(Self { policy, imprint, serial, gen_time, gen_time_text, accuracy, ordering, nonce, tsa })
    }

    /// The latest moment at which the bytes certainly were there.
    #[must_use]
    pub fn latest(&self) -> Instant {
        let off = self.accuracy.map_or(0, |accuracy| i64::try_from(accuracy.0).unwrap_or(i64::MAX));
        self.gen_time.plus(off)
    }
}

/// `[1] IMPLICIT Extensions`: none is known here, so a critical one changes what is stated in an unknown way.
fn refuse_critical(fields: &mut Reader<'_>) -> Result<(), Asn1Error> {
    let Some(list) = fields.maybe_enter(tag::explicit(1), "extensions")? else { return Ok(()) };
    match crate::x509::first_critical(list)? {
        Some(extension) => Err(extension.fault(Fault::Value("a critical extension that is not known here"))),
        None => Ok(()),
    }
}

impl Accuracy {
    fn read(mut fields: Reader<'_>) -> Result<Self, Asn1Error> {
        let seconds = fields.maybe(tag::INTEGER, "seconds")?;
        let seconds = seconds.map(|n| n.unsigned()).transpose()?.unwrap_or(0);
        let mut micros = seconds.saturating_mul(1_000_000);
        for (n, name, unit) in [(0, "millis", 1000), (1, "micros", 1)] {
            if let Some(value) = fields.maybe(tag::implicit(n), name)? {
                let count = value.unsigned()?;
                if !(1..=999).contains(&count) {
                    return Err(value.fault(Fault::Value("not between 1 and 999")));
                }
                micros = micros.saturating_add(count * unit);
            }
        }
        fields.end()?;
        Ok(Self(micros))
    }
}

/// Seconds, with as many decimals as are needed.
impl fmt::Display for Accuracy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, micros) = (self.0 / 1_000_000, self.0 % 1_000_000);
        if micros == 0 {
            return write!(f, "{seconds} s");
        }
        write!(f, "{seconds}.{} s", format!("{micros:06}").trim_end_matches('0'))
    }
}
