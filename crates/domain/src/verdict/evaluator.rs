//! Runs the compiled catalogue over a view and keeps every answer up to date: a changed record
//! re-judges the rows it touches, a passing day those whose answer turns.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::ahead::Horizon;
use super::check::{Check, CheckIx, Memo, Mode, Row};
use super::facts::{self, FactState};
use super::judge::{Answers, Exception};
use super::program::{PartPlan, Program};
use super::resting::RestingParts;
use crate::catalog::{Catalog, Item};
use crate::cond::Frame;
use crate::date::{Day, Span};
use crate::expr::{Expr, Tri};
use crate::index::Indexes;
use crate::record::{RecordId, Version};
use crate::value::Link;
use crate::world::{View, World};

/// The compiled catalogue over one view. Clones share what neither of them changes.
#[derive(Clone, Debug)]
pub struct Evaluator {
    pub(super) program: Arc<Program>,
    pub(super) view: View,
    pub(super) indexes: Arc<Indexes>,
    pub(super) periods: Vec<Span>,
    pub(super) facts: BTreeMap<String, FactState>,
    pub(super) memos: Vec<Arc<Memo>>,
    /// What each check of kind share asks for.
    pub(super) percents: Vec<usize>,
    pub(super) exceptions: Vec<Exception>,
    pub(super) horizon: Horizon,
    /// Parts that would have to look at rows that are gone now.
    pub(super) resting: RestingParts,
}

/// What a change turned.
#[derive(Default)]
struct Changed {
    checks: BTreeSet<CheckIx>,
    facts: BTreeSet<String>,
    /// Every part may be another: exceptions, target dates or periods changed.
    all: bool,
}

impl Evaluator {
    /// Judges everything once.
    pub fn new(program: Arc<Program>, view: View) -> Evaluator {
        let catalog = view.catalog.clone();
        let indexes = Arc::new(Indexes::build(&program.indexes, &view));
        let mut out = Evaluator {
            periods: facts::periods(&catalog, &view),
            percents: program.checks.iter().map(|c| percent(&c.mode, &view)).collect(),
            memos: vec![Arc::default(); program.checks.len()],
            facts: BTreeMap::new(),
            exceptions: Exception::all(&view),
            horizon: Horizon::new(program.parts.len()),
            resting: RestingParts::new(),
            program,
            view,
            indexes,
        };
        let implied: BTreeSet<CheckIx> = out.program.facts.iter().flat_map(|f| f.implied.iter().copied()).collect();
        out.rebuild(implied.iter().copied());
        out.facts = out.judge_facts();
        out.rebuild((0..out.program.checks.len()).filter(|ix| !implied.contains(ix)));
        out.resting = out.find_resting();
        out
    }

    /// Returns the same, with words that name no values of rows: codes, titles and counts only. For verdicts that are
    /// kept, and must not keep what their rows said.
    pub fn terse(&self) -> Evaluator {
        let mut out = self.clone();
        out.view.terse = true;
        out
    }

    /// Returns the records judged.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Returns the catalogue judged by.
    pub fn catalog(&self) -> &Catalog {
        &self.view.catalog
    }

    /// Returns the compiled catalogue.
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// Returns the facts as they stand.
    pub fn facts(&self) -> &BTreeMap<String, FactState> {
        &self.facts
    }

    /// Judges an expression over facts.
    pub fn fact_test(&self, expr: &Expr) -> Tri {
        Answers::fact_test(self, expr)
    }

    /// Returns the length of a period as the hospital set it.
    pub fn period(&self, key: &str) -> Option<Span> {
        self.catalog().periods.iter().position(|p| p.key == key).map(|ix| self.periods[ix])
    }

    pub(super) fn profile_period(&self) -> Span {
        self.period("profile").unwrap_or(Span { months: 12, days: 0 })
    }

    /// Returns the item of a part.
    pub fn item(&self, part: &PartPlan) -> &Item {
        &self.catalog().items[part.item]
    }

    /// Returns the value of a part alone, without words or lapse: what a board needs.
    pub fn value(&self, ix: usize) -> super::Judged {
        self.part_value(&self.program.parts[ix])
    }

    pub(super) fn check(&self, ix: CheckIx) -> &Check {
        &self.program.checks[ix]
    }

    /// Returns the rows a finding names, by position in [`Program::findings`].
    pub fn finding_rows(&self, ix: usize) -> Vec<Arc<Version>> {
        let check = self.program.findings[ix].check;
        let rows = self.view.rows(self.check(check).register);
        self.memos[check].rows(|r| r == Row::Pass).map(|at| rows[at as usize].clone()).collect()
    }

    /// Returns how many rows a finding names.
    pub fn finding_count(&self, ix: usize) -> usize {
        self.memos[self.program.findings[ix].check].tally.pass
    }

    fn rebuild(&mut self, checks: impl Iterator<Item = CheckIx>) {
        let mut memos = std::mem::take(&mut self.memos);
        let program = self.program.clone();
        self.framed(|frame| checks.for_each(|ix| memos[ix] = Arc::new(Memo::build(&program.checks[ix], frame))));
        self.memos = memos;
    }

    /// Runs `f` with everything conditions need.
    pub(crate) fn framed<T>(&self, f: impl FnOnce(&Frame) -> T) -> T {
        f(&Frame {
            view: &self.view,
            indexes: &self.indexes,
            periods: &self.periods,
            facts: &|key: &str| self.fact(key),
            day: self.view.as_of,
        })
    }

    fn judge_facts(&self) -> BTreeMap<String, FactState> {
        let profile = self.profile_period();
        let state = |ix: usize, key: &str| {
            let rows = self.program.facts[ix].implied.iter().map(|c| self.memos[*c].tally.pass).sum();
            facts::fact(key, rows, &self.view, profile, self.view.as_of)
        };
        self.catalog().facts.iter().enumerate().map(|(ix, f)| (f.key.clone(), state(ix, &f.key))).collect()
    }

    /// Takes a new version in; returns the positions of the parts whose answer may have changed.
    ///
    /// A version that begins to be true later is kept for that day. [`Evaluator::learn`] knows which of a
    /// record's versions count; this takes the one given.
    pub fn apply(&mut self, version: Arc<Version>) -> BTreeSet<usize> {
        let changed = match version.valid_from.map(|d| d.first()).filter(|d| *d > self.view.as_of) {
            Some(day) => {
                self.view.expect(day, version);
                Changed { all: true, ..Changed::default() }
            }
            None => self.take(version),
        };
        self.finish(changed)
    }

    /// Takes in whatever the world knows about a record: its version of today and those that begin later.
    pub fn learn(&mut self, world: &World, id: RecordId) -> BTreeSet<usize> {
        if self.view.lay_to_rest(world) {
            self.resting = self.find_resting();
        }
        let mut changed = self.adopt(world.adopted());
        changed.all |= self.view.expect_all(world.history(id));
        if let Some(picked) = world.pick(id, self.view.as_of, self.view.known_at)
            && self.view.position_of(picked).is_none()
        {
            changed.join(self.take(picked.clone()));
        }
        self.finish(changed)
    }

    /// Takes over the day of the first record, which may be one that is not true yet.
    fn adopt(&mut self, day: Option<Day>) -> Changed {
        let mut changed = Changed::default();
        if self.view.adopted != day {
            self.view.adopted = day;
            let mut touched = vec![Some(BTreeSet::new()); self.program.checks.len()];
            self.touch_all(&mut touched, |check| check.reads.adoption);
            changed.checks = self.refresh(touched);
            self.refacts(&mut changed);
        }
        changed
    }

    /// Lets time pass to `day`: versions that begin on the way are taken in, rows whose answer turns judged again.
    ///
    /// Going back judges everything again over the same records; the caller sees to it that they were true then.
    pub fn advance(&mut self, day: Day) -> BTreeSet<usize> {
        let every = (0..self.program.parts.len()).collect();
        if day < self.view.as_of {
            self.view.as_of = day;
            *self = Evaluator::new(self.program.clone(), self.view.clone());
            return every;
        }
        let begun = self.view.begin(day);
        let due = self.memos.iter().map(|m| Some(m.due(day).collect())).collect();
        let mut changed = Changed { checks: self.refresh(due), ..Changed::default() };
        self.refacts(&mut changed);
        self.horizon.pass(day);
        if !begun.is_empty() {
            begun.into_iter().for_each(|version| changed.join(self.take(version)));
            self.finish(changed);
        }
        // The day on which a row was still there may be over: what read it is judged again and rests on nothing.
        if !self.resting.is_empty() {
            self.resting = self.find_resting();
        }
        every
    }

    /// Puts a version that is true today into the view and judges again what it touches.
    fn take(&mut self, version: Arc<Version>) -> Changed {
        let mut touched: Vec<Option<BTreeSet<u32>>> = vec![Some(BTreeSet::new()); self.program.checks.len()];
        if let Some((_, at)) = self.view.place(version.id) {
            self.collect(&version, at, &mut touched);
        }
        let adopted = self.view.adopted;
        self.view.put(version.clone());
        let Some((register, at)) = self.view.place(version.id) else { return Changed::default() };
        Arc::make_mut(&mut self.indexes).refresh(&version, at, &self.view);
        self.collect(&version, at, &mut touched);
        if self.view.adopted != adopted {
            self.touch_all(&mut touched, |check| check.reads.adoption);
        }
        let key = self.catalog().register(register).key.clone();
        let all = self.bears_on_all(&key, version.id) | self.new_periods(&key, &mut touched);
        if matches!(key.as_str(), "override" | "decision") {
            self.exceptions = Exception::all(&self.view);
        }
        let mut changed = Changed { checks: self.refresh(touched), all, ..Changed::default() };
        let bears = self.facts_borne_on(key == "profile", &changed.checks);
        if changed.all || !bears.is_empty() {
            self.refacts(&mut changed);
        }
        changed.facts.extend(bears);
        changed
    }

    /// Facts that may turn on another day than before, although they are today what they were: an answer changed
    /// that records imply anyway, or a row that implies the fact goes on longer.
    fn facts_borne_on(&self, profile: bool, checks: &BTreeSet<CheckIx>) -> Vec<String> {
        let facts = self.catalog().facts.iter().zip(&self.program.facts);
        let bears = facts.filter(|(_, plan)| profile || plan.implied.iter().any(|c| checks.contains(c)));
        bears.map(|(fact, _)| fact.key.clone()).collect()
    }

    /// Whether a record of the register may turn parts without any check: an exception or what approves one, a target date.
    fn bears_on_all(&self, register: &str, id: RecordId) -> bool {
        let approves = |v: &Arc<Version>| v.get(self.view.register(v), "approval").links().contains(&&Link::To(id));
        match register {
            "override" | "compliance-item" => true,
            "decision" => self.view.rows_of("override").iter().any(approves),
            _ => false,
        }
    }

    fn collect(&self, version: &Version, at: u32, touched: &mut [Option<BTreeSet<u32>>]) {
        for (check, rows) in self.program.checks.iter().zip(touched) {
            if let Some(known) = rows {
                known.extend(check.reads.touched(version, at, &self.indexes, &self.view));
            }
        }
    }

    fn touch_all(&self, touched: &mut [Option<BTreeSet<u32>>], wanted: impl Fn(&Check) -> bool) {
        let checks = self.program.checks.iter().zip(touched);
        checks.filter(|(check, _)| wanted(check)).for_each(|(_, rows)| *rows = None);
    }

    /// Works out periods and percentages after a change in the register; tells whether they changed.
    fn new_periods(&mut self, register: &str, touched: &mut [Option<BTreeSet<u32>>]) -> bool {
        if !facts::sets_periods(register) {
            return false;
        }
        let periods = facts::periods(&self.view.catalog, &self.view);
        let percents: Vec<usize> = self.program.checks.iter().map(|c| percent(&c.mode, &self.view)).collect();
        let differs: BTreeSet<usize> = (0..periods.len()).filter(|ix| periods[*ix] != self.periods[*ix]).collect();
        self.touch_all(touched, |check| check.reads.periods.iter().any(|p| differs.contains(p)));
        let changed = !differs.is_empty() || percents != self.percents;
        (self.periods, self.percents) = (periods, percents);
        changed
    }

    fn refresh(&mut self, touched: Vec<Option<BTreeSet<u32>>>) -> BTreeSet<CheckIx> {
        let mut memos = std::mem::take(&mut self.memos);
        let program = self.program.clone();
        let mut changed = BTreeSet::new();
        self.framed(|frame| {
            for (ix, rows) in touched.into_iter().enumerate() {
                let check = &program.checks[ix];
                match rows {
                    None => memos[ix] = Arc::new(Memo::build(check, frame)),
                    Some(rows) if rows.is_empty() => continue,
                    Some(rows) => {
                        let memo = Arc::make_mut(&mut memos[ix]);
                        rows.into_iter().for_each(|at| memo.refresh(check, frame, at));
                    }
                }
                changed.insert(ix);
            }
        });
        self.memos = memos;
        changed
    }

    /// Works the facts out again, and the checks that read those that turned.
    fn refacts(&mut self, changed: &mut Changed) {
        let facts = self.judge_facts();
        let old = std::mem::replace(&mut self.facts, facts);
        let differs = self.facts.iter().filter(|(key, state)| old.get(*key) != Some(state));
        changed.facts.extend(differs.map(|(key, _)| key.clone()));
        let turned: BTreeSet<&String> =
            self.facts.iter().filter(|(k, s)| old.get(*k).map(|o| o.value) != Some(s.value)).map(|(k, _)| k).collect();
        let reads = |c: &Check| c.reads.facts.iter().any(|f| turned.contains(f));
        let checks: Vec<CheckIx> = (0..self.program.checks.len()).filter(|ix| reads(self.check(*ix))).collect();
        changed.checks.extend(&checks);
        self.rebuild(checks.into_iter());
    }

    /// Forgets what was looked ahead for the parts a change may have turned, and returns them.
    fn finish(&mut self, changed: Changed) -> BTreeSet<usize> {
        // A version that begins later may bring together what does not touch today.
        let any = changed.all || !self.view.ahead.is_empty();
        let reads = |part: &PartPlan| {
            any || part.checks.iter().any(|c| self.turned(*c, &changed))
                || part.facts.iter().any(|f| changed.facts.contains(f))
                || self.cover(part).is_some_and(|c| self.turned(c, &changed))
        };
        let parts = self.program.parts.iter().enumerate().filter(|(_, p)| reads(p));
        let parts: BTreeSet<usize> = parts.map(|(ix, _)| ix).collect();
        self.horizon.forget(parts.iter());
        parts
    }

    /// Whether a check changed, or a fact it reads may turn on another day than before.
    fn turned(&self, ix: CheckIx, changed: &Changed) -> bool {
        changed.checks.contains(&ix) || self.check(ix).reads.facts.iter().any(|f| changed.facts.contains(f))
    }
}

impl Changed {
    fn join(&mut self, other: Changed) {
        self.checks.extend(other.checks);
        self.facts.extend(other.facts);
        self.all |= other.all;
    }
}

fn percent(mode: &Mode, view: &View) -> usize {
    match mode {
        Mode::Share { rule } => facts::percent(rule.as_deref(), view),
        _ => 100,
    }
}
