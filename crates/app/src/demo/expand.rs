//! Writes the demo's data out in full: series, lists inside records, defaults. What comes out is in the notation of
//! `akashi_domain::notation`, one entry per version of a record.

use std::collections::{BTreeMap, BTreeSet};

use akashi_domain::Day;
use akashi_domain::catalog::CatalogFile;
use serde::Deserialize;
use toml::{Table, Value};

use super::template::{Lists, Scope, parts};
use super::{DemoAnchor, DemoFault};

/// A file of `catalog/demo/`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    lists: Lists,
    account: Vec<Account>,
    anchor: Vec<DemoAnchor>,
    #[serde(rename = "default")]
    defaults: Vec<Defaults>,
    record: Vec<Record>,
}

/// Somebody who can log in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    pub(super) login: String,
    pub(super) name: String,
    pub(super) roles: Vec<String>,
    /// Name of a record of the set.
    pub(super) person: Option<String>,
}

/// What every record of a register has unless it says otherwise.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Defaults {
    register: String,
    by: Option<String>,
    at: Option<String>,
    state: Option<String>,
    #[serde(default)]
    steps: Vec<Step>,
    #[serde(default)]
    f: Table,
    /// Sub-fields of rows fields.
    #[serde(default)]
    rows: Table,
}

/// A record, or a series of them (`count`, `over`, `over` × `cross`).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    register: String,
    id: String,
    /// Name under which `each = ["series:…"]` finds its records.
    series: Option<String>,
    /// Records of one seed draw the same words at the same position.
    seed: Option<String>,
    count: Option<usize>,
    #[serde(default)]
    over: Vec<Value>,
    #[serde(default)]
    cross: Vec<Value>,
    state: Option<String>,
    at: Option<String>,
    by: Option<String>,
    #[serde(default)]
    f: Table,
    /// Omitted: those of the register's default.
    steps: Option<Vec<Step>>,
    /// Exceptions of a series, by position or by the first part of its word.
    #[serde(default)]
    but: BTreeMap<String, But>,
}

/// What changed later.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    at: String,
    state: Option<String>,
    by: Option<String>,
    #[serde(default)]
    f: Table,
}

/// Where one of a series differs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct But {
    /// It is not there at all.
    none: bool,
    state: Option<String>,
    at: Option<String>,
    f: Table,
    /// Fields it does not have.
    without: Vec<String>,
    steps: Option<Vec<Step>>,
}

/// Everything, written out.
#[derive(Debug, Default)]
pub(super) struct Set {
    pub(super) accounts: Vec<Account>,
    pub(super) anchors: Vec<DemoAnchor>,
    pub(super) records: Vec<Written>,
}

/// A record with its versions, oldest first.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) file: String,
    pub(super) register: String,
    pub(super) id: String,
    pub(super) versions: Vec<Version>,
}

/// One version as written.
#[derive(Debug)]
pub(super) struct Version {
    /// A day, with or without a time.
    pub(super) at: String,
    pub(super) by: String,
    pub(super) state: Option<String>,
    pub(super) f: Table,
}

/// The words of a series' members, for lists that go over it.
type Series = BTreeMap<String, Vec<Vec<String>>>;

/// When nothing says when.
const AT: &str = "-24m";
/// When nothing says who.
const BY: &str = "planner";

struct Expander<'a> {
    lists: &'a Lists,
    today: Day,
    defaults: BTreeMap<&'a str, &'a Defaults>,
    series: Series,
}

/// Reads and writes out all files.
pub(super) fn expand(files: &[CatalogFile], today: Day) -> Result<Set, DemoFault> {
    let mut read = Vec::new();
    for file in files {
        let parsed: File = toml::from_str(&file.text).map_err(|e| fault(&file.path, "", e.to_string()))?;
        read.push((file.path.clone(), parsed));
    }
    let mut lists = Lists::new();
    read.iter_mut().for_each(|(_, f)| lists.append(&mut f.lists));
    let defaults = read.iter().flat_map(|(_, f)| &f.defaults).map(|d| (d.register.as_str(), d)).collect();
    let mut out = Set {
        accounts: read.iter().flat_map(|(_, f)| f.account.clone()).collect(),
        anchors: read.iter().flat_map(|(_, f)| f.anchor.clone()).collect(),
        records: Vec::new(),
    };
    let mut expander = Expander { lists: &lists, today, defaults, series: Series::new() };
    let all = || read.iter().flat_map(|(path, file)| file.record.iter().map(move |record| (path, record)));
    for (path, record) in all() {
        expander.enlist(record).map_err(|what| fault(path, &record.id, what))?;
    }
    for (path, record) in all() {
        out.records.extend(expander.record(path, record).map_err(|what| fault(path, &record.id, what))?);
    }
    let mut seen = BTreeSet::new();
    match out.records.iter().find(|w| !seen.insert(&w.id)) {
        Some(twice) => Err(fault(&twice.file, &twice.id, "is given twice")),
        None => Ok(out),
    }
}

fn fault(file: &str, record: &str, what: impl Into<String>) -> DemoFault {
    DemoFault { file: file.into(), record: record.into(), what: what.into() }
}

impl<'a> Expander<'a> {
    /// Notes the members of a series, for lists that go over it.
    fn enlist(&mut self, record: &Record) -> Result<(), String> {
        let Some(series) = &record.series else { return Ok(()) };
        for scope in self.scopes(record) {
            if !exception(record, &scope).none {
                let words = [scope.text(&record.id)?, scope.n.to_string()].into_iter().chain(scope.x.clone()).collect();
                self.series.entry(series.clone()).or_default().push(words);
            }
        }
        Ok(())
    }

    fn record(&self, path: &str, record: &Record) -> Result<Vec<Written>, String> {
        let mut out = Vec::new();
        for scope in self.scopes(record) {
            let but = exception(record, &scope);
            if but.none {
                continue;
            }
            let id = scope.text(&record.id)?;
            let versions = self.versions(record, &but, &scope)?;
            out.push(Written { file: path.into(), register: record.register.clone(), id, versions });
        }
        Ok(out)
    }

    /// One scope for each record of a series; a single record is a series of one.
    fn scopes(&self, record: &Record) -> Vec<Scope<'a>> {
        let words = |list: &[Value]| match list.is_empty() {
            true => vec![Vec::new()],
            false => list.iter().flat_map(|v| self.listed(&plain(v))).collect::<Vec<_>>(),
        };
        let mut out = Vec::new();
        for x in words(&record.over) {
            for y in words(&record.cross) {
                for _ in 0..record.count.unwrap_or(1) {
                    let n = out.len() + 1;
                    let seed = format!("{}#{n}", record.seed.as_deref().unwrap_or(&record.id));
                    let (lists, today) = (self.lists, self.today);
                    out.push(Scope { lists, today, seed, n, x: x.clone(), y: y.clone(), e: Vec::new() });
                }
            }
        }
        out
    }

    fn versions(&self, record: &Record, but: &But, scope: &Scope) -> Result<Vec<Version>, String> {
        let default = self.defaults.get(record.register.as_str()).copied();
        let at = but.at.as_deref().or(record.at.as_deref()).or(default.and_then(|d| d.at.as_deref())).unwrap_or(AT);
        let by = record.by.as_deref().or(default.and_then(|d| d.by.as_deref())).unwrap_or(BY);
        let mut f = default.map(|d| d.f.clone()).unwrap_or_default();
        f.extend(record.f.clone());
        f.extend(but.f.clone());
        f.retain(|key, _| !but.without.iter().any(|w| w == key));
        let mut f = self.table(&f, scope)?;
        let states = [but.state.as_ref(), record.state.as_ref(), default.and_then(|d| d.state.as_ref())];
        let mut state = states.into_iter().flatten().next().cloned();
        let steps = but.steps.as_ref().or(record.steps.as_ref()).or(default.map(|d| &d.steps));
        let rows = default.map(|d| &d.rows);
        let mut out =
            vec![Version { at: scope.text(at)?, by: by.into(), state: state.clone(), f: filled(&f, rows, scope)? }];
        for step in steps.into_iter().flatten() {
            f.extend(self.table(&step.f, scope)?);
            state = step.state.clone().or(state);
            let by = step.by.as_deref().unwrap_or(by).to_string();
            out.push(Version { at: scope.text(&step.at)?, by, state: state.clone(), f: filled(&f, rows, scope)? });
        }
        Ok(out)
    }

    fn table(&self, table: &Table, scope: &Scope) -> Result<Table, String> {
        table.iter().map(|(k, v)| Ok((k.clone(), self.value(v, scope)?))).collect()
    }

    fn value(&self, value: &Value, scope: &Scope) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => Value::String(scope.text(text)?),
            Value::Array(all) => Value::Array(all.iter().map(|v| self.value(v, scope)).collect::<Result<_, _>>()?),
            Value::Table(table) if table.contains_key("each") => Value::Array(self.each(table, scope)?),
            Value::Table(table) => Value::Table(self.table(table, scope)?),
            other => other.clone(),
        })
    }

    /// `{ each = ["a", "list:b", "series:c"], row = …, but = { a = { … }, "12" = false } }`: one value for each word.
    fn each(&self, table: &Table, scope: &Scope) -> Result<Vec<Value>, String> {
        let none = Table::new();
        let but = table.get("but").and_then(Value::as_table).unwrap_or(&none);
        let row = table.get("row").ok_or("`each` needs `row`")?;
        let mut out = Vec::new();
        for e in self.words(&table["each"])? {
            let seed = format!("{}/{}", scope.seed, e.first().map_or("", String::as_str));
            let exception = e.iter().take(2).find_map(|w| but.get(w));
            if exception.is_some_and(|v| v.as_bool() == Some(false)) {
                continue;
            }
            let inner = Scope { seed, e, ..scope.clone() };
            let mut value = self.value(row, &inner)?;
            if let (Value::Table(value), Some(Value::Table(more))) = (&mut value, exception) {
                value.extend(self.table(more, &inner)?);
            }
            out.push(value);
        }
        Ok(out)
    }

    /// The words of `list:x`, or the word itself.
    fn listed(&self, word: &str) -> Vec<Vec<String>> {
        match word.strip_prefix("list:").and_then(|list| self.lists.get(list)) {
            Some(list) => list.iter().map(|w| parts(w)).collect(),
            None => vec![parts(word)],
        }
    }

    fn words(&self, each: &Value) -> Result<Vec<Vec<String>>, String> {
        let mut out = Vec::new();
        for item in each.as_array().ok_or("`each` is a list")? {
            let word = plain(item);
            if let Some(series) = word.strip_prefix("series:") {
                out.extend(self.series.get(series).ok_or_else(|| format!("no series `{series}`"))?.iter().cloned());
            } else {
                out.extend(self.listed(&word));
            }
        }
        Ok(out)
    }
}

/// What is special about one of a series.
fn exception(record: &Record, scope: &Scope) -> But {
    let word = scope.x.first().map_or("", String::as_str);
    record.but.get(&scope.n.to_string()).or_else(|| record.but.get(word)).cloned().unwrap_or_default()
}

/// Puts the default sub-fields into rows, and takes fields away that were set to nothing.
fn filled(f: &Table, rows: Option<&Table>, scope: &Scope) -> Result<Table, String> {
    let mut out = f.clone();
    out.retain(|_, v| v.as_str() != Some(""));
    for (field, value) in out.iter_mut() {
        let default = rows.and_then(|r| r.get(field)).and_then(Value::as_table);
        for row in value.as_array_mut().into_iter().flatten().filter_map(Value::as_table_mut) {
            for (key, value) in
                default.into_iter().flatten().filter(|(key, _)| !row.contains_key(*key)).collect::<Vec<_>>()
            {
                let value = value.as_str().map_or_else(|| Ok(value.clone()), |t| scope.text(t).map(Value::String))?;
                row.insert(key.clone(), value);
            }
            row.retain(|_, v| v.as_str() != Some(""));
        }
    }
    Ok(out)
}

/// A word, whether it was written as a text or as a number.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), String::from)
}
