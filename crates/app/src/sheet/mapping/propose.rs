//! Proposes how a table fills a register: headers first, then content; each column's reasons are told.

use std::collections::BTreeMap;

use akashi_domain::register::{Field, FieldKind};
use akashi_domain::{Catalog, Label, Register, RegisterIx};

use super::candidates::{Candidate, Vocabulary};
use super::content::{Sample, typed};
use super::numbered;
use super::score::{HeadForms, HeadScore, How};
use super::sessions::{self, Sessions};
use super::target::Target;
use super::ticks;
use super::{ColumnMapping, Per, TableMapping};
use crate::sheet::layout::{Column, Table};
use crate::sheet::read::{cell_name, column_name};
use crate::sheet::values::choice::{Options, split_list};
use crate::sheet::values::date::{DateContext, fiscal_year};
use crate::sheet::words::{head_key, is_running_header, plain};

/// Below this a column stays extra data.
const ACCEPT: f32 = 0.5;

/// A possible use of a column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Option_ {
    pub(super) column: usize,
    pub(super) candidate: usize,
    pub(super) head: HeadScore,
    pub(super) fit: Option<f32>,
    confidence: f32,
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

/// Returns the fiscal year the sheet, its titles or the file speak of.
fn table_fiscal_year(table: &Table, file: &str) -> Option<i16> {
    let whole = |name: &str| {
        let era = crate::sheet::values::read_date(name, &DateContext::default()).ok();
        era.filter(|(d, _)| d.month.is_none()).map(|(d, _)| d.year)
    };
    fiscal_year(&table.sheet)
        .or_else(|| whole(&table.sheet))
        .or_else(|| table.titles.iter().take(8).find_map(|t| fiscal_year(&t.1)))
        .or_else(|| fiscal_year(file))
}

/// What a name speaks of beside the register's own words: `03_電子カルテ利用者ID一覧` → `電子カルテ`. What is itself a word of
/// the register (ユーザ of ユーザ権限一覧) is not what the list is about.
fn subject(name: &str, register: &Register) -> Option<String> {
    let name = plain(name);
    let mut words: Vec<String> = register.words.iter().map(|w| plain(w)).filter(|w| w.chars().count() >= 3).collect();
    words.sort_by_key(|w| std::cmp::Reverse(w.chars().count()));
    let trim = |c: char| {
        c.is_ascii_digit() || c.is_whitespace() || matches!(c, '_' | '-' | '・' | '(' | ')' | '【' | '】' | '.' | ':')
    };
    let own = |subject: &str| {
        let key = head_key(subject);
        register.fields().iter().flat_map(|f| &f.words).map(|w| head_key(w)).any(|w| w.starts_with(&key))
    };
    words.iter().filter_map(|w| name.split_once(w.as_str()).map(|(before, _)| before)).find_map(|before| {
        let mut pieces = before.trim_matches(trim).rsplit([' ', '_', '】']).map(|p| p.trim_matches(trim));
        let last = pieces.find(|p| !p.is_empty() && !own(p))?;
        let subject = last.strip_suffix('の').or_else(|| last.strip_suffix("システム")).unwrap_or(last);
        (2..=20).contains(&subject.chars().count()).then(|| subject.to_string())
    })
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

    /// What becomes a record: usually a row; the sheet, when its columns describe rows inside a record.
    fn per(&self, options: &[Option_]) -> Per {
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

    /// Columns that are records themselves.
    fn sessions(&self, options: &[Option_]) -> Option<Sessions> {
        let named = |column: usize| {
            let mine = options.iter().filter(|o| o.column == column);
            mine.max_by(|a, b| a.head.score.total_cmp(&b.head.score)).map(|o| (o.head.score, o.candidate))
        };
        sessions::find(self.table, self.register, self.candidates, &self.samples, &named)
    }

    /// Gives the columns of sessions their target.
    fn mark(&self, found: &Sessions, plan: &mut Plan) {
        let target = Target::Sub { rows: found.rows, sub: found.result };
        let Some(candidate) = self.candidates.iter().position(|c| c.target == target) else { return };
        for column in &found.columns {
            let head = HeadScore { score: 0.0, how: How::None };
            plan.columns[*column].push(candidate);
            plan.chosen[*column] = Some(Option_ { column: *column, candidate, head, fit: Some(1.0), confidence: 0.7 });
        }
    }

    /// Gives the columns headed by the options of a choice their options.
    fn tick(&self, options: &[Option_], per: &Per, plan: &mut Plan) {
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
    fn flags(&self, per: &Per, plan: &mut Plan) {
        let told = plan.columns.iter().flatten().any(|c| self.candidates[*c].target == Target::Status);
        if told || !matches!(per, Per::Row) {
            return;
        }
        for (column, labels) in self.table.columns.iter().enumerate() {
            let Some(state) = ticks::state(labels, self.register, &self.samples[column]) else { continue };
            let target = Target::State(state.key.as_str().into());
            let Some(candidate) = self.candidates.iter().position(|c| c.target == target) else { continue };
            let head = HeadScore { score: 0.9, how: How::Word };
            plan.columns[column].push(candidate);
            plan.chosen[column].get_or_insert(Option_ { column, candidate, head, fit: Some(1.0), confidence: 0.85 });
        }
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

    /// A row inside a record needs what it is about: 参加 9名 beside a session is a count, and no row of its roster.
    fn headless(&self, per: &Per, plan: &mut Plan) {
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

    /// A link of the key that no column fills may stand in title, sheet or file name: the system of a list of its users.
    fn constants(&self, file: &str, per: &Per, plan: &Plan) -> BTreeMap<String, String> {
        let filled =
            |slot: usize| plan.columns.iter().flatten().any(|c| self.candidates[*c].target == Target::Field(slot));
        let open =
            self.register.key_fields.iter().filter(|k| !self.register.slot(**k).targets().is_empty() && !filled(**k));
        let stem = file.rsplit_once('.').map_or(file, |(s, _)| s);
        let texts = self.table.titles.iter().map(|t| t.1.as_str()).chain([self.table.sheet.as_str(), stem]);
        let named = texts.filter_map(|t| subject(t, self.register)).next();
        let told = |k: &usize| self.told_above(*k).or_else(|| named.clone());
        let keys = open.filter_map(|k| Some((*k, told(k)?)));
        // What one sheet has in common is often said once above it: 部署:内科外来.
        let common = |slot: &usize| {
            let field = self.register.slot(*slot);
            let one = ["place", "system", "vendor"].iter().any(|t| field.targets() == [*t]);
            !field.common && (one || field.key == "department") && !filled(*slot)
        };
        let rows = if *per == Per::Row { self.register.fields().len() } else { 0 };
        let fields = (0..rows).filter(common).filter_map(|slot| Some((slot, self.told_above(slot)?)));
        let group = self.group_above().filter(|_| *per == Per::Row);
        let grouped = group.and_then(|group| {
            let mut choices = (0..rows).filter(|slot| {
                let field = self.register.slot(*slot);
                let choice = matches!(field.kind, FieldKind::Choice(_)) && !field.common && !filled(*slot);
                choice && Options::new(field.options()).whole(&group).is_some()
            });
            choices.next().filter(|_| choices.next().is_none()).map(|slot| (slot, group.clone()))
        });
        keys.chain(fields).chain(grouped).map(|(slot, told)| (self.register.slot(slot).key.clone(), told)).collect()
    }

    /// The one label that all columns of the table stand under, a level of the header or a text right above it.
    fn group_above(&self) -> Option<String> {
        let columns: Vec<&Column> = self.table.columns.iter().filter(|c| !c.levels.is_empty()).collect();
        let level = columns.first().filter(|c| c.levels.len() >= 2).map(|c| c.levels[0].clone());
        if let Some(level) = level.filter(|l| columns.iter().all(|c| c.levels.len() >= 2 && c.levels[0] == *l)) {
            return Some(level);
        }
        let above = self.table.header_rows.0.checked_sub(1)?;
        let inside = |cell: &str| columns.iter().any(|c| cell == cell_name(above, c.at));
        let mut titles = self.table.titles.iter().filter(|t| inside(&t.0));
        titles.next().filter(|_| titles.next().is_none()).map(|t| t.1.clone())
    }

    /// What stands above the table behind a word of the field and a colon: システム:電子カルテ.
    fn told_above(&self, slot: usize) -> Option<String> {
        let field = self.register.slot(slot);
        let words: Vec<String> =
            field.words.iter().chain([&field.title.ja, &field.title.en]).map(|w| head_key(w)).collect();
        let titles = &self.table.titles;
        let row = |cell: &str| cell.trim_start_matches(|c: char| c.is_ascii_alphabetic()).to_owned();
        titles.iter().enumerate().find_map(|(ix, (cell, text))| {
            let (label, rest) = text.split_once([':', '：'])?;
            let label = label.split_whitespace().next_back().filter(|l| words.contains(&head_key(l)))?;
            // Who keeps the list says nothing of what is in it.
            if ["管理", "担当", "所管", "主管", "作成", "記入"].iter().any(|k| label.starts_with(k)) {
                return None;
            }
            // The value may stand in a cell of its own.
            let beside = titles.get(ix + 1).filter(|next| row(&next.0) == row(cell)).map_or("", |next| next.1.as_str());
            let value = if rest.trim().is_empty() { beside } else { rest };
            value.split_whitespace().next().filter(|v| *v != label).map(str::to_owned)
        })
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
