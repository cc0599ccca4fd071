//! What a hospital adds to a register that exists: words, fields, options, sub-fields, states and moves.
//! Nothing is ever taken away or changed: old records must stay readable and proofs must keep their ground.

use serde::Deserialize;
use toml::Spanned;

use super::check::RegisterFault;
use super::def::{DerivedDef, FieldDef, ImportStateDef, MoveDef, RegisterDef, StateDef};
use crate::label::Label;

/// An overlay file of a register as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterExt {
    pub extends: Spanned<String>,
    #[serde(default)]
    pub words: Vec<String>,
    #[serde(default)]
    pub items: Vec<String>,
    /// Further columns of the list.
    #[serde(default)]
    pub list: Vec<Spanned<String>>,
    /// Further states that count as existing.
    #[serde(default)]
    pub live: Vec<Spanned<String>>,
    #[serde(default)]
    pub field: Vec<FieldExt>,
    #[serde(default)]
    pub state: Vec<StateExt>,
    #[serde(default, rename = "move")]
    pub moves: Vec<MoveDef>,
    #[serde(default)]
    pub import_state: Vec<ImportStateDef>,
    #[serde(default)]
    pub derived: Vec<DerivedDef>,
}

/// A new field, or words, options and sub-fields for one that exists.
pub type FieldExt = FieldDef<Option<Label>, Option<Spanned<String>>>;

/// A new state, or words for one that exists.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateExt {
    pub key: Spanned<String>,
    pub title: Option<Label>,
    #[serde(default)]
    pub words: Vec<String>,
    pub tone: Option<String>,
}

/// Adds an overlay to a definition; returns what it may not do.
pub fn extend(def: &mut RegisterDef, ext: RegisterExt) -> Vec<RegisterFault> {
    let mut faults = Vec::new();
    def.words.extend(ext.words);
    def.items.extend(ext.items);
    def.list.extend(ext.list);
    def.live.extend(ext.live);
    fields(&mut def.field, ext.field, &mut faults);
    ext.state.into_iter().for_each(|s| state(&mut def.state, s, &mut faults));
    for m in ext.moves {
        if def.moves.iter().any(|known| known.key.as_ref() == m.key.as_ref()) {
            exists(&m.key, "move", "give the move another key", &mut faults);
        }
        def.moves.push(m);
    }
    // The first rule that matches counts: the hospital's own come first.
    def.import_state.splice(0..0, ext.import_state);
    def.derived.extend(ext.derived);
    faults
}

fn exists(key: &Spanned<String>, what: &str, hint: &str, faults: &mut Vec<RegisterFault>) {
    let what = format!("{what} `{}` exists already", key.as_ref());
    faults.push(RegisterFault { span: key.span(), what, hint: hint.into() });
}

fn fields(known: &mut Vec<FieldDef>, added: Vec<FieldExt>, faults: &mut Vec<RegisterFault>) {
    for ext in added {
        match known.iter_mut().find(|f| f.key.as_ref() == ext.key.as_ref()) {
            Some(field) => more(field, ext, faults),
            None => known.extend(whole(ext, faults)),
        }
    }
}

/// Words, options and sub-fields for a field that exists.
fn more(field: &mut FieldDef, ext: FieldExt, faults: &mut Vec<RegisterFault>) {
    let fixed = [
        ("title", ext.title.is_some()),
        ("kind", ext.kind.is_some()),
        ("required", ext.required.is_some()),
        ("help", ext.help.is_some()),
        ("sensitivity", ext.sensitivity.is_some()),
        ("material", ext.material.is_some()),
        ("unit", ext.unit.is_some()),
        ("to", ext.to.is_some()),
        ("headline", ext.headline.is_some()),
    ];
    for (name, _) in fixed.iter().filter(|(_, given)| *given) {
        let what = format!("field `{}` exists already: its `{name}` cannot be changed", ext.key.as_ref());
        let hint = "an overlay adds words, options and sub-fields to it, nothing else";
        faults.push(RegisterFault { span: ext.key.span(), what, hint: hint.into() });
    }
    field.words.extend(ext.words);
    for option in ext.options.into_iter().flatten() {
        let known = field.options.get_or_insert_default();
        match known.iter_mut().find(|o| o.key.as_ref() == option.key.as_ref()) {
            Some(same) => same.words.extend(option.words),
            None => known.push(option),
        }
    }
    if let Some(subs) = ext.field {
        fields(field.field.get_or_insert_default(), subs, faults);
    }
}

/// A field of the hospital's own.
fn whole(ext: FieldExt, faults: &mut Vec<RegisterFault>) -> Option<FieldDef> {
    let (Some(title), Some(kind)) = (ext.title, ext.kind) else {
        let what = format!("field `{}` is new and lacks `title` or `kind`", ext.key.as_ref());
        let hint = "add title = { ja, en } and kind, or mend the key of the field you mean";
        faults.push(RegisterFault { span: ext.key.span(), what, hint: hint.into() });
        return None;
    };
    let subs = ext.field.map(|subs| subs.into_iter().filter_map(|s| whole(s, faults)).collect());
    Some(FieldDef {
        key: ext.key,
        title,
        kind,
        required: ext.required,
        words: ext.words,
        help: ext.help,
        sensitivity: ext.sensitivity,
        material: ext.material,
        unit: ext.unit,
        options: ext.options,
        to: ext.to,
        headline: ext.headline,
        field: subs,
    })
}

fn state(known: &mut Vec<StateDef>, ext: StateExt, faults: &mut Vec<RegisterFault>) {
    let same = known.iter_mut().find(|s| s.key.as_ref() == ext.key.as_ref());
    match (same, ext.title) {
        (Some(same), None) if ext.tone.is_none() => same.words.extend(ext.words),
        (Some(_), _) => exists(&ext.key, "state", "an overlay adds words to it, nothing else", faults),
        (None, Some(title)) => {
            let tone = ext.tone.unwrap_or_else(|| "neutral".into());
            known.push(StateDef { key: ext.key, title, words: ext.words, tone });
        }
        (None, None) => {
            let what = format!("state `{}` is new and lacks a title", ext.key.as_ref());
            faults.push(RegisterFault { span: ext.key.span(), what, hint: "add title = { ja, en }".into() });
        }
    }
}
