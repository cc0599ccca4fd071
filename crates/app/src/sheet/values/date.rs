//! Dates as hospitals write them: western, era, month only, without a year. Finds them inside a text, with their places.
//! What a field does with several dates is [`super::period`]'s work.

use akashi_domain::{Day, PartialDate};

use super::scan::Scanner;

/// What helps to read a date that does not say everything.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DateContext {
    /// Year in which the fiscal year (April to March) of the sheet begins.
    pub fiscal_year: Option<i16>,
    /// A day the date ought to be close to: the month of the section, an earlier date of the row.
    pub near: Option<Day>,
    /// What a year of one or two digits counts from: 2018 (令和), 1988 (平成), 2000 (西暦).
    pub short_year: Option<i16>,
}

/// What was found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    Date(PartialDate),
    /// The year in which a fiscal year begins.
    FiscalYear(i16),
    /// Looks like a date and is none: 令和5年2月30日, 26/4/1 of nobody knows which century, 4/12 without a year.
    Unusable(Why),
}

/// Why a date is not usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    DoesNotExist,
    Ambiguous,
    NoYear,
}

/// A token and its place in the characters of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub token: Token,
    pub start: usize,
    pub end: usize,
    /// The year was not written; the context told it.
    pub yearless: bool,
    /// Minutes after midnight, when a time follows.
    pub minutes: Option<u16>,
}

/// A date as written, before its year is known for sure.
#[derive(Clone, Copy, Debug)]
pub(super) enum Written {
    Full {
        year: i16,
        month: Option<i8>,
        day: Option<i8>,
    },
    Fiscal(i16),
    /// Year of one or two digits.
    Short {
        year: i16,
        month: i8,
        day: Option<i8>,
    },
    Yearless {
        month: i8,
        day: Option<i8>,
    },
    /// 4/1/2026: day and month in either order.
    Either {
        a: i8,
        b: i8,
        year: i16,
    },
}

/// Returns the characters dates are looked for in: NFKC, and kanji numerals of 年, 月 and 日 as digits (令和五年四月一日).
pub fn letters(text: &str) -> Vec<char> {
    let chars: Vec<char> = super::super::words::plain(text).chars().collect();
    if !chars.iter().any(|c| kanji_digit(*c).is_some()) {
        return chars;
    }
    let mut out = Vec::with_capacity(chars.len());
    let mut at = 0;
    while at < chars.len() {
        let run = chars[at..].iter().take_while(|c| kanji_digit(**c).is_some()).count();
        let counted = chars.get(at + run).is_some_and(|c| matches!(c, '年' | '月' | '日'));
        match kanji_number(&chars[at..at + run]).filter(|_| counted) {
            Some(n) => out.extend(n.to_string().chars()),
            None => out.extend(&chars[at..at + run]),
        }
        out.extend(chars.get(at + run));
        at += run + 1;
    }
    out
}

/// 〇–九 as 0–9, 十 as 10.
fn kanji_digit(c: char) -> Option<u16> {
    "〇一二三四五六七八九十".chars().position(|k| k == c).and_then(|ix| u16::try_from(ix).ok())
}

/// 三十一 → 31, 二〇二六 → 2026; `None` when the numerals make no number.
fn kanji_number(run: &[char]) -> Option<u16> {
    let digits: Vec<u16> = run.iter().filter_map(|c| kanji_digit(*c)).collect();
    match digits.as_slice() {
        [] => None,
        [n] => Some(*n),
        [10, n @ 1..=9] => Some(10 + n),
        [n @ 1..=9, 10] => Some(n * 10),
        [n @ 1..=9, 10, m @ 1..=9] => Some(n * 10 + m),
        many if many.len() <= 4 && many.iter().all(|d| *d < 10) => Some(many.iter().fold(0, |sum, d| sum * 10 + d)),
        _ => None,
    }
}

/// Reads a Windows FILETIME (100 ns since 1601, as directory services export it) as a day in Japan.
pub fn from_filetime(text: &str) -> Option<PartialDate> {
    let ticks: u64 =
        text.trim().parse().ok().filter(|n| (119_600_000_000_000_000..=189_000_000_000_000_000).contains(n))?;
    let hours = ticks / 36_000_000_000 + 9;
    let days = i32::try_from(hours / 24).ok()? - 134_774;
    Some(PartialDate::of(Day(days)))
}

/// Finds every date in plain (NFKC) characters. `whole` allows forms that are too short to be sure inside a sentence.
pub fn scan(chars: &[char], context: &DateContext, whole: bool) -> Vec<Found> {
    let mut out: Vec<Found> = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let mut scanner = Scanner { chars, at };
        let Some(written) = scanner.date(whole) else {
            at += 1;
            continue;
        };
        scanner.weekday();
        let written_minutes = scanner.time();
        let offset = if written_minutes.is_some() { scanner.offset() } else { None };
        scanner.weekday();
        // A second date without a year follows the first one.
        let previous = out.iter().rev().find_map(|f| match f.token {
            Token::Date(d) => Some(d.first()),
            _ => None,
        });
        let (token, yearless) = settle(written, context, previous);
        let (token, minutes) = in_japan(token, written_minutes, offset);
        out.push(Found { token, start: at, end: scanner.at, yearless, minutes });
        at = scanner.at;
    }
    out
}

/// A time of another zone is a time, and perhaps another day, in Japan.
fn in_japan(token: Token, minutes: Option<u16>, offset: Option<i32>) -> (Token, Option<u16>) {
    let (Token::Date(date), Some(written), Some(offset)) = (token, minutes, offset) else { return (token, minutes) };
    let here = i32::from(written) + 540 - offset;
    let day = PartialDate::of(Day(date.first().0 + here.div_euclid(1440)));
    (Token::Date(if date.day.is_some() { day } else { date }), u16::try_from(here.rem_euclid(1440)).ok())
}

fn settle(written: Written, context: &DateContext, previous: Option<Day>) -> (Token, bool) {
    match written {
        Written::Fiscal(year) => (Token::FiscalYear(year), false),
        Written::Full { year, month, day } => (exact(year, month, day), false),
        Written::Short { year, month, day } => match context.short_year {
            Some(base) => (exact(base + year, Some(month), day), false),
            None => (Token::Unusable(Why::Ambiguous), false),
        },
        Written::Yearless { month, day } => (without_year(month, day, context, previous), true),
        Written::Either { a, b, year } => match (a, b) {
            _ if a == b || b > 12 => (exact(year, Some(a), Some(b)), false),
            _ if a > 12 => (exact(year, Some(b), Some(a)), false),
            _ => (Token::Unusable(Why::Ambiguous), false),
        },
    }
}

/// Returns the date when it exists.
pub(super) fn exact(year: i16, month: Option<i8>, day: Option<i8>) -> Token {
    let known = match (month, day) {
        (Some(m), Some(d)) => Day::new(year, m, d).is_some(),
        (Some(m), None) => (1..=12).contains(&m),
        (None, None) => true,
        (None, Some(_)) => false,
    };
    let plausible = (1868..=2200).contains(&year);
    if known && plausible { Token::Date(PartialDate { year, month, day }) } else { Token::Unusable(Why::DoesNotExist) }
}

fn without_year(month: i8, day: Option<i8>, context: &DateContext, previous: Option<Day>) -> Token {
    if let Some(near) = previous.or(context.near) {
        let middle = near.date().year();
        let distance =
            |year: &i16| Day::new(*year, month, day.unwrap_or(15).min(28)).map_or(i32::MAX, |d| (d.0 - near.0).abs());
        let year = (middle - 1..=middle + 1).min_by_key(distance).unwrap_or(middle);
        return exact(year, Some(month), day);
    }
    match context.fiscal_year {
        Some(fiscal) => exact(if month >= 4 { fiscal } else { fiscal + 1 }, Some(month), day),
        None => Token::Unusable(Why::NoYear),
    }
}

/// Reads a number typed into a date cell: an Excel serial, 20260401, 202604, 2026 or 2026.4.
pub fn from_number(n: f64) -> Option<PartialDate> {
    let date = |year: i64, month: Option<i64>, day: Option<i64>| {
        let small = |v: i64| i8::try_from(v).ok();
        match exact(
            i16::try_from(year).ok()?,
            month.map(|m| small(m).unwrap_or(99)),
            day.map(|d| small(d).unwrap_or(99)),
        ) {
            Token::Date(d) => Some(d),
            _ => None,
        }
    };
    let whole = n.trunc() as i64;
    if n.fract() == 0.0 {
        return match whole {
            1900..=2200 => date(whole, None, None),
            20_000..=80_000 => super::super::read::serial_day(n).map(PartialDate::of),
            190_001..=220_012 => date(whole / 100, Some(whole % 100), None),
            19_000_101..=22_001_231 => date(whole / 10_000, Some(whole / 100 % 100), Some(whole % 100)),
            _ => None,
        };
    }
    if (20_000..=80_000).contains(&whole) {
        return super::super::read::serial_day(n).map(PartialDate::of);
    }
    // 2026.1 may have been 2026.10 before the sheet dropped the zero.
    let hundredths = (n.fract() * 100.0).round() as i64;
    let month = if hundredths % 10 == 0 { hundredths / 10 } else { hundredths };
    ((1900..=2200).contains(&whole) && month != 1 && (n * 100.0 - (n * 100.0).round()).abs() < 1e-6)
        .then(|| date(whole, Some(month), None))?
}

/// Returns the fiscal year a title, sheet or file name speaks of (`令和8年度`, `R8年度`, `2026年度`, `FY2026`; a bare `R8` as a whole name).
pub fn fiscal_year(text: &str) -> Option<i16> {
    let chars = letters(text);
    let found = scan(&chars, &DateContext::default(), false);
    let fiscal = found.iter().find_map(|f| match f.token {
        Token::FiscalYear(year) => Some(year),
        _ => None,
    });
    fiscal.or_else(|| {
        let text: String = chars.iter().collect::<String>().to_uppercase();
        let digits =
            text.find("FY").map(|at| text[at + 2..].chars().take_while(char::is_ascii_digit).collect::<String>())?;
        digits.parse().ok().filter(|y| (1990..=2100).contains(y))
    })
}
