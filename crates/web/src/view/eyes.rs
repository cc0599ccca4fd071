//! What one reader sees: fields by their sensitivity, and names of records only where register and headline are open.
//! Whatever a page writes of a record goes through here.

use akashi_domain::authz::{self, Action};
use akashi_domain::register::Sensitivity;
use akashi_domain::verdict::Evaluator;
use akashi_domain::verdict::explain::{headline, show};
use akashi_domain::{Field, Link, RegisterIx, Value, Version};

use crate::guard::seat::Seat;

/// A reader before the records; made once for a page.
pub(crate) struct Eyes<'a> {
    pub(crate) seat: &'a Seat,
    pub(crate) evaluator: &'a Evaluator,
    reads: Sensitivity,
    /// By register.
    open: Vec<Open>,
}

/// How far a register is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    No,
    /// Records are known by their numbers: the names are too sensitive.
    Codes,
    Names,
}

impl<'a> Eyes<'a> {
    pub(crate) fn new(seat: &'a Seat, evaluator: &'a Evaluator) -> Eyes<'a> {
        let reads = authz::reads(evaluator, &seat.ctx.actor);
        let open = |ix: usize| {
            let register = &evaluator.catalog().registers[ix];
            let named = register.headline.iter().all(|slot| register.slot(*slot).sensitivity <= reads);
            match (seat.reads(evaluator, RegisterIx(ix as u16)), named) {
                (false, _) => Open::No,
                (true, false) => Open::Codes,
                (true, true) => Open::Names,
            }
        };
        let open = (0..evaluator.catalog().registers.len()).map(open).collect();
        Eyes { seat, evaluator, reads, open }
    }

    /// Tells whether the reader may see a field.
    pub(crate) fn sees(&self, field: &Field) -> bool {
        field.sensitivity <= self.reads
    }

    /// Tells whether the reader may see every field up to a sensitivity.
    pub(crate) fn sees_all(&self, up_to: Sensitivity) -> bool {
        up_to <= self.reads
    }

    /// Tells whether the reader may open a record.
    pub(crate) fn opens(&self, version: &Version) -> bool {
        self.seat.may(self.evaluator, Action::Read, version.register, Some(version))
    }

    /// Tells whether the reader may open records of a register.
    pub(crate) fn reads(&self, register: RegisterIx) -> bool {
        self.open[usize::from(register.0)] != Open::No
    }

    /// Returns what names a record to this reader: its headline, else its number.
    pub(crate) fn name(&self, version: &Version) -> String {
        match self.open[usize::from(version.register.0)] {
            Open::Names => headline(version, self.evaluator.view(), self.seat.ctx.lang),
            _ => version.code.to_string(),
        }
    }

    /// Returns number and name, the number once.
    pub(crate) fn titled(&self, version: &Version) -> String {
        let name = self.name(version);
        if *name == *version.code { name } else { format!("{} {name}", version.code) }
    }

    /// Returns a value in words.
    pub(crate) fn words(&self, value: &Value, field: &Field) -> String {
        let comma = || self.seat.words().say("comma");
        match value {
            Value::Link(link) => self.link(link),
            Value::Links(links) => links.iter().map(|l| self.link(l)).collect::<Vec<_>>().join(&comma()),
            other => show(other, field, self.evaluator.view(), self.seat.ctx.lang),
        }
    }

    fn link(&self, link: &Link) -> String {
        match link {
            Link::Text(text) => text.to_string(),
            Link::To(id) => self.evaluator.view().get(*id).map_or_else(|| id.to_string(), |v| self.name(v)),
        }
    }
}
