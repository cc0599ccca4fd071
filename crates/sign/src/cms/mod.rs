//! CMS `SignedData` (RFC 5652), read over the bytes as they were sent, BER or DER, and the check of one signer.
//! Whose certificate that is and whether it is trusted is not decided here.

mod attribute;
mod signed;
mod signer;

pub use attribute::Attributes;
pub use signed::SignedData;
pub use signer::{Signer, SignerFault, SignerId};
