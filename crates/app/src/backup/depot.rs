//! Where backups lie: a folder, or (in the room that knows HTTP) a bucket. A depot takes whole objects and gives them
//! back; what they mean is the neighbours' matter.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// A place for backups. Calls block.
pub trait Depot: Send + Sync {
    /// Its name for people and errors; never with a credential.
    fn name(&self) -> String;

    /// Everything in it, by name, with sizes in bytes.
    ///
    /// # Errors
    /// It cannot be reached or read.
    fn list(&self) -> Result<Vec<(String, u64)>, DepotError>;

    /// Opens an object.
    ///
    /// # Errors
    /// [`DepotError::Missing`], or it cannot be read.
    fn open(&self, name: &str) -> Result<Box<dyn Read + Send>, DepotError>;

    /// Takes a local file, which is used up: afterwards the object is there as a whole, or not at all. `locked_until`
    /// (seconds UTC) asks that nobody can change or remove it before.
    ///
    /// # Errors
    /// It cannot be written.
    fn put(&self, name: &str, from: &Path, locked_until: Option<i64>) -> Result<Lock, DepotError>;

    /// As [`Depot::put`], over what is there, and nothing of that stays: no older version either.
    ///
    /// # Errors
    /// It cannot be written, or older versions cannot be removed.
    fn replace(&self, name: &str, from: &Path) -> Result<Lock, DepotError>;

    /// Removes an object; tells whether it is gone, or locked.
    ///
    /// # Errors
    /// It cannot be reached.
    fn remove(&self, name: &str) -> Result<Removed, DepotError>;

    /// A folder from which putting costs nothing, if there is one.
    fn beside(&self) -> Option<PathBuf> {
        None
    }
}

/// Whether an object is locked against change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Until then, as the depot says it.
    Until(String),
    /// Not.
    Open,
    /// It was asked for, and the depot has no locks.
    Unsupported,
}

/// What came of removing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    Gone,
    Locked,
}

/// A depot that refuses.
#[derive(Debug, thiserror::Error)]
pub enum DepotError {
    /// No such object.
    #[error("{name} is not there")]
    Missing { name: String },
    /// Anything else, in its own words.
    #[error("{name}: {what}")]
    Failed { name: String, what: String },
}

/// A folder: a disk, a share, a medium that is carried away.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Takes a folder, which is made when something is put into it.
    pub fn new(path: impl Into<PathBuf>) -> Folder {
        Folder(path.into())
    }

    fn place(&self, name: &str) -> Result<(PathBuf, PathBuf), DepotError> {
        let path = self.0.join(name);
        let folder = path.parent().unwrap_or(&self.0).to_path_buf();
        private_folder(&folder).map_err(failed(name))?;
        Ok((path, folder))
    }
}

impl Depot for Folder {
    fn name(&self) -> String {
        self.0.display().to_string()
    }

    fn list(&self) -> Result<Vec<(String, u64)>, DepotError> {
        let mut found = Vec::new();
        for (path, below) in entries(&self.0, "").map_err(failed(&self.name()))? {
            if path.is_dir() {
                let inner = entries(&path, &format!("{below}/")).map_err(failed(&below))?;
                found.extend(inner.into_iter().filter(|(path, _)| path.is_file()));
            } else {
                found.push((path, below));
            }
        }
        let sized =
            found.into_iter().map(|(path, name)| Ok((name.clone(), path.metadata().map_err(failed(&name))?.len())));
        let mut sized = sized.collect::<Result<Vec<_>, DepotError>>()?;
        sized.sort();
        Ok(sized)
    }

    fn open(&self, name: &str) -> Result<Box<dyn Read + Send>, DepotError> {
        match File::open(self.0.join(name)) {
            Ok(file) => Ok(Box::new(BufReader::with_capacity(1 << 17, file))),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(DepotError::Missing { name: name.to_owned() }),
            Err(e) => Err(failed(name)(e)),
        }
    }

    fn put(&self, name: &str, from: &Path, locked_until: Option<i64>) -> Result<Lock, DepotError> {
        let (path, folder) = self.place(name)?;
        if std::fs::rename(from, &path).is_err() {
            // Another disk: written under a name nobody reads, then given its own.
            let scratch = path.with_added_extension("part");
            let copied = std::fs::copy(from, &scratch).and_then(|_| File::open(&scratch)?.sync_all());
            copied.and_then(|()| std::fs::rename(&scratch, &path)).map_err(failed(name))?;
            std::fs::remove_file(from).map_err(failed(name))?;
        }
        if cfg!(unix) {
            File::open(&folder).and_then(|folder| folder.sync_all()).map_err(failed(name))?;
        }
        Ok(if locked_until.is_some() { Lock::Unsupported } else { Lock::Open })
    }

    fn replace(&self, name: &str, from: &Path) -> Result<Lock, DepotError> {
        self.put(name, from, None)
    }

    fn remove(&self, name: &str) -> Result<Removed, DepotError> {
        let path = self.0.join(name);
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(failed(name)(e)),
            _ => {
                // The chain's folder goes with its last file.
                drop(path.parent().filter(|folder| *folder != self.0).map(std::fs::remove_dir));
                Ok(Removed::Gone)
            }
        }
    }

    fn beside(&self) -> Option<PathBuf> {
        private_folder(&self.0).ok().map(|()| self.0.clone())
    }
}

/// What lies in a folder, with its name below the depot; a folder that is not there is empty.
fn entries(folder: &Path, below: &str) -> std::io::Result<Vec<(PathBuf, String)>> {
    match std::fs::read_dir(folder) {
        Ok(found) => found
            .map(|entry| entry.map(|e| (e.path(), format!("{below}{}", e.file_name().to_string_lossy()))))
            .collect(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(e),
    }
}

fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

fn failed(name: &str) -> impl FnOnce(std::io::Error) -> DepotError {
    let name = name.to_owned();
    move |e| DepotError::Failed { name, what: e.to_string() }
}
