//! Register definitions: the checked form every engine works on. The TOML form is in [`def`].

mod check;
pub mod def;
pub mod extend;
mod upcast;

use std::collections::HashMap;

use crate::catalog::cond_def::CondDef;
use crate::label::Label;

pub use check::RegisterFault;
pub use upcast::{Upcast, UpcastDef};

/// Position of a register in the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegisterIx(pub u16);

/// A checked register definition.
#[derive(Clone, Debug)]
pub struct Register {
    pub key: String,
    /// Prefix of human numbers.
    pub code: String,
    pub version: u32,
    pub group: String,
    /// One of Akashi's own helper registers, not among the 63.
    pub system: bool,
    pub title: Label,
    pub about: Label,
    pub items: Vec<String>,
    /// Order among the nine ledgers of the first-run path.
    pub starter: Option<u8>,
    /// `always` or CEL over facts.
    pub shown: String,
    pub words: Vec<String>,
    pub headline: Vec<usize>,
    pub key_fields: Vec<usize>,
    pub match_fields: Vec<usize>,
    pub list: Vec<usize>,
    pub sort: Vec<usize>,
    pub initial: String,
    pub states: Vec<State>,
    pub moves: Vec<Move>,
    pub review: Option<ReviewCycle>,
    pub import_states: Vec<ImportState>,
    /// Computed dates; their slots follow those of `fields`.
    pub derived: Vec<Derived>,
    /// Renamings since older versions, by the version they lead to.
    pub upcasts: Vec<Upcast>,
    fields: Vec<Field>,
    by_key: HashMap<String, usize>,
    live: Vec<bool>,
}

/// One field; declared ones first, then those every record has.
#[derive(Clone, Debug)]
pub struct Field {
    pub key: String,
    pub title: Label,
    pub kind: FieldKind,
    pub required: Required,
    pub words: Vec<String>,
    pub help: Option<Label>,
    pub sensitivity: Sensitivity,
    /// A change makes an approval of the record stale.
    pub material: bool,
    /// Every record has it; the definition does not declare it.
    pub common: bool,
    /// Rows kinds: sub-fields that name a row.
    pub headline: Vec<usize>,
}

/// The closed set of field kinds.
#[derive(Clone, Debug)]
pub enum FieldKind {
    Text,
    Long,
    Number {
        unit: Option<String>,
    },
    YesNo,
    Date,
    Instant,
    Choice(Vec<Choice>),
    Choices(Vec<Choice>),
    /// Register keys the link may point to; empty: any.
    Link(Vec<String>),
    Links(Vec<String>),
    Person,
    Persons,
    Files,
    Period,
    Url,
    Rows(Vec<Field>),
}

/// An option of a choice.
#[derive(Clone, Debug)]
pub struct Choice {
    pub key: String,
    pub title: Label,
    pub words: Vec<String>,
}

/// In which states a field must be filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Required {
    Never,
    Live,
    States(Vec<String>),
}

/// Who may read a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sensitivity {
    Public,
    Internal,
    Personal,
    Confidential,
}

/// A state of the register's life cycle.
#[derive(Clone, Debug)]
pub struct State {
    pub key: String,
    pub title: Label,
    pub words: Vec<String>,
    /// neutral, active, good, warn, bad or closed: how it is shown, never its only sign.
    pub tone: String,
}

/// A change of state.
#[derive(Clone, Debug)]
pub struct Move {
    pub key: String,
    pub title: Label,
    pub from: Vec<String>,
    pub to: String,
    /// Roles that may make it.
    pub by: Vec<String>,
    /// CEL over the record.
    pub needs: Option<String>,
    pub why: Option<Label>,
    pub not_by: Option<String>,
}

/// The review cycle of a register.
#[derive(Clone, Debug)]
pub struct ReviewCycle {
    pub period: String,
    pub by: Vec<String>,
}

/// How an imported row without a usable state column gets its state.
#[derive(Clone, Debug)]
pub struct ImportState {
    pub state: String,
    pub conditions: Vec<CondDef>,
}

/// A date looked up in a table of the catalogue; never stored in a body.
#[derive(Clone, Debug)]
pub struct Derived {
    pub field: Field,
    /// Slot of the text that is looked up, or of the date the clock runs from.
    pub from: usize,
    /// Slot of a date that wins when it is filled.
    pub unless: Option<usize>,
    /// The clock that runs; none: the text is looked up in the end-of-support table.
    pub clock: Option<RunDef>,
}

/// A clock running over a record.
#[derive(Clone, Debug)]
pub struct RunDef {
    /// Key in [`crate::Catalog::clocks`].
    pub clock: String,
    /// Slot of the choice its cases are options of.
    pub by: Option<usize>,
    /// Slot of the date that stops it.
    pub done: Option<usize>,
}

impl Register {
    /// Returns all fields, declared ones first, then the common ones.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Returns the slot of a field.
    pub fn field_ix(&self, key: &str) -> Option<usize> {
        self.by_key.get(key).copied()
    }

    /// Returns the field named `key`, derived ones too.
    pub fn field(&self, key: &str) -> Option<&Field> {
        self.field_ix(key).map(|ix| self.slot(ix))
    }

    /// Returns the field at a slot, derived ones too.
    pub fn slot(&self, ix: usize) -> &Field {
        self.fields.get(ix).unwrap_or_else(|| &self.derived[ix - self.fields.len()].field)
    }

    /// Returns the state named `key`.
    pub fn state(&self, key: &str) -> Option<&State> {
        self.states.iter().find(|s| s.key == key)
    }

    /// Tells whether records in the state count as existing or in force.
    pub fn is_live(&self, state: &str) -> bool {
        self.states.iter().position(|s| s.key == state).is_some_and(|ix| self.live[ix])
    }

    /// Tells whether the field must be filled in the state.
    pub fn needs(&self, field: &Field, state: &str) -> bool {
        match &field.required {
            Required::Never => false,
            Required::Live => self.is_live(state),
            Required::States(states) => states.iter().any(|s| s == state),
        }
    }
}

impl Field {
    /// Returns the sub-fields of a rows field, else nothing.
    pub fn rows(&self) -> &[Field] {
        match &self.kind {
            FieldKind::Rows(fields) => fields,
            _ => &[],
        }
    }

    /// Returns the options of a choice, else nothing.
    pub fn options(&self) -> &[Choice] {
        match &self.kind {
            FieldKind::Choice(options) | FieldKind::Choices(options) => options,
            _ => &[],
        }
    }

    /// Returns the registers a link may point to (`personnel` for persons), else nothing.
    pub fn targets(&self) -> Vec<&str> {
        match &self.kind {
            FieldKind::Link(to) | FieldKind::Links(to) => to.iter().map(String::as_str).collect(),
            FieldKind::Person | FieldKind::Persons => vec!["personnel"],
            _ => Vec::new(),
        }
    }
}

impl FieldKind {
    /// Returns the kind's name as definitions write it.
    pub fn name(&self) -> &'static str {
        match self {
            FieldKind::Text => "text",
            FieldKind::Long => "long",
            FieldKind::Number { .. } => "number",
            FieldKind::YesNo => "yesno",
            FieldKind::Date => "date",
            FieldKind::Instant => "instant",
            FieldKind::Choice(_) => "choice",
            FieldKind::Choices(_) => "choices",
            FieldKind::Link(_) => "link",
            FieldKind::Links(_) => "links",
            FieldKind::Person => "person",
            FieldKind::Persons => "persons",
            FieldKind::Files => "files",
            FieldKind::Period => "period",
            FieldKind::Url => "url",
            FieldKind::Rows(_) => "rows",
        }
    }
}
