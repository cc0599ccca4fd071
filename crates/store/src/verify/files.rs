//! File contents: each is opened and hashed again, and nobody is noted as naming one who does not.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use akashi_journal::Digest;
use sha2::{Digest as _, Sha256};
use tokio::task::JoinHandle;

use super::fault::{FaultKind, Place};
use super::page::part;
use super::{AHEAD, LISTED, Progress, Run};
use crate::blob::CHUNK;
use crate::db::Db;
use crate::error::{Result, StoreError};
use crate::seal::{FileSealer, TAG};
use crate::sql::Sql;
use crate::store::Store;

/// Rows read at once.
const PACKET: u32 = 256;

/// A content as listed, with its key and file.
#[derive(Clone, sqlx::FromRow)]
struct Listed {
    digest: String,
    size: i64,
    key: Option<Vec<u8>>,
    file: Option<String>,
}

/// How far the files were checked, and a digest of what was listed of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FilesDone {
    pub(super) after: String,
    pub(super) count: u64,
    pub(super) mark: String,
}

/// A check that runs: what is checked, and its outcome when it ends.
type Running = (Listed, JoinHandle<Result<Option<FaultKind>>>);

impl Run {
    /// Checks every file; those done before are skipped when they are listed as they were. Returns how many there are.
    pub(super) async fn check_files(&mut self, store: &Store, tell: &mut (impl FnMut(Progress) + Send)) -> Result<u64> {
        let mut done = self.files_done_before(store).await?;
        let mut mark = Mark::default();
        self.progress.done += done.count;
        let mut running: VecDeque<Running> = VecDeque::new();
        loop {
            let rows = self.listed(&done.after).await?;
            for row in rows.iter().cloned() {
                if running.len() >= AHEAD {
                    self.take_file(store, running.pop_front()).await?;
                }
                running.push_back(self.begin_file(store, row).await?);
                self.progress.done += 1;
                tell(self.progress);
            }
            while !running.is_empty() {
                self.take_file(store, running.pop_front()).await?;
            }
            let Some(last) = rows.last() else { break };
            done.after.clone_from(&last.digest);
            done.count += rows.len() as u64;
            self.save_files(store, &mut mark, &rows, &done).await?;
        }
        self.check_uses().await?;
        self.check_parts().await?;
        Ok(done.count)
    }

    async fn listed(&mut self, after: &str) -> Result<Vec<Listed>> {
        let text = "select b.digest, b.size, (select k.key from blob_key k where k.digest = b.digest) as key,
                    (select k.file from blob_key k where k.digest = b.digest) as file
                    from blob b where b.digest > $1 order by b.digest limit $2";
        self.tx.on().all(Sql::new("read the list of files", text).bind(after).bind(PACKET)).await
    }

    /// Begins to check a file: on a thread of its own where it is a file, at once where its parts are rows.
    async fn begin_file(&mut self, store: &Store, row: Listed) -> Result<Running> {
        let ready = |kind| tokio::spawn(async move { Ok(kind) });
        let Ok(digest) = Digest::from_hex(&row.digest) else {
            return Ok((row, ready(Some(FaultKind::Unreadable { what: "its name is not a digest".into() }))));
        };
        let Some(key) = row.key.as_deref().and_then(|key| <[u8; 32]>::try_from(key).ok()) else {
            return Ok((row, ready(Some(FaultKind::Key))));
        };
        let mut content = Content::new(&key, digest, row.size);
        if let Db::Sqlite { .. } = store.db() {
            let path = store.blob_path(row.file.as_deref().unwrap_or_default());
            let read = move || content.read_file(&path);
            return Ok((row, tokio::task::spawn_blocking(read)));
        }
        for number in 0_u64.. {
            let text = "select bytes from blob_chunk where digest = $1 and number = $2";
            let sql = Sql::new("read a file", text).bind(row.digest.as_str()).bind(number);
            match self.tx.on().one::<(Vec<u8>,)>(sql).await? {
                Some((part,)) if content.take(&part) => {}
                _ => break,
            }
        }
        Ok((row, ready(content.end())))
    }

    async fn take_file(&mut self, store: &Store, running: Option<Running>) -> Result<()> {
        let Some((row, outcome)) = running else { return Ok(()) };
        let outcome = outcome.await.map_err(|e| StoreError::Interrupted { what: e.to_string() })?;
        let Some(kind) = outcome? else { return Ok(()) };
        // Files are not part of the snapshot: this one may have been disposed of since.
        let gone = match (store.db(), Digest::from_hex(&row.digest)) {
            (Db::Sqlite { .. }, Ok(digest)) => store.blob_size(digest).await?.is_none(),
            _ => false,
        };
        if !gone {
            self.fault(Place::Blob(row.digest), kind);
        }
        Ok(())
    }

    /// Whoever is noted as naming a file does: else the file would outlive its last record.
    async fn check_uses(&mut self) -> Result<()> {
        let text = "select u.digest, u.record from blob_use u where not exists (select 1 from record_version v
                    where v.record = u.record and not v.disposed and replace(v.blobs, u.digest, '') <> v.blobs)
                    order by u.digest, u.record limit $1";
        let sql = Sql::new("look who names files", text).bind(LISTED);
        for (digest, record) in self.tx.on().all::<(String, String)>(sql).await? {
            self.fault(Place::BlobUse { digest, record }, FaultKind::Stray);
        }
        Ok(())
    }

    /// Parts that belong to no file.
    async fn check_parts(&mut self) -> Result<()> {
        let text = "select c.digest, c.number from blob_chunk c where not exists (select 1 from blob b
                    where b.digest = c.digest and c.number >= 0 and c.number < (b.size + $1 - 1) / $1)
                    order by c.digest, c.number limit $2";
        let sql = Sql::new("look for parts of files", text).bind(CHUNK as u64).bind(LISTED);
        for (digest, number) in self.tx.on().all::<(String, i64)>(sql).await? {
            self.fault(Place::Row { table: "blob_chunk", key: format!("{digest} {number}") }, FaultKind::Stray);
        }
        Ok(())
    }

    /// Where an earlier run stopped, if everything it had checked is listed as it was then.
    async fn files_done_before(&mut self, store: &Store) -> Result<FilesDone> {
        let Some(before) = self.resume.files_before() else { return Ok(FilesDone::default()) };
        let (mut mark, mut after, mut count) = (Mark::default(), String::new(), 0);
        while after < before.after {
            let rows = self.listed(&after).await?;
            let Some(last) = rows.last() else { break };
            after.clone_from(&last.digest);
            count += rows.len() as u64;
            mark.add(store, &rows);
        }
        if after != before.after || mark.hex() != before.mark {
            self.resume.files_changed();
            return Ok(FilesDone::default());
        }
        self.resume.skipped_files(count);
        Ok(FilesDone { after, count, mark: before.mark })
    }

    async fn save_files(&mut self, store: &Store, mark: &mut Mark, rows: &[Listed], done: &FilesDone) -> Result<()> {
        if !self.resume.is_kept() || !self.faults.is_empty() {
            return Ok(());
        }
        if done.count == rows.len() as u64 || mark.rows + rows.len() as u64 == done.count {
            mark.add(store, rows);
        } else {
            // Some were skipped: the digest goes over all of them.
            *mark = Mark::default();
            let mut after = String::new();
            while after < done.after {
                let again = self.listed(&after).await?;
                let Some(last) = again.last() else { break };
                after.clone_from(&last.digest);
                mark.add(store, &again);
            }
        }
        self.resume.files(FilesDone { mark: mark.hex(), ..done.clone() });
        self.resume.save().await
    }
}

/// A digest of what is listed of files, with length and time of change where they are files: content that was
/// replaced together with these is found by the next full run only.
#[derive(Default)]
struct Mark {
    hash: Sha256,
    rows: u64,
}

impl Mark {
    fn add(&mut self, store: &Store, rows: &[Listed]) {
        for row in rows {
            part(&mut self.hash, Some(&row.digest));
            self.hash.update(row.size.to_be_bytes());
            part(&mut self.hash, row.key.as_ref());
            part(&mut self.hash, row.file.as_ref());
            if let Db::Sqlite { .. } = store.db() {
                part(&mut self.hash, stamp(&store.blob_path(row.file.as_deref().unwrap_or_default())));
            }
        }
        self.rows += rows.len() as u64;
    }

    fn hex(&self) -> String {
        hex::encode(self.hash.clone().finalize())
    }
}

fn stamp(path: &Path) -> Option<String> {
    let found = std::fs::metadata(path).ok()?;
    Some(format!("{} {:?}", found.len(), found.modified().ok()?))
}

/// A content while its sealed parts are opened one after the other.
struct Content {
    sealer: FileSealer,
    digest: Digest,
    expected: i64,
    hasher: Sha256,
    size: u64,
    number: u64,
    broken: bool,
    any: bool,
}

impl Content {
    fn new(key: &[u8; 32], digest: Digest, expected: i64) -> Content {
        let sealer = FileSealer::new(key, digest);
        Content { sealer, digest, expected, hasher: Sha256::new(), size: 0, number: 0, broken: false, any: false }
    }

    /// Takes the next part; false when it does not open.
    fn take(&mut self, sealed: &[u8]) -> bool {
        self.any = true;
        match self.sealer.open(self.number, sealed) {
            Some(plain) => {
                self.hasher.update(&plain);
                self.size += plain.len() as u64;
                self.number += 1;
            }
            None => self.broken = true,
        }
        !self.broken
    }

    fn end(self) -> Option<FaultKind> {
        if self.broken {
            let from = self.number * CHUNK as u64;
            return Some(FaultKind::Bytes { from, until: from + CHUNK as u64 });
        }
        let found = Digest(self.hasher.finalize().into());
        let same = found == self.digest && i64::try_from(self.size).is_ok_and(|size| size == self.expected);
        match same {
            true => None,
            false if !self.any && self.expected > 0 => Some(FaultKind::Missing),
            false => Some(FaultKind::BlobBytes),
        }
    }

    fn read_file(mut self, path: &PathBuf) -> Result<Option<FaultKind>> {
        use std::io::Read as _;
        let mut file = match std::fs::File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Some(FaultKind::Missing)),
            Err(e) => return Err(StoreError::io("read", path)(e)),
        };
        let mut part = Vec::with_capacity(CHUNK + TAG);
        loop {
            part.clear();
            let read = file.by_ref().take((CHUNK + TAG) as u64).read_to_end(&mut part);
            read.map_err(StoreError::io("read", path))?;
            if part.is_empty() || !self.take(&part) {
                return Ok(self.end());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_stretch_is_named_by_its_bytes() {
        let plain = vec![5; CHUNK + 10];
        let digest = Digest::of(&plain);
        let sealer = FileSealer::new(&[1; 32], digest);
        let whole: Vec<_> = (0..).zip(plain.chunks(CHUNK)).map(|(n, part)| sealer.seal(n, part)).collect();
        let check = |parts: &[Vec<u8>]| {
            let mut content = Content::new(&[1; 32], digest, plain.len() as i64);
            parts.iter().all(|part| content.take(part));
            content.end()
        };
        assert_eq!(check(&whole), None);
        assert_eq!(check(&whole[..1]), Some(FaultKind::BlobBytes));
        assert_eq!(check(&[]), Some(FaultKind::Missing));
        let mut changed = whole.clone();
        changed[1][3] ^= 1;
        let (from, until) = (CHUNK as u64, 2 * CHUNK as u64);
        assert_eq!(check(&changed), Some(FaultKind::Bytes { from, until }));
    }
}
