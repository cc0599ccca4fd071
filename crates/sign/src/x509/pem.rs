//! Certificates from a file somebody gives: PEM, one or many, or DER, one after the other.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::certificate::Certificate;
use crate::asn1::{Asn1Error, Reader, tag};

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
/// Most certificates that are read from one file.
const MAX: usize = 1000;

/// A file without usable certificates.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not one.
    #[error("no certificate is in it; expected PEM (-----BEGIN CERTIFICATE-----) or DER")]
    None,
    /// More than are read.
    #[error("it holds more than {MAX} certificates")]
    TooMany,
    /// A PEM block that is not base64 or has no end.
    #[error("certificate number {number} in it is no PEM block")]
    Pem { number: usize },
    /// A certificate that cannot be read.
    #[error("certificate number {number} in it: {fault}")]
    Certificate { number: usize, fault: Asn1Error },
}

/// The DER of every certificate in a file; each can be read.
///
/// # Errors
/// No certificate, or one that cannot be read; see [`CertificateError`].
pub fn read_certificates(file: &[u8]) -> Result<Vec<Vec<u8>>, CertificateError> {
    let text = String::from_utf8_lossy(file);
    let found = if text.contains(BEGIN) { blocks(&text)? } else { values(file)? };
    for (at, der) in found.iter().enumerate() {
        Certificate::parse(der).map_err(|fault| CertificateError::Certificate { number: at + 1, fault })?;
    }
    if found.is_empty() { Err(CertificateError::None) } else { Ok(found) }
}

fn blocks(text: &str) -> Result<Vec<Vec<u8>>, CertificateError> {
    let mut found = Vec::new();
    for block in text.split(BEGIN).skip(1) {
        let number = found.len() + 1;
        if number > MAX {
            return Err(CertificateError::TooMany);
        }
        let (inner, _) = block.split_once(END).ok_or(CertificateError::Pem { number })?;
        let plain: String = inner.split_whitespace().collect();
        found.push(STANDARD.decode(plain).map_err(|_| CertificateError::Pem { number })?);
    }
    Ok(found)
}

fn values(file: &[u8]) -> Result<Vec<Vec<u8>>, CertificateError> {
    let (mut reader, mut found) = (Reader::new(file, "file"), Vec::new());
    while !reader.is_empty() {
        let number = found.len() + 1;
        if number > MAX {
            return Err(CertificateError::TooMany);
        }
        match reader.take(tag::SEQUENCE, "certificate") {
            Ok(tlv) => found.push(tlv.raw.to_vec()),
            Err(_) if found.is_empty() => return Err(CertificateError::None),
            Err(fault) => return Err(CertificateError::Certificate { number, fault }),
        }
    }
    Ok(found)
}
