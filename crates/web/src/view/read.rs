//! Reads a form that was sent: text by text into values, each fault at its control.
//! What was not changed keeps its stored value, also one no form could write.

use akashi_app::values;
use akashi_domain::register::{Field, FieldKind, Register};
use akashi_domain::text::fold;
use akashi_domain::{FileRef, Label, Link, PartialDate, RecordId, Row, Value, Version};

use super::eyes::Eyes;
use super::form::{raw, row_numbers};
use super::resolve::targets;
use crate::guard::form::Fields;

/// What cannot be read, by the control's name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(pub(crate) Vec<(String, String)>);

impl Faults {
    pub(crate) fn of(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, text)| text.clone())
    }
}

/// What a form is read with.
pub(crate) struct Reader<'a> {
    pub(crate) eyes: &'a Eyes<'a>,
    pub(crate) register: &'a Register,
    /// The record as it stood when the form was made; none for a new one.
    pub(crate) version: Option<&'a Version>,
    pub(crate) sent: &'a Fields,
    /// Files that came with the form, by control.
    pub(crate) files: &'a [(String, FileRef)],
    /// Makes ids of new rows.
    pub(crate) new_id: &'a dyn Fn() -> RecordId,
}

/// What was read.
pub(crate) struct Read {
    /// Slot and value of changed fields.
    pub(crate) values: Vec<(usize, Value)>,
    pub(crate) valid_from: Option<PartialDate>,
    pub(crate) faults: Faults,
}

impl Reader<'_> {
    pub(crate) fn read(&self) -> Read {
        let before = self.version.map(|v| raw(self.eyes, self.register, v)).unwrap_or_default();
        let mut faults = Faults::default();
        let mut values = Vec::new();
        let seen = self.register.fields().iter().enumerate().filter(|(_, f)| self.eyes.sees(f));
        for (ix, field) in seen {
            let old = self.version.map_or(&Value::Null, |v| v.cell(ix));
            let new = match &field.kind {
                FieldKind::Rows(subs) => self.rows(field, subs, old, &before, &mut faults),
                _ => self.value(field, &format!("f.{}", field.key), old, &before, &mut faults),
            };
            if new != *old {
                values.push((ix, new));
            }
        }
        let valid_from = self.sent.get("valid_from").and_then(|text| {
            let read = PartialDate::parse(text);
            if read.is_none() {
                faults.0.push(("valid_from".into(), self.eyes.seat.words().say("fault-date")));
            }
            read
        });
        Read { values, valid_from, faults }
    }

    fn value(&self, field: &Field, name: &str, old: &Value, before: &Fields, faults: &mut Faults) -> Value {
        if matches!(field.kind, FieldKind::Files) {
            return self.files(name, old);
        }
        if self.is_same(field, name, before) {
            return old.clone();
        }
        match self.parse(field, name) {
            Ok(value) => value,
            Err(label) => {
                let text = label.get(self.eyes.seat.ctx.lang);
                let title = format!("{}: ", field.title.get(self.eyes.seat.ctx.lang));
                faults.0.push((name.to_owned(), text.strip_prefix(&title).unwrap_or(text).to_owned()));
                old.clone()
            }
        }
    }

    /// Ticked boxes come in the order of the page, whatever order was stored.
    fn is_same(&self, field: &Field, name: &str, before: &Fields) -> bool {
        let (mut sent, mut stored) = (texts(self.sent, name), texts(before, name));
        if matches!(field.kind, FieldKind::Choices(_)) {
            sent.sort_unstable();
            stored.sort_unstable();
        }
        sent == stored
    }

    fn parse(&self, field: &Field, name: &str) -> Result<Value, Label> {
        let sent: Vec<&str> = self.sent.all(name).map(str::trim).filter(|t| !t.is_empty()).collect();
        let one = sent.first().copied().unwrap_or_default();
        let text = match &field.kind {
            FieldKind::Link(_) | FieldKind::Person => {
                return Ok(if one.is_empty() { Value::Null } else { Value::Link(self.link(field, one)) });
            }
            FieldKind::Links(_) | FieldKind::Persons => {
                let links: Vec<Link> = sent.iter().map(|t| self.link(field, t)).collect();
                return Ok(if links.is_empty() { Value::Null } else { Value::Links(links) });
            }
            FieldKind::Choices(_) => sent.join("\n"),
            FieldKind::Period => {
                let end = |end: &str| self.sent.get(&format!("{name}.{end}")).map(day).unwrap_or_default();
                let (from, to) = (end("from"), end("to"));
                if from.is_empty() && to.is_empty() { String::new() } else { format!("{from}~{to}") }
            }
            FieldKind::Date => day(one),
            FieldKind::Number { .. } => one.chars().map(half).collect(),
            _ => one.to_owned(),
        };
        values::read(field, &text).map_err(|e| e.label())
    }

    /// A code or a name that fits one record links to it; other words wait to be resolved.
    fn link(&self, field: &Field, text: &str) -> Link {
        if let Some(id) = RecordId::parse(text) {
            return Link::To(id);
        }
        let view = self.eyes.evaluator.view();
        let targets = targets(self.eyes.seat, self.eyes.evaluator, field);
        let rows = || targets.iter().flat_map(|ix| view.rows(*ix));
        let code = text.split_whitespace().next().unwrap_or(text);
        if let Some(found) = rows().find(|v| *v.code == *code) {
            return Link::To(found.id);
        }
        let wanted = fold(text);
        let mut named = rows().filter(|v| view.is_live(v) && fold(&self.eyes.name(v)) == wanted);
        match (named.next(), named.next()) {
            (Some(only), None) => Link::To(only.id),
            _ => Link::Text(text.into()),
        }
    }

    fn files(&self, name: &str, old: &Value) -> Value {
        let keep: Vec<String> = self.sent.all(&format!("{name}.keep")).map(String::from).collect();
        let before = if let Value::Files(files) = old { files.as_slice() } else { &[] };
        let kept = before.iter().filter(|f| keep.iter().any(|k| **k == *f.digest)).cloned();
        let added = self.files.iter().filter(|(n, _)| n == name).map(|(_, f)| f.clone());
        let all: Vec<FileRef> = kept.chain(added).collect();
        if all.is_empty() { Value::Null } else { Value::Files(all) }
    }

    fn rows(&self, field: &Field, subs: &[Field], old: &Value, before: &Fields, faults: &mut Faults) -> Value {
        let old_rows = if let Value::Rows(rows) = old { rows.as_slice() } else { &[] };
        let mut out = Vec::new();
        for n in row_numbers(self.sent, &field.key) {
            let prefix = format!("r.{}.{n}", field.key);
            if !self.sent.has(&format!("{prefix}.drop")) {
                out.extend(self.row(&prefix, subs, old_rows, before, faults, &field.key));
            }
        }
        if out.is_empty() { Value::Null } else { Value::Rows(out) }
    }

    fn row(
        &self,
        prefix: &str,
        subs: &[Field],
        old: &[Row],
        before: &Fields,
        faults: &mut Faults,
        key: &str,
    ) -> Option<Row> {
        let id = self.sent.get(&format!("{prefix}.id")).and_then(RecordId::parse);
        let position = id.and_then(|id| old.iter().position(|r| r.id == id));
        let was = |ix: usize| position.and_then(|p| old[p].cells.get(ix)).unwrap_or(&Value::Null);
        // The stored row may stand at another number of the form: its texts are looked up under their own.
        let stored =
            position.map(|p| renamed(before, &format!("r.{key}.{p}."), &format!("{prefix}."))).unwrap_or_default();
        let cell = |(ix, sub): (usize, &Field)| {
            if self.eyes.sees(sub) {
                self.value(sub, &format!("{prefix}.{}", sub.key), was(ix), &stored, faults)
            } else {
                was(ix).clone()
            }
        };
        let cells: Vec<Value> = subs.iter().enumerate().map(cell).collect();
        let blank = cells.iter().all(Value::is_blank);
        (position.is_some() || !blank).then(|| Row { id: position.map_or_else(self.new_id, |p| old[p].id), cells })
    }
}

/// All texts of a control, of both ends of a period too; blanks are none.
fn texts<'a>(fields: &'a Fields, name: &str) -> Vec<(&'a str, &'a str)> {
    let ends = [format!("{name}.from"), format!("{name}.to")];
    let own = fields.0.iter().filter(|(n, v)| !v.trim().is_empty() && (n == name || ends.contains(n)));
    own.map(|(n, v)| (n.as_str(), v.trim())).collect()
}

fn renamed(fields: &Fields, from: &str, to: &str) -> Fields {
    let own = fields.0.iter().filter_map(|(n, v)| Some((format!("{to}{}", n.strip_prefix(from)?), v.clone())));
    Fields(own.collect())
}

/// People write 2026/4/1 as well as 2026-04-01.
fn day(text: &str) -> String {
    let text: String = text.chars().map(half).collect();
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let is_number = |p: &&str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit());
    if parts.len() > 3 || !parts.iter().all(is_number) {
        return text.clone();
    }
    let two = |p: &&str| if p.len() == 1 { format!("0{p}") } else { (*p).to_owned() };
    parts.iter().map(two).collect::<Vec<_>>().join("-")
}

/// Digits and signs typed full-width.
fn half(c: char) -> char {
    match c {
        '０'..='９' => char::from(b'0' + (c as u32 - '０' as u32) as u8),
        '／' => '/',
        '－' | 'ー' | '−' => '-',
        '．' => '.',
        '，' => ',',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_as_people_write_them() {
        for (typed, read) in [
            ("2026/4/1", "2026-04-01"),
            ("２０２６．１１", "2026-11"),
            ("2026", "2026"),
            ("来月", "来月"),
            ("2026-4-", "2026-4-"),
        ] {
            assert_eq!(day(typed), read);
        }
    }
}
