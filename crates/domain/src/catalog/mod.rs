//! The catalogue: registers, items, findings, facts, periods, roles and tables, loaded from files
//! the caller read, checked as a whole, with every fault named by file, line and hint.

pub mod cond_def;
pub mod demand;
mod file;
pub mod item;
mod items;
mod load;
pub mod proof_def;
mod registers;
pub mod retention;

use std::collections::{HashMap, HashSet};

use crate::date::Day;
use crate::register::{Register, RegisterIx};
use crate::text::fold;

pub use demand::{Clause, Clock, Demand, Document};
pub use file::{CatalogFile, Fault, OVERLAY};
pub use item::{Chapter, Fact, Finding, Grant, Item, Management, Part, Period, Product, Role, Roles, Severity};
pub use retention::{Kind, RetentionRule};

/// Everything a hospital may differ in.
#[derive(Clone, Debug)]
pub struct Catalog {
    pub edition: String,
    pub registers: Vec<Register>,
    pub chapters: Vec<Chapter>,
    /// Items and sub-duties in printed order.
    pub items: Vec<Item>,
    pub findings: Vec<Finding>,
    pub facts: Vec<Fact>,
    pub periods: Vec<Period>,
    pub products: Vec<Product>,
    pub roles: Roles,
    /// Kinds of documents the law orders to be kept.
    pub kinds: Vec<Kind>,
    /// How long records are kept.
    pub retention: Vec<RetentionRule>,
    /// Clauses contracts are looked through for.
    pub clauses: Vec<Clause>,
    /// Documents the edition expects.
    pub documents: Vec<Document>,
    pub demands: Vec<Demand>,
    pub clocks: Vec<Clock>,
    /// SHA-256 over all files, hex; journaled and printed with every verdict.
    pub digest: String,
    by_key: HashMap<String, RegisterIx>,
    /// Where things stand, to name in faults: `item 6.2`, `part 6.2#1`, `finding key`, `fact key`, `register key`.
    places: HashMap<String, Place>,
    /// Registers whose records decisions approve version by version.
    approved: HashSet<RegisterIx>,
}

/// A line of a file, 1-based.
#[derive(Clone, Debug, Default)]
struct Place {
    file: String,
    line: usize,
}

impl Catalog {
    /// Returns the fault of a thing (`item 6.2`, `part 6.2#1`, `finding key`, `fact key`, `register key`) with its place.
    pub(crate) fn fault(&self, thing: &str, what: impl Into<String>, hint: impl Into<String>) -> Fault {
        let place = self.places.get(thing).cloned().unwrap_or_default();
        Fault { file: place.file, line: place.line, what: format!("{thing}: {}", what.into()), hint: hint.into() }
    }

    /// Returns the position of a register.
    pub fn register_ix(&self, key: &str) -> Option<RegisterIx> {
        self.by_key.get(key).copied()
    }

    /// Returns the register at a position.
    pub fn register(&self, ix: RegisterIx) -> &Register {
        &self.registers[usize::from(ix.0)]
    }

    /// Returns the register named `key`.
    pub fn register_by_key(&self, key: &str) -> Option<&Register> {
        self.register_ix(key).map(|ix| self.register(ix))
    }

    /// Tells whether some proof asks for an approval of this register's exact versions.
    pub fn is_approved_by_version(&self, register: RegisterIx) -> bool {
        self.approved.contains(&register)
    }

    /// Returns an item or sub-duty by its number.
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.iter().find(|i| i.id == id)
    }

    /// Returns the period named `key`.
    pub fn period(&self, key: &str) -> Option<&Period> {
        self.periods.iter().find(|p| p.key == key)
    }

    /// Returns the last day of support of what a free text names, when the table can tell.
    pub fn end_of_support(&self, text: &str) -> Option<Day> {
        let folded = fold(text);
        let hit =
            |p: &&Product| p.words.iter().all(|w| folded.contains(w)) && !p.not.iter().any(|w| folded.contains(w));
        self.products.iter().find(hit)?.ends
    }
}
