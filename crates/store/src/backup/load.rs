//! Restoring a backup into an empty place of either kind, and proving that it is what was signed.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use akashi_domain::RecordId;
use akashi_journal::checkpoint::{KeyRing, OpenCheckpoint};
use akashi_journal::{Command, Digest};
use serde_json::json;

use super::row::{Cell, byte, exact, read_bytes, wrong};
use super::schema::{KEY_TABLES, Table, tables};
use super::{DATA, END, KEYS, PART, TABLE};
use crate::blob::write_file;
use crate::db::{Db, OpenTx};
use crate::dialect::Lock;
use crate::error::{Result, StoreError};
use crate::sql::{Arg, Sql};
use crate::store::Store;
use crate::verify::Report;
use crate::write::{NewVersion, WriteCtx};

/// Rows of a statement.
const PACKET: usize = 64;

/// A restored installation.
pub struct Restored {
    pub store: Store,
    /// Everything recomputed: every entry, every root against its signed checkpoint.
    pub report: Report,
    /// The epoch the log goes on in, when a later checkpoint had been published than the backup knows.
    pub new_epoch: Option<u32>,
}

impl Store {
    /// Makes an installation out of the two streams of a backup and verifies all of it. `trusted` are keys from
    /// elsewhere; `published` a checkpoint that was seen after the backup: then what came after the backup is
    /// lost, and the log goes on in a new epoch, with a new key and an entry that names what was published.
    ///
    /// # Errors
    /// [`StoreError::AlreadyInitialised`] where there is something already, [`StoreError::Backup`] for what is no
    /// whole backup or a published checkpoint of another log. Faults found by verifying are in the report.
    pub async fn restore(
        address: &str,
        folder: &Path,
        streams: (&mut (dyn Read + Send), &mut (dyn Read + Send)),
        trusted: Option<KeyRing>,
        published: Option<&[u8]>,
        now: i64,
    ) -> Result<Restored> {
        std::fs::create_dir_all(folder).map_err(StoreError::io("make the folder", folder))?;
        let db = Db::open(address, true).await?;
        if crate::meta::read(&db).await?.is_some() {
            return Err(StoreError::AlreadyInitialised { place: db.place() });
        }
        let (data, keys) = streams;
        let mut load = Load {
            tx: db.begin(Some(Lock::Writer)).await?,
            folder,
            files: HashMap::new(),
            sqlite: matches!(db, Db::Sqlite { .. }),
        };
        load.stream(keys, KEYS, true).await?;
        load.stream(data, DATA, false).await?;
        load.write_files()?;
        load.tx.commit().await?;
        db.close().await;
        let store = Store::open(address, folder).await?;
        store.publish().await?;
        let report = store.verify(trusted, |_| ()).await?;
        let later = match published {
            Some(note) if report.is_clean() => store.later(note).await?,
            _ => None,
        };
        let Some(later) = later else { return Ok(Restored { store, report, new_epoch: None }) };
        let epoch = store.meta().epoch + 1;
        let text = "update meta set value = $1 where key = 'akashi.epoch'";
        store.db().execute(Sql::new("open a new epoch", text).bind(epoch.to_string())).await?;
        store.close().await;
        let store = Store::open(address, folder).await?;
        // The old key signed what is lost now; it must never sign another log of the same size.
        let signer = store.rotate_key(now).await?;
        store.name_published(&later, now).await?;
        store.sequence(now, &signer).await?;
        Ok(Restored { store, report, new_epoch: Some(epoch) })
    }

    /// The checkpoint, if it is one of this log beyond what is here.
    async fn later(&self, note: &[u8]) -> Result<Option<OpenCheckpoint>> {
        let open = self.key_ring().await?.open(note).map_err(|source| StoreError::Checkpoint { source })?;
        let here = self.end().await?;
        Ok(Some(open).filter(|open| open.checkpoint.size > here))
    }

    /// The first entry of the new epoch: what was published, and where this log goes on instead.
    async fn name_published(&self, open: &OpenCheckpoint, now: i64) -> Result<()> {
        let mut random = [0; 10];
        crate::log::keys::fill(&mut random)?;
        let record = RecordId::new((now / 1000).max(0) as u64, random);
        let body = json!({
            "goes_on_at": self.end().await?,
            "published": {
                "size": open.checkpoint.size,
                "root": open.checkpoint.root.to_hex(),
                "note": open.note.to_string(),
            },
        });
        let mut tx = self.begin(&WriteCtx { actor: "restore".into(), at: now }).await?;
        let receipt = tx.put(NewVersion::system("epoch", record, 0, Command::Epoch, body)).await?;
        tx.commit(receipt).await.map(drop)
    }
}

struct Load<'f> {
    tx: OpenTx,
    folder: &'f Path,
    /// Sealed parts by content, for SQLite, whose files are named in the keys.
    files: HashMap<Digest, (String, Vec<u8>)>,
    sqlite: bool,
}

impl Load<'_> {
    async fn stream(&mut self, from: &mut (dyn Read + Send), head: &[u8], keys: bool) -> Result<()> {
        let mut found = vec![0; head.len()];
        exact(from, &mut found)?;
        if found != head {
            return Err(wrong("it is of another kind or version, or data and keys were mixed up"));
        }
        let schema = tables();
        let mut numbers: HashMap<Digest, u64> = HashMap::new();
        loop {
            match byte(from)? {
                END => return Ok(()),
                TABLE => {
                    let name = read_bytes(from)?;
                    let table = schema.iter().find(|t| t.name.as_bytes() == name);
                    let table = table.filter(|t| KEY_TABLES.contains(&t.name) == keys);
                    self.table(table.ok_or_else(|| wrong("it holds a table nobody knows; use a newer Akashi"))?, from)
                        .await?;
                }
                PART if !keys => {
                    let mut digest = [0; 32];
                    exact(from, &mut digest)?;
                    let number = numbers.entry(Digest(digest)).or_default();
                    byte(from)?;
                    self.part(Digest(digest), *number, read_bytes(from)?).await?;
                    *number += 1;
                }
                _ => return Err(wrong("something in it has no known kind")),
            }
        }
    }

    async fn table(&mut self, table: &Table, from: &mut (dyn Read + Send)) -> Result<()> {
        for at in 0..byte(from)? {
            byte(from)?;
            let name = read_bytes(from)?;
            if table.columns.get(usize::from(at)).is_none_or(|(known, _)| known.as_bytes() != name) {
                return Err(wrong("a table has other columns; use the version of Akashi that made it"));
            }
        }
        let mut packet = Vec::new();
        while byte(from)? == 1 {
            let mut row = Vec::with_capacity(table.columns.len());
            for (_, kind) in &table.columns {
                row.push(Cell::read(from)?.arg(*kind).ok_or_else(|| wrong("a value does not fit its column"))?);
            }
            if table.name == "blob_key" {
                self.note_file(&row);
            }
            packet.push(row);
            if packet.len() == PACKET {
                self.insert(table, std::mem::take(&mut packet)).await?;
            }
        }
        self.insert(table, packet).await
    }

    async fn insert(&mut self, table: &Table, rows: Vec<Vec<Arg>>) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut sql = Sql::new("restore a table", "insert into ").text(table.name).text(" (");
        for (ix, (name, _)) in table.columns.iter().enumerate() {
            sql = sql.text(if ix == 0 { "" } else { ", " }).text(name);
        }
        self.tx.on().execute(sql.text(") values ").rows(rows, false)).await.map(drop)
    }

    fn note_file(&mut self, row: &[Arg]) {
        if let [Arg::Text(Some(digest)), _, Arg::Text(Some(file))] = row
            && let Ok(digest) = Digest::from_hex(digest)
        {
            self.files.insert(digest, (file.clone(), Vec::new()));
        }
    }

    async fn part(&mut self, digest: Digest, number: u64, bytes: Vec<u8>) -> Result<()> {
        if self.sqlite {
            // Without a key it was disposed of after the data were saved: nobody can read it any more.
            if let Some((_, parts)) = self.files.get_mut(&digest) {
                parts.extend_from_slice(&bytes);
            }
            return Ok(());
        }
        let text = "insert into blob_chunk (digest, number, bytes) values ($1, $2, $3)";
        let sql = Sql::new("restore a file", text).bind(digest.to_hex()).bind(number).bind(bytes);
        self.tx.on().execute(sql).await.map(drop)
    }

    fn write_files(&self) -> Result<()> {
        let hex = |name: &str| name.len() > 2 && name.bytes().all(|b| b.is_ascii_hexdigit());
        for (name, bytes) in self.files.values().filter(|(name, _)| self.sqlite && hex(name)) {
            write_file(&self.folder.join("blobs").join(&name[..2]).join(&name[2..]), bytes)?;
        }
        Ok(())
    }
}
