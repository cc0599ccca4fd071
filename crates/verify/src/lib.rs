//! Proof bundles: what a stranger needs to check one record version without a network, a database or trust in
//! the server, and the check itself. No I/O and no clock, so that it stays small and runs in a browser.
//! Making the contents is `app`'s matter; asking for the file and printing the answer is that of the binaries.

mod archive;
mod bundle;
mod check;
mod given;
mod report;
mod words;

pub use archive::{ArchiveError, MAX_BYTES};
pub use bundle::{Bundle, BundleError, OpenedFile, Opening, Stamp};
pub use check::{revocation_words, system_title, verify};
pub use given::{Given, GivenError, Roots, Texts, not_empty, read_keys, roots_as_text};
pub use report::{Answer, Outcome, Report, Step, Trust, exit_code, to_json, to_text};
pub use words::Words;
