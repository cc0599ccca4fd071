//! File contents by their SHA-256. With SQLite they are files `blobs/ab/cd…` in the data folder, with
//! PostgreSQL rows of 1 MiB. What was put is on disk before the call returns.

use std::path::{Path, PathBuf};

use akashi_journal::Digest;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt as _;

use crate::db::Db;
use crate::error::{Result, StoreError};
use crate::log::replace_file;
use crate::sql::Sql;
use crate::store::Store;

/// Bytes of a row of `blob_chunk`.
const CHUNK: usize = 1 << 20;

/// A stored content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobRef {
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
}

impl Store {
    /// Keeps a content; the same content is kept once.
    pub async fn put_blob(&self, bytes: Vec<u8>, now: i64) -> Result<BlobRef> {
        let blob = BlobRef { digest: Digest::of(&bytes), size: bytes.len() as u64 };
        if self.blob_size(blob.digest).await?.is_some() && self.has_bytes(blob).await? {
            return Ok(blob);
        }
        match self.db() {
            Db::Sqlite { .. } => {
                let path = self.blob_path(blob.digest);
                blocking(move || write_file(&path, &bytes)).await?;
                self.db().execute(insert(blob, now)).await?;
            }
            Db::Postgres(_) => self.put_chunks(blob, &bytes, now).await?,
        }
        Ok(blob)
    }

    /// Returns a content, checked against its digest.
    ///
    /// # Errors
    /// [`StoreError::NoBlob`] when it is not there, [`StoreError::Damaged`] when its bytes are others.
    pub async fn blob(&self, digest: Digest) -> Result<Vec<u8>> {
        let bytes = self.raw_blob(digest).await?.ok_or_else(|| StoreError::NoBlob { digest: digest.to_hex() })?;
        match Digest::of(&bytes) == digest {
            true => Ok(bytes),
            false => Err(StoreError::damaged(format!("file content {digest}"), "its bytes have another digest")),
        }
    }

    /// Returns the size of a content that was put.
    pub async fn blob_size(&self, digest: Digest) -> Result<Option<u64>> {
        let sql = Sql::new("look for a file", "select size from blob where digest = $1").bind(digest.to_hex());
        Ok(self.db().one::<(i64,)>(sql).await?.map(|row| row.0 as u64))
    }

    /// The bytes as stored, unchecked.
    async fn raw_blob(&self, digest: Digest) -> Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        let found = self.each_part(digest, |part| bytes.extend_from_slice(part)).await?;
        Ok(found.then_some(bytes))
    }

    /// Digest and size of the stored bytes, without having them in memory at once.
    pub(crate) async fn hash_blob(&self, digest: Digest) -> Result<Option<(Digest, u64)>> {
        let (mut hasher, mut size) = (Sha256::new(), 0);
        let add = |part: &[u8]| {
            hasher.update(part);
            size += part.len() as u64;
        };
        let found = self.each_part(digest, add).await?;
        Ok(found.then(|| (Digest(hasher.finalize().into()), size)))
    }

    /// Gives the stored bytes part by part; tells whether there are any at all.
    async fn each_part(&self, digest: Digest, mut take: impl FnMut(&[u8])) -> Result<bool> {
        match self.db() {
            Db::Sqlite { .. } => {
                let path = self.blob_path(digest);
                let opened = tokio::fs::File::open(&path).await;
                let mut file = match opened {
                    Ok(file) => file,
                    Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(false),
                    Err(e) => return Err(StoreError::io("read", &path)(e)),
                };
                let mut part = vec![0; CHUNK];
                loop {
                    match file.read(&mut part).await.map_err(StoreError::io("read", &path))? {
                        0 => return Ok(true),
                        length => take(&part[..length]),
                    }
                }
            }
            Db::Postgres(_) => {
                let text = "select bytes from blob_chunk where digest = $1 and number = $2";
                for number in 0_u64.. {
                    let sql = Sql::new("read a file", text).bind(digest.to_hex()).bind(number);
                    match self.db().one::<(Vec<u8>,)>(sql).await? {
                        Some((part,)) => take(&part),
                        None => break,
                    }
                }
                // A content of no bytes has no part either.
                Ok(self.blob_size(digest).await?.is_some())
            }
        }
    }

    /// Whether the bytes of a known content are really there, and whole.
    async fn has_bytes(&self, blob: BlobRef) -> Result<bool> {
        Ok(self.hash_blob(blob.digest).await? == Some((blob.digest, blob.size)))
    }

    async fn put_chunks(&self, blob: BlobRef, bytes: &[u8], now: i64) -> Result<()> {
        let mut tx = self.db().begin(None).await?;
        tx.on().execute(insert(blob, now)).await?;
        for (number, chunk) in bytes.chunks(CHUNK).enumerate() {
            let text = "insert into blob_chunk (digest, number, bytes) values ($1, $2, $3)
                        on conflict (digest, number) do update set bytes = excluded.bytes";
            let sql = Sql::new("keep a file", text).bind(blob.digest.to_hex()).bind(number as u64);
            tx.on().execute(sql.bind(chunk.to_vec())).await?;
        }
        tx.commit().await
    }

    fn blob_path(&self, digest: Digest) -> PathBuf {
        let hex = digest.to_hex();
        self.data().join("blobs").join(&hex[..2]).join(&hex[2..])
    }
}

fn insert(blob: BlobRef, now: i64) -> Sql {
    let text = "insert into blob (digest, size, at) values ($1, $2, $3) on conflict (digest) do nothing";
    Sql::new("keep a file", text).bind(blob.digest.to_hex()).bind(blob.size).bind(now)
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut builder = std::fs::DirBuilder::new();
    // Contracts and scans are for the owner's eyes only.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder).map_err(StoreError::io("make the folder", folder))?;
    // A new folder's own name has to last as well.
    for parent in folder.ancestors().skip(1).take(2) {
        crate::log::sync_folder(parent)?;
    }
    replace_file(path, bytes)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|e| StoreError::Interrupted { what: e.to_string() })?
}
