//! A sheet that is one record with rows inside: a training session and its roster.
//! What the record itself says is taken from title, sheet name and label–value pairs above the table.

use akashi_domain::register::{Field, FieldKind};
use akashi_domain::{Label, Register, Row, Value};

use super::build::Builder;
use super::cells::Draft;
use crate::sheet::layout::DataRow;
use crate::sheet::read::Cell;
use crate::sheet::values::date::{DateContext, Token, letters, scan};
use crate::sheet::values::{FieldReader, read_date};
use crate::sheet::words::{head_key, is_running_header, plain, tidy};

/// Adds a row to a rows value.
pub(super) fn push_row(value: &mut Value, row: Row) {
    match value {
        Value::Rows(rows) => rows.push(row),
        other => *other = Value::Rows(vec![row]),
    }
}

impl Builder<'_, '_> {
    /// Fills one record from the whole table, or goes on with the one at `same`; returns its place.
    pub(super) fn sheet_record(&mut self, key: &str, same: Option<usize>) -> Option<usize> {
        let rows_ix = self.register.field_ix(key)?;
        let at = match same {
            Some(at) => at,
            None => {
                let draft = self.record_of_sheet();
                let first = DataRow {
                    number: self.job.table.header_rows.0,
                    cells: vec![Cell::default(); self.job.table.columns.len()],
                    ..DataRow::default()
                };
                self.finish(draft, &first);
                self.out.rows.len() - 1
            }
        };
        for row in &self.job.table.rows {
            let mut draft = self.draft(row);
            let mut inner = self.inner_row(&mut draft, rows_ix, row);
            self.left_over(rows_ix, &mut draft, &mut inner);
            self.out.rows[at].extra.extend(draft.extra.into_iter().map(|(k, v)| (format!("{k} [{}]", row.number), v)));
            push_row(&mut self.out.rows[at].values[rows_ix], inner);
        }
        // The state may depend on the rows.
        self.out.rows[at].source.row = self.job.table.header_rows.0;
        Some(at)
    }

    /// What no sub-field takes goes to the row's note; plain running numbers are let go.
    pub(super) fn left_over(&self, rows_ix: usize, draft: &mut Draft, inner: &mut Row) {
        let fields = self.register.slot(rows_ix).rows();
        let running: Vec<&str> =
            self.plans().iter().map(|p| p.label.as_str()).filter(|l| is_running_header(l)).collect();
        draft.extra.retain(|label, text| !(running.contains(&label.as_str()) && plain(text).parse::<u32>().is_ok()));
        let Some(note) =
            fields.iter().position(|f| f.key == "note" && matches!(f.kind, FieldKind::Text | FieldKind::Long))
        else {
            return;
        };
        for (label, text) in std::mem::take(&mut draft.extra) {
            let line = format!("{label}: {}", tidy(&text));
            inner.cells[note] = match &inner.cells[note] {
                Value::Text(old) => Value::Text(format!("{old} / {line}").into()),
                _ => Value::Text(line.into()),
            };
        }
    }

    fn record_of_sheet(&mut self) -> Draft {
        let (titles, mut draft) = self.told_above();
        self.name(&titles, &mut draft);
        self.date(&titles, &mut draft);
        self.words(&titles, &mut draft);
        draft
    }

    /// The texts above the table, and a draft with what their label–value pairs say.
    pub(super) fn told_above(&mut self) -> (Vec<String>, Draft) {
        let mut draft = Draft::new(self.register);
        let titles = beside(&self.job.table.titles, self.register);
        for (label, text) in pairs(&titles) {
            self.pair(&label, &text, &mut draft);
        }
        (titles, draft)
    }

    /// A label and its value above the table.
    fn pair(&mut self, label: &str, text: &str, draft: &mut Draft) {
        let key = head_key(label);
        let named = |f: &Field| f.words.iter().chain([&f.title.ja, &f.title.en]).any(|w| head_key(w) == key);
        let Some(slot) = self.register.fields().iter().position(|f| !matches!(f.kind, FieldKind::Rows(_)) && named(f))
        else {
            draft.extra.insert(label.into(), text.into());
            return;
        };
        let field = self.register.slot(slot);
        let context = DateContext { fiscal_year: self.fiscal, ..DateContext::default() };
        let value = match field.kind {
            FieldKind::Date => first_date(text, &context),
            _ => FieldReader::new(field, label).read(&Cell::text(text), &context).ok().map(|r| r.value),
        };
        match value {
            Some(value) if draft.values[slot].is_missing() => draft.values[slot] = value,
            _ => drop(draft.extra.insert(label.into(), text.into())),
        }
        if matches!(field.kind, FieldKind::Date) && plain(text).chars().count() > 12 {
            draft.extra.insert(label.into(), text.into());
        }
    }

    /// The record's name: the first title that is more than a date or a pair, else the sheet's name.
    pub(super) fn name(&mut self, titles: &[String], draft: &mut Draft) {
        let text = |h: &&usize| matches!(self.register.slot(**h).kind, FieldKind::Text);
        let Some(slot) = self.register.headline.iter().find(text).copied() else { return };
        if !draft.values[slot].is_missing() {
            return;
        }
        let bare = |t: &&String| !is_pairs(t) && read_date(t, &DateContext::default()).is_err();
        let sheet = Some(self.job.table.sheet.as_str()).filter(|s| !is_nameless(s));
        let title = titles.iter().find(bare).map_or_else(|| sheet.unwrap_or(self.stem()), String::as_str);
        if !title.is_empty() {
            draft.values[slot] = Value::Text(tidy(title).into());
        }
    }

    /// The record's date: any full date in the titles, else in the sheet's name, else in the file's.
    fn date(&mut self, titles: &[String], draft: &mut Draft) {
        let date = |h: &&usize| matches!(self.register.slot(**h).kind, FieldKind::Date);
        let Some(slot) = self.register.headline.iter().find(date).copied() else { return };
        if !draft.values[slot].is_missing() {
            return;
        }
        let context = DateContext { fiscal_year: self.fiscal, ..DateContext::default() };
        let sheet = self.job.table.sheet.clone();
        let stem = self.stem().to_string();
        let mut texts = titles.iter().chain([&sheet, &stem]);
        if let Some(value) = texts.find_map(|t| first_date(t, &context)) {
            draft.values[slot] = value;
            self.note_title(slot);
        }
    }

    /// The file's name without its ending: a text file has no other title.
    fn stem(&self) -> &str {
        let stem = self.file.rsplit_once('.').map_or(self.file, |(stem, _)| stem);
        let answers = ["（回答）", "(回答)", "(Responses)"];
        answers.iter().find_map(|a| stem.strip_suffix(a)).unwrap_or(stem).trim_end()
    }

    /// Choices whose words stand in the title or the sheet's name.
    pub(super) fn words(&mut self, titles: &[String], draft: &mut Draft) {
        let all = titles.iter().chain([&self.job.table.sheet]).map(|t| head_key(t)).collect::<Vec<_>>().join(" ");
        for slot in 0..self.register.fields().len() {
            let field = self.register.slot(slot);
            if field.common || !draft.values[slot].is_missing() {
                continue;
            }
            let value = match &field.kind {
                FieldKind::Choice(_) => longest(field, &all).map(Value::Choice),
                FieldKind::Choices(_) => Some(every(field, &all)).filter(|k| !k.is_empty()).map(Value::Choices),
                _ => None,
            };
            if let Some(value) = value {
                draft.values[slot] = value;
                self.note_title(slot);
            }
        }
    }

    fn note_title(&mut self, slot: usize) {
        let field = self.register.slot(slot);
        let what = Label::new(
            format!("「{}」は表題かシート名から読みました", field.title.ja),
            format!("“{}” was read from title or sheet name", field.title.en),
        );
        let key = field.key.clone();
        self.note(self.job.table.header_rows.0, 0, Some(key), what);
    }
}

/// The one option whose longest word stands in the text.
fn longest(field: &Field, text: &str) -> Option<Box<str>> {
    let mut best: Vec<(usize, &str)> = Vec::new();
    for option in field.options() {
        let words = option.words.iter().chain([&option.title.ja]).map(|w| head_key(w));
        if let Some(len) =
            words.filter(|w| w.chars().count() >= 2 && text.contains(w.as_str())).map(|w| w.chars().count()).max()
        {
            best.push((len, &option.key));
        }
    }
    best.sort_by_key(|b| std::cmp::Reverse(b.0));
    let tie = best.len() > 1 && best[0].0 == best[1].0;
    best.first().filter(|_| !tie).map(|b| b.1.into())
}

/// Every option with a word of three characters or more in the text.
fn every(field: &Field, text: &str) -> Vec<Box<str>> {
    let hit = |o: &&akashi_domain::register::Choice| {
        let mut words = o.words.iter().chain([&o.title.ja]).map(|w| head_key(w));
        words.any(|w| w.chars().count() >= 3 && text.contains(w.as_str()))
    };
    field.options().iter().filter(hit).map(|o| o.key.as_str().into()).collect()
}

pub(super) fn first_date(text: &str, context: &DateContext) -> Option<Value> {
    let chars = letters(text);
    scan(&chars, context, false).iter().find_map(|f| match f.token {
        Token::Date(d) if d.month.is_some() => Some(Value::Date(d)),
        _ => None,
    })
}

/// A sheet name that a program gave: フォームの回答 1, Sheet1.
fn is_nameless(sheet: &str) -> bool {
    const NAMES: [&str; 10] =
        ["", "フォームの回答", "form responses", "sheet", "シート", "export", "回答", "一覧", "名簿", "データ"];
    let name = plain(sheet).to_lowercase();
    NAMES.contains(&name.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' '))
}

/// Texts above a table; a label of the register and the value in the next cell of its row become `label：value`.
fn beside(titles: &[(String, String)], register: &Register) -> Vec<String> {
    let row = |cell: &str| cell.trim_start_matches(|c: char| c.is_ascii_alphabetic()).to_owned();
    let label = |text: &str| {
        let key = head_key(text);
        let named = |f: &Field| f.words.iter().chain([&f.title.ja, &f.title.en]).any(|w| head_key(w) == key);
        register.fields().iter().any(|f| !f.common && !matches!(f.kind, FieldKind::Rows(_)) && named(f))
    };
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some((cell, text)) = titles.get(at) {
        let value = titles.get(at + 1).filter(|next| row(&next.0) == row(cell) && label(text) && !label(&next.1));
        out.push(
            value.map_or_else(|| text.clone(), |v| format!("{}：{}", tidy(text).trim_end_matches([':', '：']), v.1)),
        );
        at += if value.is_some() { 2 } else { 1 };
    }
    out
}

/// `実施日:令和8年2月10日(火) 講師:…` → labels and values; a label cell followed by its value counts too.
fn pairs(titles: &[String]) -> Vec<(String, String)> {
    titles.iter().flat_map(|t| split_pairs(t)).collect()
}

fn is_pairs(text: &str) -> bool {
    let text = tidy(text);
    split_pairs(&text).first().is_some_and(|(label, _)| text.starts_with(label.as_str()))
}

fn split_pairs(text: &str) -> Vec<(String, String)> {
    let chars: Vec<char> = tidy(text).chars().collect();
    let mut marks: Vec<(usize, usize)> = Vec::new();
    for (at, c) in chars.iter().enumerate() {
        let start = chars[..at].iter().rposition(|c| matches!(c, ' ' | '(' | ')' | '（' | '）')).map_or(0, |s| s + 1);
        let label = &chars[start..at];
        let wordy = (1..=10).contains(&label.len()) && label.iter().all(|c| c.is_alphabetic() && !c.is_numeric());
        if matches!(c, ':' | '：') && wordy {
            marks.push((start, at));
        }
    }
    let end = |nth: usize| marks.get(nth + 1).map_or(chars.len(), |m| m.0);
    let part = |(nth, (start, at)): (usize, &(usize, usize))| {
        let value: String = chars[at + 1..end(nth)].iter().collect();
        (chars[*start..*at].iter().collect::<String>(), value.trim().to_string())
    };
    marks.iter().enumerate().map(part).filter(|(_, v)| !v.is_empty()).collect()
}
