//! Signed checkpoints: kept in the database, the newest also as the file `checkpoint` in the data folder.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use akashi_journal::Digest;
use akashi_journal::checkpoint::Checkpoint;
use akashi_journal::note::{Note, NoteError};

use crate::db::OpenTx;
use crate::dialect::Lock;
use crate::error::{Result, StoreError};
use crate::sql::Sql;
use crate::store::Store;

/// A statement about the whole log, signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// Number of entries.
    pub size: u64,
    /// Root of the tree.
    pub root: Digest,
    /// The signed note, as published.
    pub note: String,
    /// When it was signed, microseconds UTC.
    pub at: i64,
}

/// A row of the table `checkpoint`.
pub(super) type Row = (i64, Vec<u8>, String, i64);

impl Store {
    /// Returns the newest checkpoint; none before the first entry was sequenced.
    pub async fn latest_checkpoint(&self) -> Result<Option<SignedCheckpoint>> {
        read_one(self.db().one(find(None)).await?)
    }

    /// Returns the checkpoints of `from` entries and more, oldest first, at most `limit`.
    pub async fn checkpoints(&self, from: u64, limit: u32) -> Result<Vec<SignedCheckpoint>> {
        let text = "select size, root, note, at from checkpoint where size >= $1 order by size limit $2";
        let rows = self.db().all::<Row>(Sql::new("read checkpoints", text).bind(from).bind(limit)).await?;
        rows.into_iter().map(read).collect()
    }

    /// Adds the signatures (of witnesses) of a note to the checkpoint kept for its size; those it has stay.
    ///
    /// # Errors
    /// When no checkpoint with the same text is kept.
    pub async fn add_signatures(&self, note: &Note) -> Result<()> {
        let checkpoint = Checkpoint::parse(note.text()).map_err(|source| StoreError::Checkpoint { source })?;
        let other = || StoreError::damaged(format!("checkpoint {}", checkpoint.size), "the signed one is another");
        // Two witnesses may answer at once: what is kept is read where it is written.
        let mut tx = self.db().begin(Some(Lock::Sequencer)).await?;
        let kept = read_one(tx.on().one(find(Some(checkpoint.size))).await?)?;
        let kept = kept.filter(|kept| kept.root == checkpoint.root).ok_or_else(other)?;
        let failed = |e: NoteError| StoreError::damaged(format!("checkpoint {}", checkpoint.size), e);
        let mut grown = Note::parse(kept.note.as_bytes()).map_err(failed)?;
        if grown.text() != note.text() {
            return Err(other());
        }
        note.signatures().iter().try_for_each(|signature| grown.add(signature.clone())).map_err(failed)?;
        let text = "update checkpoint set note = $1 where size = $2";
        tx.on().execute(Sql::new("keep a cosignature", text).bind(grown.to_string()).bind(checkpoint.size)).await?;
        tx.commit().await?;
        self.publish().await
    }

    /// The path of the checkpoint file.
    pub fn checkpoint_path(&self) -> PathBuf {
        self.data().join("checkpoint")
    }

    /// Brings the checkpoint file up to the newest checkpoint, if it is not.
    pub(crate) async fn publish(&self) -> Result<()> {
        let _one_at_a_time = self.publish_lock().lock().await;
        let mut written = None;
        // Another process may have put an older one over a newer one: look again after writing.
        while let Some(newest) = self.latest_checkpoint().await? {
            if written.as_ref() == Some(&newest.note) {
                break;
            }
            self.write_checkpoint_file(newest.note.clone()).await?;
            written = Some(newest.note);
        }
        Ok(())
    }

    async fn write_checkpoint_file(&self, note: String) -> Result<()> {
        let path = self.checkpoint_path();
        let write = move || match std::fs::read(&path) {
            Ok(found) if found == note.as_bytes() => Ok(()),
            _ => replace_file(&path, note.as_bytes()),
        };
        tokio::task::spawn_blocking(write).await.map_err(|e| StoreError::Interrupted { what: e.to_string() })?
    }
}

/// Reads the newest checkpoint inside a transaction.
pub(crate) async fn newest(tx: &mut OpenTx) -> Result<Option<SignedCheckpoint>> {
    read_one(tx.on().one(find(None)).await?)
}

/// The statement that keeps a checkpoint.
pub(super) fn insert(checkpoint: &SignedCheckpoint) -> Sql {
    Sql::new("keep the checkpoint", "insert into checkpoint (size, root, note, at) values ($1, $2, $3, $4)")
        .bind(checkpoint.size)
        .bind(checkpoint.root.0.to_vec())
        .bind(checkpoint.note.clone())
        .bind(checkpoint.at)
}

/// The statement that reads the checkpoint of `size` entries, or the newest.
pub(super) fn find(size: Option<u64>) -> Sql {
    let newest = "select size, root, note, at from checkpoint order by size desc limit 1";
    match size {
        Some(size) => {
            Sql::new("read a checkpoint", "select size, root, note, at from checkpoint where size = $1").bind(size)
        }
        None => Sql::new("read the newest checkpoint", newest),
    }
}

/// Reads the row [`find`] found.
pub(super) fn read_one(row: Option<Row>) -> Result<Option<SignedCheckpoint>> {
    row.map(read).transpose()
}

fn read((size, root, note, at): Row) -> Result<SignedCheckpoint> {
    let root = root.try_into().map_err(|_| StoreError::damaged(format!("checkpoint {size}"), "its root is cut"))?;
    Ok(SignedCheckpoint { size: size as u64, root: Digest(root), note, at })
}

/// Makes the names of scratch files differ within this process.
static SCRATCH: AtomicU64 = AtomicU64::new(0);

/// Writes a file so that a reader sees the old or the new content, and power loss keeps one of them. It is on disk when
/// this returns.
///
/// # Errors
/// The folder cannot be written.
pub fn replace_file(path: &Path, content: &[u8]) -> Result<()> {
    use std::io::Write as _;
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let count = SCRATCH.fetch_add(1, Ordering::Relaxed);
    let scratch = folder.join(format!(".{name}.{}.{count}", std::process::id()));
    let written = std::fs::File::create(&scratch).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    written.map_err(StoreError::io("write", &scratch))?;
    std::fs::rename(&scratch, path).map_err(StoreError::io("replace", path))?;
    sync_folder(folder)
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    // Windows has no such call and does not need it.
    if cfg!(unix) {
        let synced = std::fs::File::open(folder).and_then(|f| f.sync_all());
        synced.map_err(StoreError::io("sync the folder", folder))?;
    }
    Ok(())
}
