//! The log over HTTP: the same bytes as the exported files, only for those who may.

use std::path::{Path, PathBuf};

use axum::http::{Method, StatusCode, header};

use super::client::{Answer, Client};
use crate::hospital::{Hospital, LOG_TOKEN, device};

async fn with_token(house: &Hospital, path: &str, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    Client::nobody(&house.router).ask(Method::GET, path, &[("authorization", &bearer)], None).await
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// More than one tile, and a second level.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_served_is_what_is_exported() {
    let house = Hospital::with((1..=600).map(device).collect()).await;
    let folder = akashi_testkit::Scratch::new("tiles");
    let exported = house.app.store().export_tiles(folder.path(), |_, _| {}).await.unwrap().unwrap();
    assert!(exported.size > 600);
    let all = files(folder.path());
    assert!(all.iter().any(|file| file.to_string_lossy().contains("/tile/1/000.p/2")), "{all:?}");
    for file in all {
        let name = file.strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned();
        let answer = with_token(&house, &format!("/log/{name}"), LOG_TOKEN).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}");
        assert_eq!(answer.bytes, std::fs::read(&file).unwrap(), "{name}");
        let kind = answer.headers[header::CONTENT_TYPE].to_str().unwrap();
        let kept = answer.headers[header::CACHE_CONTROL].to_str().unwrap();
        match name.starts_with("tile/") {
            true => assert_eq!((kind, kept), ("application/octet-stream", "private, max-age=31536000, immutable")),
            false => assert_eq!((kind, kept), ("text/plain; charset=utf-8", "no-store")),
        }
    }
}

/// A reader may come with an older checkpoint and ask for the partial tiles of then.
#[tokio::test(flavor = "multi_thread")]
async fn partial_tiles_are_the_beginning_of_full_ones() {
    let house = Hospital::with((1..=300).map(device).collect()).await;
    let full = with_token(&house, "/log/tile/0/000", LOG_TOKEN).await.bytes;
    assert_eq!(full.len(), 256 * 32);
    for width in [1, 37, 255] {
        let part = with_token(&house, &format!("/log/tile/0/000.p/{width}"), LOG_TOKEN).await.bytes;
        assert_eq!(part, full[..width * 32]);
    }
    let full = with_token(&house, "/log/tile/entries/000", LOG_TOKEN).await.bytes;
    assert!(full.starts_with(&with_token(&house, "/log/tile/entries/000.p/9", LOG_TOKEN).await.bytes));
    for path in [
        "tile/0/001",
        "tile/0/001.p/255",
        "tile/1/001.p/1",
        "tile/2/000.p/1",
        "tile/9/000",
        "tile/63/000",
        "tile/64/000",
        "tile/0/0",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000/",
        "tile/0/x000/000",
        "tile/entries/002",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/data/000",
        "",
        "latest",
        "../akashi.db",
        "..%2fakashi.db",
        "tile/..%2f..%2fcheckpoint",
    ] {
        let answer = with_token(&house, &format!("/log/{path}"), LOG_TOKEN).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_may_read_everything_read_the_log() {
    let house = Hospital::seeded().await;
    for (login, status) in
        [("kanri", StatusCode::OK), ("tantou", StatusCode::FORBIDDEN), ("shokuin", StatusCode::FORBIDDEN)]
    {
        let mut client = Client::logged_in(&house.router, login).await;
        for path in ["/log/checkpoint", "/log/tile/entries/000.p/1", "/log/tile/0/000.p/1"] {
            assert_eq!(client.get(path).await.status, status, "{login} {path}");
        }
        let keys = client.get("/log/keys").await;
        assert!(
            keys.status == StatusCode::OK && keys.text.starts_with("test.example/akashi/1+"),
            "{login}: {}",
            keys.text
        );
    }
    for token in ["", "x", "b2a7c1f0e9d8-kakuv", "b2a7c1f0e9d8-kakuu2"] {
        assert_eq!(with_token(&house, "/log/checkpoint", token).await.status, StatusCode::FORBIDDEN, "{token}");
    }
    // A wrong word is not mended by a good session, so that a tool learns that it is wrong.
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let answer = client.ask(Method::GET, "/log/checkpoint", &[("authorization", "Basic eA==")], None).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}
