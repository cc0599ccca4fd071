//! Conditions, compiled: CEL and the date, link and twin tests the catalogue declares.
//! Time enters only here, and every test tells the day on which its answer may turn.
//! Compiling lives in `compile`, judging in `judge`, everything about days in `dates`.

mod approved;
mod compile;
mod dates;
mod judge;

use crate::catalog::cond_def::Count;
use crate::date::{Day, Span};
use crate::expr::{Env, Expr, Path, Tri};
use crate::index::{IndexIx, Indexes};
use crate::record::Version;
use crate::register::RegisterIx;
use crate::value::Row;
use crate::world::View;

pub(crate) use approved::voted;
pub use compile::Compiler;
pub use dates::{days, tokyo_day};
pub use judge::{Other, all};

/// One compiled condition.
#[derive(Clone, Debug)]
pub enum Cond {
    Cel(Expr),
    Date {
        path: Path,
        test: DateTest,
        blank: Option<bool>,
    },
    Valid {
        from: Path,
        to: Path,
        open: Option<Expr>,
        blank: Option<bool>,
    },
    /// One date lies on or after another, and not later than a span after it.
    Follows {
        from: Path,
        to: Path,
        span: Option<SpanRef>,
        blank: Option<bool>,
    },
    /// Rows of another register that point at this record.
    Linked {
        index: IndexIx,
        register: RegisterIx,
        /// The rows field that holds the link.
        field: Option<usize>,
        conditions: Vec<Cond>,
        count: Count,
        /// Sub-field with the digest of the version meant, which must be what the record still is in its material fields.
        current: Option<usize>,
    },
    /// Rows of another register with the same values.
    Match {
        index: IndexIx,
        own: Key,
        /// Of the rows inside this record, the value of the one judged (`s.name`) rather than those of all.
        row: Option<Path>,
        register: RegisterIx,
        conditions: Vec<Cond>,
        count: Count,
    },
    /// Another record of the register and facility with the same values, and a later date where `newer` names one.
    Twin {
        key: Key,
        newer: Option<Path>,
        among: Vec<Cond>,
    },
    Rows {
        slot: usize,
        conditions: Vec<Cond>,
        count: Count,
    },
    /// The versions that rows name by digest are still current in their material fields.
    Fresh {
        slot: usize,
        link: usize,
        digest: usize,
        register: RegisterIx,
    },
    AnyOf(Vec<Vec<Cond>>),
    Not(Vec<Cond>),
}

/// The values by which a record is looked up, and the index its own register keeps over them.
#[derive(Clone, Debug)]
pub struct Key {
    pub index: IndexIx,
    pub paths: Vec<Path>,
}

/// What a date condition asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateTest {
    Past,
    Over,
    Future,
    Fiscal,
    /// Before the day Akashi was adopted.
    Adopted,
    Within(SpanRef),
    Older(SpanRef),
    Soon(SpanRef),
    /// The period lasts that long, give or take three days.
    Lasts(SpanRef),
}

/// A span written out, or the position of a period whose length the hospital may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanRef {
    Fixed(Span),
    Period(usize),
}

/// What evaluating needs to know.
pub struct Frame<'a> {
    pub view: &'a View,
    pub indexes: &'a Indexes,
    /// Lengths of the catalogue's periods as the hospital set them.
    pub periods: &'a [Span],
    pub facts: &'a dyn Fn(&str) -> Tri,
    /// The day judged; may differ from the view's when looking ahead.
    pub day: Day,
}

/// The first day after the judged one on which an answer may turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flip(pub Option<Day>);

impl Flip {
    /// Notes a day on which something turns.
    pub fn at(&mut self, day: Day, now: Day) {
        if day > now && self.0.is_none_or(|d| day < d) {
            self.0 = Some(day);
        }
    }

    /// Notes whatever `other` noted.
    pub fn join(&mut self, other: Flip) {
        self.0 = match (self.0, other.0) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}

impl<'a> Frame<'a> {
    fn env(&'a self, record: &'a Version, row: Option<&'a Row>) -> Env<'a> {
        Env { view: self.view, record: Some(record), row, facts: self.facts }
    }

    /// Returns the length a span reference stands for.
    pub fn span(&self, span: SpanRef) -> Span {
        match span {
            SpanRef::Fixed(s) => s,
            SpanRef::Period(ix) => self.periods[ix],
        }
    }

    /// Returns an environment to explain an expression with.
    pub fn explain(&'a self, record: &'a Version, row: Option<&'a Row>) -> Env<'a> {
        self.env(record, row)
    }
}
