//! Reading `ContentInfo` and `SignedData`.

use std::borrow::Cow;

use super::signer::Signer;
use crate::asn1::{Asn1Error, Fault, Oid, Reader, known, tag};
use crate::x509::{Certificate, Crl, Evidence, Ocsp};

/// Most certificates, and most revocation values, that are read.
const MAX_CERTIFICATES: usize = 100;
const MAX_REVOCATIONS: usize = 100;
/// Most signers that are read.
const MAX_SIGNERS: usize = 20;

/// `SignedData`. Nothing is trusted by having read it.
#[derive(Debug, Clone)]
pub struct SignedData<'a> {
    /// Type of what is signed.
    pub content_type: Oid,
    /// What is signed, where it is enclosed.
    pub content: Option<Cow<'a, [u8]>>,
    /// Certificates, lists and OCSP answers enclosed; nobody signed their selection.
    pub enclosed: Evidence<'a>,
    /// Who signed.
    pub signers: Vec<Signer<'a>>,
    /// Enclosed values of kinds that are not read (attribute certificates, other formats).
    pub unread: usize,
}

impl<'a> SignedData<'a> {
    /// Reads one `ContentInfo` and nothing more.
    ///
    /// # Errors
    /// The place that cannot be read; anything else than `SignedData`.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Asn1Error> {
        let mut input = Reader::new(bytes, "ContentInfo");
        let mut info = input.sequence("body")?;
        input.end()?;
        let kind = info.take(tag::OID, "contentType")?;
        if kind.oid()? != known::SIGNED_DATA {
            return Err(kind.fault(Fault::Value("not SignedData")));
        }
        let mut wrapper = info.enter(tag::explicit(0), "content")?;
        info.end()?;
        let fields = wrapper.sequence("SignedData")?;
        wrapper.end()?;
        Self::read(fields)
    }

    fn read(mut fields: Reader<'a>) -> Result<Self, Asn1Error> {
        let _ = fields.unsigned("version")?;
        let _ = fields.enter(tag::SET, "digestAlgorithms")?;
        let mut content_info = fields.sequence("encapContentInfo")?;
        let content_type = content_info.oid("eContentType")?;
        let content = match content_info.maybe_enter(tag::explicit(0), "eContent")? {
            Some(mut wrapper) => {
                let content = wrapper.octets("octets")?;
                wrapper.end()?;
                Some(content)
            }
            None => None,
        };
        content_info.end()?;
        let mut found = Self { content_type, content, enclosed: Evidence::default(), signers: Vec::new(), unread: 0 };
        if let Some(list) = fields.maybe_enter(tag::explicit(0), "certificates")? {
            found.read_certificates(list)?;
        }
        if let Some(list) = fields.maybe_enter(tag::explicit(1), "crls")? {
            found.read_revocations(list)?;
        }
        let mut signers = fields.enter(tag::SET, "signerInfos")?;
        while !signers.is_empty() {
            if found.signers.len() == MAX_SIGNERS {
                return Err(signers.fault(Fault::TooLong));
            }
            found.signers.push(Signer::read(&mut signers)?);
        }
        fields.end()?;
        Ok(found)
    }

    fn read_certificates(&mut self, mut list: Reader<'a>) -> Result<(), Asn1Error> {
        while !list.is_empty() {
            let one = list.any("certificate")?;
            if self.enclosed.certificates.len() + self.unread >= MAX_CERTIFICATES {
                return Err(one.fault(Fault::TooLong));
            }
            match Certificate::from_tlv(&one) {
                Ok(certificate) if one.tag == tag::SEQUENCE => self.enclosed.certificates.push(certificate),
                // One that cannot be read is no fault of the signature: if it is needed, nobody is found.
                _ => self.unread += 1,
            }
        }
        Ok(())
    }

    fn read_revocations(&mut self, mut list: Reader<'a>) -> Result<(), Asn1Error> {
        for count in 0.. {
            if list.is_empty() {
                break;
            }
            let one = list.any("revocation")?;
            if count == MAX_REVOCATIONS {
                return Err(one.fault(Fault::TooLong));
            }
            match one.tag {
                tag::SEQUENCE => match Crl::from_tlv(&one) {
                    Ok(crl) => self.enclosed.lists.push(crl),
                    Err(_) => self.unread += 1,
                },
                other if other == tag::explicit(1) => match read_ocsp(one.reader()?) {
                    Ok(answer) => self.enclosed.answers.push(answer),
                    Err(_) => self.unread += 1,
                },
                _ => self.unread += 1,
            }
        }
        Ok(())
    }
}

/// `OtherRevocationInfoFormat` with an OCSP answer (RFC 5940).
fn read_ocsp(mut other: Reader<'_>) -> Result<Ocsp<'_>, Asn1Error> {
    let kind = other.take(tag::OID, "otherRevInfoFormat")?;
    if kind.oid()? != known::RI_OCSP {
        return Err(kind.fault(Fault::Value("not an OCSP answer")));
    }
    let answer = other.take(tag::SEQUENCE, "otherRevInfo")?;
    other.end()?;
    Ocsp::from_tlv(&answer)
}
