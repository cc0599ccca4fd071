//! Anchors and their attestations: rows, and the queue's small steps. What a token means, whom to ask and when, is
//! decided above; here nothing knows a protocol.

mod config;
mod queue;
mod revocation;
mod row;

pub use config::Anchor;
pub use revocation::{Kept, RevocationKind, RevocationSource};
pub use row::{Attestation, AttestationState};
pub(crate) use row::{Row as AttestationRow, SELECT as SELECT_ATTESTATION};
