//! The store: one database and its data folder, opened or newly made.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::Mutex;

use crate::db::Db;
use crate::error::{Result, StoreError};
use crate::log::{Known, Sequencing};
use crate::meta::{self, Init, Meta};
use crate::write::Group;

/// An open store. Clones share the connections.
#[derive(Clone, Debug)]
pub struct Store {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    db: Db,
    data: PathBuf,
    meta: Meta,
    /// Held while the checkpoint file is replaced, so that it never goes back.
    publish: Mutex<()>,
    /// Something was disposed of whose old place on the disk is not wiped yet.
    wipe_due: AtomicBool,
    /// On PostgreSQL the transaction number that disposals came before.
    wipe_after: Mutex<Option<String>>,
    /// Commands that wait to be written together.
    group: Group,
    /// What the sequencer of this process is told and tells.
    sequencing: Sequencing,
    /// What proofs read before.
    known: Known,
}

impl Store {
    /// Opens an installation. `address` is `sqlite:///folder/akashi.db` or `postgres://user@host/name`;
    /// `data` is the folder of the checkpoint file and, with SQLite, of the blobs.
    ///
    /// # Errors
    /// [`StoreError::NotInitialised`] when there is none yet, and whatever opening meets.
    pub async fn open(address: &str, data: &Path) -> Result<Store> {
        let db = Db::open(address, false).await?;
        let meta = meta::read(&db).await?;
        let meta = meta.ok_or_else(|| StoreError::NotInitialised { place: db.place().to_string() })?;
        // A second server on PostgreSQL has a data folder of its own.
        std::fs::create_dir_all(data).map_err(StoreError::io("make the folder", data))?;
        let store = Store::new(db, data, meta);
        store.wipe_if_noted().await?;
        Ok(store)
    }

    /// Makes an installation: schema, identity of the log, log key.
    ///
    /// # Errors
    /// [`StoreError::AlreadyInitialised`] when there is one, and whatever opening meets.
    pub async fn create(address: &str, data: &Path, init: &Init) -> Result<Store> {
        std::fs::create_dir_all(data).map_err(StoreError::io("make the folder", data))?;
        let db = Db::open(address, true).await?;
        let meta = meta::write(&db, init).await?;
        Ok(Store::new(db, data, meta))
    }

    fn new(db: Db, data: &Path, meta: Meta) -> Store {
        let shared = Shared {
            db,
            data: data.to_owned(),
            meta,
            publish: Mutex::new(()),
            wipe_due: AtomicBool::new(false),
            wipe_after: Mutex::new(None),
            group: Group::default(),
            sequencing: Sequencing::default(),
            known: Known::default(),
        };
        Store { shared: Arc::new(shared) }
    }

    /// What was said when the installation was made.
    pub fn meta(&self) -> &Meta {
        &self.shared.meta
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.shared.data
    }

    /// Closes all connections. Without it they close when the last clone goes.
    pub async fn close(&self) {
        self.shared.db.close().await;
    }

    pub(crate) fn db(&self) -> &Db {
        &self.shared.db
    }

    pub(crate) fn wipe_due(&self) -> &AtomicBool {
        &self.shared.wipe_due
    }

    pub(crate) fn wipe_after(&self) -> &Mutex<Option<String>> {
        &self.shared.wipe_after
    }

    pub(crate) fn group(&self) -> &Group {
        &self.shared.group
    }

    pub(crate) fn known(&self) -> &Known {
        &self.shared.known
    }

    pub(crate) fn sequencing(&self) -> &Sequencing {
        &self.shared.sequencing
    }

    pub(crate) fn publish_lock(&self) -> &Mutex<()> {
        &self.shared.publish
    }
}
