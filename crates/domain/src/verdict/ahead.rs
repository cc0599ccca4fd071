//! When a verdict lapses: the first day on which it is no longer this one, found by letting time pass over
//! the rows that turn, the facts that turn, and the versions that are known to begin later.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::sync::OnceLock;

use super::Judged;
use super::check::{Check, CheckIx, Memo, Row, Tally};
use super::evaluator::Evaluator;
use super::facts;
use super::judge::Answers;
use crate::cond::Frame;
use crate::date::Day;
use crate::expr::Tri;

/// What was found about the days to come; filled when somebody asks, forgotten when something changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Horizon {
    /// By part: when rows and facts alone turn it.
    own: Vec<OnceLock<Option<Day>>>,
    /// By part, with the versions that begin later.
    all: OnceLock<Vec<Option<Day>>>,
    facts: OnceLock<BTreeMap<String, Line>>,
}

/// The values a fact takes, each from its day on.
type Line = Vec<(Day, Tri)>;

impl Horizon {
    pub(super) fn new(parts: usize) -> Horizon {
        Horizon { own: vec![OnceLock::new(); parts], ..Horizon::default() }
    }

    /// Forgets what may have changed for the parts.
    pub(super) fn forget<'p>(&mut self, parts: impl Iterator<Item = &'p usize>) {
        (self.all, self.facts) = (OnceLock::new(), OnceLock::new());
        parts.for_each(|ix| self.own[*ix] = OnceLock::new());
    }

    /// Lets time pass: what lapses later lapses then all the same.
    pub(super) fn pass(&mut self, day: Day) {
        self.all = OnceLock::new();
        let passed = |cell: &&mut OnceLock<Option<Day>>| matches!(cell.get(), Some(Some(d)) if *d <= day);
        self.own.iter_mut().filter(passed).for_each(|cell| *cell = OnceLock::new());
    }
}

impl Evaluator {
    /// Returns the first day on which the part's value is no longer what it is now.
    pub(super) fn lapse(&self, ix: usize) -> Option<Day> {
        if self.view.ahead.is_empty() {
            return self.own_lapse(ix);
        }
        self.horizon.all.get_or_init(|| self.lapses_through_beginnings())[ix]
    }

    /// Goes from one day on which versions begin to the next.
    fn lapses_through_beginnings(&self) -> Vec<Option<Day>> {
        let mut out = vec![None; self.program.parts.len()];
        let mut open: Vec<(usize, Judged)> = (0..out.len()).map(|ix| (ix, self.value(ix))).collect();
        open.retain(|(_, value)| value.is_settled());
        let mut then = self.clone();
        for day in self.view.ahead.keys().copied() {
            open.retain(|(ix, _)| match then.own_lapse(*ix) {
                Some(lapse) if lapse < day => {
                    out[*ix] = Some(lapse);
                    false
                }
                _ => true,
            });
            then.advance(day);
            open.retain(|(ix, value)| {
                let same = then.value(*ix) == *value;
                if !same {
                    out[*ix] = Some(day);
                }
                same
            });
        }
        open.iter().for_each(|(ix, _)| out[*ix] = then.own_lapse(*ix));
        out
    }

    fn own_lapse(&self, ix: usize) -> Option<Day> {
        *self.horizon.own[ix].get_or_init(|| {
            let value = self.value(ix);
            if value == Judged::Overridden {
                let until = self.exception(&self.program.parts[ix], self.view.as_of)?.until;
                return Some(Day(until.0.saturating_add(1)));
            }
            Ahead::of(self, ix).until(|ahead| ahead.part_value(&self.program.parts[ix]) != value)
        })
    }

    fn fact_lines(&self) -> &BTreeMap<String, Line> {
        self.horizon.facts.get_or_init(|| {
            let facts = self.catalog().facts.iter().enumerate();
            facts.map(|(ix, fact)| (fact.key.clone(), self.fact_line(ix, &fact.key))).collect()
        })
    }

    /// Follows one fact from today on.
    fn fact_line(&self, ix: usize, key: &str) -> Line {
        let mut ahead = Ahead::over(self, self.program.facts[ix].implied.iter().copied());
        let state = |ahead: &Ahead| {
            let rows = self.program.facts[ix].implied.iter().map(|c| ahead.tally(*c).pass).sum();
            facts::fact(key, rows, &self.view, self.profile_period(), ahead.day)
        };
        let mut now = state(&ahead);
        let mut line = vec![(ahead.day, now.value)];
        while let Some(day) = earliest(ahead.next(), now.turns) {
            ahead.step(day);
            let then = state(&ahead);
            if then.value != now.value {
                line.push((day, then.value));
            }
            now = then;
        }
        line
    }
}

/// Some checks on a day to come.
struct Ahead<'e> {
    e: &'e Evaluator,
    day: Day,
    runners: Vec<(CheckIx, Runner)>,
    /// Days on which a fact turns that matters here; the earliest last.
    turns: Vec<Day>,
}

impl<'e> Ahead<'e> {
    /// Follows everything a part rests on.
    fn of(e: &'e Evaluator, ix: usize) -> Ahead<'e> {
        let part = &e.program.parts[ix];
        let mut out = Ahead::over(e, part.checks.iter().copied().chain(e.cover(part)));
        let read = out.runners.iter().flat_map(|(c, _)| &e.program.checks[*c].reads.facts).chain(&part.facts);
        let lines = read.filter_map(|key| e.fact_lines().get(key));
        let mut turns: Vec<Day> = lines.flatten().map(|(day, _)| *day).filter(|d| *d > e.view.as_of).collect();
        turns.sort_unstable_by_key(|d| Reverse(*d));
        turns.dedup();
        out.turns = turns;
        out
    }

    fn over(e: &'e Evaluator, checks: impl Iterator<Item = CheckIx>) -> Ahead<'e> {
        let mut runners: Vec<(CheckIx, Runner)> = Vec::new();
        for ix in checks {
            if !runners.iter().any(|r| r.0 == ix) {
                runners.push((ix, Runner::new(&e.memos[ix])));
            }
        }
        Ahead { e, day: e.view.as_of, runners, turns: Vec::new() }
    }

    /// Returns the next day on which anything may turn.
    fn next(&self) -> Option<Day> {
        let rows = self.runners.iter().filter_map(|(_, r)| r.next()).min();
        earliest(rows, self.turns.last().copied())
    }

    /// Goes on until `found`; tells on which day that was.
    fn until(mut self, found: impl Fn(&Ahead) -> bool) -> Option<Day> {
        while let Some(day) = self.next() {
            self.step(day);
            if found(&self) {
                return Some(day);
            }
        }
        None
    }

    fn step(&mut self, day: Day) {
        self.day = day;
        let turned = self.turns.pop_if(|d| *d <= day).is_some();
        let mut runners = std::mem::take(&mut self.runners);
        let facts = |key: &str| self.fact(key);
        let frame =
            Frame { view: &self.e.view, indexes: &self.e.indexes, periods: &self.e.periods, facts: &facts, day };
        for (ix, runner) in &mut runners {
            let check = &self.e.program.checks[*ix];
            if turned && !check.reads.facts.is_empty() {
                *runner = Runner::afresh(&Memo::build(check, &frame));
            } else {
                runner.step(check, &self.e.memos[*ix], &frame);
            }
        }
        self.runners = runners;
    }
}

impl Answers for Ahead<'_> {
    fn evaluator(&self) -> &Evaluator {
        self.e
    }

    fn day(&self) -> Day {
        self.day
    }

    fn tally(&self, check: CheckIx) -> Tally {
        let runner = self.runners.iter().find(|r| r.0 == check);
        runner.map_or(self.e.memos[check].tally, |r| r.1.tally)
    }

    fn fact(&self, key: &str) -> Tri {
        // Checks that imply facts read none: a line is complete before anything asks for it.
        let line = self.e.fact_lines().get(key);
        line.and_then(|l| l.iter().rev().find(|(day, _)| *day <= self.day)).map_or(Tri::Unknown, |(_, value)| *value)
    }
}

/// One check as time passes.
struct Runner {
    /// Rows by the day they turn.
    heap: BinaryHeap<Reverse<(Day, u32)>>,
    tally: Tally,
    /// Outcomes that are no longer those of the evaluator's memo.
    changed: HashMap<u32, Row>,
}

impl Runner {
    fn new(memo: &Memo) -> Runner {
        Runner { heap: memo.flips().map(Reverse).collect(), tally: memo.tally, changed: HashMap::new() }
    }

    /// Begins on a later day, when every row was judged again.
    fn afresh(memo: &Memo) -> Runner {
        let rows = memo.outcomes().iter().enumerate().map(|(at, row)| (at as u32, *row));
        Runner { changed: rows.collect(), ..Runner::new(memo) }
    }

    fn next(&self) -> Option<Day> {
        self.heap.peek().map(|Reverse((day, _))| *day)
    }

    fn step(&mut self, check: &Check, memo: &Memo, frame: &Frame) {
        while let Some(&Reverse((_, at))) = self.heap.peek().filter(|r| r.0.0 <= frame.day) {
            self.heap.pop();
            let cell = check.row(frame, at);
            let old = self.changed.insert(at, cell.row).unwrap_or_else(|| memo.row(at));
            self.tally.swap(old, cell.row);
            self.heap.extend(cell.flip.0.map(|next| Reverse((next, at))));
        }
    }
}

fn earliest(a: Option<Day>, b: Option<Day>) -> Option<Day> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
