//! What is demanded of one record, and whether it is there: judged when somebody looks, by the duties the proofs use.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::check::{CheckIx, Must, Row};
use super::evaluator::Evaluator;
use crate::catalog::Clock;
use crate::cond::{Cond, Flip, Frame, all};
use crate::date::PartialDate;
use crate::expr::Tri;
use crate::label::Label;
use crate::record::Version;
use crate::register::RegisterIx;
use crate::value::Value;

/// A demand on the records of a register, compiled.
#[derive(Clone, Debug)]
pub struct DemandPlan {
    pub register: RegisterIx,
    pub title: Label,
    pub asks: Option<Label>,
    pub items: Vec<String>,
    /// Slots of the fields the answer rests on: who may not see them may not see it. None: it rests on more than fields.
    pub rests_on: Option<BTreeSet<usize>>,
    pub(super) scope: Vec<Cond>,
    pub(super) must: Vec<Must>,
    pub(super) absent: Option<Cond>,
    pub(super) checks: Vec<CheckIx>,
}

/// A demand in whose scope a record is.
#[derive(Clone, Debug)]
pub struct Demanded<'a> {
    pub plan: &'a DemandPlan,
    pub answer: Answer,
    /// The duties it does not meet.
    pub lacks: Vec<Label>,
}

/// Whether what is demanded is there.
#[derive(Clone, Debug)]
pub enum Answer {
    Met,
    /// Not here, but this other record carries it.
    Elsewhere(Arc<Version>),
    Missing,
    /// What would tell is not written down.
    Unknown,
}

/// A clock that runs over a record, or was stopped.
#[derive(Clone, Debug)]
pub struct Running<'a> {
    pub clock: &'a Clock,
    /// Slot of the derived field that holds the day.
    pub slot: usize,
    pub due: PartialDate,
    /// The day somebody entered stands in place of the one computed.
    pub entered: bool,
    /// When what is due was done.
    pub done: Option<&'a Value>,
}

/// Slots of the record's own fields conditions rest on; none when they look further.
pub(super) fn slots<'c>(conds: impl IntoIterator<Item = &'c Cond>) -> Option<BTreeSet<usize>> {
    let mut out = BTreeSet::new();
    for cond in conds {
        match cond {
            Cond::Cel(expr) if expr.reads().links.is_empty() => out.extend(&expr.reads().fields),
            Cond::Rows { slot, .. } => drop(out.insert(*slot)),
            Cond::Not(inner) => out.extend(slots(inner)?),
            Cond::AnyOf(lists) => out.extend(slots(lists.iter().flatten())?),
            _ => return None,
        }
    }
    Some(out)
}

impl Evaluator {
    /// Returns the clocks that run over a record, in the order of its register's fields.
    pub fn clocks<'a>(&'a self, version: &'a Version) -> Vec<Running<'a>> {
        let register = self.catalog().register(version.register);
        let first = register.fields().len();
        let derived = register.derived.iter().enumerate().filter(|_| !version.disposed);
        let running = derived.filter_map(|(n, d)| {
            let run = d.clock.as_ref()?;
            let Value::Date(due) = version.cell(first + n) else { return None };
            Some(Running {
                clock: self.catalog().clock(&run.clock)?,
                slot: first + n,
                due: *due,
                entered: d.unless.is_some_and(|ix| !version.cell(ix).is_missing()),
                done: run.done.map(|ix| version.cell(ix)).filter(|v| !v.is_missing()),
            })
        });
        running.collect()
    }

    /// Returns what is demanded of a record, in the order of the catalogue.
    pub fn demands(&self, version: &Version) -> Vec<Demanded<'_>> {
        let plans = self.program.demands.iter().filter(|d| d.register == version.register && !version.disposed);
        self.framed(|frame| plans.filter_map(|plan| self.demanded(plan, frame, version)).collect())
    }

    fn demanded<'a>(&'a self, plan: &'a DemandPlan, frame: &Frame, version: &Version) -> Option<Demanded<'a>> {
        let mut flip = Flip::default();
        let scope = all(&plan.scope, frame, version, None, &mut flip);
        if scope == Tri::False {
            return None;
        }
        let mut held = scope;
        let mut lacks = Vec::new();
        for must in &plan.must {
            let answer = must.cond.test(frame, version, None, &mut flip);
            if answer != Tri::True {
                lacks.extend(must.why.clone());
            }
            held = held.and(answer);
        }
        let absent = plan.absent.as_ref().is_some_and(|c| c.test(frame, version, None, &mut flip) == Tri::True);
        let answer = match held {
            Tri::True => Answer::Met,
            Tri::False if !absent => self.elsewhere(plan).map_or(Answer::Missing, Answer::Elsewhere),
            _ => Answer::Unknown,
        };
        Some(Demanded { plan, answer, lacks })
    }

    /// A record that carries it where this one does not.
    fn elsewhere(&self, plan: &DemandPlan) -> Option<Arc<Version>> {
        let carried = plan.checks.iter().map(|ix| self.memos[*ix].rows(|r| r == Row::Pass).next());
        let at = carried.collect::<Option<Vec<u32>>>()?.into_iter().next()?;
        Some(self.view.rows(plan.register)[at as usize].clone())
    }
}
