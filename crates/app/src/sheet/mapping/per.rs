//! What becomes a record – a row, the sheet, rows of one name – and which rows inside it are sensible.

use super::Per;
use super::propose::{Option_, Plan, Work};
use super::score::HeadForms;
use super::target::Target;
use crate::sheet::words::plain;

impl Work<'_> {
    /// What becomes a record: usually a row; the sheet, when its columns describe rows inside a record.
    pub(super) fn per(&self, options: &[Option_]) -> Per {
        let rows = |o: &Option_| match self.candidates[o.candidate].target {
            Target::Sub { rows, .. } => Some(rows),
            _ => None,
        };
        let best_of = |keep: &dyn Fn(&Option_) -> bool| -> (f32, Vec<usize>) {
            let mut columns: Vec<usize> = Vec::new();
            let mut used: Vec<usize> = Vec::new();
            let mut sum = 0.0;
            for o in options.iter().filter(|o| o.head.score >= 0.6 && keep(o)) {
                if !columns.contains(&o.column) && !used.contains(&o.candidate) {
                    columns.push(o.column);
                    used.push(o.candidate);
                    sum += o.confidence;
                }
            }
            (sum, used)
        };
        let (top, top_used) = best_of(&|o| {
            matches!(self.candidates[o.candidate].target, Target::Field(_)) && !self.candidates[o.candidate].common
        });
        let fields: Vec<usize> = options.iter().filter_map(rows).collect();
        let best = self
            .register
            .fields()
            .iter()
            .enumerate()
            .filter(|(ix, _)| fields.contains(ix))
            .map(|(ix, _)| (ix, best_of(&|o| rows(o) == Some(ix))));
        let Some((field, (sum, used))) = best.max_by(|a, b| a.1.0.total_cmp(&b.1.0)) else { return Per::Row };
        let key = self.register.slot(field).key.clone();
        let headline = self
            .register
            .headline
            .iter()
            .filter(|h| top_used.iter().any(|c| self.candidates[*c].target == Target::Field(**h)))
            .count();
        let linked = used
            .iter()
            .any(|c| self.candidates[*c].target.field(self.register).is_some_and(|f| !f.targets().is_empty()));
        match (linked && used.len() >= 2, headline) {
            (true, 0) if sum > top + 0.4 => Per::Sheet(key),
            (true, n) if n > 0 && n == self.register.headline.len() && used.len() >= 2 => Per::Group(key),
            // The date may be missing: what matters is that rows share their record's name.
            (true, n) if n > 0 && used.len() >= 2 && sum > top && self.repeats(&top_used) => Per::Group(key),
            _ => Per::Row,
        }
    }

    /// Tells whether the headline columns hold few different values: many rows of one record.
    fn repeats(&self, used: &[usize]) -> bool {
        let headline =
            |c: &usize| matches!(self.candidates[*c].target, Target::Field(ix) if self.register.headline.contains(&ix));
        let best = |candidate: usize| {
            let score = |c: &usize| HeadForms::new(&self.table.columns[*c]).score(&self.candidates[candidate]).score;
            (0..self.table.columns.len()).max_by(|a, b| score(a).total_cmp(&score(b)))
        };
        let columns: Vec<usize> = used.iter().copied().filter(headline).filter_map(best).collect();
        let line =
            |r: &crate::sheet::layout::DataRow| columns.iter().map(|c| plain(&r.cells[*c].shown())).collect::<Vec<_>>();
        let mut lines: Vec<Vec<String>> = self.table.rows.iter().map(line).collect();
        lines.sort();
        lines.dedup();
        !columns.is_empty() && lines.len() * 2 <= self.table.rows.len()
    }

    /// A row inside a record needs what it is about: 参加 9名 beside a session is a count, and no row of its roster.
    pub(super) fn headless(&self, per: &Per, plan: &mut Plan) {
        if *per != Per::Row {
            return;
        }
        let target = |c: &usize| &self.candidates[*c].target;
        let named: Vec<usize> = plan.columns.iter().flatten().filter_map(|c| self.named_row(target(c))).collect();
        for (column, chosen) in plan.columns.iter_mut().zip(&mut plan.chosen) {
            let before = column.len();
            let lone = |t: &Target| match t {
                Target::Sub { rows, .. } => self.row_link(*rows).is_some() && !named.contains(rows),
                _ => false,
            };
            column.retain(|c| !lone(target(c)));
            if column.is_empty() && before > 0 {
                *chosen = None;
            }
        }
    }

    /// The link that heads the rows of a field: the person of a roster.
    fn row_link(&self, rows: usize) -> Option<usize> {
        let field = self.register.slot(rows);
        field.headline.first().copied().filter(|h| field.rows().get(*h).is_some_and(|f| !f.targets().is_empty()))
    }

    fn named_row(&self, target: &Target) -> Option<usize> {
        match target {
            Target::Sub { rows, sub } if self.row_link(*rows) == Some(*sub) => Some(*rows),
            _ => None,
        }
    }
}
