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
    /// What was disposed of lawfully; no fault.
    pub disposals: Vec<Disposal>,
    pub faults: Vec<Fault>,
}

/// A record whose content was disposed of.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Disposal {
    /// Index of the entry that says so.
    pub entry: u64,
    pub register: String,
    pub record: String,
    /// Id of the approved disposal.
    pub approval: Option<String>,
    /// Versions that lost their content.
    pub versions: u64,
}

impl Disposal {
    /// Takes over what the store found.
    pub(crate) fn of(found: &akashi_store::verify::Disposed) -> Disposal {
        let (register, record, approval) = (found.register.clone(), found.record.clone(), found.approval.clone());
        Disposal { entry: found.entry, register, record, approval, versions: found.versions }
    }
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
        let disposals = report.disposals.iter().map(Disposal::of).collect();
        Ok(Verified { entries: report.entries, root: checkpoint.map(|c| c.root.to_string()), disposals, faults })
    }
}
