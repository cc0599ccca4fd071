//! What a part comes to: checks, plans, applicability, exceptions and simplification put together.
//! The same rules serve today's answer and one looked ahead to; words are made elsewhere.

use super::Judged;
use super::check::{CheckIx, Mode, Tally};
use super::evaluator::Evaluator;
use super::facts::approves;
use super::program::{PartPlan, Plan};
use crate::cond::days;
use crate::date::Day;
use crate::expr::{Env, Expr, Tri};
use crate::record::{RecordId, Version};
use crate::value::Value;
use crate::world::View;

/// The state of checks and facts on some day.
pub(super) trait Answers {
    fn evaluator(&self) -> &Evaluator;
    fn day(&self) -> Day;
    fn tally(&self, check: CheckIx) -> Tally;
    fn fact(&self, key: &str) -> Tri;

    /// Judges an expression over facts.
    fn fact_test(&self, expr: &Expr) -> Tri {
        expr.test(&Env { view: &self.evaluator().view, record: None, row: None, facts: &|key: &str| self.fact(key) })
    }

    fn check_value(&self, ix: CheckIx) -> Judged {
        let e = self.evaluator();
        self.tally(ix).judge(&e.program.checks[ix].mode, e.percents[ix])
    }

    fn plan_value(&self, plan: &Plan) -> Judged {
        match plan {
            Plan::Check(ix) => self.check_value(*ix),
            Plan::Event { events, nil, contrary } => self.event_value(*events, *nil, contrary),
            Plan::All(inner) => all_of(inner.iter().map(|p| self.plan_value(p))),
            Plan::AnyOf(inner) => any_of(inner.iter().map(|p| self.plan_value(p))),
            Plan::When { when, then, otherwise } => match (self.fact_test(when), otherwise) {
                (Tri::True, _) => self.plan_value(then),
                (Tri::False, Some(p)) => self.plan_value(p),
                (Tri::False, None) => Judged::NotApplicable,
                (Tri::Unknown, _) => Judged::Insufficient,
            },
        }
    }

    /// Events that happened are judged; that none happened is believed only of a declaration nothing contradicts.
    fn event_value(&self, events: CheckIx, nil: CheckIx, contrary: &[CheckIx]) -> Judged {
        if self.tally(events).population() > 0 {
            return self.check_value(events);
        }
        let against = contrary.iter().map(|c| self.check_value(*c)).min().unwrap_or(Judged::Satisfied);
        match (against, self.check_value(nil)) {
            (Judged::NotSatisfied, _) => Judged::NotSatisfied,
            (Judged::Insufficient, _) | (_, Judged::Insufficient | Judged::NotSatisfied) => Judged::Insufficient,
            _ => Judged::Satisfied,
        }
    }

    /// Whether the part applies: `None` when it does, else the verdict and the expression that decides it.
    fn inapplicable<'p>(&self, part: &'p PartPlan) -> Option<(Judged, &'p Expr)> {
        part.applies.iter().find_map(|expr| match self.fact_test(expr) {
            Tri::True => None,
            Tri::False => Some((Judged::NotApplicable, expr)),
            Tri::Unknown => Some((Judged::Insufficient, expr)),
        })
    }

    /// Whether the part may be met in the simplified way.
    fn covered(&self, part: &PartPlan) -> Option<CheckIx> {
        self.evaluator().cover(part).filter(|c| self.check_value(*c) == Judged::Satisfied)
    }

    fn part_value(&self, part: &PartPlan) -> Judged {
        if let Some(value) = self.evaluator().rested_value(part) {
            return value;
        }
        if self.evaluator().exception(part, self.day()).is_some() {
            return Judged::Overridden;
        }
        if let Some((value, _)) = self.inapplicable(part) {
            return value;
        }
        match self.plan_value(&part.plan) {
            value if !value.is_settled() && self.covered(part).is_some() => Judged::Satisfied,
            value => value,
        }
    }
}

impl Answers for Evaluator {
    fn evaluator(&self) -> &Evaluator {
        self
    }

    fn day(&self) -> Day {
        self.view.as_of
    }

    fn tally(&self, check: CheckIx) -> Tally {
        self.memos[check].tally
    }

    fn fact(&self, key: &str) -> Tri {
        self.facts.get(key).map_or(Tri::Unknown, |s| s.value)
    }
}

impl Evaluator {
    /// Returns the check that tells whether the item's simplification is covered everywhere.
    ///
    /// What management has to hear and decide is never simplified away (items.md A1, A3).
    pub(super) fn cover(&self, part: &PartPlan) -> Option<CheckIx> {
        if !self.item(part).parts[part.part].may_be_simplified() {
            return None;
        }
        self.program.simplify.get(self.item(part).simplify.as_ref()?).copied()
    }

    /// Returns the approved exception that covers the part longest.
    pub(super) fn exception(&self, part: &PartPlan, day: Day) -> Option<&Exception> {
        if self.exceptions.is_empty() {
            return None;
        }
        let item = &self.item(part).id;
        let covers = |e: &&Exception| e.item == *item && e.part.is_none_or(|n| n == part.part + 1) && day <= e.until;
        self.exceptions.iter().filter(covers).max_by_key(|e| (e.until, e.id))
    }
}

/// A part whose verdict management has set aside for a time.
#[derive(Clone, Debug)]
pub(super) struct Exception {
    item: String,
    /// 1-based; none: every part of the item.
    part: Option<usize>,
    /// Its last day.
    pub(super) until: Day,
    pub(super) code: Box<str>,
    id: RecordId,
}

impl Exception {
    /// Reads every override in force: it names an item, gives a reason, ends some day and is approved.
    pub(super) fn all(view: &View) -> Vec<Exception> {
        view.rows_of("override").iter().filter_map(|v| Exception::read(v, view)).collect()
    }

    fn read(v: &Version, view: &View) -> Option<Exception> {
        let register = view.register(v);
        let Value::Text(item) = v.get(register, "item") else { return None };
        let part = match v.get(register, "part") {
            Value::Number(n) => Some(*n as usize),
            other if other.is_blank() => None,
            _ => return None,
        };
        let whole =
            approves(v.get(register, "approval"), view) && view.is_live(v) && !v.get(register, "reason").is_missing();
        let until = days(v.get(register, "until")).filter(|_| whole)?.1;
        Some(Exception { item: item.to_string(), part, until, code: v.code.clone(), id: v.id })
    }
}

impl Mode {
    /// Tells whether rows that pass speak for the check.
    pub(super) fn rests_on_rows(&self) -> bool {
        !matches!(self, Mode::None)
    }
}

/// Not satisfied, then insufficient, then satisfied; what does not apply does not count.
pub(super) fn all_of(values: impl Iterator<Item = Judged>) -> Judged {
    let mut out = None;
    let mut inapplicable = false;
    for value in values {
        match value {
            Judged::NotApplicable => inapplicable = true,
            value => out = Some(out.map_or(plain(value), |o: Judged| o.min(plain(value)))),
        }
    }
    out.unwrap_or(if inapplicable { Judged::NotApplicable } else { Judged::Satisfied })
}

/// Any alternative that holds is enough, else the one closest to it; what does not apply is no alternative.
pub(super) fn any_of(values: impl Iterator<Item = Judged>) -> Judged {
    let mut out = None;
    let mut inapplicable = false;
    for value in values {
        match value {
            Judged::NotApplicable => inapplicable = true,
            value => out = Some(out.map_or(plain(value), |o: Judged| o.max(plain(value)))),
        }
    }
    out.unwrap_or(if inapplicable { Judged::NotApplicable } else { Judged::NotSatisfied })
}

fn plain(value: Judged) -> Judged {
    if value.is_settled() { Judged::Satisfied } else { value }
}
