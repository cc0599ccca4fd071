//! The log's keys and what the installation says of itself, against each other.

use std::collections::BTreeMap;

use akashi_journal::checkpoint::KeyRing;
use akashi_journal::note::{Algorithm, SignerKey, VerifierKey};

use super::Run;
use super::fault::{FaultKind, Place};
use crate::error::Result;
use crate::sql::Sql;

#[derive(sqlx::FromRow)]
struct KeyRow {
    id: String,
    name: String,
    public: String,
    seed: Option<Vec<u8>>,
    from_size: i64,
    until_size: Option<i64>,
}

impl Run {
    /// Reads the ring stored here, which signatures are checked with when the caller has none.
    pub(super) async fn stored_ring(&mut self) -> Result<Option<KeyRing>> {
        let mut ring: Option<KeyRing> = None;
        for row in self.keys().await? {
            // What is wrong with a key is told of in `check_keys`.
            let Ok(key) = row.public.parse::<VerifierKey>() else { continue };
            if key.algorithm() != Algorithm::Ed25519 {
                continue;
            }
            let begun = match ring.take() {
                Some(ring) => Ok(ring),
                None => KeyRing::new(key.clone()),
            };
            let until = row.until_size.map(|size| size as u64);
            ring = begun.and_then(|mut ring| ring.trust(key, row.from_size as u64, until).map(|()| ring)).ok();
        }
        Ok(ring)
    }

    /// Each key is what its columns say, and their spans follow each other without a gap, the last one open.
    pub(super) async fn check_keys(&mut self) -> Result<()> {
        let meta = self.meta().await?;
        let origin = meta.get("akashi.origin").cloned().unwrap_or_default();
        let rows = self.keys().await?;
        if rows.is_empty() {
            self.fault(Place::SigningKeys, FaultKind::Missing);
        }
        let mut ends: BTreeMap<u8, i64> = BTreeMap::new();
        for row in &rows {
            let place = || Place::SigningKey(row.id.clone());
            let key = match row.public.parse::<VerifierKey>() {
                Ok(key) => key,
                Err(e) => {
                    self.fault(place(), FaultKind::Unreadable { what: e.to_string() });
                    continue;
                }
            };
            let wrong = row.wrong(&key, &origin);
            wrong.into_iter().for_each(|column| self.fault(place(), FaultKind::Differs { column }));
            let begins = ends.entry(key.algorithm() as u8).or_default();
            if row.from_size != *begins {
                self.fault(place(), FaultKind::Differs { column: "from_size" });
            }
            *begins = row.until_size.unwrap_or(i64::MAX);
        }
        if ends.values().any(|end| *end != i64::MAX) {
            self.fault(Place::SigningKeys, FaultKind::Differs { column: "until_size" });
        }
        self.check_meta(&meta);
        Ok(())
    }

    fn check_meta(&mut self, meta: &BTreeMap<String, String>) {
        for key in ["akashi.origin", "akashi.epoch", "akashi.organisation", "akashi.catalogue", "akashi.created"] {
            if !meta.contains_key(key) {
                self.fault(Place::Meta(key.into()), FaultKind::Missing);
            }
        }
        let epoch = meta.get("akashi.epoch").and_then(|text| text.parse::<u32>().ok());
        if self.seen.epoch.is_some_and(|last| epoch != Some(last)) {
            self.fault(Place::Meta("akashi.epoch".into()), FaultKind::Differs { column: "value" });
        }
    }

    async fn keys(&mut self) -> Result<Vec<KeyRow>> {
        let text = "select id, name, public, seed, from_size, until_size from signing_key
                    order by from_size, created";
        match self.tx.on().all(Sql::new("read the key ring", text)).await {
            Err(e) if e.is_damage() => {
                self.fault(Place::SigningKeys, FaultKind::Unreadable { what: e.to_string() });
                Ok(Vec::new())
            }
            rows => rows,
        }
    }

    async fn meta(&mut self) -> Result<BTreeMap<String, String>> {
        let text = "select key, value from meta where key like 'akashi.%'";
        let rows = self.tx.on().all::<(String, String)>(Sql::new("read what this installation is", text)).await?;
        Ok(rows.into_iter().collect())
    }
}

impl KeyRow {
    /// The columns that say something else than the key itself.
    fn wrong(&self, key: &VerifierKey, origin: &str) -> Vec<&'static str> {
        let seed = self.seed.as_deref().map(<[u8; 32]>::try_from);
        let signs = |seed: [u8; 32]| SignerKey::from_seed(origin, &seed).is_ok_and(|signer| signer.verifier() == *key);
        let table = [
            ("id", self.id == key.id().to_string()),
            ("name", self.name == key.name() && key.name() == origin),
            // The one in force can sign; the others no longer can.
            (
                "seed",
                match seed {
                    Some(seed) => seed.is_ok_and(signs) && self.until_size.is_none(),
                    None => self.until_size.is_some(),
                },
            ),
            ("until_size", self.until_size.is_none_or(|until| until >= self.from_size)),
        ];
        table.into_iter().filter(|(_, same)| !same).map(|(column, _)| column).collect()
    }
}
