//! Ditto marks take the value above in their column, never across a section heading; 同左 takes the one to the left. In a
//! turned table above and left have changed places.

use super::layout::Table;
use super::read::{Cell, Raw};
use super::words::{is_ditto, is_left_ditto};

/// What filling in did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// Marks that took a value (or a blank) from above.
    pub taken: usize,
    /// Row numbers and column slots of marks with nothing above them.
    pub orphans: Vec<(u32, usize)>,
}

/// Fills in the ditto marks of a table.
pub fn fill(table: &mut Table) -> Filled {
    let mut out = Filled::default();
    let width = table.columns.len();
    let mut above: Vec<Option<Cell>> = vec![None; width];
    let mut section = None;
    for row in &mut table.rows {
        if section != Some(row.section) {
            section = Some(row.section);
            above.fill(None);
        }
        for (slot, last) in above.iter_mut().enumerate() {
            let Raw::Text(text) = &row.cells[slot].raw else {
                *last = Some(row.cells[slot].clone());
                continue;
            };
            if text.len() <= 30 && is_above(text, table.transposed) {
                match last {
                    Some(value) => {
                        row.cells[slot] = Cell { raw: value.raw.clone(), struck: row.cells[slot].struck };
                        out.taken += 1;
                    }
                    None => out.orphans.push((row.number, slot)),
                }
                continue;
            }
            *last = Some(row.cells[slot].clone());
        }
        lefts(&mut row.cells, table.transposed, &mut out.taken);
    }
    out
}

fn is_above(text: &str, turned: bool) -> bool {
    if turned { is_left_ditto(text) } else { is_ditto(text) }
}

fn lefts(cells: &mut [Cell], turned: bool, taken: &mut usize) {
    for slot in 1..cells.len() {
        let left = matches!(&cells[slot].raw, Raw::Text(t) if t.len() <= 30 && is_above(t, !turned));
        if left {
            cells[slot] = cells[slot - 1].clone();
            *taken += 1;
        }
    }
}
