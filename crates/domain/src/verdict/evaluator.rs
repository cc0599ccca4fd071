//! Runs the compiled catalogue over a view and keeps every answer up to date: a changed record
//! re-judges the rows it touches, a passing day those whose answer turns.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::check::{Check, CheckIx, Memo, Mode, Row};
use super::deps::Touched;
use super::facts::{self, FactState};
use super::program::{PartPlan, Plan, Program};
use super::{Judged, Progress, Verdict, join};
use crate::catalog::{Catalog, Item};
use crate::cond::{Flip, Frame, days};
use crate::date::{Day, Span};
use crate::expr::{Env, Expr, Tri};
use crate::index::Indexes;
use crate::label::Label;
use crate::record::Version;
use crate::value::{Link, Value};
use crate::world::View;

/// The compiled catalogue over one view.
#[derive(Clone, Debug)]
pub struct Evaluator {
    pub(super) program: Arc<Program>,
    pub(super) view: View,
    pub(super) indexes: Indexes,
    pub(super) periods: Vec<Span>,
    pub(super) facts: BTreeMap<String, FactState>,
    pub(super) memos: Vec<Memo>,
    percents: Vec<usize>,
}

/// What a plan comes to, before item rules.
#[derive(Clone, Debug)]
pub(super) struct Judgement {
    pub(super) value: Judged,
    pub(super) population: usize,
    pub(super) because: Label,
    pub(super) legacy: bool,
    /// Nothing at all was recorded.
    pub(super) empty: bool,
}

impl Evaluator {
    /// Judges everything once.
    pub fn new(program: Arc<Program>, view: View) -> Evaluator {
        let catalog = view.catalog.clone();
        let indexes = Indexes::build(&program.indexes, &view);
        let mut out = Evaluator {
            periods: facts::periods(&catalog, &view),
            percents: program.checks.iter().map(|c| percent(&c.mode, &view)).collect(),
            memos: vec![Memo::default(); program.checks.len()],
            facts: BTreeMap::new(),
            program,
            view,
            indexes,
        };
        let implied: BTreeSet<CheckIx> = out.program.facts.iter().flat_map(|f| f.implied.iter().copied()).collect();
        out.rebuild(implied.iter().copied());
        out.facts = out.judge_facts();
        out.rebuild((0..out.program.checks.len()).filter(|ix| !implied.contains(ix)));
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

    /// Returns the length of a period as the hospital set it.
    pub fn period(&self, key: &str) -> Option<Span> {
        self.catalog().periods.iter().position(|p| p.key == key).map(|ix| self.periods[ix])
    }

    fn rebuild(&mut self, checks: impl Iterator<Item = CheckIx>) {
        let mut memos = std::mem::take(&mut self.memos);
        let program = self.program.clone();
        self.framed(|frame| checks.for_each(|ix| memos[ix] = Memo::build(&program.checks[ix], frame)));
        self.memos = memos;
    }

    /// Runs `f` with everything conditions need.
    pub(super) fn framed<T>(&self, f: impl FnOnce(&Frame) -> T) -> T {
        let facts = |key: &str| self.facts.get(key).map_or(Tri::Unknown, |s| s.value);
        f(&Frame {
            view: &self.view,
            indexes: &self.indexes,
            periods: &self.periods,
            facts: &facts,
            day: self.view.as_of,
        })
    }

    fn judge_facts(&self) -> BTreeMap<String, FactState> {
        let catalog = self.catalog();
        let profile = catalog
            .periods
            .iter()
            .position(|p| p.key == "profile")
            .map_or(Span { months: 12, days: 0 }, |ix| self.periods[ix]);
        let state = |ix: usize, key: &str| {
            let implied = &self.program.facts[ix].implied;
            let rows = implied.iter().map(|c| self.memos[*c].tally.pass).sum();
            let mut flip = Flip::default();
            implied.iter().flat_map(|c| &self.memos[*c].cells).for_each(|cell| flip.join(cell.flip));
            facts::fact(key, (rows, flip), &self.view, profile, self.view.as_of)
        };
        catalog.facts.iter().enumerate().map(|(ix, f)| (f.key.clone(), state(ix, &f.key))).collect()
    }

    /// Takes a new version in; returns the positions of the parts whose answer may have changed.
    pub fn apply(&mut self, version: Arc<Version>) -> BTreeSet<usize> {
        let mut touched: Vec<Option<BTreeSet<u32>>> = vec![Some(BTreeSet::new()); self.program.checks.len()];
        if let Some((_, at)) = self.view.place(version.id) {
            self.collect(&version, at, &mut touched);
        }
        self.view.put(version.clone());
        let Some((register, at)) = self.view.place(version.id) else { return BTreeSet::new() };
        self.indexes.refresh(register, at, &self.view);
        self.collect(&version, at, &mut touched);
        let catalog = self.view.catalog.clone();
        let definition = catalog.register(register);
        if facts::sets_periods(&catalog, definition) && self.periods_changed() {
            return self.restart();
        }
        let mut changed = self.refresh(touched);
        if self.facts_changed(definition.key == "profile" || !changed.is_empty()) {
            changed.extend(self.program.reads_facts());
            let all = self.program.clone().reads_facts().collect::<Vec<_>>();
            self.rebuild(all.into_iter());
            return (0..self.program.parts.len()).collect();
        }
        let by_register = definition.key == "override" || definition.key == "compliance-item";
        self.parts_reading(&changed, by_register)
    }

    fn collect(&self, version: &Version, at: u32, touched: &mut [Option<BTreeSet<u32>>]) {
        for (check, rows) in self.program.checks.iter().zip(touched) {
            let Some(known) = rows else { continue };
            match check.reads.touched(check.register, version, at, &self.indexes, &self.view) {
                Touched::Everything => *rows = None,
                Touched::Rows(more) => known.extend(more),
            }
        }
    }

    fn refresh(&mut self, touched: Vec<Option<BTreeSet<u32>>>) -> BTreeSet<CheckIx> {
        let mut memos = std::mem::take(&mut self.memos);
        let program = self.program.clone();
        let mut changed = BTreeSet::new();
        self.framed(|frame| {
            for (ix, rows) in touched.into_iter().enumerate() {
                let check = &program.checks[ix];
                match rows {
                    None => memos[ix] = Memo::build(check, frame),
                    Some(rows) if rows.is_empty() => continue,
                    Some(rows) => rows.into_iter().for_each(|at| memos[ix].refresh(check, frame, at)),
                }
                changed.insert(ix);
            }
        });
        self.memos = memos;
        changed
    }

    fn periods_changed(&mut self) -> bool {
        let periods = facts::periods(&self.view.catalog, &self.view);
        let percents: Vec<usize> = self.program.checks.iter().map(|c| percent(&c.mode, &self.view)).collect();
        let changed = periods != self.periods || percents != self.percents;
        (self.periods, self.percents) = (periods, percents);
        changed
    }

    fn restart(&mut self) -> BTreeSet<usize> {
        let empty = View::empty(self.view.catalog.clone(), self.view.as_of, None);
        let view = std::mem::replace(&mut self.view, empty);
        *self = Evaluator::new(self.program.clone(), view);
        (0..self.program.parts.len()).collect()
    }

    fn facts_changed(&mut self, worth_looking: bool) -> bool {
        if !worth_looking {
            return false;
        }
        let facts = self.judge_facts();
        let changed = facts.iter().any(|(k, s)| self.facts.get(k).is_none_or(|old| old.value != s.value));
        self.facts = facts;
        changed
    }

    fn parts_reading(&self, checks: &BTreeSet<CheckIx>, all: bool) -> BTreeSet<usize> {
        let reads = |p: &PartPlan| {
            all || p.plan.checks().iter().any(|c| checks.contains(c))
                || self.cover(p).is_some_and(|c| checks.contains(&c))
        };
        self.program.parts.iter().enumerate().filter(|(_, p)| reads(p)).map(|(ix, _)| ix).collect()
    }

    /// Lets time pass to `day`; only rows whose answer turns are judged again.
    pub fn advance(&mut self, day: Day) -> BTreeSet<usize> {
        self.view.as_of = day;
        let due = self.memos.iter().map(|m| Some(m.due(day).into_iter().collect())).collect();
        let changed = self.refresh(due);
        if self.facts_changed(true) {
            let all = self.program.clone().reads_facts().collect::<Vec<_>>();
            self.rebuild(all.into_iter());
            return (0..self.program.parts.len()).collect();
        }
        self.parts_reading(&changed, true)
    }

    /// Returns the item and part of a plan.
    pub fn item(&self, part: &PartPlan) -> &Item {
        &self.catalog().items[part.item]
    }

    fn cover(&self, part: &PartPlan) -> Option<CheckIx> {
        self.program.simplify.get(self.item(part).simplify.as_ref()?).copied()
    }

    /// Returns the verdict on the part at position `ix` of the program.
    pub fn verdict(&self, ix: usize) -> Verdict {
        let part = &self.program.parts[ix];
        if let Some(out) = self.overridden(part) {
            return out;
        }
        let mut fact_flip = Flip::default();
        match self.applies(part, &mut fact_flip) {
            Some((Judged::NotApplicable, because)) => return settled(Judged::NotApplicable, because, fact_flip.0),
            Some((value, because)) => return open(value, 0, because, self.progress(part, true)),
            None => {}
        }
        let j = self.judge(&part.plan);
        if j.value.is_settled() {
            let lapses = earliest(self.lapses(&part.plan), fact_flip.0);
            let mut out = settled(j.value, j.because, lapses);
            out.population = j.population;
            out.remarks.extend(
                j.legacy.then(|| Label::new("導入前案件を含みます", "Includes arrangements older than Akashi")),
            );
            return out;
        }
        match self.simplified(part, j.population) {
            Some(out) => out,
            None => open(j.value, j.population, j.because, self.progress(part, j.empty)),
        }
    }

    /// Returns the value of a part alone, without words or lapse: what a board needs.
    pub fn value(&self, ix: usize) -> Judged {
        let part = &self.program.parts[ix];
        let plain = || match self.applies(part, &mut Flip::default()) {
            Some((value, _)) => value,
            None => self.judge_value(&part.plan),
        };
        match self.overridden(part) {
            Some(v) => v.value,
            None => match plain() {
                v if !v.is_settled() && self.cover(part).is_some_and(|c| self.check_value(c) == Judged::Satisfied) => {
                    Judged::Satisfied
                }
                v => v,
            },
        }
    }

    fn simplified(&self, part: &PartPlan, population: usize) -> Option<Verdict> {
        let cover = self.cover(part)?;
        if self.check_value(cover) != Judged::Satisfied {
            return None;
        }
        let because = Label::new(
            "全システムが参照パターンII・IVで、有効な契約条項により簡略化されています",
            "Every system is of pattern II or IV, and contracts in force cover the simplification",
        );
        let mut out = settled(Judged::Satisfied, because, self.lapse_of(cover));
        (out.simplified, out.population) = (true, population);
        Some(out)
    }

    fn overridden(&self, part: &PartPlan) -> Option<Verdict> {
        let register = self.catalog().register_by_key("override")?;
        let item = self.item(part).id.clone();
        let valid = |v: &&Arc<Version>| {
            let named = matches!(v.get(register, "item"), Value::Text(t) if **t == *item);
            let number = match v.get(register, "part") {
                Value::Number(n) => *n as usize == part.part + 1,
                missing => missing.is_missing(),
            };
            let decided = matches!(v.get(register, "approval"), Value::Link(Link::To(id)) if self.view.get(*id).is_some_and(|d| self.view.is_live(d)));
            let open = days(v.get(register, "until")).is_some_and(|d| self.view.as_of <= d.1);
            named && number && decided && open && self.view.is_live(v) && !v.get(register, "reason").is_missing()
        };
        let found = self
            .view
            .rows_of("override")
            .iter()
            .filter(valid)
            .max_by_key(|v| days(v.get(register, "until")).map(|d| d.1))?;
        let until = days(found.get(register, "until"))?.1;
        let because = Label::new(
            format!("{until}までの例外が承認されています({})", found.code),
            format!("An exception is approved until {until} ({})", found.code),
        );
        Some(settled(Judged::Overridden, because, Some(Day(until.0 + 1))))
    }

    /// `None`: it applies. Notes when the facts it rests on may turn.
    fn applies(&self, part: &PartPlan, flip: &mut Flip) -> Option<(Judged, Label)> {
        for expr in &part.applies {
            expr.reads().facts.iter().filter_map(|f| self.facts.get(f)).for_each(|s| flip.join(s.flip));
            match self.fact_test(expr) {
                Tri::True => {}
                Tri::False => return Some((Judged::NotApplicable, self.because_facts(expr, Tri::False))),
                Tri::Unknown => return Some((Judged::Insufficient, self.because_facts(expr, Tri::Unknown))),
            }
        }
        None
    }

    /// Judges an expression over facts.
    pub fn fact_test(&self, expr: &Expr) -> Tri {
        let facts = |key: &str| self.facts.get(key).map_or(Tri::Unknown, |s| s.value);
        expr.test(&Env { view: &self.view, record: None, row: None, facts: &facts })
    }

    fn because_facts(&self, expr: &Expr, wanted: Tri) -> Label {
        let named = expr.reads().facts.iter().filter_map(|key| {
            let state = self.facts.get(key).filter(|s| s.value == wanted || expr.reads().facts.len() == 1)?;
            let fact = self.catalog().facts.iter().find(|f| &f.key == key)?;
            Some(state.because(&fact.title))
        });
        join(&named.collect::<Vec<_>>())
    }

    /// Says how far an unmet part is; a target date comes from the compliance-item register.
    fn progress(&self, part: &PartPlan, empty: bool) -> Option<Progress> {
        let register = self.catalog().register_by_key("compliance-item");
        let item = &self.item(part).id;
        let planned = register.and_then(|r| {
            let rows = self.view.rows_of("compliance-item").iter();
            let named = rows.filter(|v| matches!(v.get(r, "item_no"), Value::Text(t) if **t == **item));
            named.filter_map(|v| days(v.get(r, "target_date")).map(|d| d.1)).filter(|d| *d >= self.view.as_of).max()
        });
        Some(match planned {
            Some(until) => Progress::Planned { until },
            None if empty => Progress::NotStarted,
            None => Progress::Deficient,
        })
    }

    pub(super) fn check_value(&self, ix: CheckIx) -> Judged {
        self.memos[ix].tally.judge(&self.program.checks[ix].mode, self.percents[ix])
    }

    fn lapse_of(&self, ix: CheckIx) -> Option<Day> {
        self.framed(|frame| self.memos[ix].lapses(&self.program.checks[ix], frame, self.percents[ix]))
    }

    fn judge_value(&self, plan: &Plan) -> Judged {
        match plan {
            Plan::Check(ix) => self.check_value(*ix),
            Plan::Event { events, nil, contrary } => self.event_value(*events, *nil, contrary),
            Plan::All(inner) => all_of(inner.iter().map(|p| self.judge_value(p))),
            Plan::AnyOf(inner) => any_of(inner.iter().map(|p| self.judge_value(p))),
            Plan::When { when, then, otherwise } => match (self.fact_test(when), otherwise) {
                (Tri::True, _) => self.judge_value(then),
                (Tri::False, Some(p)) => self.judge_value(p),
                (Tri::False, None) => Judged::NotApplicable,
                (Tri::Unknown, _) => Judged::Insufficient,
            },
        }
    }

    pub(super) fn event_value(&self, events: CheckIx, nil: CheckIx, contrary: &[CheckIx]) -> Judged {
        if self.memos[events].tally.population() > 0 {
            return self.check_value(events);
        }
        let against = all_of(contrary.iter().map(|c| self.check_value(*c)));
        match (against, self.check_value(nil)) {
            (Judged::NotSatisfied, _) => Judged::NotSatisfied,
            (Judged::Insufficient, _) | (_, Judged::Insufficient | Judged::NotSatisfied) => Judged::Insufficient,
            _ => Judged::Satisfied,
        }
    }

    /// Returns the first day on which a settled plan no longer holds.
    fn lapses(&self, plan: &Plan) -> Option<Day> {
        match plan {
            Plan::Check(ix) => self.lapse_of(*ix),
            Plan::Event { events, nil, contrary } => {
                let first = self.lapse_of(*events);
                if self.memos[*events].tally.population() > 0 {
                    return first;
                }
                contrary.iter().fold(earliest(self.lapse_of(*nil), first), |day, c| earliest(day, self.lapse_of(*c)))
            }
            Plan::All(inner) => inner.iter().map(|p| self.lapses(p)).fold(None, earliest),
            Plan::AnyOf(inner) => {
                let holding = inner.iter().filter(|p| self.judge_value(p).is_settled());
                let days: Vec<Option<Day>> = holding.map(|p| self.lapses(p)).collect();
                days.iter().copied().collect::<Option<Vec<Day>>>().and_then(|d| d.into_iter().max())
            }
            Plan::When { when, then, otherwise } => {
                let mut flip = Flip::default();
                when.reads().facts.iter().filter_map(|f| self.facts.get(f)).for_each(|s| flip.join(s.flip));
                let inner = match (self.fact_test(when), otherwise) {
                    (Tri::True, _) => self.lapses(then),
                    (Tri::False, Some(p)) => self.lapses(p),
                    _ => None,
                };
                earliest(inner, flip.0)
            }
        }
    }

    /// Returns the rows a finding names, by position in [`Catalog::findings`].
    pub fn finding_rows(&self, ix: usize) -> Vec<Arc<Version>> {
        let plan = &self.program.findings[ix];
        let rows = self.view.rows(self.program.checks[plan.check].register);
        self.memos[plan.check].rows(|r| r == Row::Pass).map(|at| rows[at as usize].clone()).collect()
    }

    /// Returns how many rows a finding names.
    pub fn finding_count(&self, ix: usize) -> usize {
        self.memos[self.program.findings[ix].check].tally.pass
    }

    pub(super) fn check(&self, ix: CheckIx) -> &Check {
        &self.program.checks[ix]
    }
}

fn percent(mode: &Mode, view: &View) -> usize {
    match mode {
        Mode::Share { rule } => facts::percent(rule.as_deref(), view),
        _ => 100,
    }
}

/// Not satisfied, then insufficient, then satisfied; parts that do not apply do not count.
pub(super) fn all_of(values: impl Iterator<Item = Judged>) -> Judged {
    let counted =
        values.filter(|v| *v != Judged::NotApplicable).map(|v| if v.is_settled() { Judged::Satisfied } else { v });
    counted.min().unwrap_or(Judged::Satisfied)
}

/// Any alternative that holds is enough; else the one closest to it.
pub(super) fn any_of(values: impl Iterator<Item = Judged>) -> Judged {
    values.map(|v| if v.is_settled() { Judged::Satisfied } else { v }).max().unwrap_or(Judged::NotSatisfied)
}

fn earliest(a: Option<Day>, b: Option<Day>) -> Option<Day> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn settled(value: Judged, because: Label, lapses_at: Option<Day>) -> Verdict {
    Verdict { value, simplified: false, population: 0, because, progress: None, lapses_at, remarks: Vec::new() }
}

fn open(value: Judged, population: usize, because: Label, progress: Option<Progress>) -> Verdict {
    Verdict { value, simplified: false, population, because, progress, lapses_at: None, remarks: Vec::new() }
}

impl Plan {
    /// Returns every check the plan rests on.
    pub fn checks(&self) -> Vec<CheckIx> {
        match self {
            Plan::Check(ix) => vec![*ix],
            Plan::Event { events, nil, contrary } => {
                [*events, *nil].into_iter().chain(contrary.iter().copied()).collect()
            }
            Plan::All(inner) | Plan::AnyOf(inner) => inner.iter().flat_map(Plan::checks).collect(),
            Plan::When { then, otherwise, .. } => {
                let mut out = then.checks();
                out.extend(otherwise.iter().flat_map(|p| p.checks()));
                out
            }
        }
    }
}
