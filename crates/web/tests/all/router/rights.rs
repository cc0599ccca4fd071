//! What each person gets to see and may change, looked at closely; which routes are whose stands in `table`.

use axum::http::StatusCode;

use super::client::Client;
use crate::hospital::Hospital;

/// A member of staff: devices are nothing they may know of.
#[tokio::test(flavor = "multi_thread")]
async fn staff_see_only_what_is_theirs() {
    let house = Hospital::seeded().await;
    let mut staff = Client::logged_in(&house.router, "shokuin").await;
    let device = house.id("no-serial");
    let cases = [
        ("/".to_owned(), StatusCode::OK),
        ("/registers".into(), StatusCode::OK),
        ("/board".into(), StatusCode::FORBIDDEN),
        ("/items/6.2".into(), StatusCode::FORBIDDEN),
        ("/registers/device".into(), StatusCode::NOT_FOUND),
        ("/registers/device/new".into(), StatusCode::NOT_FOUND),
        ("/registers/device/export".into(), StatusCode::FORBIDDEN),
        ("/registers/no-such".into(), StatusCode::NOT_FOUND),
        (format!("/records/{device}"), StatusCode::NOT_FOUND),
        (format!("/records/{device}/edit"), StatusCode::NOT_FOUND),
        (format!("/records/{device}/resolve?field=place&text=x"), StatusCode::NOT_FOUND),
        (format!("/records/{device}/files/{}", "0".repeat(64)), StatusCode::NOT_FOUND),
        (format!("/records/{device}/proof/1"), StatusCode::NOT_FOUND),
        (format!("/records/{device}/proof/1/bundle"), StatusCode::FORBIDDEN),
        ("/log/checkpoint".into(), StatusCode::FORBIDDEN),
        ("/log/tile/0/000.p/1".into(), StatusCode::FORBIDDEN),
        ("/log/keys".into(), StatusCode::OK),
        ("/findings/leaver_ids_still_enabled".into(), StatusCode::NOT_FOUND),
        ("/profile".into(), StatusCode::NOT_FOUND),
        ("/import".into(), StatusCode::FORBIDDEN),
        ("/import/0123".into(), StatusCode::NOT_FOUND),
        ("/registers/take-out/new".into(), StatusCode::OK),
        ("/registers/training".into(), StatusCode::OK),
    ];
    for (path, status) in cases {
        let answer = staff.get(&path).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(!answer.text.contains("解析端末"), "{path}");
    }
    let home = staff.get("/").await.text;
    assert!(!home.contains("退職者") && !home.contains("満たさない"), "no findings, no verdicts");
}

/// No link of the navigation leads anybody to a closed door.
#[tokio::test(flavor = "multi_thread")]
async fn every_place_offered_is_open() {
    let house = Hospital::seeded().await;
    for (login, few) in [("kanri", false), ("tantou", false), ("incho", false), ("shokuin", true)] {
        let mut client = Client::logged_in(&house.router, login).await;
        let home = client.get("/").await.text;
        let nav = home.split_once("<nav class=\"nav\"").unwrap().1.split_once("</nav>").unwrap().0;
        let places: Vec<&str> = nav.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(places.len() < 5, few, "{login}: {places:?}");
        for place in places {
            assert_eq!(client.get(place).await.status, StatusCode::OK, "{login} {place}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_change_nothing() {
    let house = Hospital::seeded().await;
    let mut staff = Client::logged_in(&house.router, "shokuin").await;
    let device = house.id("no-serial");
    let sends = [
        (format!("/records/{device}/edit"), vec![("rev", "1"), ("f.name", "x")]),
        (format!("/records/{device}/moves/dispose"), vec![("rev", "1")]),
        (format!("/records/{device}/resolve"), vec![("field", "place"), ("text", "院内1F奥"), ("to", "x")]),
        ("/registers/device/new".into(), vec![("rev", "0"), ("f.name", "x")]),
        ("/profile".into(), vec![("a.outsourcing", "no"), ("b.outsourcing", "x"), ("by", "架空 花子")]),
    ];
    for (path, fields) in sends {
        let answer = staff.post("/", &path, &fields).await;
        assert!(answer.status.is_client_error(), "{path}: {} {}", answer.status, answer.location());
    }
    let live = house.app.live(crate::hospital::clock()).await.unwrap();
    assert_eq!(live.world.history(device).len(), 1);
}

/// What comes with a refused form is not kept: neither files nor a draft.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_form_leaves_nothing_behind() {
    let house = Hospital::seeded().await;
    let mut staff = Client::logged_in(&house.router, "shokuin").await;
    let bytes = b"kakuu no fairu";
    let device = format!("/records/{}/edit", house.id("no-serial"));
    for path in ["/registers/device/new", device.as_str()] {
        let refused = staff.upload("/", path, &[("rev", "1")], &[("a.txt", bytes)]).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{path}");
        let draft = staff.post("/", path, &[("as", "draft"), ("f.name", "x")]).await;
        assert_eq!(draft.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(house.app.file(&akashi_journal::Digest::of(bytes).to_hex()).await.is_err());
    let account = house.app.store().account_by_login("shokuin").await.unwrap().unwrap();
    assert!(house.app.drafts(account.id).await.unwrap().is_empty());
}

/// 職員 may read up to internal fields: personal ones are neither shown nor found.
#[tokio::test(flavor = "multi_thread")]
async fn sensitive_fields_stay_hidden() {
    let house = Hospital::seeded().await;
    let register = house.app.catalog().register_by_key("training").unwrap();
    let person = register.field("attendance").unwrap().rows().iter().find(|f| f.key == "person").unwrap();
    assert!(person.sensitivity > akashi_domain::register::Sensitivity::Internal, "or this test shows nothing");
    let page = format!("/records/{}", house.id("cyber"));
    let mut staff = Client::logged_in(&house.router, "shokuin").await;
    let mut manager = Client::logged_in(&house.router, "kanri").await;
    assert!(manager.get(&page).await.text.contains("架空 外男"));
    let seen = staff.get(&page).await;
    assert!(seen.status == StatusCode::OK && !seen.text.contains("架空 外男"));
    let search = "/registers/training?q=%E5%A4%96%E7%94%B7";
    assert!(manager.get(search).await.text.contains("TRN-2026-0001"));
    assert!(!staff.get(search).await.text.contains("TRN-2026-0001"), "not by searching either");
}

/// Only management decides, and nobody decides on what he wrote himself.
#[tokio::test(flavor = "multi_thread")]
async fn moves_are_open_to_their_roles_only() {
    let house = Hospital::seeded().await;
    let decision = house.id("pending");
    let (page, path) = (format!("/records/{decision}"), format!("/records/{decision}/moves/return"));
    let mut manager = Client::logged_in(&house.router, "kanri").await;
    let refused = manager.post(&page, &path, &[("rev", "1")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let mut boss = Client::logged_in(&house.router, "incho").await;
    assert!(boss.get("/").await.text.contains("「回付」"), "it waits for him on the home page");
    let done = boss.post(&page, &path, &[("rev", "1"), ("reason", "施行日を見直してください")]).await;
    assert_eq!(done.location(), format!("/records/{decision}?done=moved"));
    let after = manager.get(&page).await.text;
    assert!(after.contains("差戻") && after.contains("施行日を見直してください"), "state and reason in the history");
}
