//! Evidence beside a token, kept as PEM so that people and `openssl` read it: certificates, revocation lists, OCSP answers.

use akashi_sign::x509::{Evidence, evidence_from_pem};

/// What may go along with one stamp, bytes in DER: so much fits a proof bundle as text.
const MOST: usize = 8 << 20;

/// Reads a file somebody gives, PEM or DER, as DER values one after the other.
pub(super) fn to_der(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let text = String::from_utf8_lossy(bytes);
    if !text.contains("-----BEGIN ") {
        return Ok(bytes.to_vec());
    }
    evidence_from_pem(&text).map_err(|e| e.to_string())
}

/// Reads a file somebody gives as PEM; whatever is none of the three kinds is refused.
pub(super) fn to_pem(der: &[u8]) -> Result<String, String> {
    let pem = Evidence::parse(der).map_err(|e| e.to_string())?.to_pem();
    if pem.is_empty() { Err("nothing is in it".into()) } else { Ok(pem) }
}

/// PEM with more values beside it, each once; what would be too much is left out. PEM that does not read stays as it is:
/// whoever checks tells of it.
pub(super) fn with(pem: &str, more: &[Vec<u8>]) -> String {
    let Ok(mut der) = evidence_from_pem(pem) else { return pem.to_owned() };
    for one in more {
        if der.len() + one.len() <= MOST {
            der.extend(one);
        }
    }
    Evidence::parse(&der).map_or_else(|_| pem.to_owned(), |all| all.to_pem())
}
