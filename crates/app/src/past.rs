//! Who did what to a record, and drafts not sent yet: what pages show beside records, read from the store.

use std::collections::HashMap;

use akashi_domain::RecordId;
use akashi_store::Draft as StoredDraft;
use serde_json::Value as Json;

use crate::ctx::Ctx;
use crate::error::Result;
use crate::service::App;

/// One step of a record's past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    pub rev: u32,
    /// As entries name it: `put`, `move`, `import`, ….
    pub command: String,
    pub reason: Option<String>,
    /// Position in the log.
    pub seq: u64,
    /// Name of who did it where it is known, else the pseudonym.
    pub by: String,
}

/// A form somebody has not sent yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Register key.
    pub register: String,
    /// None: of a new record.
    pub record: Option<RecordId>,
    pub body: Json,
    /// Microseconds UTC.
    pub at: i64,
}

impl App {
    /// Returns the steps of a record's past, oldest first.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn deeds(&self, record: RecordId) -> Result<Vec<Deed>> {
        let rows = self.store().history(record).await?;
        let names = self.names().await?;
        let name = |pseudonym: &str| names.get(pseudonym).cloned().unwrap_or_else(|| pseudonym.to_owned());
        let deed = |r: akashi_store::HistoryRow| Deed {
            rev: r.rev,
            command: r.command,
            reason: r.reason,
            seq: r.seq,
            by: name(&r.author),
        };
        Ok(rows.into_iter().map(deed).collect())
    }

    /// Returns the names behind pseudonyms; the command line's own stays as it is.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn names(&self) -> Result<HashMap<String, String>> {
        Ok(self.store().accounts().await?.into_iter().map(|a| (a.pseudonym, a.name)).collect())
    }

    /// Keeps a draft in the place of the account's last one for the same record.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn save_draft(
        &self,
        ctx: &Ctx,
        account: RecordId,
        register: &str,
        record: Option<RecordId>,
        body: Json,
    ) -> Result<()> {
        let draft = StoredDraft { register: register.to_owned(), record, body, at: ctx.now };
        Ok(self.store().save_draft(account, &draft).await?)
    }

    /// Returns the drafts of an account, newest first.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn drafts(&self, account: RecordId) -> Result<Vec<Draft>> {
        let kept = self.store().drafts(account).await?;
        Ok(kept.into_iter().map(|d| Draft { register: d.register, record: d.record, body: d.body, at: d.at }).collect())
    }

    /// Gives a draft up, or forgets it after it was sent.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn drop_draft(&self, account: RecordId, register: &str, record: Option<RecordId>) -> Result<()> {
        Ok(self.store().drop_draft(account, register, record).await?)
    }
}
