//! TLS of requests that go out: the machine's roots and a hospital's own. Time-outs, proxies and sizes are the clients'.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};

/// A file of trusted certificates that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// The file.
    #[error("{path} cannot be read: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    /// No certificate in it.
    #[error("{path} holds no certificate in PEM form")]
    NoCertificate { path: PathBuf },
}

/// Makes the settings; `ca` is a file of more trusted certificates (PEM).
pub(crate) fn config(ca: Option<&Path>) -> Result<TlsConfig, CaError> {
    let config = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .root_certs(RootCerts::Specific(Arc::new(roots(ca)?)));
    Ok(config.build())
}

/// The machine's roots, and those of the file. What the machine has but cannot be read is passed over, as browsers do.
fn roots(ca: Option<&Path>) -> Result<Vec<Certificate<'static>>, CaError> {
    let native = rustls_native_certs::load_native_certs().certs;
    let mut roots: Vec<_> = native.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    let Some(path) = ca else { return Ok(roots) };
    let pem = std::fs::read(path).map_err(|source| CaError::Read { path: path.to_owned(), source })?;
    let before = roots.len();
    roots.extend(parse_pem(&pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    }));
    if roots.len() == before {
        return Err(CaError::NoCertificate { path: path.to_owned() });
    }
    Ok(roots)
}
