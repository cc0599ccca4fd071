//! Reads catalogue files into a [`Catalog`]. Which file holds what follows from its path; files of the
//! hospital's own folder come last and add to what is there.

use std::collections::{HashMap, HashSet};

use super::cond_def::CondDef;
use super::file::{CatalogFile, Fault, digest};
use super::item::{FactDef, FindingFile, ItemFile, PeriodDef, Roles, TableFile};
use super::proof_def::ProofDef;
use super::{Catalog, Fact, Period, Place, Product, demand, items, registers, retention};
use crate::date::Span;
use crate::label::Label;
use crate::register::RegisterIx;

/// A catalogue under construction and the faults met so far.
pub(super) struct Loading {
    pub(super) out: Catalog,
    pub(super) faults: Vec<Fault>,
}

impl Catalog {
    /// Loads and checks all files; tells every fault at once.
    pub fn load(files: &[CatalogFile]) -> Result<Catalog, Vec<Fault>> {
        let mut loading = Loading { out: Catalog::empty(digest(files)), faults: Vec::new() };
        let mut sorted: Vec<&CatalogFile> = files.iter().filter(|f| f.path.ends_with(".toml")).collect();
        sorted.sort_by_key(|f| f.is_over());
        registers::read(&sorted, &mut loading);
        sorted.iter().for_each(|file| loading.read(file));
        retention::settle(&mut loading);
        demand::settle(&mut loading.out);
        let Loading { mut out, mut faults } = loading;
        out.items.sort_by_key(|i| i.order());
        out.chapters.sort_by_key(|c| c.number);
        out.approved = out.subjects_of_decisions();
        if faults.is_empty() {
            faults = out.cross_check(files);
            faults.extend(demand::cross_check(&out));
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
            kinds: Vec::new(),
            retention: Vec::new(),
            clauses: Vec::new(),
            documents: Vec::new(),
            demands: Vec::new(),
            clocks: Vec::new(),
            digest,
            by_key: HashMap::new(),
            places: HashMap::new(),
            approved: HashSet::new(),
        }
    }

    fn subjects_of_decisions(&self) -> HashSet<RegisterIx> {
        let mut found = HashSet::new();
        for part in self.items.iter().flat_map(|i| &i.parts) {
            part.proof.walk(&mut |p| match p {
                ProofDef::Decision(d) => found.extend(d.subjects.as_deref().and_then(|s| self.register_ix(s))),
                ProofDef::Records(d) if d.conditions.iter().chain(&d.every).any(CondDef::names_version) => {
                    found.extend(self.register_ix(&d.records));
                }
                _ => {}
            });
        }
        found
    }

    /// Checks what only the whole can tell: where links lead.
    fn cross_check(&self, files: &[CatalogFile]) -> Vec<Fault> {
        let mut faults = Vec::new();
        for register in &self.registers {
            let fields = register.fields().iter().flat_map(|f| std::iter::once(f).chain(f.rows()));
            let targets = fields.flat_map(|f| f.targets().into_iter().map(move |t| (f, t)));
            for (field, target) in targets.filter(|(_, t)| self.register_ix(t).is_none()) {
                let what = format!("field `{}` points to an unknown register `{target}`", field.key);
                let mut fault =
                    self.fault(&format!("register {}", register.key), what, "use a register key of the catalogue");
                let named = format!("\"{target}\"");
                let own = format!("\"{}\"", register.key);
                let said = |f: &&CatalogFile| {
                    f.kind().starts_with("registers/") && f.text.contains(&named) && f.text.contains(&own)
                };
                if let Some(file) = files.iter().rev().find(said) {
                    (fault.file, fault.line) =
                        (file.path.clone(), file.text.find(&named).map_or(0, |at| file.line(at)));
                }
                faults.push(fault);
            }
        }
        faults
    }
}

impl Loading {
    /// Notes where a thing stands; tells whether it stands there for the first time.
    pub(super) fn place(&mut self, thing: String, file: &CatalogFile, at: usize) -> bool {
        let place = Place { file: file.path.clone(), line: file.line(at) };
        self.out.places.insert(thing, place).is_none()
    }

    fn read(&mut self, file: &CatalogFile) {
        let path = file.kind();
        if let Some(rest) = path.strip_prefix("editions/") {
            if !file.is_over() {
                self.out.edition = rest.split('/').next().unwrap_or_default().into();
            }
            if let Some(read) = file.parse::<ItemFile>(&mut self.faults) {
                items::read(file, read, self);
            }
        } else if path.starts_with("findings/") {
            self.findings(file);
        } else if path == "roles.toml" {
            self.roles(file);
        } else if path.starts_with("tables/") {
            self.tables(file);
        } else if file.is_over() && !path.starts_with("registers/") {
            let hint = "an overlay holds registers/, editions/, findings/, tables/ and roles.toml";
            self.faults.push(file.fault(None, format!("nothing reads `{path}`"), hint));
        }
    }

    fn findings(&mut self, file: &CatalogFile) {
        for spanned in file.parse::<FindingFile>(&mut self.faults).into_iter().flat_map(|f| f.finding) {
            let span = spanned.span();
            let finding = spanned.into_inner();
            if !self.place(format!("finding {}", finding.key), file, span.start) {
                let what = format!("finding `{}` is given twice", finding.key);
                self.faults.push(file.fault(Some(span), what, "give it another key"));
            }
            self.out.findings.push(finding);
        }
    }

    /// Roles and grants of an overlay are added, or take the place of all others when it says `replaces = true`.
    fn roles(&mut self, file: &CatalogFile) {
        let Some(read) = file.parse::<Roles>(&mut self.faults) else { return };
        if read.replaces && !file.is_over() {
            self.faults.push(file.fault(None, "`replaces` belongs to overlays", "remove it"));
        }
        if read.replaces {
            self.out.roles = Roles::default();
        }
        for role in &read.roles {
            if self.out.roles.roles.iter().any(|r| r.key == role.key) {
                let what = format!("role `{}` is given twice", role.key);
                self.faults.push(file.fault(file.text.find(&role.key).map(|at| at..at), what, "add grants only"));
            }
        }
        self.out.roles.roles.extend(read.roles);
        self.out.roles.grants.extend(read.grants);
    }

    fn tables(&mut self, file: &CatalogFile) {
        const ENGINE: [&str; 7] = ["period", "fact", "product", "clause", "document", "demand", "clock"];
        const KEEPING: [&str; 2] = ["kind", "retention"];
        let Some(raw) = file.parse::<toml::Table>(&mut self.faults) else { return };
        if raw.keys().any(|k| ENGINE.contains(&k.as_str())) {
            let Some(read) = file.parse::<TableFile>(&mut self.faults) else { return };
            read.period.into_iter().for_each(|p| self.period(file, p));
            read.fact.into_iter().for_each(|f| self.fact(file, f));
            // Of several products that fit the first counts: the hospital's own.
            let at = if file.is_over() { 0 } else { self.out.products.len() };
            self.out.products.splice(at..at, read.product.into_iter().map(Product::folded));
            read.clause.into_iter().for_each(|c| demand::clause(file, c, self));
            read.document.into_iter().for_each(|d| demand::document(file, d, self));
            read.demand.into_iter().for_each(|d| demand::demand(file, d, self));
            read.clock.into_iter().for_each(|c| demand::clock(file, c, self));
            return;
        }
        if raw.keys().any(|k| KEEPING.contains(&k.as_str())) {
            retention::read(file, self);
            return;
        }
        for key in raw.keys() {
            let span = file.text.find(key.as_str()).map(|at| at..at);
            let hint = format!("tables: {} {}", ENGINE.join(" "), KEEPING.join(" "));
            self.faults.push(file.fault(span, format!("no table `{key}`"), hint));
        }
    }

    fn period(&mut self, file: &CatalogFile, def: PeriodDef) {
        let span = def.key.span();
        let key = def.key.into_inner();
        for length in [&def.default, &def.ceiling].into_iter().flatten().filter(|l| Span::parse(l).is_none()) {
            let what = format!("period `{key}`: `{length}` is no length");
            self.faults.push(file.fault(Some(span.clone()), what, "write 90d, 6m or 1y"));
        }
        if let Some(ix) = self.out.periods.iter().position(|p| p.key == key) {
            if !file.is_over() || def.title.is_some() || !def.items.is_empty() {
                let what = format!("period `{key}` exists already");
                self.faults.push(file.fault(Some(span), what, "an overlay may set `default` and `ceiling` of it"));
            }
            self.out.periods[ix].change(def.default, def.ceiling, &file.path);
            return;
        }
        let (Some(title), Some(default)) = (def.title, def.default) else {
            let what = format!("period `{key}` lacks a title or a default");
            self.faults.push(file.fault(Some(span), what, "add title = { ja, en } and default = \"1y\""));
            return;
        };
        self.out.periods.push(Period { key, title, items: def.items, default, ceiling: def.ceiling, loosened: None });
    }

    fn fact(&mut self, file: &CatalogFile, def: FactDef) {
        let span = def.key.span();
        let key = def.key.into_inner();
        if let Some(fact) = self.out.facts.iter_mut().find(|f| f.key == key) {
            if !file.is_over() || def.title.is_some() || def.asks.is_some() {
                let what = format!("fact `{key}` exists already");
                self.faults.push(file.fault(Some(span), what, "an overlay may add `implied_by` and `items` to it"));
                return;
            }
            fact.implied_by.extend(def.implied_by);
            fact.items.extend(def.items);
            return;
        }
        self.place(format!("fact {key}"), file, span.start);
        let (Some(title), Some(asks)) = (def.title, def.asks) else {
            let what = format!("fact `{key}` lacks a title or what it asks");
            self.faults.push(file.fault(Some(span), what, "add title = { ja, en } and asks = { ja, en }"));
            return;
        };
        self.out.facts.push(Fact { key, title, asks, items: def.items, implied_by: def.implied_by });
    }
}

impl Period {
    /// Takes the lengths of an overlay over; what is longer than the edition's own ceiling is loosened.
    fn change(&mut self, default: Option<String>, ceiling: Option<String>, file: &str) {
        let days = |text: &str| Span::parse(text).map_or(0, Span::approx_days);
        let before = days(self.ceiling.as_deref().unwrap_or("1y")).max(days(&self.default));
        self.default = default.unwrap_or_else(|| self.default.clone());
        self.ceiling = ceiling.or_else(|| self.ceiling.take());
        if days(self.ceiling.as_deref().unwrap_or("1y")).max(days(&self.default)) > before {
            self.loosened = Some(Label::new(
                format!("周期「{}」の上限を病院の定義が延ばしています({file})", self.title.ja),
                format!("The hospital's own definition lengthens the period “{}” ({file})", self.title.en),
            ));
        }
    }
}
