//! Texts of the demo with holes: numbers, words picked from lists, and days told by their distance from today.
//! The same text in the same place always comes out the same.

use std::collections::BTreeMap;

use akashi_domain::{Day, Span};

/// Word lists by name; an entry may have parts (`山田|ヤマダ`) and a weight (`…*6`).
pub(super) type Lists = BTreeMap<String, Vec<String>>;

/// What the holes of one record may name.
#[derive(Clone, Debug)]
pub(super) struct Scope<'a> {
    pub(super) lists: &'a Lists,
    pub(super) today: Day,
    /// What picks are drawn by: records that share it draw the same words.
    pub(super) seed: String,
    /// Position in a series, from 1.
    pub(super) n: usize,
    /// The word of `over`, in parts.
    pub(super) x: Vec<String>,
    /// The word of `cross`, in parts.
    pub(super) y: Vec<String>,
    /// The word of `each`, in parts.
    pub(super) e: Vec<String>,
}

impl Scope<'_> {
    /// Fills the holes of a text; a text that is nothing but a distance becomes a date.
    pub(super) fn text(&self, text: &str) -> Result<String, String> {
        if let Some(day) = self.moment(text) {
            return Ok(day);
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (hole, tail) = after.split_once('}').ok_or_else(|| format!("`{text}` lacks a closing brace"))?;
            out.push_str(before);
            out.push_str(&self.hole(hole)?);
            rest = tail;
        }
        let filled = out + rest;
        Ok(self.moment(&filled).unwrap_or(filled))
    }

    /// `-40d`, `+3m`, `-40d 09:30`, or a day drawn from `-900d..-30d`.
    fn moment(&self, text: &str) -> Option<String> {
        let (day, time) = text.split_once(' ').unwrap_or((text, ""));
        if !time.is_empty() && !is_time(time) {
            return None;
        }
        let day = match day.split_once("..") {
            Some((from, to)) => {
                let (from, to) = (self.day(from)?, self.day(to)?);
                let width = (to.0 - from.0).unsigned_abs() as u64 + 1;
                Day(from.0.min(to.0) + (self.draw(text) % width) as i32)
            }
            None => self.day(day)?,
        };
        Some(if time.is_empty() { day.to_string() } else { format!("{day} {time}") })
    }

    /// A day by its distance from today.
    fn day(&self, text: &str) -> Option<Day> {
        let back = text.strip_prefix('-').and_then(Span::parse).map(|s| self.today.minus(s));
        back.or_else(|| text.strip_prefix('+').and_then(Span::parse).map(|s| self.today.plus(s)))
    }

    fn hole(&self, hole: &str) -> Result<String, String> {
        let (name, part) = hole.split_once('.').unwrap_or((hole, "0"));
        let part = |words: &[String]| part.parse().ok().and_then(|ix: usize| words.get(ix)).cloned();
        let found = match name {
            "n" => Some(self.n.to_string()),
            "x" => part(&self.x),
            "y" => part(&self.y),
            "e" => part(&self.e),
            "hash" => Some(format!("{:016x}{:016x}", self.draw("a"), self.draw("b"))),
            "serial" => Some(format!("{:08}", self.draw("serial") % 100_000_000)),
            _ => self
                .number(hole)
                .or_else(|| self.calendar(hole))
                .or_else(|| part(&parts(self.in_turn(name).or_else(|| self.pick(name))?))),
        };
        found.ok_or_else(|| format!("nothing is called {{{hole}}} here"))
    }

    /// `{n:4}`: the position with leading zeros.
    fn number(&self, hole: &str) -> Option<String> {
        let width: usize = hole.strip_prefix("n:")?.parse().ok()?;
        Some(format!("{:0width$}", self.n))
    }

    /// `{-40d}`: the day; `{fy-40d}`: its fiscal year in the Japanese era; `{ym-40d}`: its month.
    fn calendar(&self, hole: &str) -> Option<String> {
        if let Some(day) = self.day(hole) {
            return Some(day.to_string());
        }
        let at = hole.find(['-', '+'])?;
        let date = self.day(&hole[at..])?.date();
        match &hole[..at] {
            "fy" => {
                let year = if date.month() >= 4 { date.year() } else { date.year() - 1 };
                Some(format!("令和{}年度", year - 2018))
            }
            "ym" => Some(format!("{}年{}月", date.year(), date.month())),
            _ => None,
        }
    }

    /// `{family:n+400}`: the words of a list in turn; lists whose lengths have no common divisor give pairs that do not repeat.
    fn in_turn(&self, name: &str) -> Option<&str> {
        let (list, by) = name.split_once(":n")?;
        let offset: usize = if by.is_empty() { 0 } else { by.strip_prefix('+')?.parse().ok()? };
        let words = self.lists.get(list)?;
        words.get((self.n + offset).checked_rem(words.len())?).map(|w| weight(w).0)
    }

    fn pick(&self, list: &str) -> Option<&str> {
        let words = self.lists.get(list)?;
        let total: u64 = words.iter().map(|w| weight(w).1).sum();
        let mut left = self.draw(list).checked_rem(total)?;
        for word in words {
            let (word, weight) = weight(word);
            if left < weight {
                return Some(word);
            }
            left -= weight;
        }
        None
    }

    /// A number that depends on the seed and the name alone (FNV-1a, then mixed).
    fn draw(&self, name: &str) -> u64 {
        let bytes = self.seed.bytes().chain([0]).chain(name.bytes());
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        let mixed = (hash ^ (hash >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 29)
    }
}

/// The parts of a list's entry.
pub(super) fn parts(word: &str) -> Vec<String> {
    word.split('|').map(String::from).collect()
}

fn weight(word: &str) -> (&str, u64) {
    word.rsplit_once('*').and_then(|(w, n)| Some((w, n.parse().ok()?))).unwrap_or((word, 1))
}

fn is_time(text: &str) -> bool {
    text.len() == 5 && text.as_bytes()[2] == b':' && text.bytes().filter(u8::is_ascii_digit).count() == 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(lists: &Lists) -> Scope<'_> {
        let today = Day::parse("2026-11-22").unwrap();
        Scope { lists, today, seed: "s".into(), n: 7, x: parts("a|b"), y: vec![], e: vec![] }
    }

    #[test]
    fn holes_and_days() {
        let lists = Lists::from([("os".to_string(), vec!["Win*3".to_string(), "Mac*0".to_string()])]);
        let cases = [
            ("-40d", "2026-10-13"),
            ("+1m 09:30", "2026-12-22 09:30"),
            ("{-40d}まで", "2026-10-13まで"),
            ("{fy-1y} 第1回", "令和7年度 第1回"),
            ("{ym-1m}", "2026年10月"),
            ("KP-{n:4}", "KP-0007"),
            ("{x}{x.1}", "ab"),
            ("{os}", "Win"),
            ("{os:n}{os:n+1}", "MacWin"),
            ("-{n}d", "2026-11-15"),
            ("手順 -40d", "手順 -40d"),
        ];
        for (given, want) in cases {
            assert_eq!(scope(&lists).text(given).as_deref(), Ok(want), "{given}");
        }
        assert!(scope(&lists).text("{none}").is_err());
        assert!(scope(&lists).text("{n").is_err());
        let drawn = scope(&lists).text("-20d..-10d").unwrap();
        assert_eq!(scope(&lists).text("-20d..-10d").unwrap(), drawn);
        assert!(("2026-11-02".."2026-11-13").contains(&drawn.as_str()), "{drawn}");
    }
}
