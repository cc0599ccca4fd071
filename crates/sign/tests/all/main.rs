//! Tests of the whole crate: against OpenSSL's own time-stamping authority, real tokens, and hostile bytes.

mod answers;
mod make;
