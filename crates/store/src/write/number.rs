//! Human numbers like `AST-2026-0012`: counted per prefix, facility and year of commit in Japan.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::head::Look;
use super::tx::Tx;
use super::version::NewVersion;
use crate::error::Result;
use crate::rows::Insert;
use crate::sql::Arg;

const MICROS_PER_HOUR: i64 = 3_600_000_000;
/// Japan has had no summer time since 1951.
const JAPAN: i64 = 9 * MICROS_PER_HOUR;

/// Prefix, facility, year.
pub(super) type Series = (String, String, i64);

/// Numbers given last, of the series that are known.
pub(super) type Counters = BTreeMap<Series, i64>;

/// Gives a number to each version that has a prefix and no code yet, in the year of `at`. What it returns is to be
/// kept ([`keep`]) with the versions.
pub(super) async fn number(
    look: &mut Look<'_>,
    counters: &mut Counters,
    at: i64,
    versions: &mut [&mut NewVersion],
) -> Result<Counters> {
    let year = year_in_japan(at);
    let mut wanted: BTreeMap<Series, Vec<usize>> = BTreeMap::new();
    let mut changed = Counters::new();
    for (ix, version) in versions.iter().enumerate() {
        let Some(prefix) = &version.prefix else { continue };
        let series = |year| (prefix.clone(), version.text("facility").to_owned(), year);
        match version.text("code") {
            "" => wanted.entry(series(year)).or_default().push(ix),
            // Numbers that came in from outside are not given a second time.
            code if version.expected == 0 => {
                if let Some((year, number)) = read_code(prefix, code) {
                    let last = changed.entry(series(year)).or_default();
                    *last = number.max(*last);
                }
            }
            _ => {}
        }
    }
    for series in changed.keys().chain(wanted.keys()) {
        if !counters.contains_key(series) {
            counters.insert(series.clone(), look.last_number(series).await?);
        }
    }
    for (series, last) in &mut changed {
        let known = counters.entry(series.clone()).or_default();
        *last = (*last).max(*known);
        *known = *last;
    }
    for (series, places) in wanted {
        let last = counters.entry(series.clone()).or_default();
        for ix in places {
            *last += 1;
            set_code(&mut versions[ix].body, format!("{}-{}-{last:04}", series.0, series.2));
        }
        changed.insert(series, *last);
    }
    Ok(changed)
}

/// The rows that keep numbers given.
pub(super) fn keep(given: Counters) -> Insert {
    let into = "counter (prefix, facility, year, last)";
    let mut insert = Insert::new("keep a number", into, 4).then(
        " on conflict (prefix, facility, year) do update
         set last = case when excluded.last > counter.last then excluded.last else counter.last end",
    );
    for ((prefix, facility, year), last) in given {
        insert.push([Arg::from(prefix), Arg::from(facility), Arg::from(year), Arg::from(last)]);
    }
    insert
}

impl Tx {
    /// As [`number`], within this transaction.
    pub(super) async fn number(&mut self, versions: &mut [&mut NewVersion]) -> Result<()> {
        let mut look = Look::Within(&mut self.open);
        let given = number(&mut look, &mut self.counters, self.ctx.at, versions).await?;
        self.insert(vec![keep(given)]).await
    }
}

/// Year and number of a code of ours.
pub(crate) fn read_code(prefix: &str, code: &str) -> Option<(i64, i64)> {
    let (year, number) = code.strip_prefix(prefix)?.strip_prefix('-')?.split_once('-')?;
    let digits = |text: &str, most: usize| (4..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(year, 4) || !digits(number, 9) {
        return None;
    }
    Some((year.parse().ok()?, number.parse().ok()?))
}

/// Whether [`number`] is going to give it a number.
pub(super) fn wants_number(version: &NewVersion) -> bool {
    version.prefix.is_some() && version.text("code").is_empty()
}

/// Takes a number away again, when the transaction that gave it is undone.
pub(super) fn take_number(version: &mut NewVersion) {
    set_code(&mut version.body, String::new());
}

fn set_code(body: &mut Json, code: String) {
    if let Json::Object(map) = body {
        map.insert("code".into(), Json::String(code));
    }
}

/// The calendar year in Japan of an instant.
fn year_in_japan(micros: i64) -> i64 {
    let shifted = jiff::Timestamp::from_microsecond(micros.saturating_add(JAPAN));
    let utc = shifted.map(|t| jiff::tz::Offset::UTC.to_datetime(t));
    utc.map_or(1970, |t| i64::from(t.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_turns_at_midnight_in_japan() {
        // 2025-12-31T14:59:59.999999Z and one microsecond later.
        let new_year = 1_767_193_200_000_000;
        assert_eq!(year_in_japan(new_year - 1), 2025);
        assert_eq!(year_in_japan(new_year), 2026);
    }

    #[test]
    fn only_our_own_codes_are_read() {
        let table = [
            ("AST-2026-0012", Some((2026, 12))),
            ("AST-2026-12345", Some((2026, 12345))),
            ("AST-26-0012", None),
            ("PC-0012", None),
            ("AST-2026-00x2", None),
        ];
        for (code, expect) in table {
            assert_eq!(read_code("AST", code), expect, "{code}");
        }
    }
}
