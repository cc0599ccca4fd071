//! Work in progress that is not evidence: drafts, import mappings, and when verdicts turned.
//!
//! A draft repeats what its record says. It is sealed under the key of the record, or of the account while there is
//! no record yet, so that a disposal takes it along, from logs and backups of the database too.

use std::collections::HashMap;

use akashi_domain::RecordId;
use serde_json::Value as Json;

use crate::error::{Result, StoreError};
use crate::log::keys;
use crate::seal::{NONCE, Sealer};
use crate::sql::{Arg, Sql};
use crate::store::Store;

/// A form somebody has not sent yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub register: String,
    /// None: of a new record.
    pub record: Option<RecordId>,
    pub body: Json,
    /// Microseconds UTC.
    pub at: i64,
}

/// The verdict of a part at one evaluation.
#[derive(Clone, Debug, PartialEq)]
pub struct VerdictRow {
    pub item: String,
    pub part: String,
    pub verdict: String,
    /// Reasons, counts, failing rows: what the page shows of it.
    pub detail: Json,
}

/// A verdict that turned.
#[derive(Clone, Debug, PartialEq)]
pub struct VerdictTurn {
    pub item: String,
    pub part: String,
    /// When it was computed, microseconds UTC.
    pub at: i64,
    /// The day it was computed for.
    pub as_of: String,
    pub verdict: String,
    pub detail: Json,
}

/// Register, record, sealed body in hexadecimal, time, key.
type DraftRow = (String, String, String, i64, Option<Vec<u8>>);

/// Names what is sealed.
const DRAFT: &str = "draft";

type TurnRow = (String, String, i64, String, String, String);

impl Store {
    /// Keeps a draft of an account in the place of its last one for the same record.
    ///
    /// # Errors
    /// [`StoreError::Disposed`] when the record was disposed of meanwhile, [`StoreError::StaleRevision`] when there is
    /// no such record or account.
    pub async fn save_draft(&self, account: RecordId, draft: &Draft) -> Result<()> {
        let holder = draft.record.unwrap_or(account);
        let text = "select k.key, (select count(*) from record_version v where v.record = k.record
                    and v.command = 'dispose') from record_key k where k.record = $1";
        let sql = Sql::new("read a record's key", text).bind(holder.to_string());
        let sealer = match self.db().one::<(Vec<u8>, i64)>(sql).await? {
            Some((_, gone)) if gone > 0 => return Err(StoreError::Disposed { record: holder }),
            Some((key, _)) => Sealer::of(Some(&key), &holder.to_string()),
            None => return Err(StoreError::StaleRevision { record: holder, expected: 1, found: 0 }),
        };
        let sealer = sealer.ok_or_else(|| StoreError::damaged(format!("record {holder}"), "its key is cut"))?;
        let mut nonce = [0; NONCE];
        keys::fill(&mut nonce)?;
        let sealed = sealer.seal(0, DRAFT, &nonce, draft.body.to_string().as_bytes());
        let text = "insert into draft (account, register, record, body, at) values ($1, $2, $3, $4, $5)
                    on conflict (account, register, record) do update set body = excluded.body, at = excluded.at";
        let sql = Sql::new("keep a draft", text)
            .bind(account.to_string())
            .bind(draft.register.as_str())
            .bind(draft_record(draft.record))
            .bind(hex::encode(sealed))
            .bind(draft.at);
        self.db().execute(sql).await.map(drop)
    }

    /// Returns the drafts of an account, newest first; one whose record was disposed of cannot be read any more and
    /// is left out.
    pub async fn drafts(&self, account: RecordId) -> Result<Vec<Draft>> {
        let text = "select register, record, body, at,
                    (select k.key from record_key k
                     where k.record = case when draft.record = '' then draft.account else draft.record end) as key
                    from draft where account = $1 order by at desc";
        let rows = self.db().all::<DraftRow>(Sql::new("read drafts", text).bind(account.to_string())).await?;
        let read = |(register, record, body, at, key): DraftRow| {
            let record = RecordId::parse(&record);
            let holder = record.unwrap_or(account).to_string();
            let sealed = hex::decode(body).ok()?;
            let text = Sealer::of(key.as_deref(), &holder)?.open_text(0, DRAFT, &sealed)?;
            Some(json("draft", &text).map(|body| Draft { register, record, body, at }))
        };
        rows.into_iter().filter_map(read).collect()
    }

    /// Removes a draft, after it was sent or given up.
    pub async fn drop_draft(&self, account: RecordId, register: &str, record: Option<RecordId>) -> Result<()> {
        let text = "delete from draft where account = $1 and register = $2 and record = $3";
        let sql = Sql::new("remove a draft", text).bind(account.to_string()).bind(register).bind(draft_record(record));
        self.db().execute(sql).await.map(drop)
    }

    /// Keeps how the columns of a layout were mapped, for next time.
    pub async fn save_mapping(&self, register: &str, fingerprint: &str, mapping: &Json, now: i64) -> Result<()> {
        let text = "insert into saved_mapping (register, fingerprint, mapping, at) values ($1, $2, $3, $4)
                    on conflict (register, fingerprint) do update set mapping = excluded.mapping, at = excluded.at";
        let sql = Sql::new("keep a mapping", text).bind(register).bind(fingerprint).bind(mapping.to_string()).bind(now);
        self.db().execute(sql).await.map(drop)
    }

    /// Returns the mapping kept for a layout.
    pub async fn mapping(&self, register: &str, fingerprint: &str) -> Result<Option<Json>> {
        let text = "select mapping from saved_mapping where register = $1 and fingerprint = $2";
        let row = self.db().one::<(String,)>(Sql::new("read a mapping", text).bind(register).bind(fingerprint)).await?;
        row.map(|row| json("saved_mapping", &row.0)).transpose()
    }

    /// Keeps those verdicts that differ from the last ones kept; returns how many turned.
    pub async fn note_verdicts(&self, at: i64, as_of: &str, verdicts: &[VerdictRow]) -> Result<u64> {
        let mut tx = self.db().begin(None).await?;
        let text = "select item, part, verdict from verdict_history h
                    where at = (select max(m.at) from verdict_history m where m.item = h.item and m.part = h.part)";
        let last = tx.on().all::<(String, String, String)>(Sql::new("read the last verdicts", text)).await?;
        let last: HashMap<_, _> = last.into_iter().map(|(item, part, verdict)| ((item, part), verdict)).collect();
        let same = |v: &&VerdictRow| last.get(&(v.item.clone(), v.part.clone())) != Some(&v.verdict);
        let turned: Vec<_> = verdicts.iter().filter(same).collect();
        for packet in turned.chunks(128) {
            let rows = packet.iter().map(|v| turn_args(v, at, as_of));
            let text = "insert into verdict_history (item, part, at, as_of, verdict, detail) values ";
            let kept = " on conflict (item, part, at) do nothing";
            tx.on().execute(Sql::new("keep verdicts", text).rows(rows, false).text(kept)).await?;
        }
        tx.commit().await?;
        Ok(turned.len() as u64)
    }

    /// Returns the verdict of each part that was kept last for days up to `as_of`, as known at a moment.
    pub async fn verdicts_as_of(&self, as_of: &str, known_at: Option<i64>) -> Result<Vec<VerdictTurn>> {
        let text = "select item, part, at, as_of, verdict, detail from verdict_history h
                    where at = (select max(m.at) from verdict_history m
                        where m.item = h.item and m.part = h.part and m.as_of <= $1 and m.at <= $2)";
        let sql = Sql::new("read verdicts of the past", text).bind(as_of).bind(known_at.unwrap_or(i64::MAX));
        self.db().all::<TurnRow>(sql).await?.into_iter().map(read_turn).collect()
    }

    /// Returns when the verdicts of an item turned, oldest first.
    pub async fn verdict_turns(&self, item: &str) -> Result<Vec<VerdictTurn>> {
        let text =
            "select item, part, at, as_of, verdict, detail from verdict_history where item = $1 order by at, part";
        let rows = self.db().all::<TurnRow>(Sql::new("read verdicts of the past", text).bind(item)).await?;
        rows.into_iter().map(read_turn).collect()
    }
}

fn read_turn((item, part, at, as_of, verdict, detail): TurnRow) -> Result<VerdictTurn> {
    Ok(VerdictTurn { item, part, at, as_of, verdict, detail: json("verdict_history", &detail)? })
}

fn turn_args(v: &VerdictRow, at: i64, as_of: &str) -> [Arg; 6] {
    let detail = v.detail.to_string();
    [v.item.as_str().into(), v.part.as_str().into(), at.into(), as_of.into(), v.verdict.as_str().into(), detail.into()]
}

/// The empty text stands for a new record: it takes part in the key.
fn draft_record(record: Option<RecordId>) -> String {
    record.map(|id| id.to_string()).unwrap_or_default()
}

fn json(place: &str, text: &str) -> Result<Json> {
    serde_json::from_str(text).map_err(|e| StoreError::damaged(place, e))
}
