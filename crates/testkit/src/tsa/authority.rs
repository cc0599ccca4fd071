//! A certificate authority made by OpenSSL: issues, revokes, and publishes lists and OCSP answers.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::{lock, openssl, read};
use crate::{Error, Scratch, programs};

/// Kinds of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Rsa,
    /// RSA whose certificates are signed with PSS.
    RsaPss,
    P256,
    P384,
    P521,
    Ed25519,
}

/// A certificate and its key, as PEM files.
#[derive(Debug, Clone)]
pub struct Identity {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// A CA in a folder of its own.
#[derive(Debug)]
pub struct Authority {
    dir: Scratch,
    key: Key,
    /// Number of the next identity; OpenSSL's index allows one at a time.
    turn: Mutex<u32>,
}

/// From and until when certificates hold that say nothing else: long before and after any test.
const VALID: (&str, &str) = ("20200101000000Z", "20491231235959Z");
const CA_EXTENSIONS: &str = "basicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign, cRLSign\n\
                             subjectKeyIdentifier = hash\n";

impl Authority {
    /// A root of its own.
    ///
    /// # Errors
    /// OpenSSL is missing or fails.
    pub fn new(name: &str, key: Key) -> Result<Self, Error> {
        let ca = Self::empty(name, key)?;
        let request = ca.request(name, key, "ca")?;
        ca.sign(&request, &ca.identity(), CA_EXTENSIONS, VALID, &["-selfsign"])?;
        Ok(ca)
    }

    /// A CA below this one; `extensions` replace the usual ones where given.
    ///
    /// # Errors
    /// As [`Authority::new`].
    pub fn subordinate(&self, name: &str, key: Key, extensions: Option<&str>) -> Result<Self, Error> {
        let ca = Self::empty(name, key)?;
        let request = ca.request(name, key, "ca")?;
        let usual = format!("{CA_EXTENSIONS}authorityKeyIdentifier = keyid\n");
        self.sign(&request, &ca.identity(), extensions.unwrap_or(&usual), VALID, &[])?;
        Ok(ca)
    }

    fn empty(name: &str, key: Key) -> Result<Self, Error> {
        let dir = Scratch::new(&format!("ca-{}", name.replace(' ', "-")));
        dir.file("index.txt", "");
        dir.file("index.txt.attr", "unique_subject = no\n");
        dir.file("serial", "1001\n");
        dir.file("crlnumber", "01\n");
        let at = dir.path().display();
        dir.file(
            "ca.cnf",
            format!(
                "[ca]\ndefault_ca = it\n[it]\ndir = {at}\ndatabase = {at}/index.txt\nserial = {at}/serial\n\
                 crlnumber = {at}/crlnumber\nnew_certs_dir = {at}\ncertificate = {at}/ca.pem\nprivate_key = {at}/ca.key\n\
                 default_md = sha256\npolicy = any\nrand_serial = no\n[any]\ncountryName = optional\n\
                 organizationName = optional\ncommonName = supplied\n"
            ),
        );
        Ok(Self { dir, key, turn: Mutex::new(0) })
    }

    /// A new key with a certificate that holds for as long as any test runs. `extensions` are OpenSSL's lines.
    ///
    /// # Errors
    /// As [`Authority::new`].
    pub fn issue(&self, name: &str, key: Key, extensions: &str) -> Result<Identity, Error> {
        self.issue_for(name, key, extensions, VALID)
    }

    /// As [`Authority::issue`], from and until the times given as `YYYYMMDDhhmmssZ`.
    ///
    /// # Errors
    /// As [`Authority::new`].
    pub fn issue_for(&self, name: &str, key: Key, extensions: &str, valid: (&str, &str)) -> Result<Identity, Error> {
        let turn = self.next_turn();
        let stem = format!("issued-{turn}");
        let request = self.request(name, key, &stem)?;
        let at = |end: &str| self.dir.path().join(format!("{stem}.{end}"));
        let identity = Identity { certificate: at("pem"), key: at("key") };
        self.sign(&request, &identity, extensions, valid, &[])?;
        Ok(identity)
    }

    /// Puts a certificate on the list, with one of OpenSSL's reasons (e.g. `keyCompromise`, `superseded`).
    ///
    /// # Errors
    /// As [`Authority::new`].
    pub fn revoke(&self, identity: &Identity, reason: Option<&str>) -> Result<(), Error> {
        let mut command = self.ca()?;
        command.arg("-revoke").arg(&identity.certificate);
        if let Some(reason) = reason {
            command.args(["-crl_reason", reason]);
        }
        programs::run(&mut command).map(|_| ())
    }

    /// As [`Authority::revoke`], as if it had been done at this time, `YYYYMMDDhhmmssZ`: OpenSSL itself knows only now.
    ///
    /// # Errors
    /// As [`Authority::new`], and an index that cannot be read or written.
    pub fn revoke_at(&self, identity: &Identity, reason: &str, at: &str) -> Result<(), Error> {
        let path = self.dir.path().join("index.txt");
        let before = read(&path)?;
        self.revoke(identity, Some(reason))?;
        let (before, after) = (String::from_utf8_lossy(&before).into_owned(), read(&path)?);
        // The index writes years in two digits.
        let dated = format!("{},{reason}", at.strip_prefix("20").unwrap_or(at));
        let mut index = String::new();
        for line in String::from_utf8_lossy(&after).lines() {
            let mut columns: Vec<&str> = line.split('\t').collect();
            if !before.lines().any(|old| old == line) && columns.len() > 2 {
                columns[2] = &dated;
            }
            index += &columns.join("\t");
            index.push('\n');
        }
        std::fs::write(&path, index).map_err(Error::io("write", &path))
    }

    /// A revocation list of now in DER.
    ///
    /// # Errors
    /// As [`Authority::new`].
    pub fn crl(&self) -> Result<Vec<u8>, Error> {
        self.list(&["-crldays", "30"])
    }

    /// A revocation list made and overtaken at these times, `YYYYMMDDhhmmssZ`, in DER.
    ///
    /// # Errors
    /// As [`Authority::new`].
    pub fn crl_of(&self, (made, next): (&str, &str)) -> Result<Vec<u8>, Error> {
        self.list(&["-crl_lastupdate", made, "-crl_nextupdate", next])
    }

    fn list(&self, times: &[&str]) -> Result<Vec<u8>, Error> {
        let (pem, der) = (self.dir.path().join("list.pem"), self.dir.path().join("list.der"));
        programs::run(self.ca()?.arg("-gencrl").args(times).arg("-out").arg(&pem))?;
        programs::run(openssl()?.args(["crl", "-outform", "DER", "-in"]).arg(&pem).arg("-out").arg(&der))?;
        read(&der)
    }

    /// An OCSP answer of now in DER about a certificate this CA issued, signed by `responder`, or the CA itself.
    ///
    /// # Errors
    /// As [`Authority::new`].
    pub fn ocsp(&self, about: &Identity, responder: Option<&Identity>) -> Result<Vec<u8>, Error> {
        let query = self.dir.path().join("ocsp.req");
        let own = self.identity();
        programs::run(
            openssl()?
                .args(["ocsp", "-no_nonce", "-issuer"])
                .arg(&own.certificate)
                .arg("-cert")
                .arg(&about.certificate)
                .arg("-reqout")
                .arg(&query),
        )?;
        self.ocsp_reply(&read(&query)?, responder)
    }

    /// The answer to an OCSP request in DER, as OpenSSL's responder gives it.
    ///
    /// # Errors
    /// As [`Authority::new`].
    pub fn ocsp_reply(&self, question: &[u8], responder: Option<&Identity>) -> Result<Vec<u8>, Error> {
        let (query, answer) = (self.dir.file("asked.req", question), self.dir.path().join("ocsp.resp"));
        let own = self.identity();
        let signer = responder.unwrap_or(&own);
        programs::run(
            openssl()?
                .args(["ocsp", "-ndays", "30", "-index"])
                .arg(self.dir.path().join("index.txt"))
                .arg("-CA")
                .arg(&own.certificate)
                .arg("-rsigner")
                .arg(&signer.certificate)
                .arg("-rkey")
                .arg(&signer.key)
                .arg("-reqin")
                .arg(&query)
                .arg("-respout")
                .arg(&answer),
        )?;
        read(&answer)
    }

    /// Its own certificate and key.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity { certificate: self.dir.path().join("ca.pem"), key: self.dir.path().join("ca.key") }
    }

    /// Its own certificate in PEM.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn certificate_pem(&self) -> Result<String, Error> {
        Ok(String::from_utf8_lossy(&read(&self.identity().certificate)?).into_owned())
    }

    fn next_turn(&self) -> u32 {
        let mut turn = lock(&self.turn);
        *turn += 1;
        *turn
    }

    /// A key `STEM.key` and a request for it.
    fn request(&self, name: &str, key: Key, stem: &str) -> Result<PathBuf, Error> {
        let (file, request) =
            (self.dir.path().join(format!("{stem}.key")), self.dir.path().join(format!("{stem}.csr")));
        programs::run(openssl()?.arg("genpkey").args(key.words()).arg("-out").arg(&file))?;
        let subject = format!("/C=JP/O=Akashi/CN={name}");
        programs::run(
            openssl()?.args(["req", "-new", "-utf8", "-subj", &subject, "-key"]).arg(&file).arg("-out").arg(&request),
        )?;
        Ok(request)
    }

    fn sign(
        &self,
        request: &Path,
        to: &Identity,
        extensions: &str,
        (from, until): (&str, &str),
        more: &[&str],
    ) -> Result<(), Error> {
        let file = self.dir.file("extensions.cnf", format!("[it]\n{extensions}"));
        let mut command = self.ca()?;
        command.args(more).args(["-batch", "-notext", "-utf8", "-preserveDN", "-startdate", from, "-enddate", until]);
        command.arg("-in").arg(request).arg("-extfile").arg(&file).args(["-extensions", "it", "-out"]);
        programs::run(command.arg(&to.certificate)).map(|_| ())
    }

    fn ca(&self) -> Result<std::process::Command, Error> {
        let mut command = openssl()?;
        command.arg("ca").arg("-config").arg(self.dir.path().join("ca.cnf"));
        if self.key == Key::RsaPss {
            command.args(["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]);
        }
        if self.key == Key::Ed25519 {
            command.args(["-md", "null"]);
        }
        Ok(command)
    }
}

impl Key {
    fn words(self) -> &'static [&'static str] {
        match self {
            Key::Rsa | Key::RsaPss => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
            Key::P256 => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            Key::P384 => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
            Key::P521 => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
            Key::Ed25519 => &["-algorithm", "ED25519"],
        }
    }
}
