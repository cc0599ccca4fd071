//! Reads catalogue files into a [`Catalog`]. Which file holds what follows from its path.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::Catalog;
use super::item::{FindingFile, ItemFile, Roles, TableFile};
use super::proof_def::ProofDef;
use crate::register::def::RegisterDef;
use crate::register::{Register, RegisterIx};

/// A file of the catalogue, read by the caller.
#[derive(Clone, Debug)]
pub struct CatalogFile {
    /// Path below the catalogue's root, with `/`.
    pub path: String,
    pub text: String,
}

/// A fault of the catalogue, for people to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub file: String,
    /// 1-based; 0 when the fault has no line.
    pub line: usize,
    pub what: String,
    pub hint: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, "\n    → {}", self.hint) }
    }
}

impl CatalogFile {
    fn fault(&self, span: Option<Range<usize>>, what: impl Into<String>, hint: impl Into<String>) -> Fault {
        let line = span.map_or(0, |s| 1 + self.text.as_bytes().iter().take(s.start).filter(|b| **b == b'\n').count());
        Fault { file: self.path.clone(), line, what: what.into(), hint: hint.into() }
    }

    fn parse<T: DeserializeOwned>(&self, faults: &mut Vec<Fault>) -> Option<T> {
        match toml::from_str(&self.text) {
            Ok(value) => Some(value),
            Err(e) => {
                faults.push(self.fault(
                    e.span(),
                    e.message().to_string(),
                    "see docs/CATALOGUE.md for the keys this file may hold",
                ));
                None
            }
        }
    }
}

impl Catalog {
    /// Loads and checks all files; tells every fault at once.
    pub fn load(files: &[CatalogFile]) -> Result<Catalog, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut out = Catalog::empty(digest(files));
        for file in files.iter().filter(|f| f.path.ends_with(".toml")) {
            read_file(file, &mut out, &mut faults);
        }
        out.items.sort_by_key(|i| i.order());
        out.chapters.sort_by_key(|c| c.number);
        out.approved = out.subjects_of_decisions();
        if faults.is_empty() {
            faults.extend(crate::catalog::Catalog::cross_check(&out, files));
        }
        if faults.is_empty() { Ok(out) } else { Err(faults) }
    }

    fn empty(digest: String) -> Catalog {
        Catalog {
            edition: String::new(),
            registers: Vec::new(),
            chapters: Vec::new(),
            items: Vec::new(),
            findings: Vec::new(),
            facts: Vec::new(),
            periods: Vec::new(),
            products: Vec::new(),
            roles: Roles::default(),
            digest,
            by_key: HashMap::new(),
            approved: Default::default(),
        }
    }

    fn subjects_of_decisions(&self) -> HashSet<RegisterIx> {
        let mut found = HashSet::new();
        for part in self.items.iter().flat_map(|i| &i.parts) {
            part.proof.walk(&mut |p| {
                if let ProofDef::Decision(d) = p {
                    found.extend(d.subjects.as_deref().and_then(|s| self.register_ix(s)));
                }
            });
        }
        found
    }

    /// Checks what only the whole can tell: link targets, item numbers, keys used once.
    fn cross_check(&self, files: &[CatalogFile]) -> Vec<Fault> {
        let mut faults = Vec::new();
        let place = |key: &str| {
            let path = format!("registers/{key}.toml");
            files.iter().find(|f| f.path == path)
        };
        for register in &self.registers {
            let missing = register
                .fields()
                .iter()
                .flat_map(|f| std::iter::once(f).chain(f.rows()))
                .flat_map(|f| f.targets().into_iter().map(move |t| (f, t)));
            for (field, target) in missing.filter(|(_, t)| self.register_ix(t).is_none()) {
                if let Some(file) = place(&register.key) {
                    let at = file.text.find(&format!("\"{target}\""));
                    faults.push(file.fault(
                        at.map(|a| a..a),
                        format!("field `{}` points to an unknown register `{target}`", field.key),
                        "use a register key of the catalogue",
                    ));
                }
            }
        }
        let mut seen = std::collections::HashSet::new();
        for item in self.items.iter().filter(|i| !seen.insert(i.id.clone())) {
            faults.push(Fault {
                file: "editions".into(),
                line: 0,
                what: format!("item {} is given twice", item.id),
                hint: "remove one".into(),
            });
        }
        faults
    }
}

fn digest(files: &[CatalogFile]) -> String {
    let mut sorted: Vec<&CatalogFile> = files.iter().collect();
    sorted.sort_by(|a, b| a.path.cmp(&b.path));
    let mut hash = Sha256::new();
    for file in sorted {
        for part in [&file.path, &file.text] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
    }
    hex::encode(hash.finalize())
}

fn read_file(file: &CatalogFile, out: &mut Catalog, faults: &mut Vec<Fault>) {
    let path = file.path.as_str();
    if path.starts_with("registers/") {
        read_register(file, out, faults);
    } else if let Some(rest) = path.strip_prefix("editions/") {
        out.edition = rest.split('/').next().unwrap_or_default().into();
        if let Some(items) = file.parse::<ItemFile>(faults) {
            out.chapters.extend(items.chapter);
            out.items.extend(items.item.into_iter().map(toml::Spanned::into_inner));
        }
    } else if path.starts_with("findings/") {
        let found = file.parse::<FindingFile>(faults);
        out.findings.extend(found.into_iter().flat_map(|f| f.finding).map(toml::Spanned::into_inner));
    } else if path == "roles.toml" {
        out.roles = file.parse(faults).unwrap_or_default();
    } else if path.starts_with("tables/") {
        let table = file.parse::<TableFile>(faults).unwrap_or_default();
        out.periods.extend(table.period);
        out.facts.extend(table.fact.into_iter().map(toml::Spanned::into_inner));
        out.products.extend(table.product);
    }
}

fn read_register(file: &CatalogFile, out: &mut Catalog, faults: &mut Vec<Fault>) {
    let Some(def) = file.parse::<RegisterDef>(faults) else { return };
    let key_span = def.key.span();
    match Register::check(def) {
        Ok(register) => {
            let ix = RegisterIx(out.registers.len() as u16);
            if out.by_key.insert(register.key.clone(), ix).is_some() {
                faults.push(file.fault(
                    Some(key_span),
                    format!("register `{}` is defined twice", register.key),
                    "remove one of the files",
                ));
            }
            out.registers.push(register);
        }
        Err(found) => faults.extend(found.into_iter().map(|f| file.fault(Some(f.span), f.what, f.hint))),
    }
}
