//! What is left to say of a record whose content was disposed of: when, under which approval and rule.
//! Whether it may be disposed of is `retention`'s question; destroying it is the store's work.

use crate::cond::tokyo_day;
use crate::date::Day;
use crate::record::{RecordId, Version};

/// The disposal of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// The approved disposal record; none when what says so cannot be read.
    pub approval: Option<RecordId>,
    /// Key of the rule of retention it rested on; empty when what says so cannot be read.
    pub rule: Box<str>,
    /// The day in Tokyo.
    pub on: Day,
    /// Commit time, microseconds UTC.
    pub at: i64,
    /// The revision that says so, the record's last.
    pub rev: u32,
}

impl Gone {
    /// Takes time and revision of the version that says so.
    pub fn unnamed(version: &Version) -> Gone {
        let (at, rev) = (version.recorded_at, version.rev);
        Gone { approval: None, rule: "".into(), on: tokyo_day(at), at, rev }
    }

    /// Tells whether the record was still there on a day, as known at a moment.
    pub fn was_there(&self, as_of: Day, known_at: Option<i64>) -> bool {
        as_of < self.on || known_at.is_some_and(|known| known < self.at)
    }
}
