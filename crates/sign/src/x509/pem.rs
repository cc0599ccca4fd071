//! Certificates and evidence as text: PEM, in and out. Certificates also from DER, one after the other, because that is
//! how authorities hand out theirs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::certificate::Certificate;
use super::revocation::Evidence;
use crate::asn1::{Asn1Error, Reader, tag};

const CERTIFICATE: &str = "CERTIFICATE";
const LIST: &str = "X509 CRL";
const ANSWER: &str = "OCSP RESPONSE";
/// Most blocks that are read from one text.
const MAX: usize = 1000;

/// A text or file without usable certificates or evidence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    /// Not one.
    #[error("no certificate is in it; expected PEM (-----BEGIN CERTIFICATE-----) or DER")]
    None,
    /// More than are read.
    #[error("it holds more than {MAX} blocks")]
    TooMany,
    /// A block that is not base64 or has no end.
    #[error("block number {number} in it is no PEM block")]
    Block { number: usize },
    /// A value that cannot be read.
    #[error("value number {number} in it: {fault}")]
    Value { number: usize, fault: Asn1Error },
}

/// The DER of every certificate in a file; each can be read. Other PEM blocks are passed over.
///
/// # Errors
/// No certificate, or one that cannot be read; see [`PemError`].
pub fn read_certificates(file: &[u8]) -> Result<Vec<Vec<u8>>, PemError> {
    let text = String::from_utf8_lossy(file);
    let found = if text.contains("-----BEGIN ") { blocks(&text, &[CERTIFICATE])? } else { values(file)? };
    for (at, der) in found.iter().enumerate() {
        Certificate::parse(der).map_err(|fault| PemError::Value { number: at + 1, fault })?;
    }
    if found.is_empty() { Err(PemError::None) } else { Ok(found) }
}

/// Certificates as PEM.
#[must_use]
pub fn certificates_to_pem<'d>(ders: impl IntoIterator<Item = &'d [u8]>) -> String {
    ders.into_iter().map(|der| block(CERTIFICATE, der)).collect()
}

/// Certificates, revocation lists (`X509 CRL`) and OCSP answers (`OCSP RESPONSE`) of a text, in DER one after the other,
/// as [`Evidence::parse`] reads them. An empty text holds none; other blocks are passed over.
///
/// # Errors
/// A block that is no PEM block, or too many.
pub fn evidence_from_pem(text: &str) -> Result<Vec<u8>, PemError> {
    Ok(blocks(text, &[CERTIFICATE, LIST, ANSWER])?.concat())
}

impl Evidence<'_> {
    /// All of it as PEM, as [`evidence_from_pem`] reads it; the same value once.
    #[must_use]
    pub fn to_pem(&self) -> String {
        let certificates = self.certificates.iter().map(|one| block(CERTIFICATE, one.raw));
        let lists = self.lists.iter().map(|one| block(LIST, one.raw));
        let answers = self.answers.iter().map(|one| block(ANSWER, one.raw));
        let mut seen: Vec<String> = Vec::new();
        for block in certificates.chain(lists).chain(answers) {
            if !seen.contains(&block) {
                seen.push(block);
            }
        }
        seen.concat()
    }
}

fn block(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in base64.as_bytes().chunks(64) {
        text.extend(line.iter().map(|b| char::from(*b)));
        text.push('\n');
    }
    text + &format!("-----END {label}-----\n")
}

/// The bytes of every block with one of these labels, in order.
fn blocks(text: &str, labels: &[&str]) -> Result<Vec<Vec<u8>>, PemError> {
    let mut found = Vec::new();
    for (at, part) in text.split("-----BEGIN ").skip(1).enumerate() {
        let fault = PemError::Block { number: at + 1 };
        if at == MAX {
            return Err(PemError::TooMany);
        }
        let Some((label, rest)) = part.split_once("-----") else { return Err(fault) };
        let Some((inner, _)) = rest.split_once(&format!("-----END {label}-----")) else { return Err(fault) };
        if labels.contains(&label) {
            let plain: String = inner.split_whitespace().collect();
            found.push(STANDARD.decode(plain).map_err(|_| fault)?);
        }
    }
    Ok(found)
}

fn values(file: &[u8]) -> Result<Vec<Vec<u8>>, PemError> {
    let (mut reader, mut found) = (Reader::new(file, "file"), Vec::new());
    while !reader.is_empty() {
        let number = found.len() + 1;
        if number > MAX {
            return Err(PemError::TooMany);
        }
        match reader.take(tag::SEQUENCE, "certificate") {
            Ok(tlv) => found.push(tlv.raw.to_vec()),
            Err(_) if found.is_empty() => return Err(PemError::None),
            Err(fault) => return Err(PemError::Value { number, fault }),
        }
    }
    Ok(found)
}
