//! What the tests of findings share: the catalogue from the repository's folder, and judging a set of versions.

#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod hospital;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use akashi_domain::catalog::{Catalog, CatalogFile, Fault};
use akashi_domain::date::Day;
use akashi_domain::record::Version;
use akashi_domain::verdict::{Evaluator, Program};
use akashi_domain::world::World;

/// The catalogue and what was compiled from it.
pub(crate) struct Bench {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) program: Arc<Program>,
}

/// Returns the catalogue's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog")
}

/// Loads the catalogue as it lies in the repository; examples and the demo are not part of it.
pub(crate) fn load() -> Bench {
    let mut files = Vec::new();
    walk(&root(), &mut files);
    files.retain(|f| !f.path.starts_with("examples/") && !f.path.starts_with("demo/"));
    let catalog = Catalog::load(&files).unwrap_or_else(|f| panic!("{}", text(&f)));
    let program = Program::compile(&catalog).unwrap_or_else(|f| panic!("{}", text(&f)));
    Bench { catalog: Arc::new(catalog), program: Arc::new(program) }
}

fn text(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn walk(dir: &Path, out: &mut Vec<CatalogFile>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            walk(&path, out);
        } else if path.extension().is_some_and(|e| e == "toml") {
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            out.push(CatalogFile { path: name, text: std::fs::read_to_string(&path).unwrap() });
        }
    }
}

impl Bench {
    /// Judges a set of versions as of a day.
    pub(crate) fn judge(&self, versions: Vec<Version>, as_of: Day) -> Evaluator {
        let mut world = World::new(self.catalog.clone());
        versions.into_iter().for_each(|v| drop(world.insert(v)));
        Evaluator::new(self.program.clone(), world.view(as_of, None))
    }

    /// Returns the position of a rule in the compiled catalogue.
    pub(crate) fn rule(&self, key: &str) -> Option<usize> {
        self.program.findings.iter().position(|p| self.catalog.findings[p.finding].key == key)
    }
}
