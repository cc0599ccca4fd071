//! The check of a bundle, step by step. It goes on after a fault, so that the report names every place, and it
//! says as loudly what it could not check. Contents, log, later checkpoints and stamps have files of their own.

mod contents;
mod later;
mod log;
mod revocation;
mod stamp;
mod system;

pub use revocation::words as revocation_words;
pub use system::system_title;

use akashi_journal::Entry;
use akashi_journal::note::Note;

use crate::bundle::Bundle;
use crate::given::Given;
use crate::report::{Outcome, Report, Step, Trust};
use crate::words::Words;

/// Checks a bundle with what was given, else with the keys inside.
#[must_use]
pub fn verify(bytes: &[u8], given: &Given) -> Report {
    let trust = if given.keys.is_some() { Trust::Given } else { Trust::Enclosed };
    let (steps, texts) = (Vec::new(), Vec::new());
    let mut run = Run { trust, steps, texts, entry: None, origin: None, index: None, size: None };
    match Bundle::parse(bytes) {
        Ok(bundle) => {
            run.pass("archive", "ZIP", "ファイルの形に異常はありません", "the bundle is well formed");
            run.contents(&bundle);
            run.texts.extend(text_of(&bundle.checkpoint));
            run.log(&bundle, given);
            run.stamps(&bundle, given);
            run.beyond(&bundle);
        }
        Err(e) => run.push("archive", e.place(), Outcome::Failed, e.words()),
    }
    let report = Report::of(run.steps, run.trust);
    Report { entry: run.entry, origin: run.origin, index: run.index, size: run.size, ..report }
}

/// What was found so far.
struct Run {
    trust: Trust,
    steps: Vec<Step>,
    /// Texts of the checkpoint and of later ones that continue it: a stamp over any of them speaks of the entry.
    texts: Vec<String>,
    entry: Option<Entry>,
    origin: Option<String>,
    index: Option<u64>,
    size: Option<u64>,
}

impl Run {
    fn push(&mut self, step: &'static str, place: &str, outcome: Outcome, says: Words) {
        self.steps.push(Step { step, outcome, place: place.to_owned(), says });
    }

    fn pass(&mut self, step: &'static str, place: &str, ja: &str, en: &str) {
        self.push(step, place, Outcome::Passed, Words::new(ja, en));
    }

    fn skip(&mut self, step: &'static str, place: &str, ja: &str, en: &str) {
        self.push(step, place, Outcome::NotChecked, Words::new(ja, en));
    }

    fn fail(&mut self, step: &'static str, place: &str, ja: &str, why: &impl ToString) {
        let why = why.to_string();
        self.push(step, place, Outcome::Failed, Words::new(format!("{ja}({why})"), why));
    }

    /// What no bundle can show.
    fn beyond(&mut self, bundle: &Bundle) {
        self.skip(
            "truth",
            "body.json",
            "記録された内容が事実かどうか、これが最新版かどうかは、この束では示されません",
            "not shown by any bundle: that what was recorded is true, and that this is the newest version",
        );
        if !bundle.explanation.is_empty() {
            self.skip(
                "explanation",
                "explanation.html",
                "説明のページは証明の対象ではありません。内容は body.json で確かめてください",
                "the page for people is not covered by the proof; the content is what body.json says",
            );
        }
    }
}

/// The signed text of a checkpoint, without its signatures.
fn text_of(note: &[u8]) -> Option<String> {
    Note::parse(note).ok().map(|note| note.text().to_owned())
}
