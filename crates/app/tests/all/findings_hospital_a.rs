//! The nine ledgers of hospital A, imported without a mapping: every planted fact of `expected.json` is a finding
//! with exactly the same rows. Door and access logs are not part of it.

use akashi_domain::date::Day;
use akashi_domain::record::Version;

use crate::bench::load;
use crate::ledger::Ledger;
use crate::planted;

/// Staff and vendors first: the others link to them.
const LEDGERS: [(&str, &str); 9] = [
    ("personnel", "02_"),
    ("vendor", "04_"),
    ("contract", "04_"),
    ("device", "01_"),
    ("user-id", "03_"),
    ("information", "05_"),
    ("training", "06_"),
    ("take-out", "07_"),
    ("storage", "08_"),
];

#[test]
fn every_planted_fact_is_a_finding_with_the_same_rows() {
    let mut ledger = Ledger::new();
    for (register, prefix) in LEDGERS {
        if ledger.sample(register, prefix).is_none() {
            return;
        }
    }
    let bench = load();
    let versions: Vec<Version> = bench
        .catalog
        .registers
        .iter()
        .flat_map(|r| ledger.view.rows_of(&r.key))
        .map(|v| Version { digest: v.id.to_string().into(), ..Version::clone(v) })
        .collect();
    let evaluator = bench.judge(versions, Day::parse("2026-11-22").unwrap());
    let differences = planted::compare(&bench, &evaluator, &planted::expected(), |_| true);
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}
