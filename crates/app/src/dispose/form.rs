//! The register of disposals as this work reads and writes it: its states, moves and the rows that name records.

use akashi_domain::retention::DISPOSAL;
use akashi_domain::{Catalog, Day, Link, PartialDate, RecordId, Register, RegisterIx, Row, Value, Version, View};
use serde::Serialize;

use crate::error::{AppError, Result};

/// Waits for somebody's approval.
pub(super) const PLANNED: &str = "planned";
pub(super) const APPROVED: &str = "approved";
/// Carried out.
pub(super) const DONE: &str = "done";
/// The kind of disposal that concerns Akashi's own records.
const KIND: &str = "records";

/// A record named by a disposal: this version of it, by its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Id of the row.
    #[serde(skip)]
    pub row: RecordId,
    #[serde(serialize_with = "text")]
    pub record: RecordId,
    pub code: String,
    pub rev: u32,
    pub digest: String,
    /// Key of the rule that ends last.
    pub rule: String,
    /// Last day it had to be kept.
    pub kept_until: Option<Day>,
    /// Index of the entry that says it is gone.
    pub entry: Option<u64>,
}

pub(super) fn text<S: serde::Serializer>(id: &RecordId, s: S) -> std::result::Result<S::Ok, S::Error> {
    s.collect_str(id)
}

/// The definition of the register.
pub(super) struct Form<'c> {
    pub(super) ix: RegisterIx,
    pub(super) register: &'c Register,
}

impl<'c> Form<'c> {
    pub(super) fn of(catalog: &'c Catalog) -> Result<Form<'c>> {
        let ix = catalog.register_ix(DISPOSAL);
        let ix = ix.ok_or_else(|| {
            AppError::not_found("破棄台帳の定義がありません", "The catalogue has no register of disposals")
        })?;
        Ok(Form { ix, register: catalog.register(ix) })
    }

    /// Tells whether a disposal concerns Akashi's own records.
    pub(super) fn is_of_records(&self, version: &Version) -> bool {
        version.register == self.ix && *version.get(self.register, "kind") == Value::Choice(KIND.into())
    }

    /// Sets a field. A register without it – none of ours – keeps what it has.
    pub(super) fn set(&self, version: &mut Version, key: &str, value: Value) {
        if let Some(slot) = self.register.field_ix(key) {
            version.cells[slot] = value;
        }
    }

    pub(super) fn mark(&self, version: &mut Version) {
        self.set(version, "kind", Value::Choice(KIND.into()));
        self.set(version, "method", Value::Choice("crypto-erase".into()));
    }

    /// The records a disposal names. Where it does not say a number, the record's own is taken.
    pub(super) fn named(&self, version: &Version, view: &View) -> Vec<Named> {
        let Value::Rows(rows) = version.get(self.register, "records") else { return Vec::new() };
        let mut named: Vec<Named> = rows.iter().filter_map(|row| self.read(row)).collect();
        for one in named.iter_mut().filter(|one| one.code.is_empty()) {
            one.code = view.get(one.record).map(|v| v.code.to_string()).unwrap_or_default();
        }
        named
    }

    pub(super) fn name(&self, version: &mut Version, named: &[Named]) {
        self.set(version, "records", Value::Rows(named.iter().map(|one| self.row(one)).collect()));
    }

    fn cells(&self) -> &'c [akashi_domain::Field] {
        self.register.field("records").map_or(&[], |field| field.rows())
    }

    fn read(&self, row: &Row) -> Option<Named> {
        let cell = |key: &str| {
            let at = self.cells().iter().position(|f| f.key == key);
            at.and_then(|at| row.cells.get(at)).unwrap_or(&Value::Null)
        };
        let text = |key: &str| match cell(key) {
            Value::Text(t) => t.to_string(),
            _ => String::new(),
        };
        let number = |key: &str| match cell(key) {
            Value::Number(n) => Some(*n as u64),
            _ => None,
        };
        let Value::Link(Link::To(record)) = cell("record") else { return None };
        Some(Named {
            row: row.id,
            record: *record,
            code: text("code"),
            rev: number("rev").unwrap_or(0) as u32,
            digest: text("digest"),
            rule: text("rule"),
            kept_until: match cell("kept_until") {
                Value::Date(day) => Some(day.last()),
                _ => None,
            },
            entry: number("entry"),
        })
    }

    fn row(&self, named: &Named) -> Row {
        let text = |t: &str| if t.is_empty() { Value::Null } else { Value::Text(t.into()) };
        let cell = |key: &str| match key {
            "record" => Value::Link(Link::To(named.record)),
            "code" => text(&named.code),
            "rev" => Value::Number(f64::from(named.rev)),
            "digest" => text(&named.digest),
            "rule" => text(&named.rule),
            "kept_until" => named.kept_until.map_or(Value::Null, |day| Value::Date(PartialDate::of(day))),
            "entry" => named.entry.map_or(Value::Null, |n| Value::Number(n as f64)),
            _ => Value::Null,
        };
        Row { id: named.row, cells: self.cells().iter().map(|f| cell(&f.key)).collect() }
    }
}
