//! Normal forms in which header labels, marks and single words of cells are compared.
//! Names and codes are compared by `akashi_domain::text`; which word means what is the catalogue's business.

use akashi_domain::text::{fold, is_normal};
use unicode_normalization::UnicodeNormalization;

/// Returns NFKC text with line breaks and runs of spaces turned into single spaces.
pub fn plain(text: &str) -> String {
    if text.chars().all(is_normal) { spaced(text.chars(), text.len()) } else { spaced(text.nfkc(), text.len()) }
}

fn spaced(chars: impl Iterator<Item = char>, len: usize) -> String {
    let mut out = String::with_capacity(len);
    for c in chars {
        let c = if c.is_whitespace() || c.is_control() { ' ' } else { c };
        if c != ' ' || !(out.is_empty() || out.ends_with(' ')) {
            out.push(c);
        }
    }
    if out.ends_with(' ') {
        out.pop();
    }
    out
}

/// Returns the text as written, with line breaks and runs of spaces turned into single spaces.
pub fn tidy(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the form in which header labels and header words are compared.
pub fn head_key(text: &str) -> String {
    fold(text).chars().filter(|c| !is_ornament(*c)).collect()
}

/// Returns the header without what stands in brackets: `棚卸(R8.3)` → `棚卸`; `None` when nothing would change.
pub fn head_base(text: &str) -> Option<String> {
    let mut depth = 0_u32;
    let mut out = String::new();
    for c in text.nfkc() {
        match c {
            '(' | '[' | '〔' | '【' | '<' | '〈' => depth += 1,
            ')' | ']' | '〕' | '】' | '>' | '〉' => depth = depth.saturating_sub(1),
            // A remark starts: ※…
            '※' | '*' if !out.trim().is_empty() => break,
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    let base = head_key(&out);
    (!base.is_empty() && base != head_key(text)).then_some(base)
}

/// Returns the names of a header that bears several: divided at slashes, and where Latin and Japanese words stand side by side.
pub fn head_parts(label: &str) -> Vec<String> {
    let latin = |w: &str| w.is_ascii();
    let mut out: Vec<String> = Vec::new();
    for piece in label.split(['/', '／', '|', '｜']) {
        let words: Vec<&str> = piece.split_whitespace().collect();
        let (a, b): (Vec<&str>, Vec<&str>) = words.iter().partition(|w| latin(w));
        let mixed = !a.is_empty() && !b.is_empty();
        out.extend(if mixed { vec![a.concat(), b.concat()] } else { vec![piece.into()] });
    }
    if out.len() < 2 {
        Vec::new()
    } else {
        out.iter().map(|p| head_key(p)).filter(|p| p.chars().count() >= 2).collect()
    }
}

fn is_ornament(c: char) -> bool {
    matches!(
        c,
        '.' | ','
            | '、'
            | '。'
            | '・'
            | ':'
            | ';'
            | '/'
            | '\\'
            | '|'
            | '('
            | ')'
            | '['
            | ']'
            | '{'
            | '}'
            | '<'
            | '>'
            | '〔'
            | '〕'
            | '【'
            | '】'
            | '「'
            | '」'
            | '『'
            | '』'
            | '〈'
            | '〉'
            | '*'
            | '※'
            | '★'
            | '☆'
            | '■'
            | '□'
            | '●'
            | '◆'
            | '◇'
            | '▼'
            | '▲'
            | '"'
            | '\''
            | '#'
            | '＃'
            | '!'
            | '~'
            | '〜'
            | '→'
            | '⇒'
    )
}

/// Returns the form in which a whole cell is looked up among words: marks and dashes unified, the rest folded.
pub fn cell_key(text: &str) -> String {
    let text = text.trim();
    if is_dash(text) {
        return "-".into();
    }
    let mut chars = text.chars();
    match (chars.next().map(mark), chars.next()) {
        (Some(Some(m)), None) => m.into(),
        _ => fold(text),
    }
}

/// Tells whether the cell holds only a dash of any kind.
pub fn is_dash(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty()
        && text
            .chars()
            .all(|c| matches!(c, '-' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '－' | 'ー' | 'ｰ' | '─' | '━'))
}

/// Returns the one form of circles, crosses, triangles and ticks.
pub fn mark(c: char) -> Option<&'static str> {
    Some(match c {
        '○' | '〇' | '◯' | '⭕' | '⚪' => "○",
        '◎' | '⦿' => "◎",
        '●' | '⚫' => "●",
        '×' | '✕' | '✖' | '╳' | '☓' | '❌' | '✗' | '✘' | '⨯' => "×",
        '△' | '▵' => "△",
        '▲' => "▲",
        '✓' | '✔' | '☑' | '✅' | '🗹' => "✓",
        // A box nobody ticked.
        '□' | '☐' | '▢' => "□",
        'レ' => "レ",
        _ => return None,
    })
}

/// Words that say nobody knows; such a cell counts as missing and stays as written.
const UNKNOWN: [&str; 34] = [
    "不明",
    "不詳",
    "不明瞭",
    "?",
    "??",
    "???",
    "未",
    "未定",
    "未採番",
    "未記入",
    "未登録",
    "未確認",
    "未設定",
    "未調査",
    "未把握",
    "要確認",
    "要調査",
    "確認中",
    "調査中",
    "照会中",
    "問合せ中",
    "確認できず",
    "読取不可",
    "読取不能",
    "判読不能",
    "判読不可",
    "貼付なし",
    "ラベルなし",
    "銘板なし",
    "記載なし",
    "unknown",
    "tbd",
    "n/a?",
    "不可読",
];

/// Words that say there is none.
const NONE: [&str; 9] = ["なし", "無し", "無", "該当なし", "該当無し", "非該当", "n/a", "na", "none"];

/// Tells whether the cell says that nobody knows.
pub fn is_unknown(text: &str) -> bool {
    // Most cells are codes and names: they are let go before anything is folded.
    if text.len() > 40 || (text.is_ascii() && text.len() > 8) || text.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let key = plain(text).to_lowercase();
    let key = key.trim_start_matches('※').trim();
    UNKNOWN.contains(&key)
}

/// Tells whether the cell says that there is none.
pub fn is_none(text: &str) -> bool {
    if text.len() > 24 || text.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let key = plain(text).to_lowercase();
    NONE.contains(&key.as_str())
}

/// The yes or no a cell says, when it is nothing but that.
pub fn answer(text: &str) -> Option<bool> {
    const YES: [&str; 8] = ["はい", "yes", "得た", "得ました", "している", "しました", "true", "ok"];
    const NO: [&str; 8] = ["いいえ", "no", "得ていない", "得ていません", "していない", "していません", "false", "ng"];
    if text.len() > 24 {
        return None;
    }
    let key = plain(text).to_lowercase();
    YES.contains(&key.as_str()).then_some(true).or(NO.contains(&key.as_str()).then_some(false))
}

/// Tells whether the cell repeats the one above (〃, 同上 …).
pub fn is_ditto(text: &str) -> bool {
    let begins =
        |c: char| matches!(c, '〃' | '同' | '仝' | '上' | '々' | '〻' | '″' | '"' | '”' | '“' | '\'' | '´' | 'd' | 'D');
    if !text.trim_start().starts_with(begins) {
        return false;
    }
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    matches!(
        text.as_str(),
        "〃" | "〃〃"
            | "〃〃〃"
            | "同上"
            | "同じ"
            | "同"
            | "仝"
            | "仝上"
            | "上同"
            | "々"
            | "〻"
            | "″"
            | "\""
            | "\"\""
            | "”"
            | "“"
            | "“”"
            | "''"
            | "´´"
            | "上に同じ"
            | "上記同様"
            | "上記と同じ"
            | "ditto"
            | "Ditto"
    )
}

/// Tells whether the cell repeats the one to its left.
pub fn is_left_ditto(text: &str) -> bool {
    if !text.trim_start().starts_with(['同', '←', '左']) {
        return false;
    }
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    matches!(text.as_str(), "同左" | "←" | "左に同じ")
}

/// Tells whether a short text reads like the name of a department.
pub fn is_department(text: &str) -> bool {
    const ENDS: [&str; 17] = [
        "部",
        "科",
        "課",
        "室",
        "局",
        "係",
        "外来",
        "病棟",
        "センター",
        "センタ",
        "部門",
        "ステーション",
        "医局",
        "事務",
        "ユニット",
        "チーム",
        "委員会",
    ];
    // Rooms nobody works in as a department, and words that end alike.
    const OTHER: [&str; 18] = [
        "サーバ室",
        "サーバー室",
        "機械室",
        "会議室",
        "電算室",
        "倉庫",
        "書庫",
        "一部",
        "全部",
        "内部",
        "外部",
        "部屋",
        "関係",
        "その他",
        "更衣室",
        "当直室",
        "休憩室",
        "全科",
    ];
    let text: String = plain(text).chars().filter(|c| *c != ' ').collect();
    let len = text.chars().count();
    (2..=14).contains(&len)
        && ENDS.iter().any(|e| text.ends_with(e))
        && !OTHER.iter().any(|o| text.ends_with(o))
        && !text.contains([':', '。', '、', '※', '?'])
}

/// Tells whether the header is that of a running number.
pub fn is_running_header(label: &str) -> bool {
    matches!(
        head_key(label).as_str(),
        "" | "no"
            | "項番"
            | "連番"
            | "通番"
            | "通し番号"
            | "行番号"
            | "行no"
            | "seq"
            | "順"
            | "順番"
            | "番"
            | "項"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads() {
        for (given, want) in [
            ("機 器 仕 様", "機器仕様"),
            ("リモート\n保守", "リモート保守"),
            ("Ｓ／Ｎ", "sn"),
            ("管理No.", "管理no"),
            ("契約期間/開始", "契約期間開始"),
        ] {
            assert_eq!(head_key(given), want);
        }
        assert_eq!(head_base("棚卸\n(R8.3)").as_deref(), Some("棚卸"));
        assert_eq!(head_base("氏名"), None);
        assert_eq!(head_base("購入日 ※西暦").as_deref(), Some("購入日"));
    }

    #[test]
    fn cells() {
        for (given, want) in
            [("◯", "○"), ("〇", "○"), ("－", "-"), ("ー", "-"), ("✕", "×"), (" 有 ", "有"), ("ＶＰＮ", "vpn")]
        {
            assert_eq!(cell_key(given), want);
        }
        assert!(is_ditto(" 〃") && is_ditto("同 上") && !is_ditto("同意書"));
        assert!(is_unknown("？") && is_unknown("※要確認") && !is_unknown("なし") && is_none("該当なし"));
    }
}
