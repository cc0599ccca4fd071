//! Going outside for real: an OpenSSL time-stamping authority, witnesses, and the client between. Stories run on both
//! databases; the clock is the story's own.

mod http;
mod revocation;
mod stamp;
mod witness;

use std::sync::Arc;

use akashi_app::anchor::{Kind, NewAnchor, Overview, Run, Terms, Transport};
use akashi_app::command::Put;
use akashi_app::service::NewHospital;
use akashi_app::{App, Ctx};
use akashi_domain::Lang;
use akashi_domain::cond::tokyo_day;
use akashi_testkit::need::OPENSSL;
use akashi_testkit::pg::{self, TempDatabase};
use akashi_testkit::{Error, Scratch, skip};
use akashi_web::outbound::{Http, HttpOptions};

/// 2026-11-22T01:00:00Z.
const NOW: i64 = 1_795_309_200_000_000;
const MINUTE: i64 = 60_000_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Makes two tests of each story.
macro_rules! on_both {
    ($($story:ident)*) => { $(
        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$story(super::super::House::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                if let Some(house) = super::super::House::postgres(stringify!($story)).await {
                    super::$story(house).await;
                }
            }
        }
    )* };
}
use on_both;

/// A hospital whose log grows when asked to.
struct House {
    app: App,
    address: String,
    data: Scratch,
    _database: Option<TempDatabase>,
}

impl House {
    async fn sqlite() -> House {
        let data = Scratch::new("outside");
        let address = format!("sqlite://{}", data.path().join("akashi.db").display());
        House::make(data, address, None).await
    }

    async fn postgres(story: &str) -> Option<House> {
        let database = pg::database(story)?;
        Some(House::make(Scratch::new("outside"), database.url().to_owned(), Some(database)).await)
    }

    async fn make(data: Scratch, address: String, database: Option<TempDatabase>) -> House {
        let origin = "kita.example/akashi".into();
        let new = NewHospital { organisation: "北里山病院".into(), origin, now: NOW };
        let app = App::create(&address, data.path(), &new, tokyo_day(NOW)).await.unwrap();
        let house = House { app, address, data, _database: database };
        house.entry(NOW).await;
        house
    }

    /// One more entry; gives the size of the log.
    async fn entry(&self, at: i64) -> u64 {
        let register = self.app.catalog().register_ix("device").unwrap();
        let put = Put { register, record: None, expected: 0, values: Vec::new(), valid_from: None, reason: None };
        self.app.put(&ctx(at), put).await.unwrap();
        self.app.store().latest_checkpoint().await.unwrap().unwrap().size
    }

    async fn add(&self, kind: Kind, name: &str, url: &str, trust: &str) {
        let terms = Terms::default_of(kind);
        let new = NewAnchor { kind, name: name.into(), url: url.into(), trust: trust.into(), terms };
        self.app.add_anchor(&ctx(NOW), new).await.unwrap();
    }

    /// What the background job does at that time.
    async fn tick(&self, at: i64) -> Vec<Run> {
        self.app.ask_anchors(at, &http(), false, None).await.unwrap()
    }

    async fn overview(&self) -> Overview {
        self.app.anchor_overview(&ctx(NOW)).await.unwrap()
    }

    async fn faults(&self) -> Vec<String> {
        let found = self.app.verify(|_, _| ()).await.unwrap();
        found.faults.into_iter().map(|f| format!("{}: {}", f.place, f.what.en)).collect()
    }
}

fn ctx(at: i64) -> Ctx {
    Ctx::local(at, Lang::Ja)
}

/// What OpenSSL made, or nothing after saying that the story is skipped because there is no OpenSSL.
pub(crate) fn made<T>(story: &str, made: Result<T, Error>) -> Option<T> {
    match made {
        Ok(made) => Some(made),
        Err(missing @ Error::Missing { .. }) => {
            skip(OPENSSL, story, &missing.to_string());
            None
        }
        Err(broken) => panic!("{story}: {broken}"),
    }
}

fn http() -> Arc<dyn Transport> {
    Arc::new(Http::new(&HttpOptions::default()).unwrap())
}
