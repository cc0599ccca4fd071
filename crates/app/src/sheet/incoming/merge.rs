//! Rows of a table kept for another register: contracts in rows, their vendor repeated. One record of the thing repeated is made.

use std::collections::BTreeMap;

use akashi_domain::{Label, Register, Value};

use super::{Incoming, Note};

/// Joins the rows from `from` on that bear the same natural key; tells each.
pub(super) fn same_key(register: &Register, file: &str, from: usize, out: &mut Incoming) {
    let rows = out.rows.split_off(from);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        let parts: Vec<String> = register.key_fields.iter().map(|k| format!("{:?}", row.values[*k])).collect();
        let keyed = register.key_fields.iter().any(|k| !row.values[*k].is_missing());
        let Some(at) = seen.get(&parts.join("\u{1f}")).copied().filter(|_| keyed) else {
            seen.insert(parts.join("\u{1f}"), out.rows.len());
            out.rows.push(row);
            continue;
        };
        let first = &mut out.rows[at];
        for ((old, new), field) in first.values.iter_mut().zip(row.values).zip(register.fields()) {
            // Numbers that differ from row to row are those of the rows, not of the thing they repeat.
            let differ = matches!((&*old, &new), (Value::Text(a), Value::Text(b)) if a != b);
            if differ && field.key.ends_with("_no") {
                let numbers = first.extra.entry(field.title.ja.clone()).or_default();
                for text in [&*old, &new].into_iter().filter_map(text_of) {
                    *numbers = if numbers.is_empty() { text.into() } else { format!("{numbers} / {text}") };
                }
                *old = Value::Null;
            } else if !(field.key.ends_with("_no") && first.extra.contains_key(&field.title.ja)) {
                *old = joined(std::mem::take(old), new);
            } else if let (Some(text), Some(numbers)) = (text_of(&new), first.extra.get_mut(&field.title.ja)) {
                *numbers = format!("{numbers} / {text}");
            }
        }
        for (key, text) in row.extra {
            let old = first.extra.entry(key).or_default();
            if !old.split(" / ").any(|t| t == text) {
                *old = if old.is_empty() { text } else { format!("{old} / {text}") };
            }
        }
        let what = Label::new(
            format!("{}行目と同じ相手なので一件にまとめました", first.source.row),
            format!("the same as row {}; joined into one record", first.source.row),
        );
        out.notes.push(Note {
            file: file.into(),
            sheet: row.source.sheet,
            cell: format!("A{}", row.source.row),
            field: None,
            what,
        });
    }
}

fn text_of(value: &Value) -> Option<&str> {
    match value {
        Value::Text(t) => Some(t),
        _ => None,
    }
}

/// Both texts; of other kinds the one that says something, unclear when they differ.
fn joined(old: Value, new: Value) -> Value {
    match (old, new) {
        (old, new) if old == new || new.is_blank() => old,
        (old, new) if old.is_blank() => new,
        (Value::Text(a), Value::Text(b)) if a.split('、').any(|t| *t == *b) => Value::Text(a),
        (Value::Text(a), Value::Text(b)) => Value::Text(format!("{a}、{b}").into()),
        (Value::Rows(a), Value::Rows(b)) => Value::Rows(a.into_iter().chain(b).collect()),
        (Value::Unclear(a), Value::Unclear(b)) => Value::Unclear(format!("{a} / {b}").into()),
        (old, Value::Unclear(_)) => old,
        (Value::Unclear(_), new) => new,
        (Value::YesNo(a), Value::YesNo(b)) => Value::YesNo(a || b),
        (old, _) => old,
    }
}
