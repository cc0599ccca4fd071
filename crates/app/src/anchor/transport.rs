//! How requests go out: a small trait that keeps HTTP out of the use cases. `web::outbound` is the real one.

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// As the server said; may be empty.
    pub content_type: String,
    pub body: Vec<u8>,
}

/// Nothing came back, or nothing that may be looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Unreachable {
    /// Why, in the words of whoever tried.
    pub what: String,
}

/// Sends one request. Implementations block, keep to time and size limits and follow no redirects.
pub trait Transport: Send + Sync {
    /// Posts `body` and gives the answer, whatever its status.
    ///
    /// # Errors
    /// The server cannot be reached, does not answer in time, or answers more than is read.
    fn post(&self, url: &str, content_type: &str, body: &[u8]) -> Result<Reply, Unreachable>;

    /// Fetches what is at `url`, whatever the status; it may be as long as revocation lists are.
    ///
    /// # Errors
    /// As [`Transport::post`].
    fn get(&self, url: &str) -> Result<Reply, Unreachable>;
}
