//! How long things are kept, as `tables/retention.toml` writes it: kinds of documents with what the law orders, and
//! rules that say for which records of which registers. An overlay lengthens; what falls below the law is a fault.
//! Judging records by the rules is `crate::retention`'s work.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::cond_def::CondDef;
use super::file::CatalogFile;
use super::load::Loading;
use crate::date::Span;
use crate::label::Label;
use crate::retention::KEPT_FOR_EVER;

/// A kind of document the law orders to be kept.
#[derive(Clone, Debug)]
pub struct Kind {
    pub key: String,
    pub title: Label,
    /// The articles, in words.
    pub law: String,
    /// Years the law orders; none where it names none.
    pub least: Option<u16>,
    /// Years proposed: those of a reform already passed, or what the hospital lengthened them to.
    pub years: Option<u16>,
}

/// For which records how long.
#[derive(Clone, Debug)]
pub struct RetentionRule {
    pub key: String,
    pub title: Label,
    /// Register keys.
    pub registers: Vec<String>,
    /// States in which the matter is over; omitted: all that are not live. In any other nothing may go.
    pub states: Option<Vec<String>>,
    /// Which records; none: all.
    pub conditions: Vec<CondDef>,
    /// Path to the date the time runs from; none: the last entry.
    pub starts: Option<String>,
    /// How long; none where only `years_from` or `until` say so.
    pub keeps: Option<Span>,
    /// The least the law orders.
    pub least: Option<Span>,
    /// Path to a number of years the record, or what it links to, says itself.
    pub years_from: Option<String>,
    /// Path to a day that has to have passed besides.
    pub until: Option<String>,
    /// The law or the reason, in words.
    pub law: String,
    /// What keeps a record beyond its time.
    pub blocks: Vec<BlockDef>,
    /// A hospital shortened what no law orders; shown with every disposal.
    pub loosened: Option<Label>,
    kind: Option<String>,
    said_at: Option<(String, usize)>,
}

/// Something that keeps a record beyond its time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockDef {
    #[serde(rename = "where")]
    pub conditions: Vec<CondDef>,
    pub why: Label,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RetentionFile {
    #[serde(default)]
    kind: Vec<Spanned<KindDef>>,
    #[serde(default)]
    retention: Vec<Spanned<RuleDef>>,
}

/// What other use cases read of a kind stays in the file: tables of the guideline, signatures, who makes it.
#[derive(Debug, Deserialize)]
struct KindDef {
    key: String,
    title: Option<Label>,
    #[serde(default)]
    law: String,
    years: Option<u16>,
    longer: Option<Longer>,
}

#[derive(Debug, Deserialize)]
struct Longer {
    years: u16,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleDef {
    key: String,
    title: Option<Label>,
    #[serde(default)]
    registers: Vec<String>,
    states: Option<Vec<String>>,
    #[serde(rename = "where", default)]
    conditions: Vec<CondDef>,
    starts: Option<String>,
    keeps: Option<Spanned<String>>,
    least: Option<Spanned<String>>,
    years_from: Option<String>,
    until: Option<String>,
    kind: Option<Spanned<String>>,
    #[serde(default)]
    law: String,
    #[serde(default)]
    blocks: Vec<BlockDef>,
}

/// Reads a file of kinds and rules.
pub(super) fn read(file: &CatalogFile, loading: &mut Loading) {
    let Some(read) = file.parse::<RetentionFile>(&mut loading.faults) else { return };
    read.kind.into_iter().for_each(|kind| self::kind(file, kind.span(), kind.into_inner(), loading));
    read.retention.into_iter().for_each(|rule| self::rule(file, rule.span(), rule.into_inner(), loading));
}

fn kind(file: &CatalogFile, span: Range<usize>, def: KindDef, loading: &mut Loading) {
    let longer = def.longer.as_ref().map(|l| l.years).max(def.years);
    if let Some(known) = loading.out.kinds.iter_mut().find(|k| k.key == def.key) {
        if !file.is_over() || def.title.is_some() {
            let what = format!("kind `{}` exists already", def.key);
            loading.faults.push(file.fault(Some(span), what, "an overlay may set `years` of it"));
        } else if let (Some(years), Some(least)) = (def.years, known.least.filter(|least| def.years < Some(*least))) {
            let what = format!("kind `{}`: {years} years are fewer than the {least} of {}", def.key, known.law);
            loading.faults.push(file.fault(Some(span), what, lengthen(&format!("{least} years"))));
        } else {
            known.years = def.years.or(known.years);
        }
        return;
    }
    let Some(title) = def.title else {
        let what = format!("kind `{}` lacks a title", def.key);
        loading.faults.push(file.fault(Some(span), what, "add title = { ja, en }"));
        return;
    };
    loading.out.kinds.push(Kind { key: def.key, title, law: def.law, least: def.years, years: longer });
}

fn rule(file: &CatalogFile, span: Range<usize>, def: RuleDef, loading: &mut Loading) {
    let mut length = |text: &Option<Spanned<String>>| {
        let text = text.as_ref()?;
        let span = Span::parse(text.as_ref());
        if span.is_none() {
            let what = format!("retention `{}`: `{}` is no length", def.key, text.as_ref());
            loading.faults.push(file.fault(Some(text.span()), what, "write 90d, 6m or 5y"));
        }
        span
    };
    let (keeps, least) = (length(&def.keeps), length(&def.least));
    let said_at = def.keeps.as_ref().map(|k| (file.path.clone(), file.line(k.span().start)));
    if let Some(known) = loading.out.retention.iter_mut().find(|r| r.key == def.key) {
        if !file.is_over() || def.title.is_some() || !def.registers.is_empty() || def.least.is_some() {
            let what = format!("retention `{}` exists already", def.key);
            loading.faults.push(file.fault(Some(span), what, "an overlay may set `keeps` of it and add `blocks`"));
            return;
        }
        known.change(keeps, said_at, &file.path);
        known.blocks.extend(def.blocks);
        return;
    }
    loading.place(format!("retention {}", def.key), file, span.start);
    let Some(title) = def.title.filter(|_| !def.registers.is_empty()) else {
        let what = format!("retention `{}` lacks a title or its registers", def.key);
        loading.faults.push(file.fault(Some(span), what, "add title = { ja, en } and registers = [\"…\"]"));
        return;
    };
    if let Some(odd) = def.registers.iter().find(|r| KEPT_FOR_EVER.contains(&r.as_str())) {
        let what = format!("retention `{}`: records of `{odd}` are never disposed of", def.key);
        let hint = "they prove disposals or decide verdicts, and stay as long as the log";
        loading.faults.push(file.fault(Some(span), what, hint));
        return;
    }
    loading.out.retention.push(RetentionRule {
        key: def.key,
        title,
        registers: def.registers,
        states: def.states,
        conditions: def.conditions,
        starts: def.starts,
        keeps,
        least,
        years_from: def.years_from,
        until: def.until,
        law: def.law,
        blocks: def.blocks,
        loosened: None,
        kind: def.kind.map(Spanned::into_inner),
        said_at,
    });
}

impl RetentionRule {
    /// Takes an overlay's length over. Whether the law allows it is seen when every kind is known.
    fn change(&mut self, keeps: Option<Span>, said_at: Option<(String, usize)>, file: &str) {
        let Some(keeps) = keeps else { return };
        if self.keeps.is_some_and(|before| keeps.approx_days() < before.approx_days()) {
            self.loosened = Some(Label::new(
                format!("病院の定義が「{}」の保存期間を縮めています({file})", self.title.ja),
                format!("The hospital's own definition shortens “{}” ({file})", self.title.en),
            ));
        }
        (self.keeps, self.said_at) = (Some(keeps), said_at);
    }
}

/// Fills in what the kinds say, once everything is read, and refuses what falls below the law.
pub(super) fn settle(loading: &mut Loading) {
    let mut rules = std::mem::take(&mut loading.out.retention);
    for rule in &mut rules {
        let thing = format!("retention {}", rule.key);
        let mut fault = |what: String, hint: String| {
            let mut fault = loading.out.fault(&thing, what, hint);
            if let Some((file, line)) = &rule.said_at {
                (fault.file, fault.line) = (file.clone(), *line);
            }
            loading.faults.push(fault);
        };
        if let Some(key) = &rule.kind {
            match loading.out.kinds.iter().find(|k| k.key == *key) {
                None => fault(format!("no kind `{key}`"), "use a key of [[kind]] in tables/retention.toml".into()),
                Some(kind) => {
                    rule.least = rule.least.max_by_days(kind.least.map(years));
                    rule.keeps = rule.keeps.or(kind.years.map(years));
                    if rule.law.is_empty() {
                        rule.law.clone_from(&kind.law);
                    }
                }
            }
        }
        match (rule.keeps, rule.least) {
            (Some(keeps), Some(least)) if keeps.approx_days() < least.approx_days() => {
                fault(format!("{keeps} is shorter than the {least} of {}", rule.law), lengthen(&least.to_string()));
            }
            (None, Some(least)) => rule.keeps = Some(least),
            (None, None) if rule.years_from.is_none() && rule.until.is_none() => {
                fault("does not say how long".into(), "add keeps = \"5y\", kind, years_from or until".into());
            }
            _ => {}
        }
    }
    loading.out.retention = rules;
}

fn lengthen(least: &str) -> String {
    format!("a hospital may keep longer, never shorter than the law orders: at least {least}")
}

fn years(n: u16) -> Span {
    Span { months: 12 * i32::from(n), days: 0 }
}

trait Longest {
    fn max_by_days(self, other: Self) -> Self;
}

impl Longest for Option<Span> {
    fn max_by_days(self, other: Option<Span>) -> Option<Span> {
        [self, other].into_iter().flatten().max_by_key(|s| s.approx_days())
    }
}
