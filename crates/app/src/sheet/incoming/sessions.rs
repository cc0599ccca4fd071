//! A table whose columns are records: each session a column, each row somebody who took part or not.

use std::collections::HashSet;

use akashi_domain::register::FieldKind;
use akashi_domain::{Label, Value};

use super::build::Builder;
use super::cells::Draft;
use super::roster::{first_date, push_row};
use crate::sheet::layout::DataRow;
use crate::sheet::mapping::Target;
use crate::sheet::read::Cell;
use crate::sheet::values::date::DateContext;
use crate::sheet::words::{head_base, plain, tidy};

impl Builder<'_, '_> {
    /// Makes a record of every column of marks.
    pub(super) fn sessions(&mut self, key: &str) {
        let Some(rows_ix) = self.register.field_ix(key) else { return };
        let marks = |t: &Target| matches!(t, Target::Sub { rows, sub } if *rows == rows_ix && matches!(self.register.slot(rows_ix).rows()[*sub].kind, FieldKind::Choice(_)));
        let columns: Vec<usize> =
            self.plans().iter().filter(|p| p.parts.iter().any(|t| marks(&t.target))).map(|p| p.slot).collect();
        let noted = self.out.notes.len();
        for column in &columns {
            let draft = self.session(*column);
            let number = self.job.table.header_rows.0;
            let cells = vec![Cell::default(); self.job.table.columns.len()];
            self.finish(draft, &DataRow { number, cells, ..DataRow::default() });
            let at = self.out.rows.len() - 1;
            for row in &self.job.table.rows {
                let mut alone = row.clone();
                columns.iter().filter(|c| *c != column).for_each(|c| alone.cells[*c] = Cell::default());
                let mut draft = self.draft(&alone);
                let mut inner = self.inner_row(&mut draft, rows_ix, &alone);
                self.left_over(rows_ix, &mut draft, &mut inner);
                self.out.rows[at]
                    .extra
                    .extend(draft.extra.into_iter().map(|(k, v)| (format!("{k} [{}]", row.number), v)));
                push_row(&mut self.out.rows[at].values[rows_ix], inner);
            }
        }
        self.once(noted);
    }

    /// What the column's header and the texts above say of the session.
    fn session(&mut self, column: usize) -> Draft {
        let (mut titles, mut draft) = self.told_above();
        let label = tidy(&self.job.table.columns[column].levels.join(" "));
        self.session_date(&label, column, &mut draft);
        self.session_name(&label, &titles, &mut draft);
        titles.push(label);
        self.words(&titles, &mut draft);
        draft
    }

    fn session_date(&mut self, label: &str, column: usize, draft: &mut Draft) {
        let date = |h: &&usize| matches!(self.register.slot(**h).kind, FieldKind::Date);
        let Some(slot) = self.register.headline.iter().find(date).copied() else { return };
        let context = DateContext { fiscal_year: self.fiscal, ..DateContext::default() };
        let number = self.job.table.header_rows.0;
        let key = self.register.slot(slot).key.clone();
        draft.values[slot] = first_date(label, &context).unwrap_or(Value::Null);
        let what = match draft.values[slot] {
            Value::Null => Label::new("見出しに日付がありません", "the header tells no date"),
            _ => Label::new("日付は列の見出しから読みました", "the date was read from the header of the column"),
        };
        self.note(number, column, Some(key), what);
    }

    /// The header without its date; below the table's title when it only counts (第1回).
    fn session_name(&mut self, label: &str, titles: &[String], draft: &mut Draft) {
        let text = |h: &&usize| matches!(self.register.slot(**h).kind, FieldKind::Text);
        let Some(slot) = self.register.headline.iter().find(text).copied() else { return };
        let mut above = Draft::new(self.register);
        self.name(titles, &mut above);
        let bare =
            head_base(label).map_or_else(|| plain(label), |_| plain(label.split(['(', '（']).next().unwrap_or(label)));
        let counts = !bare.chars().any(|c| c.is_alphabetic() && !"第回月日年度期".contains(c));
        draft.values[slot] = match (&above.values[slot], counts) {
            (Value::Text(title), true) => Value::Text(tidy(&format!("{title} {bare}")).into()),
            _ => Value::Text(bare.as_str().into()),
        };
    }

    /// The same cell is read for every session: it is told once.
    fn once(&mut self, from: usize) {
        let mut seen: HashSet<(String, Label)> = HashSet::new();
        let notes = self.out.notes.split_off(from);
        self.out.notes.extend(notes.into_iter().filter(|n| seen.insert((n.cell.clone(), n.what.clone()))));
    }
}
