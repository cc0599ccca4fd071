//! What a test needs from outside, and how it is skipped where that is missing.
//! `AKASHI_REQUIRE` (comma-separated names, set by `cargo xtask test`) turns a skip into a failure.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

/// PostgreSQL, as [`skip`] names it.
pub const POSTGRES: &str = "postgres";
/// Chromium and its driver, as [`skip`] names them.
pub const BROWSER: &str = "browser";
/// Python with the packages of [`crate::python`], as [`skip`] names it.
pub const PYTHON: &str = "python";
/// The OpenSSL program, as [`skip`] names it.
pub const OPENSSL: &str = "openssl";
/// The right to mount a file system, as [`skip`] names it.
pub const MOUNT: &str = "mount";
/// The sample files beside the repository, as [`skip`] names them.
pub const SHARED: &str = "shared";

/// Says that `story` is skipped because `what` is missing, and why; the test then returns.
/// The line also goes to the file `AKASHI_SKIPPED` where a runner hides what passing tests print.
///
/// # Panics
/// When `AKASHI_REQUIRE` lists `what`: there a skip would hide a failure.
pub fn skip(what: &str, story: &str, why: &str) {
    let required = std::env::var("AKASHI_REQUIRE").unwrap_or_default();
    assert!(!required.split(',').any(|name| name.trim() == what), "{story} needs {what}: {why}");
    let line = format!("skipped: {story}: no {what} ({why})\n");
    eprint!("{line}");
    if let Some(path) = std::env::var_os("AKASHI_SKIPPED") {
        // A lost note is no reason to fail the test it speaks of.
        let _ = OpenOptions::new().create(true).append(true).open(path).and_then(|mut f| f.write_all(line.as_bytes()));
    }
}

/// The folder of sample files and vectors: `AKASHI_SHARED`, or the first `shared/` with a guideline found upwards.
#[must_use]
pub fn shared_dir() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("AKASHI_SHARED") {
        return Some(PathBuf::from(named)).filter(|dir| is_shared(dir));
    }
    let start = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).or_else(|| std::env::current_dir().ok())?;
    start.ancestors().map(|dir| dir.join("shared")).find(|dir| is_shared(dir))
}

/// Another project's folder of the same name is not ours.
fn is_shared(dir: &std::path::Path) -> bool {
    dir.join("guideline/items.md").is_file()
}

#[cfg(test)]
mod tests {
    use super::is_shared;
    use crate::Scratch;

    #[test]
    fn a_shared_folder_is_known_by_its_guideline() {
        let scratch = Scratch::new("need");
        assert!(!is_shared(scratch.path()));
        scratch.file("guideline/items.md", "# items");
        assert!(is_shared(scratch.path()));
    }
}
