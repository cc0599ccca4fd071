//! Reads one date, time or weekday at a place in a text. Which year is meant is settled by [`super::date`].

use super::date::Written;

/// A place in the characters of a text.
#[derive(Clone, Copy)]
pub(super) struct Scanner<'a> {
    pub(super) chars: &'a [char],
    pub(super) at: usize,
}

/// Eras by name and letter with the year before their first.
const ERAS: [(&str, char, i16, i16); 5] = [
    ("令和", 'R', 2018, 60),
    ("平成", 'H', 1988, 50),
    ("昭和", 'S', 1925, 80),
    ("大正", 'T', 1911, 15),
    ("明治", 'M', 1867, 45),
];

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

impl Scanner<'_> {
    /// Reads a date that begins here; moves behind it.
    pub(super) fn date(&mut self, whole: bool) -> Option<Written> {
        let before = self.at.checked_sub(1).map(|ix| self.chars[ix]);
        if before
            .is_some_and(|c| c.is_ascii_alphanumeric() || (c == '.' && self.peek().is_some_and(|c| c.is_ascii_digit())))
        {
            return None;
        }
        let start = self.at;
        for read in [Self::era, Self::western, Self::english, Self::numeric, Self::yearless] {
            if let Some(found) = read(self, whole) {
                return Some(found);
            }
            self.at = start;
        }
        None
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    pub(super) fn spaces(&mut self) {
        while self.peek() == Some(' ') {
            self.at += 1;
        }
    }

    pub(super) fn eat(&mut self, c: char) -> bool {
        let hit = self.peek() == Some(c);
        self.at += usize::from(hit);
        hit
    }

    pub(super) fn eat_text(&mut self, text: &str) -> bool {
        let len = text.chars().count();
        let hit = self.chars.get(self.at..self.at + len).is_some_and(|s| s.iter().copied().eq(text.chars()));
        self.at += if hit { len } else { 0 };
        hit
    }

    /// Reads up to `max` digits; refuses when more follow.
    pub(super) fn digits(&mut self, max: usize) -> Option<i16> {
        let run = self.chars[self.at..].iter().take_while(|c| c.is_ascii_digit()).count();
        if run == 0 || run > max {
            return None;
        }
        let text: String = self.chars[self.at..self.at + run].iter().collect();
        self.at += run;
        text.parse().ok()
    }

    pub(super) fn small(&mut self) -> Option<i8> {
        self.digits(2).and_then(|n| i8::try_from(n).ok())
    }

    fn era(&mut self, whole: bool) -> Option<Written> {
        let (base, last, letter) = self.era_name()?;
        self.spaces();
        let year = if self.eat('元') { 1 } else { self.digits(2)? };
        if !(1..=last).contains(&year) {
            return None;
        }
        let year = base + year;
        self.spaces();
        if self.eat('年') {
            return self.after_year(year);
        }
        let rest = *self;
        match self.separated() {
            Some((month, day)) => Some(Written::Full { year, month: Some(month), day }),
            // A bare letter and number is a code more often than a year, unless it is all there is.
            None => {
                *self = rest;
                (whole && (!letter || self.at == self.chars.len())).then_some(Written::Full {
                    year,
                    month: None,
                    day: None,
                })
            }
        }
    }

    fn era_name(&mut self) -> Option<(i16, i16, bool)> {
        for (name, letter, base, last) in ERAS {
            if self.eat_text(name) {
                return Some((base, last, false));
            }
            // 平31.4.1: the first character alone, right before its year.
            let short = name.chars().next().filter(|c| self.peek() == Some(*c));
            let next = self.chars.get(self.at + 1).copied();
            if short.is_some() && next.is_some_and(|c| c.is_ascii_digit() || c == '元') {
                self.at += 1;
                return Some((base, last, true));
            }
            if self.peek().is_some_and(|c| c.eq_ignore_ascii_case(&letter)) {
                self.at += 1;
                self.eat('.');
                return Some((base, last, true));
            }
        }
        None
    }

    /// What may follow 年: 度, month, day.
    fn after_year(&mut self, year: i16) -> Option<Written> {
        if self.eat('度') {
            return Some(Written::Fiscal(year));
        }
        let year_end = *self;
        self.spaces();
        let month = self.small().filter(|_| {
            self.spaces();
            self.eat('月')
        });
        let Some(month) = month else {
            *self = year_end;
            return Some(Written::Full { year, month: None, day: None });
        };
        let month_end = *self;
        self.spaces();
        let day = self.small().filter(|_| {
            self.spaces();
            self.eat('日')
        });
        if day.is_none() {
            *self = month_end;
        }
        Some(Written::Full { year, month: Some(month), day })
    }

    /// `.4.1`, `/4/1`, `-4-1`, `.4`; the same mark twice.
    fn separated(&mut self) -> Option<(i8, Option<i8>)> {
        let mark = self.peek().filter(|c| matches!(c, '.' | '/' | '-'))?;
        self.at += 1;
        self.spaces();
        let month = self.small().filter(|m| (1..=12).contains(m))?;
        let month_end = *self;
        if self.eat(mark) {
            self.spaces();
            if let Some(day) = self.small() {
                return Some((month, Some(day)));
            }
        }
        *self = month_end;
        Some((month, None))
    }

    fn western(&mut self, whole: bool) -> Option<Written> {
        let run = self.chars[self.at..].iter().take_while(|c| c.is_ascii_digit()).count();
        if run == 8 || (run == 6 && whole) {
            return self.packed(run);
        }
        if run == 14 {
            // 20261101081500: the time is read behind it.
            return self.packed(8);
        }
        let apostrophe = self.eat('\'');
        let year = if apostrophe { 2000 + self.digits(2)? } else { self.digits(4).filter(|_| run == 4)? };
        if !(1868..=2200).contains(&year) {
            return None;
        }
        let end = *self;
        self.spaces();
        if self.eat('年') {
            return self.after_year(year);
        }
        *self = end;
        match self.separated() {
            Some((month, day)) => Some(Written::Full { year, month: Some(month), day }),
            None => {
                *self = end;
                (whole && self.at == self.chars.len()).then_some(Written::Full { year, month: None, day: None })
            }
        }
    }

    /// 20260401 or 202604.
    fn packed(&mut self, run: usize) -> Option<Written> {
        let text: String = self.chars[self.at..self.at + run].iter().collect();
        let year: i16 = text[..4].parse().ok().filter(|y| (1900..=2200).contains(y))?;
        let month = text[4..6].parse().ok().filter(|m| (1..=12).contains(m))?;
        let day = if run == 8 { Some(text[6..].parse().ok().filter(|d| (1..=31).contains(d))?) } else { None };
        self.at += run;
        Some(Written::Full { year, month: Some(month), day })
    }

    /// `Apr 1, 2026`, `1 April 2026`, `1-Apr-26`, `Apr-26`, `Apr 2026`.
    fn english(&mut self, _whole: bool) -> Option<Written> {
        let first = self.small();
        if first.is_some() {
            self.gap();
        }
        let month = self.month_name()?;
        self.gap();
        let after = *self;
        let second = self.small();
        if let (None, Some(day), true) = (first, second, self.comma()) {
            let year = self.digits(4)?;
            return Some(Written::Full { year, month: Some(month), day: Some(day) });
        }
        *self = after;
        let run = self.chars[self.at..].iter().take_while(|c| c.is_ascii_digit()).count();
        let year = if run == 2 { 2000 + self.digits(2)? } else { self.digits(4)? };
        Some(Written::Full { year, month: Some(month), day: first })
    }

    fn month_name(&mut self) -> Option<i8> {
        let word: String =
            self.chars[self.at..].iter().take_while(|c| c.is_ascii_alphabetic()).collect::<String>().to_lowercase();
        let ix = MONTHS.iter().position(|m| {
            word.starts_with(m) && (word.len() == 3 || word.len() > 3 && FULL[month_of(m)].starts_with(&word))
        })?;
        self.at += word.len();
        self.eat('.');
        i8::try_from(ix + 1).ok()
    }

    fn gap(&mut self) {
        while self.peek().is_some_and(|c| matches!(c, ' ' | '-' | '/')) {
            self.at += 1;
        }
    }

    fn comma(&mut self) -> bool {
        let start = self.at;
        self.eat(',');
        self.spaces();
        self.at > start
    }

    /// 4/1/2026, and 26/4/1 or 8.4.1 with a short year.
    fn numeric(&mut self, whole: bool) -> Option<Written> {
        let a = self.small()?;
        let mark = self.peek().filter(|c| matches!(c, '/' | '.' | '-'))?;
        self.at += 1;
        let b = self.small()?;
        if !self.eat(mark) {
            // 8.4 is a number; 8/4 is read as month and day.
            return None;
        }
        let run = self.chars[self.at..].iter().take_while(|c| c.is_ascii_digit()).count();
        if run == 4 {
            let year = self.digits(4)?;
            return (1900..=2200).contains(&year).then_some(Written::Either { a, b, year });
        }
        let day = self.small()?;
        // IP addresses and version numbers go on.
        if !whole && self.peek().is_some_and(|c| c == mark) {
            return None;
        }
        ((1..=12).contains(&b) && self.peek() != Some(mark)).then_some(Written::Short {
            year: i16::from(a),
            month: b,
            day: Some(day),
        })
    }

    /// 4/12, 4月12日; 4月 only when it is all there is.
    fn yearless(&mut self, whole: bool) -> Option<Written> {
        let month = self.small().filter(|m| (1..=12).contains(m))?;
        self.spaces();
        if self.eat('月') {
            let end = *self;
            self.spaces();
            let day = self.small().filter(|_| {
                self.spaces();
                self.eat('日')
            });
            if day.is_none() {
                *self = end;
                return (whole && self.at == self.chars.len()).then_some(Written::Yearless { month, day: None });
            }
            return Some(Written::Yearless { month, day });
        }
        let day = if self.eat('/') { self.small().filter(|d| (1..=31).contains(d))? } else { return None };
        (self.peek() != Some('/')).then_some(Written::Yearless { month, day: Some(day) })
    }
}

const FULL: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

fn month_of(short: &str) -> usize {
    MONTHS.iter().position(|m| *m == short).unwrap_or(0)
}
