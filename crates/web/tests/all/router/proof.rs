//! "Prove this": who gets a bundle of which version, and that what is downloaded verifies.

use akashi_verify::{Answer, Bundle, Given, read_keys, verify};
use axum::http::{StatusCode, header};

use super::client::Client;
use crate::hospital::Hospital;

#[tokio::test(flavor = "multi_thread")]
async fn every_version_is_proven_from_its_page() {
    let house = Hospital::seeded().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let record = format!("/records/{}", house.id("no-serial"));
    let changed = client
        .post(&format!("{record}/edit"), &format!("{record}/edit"), &[("rev", "1"), ("f.name", "解析端末2")])
        .await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER);
    let given = Given { keys: read_keys(&client.get("/log/keys").await.text).ok(), ..Given::default() };
    let page = client.get(&record).await.text;
    for rev in [1, 2] {
        let at = format!("{record}/proof/{rev}");
        assert!(page.contains(&format!("href=\"{at}\"")), "the history leads to revision {rev}");
        let told = client.get(&at).await.text;
        assert!(told.contains(&format!("href=\"{at}/bundle\"")) && told.contains("示さないこと"));
        assert_eq!(told.contains("新しい版があります"), rev == 1);
        let answer = client.get(&format!("{at}/bundle")).await;
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/zip");
        assert!(answer.headers[header::CONTENT_DISPOSITION].to_str().unwrap().contains(&format!("-r{rev}.zip")));
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
        let report = verify(&answer.bytes, &given);
        assert_eq!(report.result, Answer::Verified, "{}", report.text(false));
        assert_eq!(report.entry.unwrap().rev, rev);
        let body = Bundle::parse(&answer.bytes).unwrap().opening.unwrap().body;
        assert_eq!(String::from_utf8(body).unwrap().contains("解析端末2"), rev == 2);
    }
    for none in ["/proof/3", "/proof/3/bundle", "/proof/0"] {
        assert_eq!(client.get(&format!("{record}{none}")).await.status, StatusCode::NOT_FOUND, "{none}");
    }
    assert!(client.get(&format!("{record}/proof/x")).await.status.is_client_error());
}

/// A proof opens a content as a whole: whoever may not see a part of it, also inside its rows, is told why not.
#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_see_all_is_told_why() {
    let house = Hospital::seeded().await;
    let mut staff = Client::logged_in(&house.router, "shokuin").await;
    let training = format!("/records/{}/proof/1", house.id("cyber"));
    let told = staff.get(&training).await;
    assert_eq!(told.status, StatusCode::OK);
    assert!(told.text.contains("あなたには出せません") && told.text.contains("閲覧する権限がありません"));
    assert!(!told.text.contains("/bundle\"") && !told.text.contains("架空 外男"));
    let refused = staff.get(&format!("{training}/bundle")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(!refused.text.contains("架空 外男"));
    let mut manager = Client::logged_in(&house.router, "kanri").await;
    assert_eq!(manager.get(&format!("{training}/bundle")).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_verifier_page_is_open_and_reaches_nothing() {
    let house = Hospital::empty().await;
    let answer = Client::nobody(&house.router).get("/verify").await;
    assert_eq!(answer.status, StatusCode::OK);
    let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'sha256-") && policy.contains("connect-src 'none'"),
        "{policy}"
    );
    assert!(
        policy.contains("frame-ancestors 'none'") && !policy.contains("'self'") && !policy.contains("unsafe-inline")
    );
    assert_eq!(answer.text, akashi_web::VERIFIER_PAGE);
}
