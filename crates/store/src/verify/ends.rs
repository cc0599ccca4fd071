//! What can only be said of the log as a whole: nothing speaks of more entries than there are, nothing is left over.

use akashi_journal::checkpoint::{Checkpoint, KeyRing};
use akashi_journal::merkle::Frontier;
use akashi_journal::note::Note;

use super::fault::{FaultKind, Place};
use super::{Known, LISTED, Run};
use crate::db::Db;
use crate::error::{Result, StoreError};
use crate::log::STORED;
use crate::sql::Sql;
use crate::store::Store;

/// What the caller brought, read: name, size, root.
pub(super) type KnownRoot = (String, Checkpoint);

impl Run {
    /// Lets SQLite look for damage in its file, indexes too: a lookup must find what a walk finds.
    pub(super) async fn check_database(&mut self, store: &Store) -> Result<()> {
        let Db::Sqlite { .. } = store.db() else { return Ok(()) };
        let sql = Sql::new("check its file", "select integrity_check from pragma_integrity_check");
        let found = match self.tx.on().all::<(String,)>(sql).await {
            Ok(rows) => rows.into_iter().map(|row| row.0).filter(|text| text != "ok").collect(),
            Err(e) if e.is_damage() => vec![e.to_string()],
            Err(e) => return Err(e),
        };
        for what in found {
            self.fault(Place::Database, FaultKind::Unreadable { what });
        }
        Ok(())
    }

    /// The number of entries: whatever goes further, leaves or versions.
    pub(super) async fn entries_end(&mut self) -> Result<u64> {
        let text = "select max(seq) + 1 from record_version";
        let versions = self.tx.on().one::<(Option<i64>,)>(Sql::new("count versions", text)).await?;
        // A row never holds more than a bundle, whatever its count says.
        let text = "select max(first + case when count > 256 then 256 when count < 1 then 1 else count end) from entry";
        let leaves = self.tx.on().one::<(Option<i64>,)>(Sql::new("count entries", text)).await?;
        let end = |row: Option<(Option<i64>,)>| row.and_then(|row| row.0).unwrap_or_default();
        Ok(end(versions).max(end(leaves)).max(0) as u64)
    }

    /// The next index from `from` on at which something is stored.
    pub(super) async fn next_stored(&mut self, from: u64, end: u64) -> Result<u64> {
        let mut next = end;
        for text in
            ["select min(seq) from record_version where seq >= $1", "select min(first) from entry where first >= $1"]
        {
            let found = self.tx.on().one::<(Option<i64>,)>(Sql::new("look for entries", text).bind(from)).await?;
            next = next.min(found.and_then(|row| row.0).map_or(end, |at| at as u64));
        }
        Ok(next)
    }

    /// What hangs on the number of entries.
    pub(super) async fn ending(&mut self, entries: u64, edge: Option<Frontier>) -> Result<()> {
        let beyond = FaultKind::Beyond { entries };
        let text = "select size from checkpoint where size > $1 or size < 1 order by size limit $2";
        let sql = Sql::new("read checkpoints", text).bind(entries).bind(LISTED);
        for (size,) in self.tx.on().all::<(i64,)>(sql).await? {
            let kind = if size < 1 { FaultKind::Stray } else { beyond.clone() };
            self.fault(Place::Checkpoint(size as u64), kind);
        }
        if edge.is_some_and(|edge| edge.size() != self.covered) {
            self.fault(Place::LogState, FaultKind::Differs { column: "size" });
        }
        self.stray_nodes(self.covered).await?;
        self.stray_rows().await
    }

    /// Size of the newest checkpoint.
    pub(super) async fn newest_size(&mut self) -> Result<u64> {
        let newest = Sql::new("read the newest checkpoint", "select max(size) from checkpoint");
        let size = self.tx.on().one::<(Option<i64>,)>(newest).await?.and_then(|row| row.0).unwrap_or_default();
        Ok(size.max(0) as u64)
    }

    /// Nodes that the tree of that size does not have.
    async fn stray_nodes(&mut self, size: u64) -> Result<()> {
        let text = "select level, number from node where level < $1 or level > 62 or number < 0
                    or number >= ($2 >> cast(level as integer)) order by level, number limit $3";
        let sql = Sql::new("look for nodes of the tree", text).bind(u32::from(STORED)).bind(size).bind(LISTED);
        for (level, number) in self.tx.on().all::<(i64, i64)>(sql).await? {
            self.fault(Place::Row { table: "node", key: format!("{level}/{number}") }, FaultKind::Stray);
        }
        Ok(())
    }

    /// Rows at negative places, which nothing reads.
    async fn stray_rows(&mut self) -> Result<()> {
        for (table, text) in [
            ("record_version", "select seq from record_version where seq < 0 order by seq limit $1"),
            ("entry", "select first from entry where first < 0 order by first limit $1"),
            ("log_state", "select id from log_state where id <> 1 order by id limit $1"),
        ] {
            for (key,) in self.tx.on().all::<(i64,)>(Sql::new("look for rows", text).bind(LISTED)).await? {
                self.fault(Place::Row { table, key: key.to_string() }, FaultKind::Stray);
            }
        }
        Ok(())
    }

    /// Reads the checkpoints the caller brought. One that no key here signed is compared all the same.
    pub(super) fn read_known(&mut self, known: Vec<Known>, entries: u64, ring: Option<&KeyRing>) -> Vec<KnownRoot> {
        let mut read = Vec::new();
        for Known { name, note } in known {
            let place = Place::Known(name.clone());
            let checkpoint = Note::parse(&note).map_err(|e| e.to_string());
            let checkpoint = checkpoint.and_then(|n| Checkpoint::parse(n.text()).map_err(|e| e.to_string()));
            let checkpoint = match checkpoint {
                Ok(checkpoint) => checkpoint,
                Err(what) => {
                    self.fault(place, FaultKind::Unreadable { what });
                    continue;
                }
            };
            if let Some(Err(e)) = ring.map(|ring| ring.open(&note)) {
                self.fault(place.clone(), FaultKind::Signature { what: e.to_string() });
            }
            if checkpoint.size > entries {
                self.fault(place, FaultKind::Beyond { entries });
            } else if checkpoint.size > 0 {
                read.push((name, checkpoint));
            }
        }
        read.sort_by_key(|(_, checkpoint)| checkpoint.size);
        read
    }

    /// The published checkpoint must be one of those kept here.
    pub(super) async fn check_checkpoint_file(&mut self, file: &[u8], entries: u64, ring: &KeyRing) -> Result<()> {
        let open = match ring.open(file) {
            Ok(open) => open.checkpoint,
            Err(e) => {
                self.fault(Place::CheckpointFile, FaultKind::Signature { what: e.to_string() });
                return Ok(());
            }
        };
        let sql = Sql::new("read a checkpoint", "select root, note from checkpoint where size = $1").bind(open.size);
        let kept = match self.tx.on().one::<(Vec<u8>, String)>(sql).await {
            Err(e) if e.is_damage() => return Ok(()),
            kept => kept?,
        };
        let kind = match kept {
            None if open.size > entries => Some(FaultKind::Beyond { entries }),
            None => Some(FaultKind::Missing),
            Some((root, _)) if root != open.root.0 => Some(FaultKind::Root),
            Some((_, note)) if !same_signatures(file, note.as_bytes()) => {
                Some(FaultKind::Signature { what: "it carries a signature that is not kept".into() })
            }
            Some(_) => None,
        };
        kind.into_iter().for_each(|kind| self.fault(Place::CheckpointFile, kind));
        Ok(())
    }
}

/// Whether every signature in the file is kept too; cosignatures that came meanwhile may be missing in the file.
fn same_signatures(file: &[u8], kept: &[u8]) -> bool {
    let (Ok(file), Ok(kept)) = (Note::parse(file), Note::parse(kept)) else { return false };
    file.signatures().iter().all(|signature| kept.signatures().contains(signature))
}

impl Store {
    pub(super) async fn read_checkpoint_file(&self) -> Result<Option<Vec<u8>>> {
        let path = self.checkpoint_path();
        let read = move || match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(StoreError::io("read", &path)(e)),
        };
        tokio::task::spawn_blocking(read).await.map_err(|e| StoreError::Interrupted { what: e.to_string() })?
    }
}
