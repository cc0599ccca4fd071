//! Requests that go out: to time-stamping authorities and witnesses. The one place with an HTTP client; what is sent
//! and what an answer means is `akashi_app::anchor`'s matter.

mod http;
mod job;

pub use http::{Http, HttpOptions, OutboundError};
pub use job::keep_asking;
