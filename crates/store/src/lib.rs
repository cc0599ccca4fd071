//! Akashi's memory: records, their journal, accounts, files. The only crate that knows SQL, one text for
//! SQLite and PostgreSQL. It stores and proves; what may be written and what it means is decided above.
//!
//! A [`Tx`] is the only way to write a record, and [`Tx::commit`] takes the receipts that only writing gives:
//! a version without its journal entry cannot be committed. What [`Tx::commit`] returned is on disk.

mod anchor;
mod backup;
mod blob;
mod db;
mod dialect;
mod error;
mod holding;
mod log;
mod meta;
mod migrate;
mod people;
mod read;
mod rows;
mod seal;
mod sql;
mod store;
mod upload;
pub mod verify;
mod wipe;
mod work;
mod write;

pub use anchor::{Anchor, Attestation, AttestationState, Kept, RevocationKind, RevocationSource};
pub use backup::{Link, Opened, Pieces, Restore, Restored, Saved, Since};
pub use blob::BlobRef;
pub use error::{Result, StoreError};
pub use holding::Holding;
pub use log::{Exported, InclusionProof, LogKeys, SignedCheckpoint, replace_file};
pub use meta::{Init, Meta};
pub use people::{Account, SessionRow};
pub use read::{Contents, HistoryRow, LoadFault, LoadFaultKind, Loaded, Opening};
pub use store::Store;
pub use upload::UploadKey;
pub use work::{Draft, VerdictRow, VerdictTurn};
pub use write::{Beside, Committed, Disposal, NewVersion, Receipt, Receipts, SYSTEM_PREFIX, Savepoint, Tx, WriteCtx};
