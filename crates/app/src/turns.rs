//! When verdicts turned: noted on the first look after a change or a new day, and read back as an item's past. A
//! verdict that cannot be computed any more, because rows were disposed of, rests on what was noted then.

use akashi_domain::Label;
use akashi_domain::verdict::{Evaluator, Judged, Snapshot, Verdict};
use akashi_store::VerdictRow;
use serde_json::json;

use crate::error::Result;
use crate::service::App;

/// A verdict that turned.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// 1-based.
    pub part: usize,
    /// When it was noted, microseconds UTC.
    pub at: i64,
    /// The day it was judged for.
    pub as_of: String,
    /// As [`Judged`] is written, e.g. `not-satisfied`.
    pub verdict: String,
    pub because: Label,
}

impl App {
    /// Notes the verdicts of today that differ from those noted last; returns how many turned.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn note_turns(&self, now: i64) -> Result<u64> {
        let (as_of, rows) = {
            let live = self.live(now).await?;
            let parts = 0..live.evaluator.program().parts.len();
            // What is kept outlives the rows: it must not repeat what they say.
            let terse = live.evaluator.terse();
            (live.evaluator.view().as_of.to_string(), parts.map(|ix| row(&terse, ix)).collect::<Vec<_>>())
        };
        Ok(self.store().note_verdicts(now, &as_of, &rows).await?)
    }

    /// Returns how the verdicts on an item turned, newest first.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn turns(&self, item: &str) -> Result<Vec<Turn>> {
        let noted = self.store().verdict_turns(item).await?;
        let read = |t: akashi_store::VerdictTurn| Turn {
            part: t.part.parse().unwrap_or(0),
            at: t.at,
            as_of: t.as_of,
            verdict: t.verdict,
            because: serde_json::from_value(t.detail["because"].clone()).unwrap_or_default(),
        };
        Ok(noted.into_iter().rev().map(read).collect())
    }
}

impl App {
    /// Lets the verdicts of a past day that cannot be computed rest on those noted up to that day.
    pub(crate) async fn rest(&self, evaluator: &mut Evaluator) -> Result<()> {
        let (as_of, known_at) = (evaluator.view().as_of, evaluator.view().known_at);
        let noted = self.store().verdicts_as_of(&as_of.to_string(), known_at).await?;
        evaluator.rest_on(|item, part| {
            let turn = noted.iter().find(|t| t.item == item && t.part == part.to_string())?;
            Some(Snapshot {
                value: judged(&turn.verdict)?,
                because: serde_json::from_value(turn.detail["because"].clone()).unwrap_or_default(),
                population: turn.detail["population"].as_u64().unwrap_or(0) as usize,
                at: turn.at,
            })
        });
        Ok(())
    }
}

fn row(evaluator: &Evaluator, ix: usize) -> VerdictRow {
    let plan = &evaluator.program().parts[ix];
    let verdict: Verdict = evaluator.verdict(ix);
    VerdictRow {
        item: evaluator.item(plan).id.clone(),
        part: (plan.part + 1).to_string(),
        verdict: word(verdict.value).into(),
        detail: json!({ "because": verdict.because, "population": verdict.population }),
    }
}

/// The word a verdict is written as.
pub fn word(value: Judged) -> &'static str {
    match value {
        Judged::NotSatisfied => "not-satisfied",
        Judged::Insufficient => "insufficient",
        Judged::Satisfied => "satisfied",
        Judged::NotApplicable => "not-applicable",
        Judged::Overridden => "overridden",
    }
}

/// Reads the word back.
pub fn judged(word: &str) -> Option<Judged> {
    let all =
        [Judged::NotSatisfied, Judged::Insufficient, Judged::Satisfied, Judged::NotApplicable, Judged::Overridden];
    all.into_iter().find(|v| self::word(*v) == word)
}
