//! A text in both languages.

use serde::Serialize;

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

    /// The Japanese text, or the English one.
    #[must_use]
    pub fn pick(&self, japanese: bool) -> &str {
        if japanese { &self.ja } else { &self.en }
    }
}
