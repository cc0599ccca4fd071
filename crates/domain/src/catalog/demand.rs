//! What records of a register have to hold, and by when: clauses of contracts, documents with the items they serve,
//! further demands, clocks. Judging records by them is [`crate::verdict`]'s work, filling in dates the world's.

use serde::Deserialize;
use toml::Spanned;

use super::Catalog;
use super::cond_def::CondDef;
use super::file::{CatalogFile, Fault};
use super::load::Loading;
use super::proof_def::ProofDef;
use crate::date::Day;
use crate::label::Label;
use crate::register::{Choice, Register};

/// A clause contracts are looked through for; its key is an option of [`CLAUSE`].
#[derive(Clone, Debug)]
pub struct Clause {
    pub key: String,
    pub asks: Label,
    pub items: Vec<String>,
    /// Which contracts have to carry it: CEL over the contract.
    pub scope: String,
}

/// A document the edition expects; its number in lower case is an option of [`COVERS`].
#[derive(Clone, Debug)]
pub struct Document {
    /// `D01`.
    pub no: String,
    pub asks: Label,
    pub level: String,
    pub approver: String,
    /// Items it serves.
    pub items: Vec<String>,
}

/// Something else records of a register have to hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    pub key: String,
    pub register: String,
    pub title: Label,
    pub asks: Option<Label>,
    #[serde(default)]
    pub items: Vec<String>,
    /// Which records.
    #[serde(rename = "where", default)]
    pub conditions: Vec<CondDef>,
    pub every: Vec<CondDef>,
}

/// How long after a date something is due.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    pub key: String,
    pub title: Label,
    pub says: Label,
    /// Who is to be told.
    pub to: Option<Label>,
    #[serde(default)]
    pub law: String,
    pub source: Option<String>,
    pub checked_on: Option<Day>,
    /// Calendar days after the day of the date.
    pub days: u16,
    /// The options of the field `by` under which it runs; without any it always runs.
    #[serde(default)]
    pub cases: Vec<ClockCase>,
}

/// An option under which a clock runs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockCase {
    pub key: String,
    /// Days in this case, where they are others.
    pub days: Option<u16>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClauseDef {
    key: Spanned<String>,
    asks: Option<Label>,
    #[serde(default)]
    items: Vec<String>,
    scope: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DocumentDef {
    no: Spanned<String>,
    asks: Option<Label>,
    level: Option<String>,
    approver: Option<String>,
    #[serde(default)]
    items: Vec<String>,
}

/// Register, rows field and sub-field whose options are clauses.
pub const CLAUSE: (&str, &str, &str) = ("contract", "clauses", "clause");
/// Register and field whose options are documents, and the rows that map its articles to items.
pub const COVERS: (&str, &str) = ("document", "covers");

impl Clock {
    /// Returns the days that run under the chosen options: the longest; none where no case is among them.
    /// Where nothing is chosen yet its own days run, so that nobody loses time over judging.
    pub fn days_for<'a>(&self, chosen: impl Iterator<Item = &'a str>) -> Option<u16> {
        let mut chosen = chosen.peekable();
        if self.cases.is_empty() || chosen.peek().is_none() {
            return Some(self.days);
        }
        let cases = chosen.filter_map(|key| self.cases.iter().find(|c| c.key == key));
        cases.map(|c| c.days.unwrap_or(self.days)).max()
    }
}

impl Catalog {
    /// Returns the clause named `key`.
    pub fn clause(&self, key: &str) -> Option<&Clause> {
        self.clauses.iter().find(|c| c.key == key)
    }

    /// Returns the clock named `key`.
    pub fn clock(&self, key: &str) -> Option<&Clock> {
        self.clocks.iter().find(|c| c.key == key)
    }

    /// Returns the title of a clause, as the contract register words it.
    pub fn clause_title(&self, key: &str) -> Label {
        self.clause_option(key).map_or_else(|| Label::new(key, key), |o| o.title.clone())
    }

    /// Returns the title of a document (`D01`), as the document register words it.
    pub fn document_title(&self, no: &str) -> Label {
        self.document_option(no).map_or_else(|| Label::new(no, no), |o| o.title.clone())
    }

    fn clause_option(&self, key: &str) -> Option<&Choice> {
        let field = self.register_by_key(CLAUSE.0)?.field(CLAUSE.1)?.rows().iter().find(|s| s.key == CLAUSE.2)?;
        field.options().iter().find(|o| o.key == key)
    }

    fn document_option(&self, no: &str) -> Option<&Choice> {
        let field = self.register_by_key(COVERS.0)?.field(COVERS.1)?;
        field.options().iter().find(|o| o.key.eq_ignore_ascii_case(no))
    }
}

/// Takes in a clause; an overlay may add items to one that exists.
pub(super) fn clause(file: &CatalogFile, def: ClauseDef, loading: &mut Loading) {
    let span = def.key.span();
    let key = def.key.into_inner();
    if let Some(known) = loading.out.clauses.iter_mut().find(|c| c.key == key) {
        if file.is_over() && def.asks.is_none() && def.scope.is_none() {
            known.items.extend(def.items);
        } else {
            let what = format!("clause `{key}` exists already");
            loading.faults.push(file.fault(Some(span), what, "an overlay may add `items` to it"));
        }
        return;
    }
    loading.place(format!("clause {key}"), file, span.start);
    let Some(asks) = def.asks else {
        let what = format!("clause `{key}` does not say what it asks");
        return loading.faults.push(file.fault(Some(span), what, "add asks = { ja, en }"));
    };
    let scope = def.scope.unwrap_or_else(|| "true".into());
    loading.out.clauses.push(Clause { key, asks, items: def.items, scope });
}

/// Takes in a document; an overlay may add items to one that exists.
pub(super) fn document(file: &CatalogFile, def: DocumentDef, loading: &mut Loading) {
    let span = def.no.span();
    let no = def.no.into_inner();
    if let Some(known) = loading.out.documents.iter_mut().find(|d| d.no == no) {
        if file.is_over() && def.asks.is_none() && def.level.is_none() && def.approver.is_none() {
            known.items.extend(def.items);
        } else {
            let what = format!("document `{no}` exists already");
            loading.faults.push(file.fault(Some(span), what, "an overlay may add `items` to it"));
        }
        return;
    }
    loading.place(format!("document {no}"), file, span.start);
    let (Some(asks), Some(level), Some(approver)) = (def.asks, def.level, def.approver) else {
        let what = format!("document `{no}` lacks what it asks, its level or its approver");
        return loading.faults.push(file.fault(Some(span), what, "add asks = { ja, en }, level and approver"));
    };
    loading.out.documents.push(Document { no, asks, level, approver, items: def.items });
}

/// Takes in a demand.
pub(super) fn demand(file: &CatalogFile, def: Spanned<Demand>, loading: &mut Loading) {
    let span = def.span();
    let demand = def.into_inner();
    if !loading.place(format!("demand {}", demand.key), file, span.start) {
        let what = format!("demand `{}` is given twice", demand.key);
        loading.faults.push(file.fault(Some(span), what, "give it another key"));
        return;
    }
    loading.out.demands.push(demand);
}

/// Takes in a clock; one of the hospital's own takes the place of the edition's, as the law may have changed.
pub(super) fn clock(file: &CatalogFile, def: Spanned<Clock>, loading: &mut Loading) {
    let span = def.span();
    let clock = def.into_inner();
    let first = loading.place(format!("clock {}", clock.key), file, span.start);
    if let Some(known) = loading.out.clocks.iter_mut().find(|c| c.key == clock.key) {
        if first || file.is_over() {
            *known = clock;
        } else {
            let what = format!("clock `{}` is given twice", clock.key);
            loading.faults.push(file.fault(Some(span), what, "remove one"));
        }
        return;
    }
    loading.out.clocks.push(clock);
}

/// Gives each item the documents that serve it.
pub(super) fn settle(out: &mut Catalog) {
    for document in &out.documents {
        for item in out.items.iter_mut().filter(|i| document.items.contains(&i.id)) {
            if !item.documents.contains(&document.no) {
                item.documents.push(document.no.clone());
            }
        }
    }
}

/// Checks that everything named is there: items, options, clauses, documents, clocks.
pub(super) fn cross_check(out: &Catalog) -> Vec<Fault> {
    let mut faults = Vec::new();
    for clause in &out.clauses {
        let thing = format!("clause {}", clause.key);
        items(out, &thing, &clause.items, &mut faults);
        if out.clause_option(&clause.key).is_none() {
            let hint = "add the option to clauses.clause in registers/contract.toml: its title is the clause's";
            faults.push(out.fault(&thing, "no such clause in register contract", hint));
        }
    }
    for document in &out.documents {
        let thing = format!("document {}", document.no);
        items(out, &thing, &document.items, &mut faults);
        if out.document_option(&document.no).is_none() {
            let hint = "add the option to covers in registers/document.toml: its title is the document's";
            faults.push(out.fault(&thing, "no such document in register document", hint));
        }
    }
    for demand in &out.demands {
        items(out, &format!("demand {}", demand.key), &demand.items, &mut faults);
    }
    proofs(out, &mut faults);
    out.registers.iter().for_each(|register| derived(out, register, &mut faults));
    faults
}

fn items(out: &Catalog, thing: &str, items: &[String], faults: &mut Vec<Fault>) {
    for item in items.iter().filter(|i| out.item(i).is_none()) {
        faults.push(out.fault(thing, format!("no item `{item}`"), "name items of the edition"));
    }
}

fn proofs(out: &Catalog, faults: &mut Vec<Fault>) {
    for item in &out.items {
        let known = |no: &String| out.documents.iter().any(|d| d.no == *no);
        for no in item.documents.iter().filter(|no| !known(no)) {
            let hint = "use a number of tables/documents.toml";
            faults.push(out.fault(&format!("item {}", item.id), format!("no document `{no}`"), hint));
        }
        for (n, part) in item.parts.iter().enumerate() {
            let thing = format!("part {}#{}", item.id, n + 1);
            part.proof.walk(&mut |proof| match proof {
                ProofDef::Contracts(d) if out.clause(&d.contracts).is_none() => {
                    let what = format!("no clause `{}`", d.contracts);
                    faults.push(out.fault(&thing, what, "use a key of tables/clauses.toml"));
                }
                ProofDef::Clause(d) => {
                    for no in d.documents.iter().filter(|no| !known(no)) {
                        let hint = "use a number of tables/documents.toml";
                        faults.push(out.fault(&thing, format!("no document `{no}`"), hint));
                    }
                    items(out, &thing, std::slice::from_ref(&d.clause), faults);
                }
                _ => {}
            });
        }
    }
}

fn derived(out: &Catalog, register: &Register, faults: &mut Vec<Fault>) {
    let thing = format!("register {}", register.key);
    let run = register.derived.iter().filter_map(|d| Some((&d.field.key, d.clock.as_ref()?)));
    for (key, run) in run {
        let Some(clock) = out.clock(&run.clock) else {
            let what = format!("field `{key}`: no clock `{}`", run.clock);
            faults.push(out.fault(&thing, what, "use a key of [[clock]] in tables/"));
            continue;
        };
        let options = run.by.map_or(&[][..], |ix| register.slot(ix).options());
        for case in clock.cases.iter().filter(|c| !options.iter().any(|o| o.key == c.key)) {
            let what = format!("clock {}: `{}` is no option of the field named in `by`", clock.key, case.key);
            faults.push(out.fault(&format!("clock {}", clock.key), what, format!("see field {key} of {thing}")));
        }
    }
}
