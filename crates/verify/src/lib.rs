//! Proof bundles: what a stranger needs to check one record version without a network, a database or trust in
//! the server, and the check itself. Built from `journal` alone, so that it stays small and runs in a browser.
//! Making the contents is `app`'s matter; asking for the file and printing the answer is that of the binaries.

mod archive;
mod bundle;
mod check;
mod words;

use akashi_journal::checkpoint::{CheckpointError, KeyRing};

pub use archive::{ArchiveError, MAX_BYTES};
pub use bundle::{Bundle, BundleError, OpenedFile, Opening};
pub use check::{Outcome, Report, Step, Trust, verify};
pub use words::Words;

/// Reads trusted keys: the lines of a key ring, or verifier keys alone, which then count for every size.
///
/// # Errors
/// A line that is neither, or a key of another log.
pub fn read_keys(text: &str) -> Result<KeyRing, CheckpointError> {
    let whole = |line: &str| if line.contains(' ') { format!("{line}\n") } else { format!("{line} 0 -\n") };
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(whole).collect::<String>().parse()
}
