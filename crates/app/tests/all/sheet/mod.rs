//! Sheets: the samples, hospitals with habits, bad and hostile files, what goes out again.

mod bad_input;
mod export;
mod hospitals;
mod hostile;
mod layout;
mod properties;
mod samples;
mod workbooks;

use akashi_app::sheet::incoming::Incoming;

use crate::ledger::{Ledger, own};

/// Rows as `field=text`, in the order of the fields asked for.
fn lines(ledger: &Ledger, key: &str, incoming: &Incoming, fields: &[&str]) -> Vec<String> {
    let line = |r: &akashi_app::sheet::incoming::IncomingRow| {
        let texts: Vec<String> = fields
            .iter()
            .map(|f| if *f == "status" { r.state.clone() } else { ledger.text(key, &r.values, f) })
            .collect();
        texts.join("|")
    };
    incoming.rows.iter().map(line).collect()
}

fn staffed() -> Ledger {
    let mut ledger = Ledger::new();
    ledger.import("personnel", &own("b/staff.txt"));
    ledger
}

fn told(incoming: &Incoming, cell: &str) -> bool {
    incoming.notes.iter().any(|n| n.cell == cell)
}

/// Person and result of each roster row.
fn roster(ledger: &Ledger, found: &Incoming, row: usize) -> Vec<String> {
    let register = ledger.view.catalog.register_by_key("training").unwrap();
    let slot = register.field_ix("attendance").unwrap();
    let ix = |key: &str| register.slot(slot).rows().iter().position(|f| f.key == key).unwrap();
    let (person, result) = (ix("person"), ix("result"));
    match &found.rows[row].values[slot] {
        akashi_domain::Value::Rows(rows) => rows
            .iter()
            .map(|r| format!("{}:{}", ledger.show(&r.cells[person]), ledger.show(&r.cells[result])))
            .collect(),
        _ => Vec::new(),
    }
}
