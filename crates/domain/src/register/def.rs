//! The TOML form of a register definition (docs/CATALOGUE.md §1). Unknown keys are refused.

use serde::Deserialize;
use toml::Spanned;

use crate::catalog::cond_def::CondDef;
use crate::label::Label;
use crate::register::Sensitivity;

/// A register file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterDef {
    pub key: Spanned<String>,
    pub code: String,
    pub version: u32,
    pub group: String,
    #[serde(default)]
    pub system: bool,
    pub title: Label,
    pub about: Label,
    #[serde(default)]
    pub items: Vec<String>,
    pub starter: Option<u8>,
    #[serde(default = "always")]
    pub shown: Spanned<String>,
    #[serde(default)]
    pub words: Vec<String>,
    pub headline: Vec<Spanned<String>>,
    #[serde(default)]
    pub key_fields: Vec<Spanned<String>>,
    #[serde(default)]
    pub match_fields: Vec<Spanned<String>>,
    pub list: Vec<Spanned<String>>,
    #[serde(default)]
    pub sort: Vec<Spanned<String>>,
    pub initial: Spanned<String>,
    pub live: Vec<Spanned<String>>,
    pub review: Option<ReviewDef>,
    #[serde(default)]
    pub field: Vec<FieldDef>,
    #[serde(default)]
    pub state: Vec<StateDef>,
    #[serde(default, rename = "move")]
    pub moves: Vec<MoveDef>,
    #[serde(default)]
    pub import_state: Vec<ImportStateDef>,
    #[serde(default)]
    pub derived: Vec<DerivedDef>,
    #[serde(default)]
    pub upcast: Vec<super::upcast::UpcastDef>,
}

/// A field computed from others by a catalogue table, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DerivedDef {
    pub key: Spanned<String>,
    pub title: Label,
    /// The catalogue table to look up: `end-of-support` or `clock`.
    pub table: Spanned<String>,
    pub from: Spanned<String>,
    /// A date field that wins when it is filled.
    pub unless: Option<Spanned<String>>,
    /// Of table `clock`: which clock runs, the choice its cases are options of, and the date that stops it.
    pub clock: Option<String>,
    pub by: Option<Spanned<String>>,
    pub done: Option<Spanned<String>>,
}

fn always() -> Spanned<String> {
    Spanned::new(0..0, "always".into())
}

/// A field as written; which attributes belong to which kind is checked afterwards. In an overlay `title` and `kind` may
/// be missing: then it adds to a field that exists.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldDef<T = Label, K = Spanned<String>> {
    pub key: Spanned<String>,
    pub title: T,
    pub kind: K,
    pub required: Option<RequiredDef>,
    #[serde(default)]
    pub words: Vec<String>,
    pub help: Option<Label>,
    pub sensitivity: Option<Sensitivity>,
    pub material: Option<bool>,
    pub unit: Option<String>,
    pub options: Option<Vec<OptionDef>>,
    pub to: Option<Vec<Spanned<String>>>,
    pub headline: Option<Vec<Spanned<String>>>,
    pub field: Option<Vec<FieldDef<T, K>>>,
}

/// `true`, or the states where a field is needed.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum RequiredDef {
    Always(bool),
    States(Vec<String>),
}

/// An option as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionDef {
    pub key: Spanned<String>,
    pub ja: String,
    pub en: String,
    #[serde(default)]
    pub words: Vec<String>,
}

/// A state as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateDef {
    pub key: Spanned<String>,
    pub title: Label,
    #[serde(default)]
    pub words: Vec<String>,
    #[serde(default = "neutral")]
    pub tone: String,
}

fn neutral() -> String {
    "neutral".into()
}

/// A move as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveDef {
    pub key: Spanned<String>,
    pub title: Label,
    pub from: Vec<Spanned<String>>,
    pub to: Spanned<String>,
    pub by: Vec<String>,
    pub needs: Option<Spanned<String>>,
    pub why: Option<Label>,
    pub not_by: Option<Spanned<String>>,
}

/// A review cycle as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewDef {
    pub period: String,
    #[serde(default)]
    pub by: Vec<String>,
}

/// An import-state rule as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportStateDef {
    pub state: Spanned<String>,
    #[serde(rename = "where")]
    pub conditions: Vec<CondDef>,
}
