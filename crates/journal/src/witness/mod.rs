//! C2SP tlog-witness: what a log asks a witness, what the witness answers, and the witness' decision.
//! Messages and rules only; carrying them (HTTP, a file on a stick, paper) and keeping the state is the caller's work.
//!
//! As a witness: [`AddCheckpoint::parse`] the body, look up the log by [`AddCheckpoint::origin`], [`decide`] inside the
//! transaction that holds the state, store [`Accepted::seen`] and [`Accepted::note`], commit, and only then send
//! [`Answer::status`], [`Answer::content_type`] and [`Answer::body`]. As a log: make an [`AddCheckpoint`], send its
//! text, read the reply with [`Answer::parse`]; on [`Answer::Conflict`] prove from that size and ask again, on
//! [`Answer::Cosigned`] take what is right over with [`accept`].

mod answer;
mod decide;
mod request;

pub use answer::{Answer, AnswerError, accept};
pub use decide::{Accepted, Refusal, Seen, decide};
pub use request::{AddCheckpoint, RequestError};

use crate::Digest;

/// Last part of the submission URL: `POST <submission prefix>/add-checkpoint`.
pub const ADD_CHECKPOINT: &str = "add-checkpoint";
/// Content type of the body of an [`Answer::Conflict`].
pub const SIZE_TYPE: &str = "text/x.tlog.size";
/// Longest request body in bytes that is read.
pub const MAX_REQUEST: usize = crate::note::MAX_NOTE + 4_000;
/// Most hashes of a consistency proof in a request.
pub const MAX_HASHES: usize = 63;

/// Path below the monitoring prefix where a witness shows the newest checkpoint it cosigned of a log:
/// `<hex of SHA-256(origin)>/checkpoint`.
#[must_use]
pub fn monitoring_path(origin: &str) -> String {
    format!("{}/checkpoint", Digest::of(origin.as_bytes()).to_hex())
}
