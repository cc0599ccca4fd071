//! Items, parts, findings, facts, periods, roles and tables as the catalogue files write them.

use serde::Deserialize;
use toml::Spanned;

use super::cond_def::CondDef;
use super::proof_def::{ContraryDef, ProofDef};
use crate::date::Day;
use crate::label::Label;

/// A file of items.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemFile {
    pub(super) chapter: Option<Chapter>,
    #[serde(default)]
    pub(super) item: Vec<Spanned<Item>>,
}

/// A chapter of the edition.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chapter {
    pub number: u8,
    pub title: Label,
}

/// An item or printed sub-duty of the guideline.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub id: String,
    pub parent: Option<String>,
    pub title: Label,
    pub actors: Vec<String>,
    /// The item names 担当者.
    #[serde(default)]
    pub operator: bool,
    #[serde(default = "always")]
    pub applies: String,
    #[serde(default)]
    pub management: Management,
    pub conditional: Option<Label>,
    /// Period key where the item says 定期的.
    pub period: Option<String>,
    /// Which simplification cover it needs: `4.4`, `ch5` or `ch15`.
    pub simplify: Option<String>,
    #[serde(default)]
    pub registers: Vec<String>,
    #[serde(default)]
    pub documents: Vec<String>,
    #[serde(default, rename = "part")]
    pub parts: Vec<Part>,
}

fn always() -> String {
    "always".into()
}

/// What management has to do for an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Management {
    #[default]
    None,
    Report,
    Confirm,
    Approve,
    ReportAndApprove,
    Prepare,
}

/// An atomic duty of an item.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub says: Label,
    /// REG DOC REV RPT TRN CTR TEC ORD DEC.
    pub kind: String,
    pub proof: ProofDef,
    /// A narrower condition than the item's, CEL over facts.
    pub applies: Option<String>,
    /// Whether the item's simplification reaches this part; omitted: unless it is a report or decision.
    pub simplify: Option<bool>,
    /// What an overlay of the hospital loosened about it; shown with every verdict.
    #[serde(skip)]
    pub loosened: Vec<Label>,
}

impl Part {
    /// Tells whether a contract may stand for this part where the item may be simplified.
    pub fn may_be_simplified(&self) -> bool {
        self.simplify.unwrap_or(!matches!(self.kind.as_str(), "RPT" | "DEC"))
    }
}

impl Item {
    /// Returns the chapter number.
    pub fn chapter(&self) -> u8 {
        self.id.split('.').next().and_then(|c| c.parse().ok()).unwrap_or(0)
    }

    /// Returns a key that sorts items as printed: 7.5 < 7.5a < 7.6 < 7.10.
    pub fn order(&self) -> (u8, u16, String) {
        let rest = self.id.split_once('.').map_or("", |(_, r)| r);
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        (self.chapter(), digits.parse().unwrap_or(0), rest[digits.len()..].to_string())
    }
}

/// A file of findings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FindingFile {
    #[serde(default)]
    pub(super) finding: Vec<Spanned<Finding>>,
}

/// A consistency rule over one register.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    pub key: String,
    pub items: Vec<String>,
    #[serde(default)]
    pub severity: Severity,
    pub title: Label,
    pub register: String,
    #[serde(rename = "where")]
    pub conditions: Vec<CondDef>,
    #[serde(default)]
    pub show: Vec<String>,
    pub why: Label,
    /// States looked at; omitted: the live ones; `["*"]`: all.
    pub states: Option<Vec<String>>,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    High,
    #[default]
    Medium,
    Low,
}

/// Files under `tables/`; each holds one of these lists.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TableFile {
    pub(super) period: Vec<Period>,
    pub(super) fact: Vec<Spanned<Fact>>,
    pub(super) product: Vec<Product>,
}

/// A period the guideline calls 定期的, or one of the hospital's own limits.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    pub key: String,
    pub title: Label,
    #[serde(default)]
    pub items: Vec<String>,
    pub default: String,
    /// Longer needs an approved reason.
    pub ceiling: Option<String>,
}

/// A question of the profile.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    pub key: String,
    pub title: Label,
    pub asks: Label,
    #[serde(default)]
    pub items: Vec<String>,
    /// Such a row makes the fact true, whatever was answered.
    #[serde(default)]
    pub implied_by: Vec<ContraryDef>,
}

/// A product and its last day of support.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    pub name: String,
    /// Folded words that must all occur.
    #[serde(rename = "match")]
    pub words: Vec<String>,
    #[serde(default)]
    pub not: Vec<String>,
    /// Empty when it cannot be told.
    pub ends: Option<Day>,
    pub extended: Option<Day>,
    pub source: String,
    pub checked_on: Day,
}

/// `roles.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    #[serde(default, rename = "role")]
    pub roles: Vec<Role>,
    #[serde(default, rename = "grant")]
    pub grants: Vec<Grant>,
}

/// A role a person can hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    pub key: String,
    pub title: Label,
    /// Most sensitive fields it may read.
    pub reads: crate::register::Sensitivity,
}

/// What a role may do with registers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    pub role: String,
    pub registers: Vec<String>,
    pub actions: Vec<String>,
    /// CEL over the record.
    pub when: Option<String>,
    /// Only records whose newest version the person wrote.
    #[serde(default)]
    pub own: bool,
}
