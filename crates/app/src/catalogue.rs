//! The catalogue embedded in the binary, and a folder that overlays it.

use std::path::Path;
use std::sync::Arc;

use akashi_domain::Catalog;
use akashi_domain::catalog::{CatalogFile, OVERLAY};
use akashi_domain::verdict::Program;
use include_dir::{Dir, include_dir};

use crate::error::{AppError, Result};

static EMBEDDED: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../catalog");

/// A catalogue and what was compiled from it.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub catalog: Arc<Catalog>,
    pub program: Arc<Program>,
}

/// Returns the embedded files, `examples/` and `demo/` left out: they are not part of what is in force.
pub fn embedded() -> Vec<CatalogFile> {
    let mut out = Vec::new();
    collect(&EMBEDDED, &mut out);
    out.retain(|f| !f.path.starts_with("examples/") && !f.path.starts_with("demo/"));
    out
}

/// Returns the embedded files below a folder, e.g. `demo/`.
pub fn embedded_below(prefix: &str) -> Vec<CatalogFile> {
    let mut out = Vec::new();
    collect(&EMBEDDED, &mut out);
    out.retain(|f| f.path.starts_with(prefix));
    out
}

fn collect(dir: &Dir, out: &mut Vec<CatalogFile>) {
    for file in dir.files() {
        if let Some(text) = file.contents_utf8() {
            out.push(CatalogFile { path: file.path().to_string_lossy().replace('\\', "/"), text: text.into() });
        }
    }
    dir.dirs().for_each(|d| collect(d, out));
    out.sort_by(|a, b| a.path.cmp(&b.path));
}

/// Reads the `.toml` files below a folder.
///
/// # Errors
/// Names the file that cannot be read.
pub fn read_folder(dir: &Path) -> Result<Vec<CatalogFile>> {
    let mut out = Vec::new();
    walk(dir, dir, &mut out)?;
    out.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(out)
}

fn walk(root: &Path, dir: &Path, out: &mut Vec<CatalogFile>) -> Result<()> {
    let io = |path: &Path| {
        let what = path.display().to_string();
        move |source| AppError::Io { what, source }
    };
    for entry in std::fs::read_dir(dir).map_err(io(dir))? {
        let path = entry.map_err(io(dir))?.path();
        if path.is_dir() {
            walk(root, &path, out)?;
        } else if path.extension().is_some_and(|e| e == "toml") {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            out.push(CatalogFile { path: name, text: std::fs::read_to_string(&path).map_err(io(&path))? });
        }
    }
    Ok(())
}

/// Adds the files of a hospital's own folder to the base; docs/CATALOGUE.md §7 says what they may change.
pub fn overlay(mut base: Vec<CatalogFile>, over: Vec<CatalogFile>) -> Vec<CatalogFile> {
    base.extend(over.into_iter().map(|f| CatalogFile { path: format!("{OVERLAY}{}", f.path), text: f.text }));
    base
}

/// Loads and compiles files.
///
/// # Errors
/// Every fault of the catalogue at once.
pub fn compile(files: &[CatalogFile]) -> Result<Loaded> {
    let catalog = Catalog::load(files).map_err(AppError::Catalogue)?;
    let program = Program::compile(&catalog).map_err(AppError::Catalogue)?;
    Ok(Loaded { catalog: Arc::new(catalog), program: Arc::new(program) })
}

/// Loads the embedded catalogue with the overlay in `data/catalog`, if there is one.
///
/// # Errors
/// Every fault of the catalogue at once.
pub fn load(data: &Path) -> Result<Loaded> {
    let folder = data.join("catalog");
    let over = if folder.is_dir() { read_folder(&folder)? } else { Vec::new() };
    compile(&overlay(embedded(), over))
}
