//! Points in time as ASN.1 writes them, in microseconds since 1970. No clock is read.

use std::fmt;

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub i64);

impl Instant {
    /// `YYMMDDhhmmssZ`; years from 50 on are of the last century (RFC 5280, 4.1.2.5.1).
    #[must_use]
    pub fn from_utc_time(text: &[u8]) -> Option<Self> {
        let parts = text.strip_suffix(b"Z").filter(|parts| parts.len() == 12)?;
        let year = digits(&parts[..2])?;
        clock(if year < 50 { 2000 + year } else { 1900 + year }, &parts[2..], 0)
    }

    /// `YYYYMMDDhhmmss[.f…]Z`. Digits beyond microseconds are dropped.
    #[must_use]
    pub fn from_generalized(text: &[u8]) -> Option<Self> {
        let parts = text.strip_suffix(b"Z").filter(|parts| parts.len() >= 14)?;
        let (whole, fraction) = parts.split_at(14);
        let micros = match fraction {
            [] => 0,
            // BER also allows a comma.
            [b'.' | b',', fraction @ ..] if !fraction.is_empty() => micros(fraction)?,
            _ => return None,
        };
        clock(digits(&whole[..4])?, &whole[4..], micros)
    }

    /// Shifted by seconds and microseconds, within what can be written.
    #[must_use]
    pub fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }
}

/// `MMDDhhmmss` of a year.
fn clock(year: i64, parts: &[u8], micros: i64) -> Option<Instant> {
    let [month, day, hour, minute, second] = [0, 2, 4, 6, 8].map(|at| digits(&parts[at..at + 2]));
    let (month, day, hour, minute, second) = (month?, day?, hour?, minute?, second?);
    let real = (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&day);
    if !real || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = hour * 3600 + minute * 60 + second;
    Some(Instant(days_from_civil(year, month, day) * MICROS_PER_DAY + seconds * 1_000_000 + micros))
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))
}

fn micros(fraction: &[u8]) -> Option<i64> {
    let all = fraction.iter().all(u8::is_ascii_digit);
    let six = (0..6).map(|at| fraction.get(at).map_or(0, |b| i64::from(b - b'0')));
    all.then(|| six.fold(0, |n, digit| n * 10 + digit))
}

fn days_of(year: i64, month: i64) -> i64 {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970 of a Gregorian date, counted in years that begin in March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * day_of_year + 2) / 153;
    let month = if march < 10 { march + 3 } else { march - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day_of_year - (153 * march + 2) / 5 + 1)
}

/// RFC 3339 in UTC; fractions only where there are any.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0.div_euclid(MICROS_PER_DAY));
        let of_day = self.0.rem_euclid(MICROS_PER_DAY);
        let (seconds, micros) = (of_day / 1_000_000, of_day % 1_000_000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if micros != 0 {
            write!(f, ".{micros:06}")?;
        }
        f.write_str("Z")
    }
}
