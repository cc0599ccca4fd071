//! Restoring a chain from a depot, checked piece by piece, and verifying all of it.

use std::path::Path;

use akashi_store::{Link, Opened, Pieces, Store, StoreError};

use super::age::Decrypt;
use super::chain::{Chain, Checked, Damage, KEYS, damage, names, objects};
use super::depot::Depot;
use super::{KeyRing, io};
use crate::error::{AppError, Result};
use crate::verify::Fault;

/// What to restore.
#[derive(Clone)]
pub struct Restore<'a> {
    pub depot: &'a dyn Depot,
    /// Where the keys lie; none: in the depot.
    pub keys: Option<&'a dyn Depot>,
    /// Which chain; none: the newest.
    pub chain: Option<&'a str>,
    pub passphrase: &'a str,
    /// Checkpoints somebody has seen, as signed notes.
    pub known: Vec<Vec<u8>>,
    /// Log keys somebody kept elsewhere; none: those of the backup itself.
    pub trusted: Option<KeyRing>,
}

/// What restoring showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub chain: String,
    pub pieces: u32,
    /// Bytes of the encrypted data that were read.
    pub stored_bytes: u64,
    /// Entries recomputed, those of a new epoch too.
    pub entries: u64,
    /// Of these, covered by a signed checkpoint whose root is the recomputed one.
    pub covered: u64,
    /// Root over all entries, base64.
    pub root: String,
    /// The epoch the log goes on in, if a new one had to be opened.
    pub new_epoch: Option<u32>,
    /// Its origin from now on.
    pub origin: String,
    /// Entries that were published later and are lost.
    pub lost: u64,
    /// Records disposed of after the backup, and therefore again.
    pub disposed_again: u64,
    pub faults: Vec<Fault>,
}

/// The chains of a depot, the oldest first; a damaged one says where.
///
/// # Errors
/// The depot cannot be read.
pub fn chains(depot: &dyn Depot) -> Result<Vec<(String, std::result::Result<Chain, Damage>)>> {
    let listed = depot.list()?;
    let read = |name: String| (name.clone(), Chain::read_listed(depot, &name, &listed));
    Ok(names(&listed).into_iter().map(read).collect())
}

/// Makes an installation out of a backup, in an empty folder and database, and verifies all of it. `tell` hears how
/// many bytes of how many are read.
///
/// # Errors
/// No such backup, another passphrase, an object that is damaged or missing (named), a place that is not empty. Faults
/// that verifying finds are in the answer.
pub async fn restore(
    address: &str,
    folder: &Path,
    asked: Restore<'_>,
    now: i64,
    tell: impl FnMut(u64, u64) + Send,
) -> Result<Shown> {
    let listed = asked.depot.list()?;
    let newest = names(&listed).pop();
    let name = asked.chain.map(str::to_owned).or(newest).ok_or_else(|| none(&asked.depot.name()))?;
    let chain = Chain::read_listed(asked.depot, &name, &listed)?;
    let keys = asked.keys.unwrap_or(asked.depot).open(KEYS).map_err(Damage::from)?;
    let mut keys = Decrypt::open(keys, asked.passphrase).map_err(|e| damage(KEYS, e))?;
    let total = chain.pieces.iter().map(|piece| piece.sealed_bytes).sum();
    let mut pieces = Source { chain: &chain, asked: &asked, at: 0, done: 0, total, tell };
    let what = akashi_store::Restore {
        keys: &mut keys,
        pieces: &mut pieces,
        trusted: asked.trusted.clone(),
        published: asked.known.clone(),
    };
    let restored = Store::restore(address, folder, what, now).await?;
    restored.store.close().await;
    let report = &restored.report;
    let faults = report.faults.iter().map(crate::verify::fault).collect();
    Ok(Shown {
        chain: name,
        pieces: chain.pieces.len() as u32,
        stored_bytes: total,
        entries: report.entries,
        covered: report.covered,
        root: report.root.to_base64(),
        new_epoch: restored.new_epoch,
        origin: restored.store.meta().origin.clone(),
        lost: restored.lost,
        disposed_again: restored.disposed_again,
        faults,
    })
}

/// A folder of its own for a scratch installation, removed afterwards.
pub(super) async fn restore_scratch(
    parent: &Path,
    asked: Restore<'_>,
    now: i64,
    tell: impl FnMut(u64, u64) + Send,
) -> Result<Shown> {
    let folder = parent.join(format!("akashi-drill-{}", crate::command::new_id(now)));
    std::fs::create_dir(&folder).map_err(io(&folder))?;
    let absolute = std::path::absolute(&folder).map_err(io(&folder))?;
    let address = format!("sqlite://{}", absolute.join("akashi.db").display());
    let shown = restore(&address, &folder, asked, now, tell).await;
    std::fs::remove_dir_all(&folder).map_err(io(&folder))?;
    shown
}

fn none(place: &str) -> AppError {
    AppError::not_found(format!("{place} にバックアップはありません"), format!("There is no backup in {place}"))
}

/// Opens one piece after the other.
struct Source<'a, T> {
    chain: &'a Chain,
    asked: &'a Restore<'a>,
    at: usize,
    done: u64,
    total: u64,
    tell: T,
}

impl<T: FnMut(u64, u64) + Send> Pieces for Source<'_, T> {
    fn open(&mut self) -> std::result::Result<Option<Opened>, StoreError> {
        (self.tell)(self.done, self.total);
        let Some(piece) = self.chain.pieces.get(self.at) else { return Ok(None) };
        let [name, ..] = objects(&self.chain.name, self.at as u32);
        let broken = |what: &dyn ToString| StoreError::Backup { what: format!("{name}: {}", what.to_string()) };
        let sealed = self.asked.depot.open(&name).map_err(|e| broken(&e))?;
        let sealed = Checked::new(sealed, &piece.sealed);
        let plain = Decrypt::open(sealed, self.asked.passphrase).map_err(|e| broken(&e))?;
        let from = Box::new(Checked::new(plain, &piece.manifest.data.sha256));
        let previous = self.at.checked_sub(1).map(|before| self.chain.pieces[before].digest);
        let link = Link { piece: self.at as u32, previous };
        self.at += 1;
        self.done += piece.sealed_bytes;
        Ok(Some(Opened { name, link, last: self.at == self.chain.pieces.len(), from }))
    }
}
