//! Finds the option a cell means: by key, titles and words after folding, then by what stands before brackets or line breaks.

use std::collections::HashMap;

use akashi_domain::register::Choice;
use unicode_normalization::UnicodeNormalization;

use crate::sheet::words::{cell_key, mark};

/// Options by every word that means them.
#[derive(Clone, Debug, Default)]
pub struct Options {
    keys: Vec<Box<str>>,
    exact: HashMap<String, usize>,
    /// Words of two characters or more, longest first.
    affixes: Vec<(String, usize)>,
}

/// An option that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub key: Box<str>,
    /// What else stood in the cell: `第12条`, `次回更新時に追加`.
    pub rest: Option<String>,
}

impl Options {
    /// Indexes the options of a field.
    pub fn new(options: &[Choice]) -> Options {
        let mut out = Options::default();
        for (ix, option) in options.iter().enumerate() {
            out.keys.push(option.key.as_str().into());
            for word in [&option.key, &option.title.ja, &option.title.en] {
                out.exact.entry(cell_key(word)).or_insert(ix);
            }
        }
        for (ix, option) in options.iter().enumerate() {
            for word in &option.words {
                out.exact.entry(cell_key(word)).or_insert(ix);
            }
        }
        out.affixes =
            out.exact.iter().filter(|(w, _)| w.chars().count() >= 2).map(|(w, ix)| (w.clone(), *ix)).collect();
        out.affixes.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then(a.0.cmp(&b.0)));
        out
    }

    /// Returns the option the whole cell names, without looking at its parts.
    pub fn whole(&self, text: &str) -> Option<&str> {
        self.exact.get(&cell_key(text)).map(|ix| &*self.keys[*ix])
    }

    /// Returns the option a cell means.
    pub fn find(&self, text: &str) -> Option<Hit> {
        let text = text.trim();
        if let Some(key) = self.whole(text) {
            return Some(Hit { key: key.into(), rest: None });
        }
        if let Some(word) = ticked(text) {
            return self.find(&word?).map(|hit| Hit { rest: hit.rest.or(Some(text.into())), ..hit });
        }
        let parts = [before_brackets(text), first_line(text), leading_mark(text), inside_brackets(text)];
        let hit = parts
            .into_iter()
            .flatten()
            .find_map(|(head, rest)| Some(Hit { key: self.whole(&head)?.into(), rest: Some(rest) }));
        let hit = hit.or_else(|| self.together(text).map(|key| Hit { key, rest: None }));
        hit.or_else(|| if self.several(text) { None } else { self.affix(text) })
    }

    /// A list that an option's word holds with another mark between: 紙、電子 where 紙・電子 is known.
    fn together(&self, text: &str) -> Option<Box<str>> {
        let parts = split_list(text);
        if parts.len() < 2 {
            return None;
        }
        ["・", "/", "と", "、"].iter().find_map(|mark| self.whole(&parts.join(mark))).map(Box::from)
    }

    /// A list of different options (電子／紙) is none of them.
    fn several(&self, text: &str) -> bool {
        let parts = split_list(text);
        let mut named: Vec<&str> =
            parts.iter().flat_map(|p| p.split([' ', 'と'])).filter_map(|p| self.whole(p)).collect();
        named.sort_unstable();
        named.dedup();
        named.len() > 1
    }

    /// A cell that begins or ends with a word: 業務用ノートPC. Negations before the word are not read over.
    fn affix(&self, text: &str) -> Option<Hit> {
        const NEGATIONS: [char; 9] = ['非', '無', '不', '未', '準', '元', '旧', '副', '否'];
        let folded = cell_key(text);
        let (word, ix) = self.affixes.iter().find(|(w, _)| {
            let before = folded.strip_suffix(w.as_str());
            let after = folded.strip_prefix(w.as_str());
            let denied = before.is_some_and(|b| b.ends_with(NEGATIONS))
                || after.is_some_and(|a| a.starts_with(NEGATIONS) || a.starts_with("以外") || a.starts_with("なし"));
            (before.is_some() || after.is_some()) && !denied
        })?;
        let rival = self.affixes.iter().any(|(w, other)| {
            other != ix && w.len() == word.len() && (folded.starts_with(w.as_str()) || folded.ends_with(w.as_str()))
        });
        (!rival).then(|| Hit { key: self.keys[*ix].clone(), rest: Some(text.into()) })
    }

    /// Returns the options a cell with several of them means; what is none of them comes back as text.
    pub fn find_all(&self, text: &str) -> (Vec<Box<str>>, Vec<String>) {
        if let Some(key) = self.whole(text) {
            return (vec![key.into()], Vec::new());
        }
        let mut keys = Vec::new();
        let mut unknown = Vec::new();
        for part in split_list(text) {
            match self.find(&part) {
                Some(hit) if keys.contains(&hit.key) => {}
                Some(hit) => keys.push(hit.key),
                None => unknown.push(part),
            }
        }
        (keys, unknown)
    }
}

/// Splits a list in a cell at 、,・/＋ and line breaks, not inside brackets.
pub fn split_list(text: &str) -> Vec<String> {
    let mut depth = 0_i32;
    let mut out = vec![String::new()];
    for c in text.nfkc() {
        match c {
            '(' | '[' | '「' => depth += 1,
            ')' | ']' | '」' => depth -= 1,
            _ => {}
        }
        if depth <= 0 && matches!(c, '、' | ',' | '・' | '/' | '\n' | ';' | '+' | '&' | '|') {
            out.push(String::new());
        } else if let Some(last) = out.last_mut() {
            last.push(c);
        }
    }
    out.iter().map(|s| s.trim().to_string()).filter(|s| !s.is_empty()).collect()
}

/// `大(3)` → `大` and `3`.
pub fn before_brackets(text: &str) -> Option<(String, String)> {
    let text: String = text.nfkc().collect();
    let (head, rest) = text.split_once(['(', '[', '【', '<'])?;
    let rest = rest.trim().trim_end_matches([')', ']', '】', '>']);
    (!head.trim().is_empty() && !rest.is_empty()).then(|| (head.trim().into(), rest.into()))
}

/// `院長(医師)` → `医師`, told with the whole.
fn inside_brackets(text: &str) -> Option<(String, String)> {
    before_brackets(text).map(|(_, inside)| (inside, text.into()))
}

fn first_line(text: &str) -> Option<(String, String)> {
    let (head, rest) = text.split_once('\n')?;
    Some((head.trim().into(), rest.trim().into()))
}

fn leading_mark(text: &str) -> Option<(String, String)> {
    let mut chars = text.chars();
    let first = chars.next()?;
    let rest = chars.as_str().trim();
    (mark(first).is_some_and(|m| m != "□") && first != 'レ' && !rest.is_empty())
        .then(|| (first.to_string(), rest.to_string()))
}

/// `□済 ☑未` → `未`. The outer `None`: these are no boxes; the inner: none or several are ticked.
fn ticked(text: &str) -> Option<Option<String>> {
    let open = |c: char| mark(c) == Some("□");
    let full = |c: char| matches!(c, '☑' | '☒' | '■' | '✅' | '🗹') || mark(c) == Some("✓");
    let boxes = text.chars().filter(|c| open(*c) || full(*c)).count();
    if boxes == 0 || !text.contains(open) || text.chars().filter(|c| !c.is_whitespace()).count() <= 1 {
        return None;
    }
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c| open(c) || full(c)) {
        let tick = rest[at..].chars().next().is_some_and(full);
        rest = rest[at..].trim_start_matches(|c| open(c) || full(c));
        let word = rest.split(|c| open(c) || full(c)).next().unwrap_or_default();
        words.extend(tick.then(|| word.trim_matches([' ', '・', '/', '、', '\u{3000}']).to_string()));
    }
    match words.as_slice() {
        [one] if !one.is_empty() => Some(Some(one.clone())),
        _ => Some(None),
    }
}
