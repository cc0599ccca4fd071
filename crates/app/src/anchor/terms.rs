//! The terms of an anchor: how often it is asked, and what else its kind has to know. Kept as JSON beside the anchor.

use serde::{Deserialize, Serialize};

use super::Kind;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
/// A try that failed is repeated after this long, then after twice as long, …
const FIRST_DELAY: i64 = MINUTE;
/// … up to this.
const LAST_DELAY: i64 = 6 * 60 * MINUTE;

/// When an anchor is asked, and under which policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// At least once in so many minutes, when there are new entries.
    pub every_minutes: u32,
    /// Earlier, when so many entries are new.
    pub after_entries: u64,
    /// Object identifier of the policy a TSA must stamp under; none: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// What was asked for last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) size: u64,
    /// Microseconds UTC.
    pub(crate) at: i64,
}

impl Terms {
    /// A stamp once a day; a witness, which costs nothing, once an hour.
    pub fn default_of(kind: Kind) -> Terms {
        let (every_minutes, after_entries) = match kind {
            Kind::Tsa => (24 * 60, 1000),
            Kind::Witness => (60, 100),
        };
        Terms { every_minutes, after_entries, policy: None }
    }

    /// Whether a checkpoint of `size` entries is to be attested now.
    pub(crate) fn is_due(&self, last: Option<Asked>, size: u64, now: i64) -> bool {
        let Some(last) = last else { return size > 0 };
        let new = size.saturating_sub(last.size);
        // A clock that was set back must not keep an anchor from being asked.
        let age = (now - last.at).unsigned_abs();
        new > 0 && (age >= u64::from(self.every_minutes) * MINUTE as u64 || new >= self.after_entries.max(1))
    }
}

/// When to try again after so many tries that failed.
pub(crate) fn next_try(tries: u32, now: i64) -> i64 {
    let delay = FIRST_DELAY.saturating_mul(1 << tries.saturating_sub(1).min(20));
    now + delay.min(LAST_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_asked_by_age_and_by_entries() {
        let terms = Terms { every_minutes: 60, after_entries: 10, policy: None };
        let last = |size, minutes: i64| Some(Asked { size, at: -minutes * MINUTE });
        let table = [
            (None, 0, false),
            (None, 1, true),
            (last(5, 0), 5, false),
            (last(5, 600), 5, false),
            (last(5, 0), 14, false),
            (last(5, 0), 15, true),
            (last(5, 59), 6, false),
            (last(5, 60), 6, true),
            (last(5, -60), 6, true),
            (last(5, 0), 4, false),
        ];
        for (last, size, due) in table {
            assert_eq!(terms.is_due(last, size, 0), due, "{last:?} {size}");
        }
    }

    #[test]
    fn tries_grow_rare_but_do_not_end() {
        let minutes = |tries| next_try(tries, 0) / MINUTE;
        assert_eq!([0, 1, 2, 3, 8, 9, 10, 1_000_000].map(minutes), [1, 1, 2, 4, 128, 256, 360, 360]);
    }
}
