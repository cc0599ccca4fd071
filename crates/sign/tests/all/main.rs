//! Tests of the whole crate: against OpenSSL's own time-stamping authority, real tokens, and hostile bytes.

mod answers;
mod chains;
mod handmade;
mod judged;
mod make;
mod real;
mod revoked;
mod tampered;
mod written;
