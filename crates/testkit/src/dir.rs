//! A scratch folder that goes away with the value that names it.

use std::fs;
use std::path::{Path, PathBuf};

/// A new empty folder, removed when dropped.
#[derive(Debug)]
pub struct Scratch {
    dir: tempfile::TempDir,
}

impl Scratch {
    /// Makes the folder; `name` only helps a person who looks into the temp directory.
    ///
    /// # Panics
    /// When the temp directory cannot be written: no test could go on.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let dir = tempfile::Builder::new()
            .prefix(&format!("akashi-{name}-"))
            .tempdir()
            .unwrap_or_else(|e| panic!("a scratch folder below {}: {e}", std::env::temp_dir().display()));
        Self { dir }
    }

    /// As [`Scratch::new`], in memory where the machine has a place for that: nothing has to wait for a disk. Not for
    /// what is about a disk.
    ///
    /// # Panics
    /// As [`Scratch::new`].
    #[must_use]
    pub fn in_memory(name: &str) -> Self {
        let dir = tempfile::Builder::new().prefix(&format!("akashi-{name}-")).tempdir_in("/dev/shm");
        dir.map_or_else(|_| Scratch::new(name), |dir| Self { dir })
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file, with the folders above it, and gives its full path.
    ///
    /// # Panics
    /// When the file cannot be written.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        let parent = path.parent().unwrap_or(self.path());
        fs::create_dir_all(parent).unwrap_or_else(|e| panic!("{}: {e}", parent.display()));
        fs::write(&path, bytes).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        path
    }
}

#[cfg(test)]
mod tests {
    use super::Scratch;

    #[test]
    fn holds_files_and_goes_away() {
        let scratch = Scratch::new("dir");
        let file = scratch.file("a/b.txt", "x");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "x");
        let path = scratch.path().to_owned();
        drop(scratch);
        assert!(!path.exists());
    }
}
