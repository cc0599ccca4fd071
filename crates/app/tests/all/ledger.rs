//! What the sheet tests share: the sample ledgers, and a ledger in memory to import into.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use akashi_app::sheet::incoming::{Importer, Incoming, Request, SourceFile};
use akashi_app::sheet::mapping::Mapping;
use akashi_app::sheet::plan::{Plan, diff};
use akashi_app::sheet::read::Limits;
use akashi_app::sheet::states::StateRules;
use akashi_domain::{Day, Link, RecordId, Value, Version, View};

use crate::bench::{catalog, root};

fn importer() -> &'static Importer {
    static IMPORTER: OnceLock<Importer> = OnceLock::new();
    IMPORTER.get_or_init(|| Importer::new(&catalog()))
}

fn samples() -> PathBuf {
    root().join("../../shared/samples/hospital-a")
}

/// Returns the sample file whose name starts with `prefix`; `None` (and a line) when the samples are not there.
pub(crate) fn sample(prefix: &str) -> Option<(String, Vec<u8>)> {
    let folder = samples();
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: no sample ledgers at {}", folder.display());
        return None;
    };
    let path = entries
        .map(|e| e.unwrap().path())
        .find(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with(prefix)))?;
    Some((path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
}

/// Returns what the samples' `expected.json` says of the file that starts with `prefix`.
pub(crate) fn expected(prefix: &str) -> serde_json::Value {
    let text = std::fs::read_to_string(samples().join("expected.json")).unwrap();
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    let files = all["files"].as_object().unwrap();
    files.iter().find(|(name, _)| name.starts_with(prefix)).unwrap().1.clone()
}

/// Reads a file of the repository's own ledgers.
pub(crate) fn own(name: &str) -> (String, Vec<u8>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ledgers").join(name);
    (name.rsplit('/').next().unwrap().into(), std::fs::read(path).unwrap())
}

/// A ledger in memory.
pub(crate) struct Ledger {
    pub(crate) view: View,
    next: u128,
}

impl Ledger {
    pub(crate) fn new() -> Ledger {
        Ledger { view: View::empty(catalog(), Day::parse("2026-11-22").unwrap(), None), next: 1 }
    }

    /// Reads a file for a register.
    pub(crate) fn read(&self, key: &str, file: &(String, Vec<u8>), mapping: Option<&Mapping>) -> Incoming {
        let register = self.view.catalog.register_ix(key).unwrap();
        let rules = StateRules::new(&self.view, register);
        let request = Request {
            register,
            facility: "main",
            mapping,
            state_of: &|_, v| rules.state_of(v),
            limits: Limits::default(),
        };
        importer().incoming(&self.view, &request, &[SourceFile { name: &file.0, bytes: &file.1 }])
    }

    pub(crate) fn plan(&mut self, incoming: &Incoming) -> Plan {
        let next = &mut self.next;
        diff(&self.view, &mut incoming.clone(), &mut || {
            *next += 1;
            RecordId(*next)
        })
    }

    /// Carries a plan out.
    pub(crate) fn apply(&mut self, incoming: &Incoming, plan: &Plan) {
        let register = self.view.catalog.register(incoming.register);
        let prefix = register.code.clone();
        for create in &plan.create {
            let row = &incoming.rows[create.row];
            let version = Version {
                register: incoming.register,
                id: create.id,
                rev: 1,
                code: format!("{prefix}-{}", create.id.0).into(),
                facility: incoming.facility.as_str().into(),
                state: row.state.as_str().into(),
                cells: create.values.clone(),
                extra: row.extra.clone(),
                source: Some(row.source.clone()),
                valid_from: None,
                recorded_at: 0,
                author: "".into(),
                digest: "".into(),
                disposed: false,
            };
            self.view.put(Arc::new(version));
        }
        for change in &plan.change {
            let mut version = (**self.view.get(change.id).unwrap()).clone();
            version.rev += 1;
            for field in &change.fields {
                version.cells[field.slot] = field.after.clone();
            }
            version.extra.extend(change.extra.clone());
            if let Some((_, to)) = &change.state {
                version.state = to.as_str().into();
            }
            self.view.put(Arc::new(version));
        }
    }

    /// Reads a file and takes all of it.
    pub(crate) fn import(&mut self, key: &str, file: &(String, Vec<u8>)) -> Incoming {
        let incoming = self.read(key, file, None);
        let plan = self.plan(&incoming);
        self.apply(&incoming, &plan);
        incoming
    }

    /// Imports a sample; `false` when the samples are not there.
    pub(crate) fn sample(&mut self, key: &str, prefix: &str) -> Option<Incoming> {
        Some(self.import(key, &sample(prefix)?))
    }

    /// Returns the text of a field, links as the headline of what they point to.
    pub(crate) fn text(&self, key: &str, values: &[Value], field: &str) -> String {
        let register = self.view.catalog.register_by_key(key).unwrap();
        let ix = register.field_ix(field).unwrap_or_else(|| panic!("no field {field}"));
        self.show(&values[ix])
    }

    pub(crate) fn show(&self, value: &Value) -> String {
        match value {
            Value::Null => String::new(),
            Value::Text(t) => t.to_string(),
            Value::Unclear(t) => format!("?{t}"),
            Value::Number(n) => n.to_string(),
            Value::YesNo(b) => b.to_string(),
            Value::Date(d) => d.to_string(),
            Value::Choice(k) => k.to_string(),
            Value::Choices(k) => k.join(","),
            Value::Link(Link::Text(t)) => format!("~{t}"),
            Value::Link(Link::To(id)) => self.head(*id),
            Value::Links(l) => l.iter().map(|l| self.show(&Value::Link(l.clone()))).collect::<Vec<_>>().join(","),
            other => format!("{other:?}"),
        }
    }

    /// The first headline text of a record.
    pub(crate) fn head(&self, id: RecordId) -> String {
        let version = self.view.get(id).unwrap();
        let register = self.view.register(version);
        self.show(version.cell(register.headline[0]))
    }
}
