//! The HTTP client: time-outs, size limits, no redirects, no proxy unless asked for, TLS with the machine's roots.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use akashi_app::anchor::{Reply, Transport, Unreachable};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};
use ureq::{Agent, Proxy};

/// The longest any request may take, name look-up to last byte.
const WHOLE: Duration = Duration::from_secs(30);
/// The longest connecting may take.
const CONNECT: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read: a token with a long chain of certificates has a few ten thousand.
const LARGEST: u64 = 1 << 20;

/// How to go out.
#[derive(Clone, Debug, Default)]
pub struct HttpOptions {
    /// A file of more trusted certificates (PEM), for a hospital's own CA.
    pub ca: Option<PathBuf>,
    /// A proxy, `http://host:port`. The environment is not asked: a closed network must not open by accident.
    pub proxy: Option<String>,
}

/// A client that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// The file of certificates.
    #[error("{path} cannot be read: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    /// No certificate in it.
    #[error("{path} holds no certificate in PEM form")]
    NoCertificate { path: PathBuf },
    /// The proxy's address.
    #[error("{given} is no address of a proxy; write it as http://host:port")]
    Proxy { given: String },
}

/// The client. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Http {
    agent: Agent,
}

impl Http {
    /// Makes a client.
    ///
    /// # Errors
    /// Certificates or proxy that cannot be used.
    pub fn new(options: &HttpOptions) -> Result<Http, OutboundError> {
        let proxy = options.proxy.as_deref().map(proxy).transpose()?;
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .root_certs(RootCerts::Specific(Arc::new(roots(options)?)))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .proxy(proxy)
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_global(Some(WHOLE))
            .timeout_connect(Some(CONNECT))
            .user_agent("akashi")
            .build();
        Ok(Http { agent: config.new_agent() })
    }
}

impl Transport for Http {
    fn post(&self, url: &str, content_type: &str, body: &[u8]) -> Result<Reply, Unreachable> {
        let failed = |e: ureq::Error| Unreachable { what: e.to_string() };
        let mut response = self.agent.post(url).content_type(content_type).send(body).map_err(failed)?;
        let status = response.status().as_u16();
        let named = response.headers().get("content-type").and_then(|v| v.to_str().ok());
        let content_type = named.unwrap_or_default().chars().take(100).collect();
        let body = response.body_mut().with_config().limit(LARGEST).read_to_vec().map_err(failed)?;
        Ok(Reply { status, content_type, body })
    }
}

fn proxy(given: &str) -> Result<Proxy, OutboundError> {
    Proxy::new(given).map_err(|_| OutboundError::Proxy { given: given.to_owned() })
}

/// The machine's roots, and those of the file. What the machine has but cannot be read is passed over, as browsers do.
fn roots(options: &HttpOptions) -> Result<Vec<Certificate<'static>>, OutboundError> {
    let native = rustls_native_certs::load_native_certs().certs;
    let mut roots: Vec<_> = native.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    if let Some(path) = &options.ca {
        let pem = std::fs::read(path).map_err(|source| OutboundError::Read { path: path.clone(), source })?;
        let found = parse_pem(&pem).filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        });
        let before = roots.len();
        roots.extend(found);
        if roots.len() == before {
            return Err(OutboundError::NoCertificate { path: path.clone() });
        }
    }
    Ok(roots)
}
