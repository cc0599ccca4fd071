//! What the page is made of, as one digest: our own sources, and name and version of every crate they are built with.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::TARGET;
use crate::fail::Fail;
use crate::workspace;

/// The digest in hexadecimal.
pub(super) fn digest(root: &Path) -> Result<String, Fail> {
    let mut hasher = Sha256::new();
    for package in packages(root)? {
        hasher.update(format!("{package}\n"));
        if let Some(room) = package.split(' ').next().and_then(|name| name.strip_prefix("akashi-")) {
            for file in files(root, room)? {
                let bytes = std::fs::read(root.join(&file)).map_err(Fail::io("read", &file))?;
                hasher.update(format!("{} {}\n", file.display(), hex::encode(Sha256::digest(bytes))));
            }
        }
    }
    Ok(hex::encode(hasher.finalize()))
}

/// Manifest, sources and, for the verifier, the parts of the page.
fn files(root: &Path, room: &str) -> Result<Vec<PathBuf>, Fail> {
    let folder = format!("crates/{room}");
    let mut all = workspace::files(root, &format!("{folder}/src"), "")?;
    if root.join(&folder).join("page").is_dir() {
        all.extend(workspace::files(root, &format!("{folder}/page"), "")?);
    }
    all.push(PathBuf::from(folder).join("Cargo.toml"));
    Ok(all)
}

/// `name vVERSION` of everything the program is linked from, sorted.
fn packages(root: &Path) -> Result<Vec<String>, Fail> {
    let mut command = workspace::cargo(root);
    command.args(["tree", "--locked", "--offline", "-p", "akashi-verify", "-e", "normal", "--target", TARGET]);
    let out = command.args(["--prefix", "none", "--format", "{p}"]).output().map_err(Fail::io("start", "cargo"))?;
    let text = String::from_utf8_lossy(&out.stdout);
    let name = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let mut all: Vec<String> = text.lines().filter(|line| !line.is_empty()).map(name).collect();
    all.sort();
    all.dedup();
    match all.iter().any(|package| package.starts_with("akashi-verify ")) {
        true => Ok(all),
        false => Err(Fail::Program { program: "cargo tree", why: String::from_utf8_lossy(&out.stderr).into_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::{packages, workspace};

    /// The verifier stays what an auditor can carry away: nothing that stores, serves or connects is linked into it.
    #[test]
    fn the_verifier_has_neither_store_nor_network() {
        let all = packages(&workspace::root().unwrap()).unwrap();
        let named = |name: &str| all.iter().any(|package| package.starts_with(&format!("{name} ")));
        assert!(named("akashi-verify") && named("akashi-journal"), "{all:?}");
        let banned = [
            "akashi-store",
            "akashi-app",
            "akashi-web",
            "sqlx",
            "tokio",
            "mio",
            "socket2",
            "hyper",
            "axum",
            "rustls",
            "ureq",
        ];
        for name in banned {
            assert!(!named(name), "{name}");
        }
        assert!(all.len() < 90, "{} crates", all.len());
    }
}
