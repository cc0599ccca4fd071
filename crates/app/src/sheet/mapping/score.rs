//! How well a header label names a target: 1 for a word of the definition, less for parts and looser forms.

use super::candidates::{Candidate, loose};
use crate::sheet::layout::Column;
use crate::sheet::words::{head_base, head_key, head_parts};

/// A header in the forms it is compared in.
#[derive(Clone, Debug)]
pub(super) struct HeadForms {
    /// All levels joined.
    full: String,
    /// The lowest level; the same as `full` with one level.
    leaf: String,
    /// The lowest level without brackets.
    base: Option<String>,
    full_base: Option<String>,
    /// The level above, when the leaf is a mere part (名称 under システム).
    group: Option<String>,
    loose: String,
    /// Parts of a label in two languages or with an alternative: `Device Name / 機器名`.
    parts: Vec<String>,
    levels: usize,
    /// The leaf only says that it names what the level above is about.
    names_group: bool,
    /// Parts of words count too.
    by_part: bool,
}

/// How a header matched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct HeadScore {
    pub score: f32,
    pub how: How,
}

/// Kinds of match, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Word,
    Leaf,
    Base,
    Loose,
    Alternative,
    Part,
    Group,
    None,
}

impl HeadForms {
    pub(super) fn new(column: &Column) -> HeadForms {
        let leaf_text = column.levels.last().map_or("", String::as_str);
        let leaf = head_key(leaf_text);
        let group = column.levels.len().checked_sub(2).map(|ix| head_key(&column.levels[ix]));
        HeadForms {
            full: column.levels.iter().map(|l| head_key(l)).collect(),
            base: head_base(leaf_text),
            full_base: head_base(&column.levels.join("/")),
            loose: loose(&leaf),
            parts: head_parts(leaf_text),
            names_group: matches!(leaf.as_str(), "名称" | "名前" | "名"),
            leaf,
            group,
            levels: column.levels.len(),
            by_part: true,
        }
    }

    /// Takes whole words only: among thousands of columns parts would match by chance, and slowly.
    pub(super) fn whole_words(self) -> HeadForms {
        HeadForms { by_part: false, ..self }
    }

    /// Scores the header against the words of a candidate.
    pub(super) fn score(&self, candidate: &Candidate) -> HeadScore {
        let mut best = HeadScore { score: 0.0, how: How::None };
        let n = candidate.words.len() as f32;
        for (nth, word) in candidate.words.iter().enumerate() {
            // Definitions list the most telling words first: a hair's breadth between equals.
            let order = 0.01 * (1.0 - nth as f32 / n);
            let (score, how) = self.word(&word.key, &word.loose);
            if score + order > best.score && score > 0.0 {
                best = HeadScore { score: score + order, how };
            }
        }
        if candidate.common {
            best.score *= 0.93;
        }
        best
    }

    fn word(&self, word: &str, loose: &str) -> (f32, How) {
        if self.leaf.is_empty() {
            return (0.0, How::None);
        }
        if self.full == word {
            return (1.0, How::Word);
        }
        // 保存先/名称 is the 保存先.
        if self.names_group && self.group.as_deref() == Some(word) {
            return (0.94, How::Leaf);
        }
        if self.leaf == word {
            return (if self.levels > 1 { 0.9 } else { 1.0 }, How::Leaf);
        }
        if self.base.as_deref() == Some(word) || self.full_base.as_deref() == Some(word) {
            return (0.9, How::Base);
        }
        if loose.chars().count() >= 2 && self.loose == loose {
            return (0.85, How::Loose);
        }
        if self.parts.iter().any(|p| p == word) {
            return (0.8, How::Alternative);
        }
        if !self.by_part {
            return (0.0, How::None);
        }
        let part = part(&self.leaf, word).max(part(&self.loose, loose) - 0.03);
        let group = if self.group.as_deref() == Some(word) { 0.35 } else { 0.0 };
        if part >= group { (part, How::Part) } else { (group, How::Group) }
    }
}

/// One contains the other: the more of it, the better. What a label is about stands at its end (使用者の記録方法 names a way, no
/// user), and a short word at the end of a long label is about anything (直近の結果).
fn part(label: &str, word: &str) -> f32 {
    let (l, w) = (label.chars().count() as f32, word.chars().count() as f32);
    if w >= 2.0 && label.contains(word) && !latin_inside(label, word) {
        let share = 0.4 + 0.4 * w / l;
        return match label.ends_with(word) {
            true if w < 3.0 && l > 4.0 => share * 0.75,
            true => share + 0.08,
            false => share * 0.85,
        };
    }
    if l >= 2.0 && word.contains(label) && !latin_inside(word, label) { 0.3 + 0.35 * l / w } else { 0.0 }
}

/// `os` inside `position` is chance: Latin words have to end where letters end.
fn latin_inside(text: &str, inner: &str) -> bool {
    let Some(at) = text.find(inner) else { return false };
    let before = text[..at].chars().next_back();
    let after = text[at + inner.len()..].chars().next();
    let joined = |edge: Option<char>, own: Option<char>| {
        edge.is_some_and(|c| c.is_ascii_alphabetic()) && own.is_some_and(|c| c.is_ascii_alphabetic())
    };
    joined(before, inner.chars().next()) || joined(after, inner.chars().next_back())
}
