//! `cargo xtask tidy`: holds the rooms and rules of the design. Each fault names file, line, what is wrong, what to do.
//! The rules are in the modules: `rooms` and `pins` read manifests, `source` reads Rust that `scan` has taken apart.

mod pins;
mod rooms;
mod scan;
mod source;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::fail::Fail;
use crate::workspace;

/// One broken rule at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The file, relative to the repository.
    pub(crate) file: PathBuf,
    /// The line, from 1.
    pub(crate) line: usize,
    /// What is wrong.
    pub(crate) what: String,
    /// What to do instead.
    pub(crate) instead: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}\n    → {}", self.file.display(), self.line, self.what, self.instead)
    }
}

/// Runs all rules and prints the faults; `true` when there is none.
pub(crate) fn command(args: &[String]) -> Result<bool, Fail> {
    if let Some(word) = args.first() {
        return Err(Fail::usage(word, "tidy takes no options"));
    }
    let root = workspace::root()?;
    let (files, faults) = check(&root)?;
    for fault in &faults {
        println!("{fault}");
    }
    println!("tidy: {files} files, {} faults", faults.len());
    Ok(faults.is_empty())
}

/// Counts the files read and gives every fault, in the order of files.
fn check(root: &Path) -> Result<(usize, Vec<Fault>), Fail> {
    let read = |file: &Path| std::fs::read_to_string(root.join(file)).map_err(Fail::io("read", file));
    let sources = workspace::files(root, ".", ".rs")?;
    let manifests = workspace::files(root, "crates", "Cargo.toml")?;
    let mut faults = Vec::new();
    for file in &sources {
        faults.extend(source::check(file, &read(file)?));
    }
    for file in manifests.iter().map(PathBuf::as_path).chain([Path::new("xtask/Cargo.toml")]) {
        faults.extend(rooms::check(file, &read(file)?));
    }
    faults.extend(pins::reasons(Path::new("Cargo.toml"), &read(Path::new("Cargo.toml"))?));
    faults.extend(pins::lock(Path::new("Cargo.lock"), &read(Path::new("Cargo.lock"))?));
    faults.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    Ok((sources.len() + manifests.len() + 3, faults))
}
