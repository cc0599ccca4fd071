//! Files beside records: kept by their content's digest. Who may take which is asked of the record that names them.

use akashi_domain::FileRef;
use akashi_journal::Digest;

use crate::error::{AppError, Result};
use crate::service::App;

impl App {
    /// Keeps a content and returns the reference a record's field holds.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn keep_file(&self, name: &str, bytes: Vec<u8>, now: i64) -> Result<FileRef> {
        let blob = self.store().put_blob(bytes, now).await?;
        Ok(FileRef { name: name.into(), digest: blob.digest.to_hex().into(), size: blob.size })
    }

    /// Returns a content by its digest in hex, checked against it.
    ///
    /// # Errors
    /// No such content, or whatever the store meets.
    pub async fn file(&self, digest: &str) -> Result<Vec<u8>> {
        let digest = Digest::from_hex(digest)
            .map_err(|_| AppError::not_found("ファイルが見つかりません", "There is no such file"))?;
        Ok(self.store().blob(digest).await?)
    }
}
