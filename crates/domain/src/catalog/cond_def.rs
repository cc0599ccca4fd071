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
    /// A period is at least as long as a span, give or take three days.
    Lasts(WithinDef),
    /// The date lies before the day Akashi was adopted (導入前案件).
    Adopted(DateDef),
    Linked(LinkedDef),
    Match(MatchDef),
    Twin(TwinDef),
    Rows(RowsDef),
    Approved(ApprovedDef),
    AnyOf(Vec<Vec<CondDef>>),
    Not(Vec<CondDef>),
}

impl CondDef {
    /// Tells whether it asks for an approval of the record's present version.
    pub(crate) fn names_version(&self) -> bool {
        match self {
            CondDef::Approved(a) => !a.snapshot,
            CondDef::AnyOf(lists) => lists.iter().flatten().any(CondDef::names_version),
            CondDef::Not(list) => list.iter().any(CondDef::names_version),
            _ => false,
        }
    }
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
    /// Field of the row with the link that names a version of this record by digest: it must still be current.
    pub current: Option<String>,
}

/// Management approved this very record: its version of today, or (`snapshot`) whatever it was then.
#[derive(Clone, Debug, PartialEq)]
pub struct ApprovedDef {
    /// The item the decision has to name; `*`: any.
    pub item: String,
    pub snapshot: bool,
    /// Only a decision that was a report, too.
    pub reported: bool,
    /// A report or confirmation management took note of is enough.
    pub noted: bool,
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

/// Another record of the same register with the same values; with `newer`, only one whose date there is later.
#[derive(Clone, Debug, PartialEq)]
pub struct TwinDef {
    pub by: Vec<String>,
    pub newer: Option<String>,
    pub among: Vec<CondDef>,
}

/// Sub-rows of this record.
#[derive(Clone, Debug, PartialEq)]
pub struct RowsDef {
    pub field: String,
    pub conditions: Vec<CondDef>,
    pub count: Count,
}

/// All heads and what goes with them in one table; exactly one head may be given.
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
    newer: Option<String>,
    rows: Option<String>,
    lasts: Option<(String, String)>,
    approved: Option<String>,
    snapshot: Option<bool>,
    reported: Option<bool>,
    noted: Option<bool>,
    any_of: Option<Vec<Vec<CondDef>>>,
    not: Option<Vec<CondDef>>,
    blank: Option<bool>,
    open: Option<String>,
    on: Option<OneOrMany>,
    to: Option<Vec<String>>,
    #[serde(rename = "where")]
    conditions: Option<Vec<CondDef>>,
    among: Option<Vec<CondDef>>,
    count: Option<Count>,
}

const HEADS: &str = "past over future fiscal before_adoption within older soon lasts valid follows linked match twin rows approved any_of not";

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
    fn build(mut self) -> Result<CondDef, String> {
        let mut heads = self.dates();
        heads.extend(self.linked()?);
        heads.extend(self.matched()?);
        heads.extend(self.twin());
        if let Some(field) = self.rows.take() {
            let (conditions, count) = self.asked();
            heads.push(CondDef::Rows(RowsDef { field, conditions, count }));
        }
        if let Some(item) = self.approved.take() {
            let said = |flag: &mut Option<bool>| flag.take() == Some(true);
            let (snapshot, reported) = (said(&mut self.snapshot), said(&mut self.reported));
            heads.push(CondDef::Approved(ApprovedDef { item, snapshot, reported, noted: said(&mut self.noted) }));
        }
        heads.extend(self.any_of.take().map(CondDef::AnyOf));
        heads.extend(self.not.take().map(CondDef::Not));
        let (Some(head), None) = (heads.pop(), heads.pop()) else {
            return Err(format!("a condition table has exactly one of: {HEADS}"));
        };
        match self.left_over() {
            Some(key) => Err(format!("`{key}` does not go with this condition; see docs/CATALOGUE.md, conditions")),
            None => Ok(head),
        }
    }

    fn dates(&mut self) -> Vec<CondDef> {
        let mut heads = Vec::new();
        let blank = self.blank;
        let date = |field| DateDef { field, blank };
        let within = |(field, span)| WithinDef { field, span, blank };
        heads.extend(self.past.take().map(|f| CondDef::Past(date(f))));
        heads.extend(self.future.take().map(|f| CondDef::Future(date(f))));
        heads.extend(self.over.take().map(|f| CondDef::Over(date(f))));
        heads.extend(self.fiscal.take().map(|f| CondDef::Fiscal(date(f))));
        heads.extend(self.before_adoption.take().map(|f| CondDef::Adopted(date(f))));
        heads.extend(self.within.take().map(|w| CondDef::Within(within(w))));
        heads.extend(self.older.take().map(|w| CondDef::Older(within(w))));
        heads.extend(self.soon.take().map(|w| CondDef::Soon(within(w))));
        heads.extend(self.lasts.take().map(|w| CondDef::Lasts(within(w))));
        if let Some((from, to)) = self.valid.take() {
            heads.push(CondDef::Valid(ValidDef { from, to, open: self.open.take(), blank }));
        }
        if let Some(follows) = self.follows.take() {
            let (from, to, span) = match follows {
                Follows::At([from, to]) => (from, to, None),
                Follows::Within([from, to, span]) => (from, to, Some(span)),
            };
            heads.push(CondDef::Follows(FollowsDef { from, to, span, blank }));
        }
        if !heads.is_empty() {
            self.blank = None;
        }
        heads
    }

    fn twin(&mut self) -> Option<CondDef> {
        let by = self.twin.take()?;
        let (newer, among) = (self.newer.take(), self.among.take().unwrap_or_default());
        Some(CondDef::Twin(TwinDef { by, newer, among }))
    }

    fn linked(&mut self) -> Result<Option<CondDef>, String> {
        let Some(register) = self.linked.take() else { return Ok(None) };
        let on = self.on.take().map(OneOrMany::list).and_then(|mut on| on.pop().filter(|_| on.is_empty()));
        let on = on.ok_or("`linked` needs `on`: the link field of the other register")?;
        let (conditions, count) = self.asked();
        Ok(Some(CondDef::Linked(LinkedDef { register, on, conditions, count, current: None })))
    }

    fn matched(&mut self) -> Result<Option<CondDef>, String> {
        let Some(register) = self.matches.take() else { return Ok(None) };
        let on = self.on.take().map(OneOrMany::list).ok_or("`match` needs `on`: fields of this register")?;
        let to = self.to.take().filter(|to| to.len() == on.len() && !on.is_empty());
        let to = to.ok_or("`match` needs `to` with as many fields as `on`")?;
        let (conditions, count) = self.asked();
        Ok(Some(CondDef::Match(MatchDef { register, on, to, conditions, count })))
    }

    /// What is asked of the rows a join or a rows field leads to.
    fn asked(&mut self) -> (Vec<CondDef>, Count) {
        (self.conditions.take().unwrap_or_default(), self.count.take().unwrap_or_default())
    }

    /// Returns a key the head has not used: a misplaced one must not pass in silence.
    fn left_over(&self) -> Option<&'static str> {
        let left = [
            ("blank", self.blank.is_some()),
            ("open", self.open.is_some()),
            ("on", self.on.is_some()),
            ("to", self.to.is_some()),
            ("where", self.conditions.is_some()),
            ("newer", self.newer.is_some()),
            ("among", self.among.is_some()),
            ("count", self.count.is_some()),
            ("snapshot", self.snapshot.is_some()),
            ("reported", self.reported.is_some()),
            ("noted", self.noted.is_some()),
        ];
        left.into_iter().find(|(_, left)| *left).map(|(key, _)| key)
    }
}

impl OneOrMany {
    fn list(self) -> Vec<String> {
        match self {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        }
    }
}
