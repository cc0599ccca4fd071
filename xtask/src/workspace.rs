//! Where the repository is, which files it has, and how cargo is called in it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fail::Fail;

/// Folders that hold no source of ours.
const FOREIGN: [&str; 3] = ["target", "node_modules", ".git"];

/// The root of the workspace: above this crate as cargo ran it, so that a shared target folder does not mix clones up.
pub(crate) fn root() -> Result<PathBuf, Fail> {
    let start = match std::env::var_os("CARGO_MANIFEST_DIR") {
        Some(dir) => PathBuf::from(dir),
        None => std::env::current_dir().map_err(Fail::io("find", "the current folder"))?,
    };
    let root = start.ancestors().find(|dir| dir.join("Cargo.lock").is_file() && dir.join("xtask").is_dir());
    root.map(Path::to_path_buf).ok_or_else(|| Fail::Program {
        program: "xtask",
        why: format!("no workspace above {}; run it inside the repository", start.display()),
    })
}

/// All files below `dir` with this ending, sorted, as paths relative to `root`.
pub(crate) fn files(root: &Path, dir: &str, ending: &str) -> Result<Vec<PathBuf>, Fail> {
    let mut found = Vec::new();
    let mut open = vec![root.join(dir)];
    while let Some(dir) = open.pop() {
        let entries = std::fs::read_dir(&dir).map_err(Fail::io("list", &dir))?;
        for entry in entries {
            let path = entry.map_err(Fail::io("list", &dir))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() {
                if !FOREIGN.contains(&name) && !name.starts_with("target-") {
                    open.push(path);
                }
            } else if name.ends_with(ending)
                && let Ok(inside) = path.strip_prefix(root)
            {
                found.push(inside.to_path_buf());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A cargo command in the workspace. What `cargo run` told this process about `xtask` is not passed on.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "CARGO_BIN_NAME" {
            command.env_remove(&*name);
        }
    }
    if std::env::var_os("CI").is_some() {
        // Nothing is built a second time there; without the bookkeeping it is faster and smaller.
        command.env("CARGO_INCREMENTAL", "0");
    }
    command.current_dir(root).stdin(std::process::Stdio::null());
    command
}
