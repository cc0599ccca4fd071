//! Eight hospitals nobody prepared for: every cell of their ledgers comes out right, or is told; none is lost or guessed.

mod led;
mod render;
mod score;

use led::hospitals;
use render::bytes;
use score::{Score, score};

use crate::ledger::Ledger;

fn line(name: &str, s: &Score) -> String {
    let Score { rows, wanted, right, told, wrong, lost, .. } = s;
    format!("{name:<44} rows {rows:>2}/{wanted:<2}  right {right:>3}  told {told:>2}  wrong {wrong:>2}  lost {lost:>2}")
}

#[test]
fn nothing_is_lost_or_guessed() {
    let mut table = Vec::new();
    let mut faults = Vec::new();
    let mut sum = Score::default();
    for (hospital, ledgers) in hospitals() {
        let mut ledger = Ledger::new();
        for (name, led) in ledgers {
            let file = (led.file.clone(), bytes(&led));
            for truth in &led.truths {
                let found = ledger.read(&truth.register, &file, None);
                let got = score(&ledger, &found, truth, &file);
                let plan = ledger.plan(&found);
                ledger.apply(&found, &plan);
                let title = format!("{hospital}/{name} {}", truth.register);
                table.push(line(&title, &got));
                faults.extend(got.remarks.iter().map(|r| format!("{title}: {r}")));
                sum.rows += got.rows;
                sum.wanted += got.wanted;
                sum.right += got.right;
                sum.told += got.told;
                sum.wrong += got.wrong;
                sum.lost += got.lost;
                // The same file once more changes nothing.
                let again = ledger.read(&truth.register, &file, None);
                let plan = ledger.plan(&again);
                if !(plan.create.is_empty() && plan.change.is_empty()) {
                    faults.push(format!(
                        "{title}: read again it makes {} and changes {:?}",
                        plan.create.len(),
                        plan.change.iter().map(|c| &c.fields).collect::<Vec<_>>()
                    ));
                }
            }
        }
    }
    println!("{}\n{}", table.join("\n"), line("sum", &sum));
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}
