//! Extensions of certificates: those that decide over a path are read, others are noted when they are critical.

use crate::asn1::{Asn1Error, Fault, Oid, Reader, Tlv, known, tag};

/// Bits of `KeyUsage`, first bit lowest.
pub(crate) mod usage {
    pub(crate) const DIGITAL_SIGNATURE: u16 = 1 << 0;
    pub(crate) const NON_REPUDIATION: u16 = 1 << 1;
    pub(crate) const KEY_CERT_SIGN: u16 = 1 << 5;
    pub(crate) const CRL_SIGN: u16 = 1 << 6;
}

/// `subjectAltName` and `issuerAltName`: nothing hangs on them in a path, but one may be critical.
const SUBJECT_ALT_NAME: [u8; 3] = [0x55, 0x1d, 17];
const ISSUER_ALT_NAME: [u8; 3] = [0x55, 0x1d, 18];

/// What the extensions say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extensions<'a> {
    /// CA flag and path length.
    pub(crate) basic: Option<(bool, Option<u64>)>,
    pub(crate) usage: Option<u16>,
    /// Purposes, and whether the extension is critical.
    pub(crate) purposes: Option<(Vec<Oid>, bool)>,
    pub(crate) subject_key: Option<&'a [u8]>,
    pub(crate) authority_key: Option<&'a [u8]>,
    /// Content of `subjectAltName`: general names.
    pub(crate) alt_names: Option<Reader<'a>>,
    /// Full names of all distribution points of revocation lists, each as sent.
    pub(crate) list_points: Vec<&'a [u8]>,
    /// General names of OCSP responders, each as sent.
    pub(crate) responders: Vec<&'a [u8]>,
    /// Critical ones that are not understood.
    pub(crate) unknown_critical: Vec<Oid>,
}

/// One extension as it stands.
pub(crate) struct Extension<'a> {
    pub(crate) oid: Oid,
    pub(crate) critical: bool,
    /// The OCTET STRING around its value.
    pub(crate) value: Tlv<'a>,
}

impl<'a> Extension<'a> {
    /// Reads a SEQUENCE of extensions; none may come twice.
    pub(crate) fn read_all(mut list: Reader<'a>) -> Result<Vec<Self>, Asn1Error> {
        let mut all: Vec<Self> = Vec::new();
        while !list.is_empty() {
            let whole = list.take(tag::SEQUENCE, "extension")?;
            let mut parts = whole.reader()?;
            let oid = parts.oid("extnID")?;
            let critical = parts.flag("critical")?;
            let value = parts.take(tag::OCTET_STRING, "extnValue")?;
            parts.end()?;
            if all.len() == 64 {
                return Err(whole.fault(Fault::TooLong));
            }
            if all.iter().any(|one| one.oid == oid) {
                return Err(whole.fault(Fault::Value("an extension that is there already")));
            }
            all.push(Self { oid, critical, value });
        }
        Ok(all)
    }

    /// The one value inside, of this type.
    fn inner(&self, expected: u8, name: &'static str) -> Result<Tlv<'a>, Asn1Error> {
        let mut inside = self.value.inside()?;
        let inner = inside.take(expected, name)?;
        inside.end()?;
        Ok(inner)
    }
}

/// The first critical extension of a list.
pub(crate) fn first_critical(list: Reader<'_>) -> Result<Option<Tlv<'_>>, Asn1Error> {
    Ok(Extension::read_all(list)?.into_iter().find(|one| one.critical).map(|one| one.value))
}

impl<'a> Extensions<'a> {
    pub(crate) fn read(list: Reader<'a>) -> Result<Self, Asn1Error> {
        let mut found = Self::default();
        for extension in Extension::read_all(list)? {
            found.take(&extension)?;
        }
        Ok(found)
    }

    fn take(&mut self, extension: &Extension<'a>) -> Result<(), Asn1Error> {
        match extension.oid {
            known::BASIC_CONSTRAINTS => self.basic = Some(basic(extension)?),
            known::KEY_USAGE => self.usage = Some(bits(&extension.inner(tag::BIT_STRING, "keyUsage")?)?),
            known::EXTENDED_KEY_USAGE => self.purposes = Some((purposes(extension)?, extension.critical)),
            known::SUBJECT_KEY_ID => {
                self.subject_key = Some(extension.inner(tag::OCTET_STRING, "subjectKeyIdentifier")?.content);
            }
            known::AUTHORITY_KEY_ID => self.authority_key = authority_key(extension)?,
            known::CRL_DISTRIBUTION_POINTS => self.list_points = list_points(extension)?,
            // A hint where to ask: one that cannot be read makes nothing of the certificate wrong.
            known::AUTHORITY_INFO_ACCESS => self.responders = responders(extension).unwrap_or_default(),
            // Without a policy asked for, policies cannot fail a path.
            known::CERTIFICATE_POLICIES => {}
            other if other.content() == SUBJECT_ALT_NAME => {
                self.alt_names = Some(extension.inner(tag::SEQUENCE, "subjectAltName")?.reader()?);
            }
            other if other.content() == ISSUER_ALT_NAME => {}
            other if extension.critical => self.unknown_critical.push(other),
            _ => {}
        }
        Ok(())
    }
}

fn basic(extension: &Extension<'_>) -> Result<(bool, Option<u64>), Asn1Error> {
    let mut fields = extension.inner(tag::SEQUENCE, "basicConstraints")?.reader()?;
    let ca = fields.flag("cA")?;
    let length = if fields.is_empty() { None } else { Some(fields.unsigned("pathLenConstraint")?) };
    fields.end()?;
    Ok((ca, length))
}

/// The first 16 bits of a named bit list, first bit lowest.
pub(crate) fn bits(value: &Tlv<'_>) -> Result<u16, Asn1Error> {
    let [unused @ 0..=7, bytes @ ..] = value.content else {
        return Err(value.fault(Fault::Value("not a bit string")));
    };
    let spare = bytes.last().map_or(0, |last| last & ((1_u16 << unused) - 1) as u8);
    if spare != 0 || (bytes.is_empty() && *unused != 0) {
        return Err(value.fault(Fault::Value("bits where none may be")));
    }
    Ok(bytes.iter().take(2).enumerate().fold(0, |all, (at, byte)| all | u16::from(byte.reverse_bits()) << (8 * at)))
}

fn purposes(extension: &Extension<'_>) -> Result<Vec<Oid>, Asn1Error> {
    let mut list = extension.inner(tag::SEQUENCE, "extKeyUsage")?.reader()?;
    let mut all = Vec::new();
    while !list.is_empty() {
        all.push(list.oid("keyPurposeId")?);
    }
    Ok(all)
}

fn authority_key<'a>(extension: &Extension<'a>) -> Result<Option<&'a [u8]>, Asn1Error> {
    let mut fields = extension.inner(tag::SEQUENCE, "authorityKeyIdentifier")?.reader()?;
    Ok(fields.maybe(tag::implicit(0), "keyIdentifier")?.map(|id| id.content))
}

/// `AuthorityInfoAccessSyntax`: the places of OCSP responders.
fn responders<'a>(extension: &Extension<'a>) -> Result<Vec<&'a [u8]>, Asn1Error> {
    let mut all = Vec::new();
    let mut list = extension.inner(tag::SEQUENCE, "authorityInfoAccess")?.reader()?;
    while !list.is_empty() {
        let mut one = list.sequence("accessDescription")?;
        let method = one.oid("accessMethod")?;
        let place = one.any("accessLocation")?;
        all.extend((method == known::AD_OCSP).then_some(place.raw));
    }
    Ok(all)
}

/// `CRLDistributionPoints`: the full names of each point.
fn list_points<'a>(extension: &Extension<'a>) -> Result<Vec<&'a [u8]>, Asn1Error> {
    let mut points = extension.inner(tag::SEQUENCE, "cRLDistributionPoints")?.reader()?;
    let mut all = Vec::new();
    while !points.is_empty() {
        let mut point = points.sequence("distributionPoint")?;
        if let Some(name) = point.maybe_enter(tag::explicit(0), "distributionPoint")? {
            all.extend(full_names(name)?);
        }
    }
    Ok(all)
}

/// The general names of a `DistributionPointName`, each as sent; none of a relative one.
pub(crate) fn full_names<'a>(mut name: Reader<'a>) -> Result<Vec<&'a [u8]>, Asn1Error> {
    let mut all = Vec::new();
    if let Some(mut names) = name.maybe_enter(tag::explicit(0), "fullName")? {
        while !names.is_empty() {
            all.push(names.any("generalName")?.raw);
        }
    }
    Ok(all)
}
