//! Which record of the ledger a row of a file is: by id, by key, by likeness. What differs is the plan's work.

use std::collections::HashMap;

use akashi_domain::text::fold_code;
use akashi_domain::{Link, RecordId, Register, Value, Version};

use super::equal;
use crate::sheet::incoming::IncomingRow;

/// Finds the record of each row.
pub(super) fn matches(register: &Register, records: &[&Version], rows: &[IncomingRow]) -> Vec<Option<usize>> {
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

pub(super) fn plain_key(value: &Value) -> String {
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
