//! What somebody typed into a form outlives the session it was typed in; passwords and the forms of others do not.

use axum::http::StatusCode;

use super::client::Client;
use crate::hospital::{Hospital, PASSWORD};

const OWN: [(&str, &str); 1] = [("sec-fetch-site", "same-origin")];

/// What the log-in page carries along, as the browser would send it back.
fn carried(page: &str) -> Vec<(String, String)> {
    let inputs = page.split("<input type=\"hidden\" name=\"").skip(1);
    let pair = |input: &str| {
        let (name, rest) = input.split_once("\" value=\"").unwrap();
        (name.to_owned(), rest.split('"').next().unwrap().to_owned())
    };
    inputs.map(pair).filter(|(name, _)| name.starts_with("kept")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_is_sent_again_after_logging_in() {
    let house = Hospital::seeded().await;
    let mut client = Client::nobody(&house.router);
    let to = format!("/records/{}/moves/lend", house.id("no-serial"));
    let ended = client.send(&to, &[("token", "old"), ("rev", "1"), ("reason", "貸出の理由")], &OWN).await;
    assert_eq!(ended.status, StatusCode::UNAUTHORIZED);
    assert!(ended.text.contains("入力した文字は残っています") && !ended.text.contains("action=\"/language\""));
    let kept = carried(&ended.text);
    assert_eq!(kept[0], ("kept-to".to_owned(), to.clone()));
    let door: Vec<(&str, &str)> = [("login", "kanri"), ("password", PASSWORD)]
        .into_iter()
        .chain(kept.iter().map(|(n, v)| (n.as_str(), v.as_str())))
        .collect();
    let again = client.form("/login", &door).await;
    assert_eq!(again.status, StatusCode::OK);
    assert!(again.text.contains(&format!("action=\"{to}\"")) && again.text.contains("貸出の理由"));
    // Sent with the token of that page, it is a form as any other: refused for its content, not for its token.
    let fields = [("token", again.token()), ("rev", "1"), ("reason", "貸出の理由")];
    assert_eq!(client.send(&to, &fields, &OWN).await.status, StatusCode::UNPROCESSABLE_ENTITY, "there is no such move");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_an_earlier_session_can_be_sent_from_this_one() {
    let house = Hospital::seeded().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let to = format!("/records/{}/edit", house.id("no-serial"));
    let fields = [("token", "old"), ("rev", "1"), ("f.serial", "SN-79"), ("as", "save")];
    let again = client.send(&to, &fields, &OWN).await;
    assert_eq!(again.status, StatusCode::FORBIDDEN);
    assert!(again.text.contains("入力の続き") && again.text.contains("SN-79"));
    let fields = [("token", again.token()), ("rev", "1"), ("f.serial", "SN-79"), ("as", "again")];
    let form = client.send(&to, &fields, &OWN).await;
    assert!(form.status == StatusCode::OK && form.text.contains("value=\"SN-79\""), "opened, not saved");
    // Where the browser does not say that it comes from a page of ours, nothing comes back.
    for headers in [&[][..], &[("sec-fetch-site", "none")], &[("origin", "null")]] {
        let refused = client.send(&to, &[("token", "old"), ("f.serial", "SN-79")], headers).await;
        assert!(refused.status == StatusCode::FORBIDDEN && !refused.text.contains("SN-79"), "{headers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_and_forms_of_other_sites_are_not_kept() {
    let house = Hospital::seeded().await;
    let mut nobody = Client::nobody(&house.router);
    let secret = nobody.send("/password", &[("old", "himitsu"), ("new", "himitsu 2")], &OWN).await;
    assert_eq!((secret.status, secret.location()), (StatusCode::SEE_OTHER, "/login"));
    let asked = nobody.send("/profile", &[("answer", "yes")], &[]).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "nobody says it is a page of ours");
    let elsewhere = [("login", "kanri"), ("password", PASSWORD), ("kept-to", "//evil.example/x"), ("kept", "a=1")];
    assert_eq!(nobody.form("/login", &elsewhere).await.location(), "/");
}

/// Too much to carry in a page: the log-in page alone.
#[tokio::test(flavor = "multi_thread")]
async fn there_is_an_end_to_what_is_kept() {
    let house = Hospital::seeded().await;
    let mut nobody = Client::nobody(&house.router);
    let long = "x".repeat(3 << 20);
    let sent = nobody.send("/profile", &[("basis", &long)], &OWN).await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "/login"));
}

/// A form that was refused leads back to the page it stands on; a page that was refused does not lead to itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_leads_back() {
    let house = Hospital::seeded().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let way = "class=\"button primary\" href=\"/import\"";
    let from = [("sec-fetch-site", "same-origin"), ("referer", "http://akashi.test/import")];
    let refused = client.send("/import", &[("files", &"x".repeat(2 << 20))], &from).await;
    assert!(refused.status == StatusCode::PAYLOAD_TOO_LARGE && refused.text.contains(way), "{}", refused.status);
    let elsewhere = [("sec-fetch-site", "same-origin"), ("referer", "http://evil.example/import")];
    let refused = client.send("/import", &[("files", &"x".repeat(2 << 20))], &elsewhere).await;
    assert!(!refused.text.contains(way), "only to pages of ours");
    let gone =
        client.ask(axum::http::Method::GET, "/nowhere", &[("referer", "http://akashi.test/nowhere")], None).await;
    assert!(gone.status == StatusCode::NOT_FOUND && !gone.text.contains("href=\"/nowhere\""));
}
