//! The HTTP client: time-outs, size limits, no redirects, no proxy unless asked for, TLS with the machine's roots.

use std::path::PathBuf;
use std::time::Duration;

use akashi_app::anchor::{Reply, Transport, Unreachable};
use ureq::{Agent, Proxy};

use crate::tls::{self, CaError};

/// The longest any request may take, name look-up to last byte.
const WHOLE: Duration = Duration::from_secs(30);
/// The longest connecting may take.
const CONNECT: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read: a token with a long chain of certificates has a few ten thousand.
const LARGEST: u64 = 1 << 20;
/// Bytes of a revocation list that are read: those of large authorities have a few hundred thousand.
const LARGEST_LIST: u64 = 2 << 20;

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
    #[error(transparent)]
    Ca(#[from] CaError),
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
        let config = Agent::config_builder()
            .tls_config(tls::config(options.ca.as_deref())?)
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
        let response = self.agent.post(url).content_type(content_type).send(body).map_err(failed)?;
        read(response, LARGEST)
    }

    fn get(&self, url: &str) -> Result<Reply, Unreachable> {
        read(self.agent.get(url).call().map_err(failed)?, LARGEST_LIST)
    }
}

fn failed(e: ureq::Error) -> Unreachable {
    Unreachable { what: e.to_string() }
}

/// Status, kind and at most so many bytes.
fn read(mut response: ureq::http::Response<ureq::Body>, most: u64) -> Result<Reply, Unreachable> {
    let status = response.status().as_u16();
    let named = response.headers().get("content-type").and_then(|v| v.to_str().ok());
    let content_type = named.unwrap_or_default().chars().take(100).collect();
    let body = response.body_mut().with_config().limit(most).read_to_vec().map_err(failed)?;
    Ok(Reply { status, content_type, body })
}

fn proxy(given: &str) -> Result<Proxy, OutboundError> {
    Proxy::new(given).map_err(|_| OutboundError::Proxy { given: given.to_owned() })
}
