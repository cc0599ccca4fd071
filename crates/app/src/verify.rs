//! Verifying the whole installation: what the store recomputes, in plain words for command line and pages.

use std::path::Path;

use akashi_domain::{Label, RecordId};
pub use akashi_journal::checkpoint::KeyRing;
use akashi_store::verify::{Fault as StoreFault, How, Known, Place, check_tiles};
pub use akashi_store::verify::{Skipped, TilesReport};

use crate::error::{AppError, Result};
use crate::service::App;

/// A fault and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, e.g. `register device, record 0190…, revision 3 (entry 17)`.
    pub place: String,
    /// The same in both languages.
    pub at: Label,
    /// The table or file it is in.
    pub table: &'static str,
    pub what: Label,
    /// Id of the record it is about, to be named with [`App::known_as`].
    pub record: Option<String>,
}

/// What verifying found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Entries in the log.
    pub entries: u64,
    /// Of these, how many a signed checkpoint covers.
    pub covered: u64,
    /// Checkpoints compared.
    pub checkpoints: u64,
    /// Files hashed.
    pub files: u64,
    /// Root of the newest signed checkpoint, hexadecimal.
    pub root: Option<String>,
    /// What was disposed of lawfully; no fault.
    pub disposals: Vec<Disposal>,
    /// Attestations of anchors whose tokens were checked.
    pub attestations: u64,
    pub faults: Vec<Fault>,
    /// Faults beyond those listed.
    pub more_faults: u64,
    /// What an earlier check had done already.
    pub skipped: Option<Skipped>,
}

/// What to compare with, and where to go on from.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Keys got from elsewhere.
    pub trusted: Option<KeyRing>,
    /// Signed checkpoints kept elsewhere, by name.
    pub known: Vec<(String, Vec<u8>)>,
    /// Keep the progress beside the data.
    pub keep: bool,
    /// Go on from the progress kept there.
    pub resume: bool,
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
    pub async fn verify(&self, tell: impl FnMut(u64, u64) + Send) -> Result<Verified> {
        self.verify_with(Wanted::default(), tell).await
    }

    /// As [`App::verify`], with more to compare.
    ///
    /// # Errors
    /// As [`App::verify`].
    pub async fn verify_with(&self, wanted: Wanted, mut tell: impl FnMut(u64, u64) + Send) -> Result<Verified> {
        let Wanted { trusted, known, keep, resume } = wanted;
        let known = known.into_iter().map(|(name, note)| Known { name, note }).collect();
        let prefixes = self.catalog().registers.iter().map(|r| (r.key.clone(), r.code.clone())).collect();
        let how = How { trusted, known, prefixes, keep, resume };
        let report = self.store().verify_with(how, |p| tell(p.done, p.total)).await?;
        let checkpoint = self.store().latest_checkpoint().await;
        let outside = self.check_attestations().await;
        Ok(Verified {
            entries: report.entries,
            covered: report.covered,
            checkpoints: report.checkpoints,
            files: report.files,
            // A checkpoint that cannot be read is one of the faults.
            root: checkpoint.ok().flatten().map(|c| c.root.to_string()),
            disposals: report.disposals.iter().map(Disposal::of).collect(),
            attestations: outside.held,
            faults: folded(&report.faults).iter().map(fault).chain(outside.faults).collect(),
            more_faults: report.more_faults,
            skipped: report.skipped,
        })
    }
}

impl App {
    /// How people call a record: its register and number.
    pub async fn known_as(&self, now: i64, record: &str) -> Option<Label> {
        let live = self.live(now).await.ok()?;
        let version = live.world.latest(RecordId::parse(record)?)?;
        let title = &self.catalog().register(version.register).title;
        Some(Label::new(format!("{} {}", title.ja, version.code), format!("{} {}", title.en, version.code)))
    }
}

/// Checks an exported log in a folder against itself; needs no hospital.
///
/// # Errors
/// A folder that cannot be read.
pub async fn verify_tiles(
    folder: &Path,
    trusted: Option<KeyRing>,
    tell: impl FnMut(u64, u64) + Send + 'static,
) -> Result<(TilesReport, Vec<Fault>)> {
    let folder = folder.to_owned();
    let checked = tokio::task::spawn_blocking(move || check_tiles(&folder, trusted, tell)).await;
    let report = checked.map_err(|e| AppError::Io { what: "verify".into(), source: std::io::Error::other(e) })??;
    let faults = folded(&report.faults).iter().map(fault).collect();
    Ok((report, faults))
}

/// A fault of the store, in words.
pub(crate) fn fault(f: &StoreFault) -> Fault {
    let at = f.place.text();
    let record = match &f.place {
        Place::Version { record, .. } | Place::BlobUse { record, .. } => Some(record.clone()),
        _ => None,
    };
    Fault { place: at.en.clone(), at, table: f.place.table(), what: f.kind.text(), record }
}

/// Entries beside each other with the same fault as one: a bundle of them that cannot be read is one place, not 256.
fn folded(faults: &[StoreFault]) -> Vec<StoreFault> {
    let mut out: Vec<StoreFault> = Vec::new();
    for f in faults {
        let run = match (out.last(), &f.place) {
            (Some(last), Place::Entry(ix)) if last.kind == f.kind => match last.place {
                Place::Entry(from) if from + 1 == *ix => Some((from, ix + 1)),
                Place::Entries { from, until } if until == *ix => Some((from, ix + 1)),
                _ => None,
            },
            _ => None,
        };
        match (run, out.last_mut()) {
            (Some((from, until)), Some(last)) => last.place = Place::Entries { from, until },
            _ => out.push(f.clone()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use akashi_store::verify::FaultKind;

    use super::*;

    #[test]
    fn what_is_missing_in_a_row_is_told_once() {
        let missing = |ix| StoreFault { place: Place::Entry(ix), kind: FaultKind::Missing };
        let order = StoreFault { place: Place::Entry(6), kind: FaultKind::Order };
        let told = folded(&[missing(3), missing(4), missing(5), order.clone(), missing(7), missing(9)]);
        let run = StoreFault { place: Place::Entries { from: 3, until: 6 }, kind: FaultKind::Missing };
        assert_eq!(told, [run, order, missing(7), missing(9)]);
        assert_eq!(folded(&[]), []);
    }
}
