//! The rules about what we take from outside: a reason per dependency, default features off, nothing from git,
//! and a lock file without a second crypto provider.

use std::path::Path;

use super::Fault;

/// Crates that must not be in the lock file, and why.
const BANNED: [(&str, &str); 4] = [
    ("aws-lc-rs", "one crypto provider for TLS, which is ring; find who brings it: cargo tree -i aws-lc-rs"),
    ("openssl", "no C TLS; find who brings it: cargo tree -i openssl"),
    ("openssl-sys", "no C TLS; find who brings it: cargo tree -i openssl-sys"),
    ("native-tls", "no system TLS; find who brings it: cargo tree -i native-tls"),
];

/// Faults of the `[workspace.dependencies]` table in the root manifest.
pub(crate) fn reasons(file: &Path, text: &str) -> Vec<Fault> {
    let mut inside = false;
    let mut faults = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.starts_with('[') {
            inside = line.trim() == "[workspace.dependencies]";
            continue;
        }
        if let Some((what, instead)) = inside.then(|| wrong_line(line)).flatten() {
            let what = format!("{}: {what}", line.split('=').next().unwrap_or_default().trim());
            faults.push(Fault { file: file.to_path_buf(), line: number + 1, what, instead: instead.to_owned() });
        }
    }
    faults
}

/// What is wrong with one line of the table, and what to do.
fn wrong_line(line: &str) -> Option<(&'static str, &'static str)> {
    let (declared, reason) = line.split_once('#').unwrap_or((line, ""));
    let (_, value) = declared.split_once('=').filter(|(name, _)| !name.starts_with([' ', '\t', ']', '"']))?;
    if value.contains("path =") {
        return None;
    }
    if reason.trim().is_empty() {
        return Some(("no reason", "say after a # at the end of the line what it is for"));
    }
    if value.contains("git =") {
        return Some(("comes from git", "take a published version"));
    }
    if !value.contains("default-features = false") {
        return Some(("default features are on", "write default-features = false and list what is used"));
    }
    None
}

/// Faults of the lock file.
pub(crate) fn lock(file: &Path, text: &str) -> Vec<Fault> {
    let fault = |line: usize, what: String, instead: &str| Fault {
        file: file.to_path_buf(),
        line: line + 1,
        what,
        instead: instead.to_owned(),
    };
    let quoted = |line: &str, key: &str| {
        line.strip_prefix(key)
            .and_then(|rest| rest.strip_prefix(" = \""))
            .map(|rest| rest.trim_end_matches('"').to_owned())
    };
    let mut faults = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if let Some(name) = quoted(line, "name")
            && let Some((banned, instead)) = BANNED.iter().find(|(banned, _)| *banned == name)
        {
            faults.push(fault(number, format!("{banned} is in the tree"), instead));
        }
        if quoted(line, "source").is_some_and(|source| source.starts_with("git+")) {
            faults.push(fault(number, "a crate comes from git".to_owned(), "take a published version"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dependency_has_a_reason_and_no_default_features() {
        let good = "a = { version = \"1\", default-features = false } # why";
        let table = [
            (good, None),
            ("own = { path = \"crates/own\" }", None),
            ("# a heading", None),
            ("", None),
            ("a = { version = \"1\", default-features = false }", Some("no reason")),
            ("a = { version = \"1\", default-features = false } #  ", Some("no reason")),
            ("a = \"1\" # why", Some("default features")),
            ("a = { git = \"x\", default-features = false } # why", Some("git")),
        ];
        for (line, expect) in table {
            let text = format!("[workspace]\nb = 1\n[workspace.dependencies]\n{line}\n[profile.dev]\ndebug = 1\n");
            let found = reasons(Path::new("Cargo.toml"), &text);
            assert_eq!(found.len(), usize::from(expect.is_some()), "{line}: {found:?}");
            if let (Some(words), Some(fault)) = (expect, found.first()) {
                assert!(fault.what.contains(words) && fault.line == 4, "{line}: {fault:?}");
            }
        }
    }

    #[test]
    fn the_lock_file_has_one_crypto_provider_and_one_source() {
        let table = [
            ("name = \"serde\"\nsource = \"registry+https://x\"", 0),
            ("name = \"ring\"\nname = \"aws-lc-rs-more\"", 0),
            ("name = \"aws-lc-rs\"", 1),
            ("name = \"openssl-sys\"\nname = \"native-tls\"", 2),
            ("name = \"a\"\nsource = \"git+https://x\"", 1),
        ];
        for (text, expect) in table {
            assert_eq!(lock(Path::new("Cargo.lock"), text).len(), expect, "{text}");
        }
    }
}
