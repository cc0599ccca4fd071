//! Judging compiled conditions about one record: joins, rows, alternatives.
//! Days are judged in `dates`.

use std::ops::Not;

use super::dates::{date_test, follows_test, is_later, valid_test};
use super::{Cond, Flip, Frame, Key};
use crate::catalog::cond_def::Count;
use crate::expr::{Path, Tri, WHOLE};
use crate::index::{Entry, KeyHash};
use crate::record::Version;
use crate::register::RegisterIx;
use crate::value::{Link, Row, Value};

/// Judges a list: true when every condition is.
pub fn all(conditions: &[Cond], frame: &Frame, record: &Version, row: Option<&Row>, flip: &mut Flip) -> Tri {
    let mut out = Tri::True;
    for cond in conditions {
        match cond.test(frame, record, row, flip) {
            Tri::False => return Tri::False,
            Tri::Unknown => out = Tri::Unknown,
            Tri::True => {}
        }
    }
    out
}

impl Cond {
    /// Judges one condition about `record` (and `row` inside it).
    pub fn test(&self, frame: &Frame, record: &Version, row: Option<&Row>, flip: &mut Flip) -> Tri {
        match self {
            Cond::Cel(expr) => expr.test(&frame.env(record, row)),
            Cond::Date { path, test, blank } => date_test(frame, (record, row), path, (*test, *blank), flip),
            Cond::Valid { from, to, open, blank } => {
                valid_test(frame, (record, row), (from, to), open.as_ref(), *blank, flip)
            }
            Cond::Follows { from, to, span, blank } => {
                follows_test(frame, (record, row), (from, to), span.map(|s| frame.span(s)), *blank)
            }
            Cond::Linked { index, register, field, conditions, count, current } => {
                let others = frame.indexes.get(*index, KeyHash::of(record.id)).iter();
                count_hits(*count, others.map(|entry| Other::at(frame, *register, *field, *entry)), |other| {
                    let holds = all(conditions, frame, other.record, other.row, flip);
                    current.map_or(holds, |digest| holds.and(still(frame, other.row, digest, record)))
                })
            }
            Cond::Match { index, own, row: of_row, register, conditions, count } => {
                let mut judge = |keys: &[KeyHash]| {
                    if keys.is_empty() {
                        return Tri::Unknown;
                    }
                    let others = keys.iter().flat_map(|key| frame.indexes.get(*index, *key));
                    count_hits(*count, others.map(|entry| Other::at(frame, *register, None, *entry)), |other| {
                        all(conditions, frame, other.record, None, flip)
                    })
                };
                match of_row {
                    Some(path) => judge(&KeyHash::of_row(path, frame.view, record, row)),
                    None => own.with(frame, record, judge),
                }
            }
            Cond::Twin { key, newer, among } => twin(frame, record, (key, newer.as_ref()), among, flip),
            Cond::Rows { slot, conditions, count } => match record.cell(*slot) {
                Value::Rows(rows) => {
                    count_hits(*count, rows.iter(), |row| all(conditions, frame, record, Some(row), flip))
                }
                Value::Unclear(_) => Tri::Unknown,
                _ => count_hits(*count, std::iter::empty::<&Row>(), |_| Tri::Unknown),
            },
            Cond::Fresh { slot, link, digest, register } => {
                fresh(frame, record.cell(*slot), (*link, *digest), *register)
            }
            Cond::AnyOf(lists) => any(lists.iter(), |list| all(list, frame, record, row, flip)),
            Cond::Not(list) => all(list, frame, record, row, flip).not(),
        }
    }
}

/// A record a join leads to, and the row inside it that holds the link.
pub struct Other<'a> {
    pub record: &'a Version,
    pub row: Option<&'a Row>,
}

impl Cond {
    /// The records a join leads to from `record`, whether its conditions hold there or not; none for other conditions.
    pub fn partners<'a>(&self, frame: &Frame<'a>, record: &Version) -> Vec<Other<'a>> {
        match self {
            Cond::Linked { index, register, field, .. } => {
                let others = frame.indexes.get(*index, KeyHash::of(record.id)).iter();
                others.map(|entry| Other::at(frame, *register, *field, *entry)).collect()
            }
            Cond::Match { index, own, register, .. } => own.with(frame, record, |keys| {
                let others = keys.iter().flat_map(|key| frame.indexes.get(*index, *key));
                others.map(|entry| Other::at(frame, *register, None, *entry)).collect()
            }),
            _ => Vec::new(),
        }
    }
}

impl<'a> Other<'a> {
    fn at(frame: &Frame<'a>, register: RegisterIx, field: Option<usize>, (at, sub): Entry) -> Other<'a> {
        let record = &*frame.view.rows(register)[at as usize];
        let row = match field.map(|slot| record.cell(slot)) {
            Some(Value::Rows(rows)) if sub != WHOLE => rows.get(sub as usize),
            _ => None,
        };
        Other { record, row }
    }
}

impl Key {
    /// Calls `f` with the keys of a record: those the index holds when it is the view's own, else worked out.
    fn with<T>(&self, frame: &Frame, record: &Version, f: impl FnOnce(&[KeyHash]) -> T) -> T {
        match frame.view.position_of(record) {
            Some(at) => f(frame.indexes.keys(self.index, at)),
            None => f(&KeyHash::of_paths(&self.paths, frame.view, record)),
        }
    }
}

/// Whether another record stands under the same values; unknown when the record has none.
fn twin(frame: &Frame, record: &Version, (key, newer): (&Key, Option<&Path>), among: &[Cond], flip: &mut Flip) -> Tri {
    let rows = frame.view.rows(record.register);
    key.with(frame, record, |keys| {
        if keys.is_empty() {
            return Tri::Unknown;
        }
        let entries = keys.iter().flat_map(|k| frame.indexes.get(key.index, *k));
        let others = entries.map(|&(at, _)| &rows[at as usize]);
        any(others.filter(|o| o.id != record.id && o.facility == record.facility), |other| {
            let later = newer.map_or(Tri::True, |date| is_later(frame, date, other, record));
            match later {
                Tri::False => Tri::False,
                _ if among.is_empty() => later.and(Tri::from(frame.view.is_live(other))),
                _ => later.and(all(among, frame, other, None, flip)),
            }
        })
    })
}

/// The version a row names is what the record still is in its material fields; unknown when it names none.
pub(crate) fn still(frame: &Frame, row: Option<&Row>, digest: usize, record: &Version) -> Tri {
    match row.and_then(|row| row.cells.get(digest)) {
        Some(Value::Text(named)) => Tri::from(frame.view.same_material(named, record)),
        _ => Tri::Unknown,
    }
}

/// Every named version of the register is still what the record is now; none named: unknown.
fn fresh(frame: &Frame, rows: &Value, (link, digest): (usize, usize), register: RegisterIx) -> Tri {
    let Value::Rows(rows) = rows else { return Tri::Unknown };
    let mut out = None;
    for row in rows {
        let Some(Value::Link(Link::To(id))) = row.cells.get(link) else { continue };
        let Some(current) = frame.view.get(*id).filter(|v| v.register == register) else { continue };
        let same = still(frame, Some(row), digest, current);
        out = Some(out.unwrap_or(Tri::True).and(same));
    }
    out.unwrap_or(Tri::Unknown)
}

fn any<T>(of: impl Iterator<Item = T>, mut test: impl FnMut(T) -> Tri) -> Tri {
    let mut out = Tri::False;
    for one in of {
        match test(one) {
            Tri::True => return Tri::True,
            Tri::Unknown => out = Tri::Unknown,
            Tri::False => {}
        }
    }
    out
}

fn count_hits<T>(count: Count, of: impl Iterator<Item = T>, mut test: impl FnMut(T) -> Tri) -> Tri {
    match count {
        Count::Some => any(of, test),
        Count::None => any(of, test).not(),
        Count::All => any(of, |one| test(one).not()).not(),
    }
}
