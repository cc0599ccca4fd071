//! All header words of the catalogue, to tell header rows from data. Which field a word belongs to is the mapping's work.

use std::collections::HashSet;

use akashi_domain::Catalog;
use akashi_domain::register::{Field, FieldKind};

use crate::sheet::words::{head_base, head_key, head_parts};

/// Every word that may head a column.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    words: HashSet<String>,
}

impl Lexicon {
    /// Collects the header words of all registers.
    pub fn new(catalog: &Catalog) -> Lexicon {
        let mut out = Lexicon::default();
        for field in catalog.registers.iter().flat_map(|r| r.fields()) {
            out.add(field);
        }
        out
    }

    fn add(&mut self, field: &Field) {
        let titles = [&field.title.ja, &field.title.en];
        self.words.extend(field.words.iter().chain(titles).map(|w| head_key(w)).filter(|w| !w.is_empty()));
        if let FieldKind::Rows(fields) = &field.kind {
            for inner in fields {
                self.add(inner);
                // Columns may be headed by an option of the rows: one column per clause.
                let options = inner.options().iter().flat_map(|o| o.words.iter().chain([&o.title.ja]));
                self.words.extend(options.map(|w| head_key(w)).filter(|w| w.chars().count() >= 3));
            }
        }
    }

    /// Returns 1 for a known header, 0.8 for one with a remark behind it, 0 for others.
    pub fn weight(&self, label: &str) -> f32 {
        if self.words.contains(&head_key(label)) {
            return 1.0;
        }
        let based = head_base(label).is_some_and(|b| self.words.contains(&b));
        let last = label
            .rsplit('/')
            .next()
            .filter(|l| l.len() < label.len())
            .is_some_and(|l| self.words.contains(&head_key(l)));
        let part = || head_parts(label).iter().any(|p| self.words.contains(p));
        if based || last || part() { 0.8 } else { 0.0 }
    }
}
