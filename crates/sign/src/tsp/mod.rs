//! RFC 3161 time stamps: asking, reading the answer, and judging a token.

mod request;
mod response;

pub use request::{Imprint, Request};
pub use response::{Failure, Refusal, Response, Status};
