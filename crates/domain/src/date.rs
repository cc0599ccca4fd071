//! Calendar days, dates known only to the month or year, and spans such as `1y`.
//! No clock and no time zone here: the caller says which day it is in Tokyo.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A calendar day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

/// Days further away than this are taken as open ends.
const EPOCH: Date = Date::constant(1970, 1, 1);

impl Day {
    /// Returns the day of a civil date, `None` when it does not exist (31 June).
    pub fn new(year: i16, month: i8, day: i8) -> Option<Day> {
        Date::new(year, month, day).ok().map(Day::from)
    }

    /// Returns the civil date.
    pub fn date(self) -> Date {
        let span = jiff::Span::new().try_days(i64::from(self.0)).unwrap_or_default();
        EPOCH.checked_add(span).unwrap_or(Date::MAX)
    }

    /// Reads `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Option<Day> {
        match PartialDate::parse(text)? {
            PartialDate { year, month: Some(m), day: Some(d) } => Day::new(year, m, d),
            _ => None,
        }
    }

    /// Returns the day `span` later.
    pub fn plus(self, span: Span) -> Day {
        self.shift(span, 1)
    }

    /// Returns the day `span` earlier.
    pub fn minus(self, span: Span) -> Day {
        self.shift(span, -1)
    }

    fn shift(self, span: Span, sign: i32) -> Day {
        if span.months == 0 {
            return Day(self.0.saturating_add(sign * span.days));
        }
        let step = jiff::Span::new()
            .try_months(i64::from(sign * span.months))
            .and_then(|s| s.try_days(i64::from(sign * span.days)));
        let moved = step.and_then(|s| self.date().checked_add(s));
        Day::from(moved.unwrap_or(if sign > 0 { Date::MAX } else { Date::MIN }))
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Day {
        Day(EPOCH.duration_until(date).as_hours() as i32 / 24)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let d = self.date();
        write!(f, "{:04}-{:02}-{:02}", d.year(), d.month(), d.day())
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Day, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        Day::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not a day like 2026-11-22")))
    }
}

/// A date that may be known only to the month or the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartialDate {
    pub year: i16,
    pub month: Option<i8>,
    pub day: Option<i8>,
}

impl PartialDate {
    /// Reads `2026`, `2026-11` or `2026-11-22`; refuses days that do not exist.
    pub fn parse(text: &str) -> Option<PartialDate> {
        let mut parts = text.split('-');
        let year = digits(parts.next()?, 4)?;
        let month = parts.next().map(|p| digits(p, 2)).map_or(Some(None), |m| m.map(Some))?;
        let day = parts.next().map(|p| digits(p, 2)).map_or(Some(None), |d| d.map(Some))?;
        if parts.next().is_some() {
            return None;
        }
        let date = PartialDate { year, month: month.map(|m| m as i8), day: day.map(|d| d as i8) };
        date.exists().then_some(date)
    }

    /// Returns a date of a full day.
    pub fn of(day: Day) -> PartialDate {
        let d = day.date();
        PartialDate { year: d.year(), month: Some(d.month()), day: Some(d.day()) }
    }

    fn exists(self) -> bool {
        match (self.month, self.day) {
            (None, None) => true,
            (Some(m), None) => (1..=12).contains(&m),
            (Some(m), Some(d)) => Day::new(self.year, m, d).is_some(),
            (None, Some(_)) => false,
        }
    }

    /// Returns the first day it can mean.
    pub fn first(self) -> Day {
        Day::new(self.year, self.month.unwrap_or(1), self.day.unwrap_or(1)).unwrap_or(Day(0))
    }

    /// Returns the last day it can mean.
    pub fn last(self) -> Day {
        match (self.month, self.day) {
            (Some(m), Some(d)) => Day::new(self.year, m, d).unwrap_or(Day(0)),
            (Some(m), None) => Date::new(self.year, m, 1).map_or(Day(0), |d| Day::from(d.last_of_month())),
            _ => Day::new(self.year, 12, 31).unwrap_or(Day(0)),
        }
    }
}

fn digits(text: &str, len: usize) -> Option<i16> {
    (text.len() == len && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if let Some(m) = self.month {
            write!(f, "-{m:02}")?;
        }
        if let Some(d) = self.day {
            write!(f, "-{d:02}")?;
        }
        Ok(())
    }
}

/// A length of time as the catalogue writes it: `90d`, `6m`, `1y`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    pub months: i32,
    pub days: i32,
}

impl Span {
    /// Reads `90d`, `6m` or `1y`.
    pub fn parse(text: &str) -> Option<Span> {
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let n: i32 = number.parse().ok().filter(|n| (0..=100_000).contains(n))?;
        match unit {
            "d" => Some(Span { months: 0, days: n }),
            "m" => Some(Span { months: n, days: 0 }),
            "y" => Some(Span { months: 12 * n, days: 0 }),
            _ => None,
        }
    }

    /// Returns roughly how many days it is, to compare spans.
    pub fn approx_days(self) -> i32 {
        self.months * 365 / 12 + self.days
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.months, self.days) {
            (0, d) => write!(f, "{d}d"),
            (m, 0) if m % 12 == 0 => write!(f, "{}y", m / 12),
            (m, _) => write!(f, "{m}m"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_round_trip() {
        for text in ["1970-01-01", "2024-02-29", "2026-11-22", "1926-12-25"] {
            assert_eq!(Day::parse(text).map(|d| d.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Day::parse("2026-06-31"), None);
    }

    #[test]
    fn partial_dates_have_ends() {
        let cases = [
            ("2026", "2026-01-01", "2026-12-31"),
            ("2024-02", "2024-02-01", "2024-02-29"),
            ("2026-11-22", "2026-11-22", "2026-11-22"),
        ];
        for (text, first, last) in cases {
            let date = PartialDate::parse(text).unwrap();
            assert_eq!((date.first().to_string(), date.last().to_string()), (first.into(), last.into()));
            assert_eq!(date.to_string(), text);
        }
        for bad in ["", "26", "2026-13", "2026-1", "2026-01-00", "2026-01-01-01", "2026--1"] {
            assert_eq!(PartialDate::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn spans_shift_days() {
        let day = Day::parse("2024-02-29").unwrap();
        assert_eq!(day.plus(Span::parse("1y").unwrap()).to_string(), "2025-02-28");
        assert_eq!(day.minus(Span::parse("90d").unwrap()).to_string(), "2023-12-01");
        assert_eq!(Span::parse("1w"), None);
    }
}
