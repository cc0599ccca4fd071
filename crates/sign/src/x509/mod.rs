//! Certificates of others and what is said about them: reading them, their keys and signatures, paths to an anchor,
//! and revocation. Which anchors are trusted is the caller's decision.

mod certificate;
mod crl;
mod extension;
mod key;
mod name;
mod ocsp;
mod path;
mod pem;
mod place;
mod revocation;
mod scheme;

pub use certificate::Certificate;
pub use crl::Crl;
pub(crate) use extension::{first_critical, usage};
pub use key::{PublicKey, SignatureFault};
pub use name::Name;
pub use ocsp::Ocsp;
pub use path::{Chain, PathFault, build};
pub use pem::{PemError, certificates_to_pem, evidence_from_pem, read_certificates};
pub use place::{Place, Word, WordFault, accept, ocsp_question};
pub use revocation::{Evidence, Reason, RevocationStatus, Source, status};
pub(crate) use scheme::{AlgorithmId, Scheme};
