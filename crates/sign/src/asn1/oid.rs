//! Object identifiers: their bytes, their dotted form, and those this crate knows.

use std::fmt;
use std::str::FromStr;

/// Longest identifier in bytes that is read; the longest met is 13.
const MAX: usize = 39;

/// An object identifier, kept as the content bytes of its DER form.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Oid {
    bytes: [u8; MAX],
    len: u8,
}

impl Oid {
    /// From content bytes: whole numbers, none with needless leading bytes.
    #[must_use]
    pub fn from_content(content: &[u8]) -> Option<Self> {
        let starts = |at: usize| at == 0 || content[at - 1] & 0x80 == 0;
        let padded = content.iter().enumerate().any(|(at, b)| *b == 0x80 && starts(at));
        let whole = content.last().is_some_and(|b| b & 0x80 == 0);
        (whole && !padded && content.len() <= MAX).then(|| Self::raw(content))
    }

    /// Without a check; for identifiers known here.
    const fn raw(content: &[u8]) -> Self {
        let mut bytes = [0; MAX];
        let mut at = 0;
        while at < content.len() {
            bytes[at] = content[at];
            at += 1;
        }
        Self { bytes, len: content.len() as u8 }
    }

    /// Content bytes.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// The dotted form.
impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut number = 0_u128;
        let mut first = true;
        for byte in self.content() {
            number = number.wrapping_shl(7) | u128::from(byte & 0x7f);
            if byte & 0x80 != 0 {
                continue;
            }
            if first {
                let root = (number / 40).min(2);
                write!(f, "{root}.{}", number - root * 40)?;
                first = false;
            } else {
                write!(f, ".{number}")?;
            }
            number = 0;
        }
        Ok(())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

/// A text that is no object identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an object identifier like 1.2.392.1")]
pub struct OidError {
    /// The text.
    pub text: String,
}

impl FromStr for Oid {
    type Err = OidError;

    fn from_str(text: &str) -> Result<Self, OidError> {
        parse(text).ok_or_else(|| OidError { text: text.to_owned() })
    }
}

fn parse(text: &str) -> Option<Oid> {
    let plain = |part: &str| part == "0" || !(part.is_empty() || part.starts_with(['0', '+']));
    let numbers: Option<Vec<u64>> = text.split('.').map(|part| part.parse().ok().filter(|_| plain(part))).collect();
    let numbers = numbers?;
    let [root, second, rest @ ..] = &numbers[..] else { return None };
    if *root > 2 || (*root < 2 && *second > 39) {
        return None;
    }
    let mut content = Vec::new();
    push(&mut content, second.checked_add(root * 40)?);
    rest.iter().for_each(|number| push(&mut content, *number));
    Oid::from_content(&content)
}

/// Base 128, most significant first.
fn push(content: &mut Vec<u8>, number: u64) {
    let groups = (64 - number.leading_zeros()).div_ceil(7).max(1);
    for group in (0..groups).rev() {
        let more = if group > 0 { 0x80 } else { 0 };
        content.push((number >> (7 * group)) as u8 & 0x7f | more);
    }
}

/// Identifiers that mean something here.
pub(crate) mod known {
    use super::Oid;

    // PKCS #7 and CMS
    pub(crate) const DATA: Oid = Oid::raw(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01]);
    pub(crate) const SIGNED_DATA: Oid = Oid::raw(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02]);
    pub(crate) const CONTENT_TYPE: Oid = Oid::raw(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03]);
    pub(crate) const MESSAGE_DIGEST: Oid = Oid::raw(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04]);
    pub(crate) const SIGNING_CERTIFICATE: Oid = smime(&[2, 12]);
    pub(crate) const SIGNING_CERTIFICATE_V2: Oid = smime(&[2, 47]);
    pub(crate) const TST_INFO: Oid = smime(&[1, 4]);
    pub(crate) const CERT_VALUES: Oid = smime(&[2, 23]);
    pub(crate) const REVOCATION_VALUES: Oid = smime(&[2, 24]);

    // digests
    pub(crate) const SHA1: Oid = Oid::raw(&[0x2b, 0x0e, 0x03, 0x02, 0x1a]);
    pub(crate) const SHA256: Oid = Oid::raw(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]);
    pub(crate) const SHA384: Oid = Oid::raw(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02]);
    pub(crate) const SHA512: Oid = Oid::raw(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03]);

    // keys and signatures
    pub(crate) const RSA: Oid = pkcs1(1);
    pub(crate) const MGF1: Oid = pkcs1(8);
    pub(crate) const RSA_PSS: Oid = pkcs1(10);
    pub(crate) const RSA_SHA1: Oid = pkcs1(5);
    pub(crate) const RSA_SHA256: Oid = pkcs1(11);
    pub(crate) const RSA_SHA384: Oid = pkcs1(12);
    pub(crate) const RSA_SHA512: Oid = pkcs1(13);
    pub(crate) const EC: Oid = Oid::raw(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]);
    pub(crate) const P256: Oid = Oid::raw(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
    pub(crate) const P384: Oid = Oid::raw(&[0x2b, 0x81, 0x04, 0x00, 0x22]);
    pub(crate) const P521: Oid = Oid::raw(&[0x2b, 0x81, 0x04, 0x00, 0x23]);
    pub(crate) const ECDSA_SHA1: Oid = Oid::raw(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01]);
    pub(crate) const ECDSA_SHA256: Oid = Oid::raw(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]);
    pub(crate) const ECDSA_SHA384: Oid = Oid::raw(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03]);
    pub(crate) const ECDSA_SHA512: Oid = Oid::raw(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04]);
    pub(crate) const ED25519: Oid = Oid::raw(&[0x2b, 0x65, 0x70]);

    // certificates and revocation lists
    pub(crate) const SUBJECT_KEY_ID: Oid = extension(14);
    pub(crate) const KEY_USAGE: Oid = extension(15);
    pub(crate) const BASIC_CONSTRAINTS: Oid = extension(19);
    pub(crate) const CRL_NUMBER: Oid = extension(20);
    pub(crate) const REASON_CODE: Oid = extension(21);
    pub(crate) const INVALIDITY_DATE: Oid = extension(24);
    pub(crate) const ISSUING_DISTRIBUTION_POINT: Oid = extension(28);
    pub(crate) const CRL_DISTRIBUTION_POINTS: Oid = extension(31);
    pub(crate) const CERTIFICATE_POLICIES: Oid = extension(32);
    pub(crate) const AUTHORITY_KEY_ID: Oid = extension(35);
    pub(crate) const EXTENDED_KEY_USAGE: Oid = extension(37);
    pub(crate) const EXPIRED_CERTS_ON_CRL: Oid = extension(60);
    /// `id-pe-authorityInfoAccess` and its `id-ad-ocsp`.
    pub(crate) const AUTHORITY_INFO_ACCESS: Oid = Oid::raw(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01]);
    pub(crate) const AD_OCSP: Oid = Oid::raw(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01]);
    pub(crate) const ANY_KEY_PURPOSE: Oid = Oid::raw(&[0x55, 0x1d, 37, 0]);
    pub(crate) const KP_TIME_STAMPING: Oid = Oid::raw(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08]);
    pub(crate) const KP_OCSP_SIGNING: Oid = Oid::raw(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x09]);
    pub(crate) const OCSP_BASIC: Oid = Oid::raw(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01]);
    /// `id-ri-ocsp-response` of RFC 5940.
    pub(crate) const RI_OCSP: Oid = Oid::raw(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x10, 0x02]);

    /// `1.2.840.113549.1.9.16.…`.
    const fn smime(last: &[u8; 2]) -> Oid {
        Oid::raw(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, last[0], last[1]])
    }

    /// `1.2.840.113549.1.1.n`.
    const fn pkcs1(n: u8) -> Oid {
        Oid::raw(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, n])
    }

    /// `2.5.29.n`.
    const fn extension(n: u8) -> Oid {
        Oid::raw(&[0x55, 0x1d, n])
    }
}
