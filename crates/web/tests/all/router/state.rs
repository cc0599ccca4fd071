//! The state of the installation: who sees it, what it says before and after a backup, and that the home page leads there.

use akashi_app::Ctx;
use akashi_app::backup::{Folder, Target};
use akashi_domain::Lang;
use akashi_testkit::Scratch;
use axum::http::StatusCode;
use serde_json::Value as Json;

use super::client::Client;
use crate::hospital::{Hospital, clock};

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_keep_it_running_see_it() {
    let house = Hospital::empty().await;
    for (login, sees) in [("kanri", true), ("tantou", true), ("incho", false), ("shokuin", false)] {
        let mut client = Client::logged_in(&house.router, login).await;
        let home = client.get("/").await.text;
        assert_eq!(home.contains("href=\"/state\""), sees, "{login}");
        assert_eq!(home.contains("バックアップを一度も"), sees, "{login}: what is late is told to those who can act");
        for page in ["/state", "/state.json"] {
            let answer = client.get(page).await;
            let status = if sees { StatusCode::OK } else { StatusCode::FORBIDDEN };
            assert_eq!(answer.status, status, "{login} {page}");
            assert_eq!(answer.text.contains("test.example"), sees, "{login} {page}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_shows_and_the_drill_is_asked_for_next() {
    let (house, place) = (Hospital::empty().await, Scratch::new("backup"));
    let mut kanri = Client::logged_in(&house.router, "kanri").await;
    let before: Json = serde_json::from_str(&kanri.get("/state.json").await.text).unwrap();
    assert_eq!(before["backup"]["backup"], Json::Null);
    assert_eq!(before["concerns"][0]["about"], "backup");
    let depot = Folder::new(place.path());
    let to = Target {
        depot: &depot,
        keys: None,
        passphrase: "kakuu no aikotoba",
        work: 4,
        full: false,
        keep: None,
        lock: None,
    };
    house.app.back_up(&Ctx::local(clock(), Lang::Ja), &to).await.unwrap();

    let after: Json = serde_json::from_str(&kanri.get("/state.json").await.text).unwrap();
    assert_eq!(after["backup"]["backup"]["entries"], after["log"]["entries"]);
    let about: Vec<&str> = after["concerns"].as_array().unwrap().iter().map(|c| c["about"].as_str().unwrap()).collect();
    assert_eq!(about, ["drill", "anchors"], "the most pressing first");
    let page = kanri.get("/state").await.text;
    for text in [
        "復元訓練をまだ行っていません",
        "akashi backup drill",
        "2026-11-22 09:00",
        "SQLite",
        &house.app.catalog().digest,
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(!page.contains("バックアップを一度も"));
    assert!(kanri.get("/").await.text.contains("復元訓練をまだ"));
}
