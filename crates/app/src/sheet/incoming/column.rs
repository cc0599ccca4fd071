//! Reads the cells of one column as the fields it fills. One cell may feed several fields.

use std::collections::HashMap;
use std::sync::Arc;

use akashi_domain::{Label, PartialDate, Register, Value};

use crate::sheet::mapping::{ColumnMapping, Target, state_of};
use crate::sheet::read::{Cell, Raw};
use crate::sheet::values::date::DateContext;
use crate::sheet::values::{End, FieldReader, Issue, Reading, period, word_beside_dates};
use crate::sheet::words::plain;

/// A column ready to be read.
#[derive(Clone)]
pub(super) struct ColumnPlan {
    /// Position in the table.
    pub slot: usize,
    pub label: String,
    pub parts: Vec<Part>,
    /// What a year of one or two digits counts from, when the header says.
    short_year: Option<i16>,
    cache: HashMap<Arc<str>, ColumnRead>,
    /// Reading takes more than looking up: choices, dates, numbers.
    cached: bool,
}

/// Texts kept per column; a column with more different ones is read anew.
const CACHE: usize = 20_000;

/// A target of a column.
#[derive(Clone)]
pub(super) struct Part {
    pub target: Target,
    reader: Option<FieldReader>,
    /// Only fills what another column leaves blank.
    pub also: bool,
}

impl Part {
    /// Tells whether the field is the first date of a period.
    pub(super) fn begins(&self) -> bool {
        self.reader.as_ref().is_some_and(|r| r.is_date() && r.end() == Some(End::From))
    }
}

/// What a cell said.
#[derive(Clone, Debug, Default)]
pub(super) struct ColumnRead {
    /// Values by position in [`ColumnPlan::parts`].
    pub values: Vec<(usize, Value)>,
    pub state: Option<String>,
    /// The cell said more than its values hold.
    pub more: bool,
    pub rest: Option<String>,
    pub issue: Option<Issue>,
    /// A date whose year the context told.
    pub from_context: bool,
}

impl ColumnPlan {
    pub(super) fn new(slot: usize, mapping: &ColumnMapping, register: &Register) -> ColumnPlan {
        let part = |path: &String, also: bool| {
            let target = Target::parse(register, path)?;
            let reader = target.reader(register, &mapping.header);
            Some(Part { target, reader, also })
        };
        let parts: Vec<Part> = mapping
            .to
            .iter()
            .filter_map(|p| part(p, false))
            .chain(mapping.also.iter().filter_map(|p| part(p, true)))
            .collect();
        let cached = parts.iter().any(|p| p.reader.as_ref().is_none_or(FieldReader::is_slow));
        ColumnPlan {
            slot,
            label: mapping.header.clone(),
            parts,
            short_year: short_year(&mapping.header),
            cache: HashMap::new(),
            cached,
        }
    }

    /// Reads a filled cell.
    pub(super) fn read(&mut self, cell: &Cell, context: &DateContext, register: &Register) -> ColumnRead {
        let context = DateContext { short_year: self.short_year, ..*context };
        let Raw::Text(text) = &cell.raw else { return self.fresh(cell, &context, register) };
        if !self.cached {
            return self.fresh(cell, &context, register);
        }
        if let Some(found) = self.cache.get(text) {
            return found.clone();
        }
        let alone = DateContext { short_year: self.short_year, ..DateContext::default() };
        let found = self.fresh(cell, &alone, register);
        let contextual = self.parts.iter().any(|p| p.reader.as_ref().is_some_and(FieldReader::needs_context));
        if !contextual || found.issue.is_none() {
            if self.cache.len() >= CACHE {
                self.cache.clear();
            }
            self.cache.insert(text.clone(), found.clone());
            return found;
        }
        let mut again = self.fresh(cell, &context, register);
        again.from_context = again.issue.is_none();
        again
    }

    /// A filled cell that cannot be read for a reason outside it.
    pub(super) fn unread(&self, cell: &Cell, issue: Issue) -> ColumnRead {
        let mut out = ColumnRead { issue: Some(issue), ..ColumnRead::default() };
        self.unclear(&cell.shown(), &mut out);
        out
    }

    fn fresh(&self, cell: &Cell, context: &DateContext, register: &Register) -> ColumnRead {
        let mut out = ColumnRead::default();
        let text = cell.shown();
        let dates = self.period_parts();
        let mut understood = false;
        let mut first_issue = None;
        if let Some((from, to)) = dates {
            understood |= self.period(&text, context, from, to, &mut out);
        }
        for (ix, part) in self.parts.iter().enumerate() {
            let Some(reader) = &part.reader else {
                out.state = state_of(register, &text).map(String::from);
                understood |= out.state.is_some();
                first_issue = first_issue.or((!understood).then_some(Issue::UnknownWord));
                continue;
            };
            if dates.is_some_and(|(f, t)| ix == f || ix == t) && understood {
                continue;
            }
            if reader.is_choice() && understood && self.parts.len() > 1 && !part.target.is_tick() {
                // The dates of the cell were read; a word may stand beside them.
                if let Some(value) = word_beside_dates(reader, &text) {
                    out.values.push((ix, value));
                }
                continue;
            }
            match reader.read(cell, context) {
                Ok(Reading { value, more, rest }) => {
                    understood = true;
                    if reader.is_list() && rest.is_some() {
                        out.issue = Some(Issue::UnknownWord);
                    }
                    out.more |= more;
                    out.rest = out.rest.take().or(rest);
                    match &part.target {
                        Target::State(state) if value == Value::YesNo(true) => out.state = Some(state.to_string()),
                        Target::State(_) => {}
                        _ => out.values.push((ix, value)),
                    }
                }
                Err(issue) => first_issue = first_issue.or(Some(issue)),
            }
        }
        if !understood {
            self.unclear(&text, &mut out);
            out.issue = first_issue;
        }
        out
    }

    /// Keeps what nobody understood in the first field, as written.
    fn unclear(&self, text: &str, out: &mut ColumnRead) {
        // Of several columns to tick one must not speak for the field: such a cell stays beside the record.
        if let Some(ix) = self.parts.iter().position(|p| p.reader.is_some() && !p.also && !p.target.is_tick()) {
            out.values.push((ix, Value::Unclear(text.into())));
        }
    }

    /// The two date fields a period in one cell fills.
    fn period_parts(&self) -> Option<(usize, usize)> {
        let find = |end| {
            self.parts.iter().position(|p| p.reader.as_ref().is_some_and(|r| r.is_date() && r.end() == Some(end)))
        };
        Some((find(End::From)?, find(End::To)?))
    }

    fn period(&self, text: &str, context: &DateContext, from: usize, to: usize, out: &mut ColumnRead) -> bool {
        let Some(found) = period::read(text, context) else { return false };
        let date = |d: Option<PartialDate>| d.map_or(Value::Null, Value::Date);
        out.values.push((from, date(found.from)));
        out.values.push((to, date(found.to)));
        out.more |= found.more;
        true
    }
}

fn short_year(header: &str) -> Option<i16> {
    let header = plain(header);
    if header.contains("令和") || header.contains("(R)") {
        return Some(2018);
    }
    if header.contains("平成") {
        return Some(1988);
    }
    header.contains("西暦").then_some(2000)
}

/// Says why a cell was not understood.
pub(super) fn issue_label(issue: Issue, text: Option<&str>) -> Label {
    let (ja, en) = match issue {
        Issue::NotADate => ("日付として読めません", "cannot be read as a date"),
        Issue::NoSuchDay => ("暦にない日付です", "is a day that does not exist"),
        Issue::AmbiguousDate => ("年か月か日か決められない日付です", "is a date that can be read in more than one way"),
        Issue::NoYear => ("年が書かれていない日付です", "is a date without a year"),
        Issue::NotANumber => ("数として読めません", "cannot be read as a number in the field's unit"),
        Issue::UnknownWord => ("選択肢にない語です", "is not a word of the options"),
        Issue::NotYesOrNo => ("有無として読めません", "cannot be read as yes or no"),
        Issue::NotAName => ("人の名前ではなく、はい・いいえの答えです", "is an answer and names nobody"),
        Issue::SaysUnknown => ("不明と書かれています", "says that it is not known"),
        Issue::ExcelError => ("Excelのエラー値です", "is an Excel error"),
        Issue::NoDittoSource => ("上に値のない「〃」です", "is a ditto mark with nothing above"),
        Issue::Unreadable => ("この項目はファイルの添付で記入します", "belongs to a field for files"),
    };
    match text {
        Some(text) => {
            let text: String = text.chars().take(40).collect();
            Label::new(format!("「{text}」は{ja}"), format!("“{text}” {en}"))
        }
        None => Label::new(format!("値が{ja}"), format!("the value {en}")),
    }
}
