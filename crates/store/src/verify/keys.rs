//! The log's keys and what the installation says of itself, against each other.

use std::collections::BTreeMap;

use akashi_journal::checkpoint::{KeyRing, epoch_origin};
use akashi_journal::note::{Algorithm, Note, VerifierKey};
use serde_json::Value as Json;

use super::Run;
use super::fault::{FaultKind, Place};
use crate::error::Result;
use crate::log::keys::signer;
use crate::seal::Sealer;
use crate::sql::Sql;

/// The register of the record that says how the installation was set up.
const SETUP: &str = "akashi.setup";

/// Record, revision, body, key.
type SetupRow = (String, i64, Option<Vec<u8>>, Option<Vec<u8>>);

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
            let begun = match ring.take() {
                Some(ring) => Ok(ring),
                None => KeyRing::new(key.clone()),
            };
            let until = row.until_size.map(|size| size as u64);
            ring = begun.and_then(|mut ring| ring.trust(key, row.from_size as u64, until).map(|()| ring)).ok();
        }
        Ok(ring)
    }

    /// Each key is what its columns say, signed where it says it did, and there is one that signs.
    pub(super) async fn check_keys(&mut self) -> Result<()> {
        let meta = self.meta().await?;
        let origin = meta.get("akashi.origin").cloned().unwrap_or_default();
        let rows = self.keys().await?;
        let mut signs = false;
        for row in &rows {
            let place = || Place::SigningKey(row.id.clone());
            let key = match row.public.parse::<VerifierKey>() {
                Ok(key) => key,
                Err(e) => {
                    self.fault(place(), FaultKind::Unreadable { what: e.to_string() });
                    continue;
                }
            };
            signs |= key.algorithm() == Algorithm::Ed25519 && row.until_size.is_none();
            let mut wrong = row.wrong(&key, &origin);
            wrong.extend(self.wrong_span(row, &key).await?);
            wrong.into_iter().for_each(|column| self.fault(place(), FaultKind::Differs { column }));
        }
        if !signs {
            self.fault(Place::SigningKeys, FaultKind::Missing);
        }
        self.check_meta(&meta);
        self.check_setup(&meta).await
    }

    /// A key begins after a checkpoint and ends with one; it signed all in between and none outside.
    async fn wrong_span(&mut self, row: &KeyRow, key: &VerifierKey) -> Result<Vec<&'static str>> {
        let (from, until) = (row.from_size, row.until_size.unwrap_or(i64::MAX));
        let mut wrong = Vec::new();
        for (column, border) in [("from_size", from - 1), ("until_size", until)] {
            let before = "select size, note from checkpoint where size <= $1 order by size desc limit 1";
            let after = "select size, note from checkpoint where size > $1 order by size limit 1";
            let mut sides = Vec::new();
            for text in [before, after] {
                let sql = Sql::new("read a checkpoint", text).bind(border);
                sides.extend(self.tx.on().one::<(i64, String)>(sql).await?);
            }
            let signed =
                |note: &str| Note::parse(note.as_bytes()).is_ok_and(|n| n.signatures().iter().any(|s| s.is_by(key)));
            let fits = sides.iter().all(|(size, note)| signed(note) == (from..=until).contains(size));
            let bordered = border <= 0 || border == i64::MAX || sides.iter().any(|(size, _)| *size == border);
            if !(fits && bordered) {
                wrong.push(column);
            }
        }
        Ok(wrong)
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

    /// What was set up is what the log says was set up. Logs from before such an entry do not say it.
    async fn check_setup(&mut self, meta: &BTreeMap<String, String>) -> Result<()> {
        let text = "select v.record, v.rev, v.body, (select k.key from record_key k where k.record = v.record) as key
                    from record_version v where v.register = $1 order by v.seq desc limit 1";
        let sql = Sql::new("read what was set up", text).bind(SETUP);
        let Some((record, rev, body, key)) = self.tx.on().one::<SetupRow>(sql).await? else { return Ok(()) };
        let sealer = Sealer::of(key.as_deref(), &record);
        let body = sealer.and_then(|sealer| sealer.open(rev as u32, "body", body.as_deref()?));
        // What cannot be opened or read is told of at the version itself.
        let Some(body) = body.and_then(|body| serde_json::from_slice::<Json>(&body).ok()) else { return Ok(()) };
        for name in ["origin", "organisation", "catalogue", "created"] {
            let key = format!("akashi.{name}");
            let said = body.get(name).map(|said| said.as_str().map_or_else(|| said.to_string(), str::to_owned));
            let same = match (name, &said, meta.get(&key)) {
                (_, None, _) | (_, _, None) => true,
                ("origin", Some(said), Some(now)) => same_log(said, now, false),
                (_, Some(said), Some(now)) => said == now,
            };
            if !same {
                self.fault(Place::Meta(key), FaultKind::Differs { column: "value" });
            }
        }
        Ok(())
    }

    async fn keys(&mut self) -> Result<Vec<KeyRow>> {
        let text = "select id, name, public, seed, from_size, until_size from signing_key
                    order by from_size, created, id";
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

/// Whether a name is that of the log, or, unless it must be the present one, of an epoch before.
fn same_log(name: &str, origin: &str, present: bool) -> bool {
    let base = |name: &str| epoch_origin(name, 1);
    if present { name == origin } else { base(name) == base(origin) }
}

impl KeyRow {
    /// The columns that say something else than the key itself.
    fn wrong(&self, key: &VerifierKey, origin: &str) -> Vec<&'static str> {
        let seed = self.seed.as_deref().map(<[u8; 32]>::try_from);
        let signs = |seed| signer(key.algorithm(), key.name(), &seed).is_ok_and(|signer| signer.verifier() == *key);
        let table = [
            ("id", self.id == key.id().to_string()),
            // A log that went on after a restore has another name; its older keys have the older one.
            ("name", self.name == key.name() && same_log(key.name(), origin, self.until_size.is_none())),
            // The one in force can sign; the others no longer can.
            (
                "seed",
                match seed {
                    Some(seed) => seed.is_ok_and(signs) && self.until_size.is_none(),
                    None => self.until_size.is_some(),
                },
            ),
        ];
        table.into_iter().filter(|(_, same)| !same).map(|(column, _)| column).collect()
    }
}
