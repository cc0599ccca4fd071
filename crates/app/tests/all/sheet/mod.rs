//! Sheets: the samples, hospitals with habits, bad and hostile files, what goes out again.

mod bad_input;
mod export;
mod hospitals;
mod hostile;
mod layout;
mod properties;
mod samples;
