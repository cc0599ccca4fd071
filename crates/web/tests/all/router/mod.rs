//! Routes asked directly, without a browser: who gets in, what goes out, what is refused.

mod anchors;
mod client;
mod demands;
mod disposal;
mod door;
mod import;
mod kept;
mod log;
pub(crate) mod pages;
mod proof;
mod records;
mod rights;
mod state;
mod table;
