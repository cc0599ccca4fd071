//! Verdicts: computed from catalogue, records and time – never typed. What a verdict is lives here;
//! lowering proofs to checks, keeping them up to date and explaining them live in the files below.

mod ahead;
pub mod check;
pub mod demand;
mod deps;
mod evaluator;
pub mod explain;
mod facts;
mod judge;
mod lower;
mod program;
mod resting;
mod statement;

use serde::Serialize;

use crate::date::Day;
use crate::label::Label;
use crate::record::RecordId;
use crate::register::RegisterIx;

pub use evaluator::Evaluator;
pub use facts::{FactState, FactWhy};
pub use program::{FindingPlan, PartPlan, Program};
pub use resting::Snapshot;

/// What a proof comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judged {
    NotSatisfied,
    Insufficient,
    Satisfied,
    NotApplicable,
    Overridden,
}

impl Judged {
    /// Returns the verdict's name on screen.
    pub fn label(self) -> Label {
        match self {
            Judged::Satisfied => Label::new("満たす", "Satisfied"),
            Judged::NotSatisfied => Label::new("満たさない", "Not satisfied"),
            Judged::Insufficient => Label::new("証拠不足", "Insufficient evidence"),
            Judged::NotApplicable => Label::new("対象外", "Not applicable"),
            Judged::Overridden => Label::new("例外承認", "Overridden"),
        }
    }

    /// Tells whether nothing is left to do: satisfied, not applicable, or an approved exception.
    pub fn is_settled(self) -> bool {
        matches!(self, Judged::Satisfied | Judged::NotApplicable | Judged::Overridden)
    }
}

/// How far an unmet part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Progress {
    /// 未着手: nothing recorded.
    NotStarted,
    /// 計画中: a target date is written down and has not passed.
    Planned { until: Day },
    /// 不備: something is there and does not hold.
    Deficient,
}

/// The verdict on one part.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    pub value: Judged,
    /// Met in the simplified way patterns II and IV allow.
    pub simplified: bool,
    /// Rows looked at.
    pub population: usize,
    pub because: Label,
    pub progress: Option<Progress>,
    /// First day on which the verdict is no longer this one; only for settled ones.
    pub lapses_at: Option<Day>,
    /// Remarks that go with it: 導入前案件, late evidence, an overlay's loosening.
    pub remarks: Vec<Label>,
    /// What it rests on when rows it would have to look at were disposed of since.
    pub rests: Option<Rests>,
}

/// A verdict of the past that cannot be computed again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rests {
    /// The rows that are gone.
    pub rows: Vec<RecordId>,
    /// When the verdict shown was kept, microseconds UTC; none: none was, and the evidence is insufficient.
    pub kept_at: Option<i64>,
}

/// A row that keeps a part from being satisfied.
#[derive(Clone, Debug, PartialEq)]
pub struct Failing {
    pub register: RegisterIx,
    pub id: RecordId,
    pub why: Label,
    /// Nothing is wrong yet: something is missing.
    pub unknown: bool,
}

/// Joins labels with a separator fit for each language.
pub(crate) fn join(labels: &[Label]) -> Label {
    let pick =
        |f: fn(&Label) -> &str, sep: &str| labels.iter().map(f).filter(|t| !t.is_empty()).collect::<Vec<_>>().join(sep);
    Label::new(pick(|l| &l.ja, " "), pick(|l| &l.en, " "))
}
