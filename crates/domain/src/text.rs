//! How texts are compared: one normal form for names, codes and words people write in many ways.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// Legal forms of companies, which people write or leave out.
const FORMS: [&str; 7] = ["株式会社", "(株)", "有限会社", "(有)", "合同会社", "一般社団法人", "一般財団法人"];

/// Returns the form in which names and words are compared: NFKC, lower case, without spaces,
/// hyphens, brackets' width and legal forms of companies.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Most texts are in their normal form already; only the others pay for being brought there.
    if text.chars().all(is_normal) || is_nfkc_quick(text.chars()) == IsNormalized::Yes {
        text.chars().for_each(|c| fold_char(c, &mut out));
    } else {
        text.nfkc().for_each(|c| fold_char(c, &mut out));
    }
    if out.contains(['社', ')', '法']) {
        for form in FORMS {
            if out.contains(form) && out.len() > form.len() {
                out = out.replace(form, "");
            }
        }
    }
    out
}

/// Characters that are in their normal form (NFKC) among others of their kind: ASCII, kana and Han as keyboards give
/// them. Marks that would join the kana before them are none.
pub fn is_normal(c: char) -> bool {
    matches!(c, '\0'..='\x7f' | 'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー' | '、' | '。' | '一'..='\u{9fff}')
}

fn fold_char(c: char, out: &mut String) {
    match c {
        'a'..='z' | '0'..='9' => out.push(c),
        'A'..='Z' => out.push(c.to_ascii_lowercase()),
        c if is_filler(c) => {}
        c if c.is_ascii() => out.push(c),
        // Kana and Han have no case.
        '\u{3041}'..='\u{9fff}' => out.push(c),
        c => out.extend(c.to_lowercase().filter(|c| !is_filler(*c))),
    }
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
    if matches!(c, 'ぁ'..='ヺ' | '一'..='\u{9fff}') {
        return false;
    }
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '-' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '_' | '・' | '･' | '\u{200b}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_characters_are_normal_together() {
        for c in (0..=0xffff).filter_map(char::from_u32).filter(|c| is_normal(*c)) {
            let text = format!("か{c}a{c}");
            assert!(text.nfkc().eq(text.chars()), "{c:?}");
            assert!(!is_filler(c) || !matches!(c, 'ぁ'..='ヺ' | '一'..='\u{9fff}'));
        }
        assert!(!is_normal('\u{3099}') && !is_normal('゛') && !is_normal('㈱') && !is_normal('Ａ'));
    }

    #[test]
    fn folding() {
        let cases = [
            ("架空クラウド基盤㈱", "架空クラウド基盤"),
            ("株式会社 架空クラウド基盤", "架空クラウド基盤"),
            ("ＨＮ－０００１", "hn0001"),
            ("佐藤　健一", "佐藤健一"),
            ("ｻﾄｳ ｹﾝｲﾁ", "サトウケンイチ"),
            ("か\u{3099}ん", "がん"),
            ("ÉCLAIR İstanbul", "éclairi\u{307}stanbul"),
            ("一般財団法人 架空会", "架空会"),
            ("株式会社", "株式会社"),
        ];
        for (given, want) in cases {
            assert_eq!(fold(given), want);
        }
        assert_eq!(fold_code("000123"), "123");
        assert_eq!(fold_code("000"), "0");
        assert_eq!(fold_code("A-01"), "a01");
    }
}
