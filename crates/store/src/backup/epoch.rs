//! A restore behind a published checkpoint. What the old log signed after the backup is lost; signing other entries under
//! the same name and key would be lying to whoever holds that checkpoint. So the log goes on as a new epoch: a new
//! origin (`…/epoch-2`), new keys, and a first entry that names what was published and is lost. What the keys know to be
//! disposed of is disposed of again, under the same approval.

use akashi_domain::RecordId;
use akashi_journal::checkpoint::{KeyRing, OpenCheckpoint, epoch_origin};
use akashi_journal::commitment::RecordKey;
use akashi_journal::{Command, Digest};
use serde_json::{Value as Json, json};

use super::load::Restored;
use crate::db::OpenTx;
use crate::error::{Result, StoreError};
use crate::log::keys;
use crate::seal::Sealer;
use crate::sql::Sql;
use crate::store::Store;
use crate::write::{Disposal, NewVersion, WriteCtx};

/// Who acts in the log here.
const ACTOR: &str = "restore";

/// A record that was disposed of, as the keys know it.
pub(super) struct Disposed {
    pub(super) record: String,
    /// Revision of the disposal.
    pub(super) rev: u32,
    pub(super) register: String,
    pub(super) def_version: u32,
    /// Its words: sealed, then opened by [`Disposed::unseal`].
    pub(super) body: Option<Vec<u8>>,
}

impl Disposed {
    /// Opens its words with the record's key.
    pub(super) fn unseal(&mut self, key: Option<&Vec<u8>>) {
        let key = key.and_then(|key| <[u8; 32]>::try_from(key.as_slice()).ok());
        let open = |(key, body): ([u8; 32], Vec<u8>)| {
            Sealer::new(&RecordKey::new(key), &self.record).open(self.rev, "body", &body)
        };
        self.body = key.zip(self.body.take()).and_then(open);
    }

    /// Approval and rule.
    fn grounds(&self) -> Option<(RecordId, String)> {
        let body: Json = serde_json::from_slice(self.body.as_deref()?).ok()?;
        let approval = RecordId::parse(body["disposal"]["approval"].as_str()?)?;
        Some((approval, body["disposal"]["rule"].as_str()?.to_owned()))
    }
}

/// The furthest of the checkpoints that say more than is here, or something else.
///
/// # Errors
/// One that no key of this log signed: nothing is restored beside something nobody can place.
pub(super) async fn later(tx: &mut OpenTx, published: &[Vec<u8>]) -> Result<Option<OpenCheckpoint>> {
    if published.is_empty() {
        return Ok(None);
    }
    let ring = keys::ring(tx.on().all(keys::ring_rows()).await?)?;
    let mut later: Option<OpenCheckpoint> = None;
    for note in published {
        let open = ring.open(note).map_err(|source| StoreError::Checkpoint { source })?;
        let furthest = later.as_ref().is_none_or(|known| known.checkpoint.size < open.checkpoint.size);
        if furthest && says_more(tx, &open).await? {
            later = Some(open);
        }
    }
    Ok(later)
}

/// Whether the checkpoint is not the one kept here for its size. A size in between that was never kept is no reason: the
/// log here may have been signed less often.
async fn says_more(tx: &mut OpenTx, open: &OpenCheckpoint) -> Result<bool> {
    let size = open.checkpoint.size;
    let sql = Sql::new("read a checkpoint", "select root from checkpoint where size = $1").bind(size);
    if let Some((root,)) = tx.on().one::<(Vec<u8>,)>(sql).await? {
        return Ok(root != open.checkpoint.root.0);
    }
    let newest = crate::log::newest_in(tx).await?.map_or(0, |c| c.size);
    Ok(size > newest)
}

/// Gives the log its next epoch, in the transaction that restores it: from the first moment on the old keys, which have
/// the old name, cannot sign for it.
pub(super) async fn open(tx: &mut OpenTx) -> Result<()> {
    let text = "select key, value from meta where key in ('akashi.epoch', 'akashi.origin') order by key";
    let rows = tx.on().all::<(String, String)>(Sql::new("read the epoch", text)).await?;
    let [(_, epoch), (_, origin)] = &rows[..] else { return Err(StoreError::damaged("meta", "it names no epoch")) };
    let epoch: u32 = epoch.parse().map_err(|_| StoreError::damaged("meta", "the epoch is no number"))?;
    let (epoch, origin) = (epoch + 1, epoch_origin(origin, epoch + 1));
    for (key, value) in [("akashi.epoch", epoch.to_string()), ("akashi.origin", origin)] {
        let text = "update meta set value = $1 where key = $2";
        tx.on().execute(Sql::new("open a new epoch", text).bind(value).bind(key)).await?;
    }
    Ok(())
}

impl Store {
    /// Goes on in the new epoch that [`open`] opened, and verifies all of it.
    pub(super) async fn go_on_behind(
        self,
        later: &OpenCheckpoint,
        disposed: Vec<Disposed>,
        trusted: Option<KeyRing>,
        now: i64,
    ) -> Result<Restored> {
        let store = self;
        let signer = store.rotate_key(now).await?;
        let here = store.end().await?;
        store.name_published(later, here, now).await?;
        let disposed_again = store.dispose_again(disposed, now).await?;
        store.sequence(now, &signer).await?;
        // Every root of the old epoch is compared here too, with what was signed then.
        let report = store.verify(trusted, |_| ()).await?;
        let new_epoch = Some(store.meta().epoch);
        let lost = later.checkpoint.size.saturating_sub(here);
        Ok(Restored { store, report, new_epoch, lost, disposed_again })
    }

    /// The first entry of the new epoch: what was published, and where this log goes on instead.
    async fn name_published(&self, open: &OpenCheckpoint, here: u64, now: i64) -> Result<()> {
        let mut random = [0; 10];
        keys::fill(&mut random)?;
        let record = RecordId::new((now / 1000).max(0) as u64, random);
        let body = json!({
            "goes_on_at": here,
            "goes_on_as": self.meta().origin,
            "lost": open.checkpoint.size.saturating_sub(here),
            "origin": open.checkpoint.origin,
            "published": {
                "size": open.checkpoint.size,
                "root": open.checkpoint.root.to_hex(),
                "note": open.note.to_string(),
                "digest": Digest::of(open.note.to_string().as_bytes()).to_hex(),
            },
        });
        let mut tx = self.begin(&WriteCtx { actor: ACTOR.into(), at: now }).await?;
        let receipt = tx.put(NewVersion::system("epoch", record, 0, Command::Epoch, body)).await?;
        tx.commit(receipt).await.map(drop)
    }

    /// What was disposed of after the backup, as far as it is here, is disposed of again; its keys are not here anyway.
    async fn dispose_again(&self, disposed: Vec<Disposed>, now: i64) -> Result<u64> {
        let mut count = 0;
        for gone in disposed {
            let text = "select max(rev) from record_version where record = $1";
            let sql = Sql::new("look for a record", text).bind(gone.record.as_str());
            let rev = self.db().one::<(Option<i64>,)>(sql).await?.and_then(|row| row.0).map(|rev| rev as u32);
            let (Some(expected), Some(record)) = (rev, RecordId::parse(&gone.record)) else { continue };
            // A revision beyond: the disposal itself is here.
            if expected >= gone.rev {
                continue;
            }
            let grounds = gone.grounds();
            let (approval, rule) = grounds.ok_or_else(|| StoreError::damaged("keys", "a disposal has no grounds"))?;
            let (register, def_version) = (gone.register, gone.def_version);
            let mut tx = self.begin(&WriteCtx { actor: ACTOR.into(), at: now }).await?;
            let disposal = Disposal { register, def_version, record, expected, approval, rule };
            let receipt = tx.dispose(disposal).await?;
            tx.commit(receipt).await?;
            count += 1;
        }
        Ok(count)
    }
}
