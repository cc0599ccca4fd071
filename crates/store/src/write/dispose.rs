//! Disposal: the content of a record and the key of its salts are destroyed; its entries stay and still
//! verify, and one more says under which approval it happened. Whether it may happen is decided above.

use akashi_domain::RecordId;
use akashi_journal::Command;
use serde_json::{Value as Json, json};

use super::insert::Rows;
use super::receipt::Receipt;
use super::tx::Tx;
use super::version::NewVersion;
use crate::error::{Result, StoreError};
use crate::log::keys;
use crate::sql::Sql;

/// What is said about a disposal.
#[derive(Clone, Debug)]
pub struct Disposal {
    pub register: String,
    /// Version of the register definition.
    pub def_version: u32,
    pub record: RecordId,
    /// The revision the command saw.
    pub expected: u32,
    /// State of the record from now on.
    pub state: String,
    /// The approved disposal record.
    pub approval: RecordId,
    /// The rule of retention it rests on.
    pub rule: String,
}

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
        let mut head = self.heads(std::iter::once(record)).await?.remove(&record);
        // What is said about the disposal gets a key of its own; with the old one all older salts are gone.
        let fresh = keys::random()?;
        if let Some(head) = &mut head {
            head.renew(fresh);
        }
        let mut version = disposal.version(self.standing(&id).await?);
        let mut rows = Rows::new(self.next);
        let (_, receipt) = self.prepare(&mut version, head, fresh, &mut rows)?;
        if receipt.rev == 1 {
            return Err(StoreError::StaleRevision { record, expected: 0, found: 0 });
        }
        let text = "update record_version set body = null, reason = null, blobs = '', disposed = true
                    where record = $1 and not disposed";
        self.run(Sql::new("dispose of bodies", text).bind(id.as_str())).await?;
        let text = "update record_key set key = $1 where record = $2";
        self.run(Sql::new("destroy a key", text).bind(fresh.to_vec()).bind(id)).await?;
        self.write(&mut rows, true).await?;
        Ok(receipt)
    }

    /// Code and facility of the record, which stay known.
    async fn standing(&mut self, id: &str) -> Result<(String, String)> {
        let text = "select code, facility from record_version where record = $1 order by rev desc limit 1";
        let row = self.open.on().one::<(String, String)>(Sql::new("read what stays", text).bind(id)).await?;
        Ok(row.unwrap_or_default())
    }
}

impl Disposal {
    fn version(self, (code, facility): (String, String)) -> NewVersion {
        let body: Json = json!({
            "code": code, "facility": facility, "state": self.state, "fields": {},
            "disposal": { "approval": self.approval.to_string(), "rule": self.rule },
        });
        NewVersion {
            register: self.register,
            def_version: self.def_version,
            record: self.record,
            expected: self.expected,
            command: Command::Dispose,
            valid_from: None,
            body,
            prefix: None,
            reason: None,
            blobs: Vec::new(),
            batch: None,
            catalogue: None,
        }
    }
}
