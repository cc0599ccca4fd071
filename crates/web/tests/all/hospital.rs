//! A small fictional hospital behind the server: its records, its people, its clock that stands still.

use std::net::SocketAddr;

use akashi_app::account::NewAccount;
use akashi_app::service::NewHospital;
use akashi_app::{App, Ctx};
use akashi_domain::cond::tokyo_day;
use akashi_domain::notation::{self, Written};
use akashi_domain::{Lang, RecordId};
use akashi_journal::Command;
use akashi_store::{NewVersion, WriteCtx};
use akashi_testkit::Scratch;
use akashi_web::{Patience, ServeOptions, router, serve_router};
use axum::Router;
use serde::Deserialize;

/// Opens the log to other people's tools.
pub(crate) const LOG_TOKEN: &str = "b2a7c1f0e9d8-kakuu";
pub(crate) const PASSWORD: &str = "kakuu no byouin 1";
/// Ids of the seeded records begin here.
pub(crate) const BASE: u128 = 0x0190_0000_0000_7000_8000_0000_0000_0000;

#[derive(Deserialize)]
struct Set {
    record: Vec<Written>,
}

/// A served hospital; its data go away with it.
pub(crate) struct Hospital {
    pub(crate) app: App,
    pub(crate) router: Router,
    set: Vec<Written>,
    _data: Scratch,
}

/// 2026-11-22, nine in the morning in Tokyo, for ever.
pub(crate) fn clock() -> i64 {
    notation::instant("2026-11-22 09:00").unwrap()
}

impl Hospital {
    /// A hospital with the records of `hospital.toml` and sixty more devices.
    pub(crate) async fn seeded() -> Hospital {
        Hospital::seeded_with("").await
    }

    /// As [`Hospital::seeded`], with more records, written as in `hospital.toml`.
    pub(crate) async fn seeded_with(more: &str) -> Hospital {
        let text = format!("{}\n{more}", include_str!("hospital.toml"));
        let mut set: Set = toml::from_str(&text).unwrap();
        set.record.extend((1..=60).map(device));
        Hospital::with(set.record).await
    }

    /// A hospital without any record.
    pub(crate) async fn empty() -> Hospital {
        Hospital::with(Vec::new()).await
    }

    /// A hospital with these records.
    pub(crate) async fn with(set: Vec<Written>) -> Hospital {
        let data = Scratch::new("web");
        let now = clock();
        let address = format!("sqlite://{}", data.path().join("akashi.db").display());
        let new =
            NewHospital { organisation: "架空中央病院".into(), origin: "test.example/akashi/1".into(), now };
        let app = App::create(&address, data.path(), &new, tokyo_day(now)).await.unwrap();
        write(&app, &set).await;
        let names = notation::Names::number(&set, BASE);
        let people = [
            ("kanri", "架空 花子", "planning-manager", "hanako"),
            ("tantou", "架空 次郎", "operator", "jiro"),
            ("incho", "架空 院長", "management", "incho"),
            ("shokuin", "架空 三郎", "staff", ""),
        ];
        for (login, name, role, person) in people {
            add(&app, login, name, role, names.get(person), false).await;
        }
        add(&app, "shinjin", "架空 新人", "operator", None, true).await;
        let log_token = Some(LOG_TOKEN.to_owned());
        let options = ServeOptions { clock, upload_limit: 1 << 20, log_token, ..ServeOptions::default() };
        let router = router(app.clone(), options);
        Hospital { app, router, set, _data: data }
    }

    /// Returns the id of a seeded record.
    pub(crate) fn id(&self, name: &str) -> RecordId {
        notation::Names::number(&self.set, BASE).get(name).unwrap()
    }

    /// Listens at a free port; returns the base address.
    pub(crate) async fn serve(&self) -> String {
        format!("http://{}", self.serve_with(Patience::default()).await)
    }

    /// As [`Hospital::serve`], with as much patience with clients; returns the address.
    pub(crate) async fn serve_with(&self, patience: Patience) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve_router(listener, self.router.clone(), patience, std::future::pending()));
        address
    }
}

async fn add(app: &App, login: &str, name: &str, role: &str, personnel: Option<RecordId>, must_change: bool) {
    let ctx = Ctx::local(clock(), Lang::Ja);
    let roles = vec![role.to_owned()];
    let new = NewAccount { login: login.into(), name: name.into(), roles, lang: Lang::Ja, personnel, must_change };
    app.add_account(&ctx, new, PASSWORD).await.unwrap();
}

async fn write(app: &App, set: &[Written]) {
    let versions = notation::read_set(set, app.catalog(), BASE, clock()).unwrap();
    if versions.is_empty() {
        return;
    }
    let new = |v: &akashi_domain::Version| NewVersion::of(app.catalog().register(v.register), v, Command::Put);
    let mut tx = app.store().begin(&WriteCtx { actor: "local".into(), at: clock() }).await.unwrap();
    let receipts = tx.put_all(versions.iter().map(new).collect()).await.unwrap();
    tx.commit(receipts).await.unwrap();
}

/// A device that differs from the others in number, place and day.
pub(crate) fn device(n: u32) -> Written {
    let (kind, os) =
        if n.is_multiple_of(9) { ("server", "Windows Server 2019") } else { ("terminal", "Windows 11 Pro") };
    let ward = ["外来", "3階東病棟", "4階西病棟", "薬剤部", "検査科"][n as usize % 5];
    let text = format!(
        "register = \"device\"\nstate = \"in-use\"\ncode = \"AST-2026-{n:04}\"\n[f]\nasset_no = \"D-{n}\"\nname = \"{}\"\nkind = \"{kind}\"\n\
         department = \"{ward}\"\nos = \"{os}\"\nserial = \"SN{n:05}\"\nplace = \"{ward}奥\"\nlast_seen = \"2026-09-{:02}\"",
        if kind == "server" { "部門サーバ" } else { "電子カルテ端末" },
        1 + n % 28
    );
    toml::from_str(&text).unwrap()
}
