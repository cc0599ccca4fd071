//! The HTTP client for buckets: TLS with the machine's roots, no redirects, no proxy of the environment, and no limit on
//! the time of a whole request, which may carry gigabytes; only silence ends it.

use std::path::Path;
use std::time::Duration;

use ureq::Agent;

use crate::tls::{self, CaError};

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
    #[error(transparent)]
    Ca(#[from] CaError),
}

/// Makes the client; `ca` is a file of more trusted certificates.
pub(super) fn new(ca: Option<&Path>) -> Result<Agent, BucketError> {
    let config = Agent::config_builder()
        .tls_config(tls::config(ca)?)
        .proxy(None)
        .max_redirects(0)
        .http_status_as_error(false)
        .timeout_connect(Some(CONNECT))
        .timeout_recv_response(Some(SILENCE))
        .user_agent("akashi")
        .build();
    Ok(config.new_agent())
}
