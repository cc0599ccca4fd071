//! A text in both languages.

use akashi_journal::time;
use serde::Serialize;

/// Japan has known one offset since 1951.
const TOKYO_MICROS: i64 = 9 * 3600 * 1_000_000;

/// The same said twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Words {
    pub ja: String,
    pub en: String,
}

impl Words {
    /// Makes it of two texts.
    pub fn new(ja: impl Into<String>, en: impl Into<String>) -> Words {
        Words { ja: ja.into(), en: en.into() }
    }

    /// A moment, microseconds UTC, to the second, as clocks in Japan show it.
    pub(crate) fn moment(at: i64) -> Words {
        let text = time::to_rfc3339(at.saturating_add(TOKYO_MICROS)).unwrap_or_default();
        let (day, clock) = (text.get(..10).unwrap_or_default(), text.get(11..19).unwrap_or_default());
        Words::new(format!("{day} {clock}(日本時間)"), format!("{day} {clock} (Japan time)"))
    }

    /// The Japanese text, or the English one.
    #[must_use]
    pub fn pick(&self, japanese: bool) -> &str {
        if japanese { &self.ja } else { &self.en }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_clocks_in_japan() {
        assert_eq!(Words::moment(0), Words::new("1970-01-01 09:00:00(日本時間)", "1970-01-01 09:00:00 (Japan time)"));
        let new_year = Words::moment(1_798_729_199_999_999);
        assert_eq!(new_year.ja, "2026-12-31 23:59:59(日本時間)");
    }
}
