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

pub use age::WORK;
pub use akashi_journal::checkpoint::KeyRing;
pub use chain::{Chain, Damage, KEYS, Manifest, Piece, Plain};
pub use depot::{Depot, DepotError, Folder, Lock, Removed};
pub use drill::{Drill, Drilled, drill};
pub use make::{Made, Target};
pub use restore::{Restore, Shown, chains, restore};
pub use state::{BackupState, LastBackup, LastDrill};

use crate::error::AppError;

impl From<Damage> for AppError {
    fn from(damage: Damage) -> AppError {
        AppError::invalid(
            format!("バックアップの {} に問題があります: {}", damage.object, damage.what),
            format!("The backup is damaged at {damage}"),
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
