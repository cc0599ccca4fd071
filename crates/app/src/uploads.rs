//! Files somebody sent that wait for their import to be confirmed: kept sealed in the store, so that any server on the
//! database can go on, and none loses them. How long and how many is the store's rule; importing is [`crate::import`]'s.

use akashi_domain::RecordId;
use akashi_store::UploadKey;
use serde::{Deserialize, Serialize};

use crate::account::random_text;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::import::{ImportFile, ImportReport, ImportRequest};
use crate::service::App;
use crate::sheet::mapping::Mapping;

/// An import before it is confirmed, or just after.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Waiting {
    /// Register key.
    pub register: String,
    /// Names of the files and their bytes.
    files: Vec<(String, usize)>,
    /// The mapping somebody chose, or that was kept from the last file of this layout.
    mapping: Option<Mapping>,
    /// What the import would do, or did.
    pub report: ImportReport,
    /// Somebody changed the mapping.
    pub adjusted: bool,
    /// A mapping kept from the last file of this layout is used.
    pub kept: bool,
    /// The import was made; the report says what it did.
    pub done: bool,
}

impl App {
    /// Tries an import and keeps it to be confirmed; when a mapping was kept from the last file of this layout, with
    /// that one. Returns the token by which the account finds it again.
    ///
    /// # Errors
    /// An unknown register, no right to import there, and whatever the store meets.
    pub async fn take_upload(
        &self,
        ctx: &Ctx,
        account: RecordId,
        register: &str,
        files: Vec<ImportFile>,
    ) -> Result<String> {
        let bytes: Vec<u8> = files.iter().flat_map(|f| &f.bytes).copied().collect();
        let named = files.iter().map(|f| (f.name.clone(), f.bytes.len())).collect();
        let mut request = ImportRequest { register: register.to_owned(), files, mapping: None, dry_run: true };
        let mut report = self.import(ctx, request.clone()).await?;
        let mapping = self.kept_mapping(&report.mapping).await?;
        if mapping.is_some() {
            request.mapping = mapping.clone();
            report = self.import(ctx, request).await?;
        }
        let kept = mapping.is_some();
        let waiting = Waiting {
            register: register.to_owned(),
            files: named,
            mapping,
            report,
            adjusted: false,
            kept,
            done: false,
        };
        let token = random_text(16);
        let key = UploadKey { token: &token, account };
        self.store().keep_upload(key, ctx.now, &waiting.to_bytes(), &bytes).await?;
        Ok(token)
    }

    /// Returns what waits under a token; none when it is another account's, or gone.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn waiting_upload(&self, ctx: &Ctx, account: RecordId, token: &str) -> Result<Option<Waiting>> {
        let state = self.store().upload(UploadKey { token, account }, ctx.now).await?;
        // One of another release is as good as gone: the file can be sent again.
        Ok(state.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// Looks again with another mapping, or imports: then the files are destroyed, and a mapping somebody chose is kept
    /// for the next file of this layout. False when nothing waits there (any more).
    ///
    /// # Errors
    /// No right to import, and whatever the store meets.
    pub async fn go_on_with_upload(
        &self,
        ctx: &Ctx,
        account: RecordId,
        token: &str,
        mapping: Option<Mapping>,
        confirmed: bool,
    ) -> Result<bool> {
        let key = UploadKey { token, account };
        let waiting = self.waiting_upload(ctx, account, token).await?.filter(|w| !w.done);
        let bytes = self.store().upload_bytes(key, ctx.now).await?;
        let (Some(mut waiting), Some(bytes)) = (waiting, bytes) else { return Ok(false) };
        if mapping.is_some() {
            (waiting.adjusted, waiting.mapping) = (true, mapping);
        }
        let request = ImportRequest {
            register: waiting.register.clone(),
            files: waiting.files_of(&bytes),
            mapping: waiting.mapping.clone(),
            dry_run: !confirmed,
        };
        waiting.report = self.import(ctx, request).await?;
        waiting.done = confirmed;
        if !confirmed {
            return Ok(self.store().change_upload(key, ctx.now, &waiting.to_bytes()).await?);
        }
        if waiting.adjusted {
            self.keep_mapping(&waiting.report.mapping, ctx.now).await?;
        }
        self.store().finish_upload(key, ctx.now, &waiting.to_bytes()).await?;
        Ok(true)
    }

    /// Gives an upload up: it is destroyed.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn drop_upload(&self, account: RecordId, token: &str) -> Result<()> {
        Ok(self.store().drop_upload(UploadKey { token, account }).await?)
    }

    /// Destroys what ran out: files nobody came back for, sessions, failed log-ins that count no more.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn sweep(&self, now: i64) -> Result<()> {
        self.sweep_log_ins(now).await?;
        Ok(self.store().expire_uploads(now).await?)
    }
}

impl Waiting {
    fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and numbers always have a JSON form")
    }

    fn files_of(&self, bytes: &[u8]) -> Vec<ImportFile> {
        let mut rest = bytes;
        let mut file = |(name, len): &(String, usize)| {
            let (own, others) = rest.split_at_checked(*len)?;
            rest = others;
            Some(ImportFile { name: name.clone(), bytes: own.to_vec() })
        };
        self.files.iter().map_while(&mut file).collect()
    }
}
