//! Routes asked directly, without a browser: who gets in, what goes out, what is refused.

mod client;
mod door;
mod import;
pub(crate) mod pages;
mod records;
mod rights;
