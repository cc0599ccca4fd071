//! Writing a backup out of one snapshot: writers go on meanwhile.

use std::io::Write;

use akashi_journal::Digest;

use super::row::{AnyRow, Cell, write_bytes};
use super::schema::{KEY_TABLES, Table, tables};
use super::{DATA, END, KEYS, PART, TABLE};
use crate::SignedCheckpoint;
use crate::db::OpenTx;
use crate::error::{Result, StoreError};
use crate::sql::Sql;
use crate::store::Store;

/// Rows read at once.
const PACKET: usize = 256;

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The newest checkpoint in it; none of an empty log.
    pub checkpoint: Option<SignedCheckpoint>,
    /// Rows of all tables.
    pub rows: u64,
    /// Files.
    pub files: u64,
}

impl Store {
    /// Writes everything of this moment: `data` without any key, `keys` the keys alone. Both are needed again.
    ///
    /// # Errors
    /// [`StoreError::Backup`] when a file went away meanwhile (a disposal: begin again) or a stream cannot be written.
    pub async fn back_up(&self, data: &mut (dyn Write + Send), keys: &mut (dyn Write + Send)) -> Result<Saved> {
        let mut tx = self.db().snapshot().await?;
        // The first read fixes the moment; the checkpoint is read in it.
        let newest = crate::log::newest_in(&mut tx).await?;
        let mut saved = Saved { checkpoint: newest, rows: 0, files: 0 };
        data.write_all(DATA).map_err(failed)?;
        keys.write_all(KEYS).map_err(failed)?;
        for table in tables() {
            let is_key = KEY_TABLES.contains(&table.name);
            let out: &mut (dyn Write + Send) = if is_key { &mut *keys } else { &mut *data };
            saved.rows += save_table(&mut tx, &table, out).await?;
        }
        saved.files = self.save_files(&mut tx, data).await?;
        data.write_all(&[END]).and_then(|()| data.flush()).map_err(failed)?;
        keys.write_all(&[END]).and_then(|()| keys.flush()).map_err(failed)?;
        tx.rollback().await?;
        Ok(saved)
    }

    async fn save_files(&self, tx: &mut OpenTx, out: &mut (dyn Write + Send)) -> Result<u64> {
        let text = "select b.digest, k.file from blob b join blob_key k on k.digest = b.digest order by b.digest";
        let files = tx.on().all::<(String, String)>(Sql::new("read the list of files", text)).await?;
        for (hex, file) in &files {
            let gone = || StoreError::Backup { what: format!("file content {hex} went away meanwhile; begin again") };
            let digest = Digest::from_hex(hex).map_err(|e| StoreError::damaged("blob", e))?;
            let mut parts = self.sealed_parts(digest, file).await?.ok_or_else(gone)?;
            for number in 0_u64.. {
                let Some(part) = parts.next(self, number).await? else { break };
                out.write_all(&[PART]).map_err(failed)?;
                out.write_all(&digest.0).map_err(failed)?;
                write_bytes(4, &part, out).map_err(failed)?;
            }
        }
        Ok(files.len() as u64)
    }
}

async fn save_table(tx: &mut OpenTx, table: &Table, out: &mut (dyn Write + Send)) -> Result<u64> {
    let head = || -> std::io::Result<Vec<u8>> {
        let mut head = Vec::new();
        write_bytes(TABLE, table.name.as_bytes(), &mut head)?;
        head.push(table.columns.len() as u8);
        table.columns.iter().try_for_each(|(name, _)| write_bytes(1, name.as_bytes(), &mut head))?;
        Ok(head)
    };
    out.write_all(&head().map_err(failed)?).map_err(failed)?;
    let (mut count, mut written) = (0, Ok(()));
    let mut sql = Sql::new("read a table", "select ");
    for (ix, (name, _)) in table.columns.iter().enumerate() {
        sql = sql.text(if ix == 0 { "" } else { ", " }).text(name);
    }
    let sql = sql.text(" from ").text(table.name).text(" order by 1, 2");
    let take = |rows: Vec<AnyRow>| {
        count += rows.len() as u64;
        let mut packet = Vec::new();
        for AnyRow(cells) in rows {
            packet.push(1);
            let cells = cells.iter().zip(&table.columns);
            let one = cells.into_iter().try_for_each(|(cell, (_, kind)): (&Cell, _)| cell.write(*kind, &mut packet));
            written = std::mem::replace(&mut written, Ok(())).and(one);
        }
        written = std::mem::replace(&mut written, Ok(())).and_then(|()| out.write_all(&packet));
    };
    tx.on().packets::<AnyRow>(sql, PACKET, take).await?;
    written.and_then(|()| out.write_all(&[0])).map_err(failed)?;
    Ok(count)
}

fn failed(e: std::io::Error) -> StoreError {
    StoreError::Backup { what: format!("it cannot be written: {e}") }
}
