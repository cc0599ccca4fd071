//! One check over the rows of one register, with a memo per row.
//! A changed row is judged alone; a passing day touches only the rows whose answer turns on it.

use crate::cond::{Cond, Flip, Frame, all};
use crate::date::Day;
use crate::expr::Tri;
use crate::label::Label;
use crate::record::Version;
use crate::register::RegisterIx;
use crate::verdict::Judged;

/// Position of a check in the evaluator.
pub type CheckIx = usize;

/// How rows add up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Every row in scope must hold, and so many must.
    Every { at_least: usize },
    /// One row in scope must hold.
    Any,
    /// No row may be in scope.
    None,
    /// So many percent of the rows must hold; the hospital's own rule of that name says how many.
    Share { rule: Option<String> },
}

/// A duty of a row, and what to say when it is not met.
#[derive(Clone, Debug)]
pub struct Must {
    pub cond: Cond,
    pub why: Option<Label>,
}

/// A compiled check.
#[derive(Clone, Debug)]
pub struct Check {
    pub register: RegisterIx,
    /// `None`: live states.
    pub states: Option<Vec<String>>,
    pub scope: Vec<Cond>,
    pub must: Vec<Must>,
    /// When it holds, a failing row is unknown rather than wrong: nothing was recorded yet.
    pub absent: Option<Cond>,
    /// When it holds, a row that fails is met as an arrangement older than Akashi.
    pub legacy: Option<Vec<Cond>>,
    pub mode: Mode,
    pub reads: super::deps::Deps,
}

/// What became of one row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Row {
    /// Not in scope.
    #[default]
    Out,
    Pass,
    /// Passes as an arrangement older than Akashi.
    Legacy,
    Fail,
    Unknown,
}

/// A row's outcome and the day it may turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    pub row: Row,
    pub flip: Flip,
}

/// Outcomes of all rows of a check, and their counts.
#[derive(Clone, Debug, Default)]
pub struct Memo {
    rows: Vec<Row>,
    /// By row the day it may turn; empty while no row turns.
    flips: Vec<Day>,
    pub tally: Tally,
}

/// In place of a day: the row never turns.
const NEVER: Day = Day(i32::MAX);

/// How many rows there are of each outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub pass: usize,
    pub legacy: usize,
    pub fail: usize,
    pub unknown: usize,
}

impl Tally {
    fn slot(&mut self, row: Row) -> Option<&mut usize> {
        match row {
            Row::Out => None,
            Row::Pass => Some(&mut self.pass),
            Row::Legacy => Some(&mut self.legacy),
            Row::Fail => Some(&mut self.fail),
            Row::Unknown => Some(&mut self.unknown),
        }
    }

    /// Counts a row whose outcome changed.
    pub(super) fn swap(&mut self, old: Row, new: Row) {
        if let Some(n) = self.slot(old) {
            *n -= 1;
        }
        if let Some(n) = self.slot(new) {
            *n += 1;
        }
    }

    /// Returns how many rows are in scope.
    pub fn population(&self) -> usize {
        self.pass + self.legacy + self.fail + self.unknown
    }

    /// Adds the rows up. Not satisfied wins over insufficient, that over satisfied.
    ///
    /// `percent` is what [`Mode::Share`] asks for.
    pub fn judge(&self, mode: &Mode, percent: usize) -> Judged {
        let good = self.pass + self.legacy;
        match mode {
            Mode::Share { .. } => match () {
                () if self.population() == 0 => Judged::Insufficient,
                () if good * 100 >= percent * self.population() => Judged::Satisfied,
                () if (good + self.unknown) * 100 >= percent * self.population() => Judged::Insufficient,
                () => Judged::NotSatisfied,
            },
            Mode::Every { at_least } => match () {
                () if self.fail > 0 || self.population() < *at_least => Judged::NotSatisfied,
                () if self.unknown > 0 => Judged::Insufficient,
                () => Judged::Satisfied,
            },
            Mode::Any => match () {
                () if good > 0 => Judged::Satisfied,
                () if self.unknown > 0 => Judged::Insufficient,
                () => Judged::NotSatisfied,
            },
            Mode::None => match () {
                () if good + self.fail > 0 => Judged::NotSatisfied,
                () if self.unknown > 0 => Judged::Insufficient,
                () => Judged::Satisfied,
            },
        }
    }
}

impl Memo {
    /// Judges every row.
    pub fn build(check: &Check, frame: &Frame) -> Memo {
        let rows = frame.view.rows(check.register).len();
        let mut memo = Memo { rows: vec![Row::Out; rows], ..Memo::default() };
        (0..rows as u32).for_each(|at| memo.refresh(check, frame, at));
        memo
    }

    /// Judges one row again.
    pub fn refresh(&mut self, check: &Check, frame: &Frame, at: u32) {
        let cell = check.row(frame, at);
        let at = at as usize;
        if self.rows.len() <= at {
            self.rows.resize(at + 1, Row::Out);
        }
        let old = std::mem::replace(&mut self.rows[at], cell.row);
        self.tally.swap(old, cell.row);
        if cell.flip.0.is_some() && self.flips.len() <= at {
            self.flips.resize(self.rows.len(), NEVER);
        }
        if let Some(day) = self.flips.get_mut(at) {
            *day = cell.flip.0.unwrap_or(NEVER);
        }
    }

    /// Returns the outcome of a row.
    pub fn row(&self, at: u32) -> Row {
        self.rows[at as usize]
    }

    /// Returns the rows that may turn, and when.
    pub fn flips(&self) -> impl Iterator<Item = (Day, u32)> {
        self.flips.iter().enumerate().filter(|(_, day)| **day != NEVER).map(|(at, day)| (*day, at as u32))
    }

    /// Returns the rows whose answer turns on or before `day`.
    pub fn due(&self, day: Day) -> impl Iterator<Item = u32> {
        self.flips().filter(move |(d, _)| *d <= day).map(|(_, at)| at)
    }

    /// Returns the rows with an outcome.
    pub fn rows(&self, wanted: impl Fn(Row) -> bool) -> impl Iterator<Item = u32> {
        self.rows.iter().enumerate().filter(move |(_, row)| wanted(**row)).map(|(at, _)| at as u32)
    }

    /// Returns every row's outcome, in the order of the register's table.
    pub fn outcomes(&self) -> &[Row] {
        &self.rows
    }
}

impl Check {
    /// Judges the row at a position of its register.
    pub fn row(&self, frame: &Frame, at: u32) -> Cell {
        let mut flip = Flip::default();
        let row = self.outcome(frame, at as usize, &mut flip);
        Cell { row, flip }
    }

    fn outcome(&self, frame: &Frame, at: usize, flip: &mut Flip) -> Row {
        let version = &*frame.view.rows(self.register)[at];
        // Nothing can be judged of what is gone; `resting` sees to the verdicts of days on which it was there.
        if version.disposed {
            return Row::Out;
        }
        let in_states = match &self.states {
            None => frame.view.live_rows(self.register)[at],
            Some(states) => states.iter().any(|s| s == "*" || **s == *version.state),
        };
        if !in_states {
            return Row::Out;
        }
        let scope = all(&self.scope, frame, version, None, flip);
        if scope == Tri::False {
            return Row::Out;
        }
        let held = self.held(frame, version, flip);
        match (scope, held) {
            // Whether it belongs here is unknown: only a row that holds anyway does no harm.
            (Tri::Unknown, Tri::True) if matches!(self.mode, Mode::Every { .. }) && !self.must.is_empty() => Row::Out,
            (Tri::Unknown, _) => Row::Unknown,
            (_, Tri::True) => Row::Pass,
            (_, other) => self.not_held(frame, version, other, flip),
        }
    }

    fn held(&self, frame: &Frame, version: &Version, flip: &mut Flip) -> Tri {
        let mut out = Tri::True;
        for must in &self.must {
            match must.cond.test(frame, version, None, flip) {
                Tri::False => return Tri::False,
                Tri::Unknown => out = Tri::Unknown,
                Tri::True => {}
            }
        }
        out
    }

    fn not_held(&self, frame: &Frame, version: &Version, held: Tri, flip: &mut Flip) -> Row {
        if let Some(legacy) = &self.legacy
            && all(legacy, frame, version, None, flip) == Tri::True
        {
            return Row::Legacy;
        }
        let absent = self.absent.as_ref().map(|c| c.test(frame, version, None, flip));
        if held == Tri::Unknown || absent == Some(Tri::True) { Row::Unknown } else { Row::Fail }
    }

    /// Returns the first duty the row does not meet, and how.
    pub fn first_unmet(&self, frame: &Frame, version: &Version) -> Option<(&Must, Tri)> {
        let mut flip = Flip::default();
        let mut unknown = None;
        for must in &self.must {
            match must.cond.test(frame, version, None, &mut flip) {
                Tri::False => return Some((must, Tri::False)),
                Tri::Unknown => unknown = unknown.or(Some((must, Tri::Unknown))),
                Tri::True => {}
            }
        }
        unknown
    }
}
