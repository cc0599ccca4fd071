//! File contents by their SHA-256, sealed part by part under a key of their own (`seal`). With SQLite they are
//! files of random names below `blobs/` in the data folder, with PostgreSQL rows. What was put is on disk before
//! the call returns. Contents go when the last record that names them is disposed of (`write::dispose`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use akashi_journal::Digest;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt as _;

use crate::db::Db;
use crate::error::{Result, StoreError};
use crate::log::{keys, replace_file};
use crate::seal::{FileSealer, TAG};
use crate::sql::Sql;
use crate::store::Store;

/// Plain bytes of a part.
pub(crate) const CHUNK: usize = 1 << 20;

/// A stored content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobRef {
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
}

/// What is found in the place of a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hashed {
    /// No bytes at all.
    Nothing,
    /// Its key is gone or cut.
    NoKey,
    /// A part does not open with the key.
    Broken,
    /// Digest and length of the bytes.
    Whole(Digest, u64),
}

/// The key of a content, and its file.
struct BlobKey {
    key: [u8; 32],
    file: String,
}

impl Store {
    /// Keeps a content; the same content is kept once.
    pub async fn put_blob(&self, bytes: Vec<u8>, now: i64) -> Result<BlobRef> {
        let blob = BlobRef { digest: Digest::of(&bytes), size: bytes.len() as u64 };
        if self.blob_size(blob.digest).await?.is_some() && self.has_bytes(blob).await? {
            return Ok(blob);
        }
        let bytes: Arc<[u8]> = bytes.into();
        loop {
            // The key first: bytes without a key would be lost, a key without bytes is nothing.
            let key = self.make_key(blob.digest).await?;
            self.write_blob(blob, &key, bytes.clone(), now).await?;
            // The last record that named the same content may have been disposed of meanwhile, and the key with it.
            if self.blob_key(blob.digest).await?.is_some_and(|now| now.file == key.file) {
                return Ok(blob);
            }
        }
    }

    async fn write_blob(&self, blob: BlobRef, key: &BlobKey, bytes: Arc<[u8]>, now: i64) -> Result<()> {
        let sealer = FileSealer::new(&key.key, blob.digest);
        match self.db() {
            Db::Sqlite { .. } => {
                let path = self.blob_path(&key.file);
                blocking(move || write_file(&path, &seal_all(&sealer, &bytes))).await?;
                self.db().execute(insert(blob, now)).await.map(drop)
            }
            Db::Postgres(..) => self.put_chunks(blob, &sealer, &bytes, now).await,
        }
    }

    /// Returns a content, checked against its digest.
    ///
    /// # Errors
    /// [`StoreError::NoBlob`] when it is not there, [`StoreError::Damaged`] when its bytes are others.
    pub async fn blob(&self, digest: Digest) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let found = self.each_part(digest, |part| bytes.extend_from_slice(part)).await?;
        let damaged = |what: &str| Err(StoreError::damaged(format!("file content {digest}"), what));
        match found {
            Hashed::Nothing => Err(StoreError::NoBlob { digest: digest.to_hex() }),
            Hashed::NoKey if self.blob_size(digest).await?.is_none() => {
                Err(StoreError::NoBlob { digest: digest.to_hex() })
            }
            Hashed::NoKey => damaged("its key is missing"),
            Hashed::Broken => damaged("it cannot be decrypted"),
            Hashed::Whole(found, _) if found != digest => damaged("its bytes have another digest"),
            Hashed::Whole(..) => Ok(bytes),
        }
    }

    /// Returns the size of a content that was put.
    pub async fn blob_size(&self, digest: Digest) -> Result<Option<u64>> {
        let sql = Sql::new("look for a file", "select size from blob where digest = $1").bind(digest.to_hex());
        Ok(self.db().one::<(i64,)>(sql).await?.map(|row| row.0 as u64))
    }

    /// Digest and size of the stored bytes, without having them in memory at once.
    pub(crate) async fn hash_blob(&self, digest: Digest) -> Result<Hashed> {
        self.each_part(digest, |_| ()).await
    }

    /// Gives the opened bytes part by part; the digest told at the end is theirs.
    async fn each_part(&self, digest: Digest, mut take: impl FnMut(&[u8])) -> Result<Hashed> {
        let Some(BlobKey { key, file }) = self.blob_key(digest).await? else { return Ok(Hashed::NoKey) };
        let sealer = FileSealer::new(&key, digest);
        let (mut hasher, mut size) = (Sha256::new(), 0);
        let mut parts = match self.parts(digest, &file).await? {
            Some(parts) => parts,
            None => return Ok(Hashed::Nothing),
        };
        for number in 0.. {
            let Some(sealed) = parts.next(self, number).await? else { break };
            let Some(part) = sealer.open(number, &sealed) else { return Ok(Hashed::Broken) };
            hasher.update(&part);
            size += part.len() as u64;
            take(&part);
        }
        Ok(Hashed::Whole(Digest(hasher.finalize().into()), size))
    }

    /// Whether the bytes of a known content are really there, and whole.
    async fn has_bytes(&self, blob: BlobRef) -> Result<bool> {
        Ok(self.hash_blob(blob.digest).await? == Hashed::Whole(blob.digest, blob.size))
    }

    /// The sealed parts of a content as they are; none when there are no bytes.
    pub(crate) async fn sealed_parts(&self, digest: Digest, file: &str) -> Result<Option<Parts>> {
        self.parts(digest, file).await
    }

    async fn parts(&self, digest: Digest, file: &str) -> Result<Option<Parts>> {
        if let Db::Postgres(..) = self.db() {
            // A content of no bytes has no part either.
            return Ok(self.blob_size(digest).await?.map(|_| Parts::Rows(digest.to_hex())));
        }
        let path = self.blob_path(file);
        match tokio::fs::File::open(&path).await {
            Ok(file) => Ok(Some(Parts::File(file, path))),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(StoreError::io("read", &path)(e)),
        }
    }

    async fn blob_key(&self, digest: Digest) -> Result<Option<BlobKey>> {
        let sql =
            Sql::new("read a file's key", "select key, file from blob_key where digest = $1").bind(digest.to_hex());
        let row = self.db().one::<(Vec<u8>, String)>(sql).await?;
        Ok(row.and_then(|(key, file)| Some(BlobKey { key: key.try_into().ok()?, file })))
    }

    /// The key there is, else a new one, on disk before it is used.
    async fn make_key(&self, digest: Digest) -> Result<BlobKey> {
        if let Some(key) = self.blob_key(digest).await? {
            return Ok(key);
        }
        let mut name = [0; 16];
        keys::fill(&mut name)?;
        let text = "insert into blob_key (digest, key, file) values ($1, $2, $3)
                    on conflict (digest) do update set key = excluded.key, file = excluded.file
                    where length(blob_key.key) <> 32";
        let sql = Sql::new("keep a file's key", text).bind(digest.to_hex()).bind(keys::random()?.to_vec());
        self.db().execute(sql.bind(hex::encode(name))).await?;
        // Somebody else may have been faster.
        let key = self.blob_key(digest).await?;
        key.ok_or_else(|| StoreError::damaged(format!("file content {digest}"), "its key was not kept"))
    }

    async fn put_chunks(&self, blob: BlobRef, sealer: &FileSealer, bytes: &[u8], now: i64) -> Result<()> {
        let mut tx = self.db().begin(None).await?;
        tx.on().execute(insert(blob, now)).await?;
        for (number, chunk) in (0_u64..).zip(bytes.chunks(CHUNK)) {
            let text = "insert into blob_chunk (digest, number, bytes) values ($1, $2, $3)
                        on conflict (digest, number) do update set bytes = excluded.bytes";
            let sql = Sql::new("keep a file", text).bind(blob.digest.to_hex()).bind(number);
            tx.on().execute(sql.bind(sealer.seal(number, chunk))).await?;
        }
        tx.commit().await
    }

    /// The path of a file below `blobs/`.
    pub(crate) fn blob_path(&self, file: &str) -> PathBuf {
        // Names are hexadecimal; whatever else stands in the database must not lead out of the folder.
        let name: String = file.chars().filter(char::is_ascii_hexdigit).collect();
        let (folder, name) = name.split_at_checked(2).unwrap_or(("", &name));
        self.data().join("blobs").join(folder).join(name)
    }
}

/// The sealed parts of a content, one after the other.
pub(crate) enum Parts {
    File(tokio::fs::File, PathBuf),
    Rows(String),
}

impl Parts {
    pub(crate) async fn next(&mut self, store: &Store, number: u64) -> Result<Option<Vec<u8>>> {
        match self {
            Parts::File(file, path) => {
                let mut part = Vec::new();
                let read = file.take((CHUNK + TAG) as u64).read_to_end(&mut part).await;
                read.map_err(StoreError::io("read", &*path))?;
                Ok(Some(part).filter(|part| !part.is_empty()))
            }
            Parts::Rows(digest) => {
                let text = "select bytes from blob_chunk where digest = $1 and number = $2";
                let sql = Sql::new("read a file", text).bind(digest.as_str()).bind(number);
                Ok(store.db().one::<(Vec<u8>,)>(sql).await?.map(|row| row.0))
            }
        }
    }
}

fn seal_all(sealer: &FileSealer, bytes: &[u8]) -> Vec<u8> {
    (0..).zip(bytes.chunks(CHUNK)).flat_map(|(number, part)| sealer.seal(number, part)).collect()
}

fn insert(blob: BlobRef, now: i64) -> Sql {
    let text = "insert into blob (digest, size, at) values ($1, $2, $3) on conflict (digest) do nothing";
    Sql::new("keep a file", text).bind(blob.digest.to_hex()).bind(blob.size).bind(now)
}

pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
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
