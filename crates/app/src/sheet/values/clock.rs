//! Reads what may stand behind a date: a time, its offset from UTC, a weekday.

use super::scan::Scanner;

impl Scanner<'_> {
    /// Reads `15:51`, `T15:51:00`, ` 8:05`, `13時30分` behind a date; returns minutes after midnight.
    pub(super) fn time(&mut self) -> Option<u16> {
        let start = *self;
        if let Some(minutes) = self.packed_time() {
            return Some(minutes);
        }
        self.eat('T');
        self.spaces();
        let hours = self.small().filter(|h| (0..=24).contains(h));
        let kanji = self.eat('時');
        if !kanji && !self.eat(':') {
            *self = start;
            return None;
        }
        let minutes = self.small().filter(|m| (0..60).contains(m));
        let (Some(h), Some(m)) = (hours, minutes.or(kanji.then_some(0))) else {
            *self = start;
            return None;
        };
        if kanji {
            self.eat('分');
        } else if self.eat(':') {
            self.small();
        }
        if self.eat('.') {
            self.digits(9);
        }
        Some(h as u16 * 60 + m as u16)
    }

    /// The six digits of a time right behind the eight of a date.
    fn packed_time(&mut self) -> Option<u16> {
        let joined = self.at.checked_sub(1).is_some_and(|ix| self.chars[ix].is_ascii_digit());
        let text: String = self.chars[self.at..].iter().take_while(|c| c.is_ascii_digit()).collect();
        let part = |range: std::ops::Range<usize>| text.get(range).and_then(|t| t.parse::<u16>().ok());
        let (hours, minutes) = (part(0..2)?, part(2..4)?);
        if !joined || text.len() != 6 || hours > 24 || minutes > 59 {
            return None;
        }
        self.at += 6;
        if self.eat('.') {
            self.digits(9);
        }
        Some(hours * 60 + minutes)
    }

    /// Reads `Z`, `+09:00`, `-0500` behind a time; returns minutes east of Greenwich.
    pub(super) fn offset(&mut self) -> Option<i32> {
        if self.eat('Z') {
            return Some(0);
        }
        let start = *self;
        let sign = if self.eat('+') {
            1
        } else if self.eat('-') {
            -1
        } else {
            return None;
        };
        let text: String = self.chars[self.at..].iter().take(5).collect();
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let length = if text.as_bytes().get(2) == Some(&b':') { 5 } else { 4 };
        let read = |range: std::ops::Range<usize>| digits.get(range).and_then(|t| t.parse::<i32>().ok());
        match (read(0..2), read(2..4)) {
            (Some(h), Some(m)) if h <= 14 && m < 60 => {
                self.at += length;
                Some(sign * (h * 60 + m))
            }
            _ => {
                *self = start;
                None
            }
        }
    }

    /// Reads `(火)`, `(水曜日)`, `(Tue)`, `火曜日` behind a date.
    pub(super) fn weekday(&mut self) {
        let start = *self;
        self.spaces();
        let bracket = self.eat('(');
        let word: String = self.chars[self.at..]
            .iter()
            .take_while(|c| c.is_alphabetic() && !matches!(c, '以' | '頃'))
            .take(9)
            .collect();
        let named = |w: &str| {
            let days =
                ["月", "火", "水", "木", "金", "土", "日", "祝", "mon", "tue", "wed", "thu", "fri", "sat", "sun"];
            let base = w.strip_suffix("曜日").or_else(|| w.strip_suffix('曜')).unwrap_or(w);
            days.contains(&base.to_lowercase().as_str()) && (bracket || base.len() < w.len())
        };
        if named(&word) {
            self.at += word.chars().count();
            if bracket && self.eat('・') {
                self.eat('祝');
            }
            if !bracket || self.eat(')') {
                return;
            }
        }
        *self = start;
    }
}
