//! The HTTP client for buckets: TLS with the machine's roots, no redirects, no proxy of the environment, and no limit on
//! the time of a whole request, which may carry gigabytes; only silence ends it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};

/// The longest connecting, or waiting for the beginning of an answer, may take.
const CONNECT: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_secs(120);

/// A bucket that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// Its address.
    #[error("{given} is no address of a bucket; write it as s3://bucket or s3://bucket/prefix")]
    Address { given: String },
    /// The file of certificates.
    #[error("{path} cannot be read: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    /// No certificate in it.
    #[error("{path} holds no certificate in PEM form")]
    NoCertificate { path: PathBuf },
}

/// Makes the client; `ca` is a file of more trusted certificates.
pub(super) fn new(ca: Option<&Path>) -> Result<Agent, BucketError> {
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .root_certs(RootCerts::Specific(Arc::new(roots(ca)?)))
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .proxy(None)
        .max_redirects(0)
        .http_status_as_error(false)
        .timeout_connect(Some(CONNECT))
        .timeout_recv_response(Some(SILENCE))
        .user_agent("akashi")
        .build();
    Ok(config.new_agent())
}

/// The machine's roots, and those of the file. What the machine has but cannot be read is passed over, as browsers do.
fn roots(ca: Option<&Path>) -> Result<Vec<Certificate<'static>>, BucketError> {
    let native = rustls_native_certs::load_native_certs().certs;
    let mut roots: Vec<_> = native.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    let Some(path) = ca else { return Ok(roots) };
    let pem = std::fs::read(path).map_err(|source| BucketError::Read { path: path.to_owned(), source })?;
    let before = roots.len();
    roots.extend(parse_pem(&pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    }));
    if roots.len() == before {
        return Err(BucketError::NoCertificate { path: path.to_owned() });
    }
    Ok(roots)
}
