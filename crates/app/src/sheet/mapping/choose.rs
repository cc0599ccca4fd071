//! Which register a table belongs to: its headers, sheet name and title against the words of all registers.

use akashi_domain::{Catalog, RegisterIx};

use super::candidates::{Vocabulary, loose};
use crate::sheet::layout::Table;
use crate::sheet::words::{head_base, head_key, head_parts};

/// How well a table fits the register asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    pub score: f32,
    /// The register that fits best, and its score.
    pub best: RegisterIx,
    pub best_score: f32,
    /// Headers of the table that name a field of the register asked for.
    pub headers: usize,
    /// The sheet's name speaks of another register and not of the one asked for.
    pub claimed: bool,
}

impl Fit {
    /// Tells whether the table is to be imported into the register asked for.
    pub fn belongs(&self, register: RegisterIx) -> bool {
        self.headers >= 2 && (self.best == register || (!self.claimed && self.score >= 0.75 * self.best_score))
    }
}

/// Scores a table against every register.
pub fn choose(table: &Table, file: &str, register: RegisterIx, catalog: &Catalog, vocabulary: &Vocabulary) -> Fit {
    let mut scores = vec![0.0_f32; vocabulary.len()];
    let mut headers = 0;
    let mut taken: Vec<Vec<usize>> = vec![Vec::new(); vocabulary.len()];
    for column in table.columns.iter().filter(|c| !c.levels.is_empty()) {
        let full = head_key(&column.label());
        let leaf = head_key(column.levels.last().map_or("", String::as_str));
        let base = head_base(column.levels.last().map_or("", String::as_str)).unwrap_or_default();
        let mut here = vec![0.0_f32; vocabulary.len()];
        let parts = head_parts(column.levels.last().map_or("", String::as_str));
        // Lists of codes beside a ledger share such words with it.
        let coded = ["コード", "cd", "id", "no", "番号"].iter().any(|w| leaf.ends_with(w));
        let near = Some(loose(&leaf)).filter(|n| !coded && n.chars().count() >= 3).unwrap_or_default();
        let forms =
            [(&full, 1.0), (&leaf, 0.9), (&base, 0.85), (&near, 0.8)].into_iter().chain(parts.iter().map(|p| (p, 0.8)));
        for (form, weight) in forms {
            for (ix, nth) in vocabulary.places(form).iter().filter(|_| !form.is_empty()) {
                let slot = usize::from(ix.0);
                let common = vocabulary.of(*ix)[*nth].common;
                let weight = if common { 0.3 } else { weight };
                if weight > here[slot] && !taken[slot].contains(nth) {
                    here[slot] = weight;
                    taken[slot].push(*nth);
                }
            }
        }
        headers += usize::from(here[usize::from(register.0)] > 0.0);
        scores.iter_mut().zip(&here).for_each(|(s, h)| *s += h);
    }
    for (ix, score) in scores.iter_mut().enumerate().filter(|(_, s)| **s > 0.0) {
        *score += named(table, file, vocabulary.names(ix));
    }
    let sheet = head_key(&table.sheet);
    let speaks = |ix: usize| {
        vocabulary.names(ix).iter().any(|n| sheet.contains(n.as_str())) || begins(&sheet, vocabulary.names(ix)) > 0.0
    };
    let claimed =
        !speaks(usize::from(register.0)) && (0..scores.len()).any(|ix| !catalog.registers[ix].system && speaks(ix));
    let helper = |ix: usize| catalog.registers[ix].system && ix != usize::from(register.0);
    let best = (0..scores.len())
        .filter(|ix| !helper(*ix))
        .max_by(|a, b| scores[*a].total_cmp(&scores[*b]).then(b.cmp(a)))
        .unwrap_or(0);
    Fit {
        score: scores[usize::from(register.0)],
        best: RegisterIx(best as u16),
        best_score: scores[best],
        headers,
        claimed,
    }
}

/// What sheet name, title and file name add: the longest word they contain, the sheet's own name most.
fn named(table: &Table, file: &str, names: &[String]) -> f32 {
    let contains = |text: &str| {
        let key = head_key(text);
        names.iter().filter(|n| key.contains(n.as_str())).map(|n| n.chars().count()).max().unwrap_or(0) as f32
    };
    let sheet = contains(&table.sheet);
    // 契約 is how people shorten 契約一覧.
    let sheet = if sheet > 0.0 { (sheet / 4.0).min(1.0) * 3.0 } else { begins(&head_key(&table.sheet), names) };
    let worth = |len: f32, most: f32| (len / 4.0).min(1.0) * most;
    let titles = table.titles.iter().take(6).map(|t| contains(&t.1)).fold(0.0, f32::max);
    sheet + worth(titles, 2.0) + worth(contains(file), 1.0)
}

/// What a sheet name is worth that is only the beginning of a register's names: more when most of the word is there.
fn begins(sheet: &str, names: &[String]) -> f32 {
    let len = sheet.chars().count() as f32;
    let share = |n: &String| if n.starts_with(sheet) { len / n.chars().count() as f32 } else { 0.0 };
    let best = names.iter().map(share).fold(0.0, f32::max);
    if len >= 2.0 && best >= 0.4 { 2.0 * best } else { 0.0 }
}
