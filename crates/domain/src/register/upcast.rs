//! Bodies written under an older version of a definition, read under the one in force: fields, options and states
//! that were renamed since. Stored bodies never change; this is applied whenever one is read.

use serde::Deserialize;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use toml::Spanned;

use super::check::RegisterFault;
use super::{Field, FieldKind, Register};

/// `[[upcast]]` as written: what changed from version `to` - 1 to `to`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpcastDef {
    pub to: Spanned<u32>,
    /// Old key to new key; sub-fields as `rows.old` to `rows.new`.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// By field (its new key): old option to new option.
    #[serde(default)]
    pub options: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    pub states: BTreeMap<String, String>,
}

/// The renamings that lead to one version of a definition.
#[derive(Clone, Debug)]
pub struct Upcast {
    pub to: u32,
    fields: BTreeMap<String, String>,
    options: BTreeMap<String, BTreeMap<String, String>>,
    states: BTreeMap<String, String>,
}

impl Register {
    /// Brings a body written under version `written` of the definition to the one in force.
    pub fn upcast(&self, written: u32, body: &mut Json) {
        self.upcasts.iter().filter(|u| u.to > written).for_each(|u| u.apply(body));
    }
}

impl Upcast {
    fn apply(&self, body: &mut Json) {
        if let Some(Json::String(state)) = body.get_mut("state")
            && let Some(new) = self.states.get(state)
        {
            *state = new.clone();
        }
        let Some(Json::Object(fields)) = body.get_mut("fields") else { return };
        for (old, new) in &self.fields {
            match (old.split_once('.'), new.split_once('.')) {
                (Some((rows, old)), Some((_, new))) => each_row(fields, rows, |row| rename(row, old, new)),
                _ => rename(fields, old, new),
            }
        }
        for (field, map) in &self.options {
            match field.split_once('.') {
                Some((rows, field)) => each_row(fields, rows, |row| translate(row, field, map)),
                None => translate(fields, field, map),
            }
        }
    }
}

fn each_row(fields: &mut Map<String, Json>, rows: &str, change: impl Fn(&mut Map<String, Json>)) {
    let Some(Json::Array(rows)) = fields.get_mut(rows) else { return };
    rows.iter_mut().filter_map(|row| row.get_mut("f")?.as_object_mut()).for_each(change);
}

fn rename(fields: &mut Map<String, Json>, old: &str, new: &str) {
    if !fields.contains_key(new)
        && let Some(value) = fields.remove(old)
    {
        fields.insert(new.into(), value);
    }
}

/// Renames the option a choice holds, or those of several.
fn translate(fields: &mut Map<String, Json>, field: &str, map: &BTreeMap<String, String>) {
    let one = |value: &mut Json| {
        if let Some(new) = value.as_str().and_then(|old| map.get(old)) {
            *value = Json::String(new.clone());
        }
    };
    match fields.get_mut(field) {
        Some(Json::Array(many)) => many.iter_mut().for_each(one),
        Some(value) => one(value),
        None => {}
    }
}

/// Checks the rules against the definition: what they lead to must be there, or be renamed later.
pub(super) fn check(
    defs: &[UpcastDef],
    version: u32,
    (fields, states): (&[Field], &[super::State]),
    faults: &mut Vec<RegisterFault>,
) -> Vec<Upcast> {
    let mut out: Vec<Upcast> = defs
        .iter()
        .map(|d| Upcast {
            to: *d.to.as_ref(),
            fields: d.fields.clone(),
            options: d.options.clone(),
            states: d.states.clone(),
        })
        .collect();
    for def in defs {
        let to = *def.to.as_ref();
        let mut fault = |what: String, hint: &str| {
            faults.push(RegisterFault { span: def.to.span(), what, hint: hint.into() });
        };
        if to < 2 || to > version {
            fault(
                format!("upcast to version {to} of a definition of version {version}"),
                "to lies between 2 and version",
            );
        }
        let later = |f: &dyn Fn(&Upcast) -> bool| out.iter().any(|u| u.to > to && f(u));
        for (old, new) in &def.fields {
            let row = |key: &str| key.split_once('.').map(|(rows, _)| rows.to_owned());
            if row(old) != row(new) {
                fault(format!("upcast of `{old}` to `{new}` leaves its rows"), "rename sub-fields within their rows");
            } else if find(fields, new).is_none() && !later(&|u| u.fields.contains_key(new)) {
                fault(format!("upcast of `{old}` to `{new}`: no such field"), "name a field of this definition");
            } else if find(fields, old).is_some() {
                fault(format!("upcast of `{old}`: the field still exists"), "rename what is gone only");
            }
        }
        for (field, map) in &def.options {
            let Some(found) = find(fields, field) else {
                fault(format!("upcast of options of `{field}`: no such field"), "name a field of this definition");
                continue;
            };
            let known = |key: &str| match &found.kind {
                FieldKind::Choice(options) | FieldKind::Choices(options) => options.iter().any(|o| o.key == key),
                _ => false,
            };
            for new in map
                .values()
                .filter(|new| !known(new) && !later(&|u| u.options.get(field).is_some_and(|m| m.contains_key(*new))))
            {
                fault(format!("upcast to option `{new}` of `{field}`: no such option"), "name an option of the field");
            }
        }
        for new in def.states.values() {
            if !states.iter().any(|s| &s.key == new) && !later(&|u| u.states.contains_key(new)) {
                fault(format!("upcast to state `{new}`: no such state"), "name a state of this definition");
            }
        }
    }
    out.sort_by_key(|u| u.to);
    out
}

fn find<'f>(fields: &'f [Field], path: &str) -> Option<&'f Field> {
    let (head, rest) = path.split_once('.').map_or((path, None), |(h, r)| (h, Some(r)));
    let field = fields.iter().find(|f| f.key == head)?;
    match rest {
        Some(sub) => field.rows().iter().find(|f| f.key == sub),
        None => Some(field),
    }
}
