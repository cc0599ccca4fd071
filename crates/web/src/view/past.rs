//! A record's past: who changed which field when and why, newest first.

use akashi_domain::register::{Field, Register};
use akashi_domain::verdict::explain::instant;
use akashi_domain::{RecordId, Row, Value, Version, World};

use super::chip::StateChip;
use super::eyes::Eyes;
use super::record::{Sources, words_of};

/// One version, as a difference to the one before.
pub(crate) struct Step {
    pub(crate) rev: u32,
    pub(crate) at: String,
    pub(crate) by: String,
    pub(crate) what: String,
    pub(crate) reason: Option<String>,
    pub(crate) valid_from: Option<String>,
    pub(crate) moved: Option<(StateChip, StateChip)>,
    pub(crate) changes: Vec<Change>,
    /// Position in the log.
    pub(crate) seq: Option<u64>,
}

pub(crate) struct Change {
    pub(crate) field: String,
    pub(crate) before: String,
    pub(crate) after: String,
}

/// Returns the steps of a record's past, newest first.
pub(crate) fn steps(s: &Sources, register: &Register, id: RecordId) -> Vec<Step> {
    let versions = s.world.history(id);
    let before = std::iter::once(None).chain(versions.iter().map(Some));
    let mut out: Vec<Step> = versions.iter().zip(before).map(|(v, b)| step(s, register, v, b.map(|b| &**b))).collect();
    out.reverse();
    out
}

fn step(s: &Sources, register: &Register, version: &Version, before: Option<&Version>) -> Step {
    let words = s.eyes.seat.words();
    let deed = s.deeds.iter().find(|d| d.rev == version.rev);
    let command = deed.map_or("put", |d| d.command.as_str());
    let moved = before
        .filter(|b| b.state != version.state)
        .map(|b| (StateChip::of(words, register, &b.state), StateChip::of(words, register, &version.state)));
    Step {
        rev: version.rev,
        at: instant(version.recorded_at),
        by: deed.map_or_else(|| version.author.to_string(), |d| d.by.clone()),
        what: if before.is_none() && command == "put" {
            words.say("deed-created")
        } else {
            words.say_or(&format!("deed-{command}"), command)
        },
        reason: deed.and_then(|d| d.reason.clone()),
        valid_from: version.valid_from.map(|d| d.to_string()),
        moved,
        changes: before.map_or_else(Vec::new, |b| changes(s, register, b, version)),
        seq: deed.map(|d| d.seq),
    }
}

fn changes(s: &Sources, register: &Register, before: &Version, after: &Version) -> Vec<Change> {
    let fields = register.fields().iter().enumerate().filter(|(_, f)| s.eyes.sees(f));
    let changed = fields.filter(|(ix, _)| before.cell(*ix) != after.cell(*ix));
    changed.flat_map(|(ix, f)| field_changes(s, f, before.cell(ix), after.cell(ix))).collect()
}

fn field_changes(s: &Sources, field: &Field, before: &Value, after: &Value) -> Vec<Change> {
    if !field.rows().is_empty() {
        return row_changes(s, field, rows(before), rows(after));
    }
    let title = field.title.get(s.eyes.seat.ctx.lang).to_owned();
    vec![Change { field: title, before: words_of(s, before, field), after: words_of(s, after, field) }]
}

fn rows(value: &Value) -> &[Row] {
    match value {
        Value::Rows(rows) => rows,
        _ => &[],
    }
}

/// Rows are told apart by their ids, so a moved row is no change.
fn row_changes(s: &Sources, field: &Field, before: &[Row], after: &[Row]) -> Vec<Change> {
    let title = field.title.get(s.eyes.seat.ctx.lang);
    let mut out = Vec::new();
    for row in after {
        match before.iter().find(|b| b.id == row.id) {
            None => out.push(Change { field: title.to_owned(), before: String::new(), after: summary(s, field, row) }),
            Some(old) if old != row => {
                let (before, after) = (summary(s, field, old), summary(s, field, row));
                out.push(Change { field: title.to_owned(), before, after });
            }
            Some(_) => {}
        }
    }
    let gone = before.iter().filter(|b| !after.iter().any(|r| r.id == b.id));
    out.extend(gone.map(|r| Change { field: title.to_owned(), before: summary(s, field, r), after: String::new() }));
    out
}

/// A row in one line.
fn summary(s: &Sources, field: &Field, row: &Row) -> String {
    let seen = field.rows().iter().zip(&row.cells).filter(|(f, v)| !v.is_blank() && s.eyes.sees(f));
    let words: Vec<String> = seen.map(|(f, v)| words_of(s, v, f)).collect();
    words.join(" / ")
}

/// Returns what changed in a record since a revision: for who edits an older one.
pub(crate) fn since(eyes: &Eyes, world: &World, id: RecordId, rev: u32) -> Vec<Change> {
    let s = Sources { eyes, world, deeds: &[] };
    let versions = world.history(id);
    let (Some(base), Some(newest)) = (versions.iter().find(|v| v.rev == rev), versions.last()) else {
        return Vec::new();
    };
    changes(&s, eyes.evaluator.catalog().register(newest.register), base, newest)
}
