//! What importing would do to the ledger: create, change, leave. Rows are matched by key and facility; nothing is deleted.
//! Making commands of a plan is the use case's work.

mod pair;

use std::collections::BTreeMap;

use akashi_domain::{Field, Link, RecordId, Register, Row, Value, Version, View};

use self::pair::{matches, plain_key};
use super::incoming::{Incoming, IncomingRow};
use super::resolve::{Answer, Ask, Directory};

/// What importing would do.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Positions in [`Incoming::rows`] that become new records, with the ids their inner rows get.
    pub create: Vec<Create>,
    pub change: Vec<Change>,
    /// Records that are as the file says.
    pub unchanged: Vec<RecordId>,
    /// Records of the facility that no row speaks of; only told.
    pub missing: Vec<RecordId>,
    /// Values the ledger knows better than the file; left as they are.
    pub kept: Vec<Kept>,
}

/// A record to be made.
#[derive(Clone, Debug)]
pub struct Create {
    /// Position in [`Incoming::rows`].
    pub row: usize,
    /// The id the record is to have: other rows of the same import may link to it.
    pub id: RecordId,
    pub values: Vec<Value>,
}

/// A record to be changed.
#[derive(Clone, Debug)]
pub struct Change {
    /// Position in [`Incoming::rows`].
    pub row: usize,
    pub id: RecordId,
    /// Revision the change is based on.
    pub rev: u32,
    pub fields: Vec<FieldChange>,
    /// Former and new state.
    pub state: Option<(String, String)>,
    /// Extra data that is new or different.
    pub extra: BTreeMap<String, String>,
}

/// One field of a change.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    pub slot: usize,
    pub before: Value,
    pub after: Value,
}

/// A value of the ledger that a poorer one in the file does not replace.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    pub id: RecordId,
    pub slot: usize,
    pub ledger: Value,
    pub file: Value,
}

/// Compares incoming rows with the ledger. `new_id` gives ids to new records and to rows inside records. The values of
/// rows that become new records move into the plan.
pub fn diff(view: &View, incoming: &mut Incoming, new_id: &mut dyn FnMut() -> RecordId) -> Plan {
    let register = view.catalog.register(incoming.register);
    let records: Vec<&Version> = view
        .rows(incoming.register)
        .iter()
        .map(|v| &**v)
        .filter(|v| *v.facility == *incoming.facility && !v.disposed)
        .collect();
    let pairs = matches(register, &records, &incoming.rows);
    let mut plan = Plan::default();
    let mut matched = vec![false; records.len()];
    for (ix, row) in incoming.rows.iter_mut().enumerate() {
        match pairs[ix] {
            Some(at) => {
                matched[at] = true;
                compare(register, records[at], ix, row, incoming.own, new_id, &mut plan);
            }
            None => plan.create.push(Create {
                row: ix,
                id: new_id(),
                values: std::mem::take(&mut row.values).into_iter().map(|v| with_ids(v, new_id)).collect(),
            }),
        }
    }
    own_links(view, incoming, &mut plan);
    plan.missing = records.iter().zip(&matched).filter(|(_, m)| !**m).map(|(r, _)| r.id).collect();
    plan
}

/// Links within the register (a subcontractor to the contractor above it) may point to rows of the same import.
fn own_links(view: &View, incoming: &Incoming, plan: &mut Plan) {
    let register = view.catalog.register(incoming.register);
    let own = |f: &Field| f.targets().contains(&register.key.as_str());
    let slots: Vec<usize> = (0..register.fields().len()).filter(|s| own(register.slot(*s))).collect();
    let open = |v: &Value| v.links().iter().any(|l| matches!(l, Link::Text(_)));
    if !plan.create.iter().any(|c| slots.iter().any(|s| open(&c.values[*s]))) {
        return;
    }
    let mut ahead = view.clone();
    for create in &plan.create {
        ahead.put(std::sync::Arc::new(version(incoming, create)));
    }
    let mut directory = Directory::new(&ahead);
    for create in &mut plan.create {
        for slot in &slots {
            let mut one = |link: &mut Link| {
                let Link::Text(text) = &*link else { return };
                if let Answer::One(id) =
                    directory.find_in(incoming.register, Ask { name: Some(text), ..Ask::default() })
                {
                    *link = Link::To(id);
                }
            };
            match &mut create.values[*slot] {
                Value::Link(link) => one(link),
                Value::Links(links) => links.iter_mut().for_each(one),
                _ => {}
            }
        }
    }
}

/// A record as it would be, for looking it up.
fn version(incoming: &Incoming, create: &Create) -> Version {
    let state = &incoming.rows[create.row].state;
    Version::unwritten(incoming.register, create.id, &incoming.facility, state, create.values.clone())
}

/// Gives ids to the rows inside a value.
fn with_ids(mut value: Value, new_id: &mut dyn FnMut() -> RecordId) -> Value {
    if let Value::Rows(rows) = &mut value {
        rows.iter_mut().filter(|row| row.id.0 == 0).for_each(|row| row.id = new_id());
    }
    value
}

/// Tells whether two values mean the same; ids of inner rows do not count.
fn equal(field: &Field, a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Rows(a), Value::Rows(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b)
                    .all(|(a, b)| field.rows().iter().enumerate().all(|(ix, f)| equal(f, cell(a, ix), cell(b, ix))))
        }
        (Value::Unclear(a), Value::Unclear(b)) => a == b,
        (a, b) if a.is_blank() && b.is_blank() => true,
        (a, b) => a == b,
    }
}

fn cell(row: &Row, ix: usize) -> &Value {
    row.cells.get(ix).unwrap_or(&Value::Null)
}

fn compare(
    register: &Register,
    record: &Version,
    ix: usize,
    row: &IncomingRow,
    own: bool,
    new_id: &mut dyn FnMut() -> RecordId,
    plan: &mut Plan,
) {
    let mut fields = Vec::new();
    for (slot, field) in register.fields().iter().enumerate() {
        let (before, file) = (record.cell(slot), row.values.get(slot).unwrap_or(&Value::Null));
        if equal(field, before, file) {
            continue;
        }
        if !own && poorer(before, file) {
            if !file.is_blank() {
                plan.kept.push(Kept { id: record.id, slot, ledger: before.clone(), file: file.clone() });
            }
            continue;
        }
        let after = inner_rows(field, before, file, own, new_id);
        if !equal(field, before, &after) {
            fields.push(FieldChange { slot, before: before.clone(), after });
        }
    }
    let extra: BTreeMap<String, String> = row
        .extra
        .iter()
        .filter(|(k, v)| record.extra.get(*k) != Some(v))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    // Rules give a state to new rows; a state people moved a record to is theirs.
    let state =
        (row.state_written && *record.state != *row.state).then(|| (record.state.to_string(), row.state.clone()));
    if fields.is_empty() && extra.is_empty() && state.is_none() {
        plan.unchanged.push(record.id);
    } else {
        plan.change.push(Change {
            row: ix,
            id: record.id,
            rev: row.known.map_or(record.rev, |k| k.1),
            fields,
            state,
            extra,
        });
    }
}

/// Tells whether the file's value says less than the ledger's: blank, unreadable, or words of a link that is resolved.
fn poorer(ledger: &Value, file: &Value) -> bool {
    let resolved = |v: &Value| {
        matches!(v, Value::Link(Link::To(_)))
            || matches!(v, Value::Links(l) if !l.is_empty() && l.iter().all(|l| matches!(l, Link::To(_))))
    };
    let words = |v: &Value| v.links().iter().any(|l| matches!(l, Link::Text(_)));
    (file.is_blank() && !ledger.is_blank())
        || (matches!(file, Value::Unclear(_)) && !ledger.is_missing())
        || (resolved(ledger) && words(file))
}

/// Inner rows keep the ids of the rows they replace; those the file does not speak of stay.
fn inner_rows(field: &Field, before: &Value, file: &Value, own: bool, new_id: &mut dyn FnMut() -> RecordId) -> Value {
    let (Value::Rows(old), Value::Rows(new)) = (before, file) else {
        return with_ids(file.clone(), new_id);
    };
    let name = |r: &Row| field.headline.iter().take(1).map(|h| plain_key(cell(r, *h))).collect::<String>();
    let mut used = vec![false; old.len()];
    let mut out = Vec::new();
    for row in new {
        let by_id = old.iter().position(|o| row.id.0 != 0 && o.id == row.id);
        let same = |(ix, o): (usize, &Row)| (!used[ix] && name(o) == name(row)).then_some(ix);
        match by_id.or_else(|| old.iter().enumerate().find_map(same)) {
            Some(at) => {
                used[at] = true;
                out.push(Row { id: old[at].id, cells: inner_cells(field, &old[at], row, own) });
            }
            None => out.push(Row { id: if row.id.0 == 0 { new_id() } else { row.id }, cells: row.cells.clone() }),
        }
    }
    if !own {
        out.extend(old.iter().zip(&used).filter(|(_, u)| !**u).map(|(r, _)| r.clone()));
    }
    Value::Rows(out)
}

fn inner_cells(field: &Field, old: &Row, new: &Row, own: bool) -> Vec<Value> {
    let one = |ix: usize| {
        let (before, file) = (cell(old, ix), cell(new, ix));
        if !own && poorer(before, file) { before.clone() } else { file.clone() }
    };
    (0..field.rows().len()).map(one).collect()
}
