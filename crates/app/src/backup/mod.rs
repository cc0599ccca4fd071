//! Backup, restore and drill: two encrypted files per backup, the data and the keys, in a folder. What is in them
//! is the store's matter. Keep the data where nobody can change them (locked storage) and only the newest keys
//! beside them: whatever was disposed of is then gone from old backups too.

mod age;

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

pub use akashi_journal::checkpoint::KeyRing;
use akashi_journal::time;
use akashi_store::{Saved, Store};

pub use age::WORK;
use age::{Decrypt, Encrypt};

use crate::ctx::Ctx;
use crate::error::{AppError, Result};
use crate::service::App;
use crate::verify::Fault;

/// End of the name of a data file.
const DATA: &str = ".data.age";
/// End of the name of a keys file.
const KEYS: &str = ".keys.age";
/// Fewest characters of a passphrase.
const SHORTEST: usize = 12;

/// A backup that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub data: PathBuf,
    pub keys: PathBuf,
    /// Entries of its newest checkpoint.
    pub entries: u64,
    pub rows: u64,
    pub files: u64,
}

/// What to restore, and where.
#[derive(Clone, Debug)]
pub struct Restore<'a> {
    /// The data file.
    pub from: &'a Path,
    /// The keys file; none: the one beside the data.
    pub keys: Option<&'a Path>,
    pub passphrase: &'a str,
    /// A checkpoint published after the backup, as a signed note.
    pub published: Option<&'a [u8]>,
    /// Log keys somebody kept elsewhere; none: those of the backup itself.
    pub trusted: Option<KeyRing>,
}

/// What restoring showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Entries recomputed.
    pub entries: u64,
    /// Of these, covered by a signed checkpoint whose root is the recomputed one.
    pub covered: u64,
    /// Root over all entries, base64.
    pub root: String,
    /// The epoch the log goes on in, if a new one had to be opened.
    pub new_epoch: Option<u32>,
    pub faults: Vec<Fault>,
}

impl App {
    /// Writes a backup into a folder while everything goes on; its files appear under their names only when whole.
    ///
    /// # Errors
    /// A passphrase too short, a folder that cannot be written, whatever the store meets.
    pub async fn back_up(&self, ctx: &Ctx, folder: &Path, passphrase: &str, work: u8) -> Result<Made> {
        if passphrase.chars().count() < SHORTEST {
            return Err(AppError::invalid(
                format!("合言葉は {SHORTEST} 文字以上にしてください"),
                format!("The passphrase needs at least {SHORTEST} characters"),
            ));
        }
        std::fs::create_dir_all(folder).map_err(io(folder))?;
        let stamp: String = time::to_rfc3339(ctx.now)
            .unwrap_or_default()
            .chars()
            .filter(|c| c.is_ascii_alphanumeric())
            .take(15)
            .collect();
        let path = |end: &str| folder.join(format!("akashi-{stamp}Z{end}"));
        let (data, keys) = (path(DATA), path(KEYS));
        let saved = save(self.store(), [&data, &keys], passphrase, work).await?;
        Ok(Made { data, keys, entries: saved.checkpoint.map_or(0, |c| c.size), rows: saved.rows, files: saved.files })
    }
}

/// Makes an installation out of a backup, in an empty folder and database, and verifies all of it.
///
/// # Errors
/// No such backup, another passphrase, a changed file, a place that is not empty. Faults that verifying finds are
/// in the answer.
pub async fn restore(address: &str, folder: &Path, asked: Restore<'_>, now: i64) -> Result<Shown> {
    let beside = PathBuf::from(asked.from.to_string_lossy().replace(DATA, KEYS));
    let keys = asked.keys.unwrap_or(&beside);
    let (mut data, mut keys) = (open(asked.from, asked.passphrase)?, open(keys, asked.passphrase)?);
    let streams: (&mut (dyn std::io::Read + Send), &mut (dyn std::io::Read + Send)) = (&mut data, &mut keys);
    let restored = Store::restore(address, folder, streams, asked.trusted, asked.published, now).await?;
    restored.store.close().await;
    let report = &restored.report;
    let faults = report.faults.iter().map(|f| Fault { place: f.place.text().en, what: f.kind.text() }).collect();
    Ok(Shown {
        entries: report.entries,
        covered: report.covered,
        root: report.root.to_base64(),
        new_epoch: restored.new_epoch,
        faults,
    })
}

/// Restores into a scratch folder, verifies, and removes it again.
///
/// # Errors
/// As [`restore`].
pub async fn drill(asked: Restore<'_>, scratch: &Path, now: i64) -> Result<Shown> {
    let folder = scratch.join(format!("akashi-drill-{}", crate::command::new_id(now)));
    std::fs::create_dir(&folder).map_err(io(&folder))?;
    let address =
        format!("sqlite://{}", std::path::absolute(&folder).map_err(io(&folder))?.join("akashi.db").display());
    let shown = restore(&address, &folder, asked, now).await;
    std::fs::remove_dir_all(&folder).map_err(io(&folder))?;
    shown
}

/// Writes both files under scratch names first.
async fn save(store: &Store, [data, keys]: [&Path; 2], passphrase: &str, work: u8) -> Result<Saved> {
    let scratch = |path: &Path| path.with_extension("age.part");
    let begin = |path: &Path| -> Result<Encrypt<BufWriter<File>>> {
        let file = private(&scratch(path)).map_err(io(path))?;
        Encrypt::begin(BufWriter::new(file), passphrase, work).map_err(io(path))
    };
    let (mut to_data, mut to_keys) = (begin(data)?, begin(keys)?);
    let saved = store.back_up(&mut to_data, &mut to_keys).await;
    let ended = saved.map_err(AppError::from).and_then(|saved| {
        end(to_data, data)?;
        end(to_keys, keys)?;
        Ok(saved)
    });
    if ended.is_err() {
        // Half a backup must not lie around; what cannot be removed has no valid name.
        [data, keys].into_iter().for_each(|path| drop(std::fs::remove_file(scratch(path))));
        return ended;
    }
    // The keys last: with them the backup counts as made.
    for path in [data, keys] {
        std::fs::rename(scratch(path), path).map_err(io(path))?;
    }
    ended
}

fn end(file: Encrypt<BufWriter<File>>, path: &Path) -> Result<()> {
    let mut file = file.finish().map_err(io(path))?;
    file.flush().and_then(|()| file.get_ref().sync_all()).map_err(io(path))
}

fn open(path: &Path, passphrase: &str) -> Result<Decrypt<BufReader<File>>> {
    let file = File::open(path).map_err(io(path))?;
    Decrypt::open(BufReader::new(file), passphrase).map_err(io(path))
}

/// A new file for its owner's eyes only.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> AppError {
    let what = path.display().to_string();
    move |source| AppError::Io { what, source }
}
