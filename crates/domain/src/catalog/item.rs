//! Items, parts, findings, facts, periods, roles and tables as the catalogue files write them.

use serde::Deserialize;
use toml::Spanned;

use super::cond_def::CondDef;
use super::demand::{ClauseDef, Clock, Demand, DocumentDef};
use super::proof_def::{ContraryDef, ProofDef};
use crate::date::Day;
use crate::label::Label;
use crate::text::fold;

/// A file of items.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemFile {
    pub(super) chapter: Option<Chapter>,
    #[serde(default)]
    pub(super) item: Vec<ItemDef>,
}

/// An item as written; one that exists already takes parts only.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemDef {
    pub(super) id: Spanned<String>,
    pub(super) parent: Option<String>,
    pub(super) title: Option<Label>,
    pub(super) actors: Option<Vec<String>>,
    pub(super) operator: Option<bool>,
    pub(super) applies: Option<String>,
    pub(super) management: Option<Management>,
    pub(super) conditional: Option<Label>,
    pub(super) period: Option<String>,
    pub(super) simplify: Option<String>,
    pub(super) registers: Option<Vec<String>>,
    pub(super) documents: Option<Vec<String>>,
    #[serde(default)]
    pub(super) part: Vec<Spanned<PartDef>>,
}

/// A part as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PartDef {
    pub(super) says: Option<Label>,
    pub(super) kind: Option<String>,
    pub(super) proof: ProofDef,
    pub(super) applies: Option<String>,
    pub(super) simplify: Option<bool>,
    /// Overlays only: the 1-based part whose proof this one takes the place of.
    pub(super) replaces: Option<usize>,
}

/// A chapter of the edition.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chapter {
    pub number: u8,
    pub title: Label,
}

/// An item or printed sub-duty of the guideline.
#[derive(Clone, Debug)]
pub struct Item {
    pub id: String,
    pub parent: Option<String>,
    pub title: Label,
    pub actors: Vec<String>,
    /// The item names 担当者.
    pub operator: bool,
    /// `always` or CEL over facts.
    pub applies: String,
    pub management: Management,
    pub conditional: Option<Label>,
    /// Period key where the item says 定期的.
    pub period: Option<String>,
    /// Which simplification cover it needs: `4.4`, `ch5` or `ch15`.
    pub simplify: Option<String>,
    pub registers: Vec<String>,
    pub documents: Vec<String>,
    pub parts: Vec<Part>,
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
#[derive(Clone, Debug)]
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
    /// Names records that lack something demanded of them (docs/CATALOGUE.md §9).
    #[serde(default)]
    pub unmet: bool,
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

/// What the engine reads of the files under `tables/`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct TableFile {
    pub(super) period: Vec<PeriodDef>,
    pub(super) fact: Vec<FactDef>,
    pub(super) product: Vec<Product>,
    pub(super) clause: Vec<ClauseDef>,
    pub(super) document: Vec<DocumentDef>,
    pub(super) demand: Vec<Spanned<Demand>>,
    pub(super) clock: Vec<Spanned<Clock>>,
}

/// A period as written; in an overlay it may change the length of one that exists.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PeriodDef {
    pub(super) key: Spanned<String>,
    pub(super) title: Option<Label>,
    #[serde(default)]
    pub(super) items: Vec<String>,
    pub(super) default: Option<String>,
    pub(super) ceiling: Option<String>,
}

/// A fact as written; in an overlay it may add what implies one that exists.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FactDef {
    pub(super) key: Spanned<String>,
    pub(super) title: Option<Label>,
    pub(super) asks: Option<Label>,
    #[serde(default)]
    pub(super) items: Vec<String>,
    #[serde(default)]
    pub(super) implied_by: Vec<ContraryDef>,
}

/// A period the guideline calls 定期的, or one of the hospital's own limits.
#[derive(Clone, Debug)]
pub struct Period {
    pub key: String,
    pub title: Label,
    pub items: Vec<String>,
    pub default: String,
    /// Longer needs an approved reason.
    pub ceiling: Option<String>,
    /// An overlay of the hospital lets it be longer than the edition does; shown with every verdict that rests on it.
    pub loosened: Option<Label>,
}

/// A question of the profile.
#[derive(Clone, Debug)]
pub struct Fact {
    pub key: String,
    pub title: Label,
    pub asks: Label,
    pub items: Vec<String>,
    /// Such a row makes the fact true, whatever was answered.
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

impl Product {
    /// Folds its words, however the file writes them: they are looked for in every text that names a product.
    pub(super) fn folded(mut self) -> Product {
        self.words.iter_mut().chain(&mut self.not).for_each(|word| *word = fold(word));
        self
    }
}

/// `roles.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    /// An overlay takes the place of all roles and grants.
    #[serde(default)]
    pub replaces: bool,
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
