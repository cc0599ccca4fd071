//! Verdicts of the past over rows whose content was disposed of since: they cannot be computed again. They rest on
//! the verdict that was kept then, or are insufficient; they never pass or fail in silence.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{Check, CheckIx};
use super::evaluator::Evaluator;
use super::program::PartPlan;
use super::{Judged, Rests, Verdict};
use crate::label::Label;
use crate::record::{RecordId, Version};
use crate::world::View;

/// A verdict as it was kept at its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub value: Judged,
    pub because: Label,
    pub population: usize,
    /// When it was kept, microseconds UTC.
    pub at: i64,
}

/// What a part rests on instead of rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Resting {
    /// Rows it read then that are gone now.
    rows: BTreeSet<RecordId>,
    kept: Option<Snapshot>,
}

/// By position of the part in the program.
pub(super) type RestingParts = BTreeMap<usize, Resting>;

impl Evaluator {
    /// Finds the parts that would have to look at rows that are gone.
    pub(super) fn find_resting(&self) -> RestingParts {
        let gone: Vec<&Version> = self.view.gone_since().map(|v| &**v).collect();
        let mut out = RestingParts::new();
        if gone.is_empty() {
            return out;
        }
        for (ix, part) in self.program.parts.iter().enumerate() {
            let checks = self.checks_below(part);
            let rows: BTreeSet<RecordId> =
                gone.iter().filter(|v| checks.iter().any(|c| self.would_read(*c, v))).map(|v| v.id).collect();
            if !rows.is_empty() {
                out.insert(ix, Resting { rows, kept: None });
            }
        }
        out
    }

    /// Every check a part rests on: its own, its simplification's, and those that imply the facts it asks for.
    fn checks_below(&self, part: &PartPlan) -> BTreeSet<CheckIx> {
        let mut checks: BTreeSet<CheckIx> = part.checks.iter().copied().chain(self.cover(part)).collect();
        let mut facts = part.facts.clone();
        facts.extend(checks.iter().flat_map(|c| self.check(*c).reads.facts.iter().cloned()));
        let asked = self.catalog().facts.iter().zip(&self.program.facts).filter(|(f, _)| facts.contains(&f.key));
        checks.extend(asked.flat_map(|(_, plan)| plan.implied.iter().copied()));
        checks
    }

    /// Whether the row would have counted for the check: in one of its states, joined from its rows, or linked to.
    fn would_read(&self, ix: CheckIx, gone: &Version) -> bool {
        let check = self.check(ix);
        if gone.register == check.register && in_states(check, gone, &self.view) {
            return true;
        }
        check.reads.joins(gone.register) || check.reads.leads_to(gone, &self.indexes, &self.view)
    }

    /// Tells whether some verdict of this day cannot be computed from the rows there are.
    pub fn is_resting(&self) -> bool {
        !self.resting.is_empty()
    }

    /// Lets verdicts that cannot be computed rest on those that were kept: `kept` is asked for item and 1-based part.
    pub fn rest_on(&mut self, kept: impl Fn(&str, usize) -> Option<Snapshot>) {
        let parts: Vec<usize> = self.resting.keys().copied().collect();
        for ix in parts {
            let part = &self.program.parts[ix];
            let found = kept(&self.item(part).id, part.part + 1);
            if let Some(resting) = self.resting.get_mut(&ix) {
                resting.kept = found;
            }
        }
    }

    /// The value of a part that rests on something; none when it is computed.
    pub(super) fn rested_value(&self, part: &PartPlan) -> Option<Judged> {
        self.resting_of(part).map(|r| r.kept.as_ref().map_or(Judged::Insufficient, |kept| kept.value))
    }

    fn resting_of(&self, part: &PartPlan) -> Option<&Resting> {
        if self.resting.is_empty() {
            return None;
        }
        let same = |p: &PartPlan| (p.item, p.part) == (part.item, part.part);
        self.resting.iter().find(|(ix, _)| same(&self.program.parts[**ix])).map(|(_, resting)| resting)
    }

    /// The verdict of a part that rests on something.
    pub(super) fn rested_verdict(&self, part: &PartPlan) -> Option<Verdict> {
        let resting = self.resting_of(part)?;
        let gone = self.gone_words(&resting.rows);
        let (value, population, because) = match &resting.kept {
            Some(kept) => {
                let day = crate::cond::tokyo_day(kept.at);
                let because = Label::new(
                    format!("{}。当時の判定({day}に保存)によります: {}", gone.ja, kept.because.ja),
                    format!("{}. Rests on the verdict kept then ({day}): {}", gone.en, kept.because.en),
                );
                (kept.value, kept.population, because)
            }
            None => {
                let because = Label::new(
                    format!("{}。当時の判定が保存されていないため、判定できません", gone.ja),
                    format!("{}. No verdict was kept then, so it cannot be judged", gone.en),
                );
                (Judged::Insufficient, resting.rows.len(), because)
            }
        };
        let rests =
            Rests { rows: resting.rows.iter().copied().collect(), kept_at: resting.kept.as_ref().map(|k| k.at) };
        Some(Verdict {
            value,
            simplified: false,
            population,
            because,
            progress: None,
            lapses_at: None,
            remarks: Vec::new(),
            rests: Some(rests),
        })
    }

    /// Names up to three of the rows with approval and rule.
    fn gone_words(&self, rows: &BTreeSet<RecordId>) -> Label {
        let named: Vec<Label> = rows.iter().take(3).filter_map(|id| self.view.gone_words(*id)).collect();
        let list =
            |f: fn(&Label) -> &String, sep: &str| named.iter().map(|l| f(l).as_str()).collect::<Vec<_>>().join(sep);
        let (n, more) = (rows.len(), rows.len() > named.len());
        let (ja, en) = if more { ("ほか", " and others") } else { ("", "") };
        Label::new(
            format!("この日の後に廃棄された行が{n}件あります({}{ja})", list(|l| &l.ja, "、")),
            format!("{n} row(s) were disposed of after this day ({}{en})", list(|l| &l.en, "; ")),
        )
    }
}

impl View {
    /// Says of a record that was disposed of: its number, the approval and the rule.
    pub fn gone_words(&self, id: RecordId) -> Option<Label> {
        let gone = self.gone(id)?;
        let code = self.get(id).map_or("", |v| &*v.code);
        let said = self.disposal_words(gone);
        Some(Label::new(format!("{code} {}", said.ja).trim(), format!("{code} {}", said.en).trim()))
    }

    /// Says under which approval and rule a record was disposed of: 「廃棄済み(承認 DSP-…、規則 …)」.
    pub fn disposal_words(&self, gone: &crate::gone::Gone) -> Label {
        let approval = gone.approval.and_then(|id| self.get(id).map(|v| v.code.to_string()).or(Some(id.to_string())));
        let approval = approval.unwrap_or_else(|| "?".into());
        let rule = self.catalog.retention_rule(&gone.rule).map(|rule| rule.title.clone());
        let rule = rule.unwrap_or_else(|| Label::new(&*gone.rule, &*gone.rule));
        Label::new(
            format!("廃棄済み(承認 {approval}、規則 {})", rule.ja),
            format!("Disposed of (approval {approval}, rule {})", rule.en),
        )
    }
}

fn in_states(check: &Check, version: &Version, view: &View) -> bool {
    match &check.states {
        None => view.register(version).is_live(&version.state),
        Some(states) => states.iter().any(|s| s == "*" || **s == *version.state),
    }
}
