//! The last number given for each prefix, facility and year, against the numbers the versions carry.

use std::collections::{BTreeMap, HashMap};

use super::Run;
use super::fault::{FaultKind, Place};
use crate::error::Result;
use crate::sql::Sql;
use crate::write::read_code;

/// Prefix, facility, year.
type Series = (String, String, i64);

/// What to look for in the versions.
#[derive(Default)]
pub(super) struct Wanted {
    /// The counters there are, with the last number of each.
    counters: HashMap<Series, i64>,
    /// Prefix by register, as far as the caller knows them: such a number without a counter is a fault.
    prefixes: BTreeMap<String, String>,
}

/// What versions carry.
#[derive(Default)]
pub(super) struct Count {
    series: HashMap<Series, Carried>,
}

#[derive(Clone, Copy, Default)]
struct Carried {
    /// Highest number of a record's first version: those are counted when they are written.
    first: i64,
    /// Some version carries the counter's last number.
    last: bool,
}

impl Count {
    /// Takes the number of one version.
    pub(super) fn take(&mut self, wanted: &Wanted, register: &str, facility: &str, code: &str, first: bool) {
        let Some((prefix, _)) = code.split_once('-') else { return };
        let own = wanted.prefixes.get(register).is_some_and(|own| own == prefix);
        let Some((year, number)) = read_code(prefix, code) else { return };
        let series = (prefix.to_owned(), facility.to_owned(), year);
        let last = wanted.counters.get(&series).copied();
        if last.is_none() && !own {
            return;
        }
        let carried = self.series.entry(series).or_default();
        // A number of the form of ours in another register's code was not counted.
        if first && (own || !wanted.prefixes.contains_key(register)) {
            carried.first = carried.first.max(number);
        }
        carried.last |= last == Some(number);
    }

    /// Adds what another stretch carries.
    pub(super) fn merge(&mut self, other: Count) {
        for (series, more) in other.series {
            let carried = self.series.entry(series).or_default();
            carried.first = carried.first.max(more.first);
            carried.last |= more.last;
        }
    }
}

impl Run {
    /// Reads the counters.
    pub(super) async fn wanted(&mut self, prefixes: BTreeMap<String, String>) -> Result<Wanted> {
        let sql = Sql::new("read the counters", "select prefix, facility, year, last from counter");
        let rows = match self.tx.on().all::<(String, String, i64, i64)>(sql).await {
            Err(e) if e.is_damage() => {
                let kind = FaultKind::Unreadable { what: e.to_string() };
                self.fault(Place::Row { table: "counter", key: String::new() }, kind);
                Vec::new()
            }
            rows => rows?,
        };
        let counters = rows.into_iter().map(|(prefix, facility, year, last)| ((prefix, facility, year), last));
        Ok(Wanted { counters: counters.collect(), prefixes })
    }

    /// Every counter stands at a number that was given, and behind none.
    pub(super) fn check_counters(&mut self, wanted: &Wanted) {
        let series = std::mem::take(&mut self.seen.counts.series);
        let mut found = Vec::new();
        for (key, carried) in &series {
            match wanted.counters.get(key) {
                None if carried.first > 0 => found.push((key, FaultKind::Missing)),
                Some(last) if *last < carried.first => found.push((key, FaultKind::Counted { given: carried.first })),
                Some(_) if !carried.last => found.push((key, FaultKind::Counted { given: carried.first })),
                _ => {}
            }
        }
        let unused = wanted.counters.keys().filter(|key| !series.contains_key(*key));
        found.extend(unused.map(|key| (key, FaultKind::Stray)));
        found.sort_by(|a, b| a.0.cmp(b.0));
        for ((prefix, facility, year), kind) in found {
            let place = Place::Counter { prefix: prefix.clone(), facility: facility.clone(), year: *year };
            self.fault(place, kind);
        }
    }
}
