//! A cell → a date, an instant or a period. What a text says of days is `date`'s, of periods `period`'s.

use akashi_domain::register::{Field, FieldKind};
use akashi_domain::{PartialDate, Value};

use super::date::{self, DateContext, Token, Why};
use super::{Issue, Reading, period, tables, whole};
use crate::sheet::read::{Cell, Raw, serial_day};
use crate::sheet::words::plain;

/// Which end of a period a date field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    From,
    To,
}

/// Reads a cell as a date; of a period the end the field holds.
pub(super) fn day(cell: &Cell, text: &str, context: &DateContext, end: Option<End>) -> Result<Reading, Issue> {
    if never(text) {
        // 9999/12/31 stands for no date; a zero may, and stays readable beside.
        return Ok(Reading { value: Value::Null, more: text == "0", rest: None });
    }
    if let Some(date) = date::from_filetime(text) {
        return Ok(whole(Value::Date(date)));
    }
    if let Some(date) = typed_date(cell)? {
        return Ok(whole(Value::Date(date)));
    }
    let (date, more) = match read_date(text, context) {
        Ok(found) => found,
        Err(issue) => match (period::read(text, context), end) {
            (Some(p), Some(End::From)) => (p.from.ok_or(issue)?, true),
            (Some(p), Some(End::To)) => (p.to.ok_or(issue)?, true),
            _ => return Err(issue),
        },
    };
    Ok(Reading { value: Value::Date(date), more, rest: None })
}

/// Which end of a period a date field names, from its key and title.
pub(super) fn end_of(field: &Field) -> Option<End> {
    if !matches!(field.kind, FieldKind::Date) {
        return None;
    }
    let key = field.key.as_str();
    let has = |words: &[&str]| words.iter().any(|w| field.title.ja.contains(w));
    let part = |words: &[&str]| key.split('_').any(|p| words.contains(&p));
    if part(&["to", "end", "until", "due", "expires", "expiry"]) || has(&["終了", "満了", "期限", "期日"]) {
        return Some(End::To);
    }
    (part(&["from", "start", "begin", "out"]) || has(&["開始", "始期"])).then_some(End::From)
}

/// A typed date or number; `Ok(None)` when the cell is text.
pub(super) fn typed_date(cell: &Cell) -> Result<Option<PartialDate>, Issue> {
    match &cell.raw {
        Raw::Date(serial) => {
            serial_day(*serial).filter(|_| *serial >= 1.0).map(|d| Some(PartialDate::of(d))).ok_or(Issue::NotADate)
        }
        Raw::Number(n) => date::from_number(*n).map(Some).ok_or(Issue::NotADate),
        Raw::Text(t) => {
            Ok(t.trim().parse::<f64>().ok().filter(|n| (20_000.0..=80_000.0).contains(n)).and_then(date::from_number))
        }
        _ => Err(Issue::NotADate),
    }
}

/// Reads a text that is one date; the flag tells that it said more (`まで`, `済`).
pub fn read_date(text: &str, context: &DateContext) -> Result<(PartialDate, bool), Issue> {
    let chars = date::letters(text);
    let found = date::scan(&chars, context, true);
    let [one] = found.as_slice() else { return Err(Issue::NotADate) };
    let rest: String = chars[..one.start].iter().chain(&chars[one.end..]).collect();
    let rest: String =
        rest.chars().filter(|c| !matches!(c, ' ' | '(' | ')' | '~' | '〜' | ':' | '「' | '」' | '.' | '日')).collect();
    let day = match one.token {
        Token::Date(day) => day,
        Token::FiscalYear(year) if rest == "末" => {
            return Ok((PartialDate { year: year + 1, month: Some(3), day: None }, true));
        }
        Token::FiscalYear(_) => return Err(Issue::NotADate),
        Token::Unusable(Why::DoesNotExist) => return Err(Issue::NoSuchDay),
        Token::Unusable(Why::Ambiguous) => return Err(Issue::AmbiguousDate),
        Token::Unusable(Why::NoYear) => return Err(Issue::NoYear),
    };
    let known = rest.is_empty() || tables::BESIDE_DATES.contains(&rest.as_str());
    if known { Ok((day, !rest.is_empty())) } else { Err(Issue::NotADate) }
}

pub(super) fn instant(cell: &Cell, text: &str, context: &DateContext) -> Result<Reading, Issue> {
    // Times in sheets are Japanese time.
    let at =
        |day: akashi_domain::Day, minutes: i64| Value::Instant((i64::from(day.0) * 1440 + minutes - 540) * 60_000_000);
    if let Raw::Date(serial) = cell.raw {
        let day = serial_day(serial).ok_or(Issue::NotADate)?;
        return Ok(whole(at(day, ((serial - serial.floor()) * 1440.0).round() as i64)));
    }
    let chars = date::letters(text);
    match date::scan(&chars, context, true).as_slice() {
        [date::Found { token: Token::Date(d), minutes, .. }] if d.day.is_some() => {
            Ok(whole(at(d.first(), i64::from(minutes.unwrap_or(0)))))
        }
        _ => Err(Issue::NotADate),
    }
}

pub(super) fn read_period(text: &str, context: &DateContext) -> Result<Reading, Issue> {
    let found = period::read(text, context).ok_or(Issue::NotADate)?;
    Ok(Reading { value: Value::Period(found.from, found.to), more: found.more || found.open, rest: None })
}

/// Tells whether the cell holds what systems write when there is no date.
fn never(text: &str) -> bool {
    let digits: String = plain(text)
        .split(' ')
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| !matches!(c, '/' | '-' | '.' | '年' | '月' | '日'))
        .collect();
    text == "0" || tables::NEVER.contains(&digits.as_str())
}
