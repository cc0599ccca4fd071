//! Every route and who gets in: nobody without a session, and of those with one the roles its line names.

use akashi_app::Ctx;
use akashi_app::command::Put;
use akashi_app::dispose::Proposal;
use akashi_domain::{Lang, RecordId, Value};
use axum::http::{Method, StatusCode};

use super::anchors::witness_of;
use super::client::{Answer, Client};
use crate::hospital::{Hospital, clock};

/// Routes open to everybody, with why.
const OPEN: [(&str, &str); 5] = [
    ("/login", "the way in"),
    ("/language", "a cookie, and on the account of whoever is logged in"),
    ("/assets/{file}", "style sheets"),
    ("/verify", "checks proofs inside the browser, holds no data"),
    ("/health", "says that the server runs"),
];

/// Reads the routes out of their one file, so that a new one is tested without being listed here.
fn routes() -> Vec<(Method, String)> {
    let source = include_str!("../../../src/routes.rs");
    let lines = source.lines().filter_map(|l| l.trim().strip_prefix(".route(\""));
    let mut out = Vec::new();
    for line in lines {
        let (path, handlers) = line.split_once('"').unwrap();
        if handlers.contains("get(") {
            out.push((Method::GET, path.to_owned()));
        }
        if handlers.contains("post(") {
            out.push((Method::POST, path.to_owned()));
        }
    }
    assert!(out.len() > 20, "the routes were found");
    out
}

/// Everybody with an account.
const ALL: &str = "kanri tantou incho shokuin";
/// Those who see verdicts and devices.
const READERS: &str = "kanri tantou incho";
/// Those who keep devices and disposals, and the installation running.
const KEEPERS: &str = "kanri tantou";
/// Those who may read every register, and so the whole log.
const WHOLE: &str = "kanri incho";
/// Those whose role approves a disposal.
const APPROVERS: &str = "kanri incho";
const PLANNER: &str = "kanri";

/// Who gets in. A route without a line fails the test, and so does a line without a route. An import's page is its
/// uploader's only (`import.rs`): with the token of the table nobody gets in.
const RULES: [(&str, &str, &str); 48] = [
    ("GET", "/", ALL),
    ("POST", "/logout", ALL),
    ("GET", "/password", ALL),
    ("POST", "/password", ALL),
    ("GET", "/board", READERS),
    ("GET", "/items/{id}", READERS),
    ("GET", "/registers", ALL),
    ("GET", "/registers/{key}", READERS),
    ("GET", "/registers/{key}/export", READERS),
    ("GET", "/registers/{key}/new", KEEPERS),
    ("POST", "/registers/{key}/new", KEEPERS),
    ("GET", "/records/{id}", READERS),
    ("GET", "/records/{id}/edit", KEEPERS),
    ("POST", "/records/{id}/edit", KEEPERS),
    ("POST", "/records/{id}/moves/{key}", KEEPERS),
    ("GET", "/records/{id}/resolve", KEEPERS),
    ("POST", "/records/{id}/resolve", KEEPERS),
    ("GET", "/records/{id}/files/{digest}", ALL),
    ("GET", "/records/{id}/proof/{rev}", READERS),
    ("GET", "/records/{id}/proof/{rev}/bundle", READERS),
    ("GET", "/import", KEEPERS),
    ("POST", "/import", KEEPERS),
    ("GET", "/import/{token}", ""),
    ("POST", "/import/{token}", ""),
    ("POST", "/drafts/drop", ALL),
    ("GET", "/disposals", READERS),
    ("GET", "/disposals/new", READERS),
    ("POST", "/disposals/new", KEEPERS),
    ("GET", "/disposals/{id}", READERS),
    ("POST", "/disposals/{id}/approve", APPROVERS),
    ("POST", "/disposals/{id}/run", KEEPERS),
    ("GET", "/findings", ALL),
    ("GET", "/findings/{key}", READERS),
    ("GET", "/profile", READERS),
    ("POST", "/profile", PLANNER),
    ("GET", "/log/{*path}", WHOLE),
    ("GET", "/anchors", WHOLE),
    ("GET", "/anchors/new", PLANNER),
    ("POST", "/anchors/new", PLANNER),
    ("GET", "/anchors/{id}/edit", PLANNER),
    ("POST", "/anchors/{id}/edit", PLANNER),
    ("GET", "/anchors/paper", WHOLE),
    ("POST", "/anchors/retry", PLANNER),
    ("POST", "/anchors/request", PLANNER),
    ("POST", "/anchors/answer", PLANNER),
    ("POST", "/anchors/compare", WHOLE),
    ("GET", "/state", KEEPERS),
    ("GET", "/state.json", KEEPERS),
];

/// The hospital of the table: with an anchor, a disposal that waits for its approval, and a file.
struct House {
    hospital: Hospital,
    disposal: RecordId,
    anchor: RecordId,
    digest: String,
}

const MORE: &str = r#"
[[record]]
register = "personnel"
id = "old"
code = "PSN-2026-0099"
state = "left"
f = { staff_no = "0099", name = "架空 昔子", joined = "1999-04-01", left = "2019-03-31" }

[[record]]
register = "document"
id = "rules"
code = "DOC-2026-0001"
f = { title = "情報管理規程" }
"#;

async fn house() -> House {
    let hospital = Hospital::seeded_with(MORE).await;
    let (app, ctx) = (&hospital.app, Ctx::local(clock(), Lang::Ja));
    witness_of(&hospital).await;
    let anchor = app.anchors().await.unwrap().remove(0).id;
    let records = vec![hospital.id("old")];
    let disposal = app.propose_disposal(&ctx, Proposal { records, ..Proposal::default() }).await.unwrap().record;
    let file = app.keep_file("規程.txt", "誰でも読める".into(), clock()).await.unwrap();
    let digest = file.digest.to_string();
    let register = app.catalog().register_ix("document").unwrap();
    let slot = app.catalog().register(register).field_ix("file").unwrap();
    let values = vec![(slot, Value::Files([file].into()))];
    let record = Some(hospital.id("rules"));
    let put = Put { register, record, expected: 1, values, valid_from: None, reason: None };
    app.put(&ctx, put).await.unwrap();
    House { hospital, disposal, anchor, digest }
}

impl House {
    /// Puts real names in place of a route's parameters.
    fn address(&self, route: &str) -> String {
        let id = match route.split('/').nth(1) {
            Some("items") => "6.2".to_owned(),
            Some("disposals") => self.disposal.to_string(),
            Some("anchors") => self.anchor.to_string(),
            _ if route.contains("/files/") => self.hospital.id("rules").to_string(),
            _ => self.hospital.id("no-serial").to_string(),
        };
        let key = match route {
            _ if route.contains("/moves/") => "dispose",
            _ if route.contains("/findings/") => "leaver_ids_still_enabled",
            _ => "device",
        };
        let query = match route {
            "/records/{id}/resolve" => "?field=place&text=%E9%99%A2%E5%86%851F%E5%A5%A5",
            "/disposals/new" => "?register=personnel",
            _ => "",
        };
        let named = route
            .replace("{id}", &id)
            .replace("{key}", key)
            .replace("{digest}", &self.digest)
            .replace("{file}", "x.css")
            .replace("{token}", "0123")
            .replace("{rev}", "1")
            .replace("{*path}", "checkpoint");
        format!("{named}{query}")
    }

    /// What a form of the route holds: enough to come to the question of rights, and something wrong behind it, so
    /// that nothing changes for those who come after.
    fn fields(&self, route: &str) -> Vec<(&'static str, String)> {
        let text = |fields: &[(&'static str, &str)]| fields.iter().map(|(n, v)| (*n, (*v).to_owned())).collect();
        match route {
            "/password" => text(&[("old", "x"), ("new", "kakuu kakuu 1"), ("again", "kakuu kakuu 2")]),
            "/registers/{key}/new" => text(&[("rev", "0"), ("f.last_seen", "いつか")]),
            "/records/{id}/edit" => text(&[("rev", "1"), ("f.last_seen", "いつか")]),
            "/records/{id}/resolve" => {
                let place = self.hospital.id("server-room").to_string();
                text(&[("field", "place"), ("text", "どこでもない"), ("to", &place)])
            }
            "/import" => text(&[("register", "device")]),
            "/profile" => text(&[("a.outsourcing", "no"), ("b.outsourcing", "")]),
            "/anchors/compare" => {
                text(&[("copy", "test.example/akashi/1\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")])
            }
            "/anchors/new" | "/anchors/{id}/edit" => text(&[("kind", "witness"), ("name", ""), ("every", "x")]),
            _ if route.starts_with("/anchors/") => text(&[("anchor", "隣の病院")]),
            _ => text(&[("rev", "999"), ("sure", "yes")]),
        }
    }

    async fn ask(&self, client: &mut Client, method: &Method, route: &str) -> Answer {
        let path = self.address(route);
        if method == Method::GET {
            return client.get(&path).await;
        }
        let path = path.split('?').next().unwrap();
        let fields = self.fields(route);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        match route {
            "/anchors/answer" => client.upload("/", path, &fields, &[("a", b"no answer")]).await,
            _ => client.post("/", path, &fields).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_anywhere() {
    let house = house().await;
    for (method, route) in routes().into_iter().filter(|(_, r)| !OPEN.iter().any(|(open, _)| open == r)) {
        let mut client = Client::nobody(&house.hospital.router);
        let body = (method == Method::POST).then(Vec::new);
        let answer = client.ask(method.clone(), &house.address(&route), &[], body).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{method} {route}");
        assert!(answer.location().starts_with("/login"), "{method} {route}: {}", answer.location());
        assert!(!answer.text.contains("解析端末"), "{method} {route}");
    }
    let mut client = Client::nobody(&house.hospital.router);
    let answer = client.ask(Method::GET, "/", &[("cookie", "akashi_session=0123456789abcdef")], None).await;
    assert_eq!(answer.location(), "/login", "an invented session");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_get_in_whom_the_table_names() {
    let house = house().await;
    let mut all: Vec<_> = routes().into_iter().filter(|(_, r)| !OPEN.iter().any(|(open, _)| open == r)).collect();
    let named = |method: &Method, route: &str| RULES.iter().find(|(m, r, _)| method == *m && route == *r);
    for (method, route, _) in RULES {
        assert!(all.iter().any(|(m, r)| m == method && r == route), "{method} {route} is no route any more");
    }
    // Whoever logs out is asked nothing afterwards.
    all.sort_by_key(|(_, route)| route == "/logout");
    for login in ALL.split(' ') {
        let mut client = Client::logged_in(&house.hospital.router, login).await;
        for (method, route) in &all {
            let Some((.., who)) = named(method, route) else { panic!("{method} {route}: say in RULES who gets in") };
            let answer = house.ask(&mut client, method, route).await;
            let (status, location) = (answer.status, answer.location());
            assert!(
                status != StatusCode::BAD_REQUEST && !status.is_server_error(),
                "{login} {method} {route}: {status}"
            );
            let out = matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND)
                || (location.starts_with("/login") && route != "/logout");
            assert_eq!(!out, who.split(' ').any(|w| w == login), "{login} {method} {route}: {status}");
            assert!(!out || !answer.text.contains("解析端末"), "{login} {method} {route} is told of the record");
        }
    }
}
