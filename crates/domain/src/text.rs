//! How texts are compared: one normal form for names, codes and words people write in many ways.

use unicode_normalization::UnicodeNormalization;

/// Returns the form in which names and words are compared: NFKC, lower case, without spaces,
/// hyphens, brackets' width and legal forms of companies.
pub fn fold(text: &str) -> String {
    let mut out: String = text.nfkc().flat_map(char::to_lowercase).filter(|c| !is_filler(*c)).collect();
    for form in ["株式会社", "(株)", "有限会社", "(有)", "合同会社", "一般社団法人", "一般財団法人"]
    {
        if out.contains(form) && out.len() > form.len() {
            out = out.replace(form, "");
        }
    }
    out
}

/// Returns the form in which codes are compared: like [`fold`], and a number loses leading zeros.
pub fn fold_code(text: &str) -> String {
    let folded = fold(text);
    if folded.len() > 1 && folded.bytes().all(|b| b.is_ascii_digit()) {
        let trimmed = folded.trim_start_matches('0');
        return if trimmed.is_empty() { "0".into() } else { trimmed.into() };
    }
    folded
}

/// Spaces, hyphens of every kind, dots between words and invisible characters.
fn is_filler(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '-' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '_' | '・' | '･' | '\u{200b}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding() {
        let cases = [
            ("架空クラウド基盤㈱", "架空クラウド基盤"),
            ("株式会社 架空クラウド基盤", "架空クラウド基盤"),
            ("ＨＮ－０００１", "hn0001"),
            ("佐藤　健一", "佐藤健一"),
            ("ｻﾄｳ ｹﾝｲﾁ", "サトウケンイチ"),
        ];
        for (given, want) in cases {
            assert_eq!(fold(given), want);
        }
        assert_eq!(fold_code("000123"), "123");
        assert_eq!(fold_code("000"), "0");
        assert_eq!(fold_code("A-01"), "a01");
    }
}
