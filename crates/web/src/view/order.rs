//! The order of lists: numbers by value, texts as people count, blanks last; only as much of it as a page needs.

use std::borrow::Cow;
use std::cmp::Ordering;

use akashi_domain::Value;

/// What a row is sorted by.
#[derive(Debug, PartialEq)]
pub(crate) enum Key<'a> {
    Number(f64),
    Text(Cow<'a, str>),
    Blank,
}

impl<'a> Key<'a> {
    /// Makes the key of a value; `shown` gives its words where it is no plain text.
    pub(crate) fn of(value: &'a Value, shown: impl FnOnce() -> String) -> Key<'a> {
        match value {
            Value::Number(n) => Key::Number(*n),
            Value::Instant(us) => Key::Number(*us as f64),
            Value::Text(text) => Key::Text(Cow::Borrowed(text)),
            value if value.is_blank() => Key::Blank,
            _ => Key::Text(Cow::Owned(shown())),
        }
    }
}

/// Brings the first `until` rows into order, either way round; the others stand behind them in any order.
pub(crate) fn sort<T>(rows: &mut [T], until: usize, down: bool, compare: impl Fn(&T, &T) -> Ordering) {
    let order = |a: &T, b: &T| if down { compare(b, a) } else { compare(a, b) };
    if until < rows.len() {
        rows.select_nth_unstable_by(until, order);
        rows[..until].sort_by(order);
    } else {
        rows.sort_by(order);
    }
}

/// Compares keys one after the other.
pub(crate) fn compare(a: &[Key], b: &[Key]) -> Ordering {
    let pairs = a.iter().zip(b).map(|(a, b)| match (a, b) {
        (Key::Number(a), Key::Number(b)) => a.total_cmp(b),
        (Key::Text(a), Key::Text(b)) => natural(a, b),
        (Key::Blank, Key::Blank) => Ordering::Equal,
        (Key::Blank, _) | (Key::Text(_), Key::Number(_)) => Ordering::Greater,
        (_, Key::Blank) | (Key::Number(_), Key::Text(_)) => Ordering::Less,
    });
    pairs.into_iter().find(|o| *o != Ordering::Equal).unwrap_or(Ordering::Equal)
}

/// Compares texts with numbers in them as people count: `A-2` before `A-10`.
pub(crate) fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (x, rest_a) = piece(a);
        let (y, rest_b) = piece(b);
        let order = match (x.parse::<u64>(), y.parse::<u64>()) {
            (Ok(m), Ok(n)) => m.cmp(&n),
            _ => x.cmp(y),
        };
        if order != Ordering::Equal || x.is_empty() {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
}

/// The first stretch of digits, or of anything else.
fn piece(text: &str) -> (&str, &str) {
    let digit = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != digit).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_texts_count() {
        let mut codes = ["A-10", "A-2", "B-1", "A-2b", "A", ""];
        codes.sort_by(|a, b| natural(a, b));
        assert_eq!(codes, ["", "A", "A-2", "A-2b", "A-10", "B-1"]);
    }

    #[test]
    fn blanks_go_last() {
        let text = |t: &'static str| vec![Key::Text(Cow::Borrowed(t))];
        let mut keys = [vec![Key::Blank], text("b"), vec![Key::Number(2.0)], text("a")];
        keys.sort_by(|a, b| compare(a, b));
        assert_eq!(keys, [vec![Key::Number(2.0)], text("a"), text("b"), vec![Key::Blank]]);
    }

    #[test]
    fn a_page_is_sorted_without_the_rest() {
        for (down, first) in [(false, [0, 1, 2]), (true, [99, 98, 97])] {
            let mut rows: Vec<i32> = (0..100).map(|n| (n * 37) % 100).collect();
            sort(&mut rows, 3, down, i32::cmp);
            assert_eq!(rows[..3], first);
            assert_eq!(rows.len(), 100);
        }
    }
}
