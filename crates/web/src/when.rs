//! The two times a page is asked for: the day it speaks of, and the day up to which records were known.

use akashi_domain::Day;

use crate::guard::form::Fields;
use crate::problem::Problem;

/// None: today, and everything known now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct When {
    pub(crate) as_of: Option<Day>,
    pub(crate) known: Option<Day>,
}

/// Names of the two in addresses.
pub(crate) const NAMES: [&str; 2] = ["as_of", "known"];

impl When {
    /// Reads the days asked for; an empty one is as if it were not there.
    pub(crate) fn read(query: &Fields) -> Result<When, Problem> {
        let day = |name| query.get(name).map(|text| Day::parse(text).ok_or_else(Problem::bad_request)).transpose();
        Ok(When { as_of: day(NAMES[0])?, known: day(NAMES[1])? })
    }

    /// The end of the day in Tokyo, microseconds UTC: everything recorded on it was known.
    pub(crate) fn known_at(self) -> Option<i64> {
        const DAY: i64 = 24 * 3_600_000_000;
        const NINE_HOURS: i64 = 9 * 3_600_000_000;
        self.known.map(|day| (i64::from(day.0) + 1) * DAY - NINE_HOURS - 1)
    }

    /// What an address needs behind it to stay at these times: `?as_of=…&known=…`, or nothing.
    pub(crate) fn query(self) -> String {
        let given = NAMES.into_iter().zip([self.as_of, self.known]);
        let pairs: Vec<String> = given.filter_map(|(name, day)| Some(format!("{name}={}", day?))).collect();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_known_is_known_to_its_end_in_tokyo() {
        let when = When::read(&Fields::decode("as_of=&known=1970-01-02")).unwrap_or_default();
        assert_eq!(when.query(), "?known=1970-01-02");
        assert_eq!(when.known_at(), Some((48 - 9) * 3_600_000_000 - 1));
        assert!(When::read(&Fields::decode("known=tomorrow")).is_err());
    }
}
