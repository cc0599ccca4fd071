//! What the tests of findings share: the catalogue with what was compiled from it, and judging a set of versions.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use akashi_app::catalogue::embedded;
use akashi_domain::catalog::{Catalog, Fault};
use akashi_domain::date::Day;
use akashi_domain::record::Version;
use akashi_domain::verdict::{Evaluator, Program};
use akashi_domain::world::World;

/// The catalogue and what was compiled from it.
pub(crate) struct Bench {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) program: Arc<Program>,
}

/// The catalogue's folder in the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog")
}

/// The catalogue in force, loaded once: its tables name items, so it is the whole.
pub(crate) fn catalog() -> Arc<Catalog> {
    static CATALOG: OnceLock<Arc<Catalog>> = OnceLock::new();
    let load = || Arc::new(Catalog::load(&embedded()).unwrap_or_else(|f| panic!("{}", text(&f))));
    CATALOG.get_or_init(load).clone()
}

/// The catalogue, compiled.
pub(crate) fn load() -> Bench {
    let catalog = catalog();
    let program = Program::compile(&catalog).unwrap_or_else(|f| panic!("{}", text(&f)));
    Bench { catalog, program: Arc::new(program) }
}

fn text(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
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
