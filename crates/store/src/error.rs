//! What can go wrong in the store: where, what, and what to do next.
//! Faults that `verify` finds in stored data are not errors; they live in `verify`.

use std::path::PathBuf;

use akashi_domain::RecordId;
use akashi_journal::canon::CanonError;
use akashi_journal::checkpoint::CheckpointError;
use akashi_journal::entry::EntryError;
use akashi_journal::merkle::MerkleError;
use akashi_journal::note::KeyError;

/// The store's result.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// An error of the store. Neither bodies nor connection passwords are ever in one.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Not an address of a database. The address is not repeated: it may hold a password.
    #[error("not a database address: expected sqlite:///folder/akashi.db or postgres://user@host/name ({why})")]
    Address { why: String },
    /// The database cannot be reached or opened.
    #[error("the database {place} cannot be opened: {source}")]
    Open { place: String, source: sqlx::Error },
    /// There is no installation yet.
    #[error("there is no Akashi in {place}; run `akashi init` first")]
    NotInitialised { place: String },
    /// `create` found one.
    #[error("there is an Akashi in {place} already; choose another folder or database")]
    AlreadyInitialised { place: String },
    /// The schema is newer than this program, or was changed by hand.
    #[error("the database schema cannot be brought up to date: {source}; use the newest version of Akashi")]
    Migrate { source: sqlx::migrate::MigrateError },
    /// A statement failed.
    #[error("the database refused to {doing}: {source}")]
    Sql { doing: &'static str, source: sqlx::Error },
    /// No space where the data are; what was to be written is not.
    #[error(
        "there is no space left on the disk of {place} to {doing} ({why}); nothing was changed: free space there and repeat"
    )]
    Full { doing: &'static str, place: String, why: String },
    /// A file of the data folder.
    #[error("cannot {doing} {path}: {source}")]
    Io { doing: &'static str, path: PathBuf, source: std::io::Error },
    /// Somebody else changed the record meanwhile; read it again and repeat.
    #[error("record {record} is at revision {found}, the command was made for {expected}; read it again")]
    StaleRevision { record: RecordId, expected: u32, found: u32 },
    /// A record never changes its register.
    #[error("record {record} belongs to register {found}, not to {named}")]
    OtherRegister { record: RecordId, found: String, named: String },
    /// Content and key of the record were destroyed; nothing more is written to it.
    #[error("record {record} was disposed of; make a new record instead")]
    Disposed { record: RecordId },
    /// The body has no canonical form.
    #[error("the body of record {record} cannot be stored: {source}")]
    Body { record: RecordId, source: CanonError },
    /// The command does not make a valid entry.
    #[error("the command on record {record} cannot be journaled: {source}")]
    Entry { record: RecordId, source: EntryError },
    /// A command without any version.
    #[error("nothing was given to write")]
    Nothing,
    /// A receipt of another transaction, or of a savepoint that was rolled back.
    #[error("the receipt does not belong to what is being committed; this is a fault in the program")]
    ForeignReceipt,
    /// Stored data are not what they must be; `akashi journal verify` tells more.
    #[error("{place} is damaged: {what}; run `akashi journal verify`")]
    Damaged { place: String, what: String },
    /// The log key.
    #[error("the log key cannot be used: {source}")]
    Key { source: KeyError },
    /// No key that may sign.
    #[error("there is no log key in force; run `akashi init` or restore the key")]
    NoKey,
    /// The log keys are not where a step of their rotation begins.
    #[error("the log keys cannot be rotated: {what}")]
    Rotation { what: &'static str },
    /// The checkpoint cannot be signed or read.
    #[error("the checkpoint cannot be made: {source}")]
    Checkpoint { source: CheckpointError },
    /// A proof was asked for something outside the tree.
    #[error("the proof cannot be made: {source}")]
    Proof { source: MerkleError },
    /// Not such a blob.
    #[error("file content {digest} is not in the store")]
    NoBlob { digest: String },
    /// The operating system gave no random bytes.
    #[error("the operating system gives no random bytes: {what}")]
    Random { what: String },
    /// What is read is not a backup, or not a whole one.
    #[error("the backup cannot be read: {what}")]
    Backup { what: String },
    /// The transaction that several commands shared failed as a whole; none of them is known to be kept.
    #[error("{0}")]
    Together(std::sync::Arc<StoreError>),
    /// A commit failed and could not be undone either.
    #[error("nobody knows whether {place} kept what was written ({source}); look there before you repeat it")]
    Unknown { place: String, source: rusqlite::Error },
    /// A file was disposed of while a backup was made.
    #[error("file content {digest} went away meanwhile; begin again")]
    Gone { digest: String },
    /// A helper thread ended early.
    #[error("a background step was interrupted: {what}")]
    Interrupted { what: String },
}

impl StoreError {
    /// The error itself, without what says that several commands shared it.
    #[must_use]
    pub fn root(&self) -> &StoreError {
        match self {
            StoreError::Together(shared) => shared.root(),
            own => own,
        }
    }

    /// Makes the error of damaged data.
    pub(crate) fn damaged(place: impl Into<String>, what: impl ToString) -> StoreError {
        StoreError::Damaged { place: place.into(), what: what.to_string() }
    }

    /// Makes the error of a file operation.
    pub(crate) fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> StoreError {
        let path = path.into();
        move |source| match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                StoreError::Full { doing, place: path.display().to_string(), why: source.to_string() }
            }
            _ => StoreError::Io { doing, path, source },
        }
    }
}
