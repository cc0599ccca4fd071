//! ASN.1 as it is met in the wild: a reader of BER and DER that keeps the spans of what it reads, a small DER
//! writer, object identifiers and times. What the values mean is the matter of the other modules.

mod fault;
mod header;
mod instant;
mod normal;
mod oid;
mod reader;
mod write;

pub use fault::{Asn1Error, Fault, Place};
pub use header::{Tag, tag};
pub use instant::Instant;
pub use normal::to_der;
pub use oid::Oid;
pub(crate) use oid::known;
pub use reader::{Reader, Tlv};
pub use write::{Der, integer_bytes};

/// Deepest nesting that is followed. Real tokens need about 15.
pub const MAX_DEPTH: usize = 40;
/// Longest input in bytes that is read. Long revocation lists have some tens of megabytes.
pub const MAX_INPUT: usize = 64 << 20;
