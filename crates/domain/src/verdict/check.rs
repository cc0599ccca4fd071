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
    pub cells: Vec<Cell>,
    pub tally: Tally,
}

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
        let mut memo = Memo::default();
        for version in frame.view.rows(check.register) {
            let cell = check.row(frame, version);
            memo.tally.swap(Row::Out, cell.row);
            memo.cells.push(cell);
        }
        memo
    }

    /// Judges one row again.
    pub fn refresh(&mut self, check: &Check, frame: &Frame, at: u32) {
        let at = at as usize;
        if self.cells.len() <= at {
            self.cells.resize(at + 1, Cell::default());
        }
        let cell = check.row(frame, &frame.view.rows(check.register)[at]);
        let old = std::mem::replace(&mut self.cells[at], cell);
        self.tally.swap(old.row, cell.row);
    }

    /// Returns the rows whose answer turns on or before `day`.
    pub fn due(&self, day: Day) -> Vec<u32> {
        let due = |c: &Cell| c.flip.0.is_some_and(|d| d <= day);
        self.cells.iter().enumerate().filter(|(_, c)| due(c)).map(|(at, _)| at as u32).collect()
    }

    /// Returns the rows with an outcome.
    pub fn rows(&self, wanted: impl Fn(Row) -> bool) -> impl Iterator<Item = u32> {
        self.cells.iter().enumerate().filter(move |(_, c)| wanted(c.row)).map(|(at, _)| at as u32)
    }
}

impl Check {
    /// Judges one row.
    pub fn row(&self, frame: &Frame, version: &Version) -> Cell {
        let mut flip = Flip::default();
        let row = self.outcome(frame, version, &mut flip);
        Cell { row, flip }
    }

    fn outcome(&self, frame: &Frame, version: &Version, flip: &mut Flip) -> Row {
        if !self.in_states(frame, version) {
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

    fn in_states(&self, frame: &Frame, version: &Version) -> bool {
        match &self.states {
            None => frame.view.is_live(version),
            Some(states) => states.iter().any(|s| s == "*" || **s == *version.state),
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
