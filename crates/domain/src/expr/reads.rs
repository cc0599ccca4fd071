//! What an expression or path may read: the engine evaluates again only what a change can touch.

use std::collections::BTreeSet;

use crate::register::RegisterIx;

/// Static dependencies, a superset of what one evaluation reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// Slots of `r` that are read, links that are followed included.
    pub fields: BTreeSet<usize>,
    /// The state of `r` is read (`r.status`, `live(r)`).
    pub status: bool,
    /// Links that are followed, from `r` or from records reached before.
    pub links: BTreeSet<Followed>,
    /// Slots of other records read through links.
    pub far: BTreeSet<(RegisterIx, usize)>,
    /// Keys of the facts read.
    pub facts: BTreeSet<String>,
    /// `s` is read.
    pub row: bool,
}

/// A link field that is followed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Followed {
    /// Register that holds the link.
    pub register: RegisterIx,
    /// Slot of the link, or of the rows that hold it.
    pub field: usize,
    /// Slot inside the rows.
    pub sub: Option<usize>,
    /// Registers it may lead to.
    pub to: Vec<RegisterIx>,
}

impl Reads {
    /// Adds what another expression reads.
    pub fn merge(&mut self, other: &Reads) {
        self.fields.extend(&other.fields);
        self.status |= other.status;
        self.links.extend(other.links.iter().cloned());
        self.far.extend(&other.far);
        self.facts.extend(other.facts.iter().cloned());
        self.row |= other.row;
    }

    /// Returns the registers other than `r`'s own whose records may be read.
    pub fn registers(&self) -> BTreeSet<RegisterIx> {
        self.links.iter().flat_map(|l| l.to.iter().copied()).collect()
    }
}
