//! Making a backup: the next piece of the newest chain, or the first of a new one; then the keys; then old chains go.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use akashi_domain::Label;
use akashi_journal::{Digest, time};
use akashi_store::{Link, Saved, Since, Store, StoreError};
use sha2::{Digest as _, Sha256};

use super::age::Encrypt;
use super::chain::{Chain, KEYS, Manifest, PREFIX, Plain, names, objects, write_sums};
use super::depot::{Depot, Lock, Removed};
use super::io;
use super::state::LastBackup;
use crate::ctx::Ctx;
use crate::error::{AppError, Result};
use crate::service::App;

/// Fewest characters of a passphrase.
const SHORTEST: usize = 12;
/// Pieces of a chain, after which a new one begins: each costs a second when restoring.
const LONGEST_CHAIN: usize = 30;
/// Runs until no file goes away meanwhile.
const TRIES: u32 = 5;

/// Where a backup goes, and how.
#[derive(Clone, Copy)]
pub struct Target<'t> {
    pub depot: &'t dyn Depot,
    /// Where the keys go; none: to the depot.
    pub keys: Option<&'t dyn Depot>,
    pub passphrase: &'t str,
    /// Work of the passphrase, as a power of two; [`super::WORK`] except in tests.
    pub work: u8,
    /// Begins a new chain.
    pub full: bool,
    /// Chains that stay, the new one among them; none: all.
    pub keep: Option<usize>,
    /// How long nobody may change the pieces.
    pub lock: Option<Duration>,
}

/// A backup that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub chain: String,
    pub piece: u32,
    /// Entries the chain reaches.
    pub entries: u64,
    /// Versions new in this piece.
    pub new_versions: u64,
    /// Files new in this piece.
    pub new_files: u64,
    /// Before encryption.
    pub plain_bytes: u64,
    /// Encrypted data and keys.
    pub stored_bytes: u64,
    /// Until when the piece is locked, if it is.
    pub locked_until: Option<String>,
    /// Chains that were removed.
    pub removed: Vec<String>,
    /// What the operator has to know.
    pub notes: Vec<Label>,
}

/// Both streams, encrypted, as scratch files.
struct Spooled {
    data: PathBuf,
    keys: PathBuf,
    saved: Saved,
    plain: Plain,
    /// SHA-256 of the encrypted data, hexadecimal.
    sealed: String,
}

impl App {
    /// Makes a backup while everything goes on. Objects appear under their names only when whole.
    ///
    /// # Errors
    /// A passphrase too short, a depot that refuses, a chain that is damaged, whatever the store meets.
    pub async fn back_up(&self, ctx: &Ctx, to: &Target<'_>) -> Result<Made> {
        if to.passphrase.chars().count() < SHORTEST {
            return Err(AppError::invalid(
                format!("合言葉は {SHORTEST} 文字以上にしてください"),
                format!("The passphrase needs at least {SHORTEST} characters"),
            ));
        }
        let listed = to.depot.list()?;
        let mut notes = Vec::new();
        let going_on = if to.full { None } else { self.going_on(to.depot, &listed, &mut notes).await? };
        let name = going_on.as_ref().map_or_else(|| new_name(ctx.now, &listed), |chain| chain.name.clone());
        let link = going_on.as_ref().map(Chain::next).unwrap_or_default();
        let folder = to.depot.beside().unwrap_or_else(|| self.store().data().to_path_buf());
        let spool = Spool::new(&folder, ctx.now)?;
        let spooled = spool.fill(self.store(), to, going_on.as_ref(), &link).await?;
        let mut made = self.store_piece(ctx, to, &spool, &spooled, &name, &link)?;
        made.notes.splice(0..0, notes);
        if let Some(keep) = to.keep {
            retire(to.depot, keep.max(1), &mut made)?;
        }
        let place = to.depot.name();
        self.note_backup(&LastBackup::new(ctx.now, place, to.keys.map(Depot::name), &made)).await?;
        Ok(made)
    }

    /// The chain that can be gone on with: the newest, if it is of this log and not too long.
    async fn going_on(
        &self,
        depot: &dyn Depot,
        listed: &[(String, u64)],
        notes: &mut Vec<Label>,
    ) -> Result<Option<Chain>> {
        let Some(name) = names(listed).pop() else { return Ok(None) };
        let chain = match Chain::read_listed(depot, &name, listed) {
            Ok(chain) => chain,
            Err(damage) => {
                notes.push(Label::new(
                    format!("前のバックアップ {damage}。新しい全体バックアップを作りました"),
                    format!("The backup before is damaged at {damage}; a new whole one was made"),
                ));
                return Ok(None);
            }
        };
        let Some(last) = chain.pieces.last().map(|piece| &piece.manifest) else { return Ok(None) };
        let meta = self.store().meta();
        let same = (last.origin.as_str(), last.epoch) == (meta.origin.as_str(), meta.epoch);
        let fits = same && chain.pieces.len() < LONGEST_CHAIN && self.holds(last).await?;
        Ok(Some(chain).filter(|_| fits))
    }

    /// Whether this log went on from that piece: its checkpoint is one of those kept here.
    async fn holds(&self, last: &Manifest) -> Result<bool> {
        let Some(note) = &last.checkpoint else { return Ok(false) };
        let here = self.store().checkpoints(last.size, 1).await?;
        // Cosignatures may have come since: what was signed is compared.
        let text = |note: &str| note.split("\n\n").next().unwrap_or_default().to_owned();
        Ok(here.first().is_some_and(|c| text(&c.note) == text(note)) && self.store().end().await? >= last.entries)
    }

    /// Gives everything its name. The keys first: whoever restores beside newer keys learns what is lost, while data
    /// without their keys would be lost themselves. The manifest last: with it the piece counts.
    fn store_piece(
        &self,
        ctx: &Ctx,
        to: &Target<'_>,
        spool: &Spool,
        spooled: &Spooled,
        name: &str,
        link: &Link,
    ) -> Result<Made> {
        let Spooled { data, keys, saved, plain, sealed } = spooled;
        let meta = self.store().meta();
        let manifest = Manifest::new(saved, link, (meta.origin.as_str(), meta.epoch), plain.clone()).to_bytes();
        let stored_bytes = [data, keys].into_iter().filter_map(|path| path.metadata().ok()).map(|m| m.len()).sum();
        let until = to.lock.map(|span| ctx.now / 1_000_000 + span.as_secs() as i64);
        let keys_depot = to.keys.unwrap_or(to.depot);
        let mut notes = Vec::new();
        if let Lock::Until(until) = keys_depot.replace(KEYS, keys)? {
            notes.push(keys_are_locked(&keys_depot.name(), &until));
        }
        let [data_name, manifest_name, sums_name] = objects(name, link.piece);
        let lock = to.depot.put(&data_name, data, until)?;
        let sums = write_sums(link.piece, sealed, &Digest::of(&manifest).to_hex());
        to.depot.put(&sums_name, &spool.write("sums", sums.as_bytes())?, until)?;
        to.depot.put(&manifest_name, &spool.write("manifest", &manifest)?, until)?;
        let locked_until = match lock {
            Lock::Until(until) => Some(until),
            Lock::Open => None,
            Lock::Unsupported => {
                notes.push(no_locks(&to.depot.name()));
                None
            }
        };
        Ok(Made {
            chain: name.to_owned(),
            piece: link.piece,
            entries: saved.entries,
            new_versions: saved.rows.get("record_version").copied().unwrap_or_default(),
            new_files: saved.files.len() as u64,
            plain_bytes: plain.bytes,
            stored_bytes,
            locked_until,
            removed: Vec::new(),
            notes,
        })
    }
}

/// Removes the oldest chains; what is locked stays and is named.
fn retire(depot: &dyn Depot, keep: usize, made: &mut Made) -> Result<()> {
    let listed = depot.list()?;
    let chains = names(&listed);
    for chain in &chains[..chains.len().saturating_sub(keep)] {
        let inside = listed.iter().map(|(name, _)| name).filter(|name| name.split('/').next() == Some(chain.as_str()));
        // The manifests first: a chain half removed must not look like a whole one.
        let (first, rest): (Vec<_>, Vec<_>) = inside.partition(|name| name.ends_with(".json"));
        let mut locked = false;
        for name in first.into_iter().rev().chain(rest) {
            locked |= depot.remove(name)? == Removed::Locked;
            if locked {
                break;
            }
        }
        if locked {
            made.notes.push(Label::new(
                format!("{chain} はロック期間中のため、まだ削除していません"),
                format!("{chain} is still locked and stays for now"),
            ));
        } else {
            made.removed.push(chain.clone());
        }
    }
    Ok(())
}

fn keys_are_locked(place: &str, until: &str) -> Label {
    Label::new(
        format!(
            "鍵のファイルが {until} までロックされています({place} の既定のロック)。廃棄した記録が古いバックアップから読める状態が残るため、--keys-to でロックのない保存先を指定してください"
        ),
        format!(
            "The keys are locked until {until} (by the default of {place}): what is disposed of can still be read from old backups; give a place without locks by --keys-to"
        ),
    )
}

fn no_locks(place: &str) -> Label {
    Label::new(
        format!("{place} には追記のみのロック(オブジェクトロック)がありません。ロックなしで保存しました"),
        format!("{place} has no object lock; the backup was stored without one"),
    )
}

/// `akashi-20261122T010000Z`, and another if that is taken.
fn new_name(now: i64, listed: &[(String, u64)]) -> String {
    let text = time::to_rfc3339(now).unwrap_or_default();
    let stamp: String = text.chars().filter(char::is_ascii_alphanumeric).take(15).collect();
    let taken = names(listed);
    let name = format!("{PREFIX}{stamp}Z");
    let others = (2..).map(|n| format!("{name}-{n}"));
    std::iter::once(name.clone()).chain(others).find(|name| !taken.contains(name)).unwrap_or(name)
}

/// A folder for what is not under its name yet; it goes with everything in it.
struct Spool(PathBuf);

impl Spool {
    fn new(parent: &Path, now: i64) -> Result<Spool> {
        let folder = parent.join(format!(".akashi-backup-{}", crate::command::new_id(now)));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(&folder).map_err(io(&folder))?;
        Ok(Spool(folder))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.0.join(name);
        let written = private(&path).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.map_err(io(&path)).map(|()| path)
    }

    async fn fill(&self, store: &Store, to: &Target<'_>, before: Option<&Chain>, link: &Link) -> Result<Spooled> {
        let mut tries = 0;
        loop {
            match self.try_fill(store, to, before, link).await {
                // A disposal took a file away while it was read: the next snapshot does without it.
                Err(AppError::Store(StoreError::Gone { .. })) if tries < TRIES => tries += 1,
                filled => return filled,
            }
        }
    }

    async fn try_fill(&self, store: &Store, to: &Target<'_>, before: Option<&Chain>, link: &Link) -> Result<Spooled> {
        let [data, keys] = ["data", "keys"].map(|name| self.0.join(name));
        let begin = |path: &Path| -> Result<Encrypt<Digesting<BufWriter<File>>>> {
            let file = BufWriter::with_capacity(1 << 17, private(path).map_err(io(path))?);
            Encrypt::begin(Digesting::new(file), to.passphrase, to.work).map_err(io(path))
        };
        let (mut to_data, mut to_keys) = (Digesting::new(begin(&data)?), begin(&keys)?);
        let files = before.map(Chain::files).unwrap_or_default();
        let last = before.and_then(|chain| chain.pieces.last()).map(|piece| &piece.manifest);
        let since = last.map(|last| Since { entries: last.entries, size: last.size, files: &files });
        let saved = store.back_up(since, link, &mut to_data, &mut to_keys).await?;
        let (encrypted, plain) = to_data.finish();
        let sealed = end(encrypted, &data)?;
        end(to_keys, &keys)?;
        Ok(Spooled { data, keys, saved, plain, sealed: sealed.sha256 })
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        // What cannot be removed is encrypted, and no backup has such a name.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn end(file: Encrypt<Digesting<BufWriter<File>>>, path: &Path) -> Result<Plain> {
    let (mut file, sealed) = file.finish().map_err(io(path))?.finish();
    file.flush().and_then(|()| file.get_ref().sync_all()).map_err(io(path))?;
    Ok(sealed)
}

/// A new file for its owner's eyes only.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes through, counting and hashing.
struct Digesting<W> {
    to: W,
    hasher: Sha256,
    bytes: u64,
}

impl<W: Write> Digesting<W> {
    fn new(to: W) -> Digesting<W> {
        Digesting { to, hasher: Sha256::new(), bytes: 0 }
    }

    fn finish(self) -> (W, Plain) {
        (self.to, Plain { bytes: self.bytes, sha256: hex::encode(self.hasher.finalize()) })
    }
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.to.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}
