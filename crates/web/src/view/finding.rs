//! Findings: consistency rules and the rows they name, for those who may read the register.

use akashi_domain::catalog::{Finding, Severity};
use akashi_domain::register::Register;
use akashi_domain::verdict::Evaluator;
use akashi_domain::{Source, Version};

use super::eyes::Eyes;
use super::item::Link;
use super::link;
use crate::guard::form::Fields;
use crate::guard::seat::Seat;
use crate::words::Words;

/// One rule and how many rows it names.
pub(crate) struct Line {
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) severity: &'static str,
    pub(crate) severity_label: String,
    pub(crate) register: String,
    pub(crate) n: usize,
    pub(crate) items: Vec<Link>,
}

/// One rule with its rows.
pub(crate) struct FindingView {
    pub(crate) line: Line,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Row>,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    /// Which of how many are shown.
    pub(crate) range: String,
}

pub(crate) struct Row {
    pub(crate) href: String,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) cells: Vec<String>,
    pub(crate) why: String,
    pub(crate) source: Option<String>,
}

const ROWS: usize = 50;

/// Returns the rules with rows, gravest first; only those on an item when one is named.
pub(crate) fn lines(seat: &Seat, evaluator: &Evaluator, item: Option<&str>) -> Vec<Line> {
    let mut found: Vec<(usize, &Finding)> = known(evaluator)
        .filter(|(ix, f)| evaluator.finding_count(*ix) > 0 && reads(seat, evaluator, f))
        .filter(|(_, f)| item.is_none_or(|id| f.items.iter().any(|i| i == id)))
        .collect();
    found.sort_by_key(|(ix, f)| (f.severity, *ix));
    found.into_iter().map(|(ix, f)| line(seat.words(), evaluator, ix, f)).collect()
}

/// Returns the titles of rules that name no row.
pub(crate) fn quiet(seat: &Seat, evaluator: &Evaluator) -> Vec<String> {
    let none = known(evaluator).filter(|(ix, f)| evaluator.finding_count(*ix) == 0 && reads(seat, evaluator, f));
    none.map(|(_, f)| f.title.get(seat.ctx.lang).to_owned()).collect()
}

fn known(evaluator: &Evaluator) -> impl Iterator<Item = (usize, &Finding)> {
    let findings = &evaluator.catalog().findings;
    evaluator.program().findings.iter().map(|p| &findings[p.finding]).enumerate()
}

fn reads(seat: &Seat, evaluator: &Evaluator, finding: &Finding) -> bool {
    evaluator.catalog().register_ix(&finding.register).is_some_and(|ix| seat.reads(evaluator, ix))
}

fn line(words: Words, evaluator: &Evaluator, ix: usize, finding: &Finding) -> Line {
    let catalog = evaluator.catalog();
    let severity = severity(finding.severity);
    let item = |id: &String| Link { href: format!("/items/{id}"), label: id.clone() };
    Line {
        key: finding.key.clone(),
        title: finding.title.get(words.0).to_owned(),
        severity,
        severity_label: words.say(&format!("severity-{severity}")),
        register: catalog.register_by_key(&finding.register).map_or("", |r| r.title.get(words.0)).to_owned(),
        n: evaluator.finding_count(ix),
        items: finding.items.iter().filter(|id| catalog.item(id).is_some()).map(item).collect(),
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
    }
}

impl FindingView {
    /// Makes the page of one rule; none when there is no such rule the reader may see.
    pub(crate) fn make(seat: &Seat, evaluator: &Evaluator, key: &str, query: &Fields) -> Option<FindingView> {
        let (ix, finding) = known(evaluator).find(|(_, f)| f.key == key)?;
        if !reads(seat, evaluator, finding) {
            return None;
        }
        let register = evaluator.catalog().register_by_key(&finding.register)?;
        let visible = |key: &&String| register.field(key).is_some_and(|f| seat.sees(evaluator, f));
        let shown: Vec<&String> = finding.show.iter().filter(visible).collect();
        let from = query.get("from").and_then(|f| f.parse::<usize>().ok()).unwrap_or(0);
        let all = evaluator.finding_rows(ix);
        let eyes = Eyes::new(seat, evaluator);
        let told = why_is_open(seat, evaluator, register, finding);
        let rows: Vec<Row> =
            all.iter().skip(from).take(ROWS).map(|v| row(&eyes, register, finding, &shown, told, v)).collect();
        let at = |from: usize| link::with(&format!("/findings/{key}"), query, &[("from", &from.to_string())]);
        Some(FindingView {
            line: line(seat.words(), evaluator, ix, finding),
            columns: shown
                .iter()
                .filter_map(|k| register.field(k))
                .map(|f| f.title.get(seat.ctx.lang).to_owned())
                .collect(),
            before: (from > 0).then(|| at(from.saturating_sub(ROWS))),
            after: (all.len() > from.saturating_add(ROWS)).then(|| at(from + ROWS)),
            range: format!("{}–{} / {}", from + 1, from + rows.len(), all.len()),
            rows,
        })
    }
}

fn row(eyes: &Eyes, register: &Register, finding: &Finding, shown: &[&String], told: bool, version: &Version) -> Row {
    let (seat, evaluator, lang) = (eyes.seat, eyes.evaluator, eyes.seat.ctx.lang);
    let cell = |key: &&String| {
        let field = register.field(key);
        field.map_or_else(String::new, |f| eyes.words(version.get(register, key), f))
    };
    Row {
        href: format!("/records/{}", version.id),
        code: version.code.to_string(),
        name: eyes.name(version),
        cells: shown.iter().map(cell).collect(),
        why: if told {
            evaluator.finding_why(finding, version).get(lang).to_owned()
        } else {
            finding.title.get(lang).to_owned()
        },
        source: version.source.as_ref().map(|s| source(seat.words(), s)),
    }
}

/// The reason may quote fields; who may not see one of them gets the rule's title instead.
fn why_is_open(seat: &Seat, evaluator: &Evaluator, register: &Register, finding: &Finding) -> bool {
    let quoted = finding.why.ja.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(path, _)| path);
    quoted.into_iter().all(|path| sees_path(seat, evaluator, register, path))
}

fn sees_path(seat: &Seat, evaluator: &Evaluator, register: &Register, path: &str) -> bool {
    let (first, rest) = path.split_once('.').map_or((path, None), |(f, r)| (f, Some(r)));
    let Some(field) = register.field(first) else { return true };
    let catalog = evaluator.catalog();
    let behind = |rest: &str| {
        field.targets().iter().filter_map(|t| catalog.register_by_key(t)).all(|t| sees_path(seat, evaluator, t, rest))
    };
    seat.sees(evaluator, field) && rest.is_none_or(behind)
}

/// Says where an imported row stood.
pub(crate) fn source(words: Words, source: &Source) -> String {
    let row = source.row.to_string();
    if source.sheet.is_empty() {
        words.with("source-csv", &[("file", &source.file), ("row", &row)])
    } else {
        words.with("source-sheet", &[("file", &source.file), ("sheet", &source.sheet), ("row", &row)])
    }
}

/// Tells whether a rule names a record.
pub(crate) fn names(evaluator: &Evaluator, rule: &str, register: &str, id: akashi_domain::RecordId) -> bool {
    let found = known(evaluator).find(|(_, f)| f.key == rule && f.register == register);
    found.is_some_and(|(ix, _)| evaluator.finding_rows(ix).iter().any(|v| v.id == id))
}
