//! Backup, restore and drill. A backup is a chain of encrypted pieces in a depot (`chain`, `depot`), the first whole, each
//! later one with what is new; and one small file of keys, which every run replaces. Keep the pieces where nobody can
//! change them (locked storage) and the keys where they can be replaced: whatever is disposed of is then gone from
//! every old backup too. What is in the streams is the store's matter.

mod age;
mod chain;
mod depot;
mod drill;
mod make;
mod restore;
mod state;
mod words;

pub use age::WORK;
pub use akashi_journal::checkpoint::KeyRing;
pub use chain::{Chain, Damage, KEYS, Manifest, Piece, Plain};
pub use depot::{Depot, DepotError, Folder, Lock, Removed};
pub use drill::{Drill, Drilled, drill};
pub use make::{Made, Target};
pub use restore::{Restore, Shown, chains, restore};
pub use state::{BackupState, LastBackup, LastDrill};
pub(crate) use words::japanese;

use akashi_domain::Label;

use crate::error::AppError;

impl From<Damage> for AppError {
    fn from(damage: Damage) -> AppError {
        let Label { ja, en } = damage.label();
        // One file of keys serves every generation.
        if damage.object == KEYS {
            return AppError::invalid(format!("バックアップの鍵: {ja}"), format!("The keys of the backup: {en}"));
        }
        AppError::invalid(
            format!("バックアップに問題があります。{ja}。ほかの世代は --chain で選べます(akashi backup check で一覧)"),
            format!(
                "The backup has a problem: {en}. Another generation can be chosen with --chain (akashi backup check lists them)"
            ),
        )
    }
}

impl From<DepotError> for AppError {
    fn from(e: DepotError) -> AppError {
        AppError::invalid(format!("バックアップの保存先: {e}"), format!("The place of the backup: {e}"))
    }
}

fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> AppError {
    let what = path.display().to_string();
    move |source| AppError::Io { what, source }
}
