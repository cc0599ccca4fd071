//! The log's signing keys and the ring of those that may sign, each for a span of tree sizes.

use akashi_journal::checkpoint::KeyRing;
use akashi_journal::note::{SignerKey, VerifierKey};

use crate::dialect::Lock;
use crate::error::{Result, StoreError};
use crate::sql::Sql;
use crate::store::Store;

impl Store {
    /// Returns the key that signs checkpoints now.
    pub async fn signer(&self) -> Result<SignerKey> {
        let text = "select name, seed from signing_key where until_size is null and seed is not null
                    order by from_size desc, created desc limit 1";
        let row = self.db().one::<(String, Vec<u8>)>(Sql::new("read the log key", text)).await?;
        let (name, seed) = row.ok_or(StoreError::NoKey)?;
        let seed: [u8; 32] = seed.try_into().map_err(|_| StoreError::damaged("signing_key", "the seed is cut"))?;
        SignerKey::from_seed(&name, &seed).map_err(|source| StoreError::Key { source })
    }

    /// Returns every key that may sign or might, with its span of sizes; public halves only.
    pub async fn key_ring(&self) -> Result<KeyRing> {
        let text = "select public, from_size, until_size from signing_key order by from_size, created";
        let rows = self.db().all::<(String, i64, Option<i64>)>(Sql::new("read the key ring", text)).await?;
        let mut ring: Option<KeyRing> = None;
        for (public, from, until) in rows {
            let key: VerifierKey = public.parse().map_err(|source| StoreError::Key { source })?;
            let checked = |source| StoreError::Checkpoint { source };
            let ring = match &mut ring {
                Some(ring) => ring,
                none => none.insert(KeyRing::new(key.clone()).map_err(checked)?),
            };
            ring.trust(key, from as u64, until.map(|size| size as u64)).map_err(checked)?;
        }
        ring.ok_or(StoreError::NoKey)
    }

    /// Brings a new log key into force from the tree's present size on and retires the old one: its seed
    /// is wiped, its public half stays. Returns the new key.
    pub async fn rotate_key(&self, now: i64) -> Result<SignerKey> {
        let seed = random()?;
        let signer = SignerKey::from_seed(&self.meta().origin, &seed).map_err(|source| StoreError::Key { source })?;
        let mut tx = self.db().begin(Some(Lock::Sequencer)).await?;
        let size = super::state::read(&mut tx).await?.size();
        let text = "update signing_key set until_size = $1, seed = null where until_size is null";
        tx.on().execute(Sql::new("retire the old log key", text).bind(size)).await?;
        tx.on().execute(insert(&signer, &seed, now, size)).await?;
        tx.commit().await?;
        Ok(signer)
    }
}

/// The statement that keeps a key.
pub(crate) fn insert(signer: &SignerKey, seed: &[u8; 32], now: i64, from: u64) -> Sql {
    let public = signer.verifier();
    let text = "insert into signing_key (id, name, public, seed, created, from_size, until_size)
                values ($1, $2, $3, $4, $5, $6, null)";
    Sql::new("keep the log key", text)
        .bind(public.id().to_string())
        .bind(signer.name())
        .bind(public.to_string())
        .bind(seed.to_vec())
        .bind(now)
        .bind(from)
}

/// 32 bytes from the operating system.
pub(crate) fn random() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    fill(&mut bytes)?;
    Ok(bytes)
}

/// Fills a buffer from the operating system's random source.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|e| StoreError::Random { what: e.to_string() })
}
