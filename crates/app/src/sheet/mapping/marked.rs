//! Columns of marks get their targets: sessions, options to tick, flags that name a state.

use super::Per;
use super::propose::{Option_, Plan, Work};
use super::score::{HeadScore, How};
use super::sessions::{self, Sessions};
use super::target::Target;
use super::ticks;

impl Work<'_> {
    /// Columns that are records themselves.
    pub(super) fn sessions(&self, options: &[Option_]) -> Option<Sessions> {
        let named = |column: usize| {
            let mine = options.iter().filter(|o| o.column == column);
            mine.max_by(|a, b| a.head.score.total_cmp(&b.head.score)).map(|o| (o.head.score, o.candidate))
        };
        sessions::find(self.table, self.register, self.candidates, &self.samples, &named)
    }

    /// Gives the columns of sessions their target.
    pub(super) fn mark(&self, found: &Sessions, plan: &mut Plan) {
        let target = Target::Sub { rows: found.rows, sub: found.result };
        let Some(candidate) = self.candidates.iter().position(|c| c.target == target) else { return };
        for column in &found.columns {
            let head = HeadScore { score: 0.0, how: How::None };
            plan.columns[*column].push(candidate);
            plan.chosen[*column] = Some(Option_ { column: *column, candidate, head, fit: Some(1.0), confidence: 0.7 });
        }
    }

    /// Gives the columns headed by the options of a choice their options.
    pub(super) fn tick(&self, options: &[Option_], per: &Per, plan: &mut Plan) {
        if !matches!(per, Per::Row | Per::Group(_)) {
            return;
        }
        let own = |column: usize| {
            let exact = |o: &&Option_| matches!(o.head.how, How::Word | How::Leaf | How::Base);
            !plan.columns[column].is_empty()
                || options.iter().filter(|o| o.column == column).filter(exact).any(|o| o.fit.is_none_or(|f| f >= 0.8))
        };
        let found = ticks::options(self.table, self.register, &self.samples, &own);
        for (column, target) in found {
            let Some(candidate) = self.candidates.iter().position(|c| c.target == target) else { continue };
            let head = HeadScore { score: 0.9, how: How::Word };
            plan.columns[column].push(candidate);
            plan.chosen[column] = Some(Option_ { column, candidate, head, fit: Some(1.0), confidence: 0.85 });
        }
    }

    /// A flag column gives its state, whatever else it fills, where no column tells the state in words.
    pub(super) fn flags(&self, per: &Per, plan: &mut Plan) {
        let told = plan.columns.iter().flatten().any(|c| self.candidates[*c].target == Target::Status);
        if told || !matches!(per, Per::Row) {
            return;
        }
        let own = |column: usize| !plan.columns[column].is_empty();
        for (column, state) in ticks::states(self.table, self.register, &self.samples, &own) {
            let target = Target::State(state.key.as_str().into());
            let Some(candidate) = self.candidates.iter().position(|c| c.target == target) else { continue };
            let head = HeadScore { score: 0.9, how: How::Word };
            plan.columns[column].push(candidate);
            plan.chosen[column].get_or_insert(Option_ { column, candidate, head, fit: Some(1.0), confidence: 0.85 });
        }
    }
}
