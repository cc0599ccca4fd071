//! Conditions about days: what a partial date can mean, and the day on which an answer turns.

use super::{DateTest, Flip, Frame};
use crate::date::{Day, PartialDate, Span};
use crate::expr::{Expr, Path, Tri};
use crate::record::Version;
use crate::value::{Row, Value};

/// A record and the row inside it that is judged.
pub(super) type Subject<'a> = (&'a Version, Option<&'a Row>);

/// The first and last day a value can mean; `None` when it is missing.
pub fn days(value: &Value) -> Option<(Day, Day)> {
    match value {
        Value::Date(d) => Some((d.first(), d.last())),
        Value::Instant(us) => Some(tokyo_day(*us)).map(|d| (d, d)),
        Value::Period(from, to) => {
            let last = to.or(*from)?.last();
            Some((from.map_or(last, PartialDate::first), last))
        }
        _ => None,
    }
}

/// Returns the day in Tokyo (UTC+9, no summer time) of a moment in microseconds.
pub fn tokyo_day(us: i64) -> Day {
    const HOUR: i64 = 3_600_000_000;
    Day(us.saturating_add(9 * HOUR).div_euclid(24 * HOUR) as i32)
}

/// Of several dates one that fits is enough; `blank` answers when there is none.
pub(super) fn date_test(
    frame: &Frame,
    (record, row): Subject,
    path: &Path,
    (test, blank): (DateTest, Option<bool>),
    flip: &mut Flip,
) -> Tri {
    let mut out = None;
    path.each_from(frame.view, record, row, &mut |value| {
        if let Some(range) = days(value) {
            out = Some(out.unwrap_or(Tri::False).or(judge(frame, range, test, flip)));
        }
    });
    out.or(blank.map(Tri::from)).unwrap_or(Tri::Unknown)
}

/// Whether the newest date of `one` lies after that of `other`; unknown when partial dates overlap, false when
/// they are the same or one is missing.
pub(super) fn is_later(frame: &Frame, path: &Path, one: &Version, other: &Version) -> Tri {
    let newest = |record| {
        let mut newest: Option<(Day, Day)> = None;
        path.each_from(frame.view, record, None, &mut |value| newest = newest.max(days(value)));
        newest
    };
    match (newest(one), newest(other)) {
        (Some(one), Some(other)) if one.0 > other.1 => Tri::True,
        (Some(one), Some(other)) if one != other && one.1 > other.0 => Tri::Unknown,
        _ => Tri::False,
    }
}

fn judge(frame: &Frame, (first, last): (Day, Day), test: DateTest, flip: &mut Flip) -> Tri {
    let now = frame.day;
    let next = |d: Day| Day(d.0.saturating_add(1));
    Tri::from(match test {
        DateTest::Past => {
            flip.at(last, now);
            last <= now
        }
        DateTest::Over => {
            flip.at(next(last), now);
            last < now
        }
        DateTest::Future => {
            flip.at(first, now);
            first > now
        }
        DateTest::Fiscal => return fiscal(first, last, now, flip),
        DateTest::Adopted => frame.view.adopted.is_some_and(|day| last < day),
        DateTest::Within(span) | DateTest::Older(span) => {
            let lapses = next(first.plus(frame.span(span)));
            flip.at(first, now);
            flip.at(lapses, now);
            if matches!(test, DateTest::Older(_)) { now >= lapses } else { first <= now && now < lapses }
        }
        DateTest::Lasts(span) => last.0.saturating_add(1 + SLACK) >= first.plus(frame.span(span)).0,
        DateTest::Soon(span) => {
            let begins = last.minus(frame.span(span));
            flip.at(begins, now);
            flip.at(next(last), now);
            begins <= now && now <= last
        }
    })
}

/// Days a period may fall short of the span it is said to last: leap days, and ends that are counted or not.
const SLACK: i32 = 3;

/// In the fiscal year of the day judged; unknown when the date may lie in it or beside it (`2026` as a whole).
fn fiscal(first: Day, last: Day, now: Day, flip: &mut Flip) -> Tri {
    let (begins, ends) = (fiscal_year(first).0, fiscal_year(last).1);
    let turn = fiscal_year(first).1;
    [begins, turn, ends].into_iter().for_each(|day| flip.at(day, now));
    match begins <= now && now < ends {
        true if turn == ends => Tri::True,
        true => Tri::Unknown,
        false => Tri::False,
    }
}

/// First day of the fiscal year a day lies in, and first day of the next.
fn fiscal_year(day: Day) -> (Day, Day) {
    let date = day.date();
    let year = if date.month() >= 4 { date.year() } else { date.year() - 1 };
    let april = |y| Day::new(y, 4, 1).unwrap_or(day);
    (april(year), april(year + 1))
}

/// A date at the end of a path: nothing written, written but unreadable, or the days it can mean.
enum Mark {
    Blank,
    Unclear,
    Days(Day, Day),
}

fn mark(frame: &Frame, (record, row): Subject, path: &Path) -> Mark {
    let mut out = Mark::Blank;
    path.each_from(frame.view, record, row, &mut |value| match (&out, days(value)) {
        (Mark::Days(..), _) => {}
        (_, Some((first, last))) => out = Mark::Days(first, last),
        (_, None) if matches!(value, Value::Unclear(_)) => out = Mark::Unclear,
        _ => {}
    });
    out
}

/// The day lies between; a missing end is open, one nobody can read makes it unknown.
pub(super) fn valid_test(
    frame: &Frame,
    (record, row): Subject,
    (from, to): (&Path, &Path),
    open: Option<&Expr>,
    blank: Option<bool>,
    flip: &mut Flip,
) -> Tri {
    let now = frame.day;
    let begun = match mark(frame, (record, row), from) {
        Mark::Days(begins, _) => {
            flip.at(begins, now);
            Some(Tri::from(begins <= now))
        }
        Mark::Unclear => Some(Tri::Unknown),
        Mark::Blank => None,
    };
    let ends = mark(frame, (record, row), to);
    if begun == Some(Tri::False) {
        return Tri::False;
    }
    let lasts = match ends {
        Mark::Blank if begun.is_none() => return blank.map_or(Tri::Unknown, Tri::from),
        Mark::Blank => Tri::True,
        Mark::Unclear => open.map_or(Tri::Unknown, |o| Tri::Unknown.or(o.test(&frame.env(record, row)))),
        Mark::Days(_, end) => {
            flip.at(Day(end.0.saturating_add(1)), now);
            if now <= end { Tri::True } else { open.map_or(Tri::False, |o| o.test(&frame.env(record, row))) }
        }
    };
    begun.unwrap_or(Tri::True).and(lasts)
}

/// The second date lies on or after the first, and not later than the span after it. Moments count as days in Tokyo.
pub(super) fn follows_test(
    frame: &Frame,
    subject: Subject,
    (from, to): (&Path, &Path),
    span: Option<Span>,
    blank: Option<bool>,
) -> Tri {
    let (from, to) = match (mark(frame, subject, from), mark(frame, subject, to)) {
        (Mark::Days(a, b), Mark::Days(c, d)) => ((a, b), (c, d)),
        (Mark::Unclear, _) | (_, Mark::Unclear) => return Tri::Unknown,
        _ => return blank.map_or(Tri::Unknown, Tri::from),
    };
    let limit = span.map(|s| (from.0.plus(s), from.1.plus(s)));
    not_after(from, to).and(limit.map_or(Tri::True, |limit| not_after(to, limit)))
}

/// Whether `a` lies on or before `b`; unknown when a month or year leaves it open.
fn not_after(a: (Day, Day), b: (Day, Day)) -> Tri {
    match () {
        () if a.1 <= b.0 => Tri::True,
        () if a.0 > b.1 => Tri::False,
        () => Tri::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days_of(text: &str) -> (Day, Day) {
        let d = PartialDate::parse(text).unwrap();
        (d.first(), d.last())
    }

    #[test]
    fn order_of_partial_dates() {
        let cases = [
            ("2026-06-01", "2026-06-01", Tri::True),
            ("2026-06-02", "2026-06-01", Tri::False),
            ("2026-05", "2026-06", Tri::True),
            ("2026-06", "2026-06-10", Tri::Unknown),
            ("2026", "2025-12-31", Tri::False),
        ];
        for (a, b, want) in cases {
            assert_eq!(not_after(days_of(a), days_of(b)), want, "{a} on or before {b}");
        }
    }
}
