//! Which packages have code examples in their documentation; nextest runs none, so these are run apart.

use std::path::Path;

use crate::fail::Fail;
use crate::workspace;

/// Words after ``` that still mean Rust which is compiled.
const RUST: [&str; 5] = ["rust", "no_run", "should_panic", "compile_fail", "edition2024"];

/// Names of the library packages with at least one example.
pub(crate) fn packages(root: &Path) -> Result<Vec<String>, Fail> {
    let mut found = Vec::new();
    for manifest in workspace::files(root, "crates", "Cargo.toml")? {
        let Some(dir) = manifest.parent() else { continue };
        if root.join(dir).join("src/lib.rs").is_file() && any_example(root, &dir.join("src"))? {
            found.extend(package_name(&root.join(&manifest))?);
        }
    }
    Ok(found)
}

fn any_example(root: &Path, dir: &Path) -> Result<bool, Fail> {
    for file in workspace::files(root, &dir.to_string_lossy(), ".rs")? {
        let text = std::fs::read_to_string(root.join(&file)).map_err(Fail::io("read", &file))?;
        if has_example(&text) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn package_name(manifest: &Path) -> Result<Option<String>, Fail> {
    let text = std::fs::read_to_string(manifest).map_err(Fail::io("read", manifest))?;
    let table: toml::Table = text.parse().unwrap_or_default();
    let name = table.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str);
    Ok(name.map(str::to_owned))
}

/// Whether a doc comment opens a block of Rust.
fn has_example(source: &str) -> bool {
    let docs = source.lines().filter_map(|line| {
        let line = line.trim_start();
        line.strip_prefix("///").or_else(|| line.strip_prefix("//!")).map(str::trim)
    });
    let mut inside = false;
    for fence in docs.filter_map(|line| line.strip_prefix("```")) {
        let opens = !inside;
        inside = opens;
        if opens && fence.split(',').all(|word| word.is_empty() || RUST.contains(&word.trim())) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::has_example;

    #[test]
    fn only_rust_in_doc_comments_is_an_example() {
        let table = [
            ("/// ```\n/// f();\n/// ```", true),
            ("//! ```rust,no_run\n//! f();\n//! ```", true),
            ("/// ```text\n/// a\n/// ```", false),
            ("/// ```toml\n/// a = 1\n/// ```\nfn f() {}", false),
            ("/// ```ignore\n/// a\n/// ```", false),
            ("// ```\n// f();\n// ```", false),
            ("fn f() {}", false),
        ];
        for (source, expect) in table {
            assert_eq!(has_example(source), expect, "{source}");
        }
    }
}
