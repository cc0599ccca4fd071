//! What the sheet tests share: the catalogue and the sample ledgers.

use std::path::{Path, PathBuf};

use akashi_domain::Catalog;
use akashi_domain::catalog::CatalogFile;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Loads the registers of the repository; targets that are not written yet are stood in for.
pub(crate) fn catalog() -> Catalog {
    let folder = root().join("catalog/registers");
    let mut files: Vec<CatalogFile> = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "toml") {
            let text = std::fs::read_to_string(&path).unwrap();
            files.push(CatalogFile { path: format!("registers/{}", path.file_name().unwrap().to_string_lossy()), text });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Catalog::load(&files).unwrap_or_else(|faults| panic!("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
}

/// Returns the sample file whose name starts with `prefix`; `None` (and a line) when the samples are not there.
pub(crate) fn sample(prefix: &str) -> Option<(String, Vec<u8>)> {
    let folder = root().join("../shared/samples/hospital-a");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: no sample ledgers at {}", folder.display());
        return None;
    };
    let path = entries.map(|e| e.unwrap().path()).find(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with(prefix)))?;
    Some((path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
}
