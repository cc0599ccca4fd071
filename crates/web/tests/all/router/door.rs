//! Log-in, log-out, passwords, languages, and forms that other sites send.

use axum::http::{StatusCode, header};

use super::client::Client;
use crate::hospital::{Hospital, PASSWORD, clock};

#[tokio::test(flavor = "multi_thread")]
async fn who_logs_in_comes_to_the_page_asked_for() {
    let house = Hospital::empty().await;
    let mut client = Client::nobody(&house.router);
    let asked = client.get("/board?as_of=2027-03-31").await;
    assert_eq!((asked.status, asked.location()), (StatusCode::SEE_OTHER, "/login?next=%2Fboard%3Fas_of%3D2027-03-31"));
    let fields = [("login", "kanri"), ("password", PASSWORD), ("next", "/board?as_of=2027-03-31")];
    let done = client.form("/login", &fields).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/board?as_of=2027-03-31"));
    let cookie = done.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && !cookie.contains("Secure"), "{cookie}");
    assert_eq!(client.get("/").await.status, StatusCode::OK);

    let out = client.post("/", "/logout", &[]).await;
    assert_eq!((out.status, out.location()), (StatusCode::SEE_OTHER, "/login"));
    assert_eq!(client.get("/").await.location(), "/login");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_on_the_server_too() {
    let house = Hospital::empty().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let mut stolen = Client::nobody(&house.router);
    let page = client.get("/").await;
    let cookie = client.cookie();
    client.form("/logout", &[("token", page.token())]).await;
    let answer = stolen.ask(axum::http::Method::GET, "/", &[("cookie", &cookie)], None).await;
    assert_eq!(answer.location(), "/login");
}

/// Whoever holds a cookie of before comes no further than the log-in.
async fn is_out(house: &Hospital, cookie: &str) -> bool {
    let answer = Client::nobody(&house.router).ask(axum::http::Method::GET, "/", &[("cookie", cookie)], None).await;
    answer.location() == "/login"
}

#[tokio::test(flavor = "multi_thread")]
async fn logging_in_again_leaves_no_session_behind() {
    let house = Hospital::empty().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let before = client.cookie();
    assert!(!is_out(&house, &before).await);
    client.form("/login", &[("login", "kanri"), ("password", PASSWORD)]).await;
    assert!(client.cookie() != before && is_out(&house, &before).await);
    assert_eq!(client.get("/").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_every_other_session() {
    let house = Hospital::empty().await;
    let (mut here, there) =
        (Client::logged_in(&house.router, "kanri").await, Client::logged_in(&house.router, "kanri").await);
    let stranger = Client::logged_in(&house.router, "tantou").await;
    let before = here.cookie();
    let new = "atarashii pasu 2";
    let sent = [("old", PASSWORD), ("new", new), ("again", new)];
    assert_eq!(here.post("/password", "/password", &sent).await.status, StatusCode::SEE_OTHER);
    assert_eq!(here.get("/").await.status, StatusCode::OK, "whoever changed it stays in");
    assert!(is_out(&house, &before).await && is_out(&house, &there.cookie()).await);
    assert!(!is_out(&house, &stranger.cookie()).await, "others are left alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_logs_out_everywhere() {
    let house = Hospital::empty().await;
    let (mut here, there) =
        (Client::logged_in(&house.router, "kanri").await, Client::logged_in(&house.router, "kanri").await);
    let stranger = Client::logged_in(&house.router, "tantou").await;
    assert!(here.get("/password").await.text.contains("name=\"everywhere\""));
    let out = here.post("/password", "/logout", &[("everywhere", "yes")]).await;
    assert_eq!(out.location(), "/login");
    assert!(is_out(&house, &there.cookie()).await && !is_out(&house, &stranger.cookie()).await);
}

/// Eight hours unused, or a day of use.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_has_an_end() {
    const HOUR: i64 = 3_600_000_000;
    let house = Hospital::empty().await;
    let log_in = async || house.app.log_in("kanri", PASSWORD, "", "", clock()).await.unwrap().token;
    let lives =
        async |token: &str, hours: i64| house.app.session(token, clock() + hours * HOUR).await.unwrap().is_some();
    let idle = log_in().await;
    assert!(lives(&idle, 7).await && !lives(&idle, 15).await);
    let busy = log_in().await;
    for hours in [6, 12, 18, 23] {
        assert!(lives(&busy, hours).await, "{hours}");
    }
    assert!(!lives(&busy, 24).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_token_is_never_the_same_twice() {
    let house = Hospital::empty().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let (first, second) = (client.get("/").await.token().to_owned(), client.get("/").await.token().to_owned());
    assert_ne!(first, second);
    for token in [&first, &second] {
        let kept = client.form("/drafts/drop", &[("token", token)]).await;
        assert_eq!(kept.status, StatusCode::SEE_OTHER);
    }
    // A mask without anything under it is no token, nor is one of another session.
    let mut other = Client::logged_in(&house.router, "tantou").await;
    for token in [&first[..32], &first[32..], first.as_str()] {
        assert_eq!(other.form("/drafts/drop", &[("token", token)]).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(client.form("/drafts/drop", &[("token", &first[..32])]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_the_old_password_is_slowed_down_too() {
    let house = Hospital::empty().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let new = "atarashii pasu 2";
    for _ in 0..8 {
        client.post("/password", "/password", &[("old", "wrong"), ("new", new), ("again", new)]).await;
    }
    let right = client.post("/password", "/password", &[("old", PASSWORD), ("new", new), ("again", new)]).await;
    assert!(right.status == StatusCode::UNPROCESSABLE_ENTITY && right.text.contains("15分後"));
}

/// Guesses that come all at once get no more tries than guesses one after the other, but for those under way.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_guesses_is_slowed_down() {
    let house = Hospital::empty().await;
    let guess = |n: usize| {
        let mut client = Client::nobody(&house.router);
        async move { client.form("/login", &[("login", "kanri"), ("password", &format!("guess {n}"))]).await.text }
    };
    let answers = (0..30).map(guess).collect::<tokio::task::JoinSet<_>>().join_all().await;
    let tried = answers.iter().filter(|text| !text.contains("15分後")).count();
    assert!((8..12).contains(&tried), "{tried}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_say_nothing_and_are_slowed_down() {
    let house = Hospital::empty().await;
    let mut client = Client::nobody(&house.router);
    let known = client.form("/login", &[("login", "kanri"), ("password", "wrong")]).await;
    let unknown = client.form("/login", &[("login", "nobody"), ("password", "wrong")]).await;
    assert_eq!((known.status, unknown.status), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    assert_eq!(known.text.replace("kanri", "nobody"), unknown.text);
    for _ in 0..8 {
        client.form("/login", &[("login", "kanri"), ("password", "wrong")]).await;
    }
    let right = client.form("/login", &[("login", "kanri"), ("password", PASSWORD)]).await;
    assert_eq!(right.status, StatusCode::UNAUTHORIZED);
    assert!(right.text.contains("15分後"));
}

#[tokio::test(flavor = "multi_thread")]
async fn logging_in_leads_to_no_other_site() {
    let house = Hospital::empty().await;
    for next in ["https://evil.example/", "//evil.example/", "/\\evil.example"] {
        let mut client = Client::nobody(&house.router);
        let done = client.form("/login", &[("login", "kanri"), ("password", PASSWORD), ("next", next)]).await;
        assert_eq!(done.location(), "/", "{next}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_password_has_to_be_changed() {
    let house = Hospital::empty().await;
    let mut client = Client::logged_in(&house.router, "shinjin").await;
    for page in ["/", "/board", "/registers", "/profile"] {
        assert_eq!(client.get(page).await.location(), "/password", "{page}");
    }
    let new = "atarashii pasu 2";
    for (again, said) in [("other", "確認用"), (PASSWORD, "違います")] {
        let sent = [("old", PASSWORD), ("new", new), ("again", again)];
        let refused = client.post("/password", "/password", &sent).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains(said), "{again}");
    }
    let done = client.post("/password", "/password", &[("old", PASSWORD), ("new", new), ("again", new)]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(client.get("/").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_of_other_sites_are_refused() {
    let house = Hospital::seeded().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let token = client.get("/").await.token().to_owned();
    let device = format!("/records/{}/edit", house.id("no-serial"));
    let good = [("token", token.as_str()), ("rev", "1"), ("f.name", "x")];
    let forged: [&[(&str, &str)]; 4] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
    ];
    for headers in forged {
        assert_eq!(client.send(&device, &good, headers).await.status, StatusCode::FORBIDDEN, "{headers:?}");
    }
    for token in ["", "0123456789abcdef0123456789abcdef"] {
        let fields = [("token", token), ("rev", "1"), ("f.name", "x")];
        let answer = client.send(&device, &fields, &[("sec-fetch-site", "same-origin")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "token {token:?}");
    }
    let record = client.get(&format!("/records/{}", house.id("no-serial"))).await;
    assert!(record.text.contains("検査科 解析端末"), "nothing was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_is_kept() {
    let house = Hospital::empty().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    assert!(client.get("/board").await.text.contains("<html lang=\"ja\">"));
    let switched = client.form("/language", &[("lang", "en"), ("back", "/board")]).await;
    assert_eq!((switched.status, switched.location()), (StatusCode::SEE_OTHER, "/board"));
    let board = client.get("/board").await;
    assert!(board.text.contains("<html lang=\"en\">") && board.text.contains("Compliance board"));
    assert_eq!(client.form("/language", &[("lang", "en"), ("back", "//evil")]).await.location(), "/");
    let mut other = Client::logged_in(&house.router, "kanri").await;
    assert!(other.get("/board").await.text.contains("<html lang=\"en\">"), "the account keeps it, not the browser");
    other.form("/language", &[("lang", "ja"), ("back", "/")]).await;
    assert!(client.get("/board").await.text.contains("<html lang=\"ja\">"), "an older cookie says nothing");
    let mut nobody = Client::nobody(&house.router);
    let switched = nobody.form("/language", &[("lang", "en"), ("back", "/login?next=%2Fboard")]).await;
    assert_eq!(switched.location(), "/login?next=%2Fboard&lang=en");
    assert!(nobody.get("/login").await.text.contains("<html lang=\"en\">"), "before the log-in the cookie speaks");
    assert!(client.get("/board").await.text.contains("<html lang=\"ja\">"));
    let door = nobody.get(switched.location()).await;
    assert!(door.text.contains("name=\"lang\" value=\"en\""), "what is chosen at the door goes along");
    nobody.form("/login", &[("login", "kanri"), ("password", PASSWORD), ("lang", "en")]).await;
    assert!(nobody.get("/board").await.text.contains("<html lang=\"en\">"));
    assert!(client.get("/board").await.text.contains("<html lang=\"en\">"), "and stays with the account");
}

/// Nobody has to log in to send these, and everybody may send only so much.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_has_an_end() {
    let house = Hospital::empty().await;
    let mut anybody = Client::nobody(&house.router);
    let long = "x".repeat(20_000);
    assert_eq!(anybody.form("/language", &[("back", &long)]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let many = vec![("password", ""); 20_001];
    assert_eq!(anybody.form("/login", &many).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let sent = vec![("reason", "x"); 20_000];
    assert_eq!(client.post("/profile", "/profile", &sent).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_ne!(client.post("/profile", "/profile", &sent[..1000]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let file: (&str, &[u8]) = ("a.csv", b"x");
    let sent = client.upload("/import", "/import", &[("register", "device")], &[file; 101]).await;
    assert_eq!(sent.status, StatusCode::PAYLOAD_TOO_LARGE);
}
