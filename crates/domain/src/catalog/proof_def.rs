//! The TOML form of proofs (docs/CATALOGUE.md §4): the closed set of kinds, and how they compose.
//! Evaluating them is [`crate::verdict`]'s work.

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::cond_def::CondDef;

/// How a part is proved.
#[derive(Clone, Debug, PartialEq)]
pub enum ProofDef {
    Records(RecordsDef),
    Contracts(ContractsDef),
    Clause(ClauseDef),
    Decision(DecisionDef),
    Review(ReviewDef),
    Instruction(InstructionDef),
    Training(TrainingDef),
    Event(EventDef),
    Mechanism(MechanismDef),
    All(Vec<ProofDef>),
    AnyOf(Vec<ProofDef>),
    When { when: String, then: Box<ProofDef>, otherwise: Option<Box<ProofDef>> },
}

/// Arrangements older than Akashi's adoption: met by a retrospective review dated after it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegacyDef {
    /// Date field that tells when the arrangement began.
    pub before: String,
    /// `purpose` of the review row that covers it.
    #[serde(default = "legacy")]
    pub review: String,
}

fn one() -> usize {
    1
}

fn legacy() -> String {
    "legacy".into()
}

/// Rows exist and each holds.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordsDef {
    pub records: String,
    #[serde(rename = "where", default)]
    pub conditions: Vec<CondDef>,
    #[serde(default)]
    pub every: Vec<CondDef>,
    /// An empty register is no proof unless the catalogue says `at_least = 0`.
    #[serde(default = "one")]
    pub at_least: usize,
    #[serde(default)]
    pub none: Vec<CondDef>,
    pub states: Option<Vec<String>>,
    pub legacy: Option<LegacyDef>,
}

/// Every live contract in scope carries the clause.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractsDef {
    pub contracts: String,
    #[serde(rename = "where", default)]
    pub conditions: Vec<CondDef>,
    pub legacy: Option<LegacyDef>,
}

/// A document in force carries the item's clause.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClauseDef {
    pub clause: String,
    #[serde(default)]
    pub documents: Vec<String>,
    #[serde(default)]
    pub points: Vec<String>,
}

/// Management decided.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionDef {
    pub decision: DecisionNeed,
    pub item: String,
    pub within: Option<String>,
    /// Register of the subjects whose approved versions must still be current.
    pub subjects: Option<String>,
    #[serde(default)]
    pub prior: bool,
    pub legacy: Option<LegacyDef>,
}

/// What management has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DecisionNeed {
    Report,
    Confirm,
    Approve,
    ReportAndApprove,
}

/// A review row on a named population.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewDef {
    pub review: String,
    pub within: String,
    #[serde(default)]
    pub reconciled: bool,
    /// `purpose` text the review must carry; omitted: any.
    pub purpose: Option<String>,
    #[serde(rename = "where", default)]
    pub conditions: Vec<CondDef>,
}

/// Order, report, confirmation.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstructionDef {
    pub instruction: String,
    pub within: Option<String>,
}

/// A session held, reconciled, above the hospital's threshold.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingDef {
    pub training: Vec<String>,
    #[serde(default)]
    pub kinds: Vec<String>,
    pub within: String,
    /// Period-rule key that holds the hospital's threshold in percent.
    pub threshold: Option<String>,
}

/// Each event handled, or a nil declaration nobody contradicts.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventDef {
    pub event: String,
    #[serde(rename = "where", default)]
    pub conditions: Vec<CondDef>,
    #[serde(default)]
    pub every: Vec<CondDef>,
    pub nil: String,
    pub within: String,
    #[serde(default)]
    pub contrary: Vec<ContraryDef>,
}

/// Rows that contradict a nil declaration.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContraryDef {
    pub register: String,
    #[serde(rename = "where", default)]
    pub conditions: Vec<CondDef>,
    /// Only live rows count.
    #[serde(default)]
    pub live: bool,
    /// Such a row speaks of an event nobody recorded: it counts beside recorded ones, too.
    #[serde(default)]
    pub beside: bool,
}

/// A dated test record for each hospital system.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MechanismDef {
    pub mechanism: String,
    #[serde(default = "system")]
    pub per: String,
    #[serde(rename = "where", default)]
    pub conditions: Vec<CondDef>,
    pub within: String,
}

fn system() -> String {
    "system".into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct All {
    all: Vec<ProofDef>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnyOf {
    any_of: Vec<ProofDef>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct When {
    when: String,
    then: Box<ProofDef>,
    otherwise: Option<Box<ProofDef>>,
}

impl<'de> Deserialize<'de> for ProofDef {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<ProofDef, D::Error> {
        let table = toml::Table::deserialize(d)?;
        read(table).map_err(D::Error::custom)
    }
}

fn read(table: toml::Table) -> Result<ProofDef, toml::de::Error> {
    const HEADS: &str = "records contracts clause decision review instruction training event mechanism all any_of when";
    let mut heads = HEADS.split(' ').filter(|head| table.contains_key(*head));
    let (Some(head), None) = (heads.next(), heads.next()) else {
        return Err(toml::de::Error::custom(format!("a proof has exactly one of: {HEADS}")));
    };
    Ok(match head {
        "records" => ProofDef::Records(RecordsDef::deserialize(table)?),
        "contracts" => ProofDef::Contracts(ContractsDef::deserialize(table)?),
        "clause" => ProofDef::Clause(ClauseDef::deserialize(table)?),
        "decision" => ProofDef::Decision(DecisionDef::deserialize(table)?),
        "review" => ProofDef::Review(ReviewDef::deserialize(table)?),
        "instruction" => ProofDef::Instruction(InstructionDef::deserialize(table)?),
        "training" => ProofDef::Training(TrainingDef::deserialize(table)?),
        "event" => ProofDef::Event(EventDef::deserialize(table)?),
        "mechanism" => ProofDef::Mechanism(MechanismDef::deserialize(table)?),
        "all" => ProofDef::All(All::deserialize(table)?.all),
        "any_of" => ProofDef::AnyOf(AnyOf::deserialize(table)?.any_of),
        _ => {
            let When { when, then, otherwise } = When::deserialize(table)?;
            ProofDef::When { when, then, otherwise }
        }
    })
}

impl ProofDef {
    /// Calls `f` for this proof and every one inside it.
    pub fn walk(&self, f: &mut dyn FnMut(&ProofDef)) {
        f(self);
        match self {
            ProofDef::All(inner) | ProofDef::AnyOf(inner) => inner.iter().for_each(|p| p.walk(f)),
            ProofDef::When { then, otherwise, .. } => {
                then.walk(f);
                if let Some(p) = otherwise {
                    p.walk(f);
                }
            }
            _ => {}
        }
    }
}
