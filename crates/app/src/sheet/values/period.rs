//! Periods in one cell, in the many ways people write them, and what a single date in such a cell can mean.

use akashi_domain::{Day, PartialDate, Span};

use super::date::{DateContext, Found, Token, letters, scan};

/// What a text says about a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    pub from: Option<PartialDate>,
    pub to: Option<PartialDate>,
    /// It says that there is no end.
    pub open: bool,
    /// More was written than the period.
    pub more: bool,
}

/// Words that say a contract has no end.
const OPEN: [&str; 12] = [
    "期間の定めなし",
    "期間の定め無し",
    "定めなし",
    "定め無し",
    "無期限",
    "期限なし",
    "期限無し",
    "終期なし",
    "解約まで",
    "無期",
    "永年",
    "open-ended",
];

/// Marks and words that stand between the two ends.
const BETWEEN: [&str; 10] = ["~", "〜", "から", "より", "–", "—", "―", "-", "→", "to"];

/// Reads a period; `None` when it is not one, or a single date that could be either end.
pub fn read(text: &str, context: &DateContext) -> Option<Period> {
    let chars = letters(text);
    let plain: String = chars.iter().collect();
    let found = scan(&chars, context, false);
    if found.iter().any(|f| matches!(f.token, Token::Unusable(_))) {
        return None;
    }
    let open = OPEN.iter().any(|w| plain.contains(w));
    let rest = rest(&chars, &found);
    let period = match found.as_slice() {
        [] => Period { open, ..Period::default() },
        [one] => single(one, &chars, &rest, open)?,
        [first, second, others @ ..] => {
            Period { from: start(first), to: following(first, second), open: false, more: !others.is_empty() }
        }
    };
    let backwards = matches!((period.from, period.to), (Some(f), Some(t)) if t.last() < f.first());
    let nothing = period.from.is_none() && period.to.is_none() && !open;
    (!backwards && !nothing).then(|| Period { more: period.more || !harmless(&rest), ..period })
}

/// The text without its dates.
fn rest(chars: &[char], found: &[Found]) -> String {
    let inside = |ix: usize| found.iter().any(|f| (f.start..f.end).contains(&ix));
    chars.iter().enumerate().filter(|(ix, _)| !inside(*ix)).map(|(_, c)| *c).collect()
}

fn harmless(rest: &str) -> bool {
    let mut rest = rest.to_string();
    for word in OPEN
        .iter()
        .chain(&["間", "自", "至", "まで", "迄", "契約期間", "期間", "年度", "(", ")", ":", "、", ",", " ", "の"])
        .chain(&BETWEEN)
    {
        rest = rest.replace(word, "");
    }
    rest.chars().all(|c| {
        c.is_ascii_digit()
            || matches!(c, '年' | '月' | 'か' | 'ヶ' | 'ヵ' | 'ケ' | 'カ' | '箇' | '一' | '二' | '三' | '五')
    })
}

fn start(found: &Found) -> Option<PartialDate> {
    match found.token {
        Token::Date(d) => Some(d),
        Token::FiscalYear(y) => Day::new(y, 4, 1).map(PartialDate::of),
        Token::Unusable(_) => None,
    }
}

fn end(found: &Found) -> Option<PartialDate> {
    match found.token {
        Token::FiscalYear(y) => Day::new(y + 1, 3, 31).map(PartialDate::of),
        _ => start(found),
    }
}

/// The end; without a year of its own it is the next such day after the start.
fn following(first: &Found, second: &Found) -> Option<PartialDate> {
    let (from, to) = (start(first)?, end(second)?);
    let early = second.yearless && to.last() < from.first();
    Some(if early { PartialDate { year: to.year + 1, ..to } } else { to })
}

fn single(one: &Found, chars: &[char], rest: &str, open: bool) -> Option<Period> {
    let date = start(one)?;
    if let Token::FiscalYear(_) = one.token {
        return Some(Period { from: Some(date), to: end(one), ..Period::default() });
    }
    let before: String = chars[..one.start].iter().collect();
    let after: String = chars[one.end..].iter().collect();
    let (before, after) = (before.trim(), after.trim());
    if let Some(span) = duration(rest) {
        let day = date.first().plus(span);
        let to = if date.day.is_some() || date.month.is_some() { Some(PartialDate::of(Day(day.0 - 1))) } else { None };
        return Some(Period { from: Some(date), to, ..Period::default() });
    }
    let marked = |text: &str, edge: fn(&str, &str) -> bool| BETWEEN.iter().any(|w| edge(text, w));
    if open || before.ends_with('自') || marked(after, |t, w| t.starts_with(w)) {
        return Some(Period { from: Some(date), open, ..Period::default() });
    }
    let until = after.starts_with("まで")
        || after.starts_with('迄')
        || before.ends_with('至')
        || marked(before, |t, w| t.ends_with(w));
    until.then_some(Period { to: Some(date), ..Period::default() })
}

/// Reads `から3年間`, `1年`, `6か月間`.
fn duration(rest: &str) -> Option<Span> {
    let chars: Vec<char> = rest.chars().collect();
    let at = chars.iter().position(|c| c.is_ascii_digit() || "一二三五".contains(*c))?;
    let digits: String = chars[at..].iter().take_while(|c| c.is_ascii_digit()).collect();
    let (n, len): (i32, usize) = match chars[at] {
        '一' => (1, 1),
        '二' => (2, 1),
        '三' => (3, 1),
        '五' => (5, 1),
        _ => (digits.parse().ok().filter(|n| (1..=99).contains(n))?, digits.len()),
    };
    let unit: String = chars[at + len..].iter().collect();
    let months = ["か月", "ヶ月", "ヵ月", "ケ月", "カ月", "箇月", "月間"].iter().any(|u| unit.starts_with(u));
    match unit.starts_with('年') && !unit.starts_with("年毎") && !unit.starts_with("年ごと") {
        true => Some(Span { months: 12 * n, days: 0 }),
        false => months.then_some(Span { months: n, days: 0 }),
    }
}
