//! Signatures and time stamps of other people: ASN.1, certificates, CMS and RFC 3161. Pure: no file, socket, clock
//! or random source is touched here; bytes, nonces, anchors and times are arguments, and no private key exists.
//! Which TSA a hospital may use, and what a verdict means in law, is decided elsewhere.

pub mod asn1;

pub mod cms;
pub mod digest;
pub mod tsp;
pub mod x509;

pub use asn1::{Asn1Error, Instant, Oid};
pub use digest::HashAlgorithm;
