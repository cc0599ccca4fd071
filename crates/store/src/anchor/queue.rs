//! The queue of attestations: asked for, claimed by one server, put off, held or refused. It survives a restart.

use akashi_domain::RecordId;

use super::row::{Attestation, AttestationState, Row, SELECT};
use crate::SignedCheckpoint;
use crate::error::Result;
use crate::sql::Sql;
use crate::store::Store;

impl Store {
    /// Asks for an attestation of a checkpoint; does nothing when this anchor was asked for that size before.
    ///
    /// # Errors
    /// Whatever the database meets.
    pub async fn want_attestation(&self, anchor: RecordId, checkpoint: &SignedCheckpoint, now: i64) -> Result<bool> {
        let text = "insert into attestation (anchor, size, state, subject, tries, since, next_try, evidence)
                    values ($1, $2, $3, $4, 0, $5, $5, '') on conflict (anchor, size) do nothing";
        let sql = Sql::new("ask for an attestation", text)
            .bind(anchor.to_string())
            .bind(checkpoint.size)
            .bind(AttestationState::Waiting.key())
            .bind(checkpoint.note.as_str())
            .bind(now);
        Ok(self.db().execute(sql).await? > 0)
    }

    /// Returns attestations of all anchors for checkpoints of `from` entries and more, by size, at most `limit`.
    ///
    /// # Errors
    /// Whatever the database meets, and a row that cannot be read.
    pub async fn attestations(&self, from: u64, limit: u32) -> Result<Vec<Attestation>> {
        let sql = Sql::new("read attestations", SELECT).text(" where size >= $1 order by size, anchor limit $2");
        self.read_attestations(sql.bind(from).bind(limit)).await
    }

    /// Returns what each anchor held first for a checkpoint of `from` entries and more, by size.
    ///
    /// # Errors
    /// Whatever the database meets, and a row that cannot be read.
    pub async fn first_held(&self, from: u64) -> Result<Vec<Attestation>> {
        let text = " where (anchor, size) in (select anchor, min(size) from attestation where state = $1 and size >= $2
                    group by anchor) order by size, anchor";
        let sql = Sql::new("read the first attestations", SELECT).text(text);
        self.read_attestations(sql.bind(AttestationState::Held.key()).bind(from)).await
    }

    /// Returns attestations of all anchors by size and anchor, those after `after`, at most `limit`.
    ///
    /// # Errors
    /// Whatever the database meets, and a row that cannot be read.
    pub async fn attestations_after(&self, after: Option<(u64, RecordId)>, limit: u32) -> Result<Vec<Attestation>> {
        let (size, anchor) = after.map_or((-1, String::new()), |(size, anchor)| (size as i64, anchor.to_string()));
        let sql = Sql::new("read attestations", SELECT);
        let sql = sql.text(" where (size > $1 or size = $1 and anchor > $2) order by size, anchor limit $3");
        self.read_attestations(sql.bind(size).bind(anchor).bind(limit)).await
    }

    /// Returns what an anchor has not answered yet, the smallest checkpoint first.
    ///
    /// # Errors
    /// Whatever the database meets, and a row that cannot be read.
    pub async fn waiting_attestations(&self, anchor: RecordId) -> Result<Vec<Attestation>> {
        let sql = Sql::new("read waiting attestations", SELECT).text(" where anchor = $1 and state = $2 order by size");
        self.read_attestations(sql.bind(anchor.to_string()).bind(AttestationState::Waiting.key())).await
    }

    /// Returns the newest attestations of an anchor, at most `limit`; of one state when that is given.
    ///
    /// # Errors
    /// Whatever the database meets, and a row that cannot be read.
    pub async fn newest_attestations(
        &self,
        anchor: RecordId,
        state: Option<AttestationState>,
        limit: u32,
    ) -> Result<Vec<Attestation>> {
        let sql = Sql::new("read an anchor's attestations", SELECT).text(" where anchor = $1");
        let sql = match state {
            Some(state) => {
                let sql = sql.text(" and state = $2 order by size desc limit $3");
                sql.bind(anchor.to_string()).bind(state.key())
            }
            None => sql.text(" order by size desc limit $2").bind(anchor.to_string()),
        };
        self.read_attestations(sql.bind(limit)).await
    }

    /// Takes a waiting attestation for one try, until `until`; false when another server has it or it is settled.
    ///
    /// # Errors
    /// Whatever the database meets.
    pub async fn claim_attestation(&self, wanted: &Attestation, until: i64) -> Result<bool> {
        let text = "update attestation set tries = tries + 1, next_try = $1
                    where anchor = $2 and size = $3 and state = $4 and tries = $5";
        let sql = Sql::new("take an attestation's turn", text)
            .bind(until)
            .bind(wanted.anchor.to_string())
            .bind(wanted.size)
            .bind(AttestationState::Waiting.key())
            .bind(wanted.tries);
        Ok(self.db().execute(sql).await? > 0)
    }

    /// Notes that a try failed and when the next one is due.
    ///
    /// # Errors
    /// Whatever the database meets.
    pub async fn put_off_attestation(&self, anchor: RecordId, size: u64, error: &str, next_try: i64) -> Result<()> {
        let text = "update attestation set error = $1, next_try = $2 where anchor = $3 and size = $4 and state = $5";
        let sql = Sql::new("put an attestation off", text).bind(shortened(error)).bind(next_try);
        let sql = sql.bind(anchor.to_string()).bind(size).bind(AttestationState::Waiting.key());
        self.db().execute(sql).await.map(drop)
    }

    /// Keeps a checked answer; false when one is held already, which stays.
    ///
    /// # Errors
    /// Whatever the database meets.
    pub async fn hold_attestation(
        &self,
        anchor: RecordId,
        size: u64,
        token: Vec<u8>,
        evidence: &str,
        at: i64,
    ) -> Result<bool> {
        let text = "update attestation set state = $1, token = $2, evidence = $3, at = $4, error = null, request = null
                    where anchor = $5 and size = $6 and state <> $1";
        let sql = Sql::new("keep an attestation", text)
            .bind(AttestationState::Held.key())
            .bind(token)
            .bind(evidence)
            .bind(at)
            .bind(anchor.to_string())
            .bind(size);
        Ok(self.db().execute(sql).await? > 0)
    }

    /// Notes that the anchor refused, or that its answer does not hold.
    ///
    /// # Errors
    /// Whatever the database meets.
    pub async fn refuse_attestation(&self, anchor: RecordId, size: u64, error: &str) -> Result<()> {
        let text = "update attestation set state = $1, error = $2 where anchor = $3 and size = $4 and state = $5";
        let sql = Sql::new("note a refusal", text).bind(AttestationState::Refused.key()).bind(shortened(error));
        let sql = sql.bind(anchor.to_string()).bind(size).bind(AttestationState::Waiting.key());
        self.db().execute(sql).await.map(drop)
    }

    /// Takes a waiting attestation out of the queue: the anchor holds a larger checkpoint of the same log already.
    ///
    /// # Errors
    /// Whatever the database meets.
    pub async fn drop_attestation(&self, anchor: RecordId, size: u64) -> Result<()> {
        let text = "delete from attestation where anchor = $1 and size = $2 and state = $3";
        let sql = Sql::new("take an attestation out of the queue", text).bind(anchor.to_string()).bind(size);
        self.db().execute(sql.bind(AttestationState::Waiting.key())).await.map(drop)
    }

    /// Keeps the request whose answer will come by file.
    ///
    /// # Errors
    /// Whatever the database meets.
    pub async fn keep_request(&self, anchor: RecordId, size: u64, request: Vec<u8>) -> Result<()> {
        let text = "update attestation set request = $1 where anchor = $2 and size = $3 and state = $4";
        let sql = Sql::new("keep a request", text).bind(request).bind(anchor.to_string()).bind(size);
        self.db().execute(sql.bind(AttestationState::Waiting.key())).await.map(drop)
    }

    /// Adds certificates or revocation lists to a held attestation, for checks in later years.
    ///
    /// # Errors
    /// Whatever the database meets.
    pub async fn add_evidence(&self, anchor: RecordId, size: u64, evidence: &str) -> Result<()> {
        let text = "update attestation set evidence = $1 where anchor = $2 and size = $3 and state = $4";
        let sql = Sql::new("keep evidence of an attestation", text).bind(evidence).bind(anchor.to_string()).bind(size);
        self.db().execute(sql.bind(AttestationState::Held.key())).await.map(drop)
    }

    /// Lets an anchor be asked again at once: what waits loses its delay, what was refused waits again.
    ///
    /// # Errors
    /// Whatever the database meets.
    pub async fn retry_attestations(&self, anchor: RecordId, now: i64) -> Result<u64> {
        let text = "update attestation set state = $1, next_try = $2 where anchor = $3 and state <> $4";
        let sql = Sql::new("ask an anchor again", text)
            .bind(AttestationState::Waiting.key())
            .bind(now)
            .bind(anchor.to_string())
            .bind(AttestationState::Held.key());
        self.db().execute(sql).await
    }

    async fn read_attestations(&self, sql: Sql) -> Result<Vec<Attestation>> {
        self.db().all::<Row>(sql).await?.into_iter().map(Row::read).collect()
    }
}

/// A stranger's error text may be of any length.
pub(super) fn shortened(error: &str) -> String {
    error.chars().take(500).collect()
}
