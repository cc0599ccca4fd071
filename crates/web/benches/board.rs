//! How long the server takes for board, list and search over many records. `cargo xtask bench board -- 100000`.

#[path = "../tests/all/hospital.rs"]
#[allow(dead_code, unreachable_pub)] // the tests use more of it
mod hospital;

use std::time::Instant;

use akashi_domain::RecordId;
use akashi_web::{ServeOptions, router};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use hospital::{Hospital, PASSWORD, clock};
use tower::ServiceExt as _;

fn main() {
    let rows = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(100_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime starts");
    runtime.block_on(run(rows));
}

async fn run(rows: u32) {
    let begun = Instant::now();
    let house = Hospital::with((1..=rows).map(hospital::device).collect()).await;
    println!("{rows} records written in {:.1} s", begun.elapsed().as_secs_f64());
    let router = router(house.app.clone(), ServeOptions { clock, ..ServeOptions::default() });
    let cookie = log_in(&router).await;
    let records = house.app.live(clock()).await.expect("the store answers").evaluator.view().len();
    println!("{records} records in memory");
    let pages = [
        ("board, first after a change", "/board"),
        ("board", "/board"),
        ("board, another day, first", "/board?as_of=2027-03-31"),
        ("board, another day", "/board?as_of=2027-03-31"),
        ("home", "/"),
        ("item", "/items/9.2"),
        ("register list", "/registers/device"),
        ("register list, sorted", "/registers/device?sort=name"),
        ("register list, searched", "/registers/device?q=SN00777"),
        ("registers", "/registers"),
    ];
    for (name, path) in pages {
        let (ms, bytes) = fastest(&router, &cookie, path, name.contains("first")).await;
        println!("{ms:>8.1} ms {:>5} KB  {name}", bytes / 1024);
    }
    let record = format!("/records/{}", RecordId(hospital::BASE + 1));
    let (ms, bytes) = fastest(&router, &cookie, &record, false).await;
    println!("{ms:>8.1} ms {:>5} KB  record", bytes / 1024);
}

/// The fastest of five: other work on the machine only ever adds to it. A first look is taken once.
async fn fastest(router: &Router, cookie: &str, path: &str, once: bool) -> (f64, usize) {
    let (mut best, mut bytes) = (f64::MAX, 0);
    for _ in 0..if once { 1 } else { 5 } {
        let request = Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).expect("a request");
        let begun = Instant::now();
        let response = router.clone().oneshot(request).await.expect("the router answers");
        assert!(response.status().is_success(), "{path}: {}", response.status());
        let body = to_bytes(response.into_body(), usize::MAX).await.expect("a page");
        bytes = body.len();
        best = best.min(begun.elapsed().as_secs_f64() * 1000.0);
        assert!(body.ends_with(b"</html>\n") || body.ends_with(b"</html>"), "{path}: a whole page");
    }
    (best, bytes)
}

async fn log_in(router: &Router) -> String {
    let body = format!("login=kanri&password={}", PASSWORD.replace(' ', "+"));
    let form = (header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let request = Request::post("/login").header(form.0, form.1).body(Body::from(body)).expect("a request");
    let response = router.clone().oneshot(request).await.expect("the router answers");
    let cookie = response.headers()[header::SET_COOKIE].to_str().expect("a plain cookie");
    cookie.split(';').next().unwrap_or_default().to_owned()
}
