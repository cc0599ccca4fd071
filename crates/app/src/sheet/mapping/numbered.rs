//! Columns numbered from the whole to its part: 所属名1 the hospital, 所属名2 the division, 所属名3 the ward.

use std::collections::HashMap;

use crate::sheet::layout::Table;
use crate::sheet::words::{head_key, plain};

/// Returns the lowest level below a column whose label ends in 1, when the columns are one in another.
pub(super) fn lowest(table: &Table, column: usize, free: &dyn Fn(usize) -> bool) -> Option<usize> {
    let key = |c: usize| head_key(table.columns[c].levels.last().map_or("", String::as_str));
    let first = key(column);
    let stem = first.strip_suffix('1').filter(|s| !s.is_empty() && !s.ends_with(|c: char| c.is_ascii_digit()))?;
    let mut at = column;
    for n in 2..=9 {
        let wanted = format!("{stem}{n}");
        match (0..table.columns.len()).find(|c| key(*c) == wanted && free(*c)) {
            Some(next) if inside(table, at, next) => at = next,
            _ => break,
        }
    }
    (at != column).then_some(at)
}

/// Every value of `lower` stands beside one value of `upper`, and the upper ones are fewer.
fn inside(table: &Table, upper: usize, lower: usize) -> bool {
    let mut above: HashMap<String, String> = HashMap::new();
    let mut uppers: Vec<String> = Vec::new();
    for row in &table.rows {
        let (u, l) = (plain(&row.cells[upper].shown()), plain(&row.cells[lower].shown()));
        if u.is_empty() || l.is_empty() {
            continue;
        }
        if above.entry(l).or_insert_with(|| u.clone()) != &u {
            return false;
        }
        if !uppers.contains(&u) {
            uppers.push(u);
        }
    }
    uppers.len() < above.len()
}
