//! The folder of a witness: `key` (secret), `lock`, and per log `logs/<SHA-256 of its origin>/` with `keys`,
//! `checkpoint` (the newest cosigned, as monitors read it) and `refused/`, what the log signed and should not have.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use akashi_journal::Digest;
use akashi_journal::checkpoint::{Checkpoint, CheckpointError, KeyRing};
use akashi_journal::note::{Note, SignerKey, VerifierKey};
use akashi_store::replace_file;

use crate::error::{AppError, Result};

/// Most checkpoints of one log kept as proof of its misbehaviour.
const MOST_REFUSED: usize = 100;

/// A witness.
#[derive(Debug)]
pub struct Witness {
    folder: PathBuf,
    key: SignerKey,
}

/// A log this witness cosigns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownLog {
    /// Identity of the log.
    pub origin: String,
    /// The keys that may sign for it.
    pub keys: KeyRing,
    /// The newest checkpoint cosigned.
    pub newest: Option<Checkpoint>,
    /// Checkpoints kept as proof that the log misbehaved.
    pub refused: usize,
}

impl Witness {
    /// Opens a witness' folder.
    ///
    /// # Errors
    /// There is none, or its key cannot be read.
    pub fn open(folder: &Path) -> Result<Witness> {
        let path = folder.join("key");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(no_witness(folder)),
            Err(source) => return Err(failed(&path, source)),
        };
        let key = SignerKey::parse(text.trim()).map_err(|e| damaged(&path, &e))?;
        Ok(Witness { folder: folder.to_owned(), key })
    }

    /// Makes a witness: `name` is what its signatures say, `seed` 32 secret random bytes.
    ///
    /// # Errors
    /// There is one already, a name that cannot be one, a folder that cannot be written.
    pub fn create(folder: &Path, name: &str, seed: &[u8; 32]) -> Result<Witness> {
        let path = folder.join("key");
        if path.exists() {
            let at = folder.display();
            return Err(AppError::invalid(
                format!("{at} には立会者がもうあります。公開鍵は akashi witness key で見られます"),
                format!("There is a witness in {at} already; akashi witness key shows its public key"),
            ));
        }
        let key = SignerKey::from_seed(name, seed)
            .map_err(|e| AppError::invalid(format!("立会者の名前: {e}"), e.to_string()))?;
        fs::create_dir_all(folder.join("logs")).map_err(|e| failed(folder, e))?;
        write_secret(&path, &format!("{}\n", key.to_secret_text()))?;
        Ok(Witness { folder: folder.to_owned(), key })
    }

    /// The public key others check this witness' signatures with.
    pub fn verifier(&self) -> VerifierKey {
        self.key.cosigner()
    }

    /// Takes a log in, or gives one that is known more keys: `text` is a key, which is added, or the log's whole key
    /// ring, which replaces what is known. `restart` forgets the checkpoint cosigned last: for a log that was restored
    /// from a backup, after its operator explained that to you. Gives the origin.
    ///
    /// # Errors
    /// Neither key nor key ring, or the folder cannot be written.
    pub fn add_log(&self, text: &str, restart: bool, now: i64) -> Result<String> {
        let _alone = self.lock()?;
        let keys = self.grown(text)?;
        let place = self.place(keys.origin());
        fs::create_dir_all(place.join("refused")).map_err(|e| failed(&place, e))?;
        if restart && let Some(note) = self.read(&place.join("checkpoint"))? {
            self.keep_refused(&place, &format!("before-restart-{now}"), &note)?;
            let path = place.join("checkpoint");
            fs::remove_file(&path).map_err(|e| failed(&path, e))?;
        }
        replace_file(&place.join("keys"), keys.to_string().as_bytes())?;
        Ok(keys.origin().to_owned())
    }

    /// The keys of a log once `text` is taken in.
    fn grown(&self, text: &str) -> Result<KeyRing> {
        let odd = |e: &dyn std::fmt::Display| {
            AppError::invalid(format!("ログの鍵を読めません({e})"), format!("The log's key cannot be read: {e}"))
        };
        let Ok(key) = text.trim().parse::<VerifierKey>() else {
            return text.parse().map_err(|e: CheckpointError| odd(&e));
        };
        match self.keys_in(&self.place(key.name()))? {
            Some(mut known) => known.trust(key, 0, None).map(|()| known),
            None => KeyRing::new(key),
        }
        .map_err(|e| odd(&e))
    }

    /// The logs it knows, by origin.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn logs(&self) -> Result<Vec<KnownLog>> {
        let folder = self.folder.join("logs");
        let mut logs = Vec::new();
        for entry in fs::read_dir(&folder).map_err(|e| failed(&folder, e))? {
            let place = entry.map_err(|e| failed(&folder, e))?.path();
            let Some(keys) = self.keys_in(&place)? else { continue };
            let newest = self.newest_in(&place)?.map(|(_, checkpoint)| checkpoint);
            let refused = fs::read_dir(place.join("refused")).map_or(0, Iterator::count);
            logs.push(KnownLog { origin: keys.origin().to_owned(), keys, newest, refused });
        }
        logs.sort_by(|a, b| a.origin.cmp(&b.origin));
        Ok(logs)
    }

    /// The newest checkpoint cosigned of a log, by the SHA-256 of its origin in hex: what monitors read.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn published(&self, hash: &str) -> Result<Option<Vec<u8>>> {
        match Digest::from_hex(hash) {
            Ok(hash) => self.read(&self.folder.join("logs").join(hash.to_hex()).join("checkpoint")),
            Err(_) => Ok(None),
        }
    }

    pub(super) fn signer(&self) -> &SignerKey {
        &self.key
    }

    /// The folder of a log.
    pub(super) fn place(&self, origin: &str) -> PathBuf {
        self.folder.join("logs").join(Digest::of(origin.as_bytes()).to_hex())
    }

    /// Keeps other threads and processes out until it is dropped.
    pub(super) fn lock(&self) -> Result<File> {
        let path = self.folder.join("lock");
        let file = File::options().create(true).append(true).open(&path).map_err(|e| failed(&path, e))?;
        file.lock().map_err(|e| failed(&path, e))?;
        Ok(file)
    }

    pub(super) fn keys_in(&self, place: &Path) -> Result<Option<KeyRing>> {
        let path = place.join("keys");
        let Some(bytes) = self.read(&path)? else { return Ok(None) };
        let text = String::from_utf8(bytes).map_err(|e| damaged(&path, &e))?;
        text.parse().map(Some).map_err(|e: CheckpointError| damaged(&path, &e))
    }

    pub(super) fn newest_in(&self, place: &Path) -> Result<Option<(Note, Checkpoint)>> {
        let path = place.join("checkpoint");
        let Some(bytes) = self.read(&path)? else { return Ok(None) };
        let note = Note::parse(&bytes).map_err(|e| damaged(&path, &e))?;
        let checkpoint = Checkpoint::parse(note.text()).map_err(|e| damaged(&path, &e))?;
        Ok(Some((note, checkpoint)))
    }

    /// Makes the checkpoint the newest of its log; on disk when this returns.
    pub(super) fn keep(&self, place: &Path, note: &Note) -> Result<()> {
        Ok(replace_file(&place.join("checkpoint"), note.to_string().as_bytes())?)
    }

    /// Keeps what a log signed and should not have; no more than so many.
    pub(super) fn keep_refused(&self, place: &Path, name: &str, note: &[u8]) -> Result<()> {
        let folder = place.join("refused");
        fs::create_dir_all(&folder).map_err(|e| failed(&folder, e))?;
        if fs::read_dir(&folder).map_err(|e| failed(&folder, e))?.count() < MOST_REFUSED {
            replace_file(&folder.join(name), note)?;
        }
        Ok(())
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>> {
        match fs::read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(failed(path, e)),
        }
    }
}

/// Readable by its owner only, and on disk when this returns.
fn write_secret(path: &Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|e| failed(path, e))
}

fn failed(path: &Path, source: io::Error) -> AppError {
    AppError::Io { what: path.display().to_string(), source }
}

fn damaged(path: &Path, what: &impl ToString) -> AppError {
    let (at, what) = (path.display(), what.to_string());
    AppError::invalid(format!("{at} を読めません({what})"), format!("{at} cannot be read ({what})"))
}

fn no_witness(folder: &Path) -> AppError {
    let at = folder.display();
    AppError::not_found(
        format!("{at} に立会者がありません。先に akashi witness init --name … を実行してください"),
        format!("There is no witness in {at}; run akashi witness init --name … first"),
    )
}
