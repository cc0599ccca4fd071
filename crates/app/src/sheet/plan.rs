//! What importing would do to the ledger: create, change, leave. Rows are matched by key and facility; nothing is deleted.
//! Making commands of a plan is the use case's work.

use std::collections::{BTreeMap, HashMap};

use akashi_domain::text::fold_code;
use akashi_domain::{Field, Link, RecordId, Register, Row, Value, Version, View};

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
    Version {
        register: incoming.register,
        id: create.id,
        rev: 1,
        code: "".into(),
        facility: incoming.facility.as_str().into(),
        state: incoming.rows[create.row].state.as_str().into(),
        cells: create.values.clone(),
        extra: BTreeMap::new(),
        source: None,
        valid_from: None,
        recorded_at: 0,
        author: "".into(),
        digest: "".into(),
        disposed: false,
    }
}

/// Gives ids to the rows inside a value.
fn with_ids(mut value: Value, new_id: &mut dyn FnMut() -> RecordId) -> Value {
    if let Value::Rows(rows) = &mut value {
        rows.iter_mut().filter(|row| row.id.0 == 0).for_each(|row| row.id = new_id());
    }
    value
}

/// Finds the record of each row.
fn matches(register: &Register, records: &[&Version], rows: &[IncomingRow]) -> Vec<Option<usize>> {
    let mut out: Vec<Option<usize>> = vec![None; rows.len()];
    let mut free = vec![true; records.len()];
    let by_id: HashMap<RecordId, usize> = records.iter().enumerate().map(|(ix, r)| (r.id, ix)).collect();
    for (ix, row) in rows.iter().enumerate() {
        if let Some(at) = row.known.and_then(|(id, _)| by_id.get(&id).copied()).filter(|at| free[*at]) {
            out[ix] = Some(at);
            free[at] = false;
        }
    }
    if !free.contains(&true) {
        return out;
    }
    let mut groups: HashMap<String, (Vec<usize>, Vec<usize>)> = HashMap::new();
    for (at, record) in records.iter().enumerate().filter(|(at, _)| free[*at]) {
        groups.entry(key(register, &record.cells)).or_default().1.push(at);
    }
    for (ix, row) in rows.iter().enumerate().filter(|(ix, _)| out[*ix].is_none()) {
        if let Some(group) = groups.get_mut(&key(register, &row.values)) {
            group.0.push(ix);
        }
    }
    for (key, (rows_here, records_here)) in groups {
        let keyed = !key.is_empty();
        pair(register, records, rows, (&rows_here, &records_here), keyed, &mut out);
    }
    out
}

/// The natural key; empty when none of its fields is filled.
fn key(register: &Register, cells: &[Value]) -> String {
    let parts: Vec<String> =
        register.key_fields.iter().map(|k| cells.get(*k).map(plain_key).unwrap_or_default()).collect();
    if parts.iter().all(String::is_empty) { String::new() } else { parts.join("\u{1f}") }
}

fn plain_key(value: &Value) -> String {
    match value {
        Value::Text(t) => fold_code(t),
        Value::Number(n) => n.to_string(),
        Value::Date(d) => d.to_string(),
        Value::Choice(k) => k.to_string(),
        Value::Link(Link::To(id)) => id.to_string(),
        Value::Link(Link::Text(t)) => fold_code(t),
        _ => String::new(),
    }
}

/// Pairs rows and records of one key: the most alike first, then in order.
fn pair(
    register: &Register,
    records: &[&Version],
    rows: &[IncomingRow],
    group: (&[usize], &[usize]),
    keyed: bool,
    out: &mut [Option<usize>],
) {
    let (rows_here, records_here) = group;
    if keyed && rows_here.len() == 1 && records_here.len() == 1 {
        out[rows_here[0]] = Some(records_here[0]);
        return;
    }
    let mut scored: Vec<(i64, usize, usize)> = Vec::new();
    let index = candidates(register, records, records_here, keyed);
    for row in rows_here {
        for at in index.of(register, &rows[*row], records_here) {
            let likeness = likeness(register, records[at], &rows[*row]);
            if keyed || likeness.told {
                scored.push((likeness.score, *row, at));
            }
        }
    }
    scored.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut taken: Vec<bool> = vec![false; records.len()];
    for (_, row, at) in scored {
        if out[row].is_none() && !taken[at] {
            out[row] = Some(at);
            taken[at] = true;
        }
    }
}

/// Records a keyless row could be, by the values that tell rows apart, so that not all are compared with all.
struct Candidates {
    by_value: HashMap<(usize, String), Vec<usize>>,
    by_place: HashMap<(String, String, u32), Vec<usize>>,
    few: bool,
}

fn candidates(register: &Register, records: &[&Version], here: &[usize], keyed: bool) -> Candidates {
    let mut out = Candidates { by_value: HashMap::new(), by_place: HashMap::new(), few: keyed && here.len() <= 64 };
    for at in here.iter().filter(|_| !out.few) {
        for slot in &register.match_fields {
            let value = plain_key(records[*at].cell(*slot));
            if !value.is_empty() {
                out.by_value.entry((*slot, value)).or_default().push(*at);
            }
        }
        if let Some(s) = &records[*at].source {
            out.by_place.entry((s.file.clone(), s.sheet.clone(), s.row)).or_default().push(*at);
        }
    }
    out
}

impl Candidates {
    fn of(&self, register: &Register, row: &IncomingRow, here: &[usize]) -> Vec<usize> {
        if self.few {
            return here.to_vec();
        }
        let place = (row.source.file.clone(), row.source.sheet.clone(), row.source.row);
        let mut out: Vec<usize> = self.by_place.get(&place).cloned().unwrap_or_default();
        for slot in &register.match_fields {
            let value = row.values.get(*slot).map(plain_key).unwrap_or_default();
            // A value that hundreds share (a common name) tells little; the place in the file does.
            out.extend(self.by_value.get(&(*slot, value)).filter(|v| v.len() <= 200).into_iter().flatten());
        }
        out.sort_unstable();
        out.dedup();
        out
    }
}

struct Likeness {
    score: i64,
    /// Alike enough to be the same thing although no key says so.
    told: bool,
}

fn likeness(register: &Register, record: &Version, row: &IncomingRow) -> Likeness {
    let same_place = record
        .source
        .as_ref()
        .is_some_and(|s| s.file == row.source.file && s.sheet == row.source.sheet && s.row == row.source.row);
    let same = |slot: &usize| {
        let (a, b) = (plain_key(record.cell(*slot)), row.values.get(*slot).map(plain_key).unwrap_or_default());
        (!a.is_empty() && a == b, !a.is_empty() && !b.is_empty() && a != b)
    };
    let matches: Vec<(bool, bool)> = register.match_fields.iter().map(same).collect();
    let agree = matches.iter().filter(|m| m.0).count();
    let differ = matches.iter().filter(|m| m.1).count();
    let equal = register
        .fields()
        .iter()
        .enumerate()
        .filter(|(ix, f)| equal(f, record.cell(*ix), row.values.get(*ix).unwrap_or(&Value::Null)))
        .count();
    let first = matches.first().is_some_and(|m| m.0);
    Likeness {
        score: equal as i64 + 8 * agree as i64 - 4 * differ as i64 + if same_place { 12 } else { 0 },
        told: first || agree >= 2 || (same_place && differ == 0) || (agree >= 1 && differ == 0),
    }
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
