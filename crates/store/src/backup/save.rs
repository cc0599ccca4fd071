//! Writing a piece of a backup out of one snapshot: writers go on meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use akashi_journal::Digest;
use serde_json::{Value as Json, json};

use super::row::{AnyRow, Cell, write_bytes};
use super::schema::{KEY_TABLES, Kind, Table, tables};
use super::{DATA, DISPOSALS, END, HEAD, KEYS, Link, PART, TABLE};
use crate::SignedCheckpoint;
use crate::db::OpenTx;
use crate::error::{Result, StoreError};
use crate::log::state;
use crate::migrate::STEPS;
use crate::sql::Sql;
use crate::store::Store;

/// Rows read at once. Bundles and bodies may have ten thousands of bytes each.
const PACKET: usize = 64;

/// How far the pieces before reach.
#[derive(Clone, Copy, Debug)]
pub struct Since<'s> {
    /// Versions and entries.
    pub entries: u64,
    /// Of these, taken into the tree.
    pub size: u64,
    /// Names of the files that are in the chain.
    pub files: &'s BTreeSet<String>,
}

/// What a piece holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The newest checkpoint in it; none of an empty log.
    pub checkpoint: Option<SignedCheckpoint>,
    /// Versions there are now.
    pub entries: u64,
    /// How far the tree reaches.
    pub size: u64,
    /// Rows of each table in the data.
    pub rows: BTreeMap<&'static str, u64>,
    /// Names of the files whose bytes are in it, in the order of their digests.
    pub files: Vec<String>,
    /// The newest step of the schema.
    pub schema: i64,
}

impl Store {
    /// Writes everything of this moment, or what came `since`: `data` without any key, `keys` all keys alone. Both are
    /// needed again; of the keys only the newest.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when a file went away meanwhile (a disposal: begin again), [`StoreError::Backup`] when a
    /// stream cannot be written.
    pub async fn back_up(
        &self,
        since: Option<Since<'_>>,
        link: &Link,
        data: &mut (dyn Write + Send),
        keys: &mut (dyn Write + Send),
    ) -> Result<Saved> {
        let mut tx = self.db().snapshot().await?;
        // The first read fixes the moment; the checkpoint is read in it.
        let checkpoint = crate::log::newest_in(&mut tx).await?;
        let (entries, size) = (end(&mut tx).await?, state::read(&mut tx).await?.size());
        let schema = STEPS.iter().map(|step| step.0).max().unwrap_or_default();
        let mut saved = Saved { checkpoint, entries, size, rows: BTreeMap::new(), files: Vec::new(), schema };
        begin(data, DATA, &link.to_json())?;
        begin(keys, KEYS, &self.keys_head(&saved))?;
        let text = "select distinct name from signing_key order by name";
        let names = tx.on().all::<(String,)>(Sql::new("read the names of the log", text)).await?;
        let origins: Vec<String> = names.into_iter().map(|row| row.0).collect();
        for table in tables() {
            if KEY_TABLES.contains(&table.name) {
                save_table(&mut tx, &table, None, &[], keys).await?;
            } else {
                let count = save_table(&mut tx, &table, since.as_ref(), &origins, data).await?;
                saved.rows.insert(table.name, count);
            }
        }
        save_disposals(&mut tx, keys).await?;
        saved.files = self.save_files(&mut tx, since, data).await?;
        data.write_all(&[END]).and_then(|()| data.flush()).map_err(failed)?;
        keys.write_all(&[END]).and_then(|()| keys.flush()).map_err(failed)?;
        tx.rollback().await?;
        Ok(saved)
    }

    /// What the keys know of the log: whoever restores an older state beside them learns that it went on.
    fn keys_head(&self, saved: &Saved) -> Json {
        json!({
            "entries": saved.entries,
            "epoch": self.meta().epoch,
            "origin": self.meta().origin,
            "published": saved.checkpoint.as_ref().map(|c| c.note.as_str()),
        })
    }

    async fn save_files(
        &self,
        tx: &mut OpenTx,
        since: Option<Since<'_>>,
        out: &mut (dyn Write + Send),
    ) -> Result<Vec<String>> {
        let text = "select b.digest, k.file from blob b join blob_key k on k.digest = b.digest order by b.digest";
        let mut files = tx.on().all::<(String, String)>(Sql::new("read the list of files", text)).await?;
        files.retain(|(_, file)| since.is_none_or(|since| !since.files.contains(file)));
        for (hex, file) in &files {
            let digest = Digest::from_hex(hex).map_err(|e| StoreError::damaged("blob", e))?;
            let gone = || StoreError::Gone { digest: hex.clone() };
            let mut parts = self.sealed_parts(digest, file).await?.ok_or_else(gone)?;
            for number in 0_u64.. {
                let part = match parts.next(self, number).await? {
                    Some(part) => part,
                    // A file of no bytes is a file too.
                    None if number == 0 => Vec::new(),
                    None => break,
                };
                write_bytes(PART, file.as_bytes(), out).map_err(failed)?;
                out.write_all(&digest.0).map_err(failed)?;
                write_bytes(4, &part, out).map_err(failed)?;
            }
        }
        Ok(files.into_iter().map(|(_, file)| file).collect())
    }
}

fn begin(out: &mut (dyn Write + Send), line: &[u8], head: &Json) -> Result<()> {
    out.write_all(line).and_then(|()| write_bytes(HEAD, head.to_string().as_bytes(), out)).map_err(failed)
}

/// The number of versions.
async fn end(tx: &mut OpenTx) -> Result<u64> {
    let sql = Sql::new("count versions", "select max(seq) + 1 from record_version");
    Ok(tx.on().one::<(Option<i64>,)>(sql).await?.and_then(|row| row.0).unwrap_or_default() as u64)
}

async fn save_table(
    tx: &mut OpenTx,
    table: &Table,
    since: Option<&Since<'_>>,
    origins: &[String],
    out: &mut (dyn Write + Send),
) -> Result<u64> {
    let kinds: Vec<Kind> = table.columns.iter().map(|(_, kind)| *kind).collect();
    let names = table.columns.iter().map(|(name, _)| *name);
    out.write_all(&head(table.name, names)).map_err(failed)?;
    let mut count = 0;
    for sql in table.read(since, origins) {
        count += save_rows(tx, sql, &kinds, out).await?;
    }
    out.write_all(&[0]).map_err(failed)?;
    Ok(count)
}

/// Which records were disposed of, as what, and the sealed words of it: an older state that is restored beside these
/// keys disposes of them again.
async fn save_disposals(tx: &mut OpenTx, out: &mut (dyn Write + Send)) -> Result<()> {
    let names = ["record", "rev", "register", "def_version", "body"];
    out.write_all(&head(DISPOSALS, names.into_iter())).map_err(failed)?;
    let text =
        "select record, rev, register, def_version, body from record_version where command = 'dispose' order by seq";
    let kinds = [Kind::Text, Kind::Int, Kind::Text, Kind::Int, Kind::Bytes];
    save_rows(tx, Sql::new("read the disposals", text), &kinds, out).await?;
    out.write_all(&[0]).map_err(failed)
}

fn head<'n>(table: &str, columns: impl ExactSizeIterator<Item = &'n str>) -> Vec<u8> {
    let mut head = Vec::new();
    let count = columns.len() as u8;
    // Writing to memory cannot fail.
    let _ = write_bytes(TABLE, table.as_bytes(), &mut head);
    head.push(count);
    columns.for_each(|name| drop(write_bytes(1, name.as_bytes(), &mut head)));
    head
}

async fn save_rows(tx: &mut OpenTx, sql: Sql, kinds: &[Kind], out: &mut (dyn Write + Send)) -> Result<u64> {
    let (mut count, mut written) = (0, Ok(()));
    let take = |rows: Vec<AnyRow>| {
        count += rows.len() as u64;
        let mut packet = Vec::new();
        for AnyRow(cells) in rows {
            packet.push(1);
            let mut cells = cells.iter().zip(kinds);
            let one = cells.try_for_each(|(cell, kind): (&Cell, _)| cell.write(*kind, &mut packet));
            written = std::mem::replace(&mut written, Ok(())).and(one);
        }
        written = std::mem::replace(&mut written, Ok(())).and_then(|()| out.write_all(&packet));
    };
    tx.on().packets::<AnyRow>(sql, PACKET, take).await?;
    written.map_err(failed)?;
    Ok(count)
}

fn failed(e: std::io::Error) -> StoreError {
    StoreError::Backup { what: format!("it cannot be written: {e}") }
}
