//! Evidence beside a token, kept as PEM so that people and `openssl` read it: certificates, revocation lists, OCSP answers.

use akashi_sign::x509::Evidence;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const BEGIN: &str = "-----BEGIN ";

/// The values of PEM blocks in DER, one after the other; text between blocks is passed over.
pub(super) fn to_der(pem: &str) -> Result<Vec<u8>, String> {
    let mut der = Vec::new();
    for block in pem.split(BEGIN).skip(1) {
        let (_, rest) = block.split_once("-----").ok_or("a PEM block has no heading")?;
        let (inner, _) = rest.split_once("-----END ").ok_or("a PEM block has no end")?;
        let plain: String = inner.split_whitespace().collect();
        der.extend(STANDARD.decode(plain).map_err(|_| "a PEM block is not base64")?);
    }
    Ok(der)
}

/// Reads a file somebody gives, PEM or DER, as PEM; whatever is none of the three kinds is refused.
pub(super) fn from_file(bytes: &[u8]) -> Result<String, String> {
    let text = String::from_utf8_lossy(bytes);
    let der = if text.contains(BEGIN) { to_der(&text)? } else { bytes.to_vec() };
    let found = Evidence::parse(&der).map_err(|e| e.to_string())?;
    let certificates = found.certificates.iter().map(|c| ("CERTIFICATE", c.raw));
    let lists = found.lists.iter().map(|l| ("X509 CRL", l.raw));
    let answers = found.answers.iter().map(|a| ("OCSP RESPONSE", a.raw));
    let pem: String = certificates.chain(lists).chain(answers).map(|(label, der)| block(label, der)).collect();
    if pem.is_empty() { Err("nothing is in it".into()) } else { Ok(pem) }
}

fn block(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let lines: String = base64.as_bytes().chunks(64).map(|l| format!("{}\n", String::from_utf8_lossy(l))).collect();
    format!("-----BEGIN {label}-----\n{lines}-----END {label}-----\n")
}
