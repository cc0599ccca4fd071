//! Numbers as hospitals write them: full width, thousands, 約, 万, 千円, TB. Units other than the field's are not guessed.

use crate::sheet::words::plain;

/// A number that was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    pub value: f64,
    /// More was written than the number and its unit (`/年`, 約).
    pub more: bool,
}

/// Words before a number that do not change it.
const BEFORE: [&str; 9] = ["約", "およそ", "概ね", "おおむね", "¥", "\\", "計", "年額", "第"];

/// Multipliers, larger words first.
const POWERS: [(&str, f64); 6] = [("百万", 1e6), ("億", 1e8), ("万", 1e4), ("千", 1e3), ("百", 1e2), ("k", 1e3)];

/// Sizes in GB.
const SIZES: [(&str, f64); 14] = [
    ("pb", 1e6),
    ("tb", 1e3),
    ("gb", 1.0),
    ("mb", 1e-3),
    ("kb", 1e-6),
    ("tib", 1e3),
    ("gib", 1.0),
    ("テラバイト", 1e3),
    ("ギガバイト", 1.0),
    ("テラ", 1e3),
    ("ギガ", 1.0),
    ("メガ", 1e-3),
    ("t", 1e3),
    ("g", 1.0),
];

/// Units that stand for each other.
const SAME: [&[&str]; 4] = [
    &["人", "名", "件", "名分", "人分", "例", "症例"],
    &["円", "円(税込)", "円(税抜)", "円税込", "円税抜", "-", "円-"],
    &["%", "パーセント", "割合"],
    &["点", "点満点"],
];

/// Counters that may follow a number whose field has no unit.
const COUNTERS: [&str; 26] = [
    "個", "台", "件", "名", "人", "回", "世代", "日", "年", "本", "枚", "社", "点", "%", "か月", "ヶ月", "時間", "分",
    "秒", "号", "次", "階", "版", "冊", "箱", "日間",
];

/// Reads a number; `scale` is what the header says a bare number counts (千円 → 1000).
pub fn read(text: &str, unit: Option<&str>, scale: f64) -> Option<Reading> {
    let text: String = plain(text).to_lowercase().chars().filter(|c| *c != ' ').collect();
    let mut rest = text.as_str();
    let mut more = false;
    while let Some(after) = BEFORE.iter().find_map(|w| rest.strip_prefix(w)) {
        more |= rest.starts_with('約') || rest.starts_with("およそ") || rest.starts_with("概ね");
        rest = after;
    }
    if let Some(inner) = rest.strip_prefix('(').and_then(|r| r.strip_suffix(')')) {
        rest = inner;
    }
    let negative = ["-", "△", "▲", "−"].iter().find_map(|s| rest.strip_prefix(s));
    let sign = if negative.is_some() { -1.0 } else { 1.0 };
    rest = negative.unwrap_or(rest);
    let (value, tail) = amount(rest)?;
    let (factor, plus) = unit_factor(tail, unit, scale)?;
    // 1 + 1e-9 style noise of decimal factors is cut off.
    let value = (sign * value * factor * 1e6).round() / 1e6;
    Some(Reading { value, more: more || plus })
}

/// Reads digits and multipliers: `1億2,000万`, `8,628千`, `17.8`.
fn amount(text: &str) -> Option<(f64, &str)> {
    let mut rest = text;
    let mut sum = 0.0;
    let mut any = false;
    loop {
        let len = rest.bytes().take_while(|b| b.is_ascii_digit() || matches!(b, b',' | b'.')).count();
        if len == 0 {
            return any.then_some((sum, rest));
        }
        let digits: String = rest[..len].chars().filter(|c| *c != ',').collect();
        let mut value: f64 = digits.parse().ok().filter(|v: &f64| v.is_finite())?;
        grouped(&rest[..len])?;
        rest = &rest[len..];
        let mut multiplied = false;
        while let Some((word, power)) =
            POWERS.iter().find(|(w, _)| rest.starts_with(w) && !(*w == "k" && rest.len() > 1))
        {
            value *= power;
            rest = &rest[word.len()..];
            multiplied = true;
        }
        sum += value;
        any = true;
        if !multiplied {
            return Some((sum, rest));
        }
    }
}

/// Commas group by three (or by four, as some do); `1,2` is two numbers.
fn grouped(digits: &str) -> Option<()> {
    let whole = digits.split('.').next().unwrap_or(digits);
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    (rest.is_empty() || (!first.is_empty() && rest.iter().all(|g| g.len() == 3 || g.len() == 4))).then_some(())
}

/// Returns what the unit behind a number multiplies it with, and whether more was written.
fn unit_factor(tail: &str, unit: Option<&str>, scale: f64) -> Option<(f64, bool)> {
    if tail.is_empty() {
        return Some((scale, false));
    }
    let per = ["/年", "/月", "以上", "以下", "程度", "前後", "超", "弱", "強", "ほど", "余"];
    let (tail, more) = per.iter().find_map(|p| tail.strip_suffix(p)).map_or((tail, false), |t| (t, true));
    if tail.is_empty() {
        return Some((scale, more));
    }
    let size = |u: &str| SIZES.iter().find(|(w, _)| *w == u).map(|s| s.1);
    match unit {
        Some(unit) => {
            let unit = plain(unit).to_lowercase();
            if let (Some(have), Some(want)) = (size(tail), size(&unit)) {
                return Some((have / want, more));
            }
            let same = tail == unit || SAME.iter().any(|s| s.contains(&unit.as_str()) && s.contains(&tail));
            same.then_some((1.0, more || (tail != unit && tail == "件")))
        }
        None => COUNTERS.contains(&tail).then_some((1.0, false)),
    }
}

/// Returns what a bare number in a column of this header counts: `年額(千円)` → 1000 of `円`, `容量(TB)` → 1000 of `GB`.
pub fn header_scale(header: &str, unit: Option<&str>) -> f64 {
    let header = plain(header).to_lowercase();
    let Some(unit) = unit else { return 1.0 };
    let unit = plain(unit).to_lowercase();
    if let Some(want) = SIZES.iter().find(|s| s.0 == unit) {
        let inside = |w: &str| ["(", "[", "単位:", ",", "/"].iter().any(|b| header.contains(&format!("{b}{w}")));
        let found = SIZES.iter().filter(|s| s.0.len() > 1).find(|s| inside(s.0));
        return found.map_or(1.0, |s| s.1 / want.1);
    }
    let powers = [("百万", 1e6), ("億", 1e8), ("万", 1e4), ("千", 1e3)];
    powers.iter().find(|(w, _)| header.contains(&format!("{w}{unit}"))).map_or(1.0, |p| p.1)
}
