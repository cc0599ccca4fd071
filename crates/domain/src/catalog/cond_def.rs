//! The TOML form of conditions (docs/CATALOGUE.md §3). Compiling them is [`crate::cond`]'s work.

use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// One element of a condition list.
#[derive(Clone, Debug, PartialEq)]
pub enum CondDef {
    /// CEL over the record.
    Cel(String),
    Past(DateDef),
    Future(DateDef),
    /// The date lies before the as-of day (strictly, unlike `past`).
    Over(DateDef),
    /// The date lies in the fiscal year (April to March) of the as-of day.
    Fiscal(DateDef),
    Within(WithinDef),
    Older(WithinDef),
    Soon(WithinDef),
    Valid(ValidDef),
    /// One date of the record lies on or after another, and not later than a span after it.
    Follows(FollowsDef),
    /// The date lies before the day Akashi was adopted (導入前案件).
    Adopted(DateDef),
    Linked(LinkedDef),
    Match(MatchDef),
    Twin(TwinDef),
    Rows(RowsDef),
    AnyOf(Vec<Vec<CondDef>>),
    Not(Vec<CondDef>),
}

/// A date field; `blank` is the answer when it is missing.
#[derive(Clone, Debug, PartialEq)]
pub struct DateDef {
    pub field: String,
    pub blank: Option<bool>,
}

/// A date field and a span or the name of a period.
#[derive(Clone, Debug, PartialEq)]
pub struct WithinDef {
    pub field: String,
    pub span: String,
    pub blank: Option<bool>,
}

/// From and to fields; `open` keeps it valid past `to`.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidDef {
    pub from: String,
    pub to: String,
    pub open: Option<String>,
    pub blank: Option<bool>,
}

/// An earlier and a later date field, and how much later it may be.
#[derive(Clone, Debug, PartialEq)]
pub struct FollowsDef {
    pub from: String,
    pub to: String,
    pub span: Option<String>,
    pub blank: Option<bool>,
}

/// How many must be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Count {
    #[default]
    Some,
    None,
    All,
}

/// Rows of another register that point here.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkedDef {
    pub register: String,
    pub on: String,
    pub conditions: Vec<CondDef>,
    pub count: Count,
}

/// Rows of another register with the same values.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchDef {
    pub register: String,
    pub on: Vec<String>,
    pub to: Vec<String>,
    pub conditions: Vec<CondDef>,
    pub count: Count,
}

/// Another record of the same register with the same values.
#[derive(Clone, Debug, PartialEq)]
pub struct TwinDef {
    pub by: Vec<String>,
    pub among: Vec<CondDef>,
}

/// Sub-rows of this record.
#[derive(Clone, Debug, PartialEq)]
pub struct RowsDef {
    pub field: String,
    pub conditions: Vec<CondDef>,
    pub count: Count,
}

/// All heads in one table; exactly one may be given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    past: Option<String>,
    future: Option<String>,
    over: Option<String>,
    fiscal: Option<String>,
    before_adoption: Option<String>,
    within: Option<(String, String)>,
    older: Option<(String, String)>,
    soon: Option<(String, String)>,
    valid: Option<(String, String)>,
    follows: Option<Follows>,
    linked: Option<String>,
    #[serde(rename = "match")]
    matches: Option<String>,
    twin: Option<Vec<String>>,
    rows: Option<String>,
    any_of: Option<Vec<Vec<CondDef>>>,
    not: Option<Vec<CondDef>>,
    blank: Option<bool>,
    open: Option<String>,
    on: Option<OneOrMany>,
    to: Option<Vec<String>>,
    #[serde(rename = "where", default)]
    conditions: Vec<CondDef>,
    #[serde(default)]
    among: Vec<CondDef>,
    #[serde(default)]
    count: Count,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Follows {
    At([String; 2]),
    Within([String; 3]),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Raw {
    Cel(String),
    Table(Box<toml::Table>),
}

impl<'de> Deserialize<'de> for CondDef {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<CondDef, D::Error> {
        match Raw::deserialize(d)? {
            Raw::Cel(text) => Ok(CondDef::Cel(text)),
            Raw::Table(table) => {
                let table = Table::deserialize(*table).map_err(D::Error::custom)?;
                table.build().map_err(D::Error::custom)
            }
        }
    }
}

impl Table {
    fn build(self) -> Result<CondDef, String> {
        let blank = self.blank;
        let mut heads: Vec<CondDef> = Vec::new();
        let date = |field| DateDef { field, blank };
        let within = |(field, span)| WithinDef { field, span, blank };
        heads.extend(self.past.map(|f| CondDef::Past(date(f))));
        heads.extend(self.future.map(|f| CondDef::Future(date(f))));
        heads.extend(self.over.map(|f| CondDef::Over(date(f))));
        heads.extend(self.fiscal.map(|f| CondDef::Fiscal(date(f))));
        heads.extend(self.before_adoption.map(|f| CondDef::Adopted(date(f))));
        heads.extend(self.within.map(|w| CondDef::Within(within(w))));
        heads.extend(self.older.map(|w| CondDef::Older(within(w))));
        heads.extend(self.soon.map(|w| CondDef::Soon(within(w))));
        heads
            .extend(self.valid.map(|(from, to)| CondDef::Valid(ValidDef { from, to, open: self.open.clone(), blank })));
        heads.extend(self.follows.map(|f| {
            let (from, to, span) = match f {
                Follows::At([from, to]) => (from, to, None),
                Follows::Within([from, to, span]) => (from, to, Some(span)),
            };
            CondDef::Follows(FollowsDef { from, to, span, blank })
        }));
        let on = self.on.map(|on| match on {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        });
        if let Some(register) = self.linked {
            let on = on
                .clone()
                .and_then(|mut on| on.pop())
                .ok_or("`linked` needs `on`: the link field of the other register")?;
            heads.push(CondDef::Linked(LinkedDef {
                register,
                on,
                conditions: self.conditions.clone(),
                count: self.count,
            }));
        }
        if let Some(register) = self.matches {
            let on = on.ok_or("`match` needs `on`: fields of this register")?;
            let to =
                self.to.filter(|to| to.len() == on.len()).ok_or("`match` needs `to` with as many fields as `on`")?;
            heads.push(CondDef::Match(MatchDef {
                register,
                on,
                to,
                conditions: self.conditions.clone(),
                count: self.count,
            }));
        }
        heads.extend(self.twin.map(|by| CondDef::Twin(TwinDef { by, among: self.among })));
        heads.extend(
            self.rows.map(|field| CondDef::Rows(RowsDef { field, conditions: self.conditions, count: self.count })),
        );
        heads.extend(self.any_of.map(CondDef::AnyOf));
        heads.extend(self.not.map(CondDef::Not));
        match (heads.pop(), heads.is_empty()) {
            (Some(head), true) => Ok(head),
            _ => Err("a condition table has exactly one of: past over future fiscal before_adoption within older soon valid follows linked match twin rows any_of not".into()),
        }
    }
}
