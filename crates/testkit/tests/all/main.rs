//! The helpers tried for real: a page in Chromium, a database on PostgreSQL. One test binary for the crate.

mod browser;
mod pg;
