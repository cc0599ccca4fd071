//! Which rows of a check another record's change can touch. Worked out once, from the compiled
//! conditions, so that a change re-judges a handful of rows instead of a register.

use std::collections::BTreeSet;

use crate::cond::{Compiler, Cond, DateTest, SpanRef};
use crate::expr::{ExprFault, Followed, Path, Reads};
use crate::index::{IndexIx, Indexes, KeyHash};
use crate::record::Version;
use crate::register::RegisterIx;
use crate::world::View;

/// What a check reads beyond the row itself.
#[derive(Clone, Debug, Default)]
pub struct Deps {
    /// A change in the register touches the rows that link to it, found by the index.
    links: Vec<(RegisterIx, IndexIx)>,
    /// A change of a pointing record touches the records it points at.
    linked: Vec<(RegisterIx, IndexIx)>,
    /// A change under some keys touches own rows under the same keys.
    matches: Vec<(RegisterIx, IndexIx, IndexIx)>,
    /// Rows of the same register under the same keys.
    twins: Vec<IndexIx>,
    /// Any change in these registers touches every row.
    broad: BTreeSet<RegisterIx>,
    /// Facts the conditions read.
    pub facts: BTreeSet<String>,
    /// Periods the conditions measure by, by position in the catalogue.
    pub periods: BTreeSet<usize>,
    /// The day Akashi was adopted matters.
    pub adoption: bool,
}

/// Rows to judge again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touched {
    Rows(BTreeSet<u32>),
    Everything,
}

impl Deps {
    /// Works out the dependencies of a check's conditions.
    pub fn of<'c>(
        conditions: impl Iterator<Item = &'c Cond>,
        base: RegisterIx,
        compiler: &mut Compiler,
    ) -> Result<Deps, ExprFault> {
        let mut deps = Deps::default();
        for cond in conditions {
            deps.add(cond, base, base, compiler)?;
        }
        Ok(deps)
    }

    /// `at` is the register the condition speaks of; it differs from `base` inside joins.
    fn add(&mut self, cond: &Cond, at: RegisterIx, base: RegisterIx, compiler: &mut Compiler) -> Result<(), ExprFault> {
        match cond {
            Cond::Cel(expr) => self.reads(expr.reads(), at, base, compiler)?,
            Cond::Date { path, test, .. } => {
                self.measure(*test);
                self.path(path, at, base, compiler)?;
            }
            Cond::Valid { from, to, open, .. } => {
                self.path(from, at, base, compiler)?;
                self.path(to, at, base, compiler)?;
                if let Some(open) = open {
                    self.reads(open.reads(), at, base, compiler)?;
                }
            }
            Cond::Follows { from, to, span, .. } => {
                if let Some(SpanRef::Period(ix)) = span {
                    self.periods.insert(*ix);
                }
                self.path(from, at, base, compiler)?;
                self.path(to, at, base, compiler)?;
            }
            Cond::Linked { index, register, conditions, .. } => {
                self.join(*register, at == base, |d| d.linked.push((*register, *index)));
                self.broad.extend(compiler.indexes[index.0].follows());
                self.nested(conditions, *register, compiler)?;
            }
            Cond::Match { index, own, register, conditions, .. } => {
                self.join(*register, at == base, |d| d.matches.push((*register, *index, own.index)));
                self.broad.extend(compiler.indexes[index.0].follows());
                for path in &own.paths {
                    self.path(path, at, base, compiler)?;
                }
                self.nested(conditions, *register, compiler)?;
            }
            Cond::Twin { key, among } => {
                self.join(at, at == base, |d| d.twins.push(key.index));
                self.broad.extend(compiler.indexes[key.index.0].follows());
                self.nested(among, at, compiler)?;
            }
            Cond::Rows { conditions, .. } | Cond::Not(conditions) => self.each(conditions, at, base, compiler)?,
            Cond::AnyOf(lists) => {
                for list in lists {
                    self.each(list, at, base, compiler)?;
                }
            }
            Cond::Fresh { register, .. } => drop(self.broad.insert(*register)),
        }
        Ok(())
    }

    fn measure(&mut self, test: DateTest) {
        match test {
            DateTest::Within(SpanRef::Period(ix))
            | DateTest::Older(SpanRef::Period(ix))
            | DateTest::Soon(SpanRef::Period(ix)) => drop(self.periods.insert(ix)),
            DateTest::Adopted => self.adoption = true,
            _ => {}
        }
    }

    fn each(
        &mut self,
        list: &[Cond],
        at: RegisterIx,
        base: RegisterIx,
        compiler: &mut Compiler,
    ) -> Result<(), ExprFault> {
        list.iter().try_for_each(|c| self.add(c, at, base, compiler))
    }

    /// Conditions about another register's rows: what they read elsewhere touches every row.
    fn nested(&mut self, list: &[Cond], at: RegisterIx, compiler: &mut Compiler) -> Result<(), ExprFault> {
        /// No register: whatever the conditions follow lies beyond the rows that are found by index.
        const NOWHERE: RegisterIx = RegisterIx(u16::MAX);
        self.each(list, at, NOWHERE, compiler)
    }

    fn join(&mut self, register: RegisterIx, direct: bool, add: impl FnOnce(&mut Deps)) {
        if direct {
            add(self);
        } else {
            self.broad.insert(register);
        }
    }

    fn reads(
        &mut self,
        reads: &Reads,
        at: RegisterIx,
        base: RegisterIx,
        compiler: &mut Compiler,
    ) -> Result<(), ExprFault> {
        self.facts.extend(reads.facts.iter().cloned());
        for link in &reads.links {
            self.link(link, (at, base), compiler)?;
        }
        Ok(())
    }

    fn path(
        &mut self,
        path: &Path,
        at: RegisterIx,
        base: RegisterIx,
        compiler: &mut Compiler,
    ) -> Result<(), ExprFault> {
        self.reads(path.reads(), at, base, compiler)
    }

    fn link(
        &mut self,
        link: &Followed,
        (at, base): (RegisterIx, RegisterIx),
        compiler: &mut Compiler,
    ) -> Result<(), ExprFault> {
        let targets: Vec<RegisterIx> = match link.to.as_slice() {
            [] => (0..compiler.catalog.registers.len() as u16).map(RegisterIx).collect(),
            to => to.to_vec(),
        };
        if link.register != base || at != base {
            self.broad.extend(targets);
            return Ok(());
        }
        let index = compiler.link_index(link)?;
        self.links.extend(targets.iter().map(|t| (*t, index)));
        Ok(())
    }

    /// Returns the rows of `base` that a record standing at `at` of its register touches as the indexes are now.
    pub fn touched(&self, base: RegisterIx, version: &Version, at: u32, indexes: &Indexes, view: &View) -> Touched {
        if self.broad.contains(&version.register) {
            return Touched::Everything;
        }
        let mut rows = BTreeSet::new();
        if version.register == base {
            rows.insert(at);
        }
        for (_, index) in self.links.iter().filter(|l| l.0 == version.register) {
            rows.extend(indexes.get(*index, KeyHash::of(version.id)).iter().map(|e| e.0));
        }
        for (_, index) in self.linked.iter().filter(|l| l.0 == version.register) {
            let places = indexes.keys(*index, at).iter().filter_map(|key| key.place(view));
            rows.extend(places.filter(|p| p.0 == base).map(|p| p.1));
        }
        for (_, index, own) in self.matches.iter().filter(|m| m.0 == version.register) {
            rows.extend(indexes.keys(*index, at).iter().flat_map(|key| indexes.get(*own, *key)).map(|e| e.0));
        }
        for index in self.twins.iter().filter(|_| version.register == base) {
            rows.extend(indexes.keys(*index, at).iter().flat_map(|key| indexes.get(*index, *key)).map(|e| e.0));
        }
        Touched::Rows(rows)
    }
}
