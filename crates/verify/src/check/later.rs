//! Later checkpoints of the log: is each signed, and does its log begin with the one the entry was proven in? Then what
//! others say of it they say of the entry too.

use akashi_journal::checkpoint::{Checkpoint, KeyRing, OpenCheckpoint};
use akashi_journal::merkle::verify_consistency;
use akashi_journal::witness::AddCheckpoint;

use super::Run;
use crate::bundle::{Bundle, later_name};
use crate::report::Outcome;
use crate::words::Words;

impl Run {
    /// Those that hold, in the order of the bundle.
    pub(super) fn later(&mut self, bundle: &Bundle, ring: &KeyRing, first: &Checkpoint) -> Vec<OpenCheckpoint> {
        let mut held = Vec::new();
        for (number, bytes) in bundle.later.iter().enumerate() {
            match continues(bytes, ring, first) {
                Ok(open) => {
                    self.push("consistency", &later_name(number), Outcome::Passed, holds(first, &open.checkpoint));
                    self.texts.push(open.note.text().to_owned());
                    held.push(open);
                }
                Err(why) => {
                    let ja = "後のチェックポイントが、この証明のログの続きであることを確認できません";
                    self.fail("consistency", &later_name(number), ja, &why);
                }
            }
        }
        held
    }
}

/// A later checkpoint of the same log, signed, whose tree begins with that of `first`; else why it is not.
fn continues(bytes: &[u8], ring: &KeyRing, first: &Checkpoint) -> Result<OpenCheckpoint, String> {
    let request = AddCheckpoint::parse(bytes).map_err(|e| e.to_string())?;
    if request.old() != first.size {
        return Err(format!("its proof starts from {} entries, the checkpoint has {}", request.old(), first.size));
    }
    let open = ring.open_note(request.note().clone()).map_err(|e| e.to_string())?;
    // A log that goes on in a new epoch has other keys and another name; its tree still begins with the old one.
    let later = &open.checkpoint;
    verify_consistency(first.size, &first.root, later.size, &later.root, request.proof()).map_err(|e| e.to_string())?;
    Ok(open)
}

fn holds(first: &Checkpoint, later: &Checkpoint) -> Words {
    let (origin, old, new) = (&later.origin, first.size, later.size);
    Words::new(
        format!("ログ {origin} の {new} 件時点のチェックポイントは署名されており、{old} 件時点の続きです"),
        format!("the checkpoint of log {origin} over {new} entries is signed and continues the one over {old}"),
    )
}
