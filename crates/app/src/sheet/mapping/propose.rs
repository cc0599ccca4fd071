//! Proposes how a table fills a register: headers first, then content; each column's reasons are told.

use akashi_domain::register::{Field, FieldKind};
use akashi_domain::{Catalog, Label, Register, RegisterIx};

use super::around::table_fiscal_year;
use super::candidates::{Candidate, Vocabulary};
use super::content::{Sample, typed};
use super::numbered;
use super::score::{HeadForms, HeadScore, How};
use super::target::Target;
use super::{ColumnMapping, Per, TableMapping};
use crate::sheet::layout::{Column, Table};
use crate::sheet::read::column_name;
use crate::sheet::values::choice::{Options, split_list};
use crate::sheet::values::date::DateContext;
use crate::sheet::words::{head_key, is_running_header};

/// Below this a column stays extra data.
const ACCEPT: f32 = 0.5;

/// A possible use of a column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Option_ {
    pub(super) column: usize,
    pub(super) candidate: usize,
    pub(super) head: HeadScore,
    pub(super) fit: Option<f32>,
    pub(super) confidence: f32,
}

/// Proposes a mapping of a table.
pub fn propose(
    table: &Table,
    file: &str,
    register: RegisterIx,
    catalog: &Catalog,
    vocabulary: &Vocabulary,
) -> TableMapping {
    let definition = catalog.register(register);
    let candidates = vocabulary.of(register);
    let fiscal = table_fiscal_year(table, file);
    let context = DateContext { fiscal_year: fiscal, ..DateContext::default() };
    let work = Work {
        table,
        register: definition,
        candidates,
        samples: (0..table.columns.len()).map(|s| Sample::of(table, s)).collect(),
        context,
    };
    let options = work.options();
    let sessions = work.sessions(&options);
    let per = match &sessions {
        Some(found) => Per::Columns(definition.slot(found.rows).key.clone()),
        None => work.per(&options),
    };
    let mut plan = Plan {
        columns: vec![Vec::new(); table.columns.len()],
        also: vec![Vec::new(); table.columns.len()],
        chosen: vec![None; table.columns.len()],
    };
    if let Some(found) = &sessions {
        work.mark(found, &mut plan);
    }
    work.tick(&options, &per, &mut plan);
    work.assign(&options, &per, &mut plan);
    work.lower(&mut plan);
    work.headless(&per, &mut plan);
    work.extend(&options, &per, &mut plan);
    work.words_too(&options, &per, &mut plan);
    work.by_content(&mut plan);
    work.flags(&per, &mut plan);
    let constants = work.constants(file, &per, &plan);
    TableMapping {
        sheet: table.sheet.clone(),
        skip: false,
        per,
        columns: work.describe(&plan),
        constants,
        fiscal_year: fiscal,
    }
}

/// Returns the rows field a table of people or things inside one record would fill, if its columns look like that.
pub fn roster_field<'a>(register: &'a Register, mapping: &TableMapping) -> Option<&'a Field> {
    match &mapping.per {
        Per::Row => None,
        Per::Sheet(key) | Per::Group(key) | Per::Columns(key) => register.field(key),
    }
}

pub(super) struct Work<'a> {
    pub(super) table: &'a Table,
    pub(super) register: &'a Register,
    pub(super) candidates: &'a [Candidate],
    pub(super) samples: Vec<Sample<'a>>,
    context: DateContext,
}

/// What was decided per column.
pub(super) struct Plan {
    pub(super) columns: Vec<Vec<usize>>,
    pub(super) also: Vec<Vec<usize>>,
    pub(super) chosen: Vec<Option<Option_>>,
}

impl Work<'_> {
    fn options(&self) -> Vec<Option_> {
        let mut out = Vec::new();
        for (column, labels) in self.table.columns.iter().enumerate().filter(|(_, c)| !c.levels.is_empty()) {
            let forms = HeadForms::new(labels);
            let forms = if self.table.columns.len() > 400 { forms.whole_words() } else { forms };
            for (candidate, found) in self.candidates.iter().enumerate().filter(|(_, c)| !c.target.is_tick()) {
                let head = self.listed(labels, found).unwrap_or_else(|| forms.score(found));
                if head.score >= 0.35 {
                    out.push(self.option(column, candidate, head));
                }
            }
        }
        out.sort_by(|a, b| {
            b.confidence.total_cmp(&a.confidence).then(a.candidate.cmp(&b.candidate)).then(a.column.cmp(&b.column))
        });
        out
    }

    /// A header that lists the options of a choice names it: リース・買取, 常勤/非常勤.
    fn listed(&self, labels: &Column, candidate: &Candidate) -> Option<HeadScore> {
        let leaf = labels.levels.last().filter(|l| l.contains(['・', '･', '/', '／', '、', ',']))?;
        let field = candidate.target.field(self.register).filter(|f| matches!(f.kind, FieldKind::Choice(_)))?;
        if matches!(candidate.target, Target::Option { .. }) {
            return None;
        }
        let options = Options::new(field.options());
        let mut named: Vec<String> = Vec::new();
        for part in split_list(leaf) {
            let key = options.whole(&part)?;
            if !named.iter().any(|n| n == key) {
                named.push(key.into());
            }
        }
        (named.len() >= 2).then_some(HeadScore { score: 0.88, how: How::Alternative })
    }

    fn option(&self, column: usize, candidate: usize, head: HeadScore) -> Option_ {
        let found = &self.candidates[candidate];
        let header = self.table.columns[column].label();
        let fit = self.samples[column].fit(&found.target, self.register, &header, &self.context);
        let confidence = match (&found.target, fit) {
            // A state column has to speak the register's words.
            // Where the header says so and some words are known, the others are told cell by cell.
            (Target::Status, Some(f)) if f >= 0.25 && matches!(head.how, How::Word | How::Leaf | How::Alternative) => {
                head.score * f.max(0.65)
            }
            (Target::Status, f) => head.score * f.unwrap_or(0.0),
            // Words that understand most cells say more than a text that takes anything.
            (_, Some(f)) if f >= 0.6 => head.score * (0.87 + 0.13 * f),
            (_, Some(f)) => head.score * (0.6 + 0.4 * f),
            (_, None) => head.score * 0.95,
        };
        // A code beside a name is the weaker source of a text.
        let code = ["コード", "cd", "code"].iter().any(|w| head_key(&header).ends_with(w)) && self.wordy(&found.target);
        let confidence = if code { confidence * 0.75 } else { confidence };
        // Where a record's own field and one of the rows inside it bear the same words, the record's comes first.
        let confidence = if matches!(found.target, Target::Sub { .. }) { confidence * 0.97 } else { confidence };
        Option_ { column, candidate, head, fit, confidence }
    }

    /// Tells whether the target is a text of words, not of codes.
    fn wordy(&self, target: &Target) -> bool {
        let key = match target {
            Target::Field(ix) => self.register.key_fields.contains(ix),
            _ => false,
        };
        let field = target.field(self.register);
        !key && field.is_some_and(|f| {
            matches!(f.kind, FieldKind::Text) && !["code", "no", "id"].iter().any(|w| f.key.split('_').any(|p| p == *w))
        })
    }

    /// Of columns numbered from the whole to the part, the lowest names the department best.
    fn lower(&self, plan: &mut Plan) {
        for column in 0..plan.columns.len() {
            let [candidate] = plan.columns[column].as_slice() else { continue };
            let candidate = *candidate;
            let target = &self.candidates[candidate].target;
            let coded = target.field(self.register).is_some_and(|f| f.key == "department_code");
            if !coded && !self.wordy(target) {
                continue;
            }
            let free = |c: usize| plan.columns[c].is_empty();
            if let Some(lowest) = numbered::lowest(self.table, column, &free) {
                plan.columns[column].clear();
                plan.columns[lowest].push(candidate);
                plan.chosen[lowest] = plan.chosen[column].take().map(|o| Option_ { column: lowest, ..o });
            }
        }
    }

    /// Tells whether a target may be used when records are made that way.
    pub(super) fn allowed(&self, target: &Target, per: &Per) -> bool {
        match (per, target.rows()) {
            (Per::Row, _) => true,
            (Per::Group(key), None) => !matches!(target, Target::Field(ix) if self.register.slot(*ix).key == *key),
            (Per::Sheet(key) | Per::Group(key) | Per::Columns(key), Some(rows)) => self.register.slot(rows).key == *key,
            (Per::Sheet(_) | Per::Columns(_), None) => false,
        }
    }

    /// Gives each column its best free target.
    fn assign(&self, options: &[Option_], per: &Per, plan: &mut Plan) {
        let mut taken: Vec<usize> = Vec::new();
        for o in options.iter().filter(|o| o.confidence >= ACCEPT) {
            let target = &self.candidates[o.candidate].target;
            // Rows inside a record are a second choice where records are rows.
            let remark = || target.field(self.register).is_some_and(|f| f.key == "note");
            let weak = matches!(target, Target::Sub { .. })
                && *per == Per::Row
                && (!matches!(o.head.how, How::Word | How::Leaf) || remark());
            if weak
                || !self.allowed(target, per)
                || plan.chosen[o.column].is_some()
                || taken.contains(&o.candidate)
                || self.mere_number(o)
                || self.loose_headline(o, per)
            {
                continue;
            }
            plan.chosen[o.column] = Some(*o);
            plan.columns[o.column].push(o.candidate);
            taken.push(o.candidate);
        }
    }

    /// Rows of one record are told apart by its name and date only where a header surely names these.
    fn loose_headline(&self, o: &Option_, per: &Per) -> bool {
        let Target::Field(ix) = self.candidates[o.candidate].target else { return false };
        matches!(per, Per::Group(_)) && self.register.headline.contains(&ix) && o.head.how == How::Part
    }

    /// A running number is no key.
    pub(super) fn mere_number(&self, o: &Option_) -> bool {
        let Target::Field(ix) = self.candidates[o.candidate].target else { return false };
        self.register.key_fields.contains(&ix)
            && self.table.columns[o.column].levels.last().is_none_or(|leaf| is_running_header(leaf))
            && self.runs(o.column)
    }

    /// Tells whether the column counts 1, 2, 3 …
    fn runs(&self, column: usize) -> bool {
        let numbers = self
            .table
            .rows
            .iter()
            .map(|r| crate::sheet::words::plain(&r.cells[column].shown()))
            .filter(|t| !t.is_empty());
        let numbers: Vec<Option<i64>> = numbers.map(|t| t.parse().ok()).collect();
        let steps = numbers.windows(2).filter(|w| matches!(w, [Some(a), Some(b)] if b - a == 1 || b - a == 2)).count();
        numbers.len() >= 2 && steps * 10 >= (numbers.len() - 1) * 8
    }

    /// Content that can only be one thing, whatever stands above it.
    fn by_content(&self, plan: &mut Plan) {
        for column in 0..plan.columns.len() {
            if !plan.columns[column].is_empty() {
                continue;
            }
            let Some(key) = self.samples[column].kind() else { continue };
            let fits = |c: &Candidate| matches!(c.target, Target::Field(ix) if self.register.slot(ix).key == key);
            let Some(candidate) = self.candidates.iter().position(fits) else { continue };
            if plan.columns.iter().all(|c| !c.contains(&candidate)) {
                plan.columns[column].push(candidate);
                let head = HeadScore { score: 0.0, how: How::None };
                plan.chosen[column] = Some(Option_ { column, candidate, head, fit: Some(0.8), confidence: 0.55 });
            }
        }
    }

    fn describe(&self, plan: &Plan) -> Vec<ColumnMapping> {
        let paths = |found: &[usize]| found.iter().map(|c| self.candidates[*c].target.path(self.register)).collect();
        let column = |(slot, column): (usize, &crate::sheet::layout::Column)| ColumnMapping {
            column: column_name(column.at),
            header: column.label(),
            to: paths(&plan.columns[slot]),
            also: paths(&plan.also[slot]),
            confidence: plan.chosen[slot].map_or(0.0, |o| (o.confidence.min(1.0) * 100.0).round() / 100.0),
            why: plan.chosen[slot].map_or_else(Vec::new, |o| self.reasons(&o)),
        };
        self.table.columns.iter().enumerate().map(column).collect()
    }

    fn reasons(&self, o: &Option_) -> Vec<Label> {
        let head = match o.head.how {
            How::Word | How::Leaf => Label::new("見出しが台帳の定義にある語", "the header is a word of the definition"),
            How::Base => Label::new(
                "見出しの括弧の外が定義にある語",
                "the header without its brackets is a word of the definition",
            ),
            How::Loose => Label::new("見出しがほぼ同じ語", "the header is nearly a word of the definition"),
            How::Alternative => Label::new(
                "併記された見出しの一方が定義にある語",
                "one of the header's two names is a word of the definition",
            ),
            How::Part => Label::new("見出しの一部が同じ語", "part of the header is a word of the definition"),
            How::Group => Label::new("上段の見出しが同じ語", "the upper header is a word of the definition"),
            How::None => Label::new("見出しではなく中身の形から", "by the form of the content, not by the header"),
        };
        let mut out = vec![head];
        let field = self.candidates[o.candidate].target.field(self.register);
        if let (Some(fit), true) = (o.fit, field.is_none_or(typed)) {
            let share = (fit * 100.0).round();
            out.push(Label::new(format!("値の{share}%が読める"), format!("{share}% of the cells can be read")));
        }
        out
    }
}
