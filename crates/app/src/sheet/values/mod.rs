//! A cell → the value of a field. What cannot be read comes back as `None`; the caller keeps the text and tells.
//! Which column fills which field is the mapping's work.

pub mod choice;
mod clock;
pub mod date;
pub mod number;
pub mod period;
mod scan;
mod tables;
mod texts;
mod when;

use akashi_domain::register::{Choice, Field, FieldKind};
use akashi_domain::{Label, Link, Value};

use self::choice::{Options, split_list};
use self::date::DateContext;
pub use self::texts::{is_branch, untree};
use self::texts::{link_text, listed, person_text, rows};
pub use self::when::{End, read_date};
use self::when::{day, end_of, instant, read_period};
use super::mapping::matrix;
use super::read::{Cell, Raw};
use super::words::{answer, cell_key, head_key, is_dash, is_none, is_unknown, plain};

/// A value read from a cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    pub value: Value,
    /// The cell said more than the value; its whole text is to be kept.
    pub more: bool,
    /// What stood beside the word that was understood.
    pub rest: Option<String>,
}

/// Why a cell could not be read as its field's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Issue {
    NotADate,
    NoSuchDay,
    AmbiguousDate,
    NoYear,
    NotANumber,
    UnknownWord,
    NotYesOrNo,
    /// A yes where a person is to be named.
    NotAName,
    /// The cell itself says that nobody knows.
    SaysUnknown,
    ExcelError,
    NoDittoSource,
    Unreadable,
}

/// Reads cells as one field.
#[derive(Clone, Debug)]
pub struct FieldReader {
    kind: Kind,
    end: Option<End>,
    /// Words of header and title: a mark column whose cells repeat them says yes.
    names: Vec<String>,
}

#[derive(Clone, Debug)]
enum Kind {
    Text,
    Long,
    Number {
        unit: Option<String>,
        scale: f64,
    },
    YesNo(Options),
    Date,
    Instant,
    Choice(Options),
    Choices(Options),
    Link,
    Links,
    Person,
    Persons,
    Period,
    Rows {
        main: usize,
        detail: Option<usize>,
        width: usize,
    },
    /// A cell that lists options of the rows: 守秘義務、再委託.
    Listed {
        options: Options,
        by: usize,
        value: usize,
        yes: Value,
        width: usize,
    },
    Files,
}

impl FieldReader {
    /// Prepares to read cells of a column headed `header` as `field`.
    pub fn new(field: &Field, header: &str) -> FieldReader {
        let kind = match &field.kind {
            FieldKind::Text | FieldKind::Url => Kind::Text,
            FieldKind::Long => Kind::Long,
            FieldKind::Number { unit } => {
                Kind::Number { scale: number::header_scale(header, unit.as_deref()), unit: unit.clone() }
            }
            FieldKind::YesNo => Kind::YesNo(Options::new(&yes_and_no())),
            FieldKind::Date => Kind::Date,
            FieldKind::Instant => Kind::Instant,
            FieldKind::Choice(options) => Kind::Choice(Options::new(options)),
            FieldKind::Choices(options) => Kind::Choices(Options::new(options)),
            FieldKind::Link(_) => Kind::Link,
            FieldKind::Links(_) => Kind::Links,
            FieldKind::Person => Kind::Person,
            FieldKind::Persons => Kind::Persons,
            FieldKind::Files => Kind::Files,
            FieldKind::Period => Kind::Period,
            FieldKind::Rows(fields) => rows_kind(&field.kind, fields),
        };
        let names = [header, &field.title.ja].into_iter().map(head_key).collect();
        FieldReader { kind, end: end_of(field), names }
    }

    /// Prepares to read marks: a column headed by what a yes means.
    pub fn mark(header: &str) -> FieldReader {
        FieldReader { kind: Kind::YesNo(Options::new(&yes_and_no())), end: None, names: vec![head_key(header)] }
    }

    /// Returns the end of a period the field holds, for date fields.
    pub fn end(&self) -> Option<End> {
        self.end
    }

    /// Tells whether a cell may list several options, so that some may be unknown.
    pub fn is_list(&self) -> bool {
        matches!(self.kind, Kind::Choices(_) | Kind::Listed { .. })
    }

    /// Tells whether the field is a date.
    pub fn is_date(&self) -> bool {
        matches!(self.kind, Kind::Date)
    }

    /// Tells whether the field is a choice or yes/no, which takes only words it knows.
    pub fn is_choice(&self) -> bool {
        matches!(self.kind, Kind::Choice(_) | Kind::Choices(_) | Kind::YesNo(_))
    }

    /// Tells whether reading a cell costs more than looking it up.
    pub fn is_slow(&self) -> bool {
        !matches!(self.kind, Kind::Text | Kind::Long | Kind::Link | Kind::Person | Kind::Files)
    }

    /// Tells whether reading needs the row's dates, so that the same text may mean different days.
    pub fn needs_context(&self) -> bool {
        matches!(self.kind, Kind::Date | Kind::Instant | Kind::Period)
    }

    /// Reads a cell with content; `Err` tells why not.
    pub fn read(&self, cell: &Cell, context: &DateContext) -> Result<Reading, Issue> {
        if let Raw::Error(_) = cell.raw {
            return Err(Issue::ExcelError);
        }
        let shown = cell.shown();
        let text = shown.as_ref();
        match &self.kind {
            Kind::Text => self.text(text),
            Kind::Long => Ok(whole(Value::Text(text.into()))),
            Kind::Choice(options) => self.choice(options, text),
            Kind::Choices(options) => choices(options, text),
            Kind::YesNo(options) => self.yes_no(options, cell, text),
            _ if is_dash(text) => Ok(Reading::default()),
            Kind::Listed { options, by, value, yes, width } => listed(text, options, (*by, *value), yes, *width),
            Kind::Rows { main, detail, width } => Ok(whole(rows(text, *main, *detail, *width))),
            _ if is_unknown(text) || is_none(text) => Err(Issue::SaysUnknown),
            Kind::Person | Kind::Persons if let Some(yes) = answer(text) => named_by_answer(yes),
            Kind::Number { unit, scale } => number(cell, text, unit.as_deref(), *scale),
            Kind::Date => day(cell, text, context, self.end),
            Kind::Instant => instant(cell, text, context),
            Kind::Period => read_period(text, context),
            Kind::Link => Ok(whole(Value::Link(Link::Text(link_text(text).into())))),
            Kind::Person => Ok(whole(Value::Link(Link::Text(person_text(text).into())))),
            Kind::Links => {
                Ok(whole(Value::Links(split_list(text).iter().map(|t| Link::Text(link_text(t).into())).collect())))
            }
            Kind::Persons => {
                Ok(whole(Value::Links(split_list(text).iter().map(|t| Link::Text(person_text(t).into())).collect())))
            }
            Kind::Files => Err(Issue::Unreadable),
        }
    }

    fn text(&self, text: &str) -> Result<Reading, Issue> {
        if is_dash(text) {
            return Ok(Reading::default());
        }
        if is_unknown(text) {
            return Err(Issue::SaysUnknown);
        }
        let line = untree(text);
        if !line.contains(['\n', '\t']) {
            return Ok(whole(Value::Text(line.trim().into())));
        }
        Ok(whole(Value::Text(line.replace(['\n', '\t'], " ").trim().into())))
    }

    fn choice(&self, options: &Options, text: &str) -> Result<Reading, Issue> {
        match options.find(text) {
            Some(hit) => Ok(Reading { value: Value::Choice(hit.key), more: hit.rest.is_some(), rest: hit.rest }),
            None if is_dash(text) => Ok(Reading::default()),
            None if is_unknown(text) => Err(Issue::SaysUnknown),
            None => Err(Issue::UnknownWord),
        }
    }

    fn yes_no(&self, options: &Options, cell: &Cell, text: &str) -> Result<Reading, Issue> {
        match cell.raw {
            Raw::Bool(b) => return Ok(whole(Value::YesNo(b))),
            Raw::Number(n) if n == 0.0 || n == 1.0 => return Ok(whole(Value::YesNo(n == 1.0))),
            _ => {}
        }
        if is_dash(text) {
            return Ok(Reading::default());
        }
        if let Some(hit) = options.find(text) {
            return Ok(Reading { value: Value::YesNo(&*hit.key == "yes"), more: hit.rest.is_some(), rest: hit.rest });
        }
        let key = head_key(text);
        if key.chars().count() >= 2 && self.names.iter().any(|n| n.contains(&key)) {
            return Ok(whole(Value::YesNo(true)));
        }
        Err(if is_unknown(text) { Issue::SaysUnknown } else { Issue::NotYesOrNo })
    }
}

/// Somebody answered where a person is to be named: a no names nobody, a yes does not say who.
fn named_by_answer(yes: bool) -> Result<Reading, Issue> {
    if yes { Err(Issue::NotAName) } else { Ok(Reading { value: Value::Null, more: true, rest: None }) }
}

fn whole(value: Value) -> Reading {
    Reading { value, more: false, rest: None }
}

/// Yes and no as options, so that marks with remarks are read alike.
fn yes_and_no() -> Vec<Choice> {
    let option = |key: &str, words: &[&str]| Choice {
        key: key.into(),
        title: Label::new(words[0], key),
        words: words.iter().map(|w| (*w).into()).collect(),
    };
    vec![option("yes", &tables::YES), option("no", &tables::NO)]
}

fn rows_kind(kind: &FieldKind, fields: &[Field]) -> Kind {
    if let Some((by, value)) = matrix(kind) {
        // What is listed is there: the same as a circle in its own column.
        let there = Options::new(fields[value].options()).whole("○").map(|k| Value::Choice(k.into()));
        let yes = there.unwrap_or(Value::YesNo(true));
        return Kind::Listed { options: Options::new(fields[by].options()), by, value, yes, width: fields.len() };
    }
    let text = |f: &Field| matches!(f.kind, FieldKind::Text | FieldKind::Long);
    let main = fields.iter().position(text);
    let detail = main.and_then(|m| fields.iter().skip(m + 1).position(text).map(|ix| ix + m + 1));
    main.map_or(Kind::Files, |main| Kind::Rows { main, detail, width: fields.len() })
}

fn number(cell: &Cell, text: &str, unit: Option<&str>, scale: f64) -> Result<Reading, Issue> {
    if let Raw::Number(n) = cell.raw {
        return Ok(whole(Value::Number((n * scale * 1e6).round() / 1e6)));
    }
    let found =
        matches!(cell.raw, Raw::Text(_)).then(|| number::read(text, unit, scale)).flatten().ok_or(Issue::NotANumber)?;
    Ok(Reading { value: Value::Number(found.value), more: found.more, rest: None })
}

fn choices(options: &Options, text: &str) -> Result<Reading, Issue> {
    let (keys, unknown) = options.find_all(text);
    match (keys.is_empty(), unknown.is_empty()) {
        (false, _) => Ok(Reading {
            more: !unknown.is_empty(),
            rest: (!unknown.is_empty()).then(|| unknown.join("、")),
            value: Value::Choices(keys),
        }),
        _ if is_dash(text) => Ok(Reading::default()),
        _ => Err(if is_unknown(text) { Issue::SaysUnknown } else { Issue::UnknownWord }),
    }
}

/// Returns the option that the words around the dates of a cell name: `…～(期間の定めなし)`.
pub fn word_beside_dates(options: &FieldReader, text: &str) -> Option<Value> {
    let Kind::Choice(options) = &options.kind else { return None };
    let chars: Vec<char> = plain(text).chars().collect();
    let found = date::scan(&chars, &DateContext::default(), false);
    let outside = |ix: &usize| !found.iter().any(|f| (f.start..f.end).contains(ix));
    let rest: String = (0..chars.len()).filter(outside).map(|ix| chars[ix]).collect();
    let rest = rest.trim_matches(|c: char| matches!(c, '(' | ')' | '~' | '〜' | ' ' | '、' | ',' | '-' | '自' | '至'));
    (!cell_key(rest).is_empty()).then(|| options.whole(rest))?.map(|k| Value::Choice(k.into()))
}

#[cfg(test)]
mod tests;
