//! What `akashi check` says: every part with verdict, reason, failing rows and lapse; every finding with its rows.

use akashi_domain::verdict::explain::headline;
use akashi_domain::verdict::{Evaluator, Judged, Progress};
use akashi_domain::{Day, Label, Lang, Source, Version, View};
use serde::Serialize;

/// The answer of a check.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Digest of the catalogue it was judged by.
    pub catalogue: String,
    pub edition: String,
    pub as_of: Day,
    /// Moment of knowledge, RFC 3339; none: everything known now.
    pub known_at: Option<String>,
    pub parts: Vec<PartReport>,
    pub findings: Vec<FindingReport>,
}

/// The verdict on one part.
#[derive(Clone, Debug, Serialize)]
pub struct PartReport {
    pub item: String,
    /// 1-based.
    pub part: usize,
    pub verdict: Judged,
    pub simplified: bool,
    pub because: Label,
    pub population: usize,
    pub failing: Vec<RowReport>,
    pub progress: Option<Progress>,
    /// First day on which the verdict is no longer this one.
    pub lapses_at: Option<Day>,
    pub remarks: Vec<Label>,
    /// What it rests on when rows it would have to look at were disposed of since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rests_on: Option<RestReport>,
}

/// A verdict of the past that cannot be computed again.
#[derive(Clone, Debug, Serialize)]
pub struct RestReport {
    /// When the verdict shown was kept, RFC 3339; none: none was, and the evidence is insufficient.
    pub kept_at: Option<String>,
    /// The rows that are gone, each with the approval and the rule it went under.
    pub disposed: Vec<RowReport>,
}

/// A row named by a verdict.
#[derive(Clone, Debug, Serialize)]
pub struct RowReport {
    pub register: String,
    pub code: String,
    /// The record's natural key as people know it.
    pub key: String,
    pub why: Label,
}

/// A consistency rule and the rows it names.
#[derive(Clone, Debug, Serialize)]
pub struct FindingReport {
    pub rule: String,
    pub items: Vec<String>,
    pub title: Label,
    pub severity: akashi_domain::catalog::Severity,
    pub rows: Vec<FindingRow>,
}

/// A row a finding names.
#[derive(Clone, Debug, Serialize)]
pub struct FindingRow {
    pub register: String,
    pub code: String,
    pub key: String,
    pub source: Option<Source>,
    pub why: Label,
}

/// Rows listed for one part.
pub const ROWS: usize = 10_000;

/// Writes the report of an evaluator.
pub fn report(evaluator: &Evaluator) -> Report {
    let view = evaluator.view();
    let catalog = evaluator.catalog();
    Report {
        catalogue: catalog.digest.clone(),
        edition: catalog.edition.clone(),
        as_of: view.as_of,
        known_at: view.known_at.map(moment),
        parts: (0..evaluator.program().parts.len()).map(|ix| part(evaluator, ix)).collect(),
        findings: (0..evaluator.program().findings.len()).map(|ix| finding(evaluator, ix)).collect(),
    }
}

fn part(evaluator: &Evaluator, ix: usize) -> PartReport {
    let plan = &evaluator.program().parts[ix];
    let verdict = evaluator.verdict(ix);
    let failing = if verdict.value.is_settled() { Vec::new() } else { evaluator.failing(ix, ROWS) };
    let row = |f: akashi_domain::verdict::Failing| {
        let version = evaluator.view().get(f.id)?;
        Some(RowReport {
            register: evaluator.catalog().register(f.register).key.clone(),
            code: version.code.to_string(),
            key: key(version, evaluator.view()),
            why: f.why,
        })
    };
    PartReport {
        item: evaluator.item(plan).id.clone(),
        part: plan.part + 1,
        verdict: verdict.value,
        simplified: verdict.simplified,
        because: verdict.because,
        population: verdict.population,
        failing: failing.into_iter().filter_map(row).collect(),
        progress: verdict.progress,
        lapses_at: verdict.lapses_at,
        remarks: verdict.remarks,
        rests_on: verdict.rests.map(|rests| RestReport {
            kept_at: rests.kept_at.map(moment),
            disposed: rests.rows.iter().filter_map(|id| gone_row(evaluator, *id)).collect(),
        }),
    }
}

fn gone_row(evaluator: &Evaluator, id: akashi_domain::RecordId) -> Option<RowReport> {
    let view = evaluator.view();
    let (version, gone) = (view.get(id)?, view.gone(id)?);
    Some(RowReport {
        register: view.register(version).key.clone(),
        code: version.code.to_string(),
        key: String::new(),
        why: view.disposal_words(gone),
    })
}

fn moment(us: i64) -> String {
    jiff::Timestamp::from_microsecond(us).map(|t| t.to_string()).unwrap_or_default()
}

fn finding(evaluator: &Evaluator, ix: usize) -> FindingReport {
    let finding = &evaluator.catalog().findings[evaluator.program().findings[ix].finding];
    let row = |v: &std::sync::Arc<Version>| FindingRow {
        register: finding.register.clone(),
        code: v.code.to_string(),
        key: key(v, evaluator.view()),
        source: v.source.clone(),
        why: evaluator.finding_why(finding, v),
    };
    FindingReport {
        rule: finding.key.clone(),
        items: finding.items.clone(),
        title: finding.title.clone(),
        severity: finding.severity,
        rows: evaluator.finding_rows(ix).iter().map(row).collect(),
    }
}

/// Returns a record's natural key: its key fields, else its headline.
pub fn key(version: &Version, view: &View) -> String {
    let register = view.register(version);
    let shown =
        |ix: &usize| akashi_domain::verdict::explain::show(version.cell(*ix), register.slot(*ix), view, Lang::Ja);
    let words: Vec<String> = register.key_fields.iter().map(shown).filter(|t| !t.is_empty()).collect();
    if words.is_empty() { headline(version, view, Lang::Ja) } else { words.join(" ") }
}
