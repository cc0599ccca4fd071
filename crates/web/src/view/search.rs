//! Searching a register: words in any text the reader sees, whatever width, case or hyphens they are written with.
//! A hundred thousand rows are gone through in one request: what repeats (options, linked records) is asked once.

use std::cell::RefCell;
use std::collections::HashMap;

use akashi_domain::register::{Field, Register};
use akashi_domain::text::{fold, is_normal};
use akashi_domain::{Link, RecordId, Value, Version};

use super::eyes::Eyes;

/// A search over the rows of one register.
pub(crate) struct Search<'a> {
    eyes: &'a Eyes<'a>,
    register: &'a Register,
    /// In the form in which texts are compared.
    wanted: String,
    /// Slots of the fields the reader sees.
    slots: Vec<usize>,
    /// Whether a linked record's name holds the words.
    names: RefCell<HashMap<RecordId, bool>>,
}

impl<'a> Search<'a> {
    pub(crate) fn new(eyes: &'a Eyes<'a>, register: &'a Register, words: &str) -> Search<'a> {
        let slots = (0..register.fields().len()).filter(|ix| eyes.sees(register.slot(*ix))).collect();
        Search { eyes, register, wanted: fold(words), slots, names: RefCell::default() }
    }

    /// Tells whether the record says the words anywhere.
    pub(crate) fn finds(&self, version: &Version) -> bool {
        self.holds(&version.code)
            || self.slots.iter().any(|ix| self.in_value(version.cell(*ix), self.register.slot(*ix)))
    }

    fn in_value(&self, value: &Value, field: &Field) -> bool {
        match value {
            Value::Null | Value::YesNo(_) => false,
            Value::Text(text) | Value::Unclear(text) => self.holds(text),
            Value::Choice(key) => self.in_option(key, field),
            Value::Choices(keys) => keys.iter().any(|k| self.in_option(k, field)),
            Value::Link(link) => self.in_link(link),
            Value::Links(links) => links.iter().any(|l| self.in_link(l)),
            Value::Rows(rows) => rows.iter().any(|r| {
                let cells = r.cells.iter().zip(field.rows());
                cells.into_iter().any(|(v, f)| self.eyes.sees(f) && self.in_value(v, f))
            }),
            other => self.holds(&self.eyes.words(other, field)),
        }
    }

    fn in_option(&self, key: &str, field: &Field) -> bool {
        let option = field.options().iter().find(|o| o.key == key);
        self.holds(option.map_or(key, |o| o.title.get(self.eyes.seat.ctx.lang)))
    }

    fn in_link(&self, link: &Link) -> bool {
        let id = match link {
            Link::Text(text) => return self.holds(text),
            Link::To(id) => *id,
        };
        if let Some(known) = self.names.borrow().get(&id) {
            return *known;
        }
        let found = self.eyes.evaluator.view().get(id).is_some_and(|v| self.holds(&self.eyes.name(v)));
        self.names.borrow_mut().insert(id, found);
        found
    }

    fn holds(&self, text: &str) -> bool {
        // Folding makes a text; it is needed only where more happens than leaving characters out.
        if is_plain(text) {
            bytes_hold(text.as_bytes(), self.wanted.as_bytes())
        } else {
            fold(text).contains(&self.wanted)
        }
    }
}

/// Whether folding does no more to a text than lower ASCII letters and leave ASCII fillers out: its characters are in
/// their normal form, and none could belong to the legal form of a company, which is left out too.
fn is_plain(text: &str) -> bool {
    text.chars().all(|c| is_normal(c) && !matches!(c, ')' | '社' | '法'))
}

/// As `fold(text).contains(wanted)` for a plain text, without making the folded one. A character of UTF-8 begins nowhere
/// inside another, so bytes can be compared.
fn bytes_hold(text: &[u8], wanted: &[u8]) -> bool {
    let Some((first, others)) = wanted.split_first() else { return true };
    let filler = |b: u8| b.is_ascii_whitespace() || b.is_ascii_control() || matches!(b, b'-' | b'_');
    let begins = |(at, b): (usize, &u8)| {
        let mut rest = text[at + 1..].iter().filter(|b| !filler(**b)).map(u8::to_ascii_lowercase);
        b.eq_ignore_ascii_case(first) && others.iter().all(|w| rest.next() == Some(*w))
    };
    text.iter().enumerate().any(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_texts_are_compared_like_all_texts() {
        let texts = [
            "",
            "D-999",
            "SN 00-777",
            "Windows 10 Pro",
            "a_b",
            "---",
            "x",
            "受付端末 A-2",
            "外来-1階",
            "カルテ庫",
            "A社",
            "b)",
            "架空法人",
            "医事課ＰＣ",
            "ｻﾄｳ",
            "か\u{3099}ん",
            "保守(株)",
            "株式会社架空",
            "サーバー室、2号機",
        ];
        let wanted =
            ["", "d999", "sn00777", "10pro", "ab", "z", "末a2", "来1階", "カルテ", "ーバ", "pc", "架空", "が", "室、2"];
        for (text, wanted) in texts.iter().flat_map(|t| wanted.map(|w| (t, w))) {
            let plain = is_plain(text).then(|| bytes_hold(text.as_bytes(), wanted.as_bytes()));
            assert!(plain.is_none_or(|held| held == fold(text).contains(wanted)), "{wanted} in {text}");
        }
        assert!(is_plain("受付端末 A-2") && !is_plain("医事課ＰＣ") && !is_plain("保守(株)"));
    }
}
