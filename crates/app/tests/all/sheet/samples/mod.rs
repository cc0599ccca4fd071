//! The sample ledgers, imported without a mapping and held against `expected.json`.

mod people;
mod things;

use std::collections::BTreeMap;

use akashi_app::sheet::incoming::Incoming;
use akashi_domain::{PartialDate, Value};
use serde_json::Value as Json;

use crate::ledger::Ledger;

/// Rows by sheet and row number.
fn by_place(incoming: &Incoming) -> BTreeMap<(String, u64), &[Value]> {
    incoming.rows.iter().map(|r| ((r.source.sheet.clone(), u64::from(r.source.row)), r.values.as_slice())).collect()
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_default().into()
}

/// First and last day of what was read, to hold partial dates against full ones.
fn holds(date: &str, want: &str) -> bool {
    let (Some(got), Some(want)) = (PartialDate::parse(date), PartialDate::parse(want)) else { return date == want };
    got.first() == want.first() || got.last() == want.last()
}

/// What a table of wrong rows has to be: empty.
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn importing_twice_changes_nothing() {
    let mut ledger = Ledger::new();
    let files = [
        ("personnel", "02_"),
        ("vendor", "04_"),
        ("device", "01_"),
        ("user-id", "03_"),
        ("contract", "04_"),
        ("information", "05_"),
        ("training", "06_"),
        ("take-out", "07_"),
        ("storage", "08_"),
    ];
    for (key, prefix) in files {
        if ledger.sample(key, prefix).is_none() {
            return;
        }
    }
    for (key, prefix) in files {
        let again = ledger.read(key, &crate::ledger::sample(prefix).unwrap(), None);
        let plan = ledger.plan(&again);
        let changed: Vec<String> = plan.change.iter().take(5).map(|c| format!("{c:?}")).collect();
        assert_eq!((plan.create.len(), plan.change.len(), plan.missing.len()), (0, 0, 0), "{key}: {changed:?}");
    }
}
