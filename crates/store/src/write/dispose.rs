//! Disposal: the content of a record, its files that no other record names, and all their keys are destroyed;
//! its entries stay and still verify, and one more says under which approval it happened. Whether it may happen
//! is decided above. What is left of the old bytes in free pages is `wipe`'s matter.

use akashi_domain::cond::tokyo_day;
use akashi_domain::{PartialDate, RecordId};
use akashi_journal::Command;
use serde_json::{Value as Json, json};

use super::insert::Rows;
use super::make::Fresh;
use super::receipt::Receipt;
use super::tx::Tx;
use super::version::NewVersion;
use crate::error::{Result, StoreError};
use crate::sql::{Arg, Sql};

/// What is said about a disposal.
#[derive(Clone, Debug)]
pub struct Disposal {
    pub register: String,
    /// Version of the register definition.
    pub def_version: u32,
    pub record: RecordId,
    /// The revision the command saw.
    pub expected: u32,
    /// The approved disposal record; the entry names it in the clear.
    pub approval: RecordId,
    /// The rule of retention it rests on.
    pub rule: String,
}

/// Code, facility and state of a version: what stays known of it.
type Standing = (String, String, String);

impl Tx {
    /// Destroys bodies, reasons, names of files and key of a record and writes the entry that says so.
    ///
    /// # Errors
    /// As [`Tx::put`].
    pub async fn dispose(&mut self, disposal: Disposal) -> Result<Receipt> {
        self.torn = true;
        let receipt = self.dispose_now(disposal).await?;
        self.torn = false;
        Ok(receipt)
    }

    async fn dispose_now(&mut self, disposal: Disposal) -> Result<Receipt> {
        let record = disposal.record;
        let id = record.to_string();
        let mut head = self.look().heads(std::iter::once(record)).await?.remove(&record);
        // What is said about the disposal gets a key of its own; with the old one all older salts are gone.
        let fresh = Fresh::one()?;
        let key = fresh.key;
        if let Some(head) = &mut head {
            head.renew(key);
        }
        let day = PartialDate::of(tokyo_day(self.at()));
        let mut version = disposal.version(self.standing(&id).await?, day);
        let mut rows = Rows::new(self.next);
        let (_, receipt) = self.make_next(&mut version, head, fresh, &mut rows)?;
        if receipt.rev == 1 {
            return Err(StoreError::StaleRevision { record, expected: 0, found: 0 });
        }
        let text = "update record_version set body = null, reason = null, blobs = '', disposed = true
                    where record = $1 and not disposed";
        self.run(Sql::new("dispose of bodies", text).bind(id.as_str())).await?;
        let text = "update record_key set key = $1 where record = $2";
        self.run(Sql::new("destroy a key", text).bind(key.to_vec()).bind(id.as_str())).await?;
        self.forget_work(&id, &version.register).await?;
        self.dispose_files(&id).await?;
        self.write(&mut rows, true).await?;
        self.wipe_after().await?;
        Ok(receipt)
    }

    /// Drafts of the record, and mappings made for files of its register: a header or the name of a sheet may repeat
    /// what the record says. Of all files that wait for their import, since any may.
    async fn forget_work(&mut self, id: &str, register: &str) -> Result<()> {
        let text = "delete from draft where record = $1";
        self.run(Sql::new("remove drafts", text).bind(id)).await?;
        let text = "delete from saved_mapping where register = $1";
        self.run(Sql::new("remove mappings", text).bind(register)).await?;
        self.run(Sql::new("remove uploads", "delete from upload")).await?;
        self.run(Sql::new("remove files that were sent", "delete from upload_part")).await
    }

    /// Destroys the files that only this record named: their keys and rows now, their bytes after the commit.
    async fn dispose_files(&mut self, id: &str) -> Result<()> {
        let text =
            "select u.digest, k.file from blob_use u left join blob_key k on k.digest = u.digest where u.record = $1
                    and not exists (select 1 from blob_use o where o.digest = u.digest and o.record <> u.record)";
        let only =
            self.open.on().all::<(String, Option<String>)>(Sql::new("look for its files", text).bind(id)).await?;
        let text = "delete from blob_use where record = $1";
        self.run(Sql::new("forget its files", text).bind(id)).await?;
        for packet in only.chunks(128) {
            for text in [
                "delete from blob_key where digest in (",
                "delete from blob where digest in (",
                "delete from blob_chunk where digest in (",
            ] {
                let digests = packet.iter().map(|(digest, _)| Arg::from(digest.as_str()));
                self.run(Sql::new("dispose of files", text).list(digests).text(")")).await?;
            }
        }
        self.doomed.extend(only.into_iter().filter_map(|(_, file)| file));
        Ok(())
    }

    /// By revision, from the first.
    async fn standing(&mut self, id: &str) -> Result<Vec<Standing>> {
        let text = "select code, facility, state from record_version where record = $1 order by rev";
        self.open.on().all::<Standing>(Sql::new("read what stays", text).bind(id)).await
    }
}

impl Disposal {
    /// It holds from the day of the disposal on: until then there was a record, its content unknown now.
    ///
    /// The bodies that code and facility of the versions before can be checked with are gone: it says them again.
    fn version(self, stays: Vec<Standing>, day: PartialDate) -> NewVersion {
        let (code, facility, state) = stays.last().cloned().unwrap_or_default();
        let stays: Json = stays.into_iter().map(|(code, facility, _)| json!([code, facility])).collect();
        let body: Json = json!({
            "code": code, "facility": facility, "state": state, "fields": {},
            "disposal": { "approval": self.approval.to_string(), "rule": self.rule, "stays": stays },
        });
        NewVersion {
            register: self.register,
            def_version: self.def_version,
            record: self.record,
            expected: self.expected,
            command: Command::Dispose,
            valid_from: Some(day),
            body,
            prefix: None,
            reason: None,
            blobs: Vec::new(),
            batch: Some(self.approval),
            catalogue: None,
        }
    }
}
