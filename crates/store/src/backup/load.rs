//! Restoring pieces of a chain into an empty place of either kind, and proving that it is what was signed.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use akashi_journal::Digest;
use akashi_journal::checkpoint::{KeyRing, OpenCheckpoint};
use serde_json::Value as Json;

use super::epoch::Disposed;
use super::files::Files;
use super::row::{Cell, byte, exact, read_bytes, wrong};
use super::schema::{KEY_TABLES, Table, tables};
use super::{DATA, DISPOSALS, END, HEAD, KEYS, Link, PART, TABLE};
use crate::db::{Db, OpenTx};
use crate::dialect::Lock;
use crate::error::{Result, StoreError};
use crate::sql::{Arg, Sql};
use crate::store::Store;
use crate::verify::Report;

/// Rows of a statement.
const PACKET: usize = 64;

/// What is restored.
pub struct Restore<'r> {
    /// The keys; the newest there are.
    pub keys: &'r mut (dyn Read + Send),
    pub pieces: &'r mut dyn Pieces,
    /// Log keys somebody kept elsewhere; none: those of the backup itself.
    pub trusted: Option<KeyRing>,
    /// Checkpoints somebody has seen, as signed notes.
    pub published: Vec<Vec<u8>>,
}

/// The data of a chain, opened one after the other.
pub trait Pieces: Send {
    /// Opens the next one; none after the last.
    ///
    /// # Errors
    /// [`StoreError::Backup`], naming the piece.
    fn open(&mut self) -> Result<Option<Opened>>;
}

/// An opened piece.
pub struct Opened {
    /// For errors: its file.
    pub name: String,
    /// Which one it must be.
    pub link: Link,
    pub last: bool,
    /// The stream, which tells damage by an error, at its end at the latest.
    pub from: Box<dyn Read + Send>,
}

/// A restored installation.
pub struct Restored {
    pub store: Store,
    /// Everything recomputed: every entry, every root against its signed checkpoint.
    pub report: Report,
    /// The epoch the log goes on in, when a later checkpoint had been published than the backup knows.
    pub new_epoch: Option<u32>,
    /// Entries that the later checkpoint covers and that are not here.
    pub lost: u64,
    /// Records the keys know to be disposed of while the data do not: they were disposed of again.
    pub disposed_again: u64,
}

impl Store {
    /// Makes an installation out of a chain and verifies all of it. Where something is known of a later state of the
    /// log (by the keys, by a checkpoint given or found in the folder), what came after the backup is lost, and the
    /// log goes on in a new epoch; see `epoch`.
    ///
    /// # Errors
    /// [`StoreError::AlreadyInitialised`] where there is something already, [`StoreError::Backup`] for what is no
    /// whole backup, [`StoreError::Checkpoint`] for a checkpoint of another log. Then nothing is left behind. Faults
    /// found by verifying are in the report.
    pub async fn restore(address: &str, folder: &Path, what: Restore<'_>, now: i64) -> Result<Restored> {
        std::fs::create_dir_all(folder).map_err(StoreError::io("make the folder", folder))?;
        let db = Db::open(address, true).await?;
        let Restore { keys, pieces, trusted, published } = what;
        let filled = fill(&db, folder, (keys, pieces), published).await;
        // Also after an error: a connection that closes later would take the log of whoever tries again along.
        db.close().await;
        let (later, disposed) = filled?;
        let store = Store::open(address, folder).await?;
        let restored = match later {
            Some(later) => store.clone().go_on_behind(&later, disposed, trusted, now).await,
            None => store.clone().go_on(trusted).await,
        };
        if restored.is_err() {
            store.close().await;
        }
        restored
    }

    async fn go_on(self, trusted: Option<KeyRing>) -> Result<Restored> {
        self.publish().await?;
        let report = self.verify(trusted, |_| ()).await?;
        Ok(Restored { store: self, report, new_epoch: None, lost: 0, disposed_again: 0 })
    }
}

/// Puts a chain into an empty database; gives the later state that is known of the log, and what was disposed of.
async fn fill(
    db: &Db,
    folder: &Path,
    (keys, pieces): (&mut (dyn Read + Send), &mut dyn Pieces),
    mut published: Vec<Vec<u8>>,
) -> Result<(Option<OpenCheckpoint>, Vec<Disposed>)> {
    if crate::meta::read(db).await?.is_some() {
        return Err(StoreError::AlreadyInitialised { place: db.place().to_string() });
    }
    published.extend(std::fs::read(folder.join("checkpoint")).ok());
    let mut load = Load {
        tx: db.begin(Some(Lock::Writer)).await?,
        files: Files::new(folder, matches!(db, Db::Sqlite { .. })),
        disposed: Vec::new(),
    };
    let later = load.chain(keys, pieces, published).await?;
    load.files.keep()?;
    let Load { tx, disposed, .. } = load;
    tx.commit().await?;
    Ok((later, disposed))
}

/// The error of a stream, with its name.
fn named(e: StoreError, name: &str) -> StoreError {
    match e {
        StoreError::Backup { what } => StoreError::Backup { what: format!("{name}: {what}") },
        other => other,
    }
}

struct Load {
    tx: OpenTx,
    files: Files,
    /// What the keys say about disposals.
    disposed: Vec<Disposed>,
}

impl Load {
    /// Reads keys and pieces. Where a checkpoint is known of a later state than theirs, the log is ready to go on in a
    /// new epoch.
    async fn chain(
        &mut self,
        keys: &mut (dyn Read + Send),
        pieces: &mut dyn Pieces,
        mut published: Vec<Vec<u8>>,
    ) -> Result<Option<OpenCheckpoint>> {
        let head = self.stream(keys, KEYS, None).await.map_err(|e| named(e, "keys"))?;
        published.extend(head["published"].as_str().map(|note| note.as_bytes().to_vec()));
        while let Some(mut piece) = pieces.open()? {
            let ended = self.stream(&mut *piece.from, DATA, Some((&piece.link, piece.last))).await;
            ended.map_err(|e| named(e, &piece.name))?;
        }
        self.prune().await?;
        let later = super::epoch::later(&mut self.tx, &published).await?;
        if later.is_some() {
            super::epoch::open(&mut self.tx).await?;
        }
        Ok(later)
    }

    /// Reads a stream to its very end. `piece` is none for the keys; else which one it must be, and whether it is the
    /// last: tables that each piece holds whole are taken from there.
    async fn stream(
        &mut self,
        from: &mut (dyn Read + Send),
        line: &[u8],
        piece: Option<(&Link, bool)>,
    ) -> Result<Json> {
        let mut found = vec![0; line.len()];
        exact(from, &mut found)?;
        if found != line {
            return Err(wrong("it is of another kind or version, or data and keys were mixed up"));
        }
        let schema = tables();
        if byte(from)? != HEAD {
            return Err(wrong("it has no head"));
        }
        let head = serde_json::from_slice(&read_bytes(from)?).map_err(|_| wrong("its head cannot be read"))?;
        if let Some((link, _)) = piece
            && *link != Link::read(&head)?
        {
            return Err(wrong("it belongs to another chain or to another place in it"));
        }
        let last = piece.map(|(_, last)| last);
        loop {
            match byte(from)? {
                END => break,
                TABLE => {
                    let name = read_bytes(from)?;
                    if last.is_none() && name == DISPOSALS.as_bytes() {
                        self.disposals(from).await?;
                        continue;
                    }
                    let table = schema.iter().find(|t| t.name.as_bytes() == name);
                    let table = table.filter(|t| KEY_TABLES.contains(&t.name) == last.is_none());
                    let table = table.ok_or_else(|| wrong("it holds a table nobody knows; use a newer Akashi"))?;
                    self.table(table, last, from).await?;
                }
                PART if last.is_some() => {
                    let name =
                        String::from_utf8(read_bytes(from)?).map_err(|_| wrong("the name of a file is no text"))?;
                    let mut digest = [0; 32];
                    exact(from, &mut digest)?;
                    byte(from)?;
                    self.files.part(&mut self.tx, &name, Digest(digest), read_bytes(from)?).await?;
                }
                _ => return Err(wrong("something in it has no known kind")),
            }
        }
        self.files.finish()?;
        // Only at the end of the encryption it is sure that nothing was cut or changed.
        match from.read(&mut [0]).map_err(super::row::unreadable)? {
            0 => Ok(head),
            _ => Err(wrong("something follows its end")),
        }
    }

    async fn table(&mut self, table: &Table, last: Option<bool>, from: &mut (dyn Read + Send)) -> Result<()> {
        columns(from, table.columns.iter().map(|(name, _)| *name))?;
        let taken = last != Some(false) || table.grows();
        let (mut packet, mut from_seq) = (Vec::new(), None);
        while byte(from)? == 1 {
            let mut row = Vec::with_capacity(table.columns.len());
            for (_, kind) in &table.columns {
                row.push(Cell::read(from)?.arg(*kind).ok_or_else(|| wrong("a value does not fit its column"))?);
            }
            if !taken {
                continue;
            }
            match (table.name, &row[0]) {
                ("blob_key", _) => self.note_file(&row)?,
                ("entry", Arg::Int(Some(first))) if from_seq.is_none() => self.reopen_bundle(*first).await?,
                _ => {}
            }
            if let (None, Arg::Int(Some(first))) = (from_seq, &row[0]) {
                from_seq = Some(*first);
            }
            packet.push(row);
            if packet.len() == PACKET {
                self.insert(table, std::mem::take(&mut packet)).await?;
            }
        }
        self.insert(table, packet).await?;
        match (table.name, from_seq) {
            ("record_version", Some(first)) => self.dispose_earlier(first).await,
            _ => Ok(()),
        }
    }

    /// The open bundle of the piece before stands closed, or longer, in this one.
    async fn reopen_bundle(&mut self, first: i64) -> Result<()> {
        let text = "delete from entry where first >= $1";
        self.tx.on().execute(Sql::new("go on with the log", text).bind(first)).await.map(drop)
    }

    /// Disposals of this piece reach the versions of earlier ones.
    async fn dispose_earlier(&mut self, first: i64) -> Result<()> {
        let text = "update record_version set body = null, reason = null, blobs = '', disposed = true
            where not disposed and exists (select 1 from record_version d where d.record = record_version.record
                and d.rev > record_version.rev and d.command = 'dispose' and d.seq >= $1)";
        self.tx.on().execute(Sql::new("follow the disposals", text).bind(first)).await.map(drop)
    }

    async fn insert(&mut self, table: &Table, rows: Vec<Vec<Arg>>) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let sql = table.names(Sql::new("restore a table", "insert into ").text(table.name).text(" ("));
        let mut sql = sql.text(") values ").rows(rows, false);
        if table.name == "checkpoint" {
            sql = sql.text(" on conflict (size) do update set note = excluded.note");
        }
        self.tx.on().execute(sql).await.map(drop)
    }

    fn note_file(&mut self, row: &[Arg]) -> Result<()> {
        match row {
            [_, _, Arg::Text(Some(name))] => self.files.know(name),
            _ => Err(wrong("a key of a file is incomplete")),
        }
    }

    async fn disposals(&mut self, from: &mut (dyn Read + Send)) -> Result<()> {
        columns(from, ["record", "rev", "register", "def_version", "body"].into_iter())?;
        while byte(from)? == 1 {
            let mut cells = || Cell::read(from);
            let row = (cells()?, cells()?, cells()?, cells()?, cells()?);
            let (Cell::Text(record), Cell::Int(rev), Cell::Text(register), Cell::Int(def_version), body) = row else {
                return Err(wrong("a disposal does not have its form"));
            };
            let body = if let Cell::Bytes(body) = body { Some(body) } else { None };
            self.disposed.push(Disposed { record, rev: rev as u32, register, def_version: def_version as u32, body });
        }
        Ok(())
    }

    /// Newer keys than data: what is of no record here goes. Sealed words of disposals are opened before.
    async fn prune(&mut self) -> Result<()> {
        let mut open = BTreeMap::new();
        for disposed in &self.disposed {
            let text = "select key from record_key where record = $1";
            let sql = Sql::new("read a record's key", text).bind(disposed.record.as_str());
            if let Some((key,)) = self.tx.on().one::<(Vec<u8>,)>(sql).await? {
                open.insert(disposed.record.clone(), key);
            }
        }
        self.disposed.iter_mut().for_each(|d| d.unseal(open.get(&d.record)));
        for text in [
            "delete from record_key where not exists (select 1 from record_version v where v.record = record_key.record)",
            "delete from blob_key where not exists (select 1 from blob b where b.digest = blob_key.digest)",
        ] {
            self.tx.on().execute(Sql::new("drop keys of what is not here", text)).await?;
        }
        Ok(())
    }
}

/// Reads the columns of a table; they have to be those expected.
fn columns<'n>(from: &mut dyn Read, mut known: impl ExactSizeIterator<Item = &'n str>) -> Result<()> {
    let count = usize::from(byte(from)?);
    let mut same = count == known.len();
    for _ in 0..count {
        byte(from)?;
        let name = read_bytes(from)?;
        same &= known.next().is_some_and(|known| known.as_bytes() == name);
    }
    if same { Ok(()) } else { Err(wrong("a table has other columns; use the version of Akashi that made it")) }
}
