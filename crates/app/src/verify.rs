//! Verifying the whole installation: what the store recomputes, in plain words for command line and pages.

use akashi_domain::Label;

use crate::error::Result;
use crate::service::App;

/// A fault and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, e.g. `device 0190… rev 3`.
    pub place: String,
    pub what: Label,
}

/// What verifying found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Entries in the log.
    pub entries: u64,
    /// Root of the newest signed checkpoint, base64.
    pub root: Option<String>,
    pub faults: Vec<Fault>,
}

impl App {
    /// Recomputes every commitment, leaf, chain and checkpoint. `tell` hears how far it is.
    ///
    /// # Errors
    /// Whatever the store meets; a fault found is no error.
    pub async fn verify(&self, mut tell: impl FnMut(u64, u64) + Send) -> Result<Verified> {
        let report = self.store().verify(None, |p| tell(p.done, p.total)).await?;
        let faults = report.faults.iter().map(|f| Fault { place: f.place.text().en, what: f.kind.text() }).collect();
        let checkpoint = self.store().latest_checkpoint().await?;
        Ok(Verified { entries: report.entries, root: checkpoint.map(|c| c.root.to_string()), faults })
    }
}
