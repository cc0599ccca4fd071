//! What is said once about an installation: its log, its organisation, its catalogue; and loose settings.

use crate::db::Db;
use crate::dialect::Lock;
use crate::error::{Result, StoreError};
use crate::log::keys;
use crate::sql::{Arg, Sql};
use crate::store::Store;

/// What a new installation needs to know.
#[derive(Clone, Debug)]
pub struct Init {
    /// Identity of the log and name of its keys, e.g. `hospital.example/akashi/1`.
    pub origin: String,
    /// Name of the hospital, for pages and reports.
    pub organisation: String,
    /// Digest of the catalogue in force, hex.
    pub catalogue: String,
    /// Now, microseconds UTC.
    pub created: i64,
    /// Seed of the log key; from the operating system when not given (tests give one).
    pub log_seed: Option<[u8; 32]>,
}

/// What the installation said of itself when it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Identity of the log.
    pub origin: String,
    /// Log epoch; a restore behind a published checkpoint opens the next.
    pub epoch: u32,
    /// Name of the hospital.
    pub organisation: String,
    /// Digest of the catalogue in force at the time, hex.
    pub catalogue: String,
    /// Microseconds UTC.
    pub created: i64,
}

impl Store {
    /// Returns a setting written by [`Store::set`].
    pub async fn get(&self, key: &str) -> Result<Option<String>> {
        let sql = Sql::new("read a setting", "select value from meta where key = $1").bind(format!("set.{key}"));
        Ok(self.db().one::<(String,)>(sql).await?.map(|row| row.0))
    }

    /// Keeps a setting: small state of the program, not evidence.
    pub async fn set(&self, key: &str, value: &str) -> Result<()> {
        self.db().execute(upsert(&format!("set.{key}"), value)).await.map(drop)
    }
}

/// Reads the identity; none in a database without an installation.
pub(crate) async fn read(db: &Db) -> Result<Option<Meta>> {
    let sql = Sql::new("read what this installation is", "select key, value from meta where key like 'akashi.%'");
    let rows = db.all::<(String, String)>(sql).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let text = |key: &str| {
        let found = rows.iter().find(|(k, _)| k.strip_prefix("akashi.") == Some(key)).map(|(_, v)| v.clone());
        found.ok_or_else(|| StoreError::damaged("meta", format!("{key} is missing")))
    };
    let number = |key: &str| {
        let parsed = text(key)?.parse::<i64>();
        parsed.map_err(|_| StoreError::damaged("meta", format!("{key} is not a number")))
    };
    Ok(Some(Meta {
        origin: text("origin")?,
        epoch: number("epoch")? as u32,
        organisation: text("organisation")?,
        catalogue: text("catalogue")?,
        created: number("created")?,
    }))
}

/// Writes identity and log key in one transaction.
pub(crate) async fn write(db: &Db, init: &Init) -> Result<Meta> {
    let log_keys = keys::first(&init.origin, init.log_seed, init.created)?;
    let mut tx = db.begin(Some(Lock::Writer)).await?;
    let exists = Sql::new("look for an installation", "select value from meta where key = 'akashi.origin'");
    if tx.on().one::<(String,)>(exists).await?.is_some() {
        return Err(StoreError::AlreadyInitialised { place: db.place().to_string() });
    }
    let rows = [
        ("akashi.origin", init.origin.clone()),
        ("akashi.epoch", "1".to_owned()),
        ("akashi.organisation", init.organisation.clone()),
        ("akashi.catalogue", init.catalogue.clone()),
        ("akashi.created", init.created.to_string()),
    ];
    let rows = rows.map(|(key, value)| [Arg::from(key), Arg::from(value)]);
    let insert = Sql::new("write what this installation is", "insert into meta (key, value) values ");
    tx.on().execute(insert.rows(rows, false)).await?;
    for key in log_keys {
        tx.on().execute(key).await?;
    }
    tx.commit().await?;
    read(db).await?.ok_or_else(|| StoreError::damaged("meta", "it was not written"))
}

fn upsert(key: &str, value: &str) -> Sql {
    let text = "insert into meta (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value";
    Sql::new("keep a setting", text).bind(key).bind(value)
}
