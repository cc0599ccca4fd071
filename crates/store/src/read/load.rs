//! Filling the world in memory, in the order of writing. Rows are read on one thread and parsed on others.

use std::collections::BTreeSet;
use std::sync::Arc;

use akashi_domain::{Catalog, RecordId, Version, World};

use super::parse::{COLUMNS, LoadFault, Parsed, VersionRow, parse};
use crate::error::{Result, StoreError};
use crate::sql::Sql;
use crate::store::Store;

/// Rows parsed together.
const PACKET: usize = 1024;

/// What a load brought.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The versions put into the world, in the order of writing.
    pub versions: Vec<Arc<Version>>,
    /// Where the next load goes on.
    pub next: u64,
    /// What could not be read as it should.
    pub faults: Vec<LoadFault>,
}

impl Loaded {
    fn take(&mut self, world: &mut World, parsed: Parsed) {
        self.next = self.next.max(parsed.seq + 1);
        self.faults.extend(parsed.faults);
        let Some(version) = parsed.version else { return };
        let id = version.id;
        self.versions.push(world.insert(version));
        if let Some(gone) = parsed.gone {
            world.lay_to_rest(id, gone);
        }
    }
}

impl Store {
    /// Reads every version into a new world.
    pub async fn load_world(&self, catalog: Arc<Catalog>) -> Result<(World, Loaded)> {
        let mut world = World::new(catalog);
        let loaded = self.load_since(&mut world, 0).await?;
        Ok((world, loaded))
    }

    /// Reads the versions from position `from` on into the world: what other servers or the command line
    /// wrote meanwhile. When one says that a record was disposed of, its older versions lose their content.
    pub async fn load_since(&self, world: &mut World, from: u64) -> Result<Loaded> {
        let sql = Sql::new("read versions", COLUMNS).text(" where seq >= $1 order by seq").bind(from);
        let mut loaded = Loaded { next: from, ..Loaded::default() };
        let mut gone = BTreeSet::new();
        for parsed in self.parsed(world.catalog.clone(), sql).await? {
            gone.extend(parsed.version.as_ref().filter(|_| parsed.gone.is_some()).map(|v| v.id));
            loaded.take(world, parsed);
        }
        if from > 0 {
            for id in gone {
                self.reload(world, &mut loaded, id).await?;
            }
        }
        Ok(loaded)
    }

    async fn reload(&self, world: &mut World, loaded: &mut Loaded, id: RecordId) -> Result<()> {
        let sql = Sql::new("read a record again", COLUMNS).text(" where record = $1 order by rev").bind(id.to_string());
        for parsed in self.parsed(world.catalog.clone(), sql).await? {
            loaded.take(world, parsed);
        }
        Ok(())
    }

    async fn parsed(&self, catalog: Arc<Catalog>, sql: Sql) -> Result<Vec<Parsed>> {
        let mut packets = Vec::new();
        let mut reader = self.db().reader().await?;
        let take = |rows: Vec<VersionRow>| {
            let catalog = catalog.clone();
            let parse_all = move || rows.into_iter().map(|row| parse(&catalog, row)).collect::<Vec<_>>();
            packets.push(tokio::task::spawn_blocking(parse_all));
        };
        reader.on().packets::<VersionRow>(sql, PACKET, take).await?;
        let mut parsed = Vec::new();
        for packet in packets {
            parsed.extend(packet.await.map_err(|e| StoreError::Interrupted { what: e.to_string() })?);
        }
        Ok(parsed)
    }
}
