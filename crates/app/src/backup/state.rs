//! What the installation remembers of its last backup and drill, for the operator's page. A convenience and no evidence:
//! the drill's result stands in the storage register. Backups themselves leave it out.

use serde::{Deserialize, Serialize};

use super::make::Made;
use crate::error::Result;
use crate::service::App;

const BACKUP: &str = "backup.last";
const DRILL: &str = "backup.drill";

/// The last backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastBackup {
    /// Microseconds UTC.
    pub at: i64,
    pub place: String,
    /// Where the keys went, if elsewhere.
    pub keys: Option<String>,
    pub chain: String,
    pub piece: u32,
    pub entries: u64,
    pub stored_bytes: u64,
    pub locked_until: Option<String>,
    /// Something the operator had to know was said.
    pub noted: bool,
}

/// The last drill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastDrill {
    /// Microseconds UTC.
    pub at: i64,
    pub place: String,
    pub ok: bool,
    /// Entries that came back.
    pub entries: u64,
    pub seconds: u64,
    /// Number of the record in the storage register it was filed in.
    pub filed: Option<String>,
}

/// Both, and how much was written since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BackupState {
    pub backup: Option<LastBackup>,
    pub drill: Option<LastDrill>,
    /// Entries that no backup holds yet.
    pub unsaved: u64,
}

impl LastBackup {
    pub(super) fn new(at: i64, place: String, keys: Option<String>, made: &Made) -> LastBackup {
        LastBackup {
            at,
            place,
            keys,
            chain: made.chain.clone(),
            piece: made.piece,
            entries: made.entries,
            stored_bytes: made.stored_bytes,
            locked_until: made.locked_until.clone(),
            noted: !made.notes.is_empty(),
        }
    }
}

impl App {
    /// Returns what is remembered.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn backup_state(&self) -> Result<BackupState> {
        let read = |text: Option<String>| text.unwrap_or_default();
        let backup: Option<LastBackup> = serde_json::from_str(&read(self.store().get(BACKUP).await?)).ok();
        let drill = serde_json::from_str(&read(self.store().get(DRILL).await?)).ok();
        let saved = backup.as_ref().map_or(0, |b| b.entries);
        let unsaved = self.store().end().await?.saturating_sub(saved);
        Ok(BackupState { backup, drill, unsaved })
    }

    pub(super) async fn note_backup(&self, last: &LastBackup) -> Result<()> {
        Ok(self.store().set(BACKUP, &json(last)).await?)
    }

    pub(super) async fn note_drill(&self, last: &LastDrill) -> Result<()> {
        Ok(self.store().set(DRILL, &json(last)).await?)
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain JSON")
}
