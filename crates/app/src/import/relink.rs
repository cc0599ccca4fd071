//! Links in words, anywhere in the hospital, that the records of an import make resolvable.

use std::collections::HashSet;
use std::sync::Arc;

use akashi_domain::{Field, Link, RecordId, Register, RegisterIx, Value, Version, View};
use akashi_journal::entry::Command;

use crate::sheet::resolve::{Answer, Ask, Directory};

/// Links in words, anywhere in the hospital, that the new records of `register` make resolvable.
pub(super) fn relink(view: &View, register: RegisterIx, new: &[(Version, Command)]) -> Vec<(Version, Command)> {
    let touched: HashSet<RecordId> = new.iter().map(|(version, _)| version.id).collect();
    let key = &view.catalog.register(register).key;
    let open = open_links(view, key, &touched);
    if open.is_empty() {
        return Vec::new();
    }
    let mut ahead = view.clone();
    for (version, _) in new {
        ahead.put(Arc::new(version.clone()));
    }
    let mut directory = Directory::new(&ahead);
    let mut out = Vec::new();
    for (other, slots, version) in open {
        let department = other.field_ix("department").and_then(|d| as_text(version.cell(d)));
        let mut next = Version::clone(version);
        let mut found = false;
        for slot in &slots {
            found |= resolve(other.slot(*slot), &mut next.cells[*slot], department, &mut directory);
        }
        if found {
            next.rev += 1;
            out.push((next, Command::Put));
        }
    }
    out
}

/// A record with a link in words: its register, its fields that may hold one, itself.
type OpenLinks<'v> = (&'v Register, Vec<usize>, &'v Version);

/// The records, besides those `touched`, with a link in words that may mean a record of register `key`.
fn open_links<'v>(view: &'v View, key: &str, touched: &HashSet<RecordId>) -> Vec<OpenLinks<'v>> {
    let points = |f: &Field| f.targets().contains(&key);
    let mut out = Vec::new();
    for (ix, other) in view.catalog.registers.iter().enumerate() {
        let slots: Vec<usize> = (0..other.fields().len())
            .filter(|s| points(other.slot(*s)) || other.slot(*s).rows().iter().any(points))
            .collect();
        if slots.is_empty() {
            continue;
        }
        let words = |v: &Version| slots.iter().any(|s| v.cell(*s).links().iter().any(|l| matches!(l, Link::Text(_))));
        let rows = view.rows(RegisterIx(ix as u16)).iter().map(|v| &**v);
        let open = rows.filter(|v| !touched.contains(&v.id) && !v.disposed && words(v));
        out.extend(open.map(|version| (other, slots.clone(), version)));
    }
    out
}

fn as_text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(t) => Some(t),
        _ => None,
    }
}

/// Turns words into links where exactly one record fits; tells whether any did.
fn resolve(
    field: &akashi_domain::Field,
    value: &mut Value,
    department: Option<&str>,
    directory: &mut Directory,
) -> bool {
    let mut one = |link: &mut Link| {
        let Link::Text(text) = &*link else { return false };
        let numeric = text.chars().all(|c| c.is_ascii_digit());
        let ask = Ask { code: numeric.then_some(&**text), name: (!numeric).then_some(&**text), department };
        match directory.find(field, ask) {
            Answer::One(id) => {
                *link = Link::To(id);
                true
            }
            _ => false,
        }
    };
    match value {
        Value::Link(link) => one(link),
        Value::Links(links) => links.iter_mut().fold(false, |any, l| one(l) | any),
        Value::Rows(rows) => {
            let mut any = false;
            for row in rows {
                for (sub, cell) in field.rows().iter().zip(&mut row.cells).filter(|(f, _)| !f.targets().is_empty()) {
                    any |= resolve(sub, cell, department, directory);
                }
            }
            any
        }
        _ => false,
    }
}
