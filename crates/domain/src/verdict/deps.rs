//! Which rows of a check another record's change can touch. Worked out once, from the compiled conditions,
//! so that a change re-judges a handful of rows instead of a register – through links and joins of any depth.

use std::collections::BTreeSet;

use crate::cond::{Compiler, Cond, DateTest, SpanRef};
use crate::expr::{ExprFault, Followed, Path, Reads};
use crate::index::{Hop, IndexIx, Indexes};
use crate::record::Version;
use crate::register::RegisterIx;
use crate::world::View;

/// What a check reads beyond the row itself.
#[derive(Clone, Debug, Default)]
pub struct Deps {
    /// The first is the check's own register; the others are reached by joins from one before.
    contexts: Vec<Context>,
    /// Facts the conditions read.
    pub facts: BTreeSet<String>,
    /// Periods the conditions measure by, by position in the catalogue.
    pub periods: BTreeSet<usize>,
    /// The day Akashi was adopted matters.
    pub adoption: bool,
}

/// Rows some conditions speak of.
#[derive(Clone, Debug)]
struct Context {
    register: RegisterIx,
    /// The context that joins these rows, and how.
    parent: Option<(usize, Join)>,
    /// Links that are followed from these rows, one after another.
    links: Vec<Hop>,
}

/// How rows of another register belong to one.
#[derive(Clone, Copy, Debug)]
enum Join {
    /// They point at it.
    Linked(IndexIx),
    /// They stand under the same key: theirs, its own.
    Match(IndexIx, IndexIx),
}

impl Deps {
    /// Works out the dependencies of a check's conditions.
    pub fn of<'c>(
        conditions: impl Iterator<Item = &'c Cond>,
        base: RegisterIx,
        compiler: &mut Compiler,
    ) -> Result<Deps, ExprFault> {
        let mut deps = Deps::default();
        deps.contexts.push(Context { register: base, parent: None, links: Vec::new() });
        for cond in conditions {
            deps.add(cond, 0, compiler)?;
        }
        Ok(deps)
    }

    /// `at` is the context the condition speaks of.
    fn add(&mut self, cond: &Cond, at: usize, compiler: &mut Compiler) -> Result<(), ExprFault> {
        match cond {
            Cond::Cel(expr) => self.reads(expr.reads(), at, compiler)?,
            Cond::Date { path, test, .. } => {
                self.measure(*test);
                self.paths([path], at, compiler)?;
            }
            Cond::Valid { from, to, open, .. } => {
                self.paths([from, to], at, compiler)?;
                if let Some(open) = open {
                    self.reads(open.reads(), at, compiler)?;
                }
            }
            Cond::Follows { from, to, span, .. } => {
                if let Some(SpanRef::Period(ix)) = span {
                    self.periods.insert(*ix);
                }
                self.paths([from, to], at, compiler)?;
            }
            Cond::Linked { index, register, conditions, .. } => {
                self.join(*register, at, Join::Linked(*index), *index, conditions, compiler)?;
            }
            Cond::Match { index, own, register, conditions, .. } => {
                self.paths(&own.paths, at, compiler)?;
                self.join(*register, at, Join::Match(*index, own.index), *index, conditions, compiler)?;
            }
            Cond::Twin { key, newer, among } => {
                let register = self.contexts[at].register;
                self.paths(key.paths.iter().chain(newer), at, compiler)?;
                self.join(register, at, Join::Match(key.index, key.index), key.index, among, compiler)?;
            }
            Cond::Rows { conditions, .. } | Cond::Not(conditions) => self.each(conditions, at, compiler)?,
            Cond::AnyOf(lists) => {
                for list in lists {
                    self.each(list, at, compiler)?;
                }
            }
            Cond::Fresh { slot, link, register, .. } => {
                let holder = self.contexts[at].register;
                let followed = Followed { register: holder, field: *slot, sub: Some(*link), to: vec![*register] };
                self.link(&followed, at, compiler)?;
            }
        }
        Ok(())
    }

    fn measure(&mut self, test: DateTest) {
        match test {
            DateTest::Within(SpanRef::Period(ix))
            | DateTest::Older(SpanRef::Period(ix))
            | DateTest::Soon(SpanRef::Period(ix))
            | DateTest::Lasts(SpanRef::Period(ix)) => drop(self.periods.insert(ix)),
            DateTest::Adopted => self.adoption = true,
            _ => {}
        }
    }

    fn each(&mut self, list: &[Cond], at: usize, compiler: &mut Compiler) -> Result<(), ExprFault> {
        list.iter().try_for_each(|c| self.add(c, at, compiler))
    }

    /// Opens a context for the rows of a join: what their keys and conditions read counts there.
    fn join(
        &mut self,
        register: RegisterIx,
        at: usize,
        join: Join,
        index: IndexIx,
        conditions: &[Cond],
        compiler: &mut Compiler,
    ) -> Result<(), ExprFault> {
        self.contexts.push(Context { register, parent: Some((at, join)), links: Vec::new() });
        let inner = self.contexts.len() - 1;
        let keys = compiler.indexes[index.0].paths.clone();
        self.paths(&keys, inner, compiler)?;
        self.each(conditions, inner, compiler)
    }

    fn reads(&mut self, reads: &Reads, at: usize, compiler: &mut Compiler) -> Result<(), ExprFault> {
        self.facts.extend(reads.facts.iter().cloned());
        reads.links.iter().try_for_each(|link| self.link(link, at, compiler))
    }

    fn paths<'p>(
        &mut self,
        paths: impl IntoIterator<Item = &'p Path>,
        at: usize,
        compiler: &mut Compiler,
    ) -> Result<(), ExprFault> {
        paths.into_iter().try_for_each(|path| self.reads(path.reads(), at, compiler))
    }

    fn link(&mut self, link: &Followed, at: usize, compiler: &mut Compiler) -> Result<(), ExprFault> {
        let hop = compiler.hop(link)?;
        let links = &mut self.contexts[at].links;
        if !links.contains(&hop) {
            links.push(hop);
        }
        Ok(())
    }

    /// Returns the rows of the check's register that a record standing at `at` of its register touches, as the
    /// indexes are now.
    pub fn touched(&self, version: &Version, at: u32, indexes: &Indexes, view: &View) -> BTreeSet<u32> {
        let mut out = BTreeSet::new();
        for (ix, context) in self.contexts.iter().enumerate() {
            let rows = context.reached(version, at, indexes, view);
            self.lift(ix, rows, &mut out, indexes, view);
        }
        out
    }

    /// Tells whether rows of the register are joined to those of the check.
    pub(super) fn joins(&self, register: RegisterIx) -> bool {
        self.contexts.iter().any(|c| c.parent.is_some() && c.register == register)
    }

    /// Tells whether a link that is followed leads to the record.
    pub(super) fn leads_to(&self, record: &Version, indexes: &Indexes, view: &View) -> bool {
        let mut led = self.contexts.iter().map(|c| indexes.readers(&c.links, c.register, record, view));
        led.any(|readers| !readers.is_empty())
    }

    /// From the rows of a context to those of the check.
    fn lift(&self, ix: usize, rows: BTreeSet<u32>, out: &mut BTreeSet<u32>, indexes: &Indexes, view: &View) {
        let (mut ix, mut rows) = (ix, rows);
        while let Some((parent, join)) = self.contexts[ix].parent.filter(|_| !rows.is_empty()) {
            let above = self.contexts[parent].register;
            rows = rows.into_iter().flat_map(|at| join.owners(at, above, indexes, view)).collect();
            ix = parent;
        }
        out.extend(rows);
    }
}

impl Context {
    /// The context's rows that read the record: the record itself, and those whose links lead to it.
    fn reached(&self, version: &Version, at: u32, indexes: &Indexes, view: &View) -> BTreeSet<u32> {
        let mut out = indexes.readers(&self.links, self.register, version, view);
        out.extend((version.register == self.register).then_some(at));
        out
    }
}

impl Join {
    /// The rows of register `above` to which the joined row at `at` belongs.
    fn owners(self, at: u32, above: RegisterIx, indexes: &Indexes, view: &View) -> Vec<u32> {
        match self {
            Join::Linked(index) => {
                let places = indexes.keys(index, at).iter().filter_map(|key| key.place(view));
                places.filter(|p| p.0 == above).map(|p| p.1).collect()
            }
            Join::Match(index, own) => {
                let owners = indexes.keys(index, at).iter().flat_map(|key| indexes.get(own, *key));
                owners.map(|e| e.0).collect()
            }
        }
    }
}
