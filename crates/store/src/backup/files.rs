//! Putting sealed files back: bytes go to their place as they are read, never all into memory. What has no key was
//! disposed of after the piece was made; nobody can read it any more, and it is not put back.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use akashi_journal::Digest;

use super::row::wrong;
use crate::db::OpenTx;
use crate::error::{Result, StoreError};
use crate::log::sync_folder;
use crate::sql::Sql;

/// Where files go while a backup is loaded. Unless it is kept, what it wrote is removed again.
pub(super) struct Files {
    folder: PathBuf,
    sqlite: bool,
    /// Names that have a key.
    known: BTreeSet<String>,
    written: Vec<PathBuf>,
    /// Name, parts so far, and the open file on SQLite.
    now: Option<(String, u64, Option<File>)>,
}

impl Files {
    pub(super) fn new(data: &Path, sqlite: bool) -> Files {
        let folder = data.join("blobs");
        Files { folder, sqlite, known: BTreeSet::new(), written: Vec::new(), now: None }
    }

    /// Notes a file that has a key.
    pub(super) fn know(&mut self, name: &str) -> Result<()> {
        if name.len() < 3 || !name.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(wrong("the name of a file is none of ours"));
        }
        self.known.insert(name.to_owned());
        Ok(())
    }

    /// Takes the next part of a file.
    pub(super) async fn part(&mut self, tx: &mut OpenTx, name: &str, digest: Digest, bytes: Vec<u8>) -> Result<()> {
        if !self.known.contains(name) {
            return Ok(());
        }
        if self.now.as_ref().is_none_or(|(now, ..)| now != name) {
            self.finish()?;
            let file = if self.sqlite { Some(self.create(name)?) } else { None };
            self.now = Some((name.to_owned(), 0, file));
        }
        let Some((_, number, file)) = &mut self.now else { return Ok(()) };
        let at = *number;
        *number += 1;
        match file {
            Some(file) => file.write_all(&bytes).map_err(StoreError::io("write", &self.folder)),
            None if bytes.is_empty() => Ok(()),
            None => {
                let text = "insert into blob_chunk (digest, number, bytes) values ($1, $2, $3)";
                let sql = Sql::new("restore a file", text).bind(digest.to_hex()).bind(at).bind(bytes);
                tx.on().execute(sql).await.map(drop)
            }
        }
    }

    fn create(&mut self, name: &str) -> Result<File> {
        let folder = self.folder.join(&name[..2]);
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(&folder).map_err(StoreError::io("make the folder", &folder))?;
        let path = folder.join(&name[2..]);
        let mut options = File::options();
        // A piece that names a file twice is not one of ours.
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(StoreError::io("write", &path))?;
        self.written.push(path);
        Ok(file)
    }

    /// Ends the file that is open.
    pub(super) fn finish(&mut self) -> Result<()> {
        match self.now.take() {
            Some((_, _, Some(file))) => file.sync_all().map_err(StoreError::io("write", &self.folder)),
            _ => Ok(()),
        }
    }

    /// Makes the names last and keeps all of it.
    pub(super) fn keep(&mut self) -> Result<()> {
        self.finish()?;
        let folders: BTreeSet<_> = self.written.iter().filter_map(|path| path.parent()).map(Path::to_owned).collect();
        folders.iter().try_for_each(|folder| sync_folder(folder))?;
        if !folders.is_empty() {
            sync_folder(&self.folder)?;
        }
        self.written.clear();
        Ok(())
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // What cannot be removed has no key here and holds nothing readable.
        self.written.iter().for_each(|path| drop(std::fs::remove_file(path)));
    }
}
