//! The catalogue: registers, items, findings, facts, periods, roles and tables, loaded from files
//! the caller read, checked as a whole, with every fault named by file, line and hint.

pub mod cond_def;
pub mod item;
mod load;
pub mod proof_def;

use std::collections::{HashMap, HashSet};

use crate::date::Day;
use crate::label::Label;
use crate::register::{Register, RegisterIx};
use crate::text::fold;

pub use item::{Chapter, Fact, Finding, Grant, Item, Management, Part, Period, Product, Role, Roles, Severity};
pub use load::{CatalogFile, Fault};

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
    /// SHA-256 over all files, hex; journaled and printed with every verdict.
    pub digest: String,
    by_key: HashMap<String, RegisterIx>,
    /// Registers whose records decisions approve version by version.
    approved: HashSet<RegisterIx>,
}

impl Catalog {
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

    /// Returns what an overlay loosened about a part (0-based positions of item and part).
    pub fn loosened(&self, item: usize, part: usize) -> impl Iterator<Item = &Label> {
        self.items.get(item).and_then(|i| i.parts.get(part)).into_iter().flat_map(|p| &p.loosened)
    }

    /// Returns the period named `key`.
    pub fn period(&self, key: &str) -> Option<&Period> {
        self.periods.iter().find(|p| p.key == key)
    }

    /// Returns the last day of support of what a free text names, when the table can tell.
    pub fn end_of_support(&self, text: &str) -> Option<Day> {
        let folded = fold(text);
        let hit = |p: &&Product| {
            p.words.iter().all(|w| folded.contains(&fold(w))) && !p.not.iter().any(|w| folded.contains(&fold(w)))
        };
        self.products.iter().find(hit)?.ends
    }
}
