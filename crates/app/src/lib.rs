//! Use cases: authorize → decide → write and journal in one transaction → judge again what it touches.
//! Command line, web and jobs share them. No HTTP and no SQL here.

pub mod account;
pub mod anchor;
pub mod backup;
pub mod catalogue;
pub mod command;
pub mod ctx;
pub mod demo;
pub mod dispose;
pub mod error;
pub mod files;
pub mod fill;
pub mod import;
pub mod log;
pub mod log_keys;
pub mod mappings;
pub mod past;
pub mod prove;
pub mod report;
pub mod service;
pub mod sheet;
pub mod siem;
pub mod status;
pub mod turns;
pub mod uploads;
pub mod values;
pub mod verify;
pub mod witness;

pub use ctx::Ctx;
pub use error::{AppError, Result};
pub use service::{App, Live};
