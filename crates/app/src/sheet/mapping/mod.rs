//! Which column fills which field: the mapping people see in a preview, save, and pass with `--mapping`.
//! Proposing one is [`propose`]'s work; filling rows with it is [`super::incoming`]'s.

mod around;
mod candidates;
mod choose;
mod content;
mod marked;
mod numbered;
mod per;
mod propose;
mod score;
mod sessions;
mod target;
mod ticks;
mod together;

use std::collections::BTreeMap;

use akashi_domain::Label;
use serde::{Deserialize, Serialize};

pub use candidates::Vocabulary;
pub use choose::{Fit, choose};
pub(crate) use content::state_of;
pub use propose::{propose, roster_field};
pub use target::Target;
pub(crate) use target::matrix;

/// How the tables of some files fill one register.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Register key.
    pub register: String,
    /// Version of the register definition it was made with.
    #[serde(default)]
    pub version: u32,
    #[serde(default)]
    pub tables: Vec<TableMapping>,
}

/// How one table fills the register.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableMapping {
    /// Name of the sheet; empty for CSV. A table is recognised by it, else by its headers.
    #[serde(default)]
    pub sheet: String,
    /// Nothing of this table is imported.
    #[serde(default, skip_serializing_if = "is_false")]
    pub skip: bool,
    /// What becomes a record.
    #[serde(default)]
    pub per: Per,
    #[serde(default)]
    pub columns: Vec<ColumnMapping>,
    /// Fields that are the same for all rows, in words: what the file name, sheet or title tells.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub constants: BTreeMap<String, String>,
    /// Year in which the sheet's fiscal year begins, for dates without a year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fiscal_year: Option<i16>,
}

fn is_false(b: &bool) -> bool {
    !b
}

/// What becomes a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Per {
    /// Each row.
    #[default]
    Row,
    /// The whole sheet; its rows fill the rows field named.
    Sheet(String),
    /// Rows with the same key fields; they fill the rows field named.
    Group(String),
    /// Each column mapped to the result of the rows field named; every row of the table is a row inside each of them.
    Columns(String),
}

/// How one column is used.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnMapping {
    /// Letters of the column; tells columns with the same header apart.
    #[serde(default)]
    pub column: String,
    pub header: String,
    /// Targets: `field`, `rows.field`, `rows[option]`, `choice[option]`, `status` or `status[state]`; none keeps the column as extra data.
    #[serde(default)]
    pub to: Vec<String>,
    /// Targets another column fills first; this one fills what that leaves blank.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// 0–1.
    #[serde(default)]
    pub confidence: f32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<Label>,
}

impl Mapping {
    /// Reads a saved mapping.
    pub fn from_json(text: &str) -> Result<Mapping, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Writes the mapping for saving.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Finds the mapping of a table: by sheet name and headers, then by headers alone, then by sheet name alone.
    pub fn of(&self, sheet: &str, labels: &[String]) -> Option<&TableMapping> {
        let same_labels = |t: &&TableMapping| {
            !t.columns.is_empty()
                && t.columns.iter().filter(|c| labels.contains(&c.header)).count() * 10 >= t.columns.len() * 8
        };
        let same_sheet = |t: &&TableMapping| t.sheet == sheet;
        let mut both = self.tables.iter().filter(same_sheet).filter(same_labels);
        both.next().or_else(|| self.tables.iter().find(same_labels)).or_else(|| self.tables.iter().find(same_sheet))
    }
}

impl TableMapping {
    /// Finds how the column at a position of the table is used; a proposed mapping has its columns at the same positions.
    pub fn column_at(&self, slot: usize, letters: &str, header: &str) -> Option<&ColumnMapping> {
        let here = self.columns.get(slot).filter(|c| c.column == letters && c.header == header);
        here.or_else(|| self.column(letters, header))
    }

    /// Finds how a column is used, by letters and header, then by header.
    pub fn column(&self, letters: &str, header: &str) -> Option<&ColumnMapping> {
        let exact = self.columns.iter().find(|c| c.column == letters && c.header == header);
        exact.or_else(|| self.columns.iter().find(|c| c.header == header))
    }
}
