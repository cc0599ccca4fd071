//! Helpers for tests only: scratch folders, temporary PostgreSQL databases, a real browser, the sample files.
//! No product code depends on this crate, and it depends on none of ours; product rules never live here.

pub mod browser;
pub mod dir;
pub mod disk;
mod error;
pub mod home;
pub mod need;
pub mod pg;
mod programs;
pub mod python;
pub mod s3;
pub mod tsa;

pub use browser::Browser;
pub use dir::Scratch;
pub use error::Error;
pub use home::Home;
pub use need::{shared_dir, skip};
pub use tsa::Tsa;
