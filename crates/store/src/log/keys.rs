//! The log's signing keys, one of each kind in force, two while a rotation overlaps; and the ring of those that may sign
//! or might, each for a span of tree sizes.

use akashi_journal::checkpoint::{Checkpoint, CheckpointError, KeyRing};
use akashi_journal::note::{Algorithm, KeyId, Note, SignerKey, VerifierKey};

use crate::db::OpenTx;
use crate::dialect::Lock;
use crate::error::{Result, StoreError};
use crate::sql::Sql;
use crate::store::Store;

/// The kinds of keys a log signs with. Ed25519 is what every reader knows; ML-DSA-44 is what holds for decades.
const KINDS: [Algorithm; 2] = [Algorithm::Ed25519, Algorithm::MlDsa44];

/// The private keys a log signs with now: by kind, in each the older first.
#[derive(Clone, Debug)]
pub struct LogKeys {
    keys: Vec<SignerKey>,
}

impl LogKeys {
    /// The public halves.
    pub fn verifiers(&self) -> impl Iterator<Item = VerifierKey> {
        self.keys.iter().map(SignerKey::verifier)
    }

    /// The newest Ed25519 key: the one to hand to somebody who knows no other kind.
    ///
    /// # Panics
    /// Never: there is always one.
    #[must_use]
    pub fn verifier(&self) -> VerifierKey {
        let classic = self.verifiers().filter(|key| key.algorithm() == Algorithm::Ed25519).last();
        classic.expect("a log always has an Ed25519 key")
    }

    /// Signs with all of them at `at`, microseconds UTC.
    pub fn sign(&self, checkpoint: &Checkpoint, at: i64) -> Result<Note, CheckpointError> {
        let seconds = u64::try_from(at / 1_000_000).unwrap_or(0);
        checkpoint.sign_at(&self.keys.iter().collect::<Vec<_>>(), seconds)
    }

    fn ids(&self) -> Vec<String> {
        let mut ids: Vec<_> = self.verifiers().map(|key| key.id().to_string()).collect();
        ids.sort();
        ids
    }
}

impl Store {
    /// Returns the keys that sign checkpoints now. A log from before ML-DSA-44 gets its key of that kind here.
    pub async fn signer(&self) -> Result<LogKeys> {
        let mut tx = self.db().snapshot().await?;
        let rows = active(&mut tx).await?;
        tx.rollback().await?;
        if lacking(&rows).is_empty() { log_keys(rows) } else { self.complete_keys().await }
    }

    async fn complete_keys(&self) -> Result<LogKeys> {
        let mut tx = self.db().begin(Some(Lock::Sequencer)).await?;
        let rows = active(&mut tx).await?;
        let begun = rows.iter().map(|row| row.created).max().ok_or(StoreError::NoKey)?;
        add(&mut tx, &self.meta().origin, &lacking(&rows), begun).await?;
        let keys = log_keys(active(&mut tx).await?)?;
        tx.commit().await?;
        Ok(keys)
    }

    /// Returns every key that may sign or might, with its span of sizes; public halves only.
    pub async fn key_ring(&self) -> Result<KeyRing> {
        ring(self.db().all(ring_rows()).await?)
    }

    /// Begins a rotation: from the next checkpoint on new keys sign beside the old ones, until
    /// [`Store::end_rotation`]. Meanwhile whoever trusts either accepts. Returns all keys that sign now.
    ///
    /// # Errors
    /// [`StoreError::Rotation`] while one is under way.
    pub async fn start_rotation(&self, now: i64) -> Result<LogKeys> {
        self.signer().await?;
        let mut tx = self.db().begin(Some(Lock::Sequencer)).await?;
        if !outgoing(&active(&mut tx).await?).is_empty() {
            return Err(StoreError::Rotation { what: "one is under way already; end it first" });
        }
        add(&mut tx, &self.meta().origin, &KINDS, now).await?;
        let keys = log_keys(active(&mut tx).await?)?;
        tx.commit().await?;
        Ok(keys)
    }

    /// Ends a rotation: the older key of each kind signs no more from the present size on and its seed is wiped; its
    /// public half stays for what it signed. Returns the ids of the keys retired.
    ///
    /// # Errors
    /// [`StoreError::Rotation`] when none is under way.
    pub async fn end_rotation(&self) -> Result<Vec<KeyId>> {
        let mut tx = self.db().begin(Some(Lock::Sequencer)).await?;
        let outgoing = outgoing(&active(&mut tx).await?);
        if outgoing.is_empty() {
            return Err(StoreError::Rotation { what: "none is under way; start one first" });
        }
        retire(&mut tx, &outgoing).await?;
        tx.commit().await?;
        Ok(outgoing)
    }

    /// Replaces all keys at once, e.g. because one leaked: the old ones are retired without an overlap. Returns the new.
    pub async fn rotate_key(&self, now: i64) -> Result<LogKeys> {
        let mut tx = self.db().begin(Some(Lock::Sequencer)).await?;
        let old: Vec<_> = active(&mut tx).await?.iter().map(|row| row.public.id()).collect();
        add(&mut tx, &self.meta().origin, &KINDS, now).await?;
        retire(&mut tx, &old).await?;
        let keys = log_keys(active(&mut tx).await?)?;
        tx.commit().await?;
        Ok(keys)
    }
}

/// The keys in force as the transaction sees them: those given, if nobody rotated meanwhile.
pub(super) async fn in_force(tx: &mut OpenTx, given: &LogKeys) -> Result<LogKeys> {
    let text = "select id from signing_key where until_size is null and seed is not null order by id";
    let ids = tx.on().all::<(String,)>(Sql::new("look which log keys are in force", text)).await?;
    if ids.iter().map(|(id,)| id).eq(given.ids().iter()) {
        return Ok(given.clone());
    }
    log_keys(active(tx).await?)
}

/// A key that signs.
struct Active {
    public: VerifierKey,
    seed: [u8; 32],
    created: i64,
}

impl Active {
    fn kind(&self) -> Algorithm {
        self.public.algorithm()
    }
}

/// The keys in force: by kind, in each the older first.
async fn active(tx: &mut OpenTx) -> Result<Vec<Active>> {
    let text = "select public, seed, created from signing_key where until_size is null and seed is not null
                order by from_size, created, id";
    let rows = tx.on().all::<(String, Vec<u8>, i64)>(Sql::new("read the log keys", text)).await?;
    let read = |(public, seed, created): (String, Vec<u8>, i64)| {
        let public = public.parse().map_err(|source| StoreError::Key { source })?;
        let seed = seed.try_into().map_err(|_| StoreError::damaged("signing_key", "the seed is cut"))?;
        Ok(Active { public, seed, created })
    };
    let mut rows = rows.into_iter().map(read).collect::<Result<Vec<_>>>()?;
    rows.sort_by_key(|row| KINDS.iter().position(|kind| *kind == row.kind()));
    Ok(rows)
}

fn log_keys(active: Vec<Active>) -> Result<LogKeys> {
    let made = active.iter().map(|row| signer(row.kind(), row.public.name(), &row.seed));
    let keys = made.collect::<Result<Vec<_>>>()?;
    match keys.first() {
        Some(key) if key.algorithm() == Algorithm::Ed25519 => Ok(LogKeys { keys }),
        _ => Err(StoreError::NoKey),
    }
}

/// The kinds without a key in force.
fn lacking(active: &[Active]) -> Vec<Algorithm> {
    KINDS.into_iter().filter(|kind| !active.iter().any(|row| row.kind() == *kind)).collect()
}

/// All but the newest key of each kind.
fn outgoing(active: &[Active]) -> Vec<KeyId> {
    let older = |(place, row): (usize, &Active)| {
        let newer = active[place + 1..].iter().any(|other| other.kind() == row.kind());
        newer.then(|| row.public.id())
    };
    active.iter().enumerate().filter_map(older).collect()
}

/// Makes a key of each kind that signs from the next checkpoint on.
async fn add(tx: &mut OpenTx, origin: &str, kinds: &[Algorithm], now: i64) -> Result<()> {
    let size = super::state::read(tx).await?.size();
    // The checkpoint of the present size is signed already, without the new key. There is none of the empty log.
    let from = if size == 0 { 0 } else { size + 1 };
    let newest = Sql::new("read the newest log key", "select coalesce(max(created), 0) from signing_key");
    let newest = tx.on().one::<(i64,)>(newest).await?.map_or(0, |row| row.0);
    for kind in kinds {
        let seed = random()?;
        let key = signer(*kind, origin, &seed)?;
        // Two keys of one instant would have no order.
        tx.on().execute(insert(&key, &seed, now.max(newest + 1), from)).await?;
    }
    Ok(())
}

async fn retire(tx: &mut OpenTx, keys: &[KeyId]) -> Result<()> {
    let size = super::state::read(tx).await?.size();
    for key in keys {
        let text = "update signing_key set until_size = $1, seed = null where id = $2";
        tx.on().execute(Sql::new("retire a log key", text).bind(size).bind(key.to_string())).await?;
    }
    Ok(())
}

/// The key a seed makes.
pub(crate) fn signer(kind: Algorithm, origin: &str, seed: &[u8; 32]) -> Result<SignerKey> {
    let made = match kind {
        Algorithm::MlDsa44 => SignerKey::ml_dsa_44(origin, seed),
        Algorithm::Ed25519 | Algorithm::CosignatureV1 => SignerKey::from_seed(origin, seed),
    };
    made.map_err(|source| StoreError::Key { source })
}

/// The statements that keep a new log's keys. With a seed of its own for Ed25519 the other seed follows from it, so
/// that the same beginning gives the same log.
pub(crate) fn first(origin: &str, seed: Option<[u8; 32]>, now: i64) -> Result<Vec<Sql>> {
    let (classic, quantum) = match seed {
        Some(seed) => (seed, akashi_journal::Digest::of(&[b"akashi ml-dsa-44\n", &seed[..]].concat()).0),
        None => (random()?, random()?),
    };
    let seeds = KINDS.into_iter().zip([classic, quantum]);
    seeds.map(|(kind, seed)| Ok(insert(&signer(kind, origin, &seed)?, &seed, now, 0))).collect()
}

/// Public half, first and last size of a key.
pub(crate) type RingRow = (String, i64, Option<i64>);

/// The statement that reads the key ring.
pub(crate) fn ring_rows() -> Sql {
    let text = "select public, from_size, until_size from signing_key order by from_size, created, id";
    Sql::new("read the key ring", text)
}

/// The ring of those rows.
pub(crate) fn ring(rows: Vec<RingRow>) -> Result<KeyRing> {
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

/// The statement that keeps a key.
fn insert(signer: &SignerKey, seed: &[u8; 32], now: i64, from: u64) -> Sql {
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
