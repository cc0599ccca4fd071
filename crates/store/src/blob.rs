//! File contents by their SHA-256. With SQLite they are files `blobs/ab/cd…` in the data folder, with
//! PostgreSQL rows of 1 MiB. What was put is on disk before the call returns.

use std::path::{Path, PathBuf};

use akashi_journal::Digest;
use sha2::{Digest as _, Sha256};

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
    pub(crate) async fn raw_blob(&self, digest: Digest) -> Result<Option<Vec<u8>>> {
        match self.db() {
            Db::Sqlite { .. } => {
                let path = self.blob_path(digest);
                blocking(move || match std::fs::read(&path) {
                    Ok(bytes) => Ok(Some(bytes)),
                    Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
                    Err(e) => Err(StoreError::io("read", &path)(e)),
                })
                .await
            }
            Db::Postgres(_) => {
                let text = "select bytes from blob_chunk where digest = $1 order by number";
                let rows = self.db().all::<(Vec<u8>,)>(Sql::new("read a file", text).bind(digest.to_hex())).await?;
                let size = self.blob_size(digest).await?;
                Ok(size.map(|_| rows.into_iter().flat_map(|row| row.0).collect()))
            }
        }
    }

    /// Whether the bytes of a known content are really there, and whole.
    async fn has_bytes(&self, blob: BlobRef) -> Result<bool> {
        let bytes = self.raw_blob(blob.digest).await?;
        Ok(bytes.is_some_and(|bytes| Digest(Sha256::digest(&bytes).into()) == blob.digest))
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
    std::fs::create_dir_all(folder).map_err(StoreError::io("make the folder", folder))?;
    // A new folder's own name has to last as well.
    for parent in folder.ancestors().skip(1).take(2) {
        crate::log::sync_folder(parent)?;
    }
    replace_file(path, bytes)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|e| StoreError::Interrupted { what: e.to_string() })?
}
