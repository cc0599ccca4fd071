//! View models: what pages show, already in the reader's language. Templates only lay it out.

pub(crate) mod anchor;
pub(crate) mod anchor_form;
pub(crate) mod board;
pub(crate) mod chip;
pub(crate) mod demand;
pub(crate) mod disposal;
pub(crate) mod eyes;
pub(crate) mod files;
pub(crate) mod finding;
pub(crate) mod form;
pub(crate) mod frame;
pub(crate) mod home;
pub(crate) mod import;
pub(crate) mod item;
pub(crate) mod link;
pub(crate) mod list;
pub(crate) mod order;
pub(crate) mod paper;
pub(crate) mod past;
pub(crate) mod profile;
pub(crate) mod proof;
pub(crate) mod read;
pub(crate) mod record;
pub(crate) mod registers;
pub(crate) mod resolve;
pub(crate) mod search;
pub(crate) mod state;
pub(crate) mod value;

use akashi_domain::{Day, Span};

use crate::words::Words;

/// Says how long a span is.
pub(crate) fn span(words: Words, span: Span) -> String {
    match (span.months, span.days) {
        (0, days) => words.count("span-days", usize::try_from(days).unwrap_or(0)),
        (months, _) if months % 12 == 0 => words.count("span-years", usize::try_from(months / 12).unwrap_or(0)),
        (months, _) => words.count("span-months", usize::try_from(months).unwrap_or(0)),
    }
}

/// Writes a day with its day of the week.
pub(crate) fn long_day(words: Words, day: Day) -> String {
    let date = day.date();
    let weekday = words.say(&format!("weekday-{}", date.weekday().to_monday_zero_offset()));
    let month = words.say_or(&format!("month-{}", date.month()), &date.month().to_string());
    let (year, number) = (date.year().to_string(), date.day().to_string());
    words.with("long-day", &[("year", &year), ("month", &month), ("day", &number), ("weekday", &weekday)])
}
