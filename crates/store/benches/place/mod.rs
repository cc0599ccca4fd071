//! What the measurements share: a folder that goes away, a store in it, and a version as a form or an import makes it.

use std::path::{Path, PathBuf};

use akashi_domain::RecordId;
use akashi_journal::Command;
use akashi_store::{Init, NewVersion, Store};
use serde_json::{Value, json};

/// A folder on the disk of the build, for a store on SQLite; empty at first, gone afterwards.
pub(crate) struct Place(PathBuf);

impl Place {
    pub(crate) fn new(name: &str) -> Place {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).expect("a folder");
        Place(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The file of the database.
    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("akashi.db")
    }

    fn address(&self) -> String {
        format!("sqlite://{}", self.database().display())
    }

    pub(crate) async fn create(&self, now: i64) -> Store {
        let init = Init {
            origin: "bench.example/log/1".into(),
            organisation: "架空病院".into(),
            catalogue: "00".repeat(32),
            created: now,
            log_seed: None,
        };
        Store::create(&self.address(), self.path(), &init).await.expect("a store")
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.address(), self.path()).await.expect("the store")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A runtime as a server has it.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime")
}

/// The first number on the command line.
pub(crate) fn wanted(usual: u64) -> u64 {
    std::env::args().find_map(|word| word.parse().ok()).unwrap_or(usual)
}

/// The first version of a device.
pub(crate) fn device(n: u64, command: Command, fields: Value) -> NewVersion {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    NewVersion {
        register: "device".into(),
        def_version: 1,
        record: RecordId::new(1_795_309_200_000, random),
        expected: 0,
        command,
        valid_from: None,
        body: json!({"code": "", "facility": "main", "state": "in-use", "fields": fields}),
        prefix: Some("AST".into()),
        reason: None,
        blobs: Vec::new(),
        batch: None,
        catalogue: None,
    }
}
