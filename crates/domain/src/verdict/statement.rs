//! The verdict on a part as it is shown: value, reason, lapse, how far it is, and the remarks that go with it.

use std::collections::BTreeSet;

use super::check::Row;
use super::evaluator::Evaluator;
use super::judge::Answers;
use super::program::PartPlan;
use super::{Judged, Progress, Verdict, join};
use crate::cond::{days, tokyo_day};
use crate::date::Day;
use crate::expr::{Expr, Tri};
use crate::label::Label;
use crate::value::Value;

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
    /// Returns the verdict on the part at position `ix` of the program.
    pub fn verdict(&self, ix: usize) -> Verdict {
        let part = &self.program.parts[ix];
        let mut out = self.rested_verdict(part).unwrap_or_else(|| self.bare_verdict(part));
        if out.value.is_settled() && out.rests.is_none() {
            out.lapses_at = self.lapse(ix);
        }
        out.remarks.extend(self.loosened(part));
        out
    }

    /// What an overlay of the hospital loosened about the part or the periods it measures by.
    fn loosened(&self, part: &PartPlan) -> Vec<Label> {
        let own = self.item(part).parts[part.part].loosened.iter().cloned();
        let periods: BTreeSet<usize> =
            part.checks.iter().flat_map(|c| &self.check(*c).reads.periods).copied().collect();
        own.chain(periods.into_iter().filter_map(|ix| self.catalog().periods[ix].loosened.clone())).collect()
    }

    fn bare_verdict(&self, part: &PartPlan) -> Verdict {
        if let Some(found) = self.exception(part, self.view.as_of) {
            let because = Label::new(
                format!("{}までの例外が承認されています({})", found.until, found.code),
                format!("An exception is approved until {} ({})", found.until, found.code),
            );
            return settled(Judged::Overridden, because);
        }
        if let Some((value, expr)) = self.inapplicable(part) {
            let because = self.because_facts(expr);
            return match value {
                Judged::NotApplicable => settled(value, because),
                _ => open(value, 0, because, self.progress(part, true)),
            };
        }
        let judged = self.judge(&part.plan);
        if judged.value.is_settled() {
            let mut out = settled(judged.value, judged.because);
            out.population = judged.population;
            out.remarks = self.remarks(part, judged.legacy);
            return out;
        }
        if self.covered(part).is_some() {
            let because = Label::new(
                "全システムが参照パターンII・IVで、有効な契約条項により簡略化されています",
                "Every system is of pattern II or IV, and contracts in force cover the simplification",
            );
            return Verdict { simplified: true, population: judged.population, ..settled(Judged::Satisfied, because) };
        }
        open(judged.value, judged.population, judged.because, self.progress(part, judged.empty))
    }

    fn remarks(&self, part: &PartPlan, legacy: bool) -> Vec<Label> {
        let mut out = Vec::new();
        if legacy {
            out.push(Label::new("導入前案件を含みます", "Includes arrangements older than Akashi"));
        }
        if self.rests_on_late_rows(part) {
            out.push(Label::new(
                "判定日より後に記録された証拠を含みます",
                "Rests on evidence recorded after the day judged",
            ));
        }
        out
    }

    /// Whether a row that passes was recorded after the day judged.
    fn rests_on_late_rows(&self, part: &PartPlan) -> bool {
        let day = self.view.as_of;
        if self.view.newest.is_none_or(|newest| newest <= day) {
            return false;
        }
        part.checks.iter().filter(|ix| self.check(**ix).mode.rests_on_rows()).any(|ix| {
            let rows = self.view.rows(self.check(*ix).register);
            let mut passing = self.memos[*ix].rows(|r| matches!(r, Row::Pass | Row::Legacy));
            passing.any(|at| tokyo_day(rows[at as usize].recorded_at) > day)
        })
    }

    fn because_facts(&self, expr: &Expr) -> Label {
        let reads = &expr.reads().facts;
        let wanted = self.fact_test(expr);
        let named = reads.iter().filter_map(|key| {
            let state =
                self.facts.get(key).filter(|s| reads.len() == 1 || s.value == wanted || s.value == Tri::Unknown)?;
            let fact = self.catalog().facts.iter().find(|f| &f.key == key)?;
            Some(state.because(&fact.title))
        });
        join(&named.collect::<Vec<_>>())
    }

    /// Says how far an unmet part is; a target date comes from the compliance-item register.
    fn progress(&self, part: &PartPlan, empty: bool) -> Option<Progress> {
        Some(match self.target(part) {
            Some(until) => Progress::Planned { until },
            None if empty => Progress::NotStarted,
            None => Progress::Deficient,
        })
    }

    /// The last target date that has not passed.
    fn target(&self, part: &PartPlan) -> Option<Day> {
        let register = self.catalog().register_by_key("compliance-item")?;
        let item = &self.item(part).id;
        let rows = self.view.rows_of("compliance-item").iter();
        let named = rows.filter(|v| matches!(v.get(register, "item_no"), Value::Text(t) if **t == **item));
        named.filter_map(|v| days(v.get(register, "target_date")).map(|d| d.1)).filter(|d| *d >= self.view.as_of).max()
    }
}

fn settled(value: Judged, because: Label) -> Verdict {
    Verdict {
        value,
        simplified: false,
        population: 0,
        because,
        progress: None,
        lapses_at: None,
        remarks: Vec::new(),
        rests: None,
    }
}

fn open(value: Judged, population: usize, because: Label, progress: Option<Progress>) -> Verdict {
    Verdict { progress, population, ..settled(value, because) }
}
