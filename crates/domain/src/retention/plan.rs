//! A rule of retention compiled for one register, and the day it ends for one record.

use crate::catalog::Catalog;
use crate::catalog::retention::RetentionRule;
use crate::cond::{Compiler, Cond, days, tokyo_day};
use crate::date::{Day, Span};
use crate::expr::{ExprFault, Path};
use crate::label::Label;
use crate::record::Version;
use crate::register::{FieldKind, RegisterIx};
use crate::value::Value;
use crate::verdict::explain::path_title;
use crate::world::View;

/// A rule, compiled for one of its registers.
#[derive(Clone, Debug)]
pub struct RetentionPlan {
    /// Key of the rule.
    pub key: String,
    pub register: RegisterIx,
    pub(super) states: Option<Vec<String>>,
    pub(super) scope: Vec<Cond>,
    pub(super) blocks: Vec<(Vec<Cond>, Label)>,
    starts: Option<Path>,
    keeps: Option<Span>,
    years: Option<Path>,
    until: Option<Path>,
}

/// Compiles a rule for each of its registers.
pub(crate) fn compile(rule: &RetentionRule, compiler: &mut Compiler) -> Result<Vec<RetentionPlan>, ExprFault> {
    rule.registers.iter().map(|key| for_register(rule, key, compiler)).collect()
}

fn for_register(rule: &RetentionRule, key: &str, compiler: &mut Compiler) -> Result<RetentionPlan, ExprFault> {
    let register = compiler.register(key)?;
    for state in rule.states.iter().flatten().filter(|s| *s != "*") {
        let known = rule
            .registers
            .iter()
            .any(|key| compiler.catalog.register_by_key(key).is_some_and(|r| r.state(state).is_some()));
        if !known {
            let hint = "use states of its registers, or \"*\"".to_string();
            return Err(ExprFault { what: format!("no register of the rule has a state `{state}`"), hint });
        }
    }
    let date = |path: &Option<String>, compiler: &Compiler| {
        path.as_deref().map(|p| compiler.date_path(p, (register, None))).transpose()
    };
    let mut blocks = Vec::new();
    for block in &rule.blocks {
        blocks.push((compiler.list(&block.conditions, register)?, block.why.clone()));
    }
    Ok(RetentionPlan {
        key: rule.key.clone(),
        register,
        states: rule.states.clone(),
        scope: compiler.list(&rule.conditions, register)?,
        blocks,
        starts: date(&rule.starts, compiler)?,
        keeps: rule.keeps,
        years: rule.years_from.as_deref().map(|p| number(p, register, compiler)).transpose()?,
        until: date(&rule.until, compiler)?,
    })
}

fn number(source: &str, register: RegisterIx, compiler: &Compiler) -> Result<Path, ExprFault> {
    let path = compiler.path(source, register)?;
    if matches!(path.kind(), FieldKind::Number { .. }) {
        return Ok(path);
    }
    Err(ExprFault { what: format!("`{source}` is not a number"), hint: "name a field of kind number, in years".into() })
}

impl RetentionPlan {
    /// The last day the record has to be kept by this rule: of several dates the latest, of a month its last day.
    /// The day a time begins on is not counted. None when a date or number it asks for is missing.
    pub(super) fn end(&self, view: &View, version: &Version) -> Option<Day> {
        let mut ends = Vec::new();
        if self.keeps.is_some() || self.years.is_some() {
            let starts = match &self.starts {
                Some(path) => latest(path, view, version)?,
                None => tokyo_day(version.recorded_at),
            };
            let own = match &self.years {
                Some(path) => Some(years(path, view, version)?),
                None => None,
            };
            ends.extend(self.keeps.into_iter().chain(own).map(|span| starts.plus(span)));
        }
        if let Some(path) = &self.until {
            ends.push(latest(path, view, version)?);
        }
        ends.into_iter().max()
    }

    /// Titles of the fields the time is told from.
    pub(super) fn asks(&self, view: &View) -> Label {
        let register = view.catalog.register(self.register);
        let paths = [&self.starts, &self.years, &self.until].into_iter().flatten();
        let titles: Vec<Label> = paths.map(|p| path_title(p.source(), view, register)).collect();
        if titles.is_empty() {
            return Label::new("規則の条件", "what the rule asks for");
        }
        let list =
            |f: fn(&Label) -> &String, sep: &str| titles.iter().map(|t| f(t).as_str()).collect::<Vec<_>>().join(sep);
        Label::new(list(|l| &l.ja, "、"), list(|l| &l.en, ", "))
    }
}

/// The last day any of the dates at the end of the path can mean; none when there is none, or one is unreadable.
fn latest(path: &Path, view: &View, version: &Version) -> Option<Day> {
    let (mut last, mut unclear) = (None, false);
    path.each(view, version, &mut |value| {
        last = last.max(days(value).map(|(_, day)| day));
        unclear |= matches!(value, Value::Unclear(_));
    });
    last.filter(|_| !unclear)
}

/// A number of whole years, rounded up.
fn years(path: &Path, view: &View, version: &Version) -> Option<Span> {
    let mut most: Option<f64> = None;
    path.each(view, version, &mut |value| {
        if let Value::Number(n) = value {
            most = Some(most.map_or(*n, |m| m.max(*n)));
        }
    });
    most.filter(|n| (0.0..=1000.0).contains(n)).map(|n| Span { months: 12 * n.ceil() as i32, days: 0 })
}

impl Catalog {
    /// Returns a rule of retention by its key.
    pub fn retention_rule(&self, key: &str) -> Option<&RetentionRule> {
        self.retention.iter().find(|r| r.key == key)
    }
}
