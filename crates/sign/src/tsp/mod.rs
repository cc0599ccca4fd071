//! RFC 3161 time stamps: asking, reading the answer, and judging a token. Three layers, never mixed: what the token
//! states ([`TstInfo`]), which facts hold ([`Fact`]), and what they indicate given some anchors ([`Indication`]).
//! Whether a hospital may rely on that TSA is a fourth question, which is not asked here.

mod ess;
mod judgement;
mod request;
mod response;
mod token;
mod verify;

pub use judgement::{Cause, Check, Fact, Indication, Judgement, Link};
pub use request::{Imprint, Request};
pub use response::{Failure, Refusal, Response, Status};
pub use token::{Accuracy, Token, TokenError, TstInfo};
pub use verify::{Expected, path, verify};
