//! Where a story happens: a data folder and a database of either kind, a small catalogue, ready-made versions.

use std::sync::Arc;

use akashi_domain::catalog::CatalogFile;
use akashi_domain::{Catalog, RecordId};
use akashi_journal::Command;
use akashi_store::{Init, NewVersion, Receipt, Store, WriteCtx};
use serde_json::json;
use sqlx::Connection as _;

/// 2026-11-22T01:00:00Z.
pub(crate) const NOW: i64 = 1_795_309_200_000_000;
pub(crate) const ORIGIN: &str = "kita.example/akashi/1";

/// A home, and what the store's tests do there past the store.
pub(crate) struct Home(akashi_testkit::Home);

impl From<akashi_testkit::Home> for Home {
    fn from(home: akashi_testkit::Home) -> Home {
        Home(home)
    }
}

impl std::ops::Deref for Home {
    type Target = akashi_testkit::Home;

    fn deref(&self) -> &akashi_testkit::Home {
        &self.0
    }
}

impl Home {
    pub(crate) fn sqlite() -> Home {
        Home(akashi_testkit::Home::sqlite())
    }

    pub(crate) fn in_memory() -> Home {
        Home(akashi_testkit::Home::in_memory())
    }

    pub(crate) fn postgres(story: &str) -> Option<Home> {
        akashi_testkit::Home::postgres(story).map(Home)
    }

    /// A new one of the same kind.
    pub(crate) fn another(&self, story: &str) -> Home {
        if self.is_postgres() { Home::postgres(story).unwrap() } else { Home::in_memory() }
    }

    pub(crate) async fn create(&self) -> Store {
        Store::create(self.address(), self.data(), &init()).await.unwrap()
    }

    /// Another server on the same database.
    pub(crate) async fn open(&self) -> Store {
        Store::open(self.address(), self.data()).await.unwrap()
    }

    /// Runs a statement behind the store's back, with its guards taken away first.
    pub(crate) async fn tamper(&self, sql: &str) -> u64 {
        self.try_tamper(sql).await.unwrap()
    }

    /// As [`Home::tamper`], where the database may refuse (a key that is taken). Opening the store sets the guards anew.
    pub(crate) async fn try_tamper(&self, sql: &str) -> Result<u64, sqlx::Error> {
        const TABLES: [&str; 6] = ["record_version", "entry", "node", "checkpoint", "attestation", "revocation"];
        let text = sqlx::AssertSqlSafe(sql.to_owned());
        if self.is_postgres() {
            let mut c = sqlx::PgConnection::connect(self.address()).await.unwrap();
            for table in TABLES {
                let off = format!("alter table {table} disable trigger user");
                sqlx::raw_sql(sqlx::AssertSqlSafe(off)).execute(&mut c).await.unwrap();
            }
            return Ok(sqlx::raw_sql(text).execute(&mut c).await?.rows_affected());
        }
        let mut c = sqlx::SqliteConnection::connect(self.address()).await.unwrap();
        let triggers: Vec<(String,)> =
            sqlx::query_as("select name from sqlite_master where type = 'trigger'").fetch_all(&mut c).await.unwrap();
        for (trigger,) in triggers {
            let off = format!("drop trigger {trigger}");
            sqlx::raw_sql(sqlx::AssertSqlSafe(off)).execute(&mut c).await.unwrap();
        }
        Ok(sqlx::raw_sql(text).execute(&mut c).await?.rows_affected())
    }

    /// Bytes as the database writes them in a statement.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> String {
        let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        if self.is_postgres() { format!("'\\x{hex}'::bytea") } else { format!("x'{hex}'") }
    }

    /// Runs a statement as any client of the database could, guards in place.
    pub(crate) async fn try_sql(&self, sql: &str) -> Result<u64, sqlx::Error> {
        let text = sqlx::AssertSqlSafe(sql.to_owned());
        if self.is_postgres() {
            let mut c = sqlx::PgConnection::connect(self.address()).await?;
            return Ok(sqlx::raw_sql(text).execute(&mut c).await?.rows_affected());
        }
        let mut c = sqlx::SqliteConnection::connect(self.address()).await?;
        Ok(sqlx::raw_sql(text).execute(&mut c).await?.rows_affected())
    }

    /// Reads rows past the store.
    pub(crate) async fn rows<R>(&self, sql: &str) -> Vec<R>
    where
        R: Send + Unpin + for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow>,
        R: for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>,
    {
        let text = sqlx::AssertSqlSafe(sql.to_owned());
        if self.is_postgres() {
            let mut c = sqlx::PgConnection::connect(self.address()).await.unwrap();
            return sqlx::query_as(text).fetch_all(&mut c).await.unwrap();
        }
        let mut c = sqlx::SqliteConnection::connect(self.address()).await.unwrap();
        sqlx::query_as(text).fetch_all(&mut c).await.unwrap()
    }

    /// Reads one number.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let text = sqlx::AssertSqlSafe(sql.to_owned());
        if self.is_postgres() {
            let mut c = sqlx::PgConnection::connect(self.address()).await.unwrap();
            return sqlx::query_scalar(text).fetch_one(&mut c).await.unwrap();
        }
        let mut c = sqlx::SqliteConnection::connect(self.address()).await.unwrap();
        sqlx::query_scalar(text).fetch_one(&mut c).await.unwrap()
    }
}

pub(crate) fn init() -> Init {
    Init {
        origin: ORIGIN.into(),
        organisation: "北里山病院".into(),
        catalogue: "00".repeat(32),
        created: NOW,
        log_seed: Some([7; 32]),
    }
}

pub(crate) fn ctx() -> WriteCtx {
    WriteCtx { actor: "u-7f3a".into(), at: NOW }
}

/// Ids in a fixed order.
pub(crate) fn id(n: u64) -> RecordId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    RecordId::new(1_795_309_200_000, random)
}

/// A device, as the form sends it; revision `expected + 1`.
pub(crate) fn device(n: u64, expected: u32, name: &str) -> NewVersion {
    NewVersion {
        register: "device".into(),
        def_version: 1,
        record: id(n),
        expected,
        command: Command::Put,
        valid_from: None,
        body: json!({"code": "", "facility": "main", "state": "in-use", "fields": {"name": name, "bought": "2024-04"}}),
        prefix: Some("AST".into()),
        reason: None,
        blobs: Vec::new(),
        batch: None,
        catalogue: None,
    }
}

/// Writes one version in a transaction of its own.
pub(crate) async fn put(store: &Store, version: NewVersion) -> Receipt {
    let mut tx = store.begin(&ctx()).await.unwrap();
    let receipt = tx.put(version).await.unwrap();
    tx.commit(receipt).await.unwrap().first().clone()
}

/// Takes everything into the log.
pub(crate) async fn sequence(store: &Store) -> akashi_store::SignedCheckpoint {
    let signer = store.signer().await.unwrap();
    store.sequence(NOW + 1, &signer).await.unwrap().unwrap()
}

/// Checks that nothing is wrong.
pub(crate) async fn assert_clean(store: &Store) -> akashi_store::verify::Report {
    let report = store.verify(None, |_| ()).await.unwrap();
    assert!(report.is_clean(), "{:#?}", report.faults);
    report
}

/// One register with a few fields.
pub(crate) fn catalog() -> Arc<Catalog> {
    let text = r#"
key = "device"
code = "AST"
version = 1
group = "assets"
title = { ja = "機器", en = "Devices" }
about = { ja = "機器の一覧", en = "All devices" }
items = ["9.2"]
shown = "always"
words = ["機器台帳"]
headline = ["name"]
key_fields = ["name"]
match_fields = []
list = ["name", "kind"]
sort = ["name"]
initial = "in-use"
live = ["in-use"]
[[field]]
key = "name"
title = { ja = "名称", en = "Name" }
kind = "text"
[[field]]
key = "bought"
title = { ja = "購入", en = "Bought" }
kind = "date"
[[field]]
key = "kind"
title = { ja = "種別", en = "Kind" }
kind = "choice"
options = [{ key = "server", ja = "サーバ", en = "Server" }, { key = "terminal", ja = "端末", en = "Terminal" }]
[[field]]
key = "papers"
title = { ja = "書類", en = "Papers" }
kind = "files"
[[state]]
key = "in-use"
title = { ja = "使用中", en = "In use" }
[[state]]
key = "disposed"
title = { ja = "廃棄済", en = "Disposed" }
tone = "closed"
"#;
    let personnel = r#"
key = "personnel"
code = "STF"
version = 1
group = "people"
title = { ja = "職員", en = "Staff" }
about = { ja = "職員の一覧", en = "All staff" }
shown = "always"
headline = ["name"]
list = ["name"]
initial = "active"
live = ["active"]
[[field]]
key = "name"
title = { ja = "氏名", en = "Name" }
kind = "text"
[[state]]
key = "active"
title = { ja = "在職", en = "Active" }
"#;
    let contract = personnel.replace("personnel", "contract").replace("STF", "CON");
    let file = |key: &str, text: &str| CatalogFile { path: format!("registers/{key}.toml"), text: text.into() };
    let files = [file("device", text), file("personnel", personnel), file("contract", &contract)];
    match Catalog::load(&files) {
        Ok(catalog) => Arc::new(catalog),
        Err(faults) => panic!("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}
