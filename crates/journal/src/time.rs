//! Instants as text: RFC 3339 in UTC with exactly six decimals, from and to microseconds since 1970.
//! No clock is read and no time zone is known here; one instant has exactly one text.

/// An instant that cannot be written, or a text that is not such an instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Outside the years 0000 to 9999, which is all that RFC 3339 can write.
    #[error("{micros} microseconds since 1970 lie outside the years 0000 to 9999")]
    Range { micros: i64 },
    /// Not of the one accepted shape, or not a real date.
    #[error("expected an instant like 2026-04-01T09:00:00.000000Z, found {text:?}")]
    Text { text: String },
}

/// Midnight at the start of year 0000.
const FIRST: i64 = -62_167_219_200_000_000;
/// The last microsecond of year 9999.
const LAST: i64 = 253_402_300_799_999_999;
const MICROS_PER_DAY: i64 = 86_400_000_000;
const SHAPE: &[u8; 27] = b"0000-00-00T00:00:00.000000Z";
/// Where year, month, day, hour, minute, second and fraction stand in the text.
const PARTS: [(usize, usize); 7] = [(0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19), (20, 26)];

/// Writes `micros` since 1970-01-01T00:00:00Z, e.g. `2026-04-01T00:00:00.000000Z`.
pub fn to_rfc3339(micros: i64) -> Result<String, TimeError> {
    if !is_writable(micros) {
        return Err(TimeError::Range { micros });
    }
    let (year, month, day) = civil_from_days(micros.div_euclid(MICROS_PER_DAY));
    let of_day = micros.rem_euclid(MICROS_PER_DAY);
    let seconds = of_day / 1_000_000;
    let parts = [year, month, day, seconds / 3600, seconds / 60 % 60, seconds % 60, of_day % 1_000_000];
    let mut text = String::with_capacity(SHAPE.len());
    for ((number, (from, to)), after) in parts.into_iter().zip(PARTS).zip("--T::.Z".chars()) {
        let digits = (from..to).rev().map(|place| number / 10_i64.pow((place - from) as u32) % 10);
        text.extend(digits.map(|digit| char::from(b'0' + digit as u8)));
        text.push(after);
    }
    Ok(text)
}

/// Whether [`to_rfc3339`] can write it.
#[must_use]
pub fn is_writable(micros: i64) -> bool {
    (FIRST..=LAST).contains(&micros)
}

/// Reads exactly the form of [`to_rfc3339`]. A leap second (`:60`) is refused.
pub fn from_rfc3339(text: &str) -> Result<i64, TimeError> {
    read(text.as_bytes()).ok_or_else(|| TimeError::Text { text: text.chars().take(40).collect() })
}

fn read(text: &[u8]) -> Option<i64> {
    let fits = |(byte, shape): (&u8, &u8)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    if text.len() != SHAPE.len() || !text.iter().zip(SHAPE).all(fits) {
        return None;
    }
    let number = |(from, to): (usize, usize)| text[from..to].iter().fold(0_i64, |n, b| n * 10 + i64::from(b - b'0'));
    let [year, month, day, hour, minute, second, fraction] = PARTS.map(number);
    let days = days_from_civil(year, month, day);
    let real = civil_from_days(days) == (year, month, day) && hour < 24 && minute < 60 && second < 60;
    let seconds = hour * 3600 + minute * 60 + second;
    real.then_some(days * MICROS_PER_DAY + seconds * 1_000_000 + fraction)
}

/// Proleptic Gregorian date of a day counted from 1970-01-01, by counting in 400-year eras that start in March.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// The inverse of [`civil_from_days`] for real dates.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let march_month = (month + 9) % 12;
    let day_of_year = (153 * march_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Serde form of an `i64` field of microseconds as RFC 3339 text.
pub(crate) mod text {
    use serde::{Deserializer, Serializer, de, ser};
    use std::fmt;

    pub(crate) fn serialize<S: Serializer>(micros: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::to_rfc3339(*micros).map_err(ser::Error::custom)?)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        deserializer.deserialize_str(TimeVisitor)
    }

    struct TimeVisitor;

    impl de::Visitor<'_> for TimeVisitor {
        type Value = i64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an instant like 2026-04-01T09:00:00.000000Z")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<i64, E> {
            super::from_rfc3339(text).map_err(E::custom)
        }
    }
}
