//! Texts that show a row to be no data: totals, footnotes, headings of sections, trailers, boxes nobody ticked.

use akashi_domain::text::is_normal;

use crate::sheet::read::{Cell, Raw};
use crate::sheet::words::{cell_key, head_key, mark, plain};

pub(super) fn is_total(text: &str) -> bool {
    const WORDS: [&str; 25] = [
        "人数",
        "合計件数",
        "総件数",
        "登録件数",
        "計",
        "小計",
        "合計",
        "総計",
        "累計",
        "総合計",
        "中計",
        "平均",
        "受講率",
        "出席率",
        "参加率",
        "実施率",
        "達成率",
        "合計台数",
        "総台数",
        "台数計",
        "件数",
        "total",
        "subtotal",
        "grandtotal",
        "sum",
    ];
    const ENDS: [&str; 12] =
        ["者数", "総数", "小計", "合計", "総計", "者計", "台計", "件計", "月計", "年計", "部門計", "数計"];
    // Every word above has one of these, and most cells have none.
    let may = |c: char| matches!(c, '計' | '均' | '数' | '率' | 't' | 'T' | 'm' | 'M') || !is_normal(c);
    if !text.contains(may) {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    if text.is_ascii() && !lower.contains("total") && !lower.contains("sum") {
        return false;
    }
    let key = head_key(text);
    WORDS.contains(&key.as_str()) || (key.chars().count() <= 14 && ENDS.iter().any(|e| key.ends_with(e)))
}

/// A short text that ends in 計 and is no accounting, design, statistics or gauge.
pub(super) fn is_sum(text: &str) -> bool {
    let text = text.trim();
    text.ends_with('計')
        && text.chars().count() <= 8
        && !["会計", "設計", "統計", "時計", "推計", "家計", "度計", "圧計", "電計", "量計", "重計"]
            .iter()
            .any(|w| text.ends_with(w))
}

/// A box nobody ticked.
pub(super) fn is_unticked(text: &str) -> bool {
    text.contains(|c| mark(c) == Some("□")) && cell_key(text) == "□"
}

/// A number, with or without a counter: 4台, 100%.
pub(super) fn is_count(cell: &Cell) -> bool {
    match &cell.raw {
        Raw::Number(_) => true,
        Raw::Text(t) => crate::sheet::values::number::read(t, None, 1.0).is_some(),
        _ => false,
    }
}

pub(super) fn is_footnote(text: &str) -> bool {
    let text = plain(text);
    let marked = [
        "(以上",
        "― 以上",
        "- 以上",
        "※",
        "*",
        "注)",
        "注:",
        "注意",
        "(注",
        "注1",
        "注 ",
        "備考:",
        "凡例",
        "【凡例",
        "【注",
        "(※",
        "以上",
        "以 上",
        "以下余白",
        "記入例",
        "【記入",
    ];
    marked.iter().any(|m| text.starts_with(m)) && !text.starts_with("以上の")
}

pub(super) fn is_section(text: &str) -> bool {
    let text = plain(text);
    let marked = text
        .starts_with(['■', '□', '◆', '◇', '●', '○', '▼', '▽', '▶', '【', '〔', '[', '<', '〈', '《', '★', '◎', '・']);
    let month = text.strip_suffix('月').is_some_and(|m| {
        m.rsplit(['年', ' ']).next().is_some_and(|m| m.trim().parse().is_ok_and(|m: u8| (1..=12).contains(&m)))
    });
    marked || month || text.ends_with("年度") || (text.ends_with('期') && text.chars().count() <= 8)
}

pub(super) fn is_trailer(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "end",
        "eof",
        "trailer",
        "終了",
        "終わり",
        "以上",
        "end of file",
        "以下余白",
        "total records",
        "件数",
        "レコード数",
        "eod",
    ];
    let text = plain(text).to_lowercase();
    let text = text.trim_matches(['[', ']', '<', '>', '-', '=', '*', ' ', ':']);
    WORDS.contains(&text)
}
