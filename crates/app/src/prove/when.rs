//! Moments as paper needs them: Japan time with the era.

use akashi_domain::cond::tokyo_day;

/// First days of eras as (year, month, day), newest first.
const ERAS: [(i16, i8, i8, &str); 2] = [(2019, 5, 1, "令和"), (1989, 1, 8, "平成")];

/// A moment, microseconds UTC, as `2026年11月22日(令和8年11月22日)9時00分00秒`.
pub fn japanese(us: i64) -> String {
    let (h, m, s) = clock(us);
    let date = tokyo_day(us).date();
    let (year, month, day) = (date.year(), date.month(), date.day());
    let era = era(year, month, day).map(|era| format!("({era})")).unwrap_or_default();
    format!("{year}年{month}月{day}日{era} {h}時{m:02}分{s:02}秒(日本時間)")
}

/// The same as `2026-11-22 09:00:00 (Japan time)`.
pub(super) fn english(us: i64) -> String {
    let (h, m, s) = clock(us);
    format!("{} {h:02}:{m:02}:{s:02} (Japan time)", tokyo_day(us))
}

fn clock(us: i64) -> (i64, i64, i64) {
    let seconds = (us.div_euclid(1_000_000) + 9 * 3600).rem_euclid(24 * 3600);
    (seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn era(year: i16, month: i8, day: i8) -> Option<String> {
    let (first, _, _, name) = ERAS.iter().find(|(y, m, d, _)| (year, month, day) >= (*y, *m, *d))?;
    let count = match year - first + 1 {
        1 => "元".to_owned(),
        n => n.to_string(),
    };
    Some(format!("{name}{count}年{month}月{day}日"))
}

#[cfg(test)]
mod tests {
    use super::{english, japanese};

    #[test]
    fn moments_carry_the_era() {
        let table = [
            (1_795_309_200_000_000, "2026年11月22日(令和8年11月22日) 10時00分00秒(日本時間)"),
            (1_556_636_400_000_000, "2019年5月1日(令和元年5月1日) 0時00分00秒(日本時間)"),
            (1_556_636_399_999_999, "2019年4月30日(平成31年4月30日) 23時59分59秒(日本時間)"),
            (0, "1970年1月1日 9時00分00秒(日本時間)"),
        ];
        for (us, text) in table {
            assert_eq!(japanese(us), text);
        }
        assert_eq!(english(1_795_309_200_000_000), "2026-11-22 10:00:00 (Japan time)");
    }
}
