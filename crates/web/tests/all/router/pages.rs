//! What pages say: headers, errors, other days, lists, items.

use axum::http::{StatusCode, header};

use super::client::Client;
use crate::hospital::Hospital;

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_its_headers() {
    let house = Hospital::empty().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    for (page, status) in [("/", 200), ("/board", 200), ("/login", 200), ("/nowhere", 404), ("/health", 200)] {
        let answer = client.get(page).await;
        assert_eq!(answer.status.as_u16(), status, "{page}");
        let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{policy}");
        assert!(!policy.contains("unsafe"));
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store", "{page}");
    }
}

/// The policy forbids inline code and styles; the pages must not contain what it would block.
#[tokio::test(flavor = "multi_thread")]
async fn no_page_has_anything_inline() {
    let house = Hospital::seeded().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    for page in pages(&house) {
        let answer = client.get(&page).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}");
        for banned in [" style=\"", "<style", " onclick=", " onchange=", "javascript:", "http://", "https://"] {
            let found = answer.text.find(banned).map(|at| answer.text[at..].chars().take(80).collect::<String>());
            assert_eq!(found, None, "{page}");
        }
        assert!(!answer.text.contains('⟨'), "{page}: a text is missing");
        let scripts = answer.text.matches("<script").count();
        assert_eq!(scripts, answer.text.matches("<script src=\"/assets/").count(), "{page}");
    }
}

/// One of every kind of page.
pub(crate) fn pages(house: &Hospital) -> Vec<String> {
    let record = |name: &str| format!("/records/{}", house.id(name));
    let mut out: Vec<String> = [
        "/",
        "/board",
        "/board?v=not-satisfied",
        "/items/6.2",
        "/items/7.5",
        "/registers",
        "/registers?all=1",
        "/registers/device",
        "/registers/contract?state=all&sort=to",
        "/registers/device/new",
        "/registers/contract/new",
        "/disposals",
        "/disposals/new?register=device",
        "/findings",
        "/findings/leaver_ids_still_enabled",
        "/profile",
        "/state",
        "/password",
        "/import",
        "/import?register=device",
        "/anchors",
        "/anchors/new?kind=tsa",
        "/anchors/new?kind=witness",
        "/anchors/paper",
    ]
    .map(String::from)
    .into();
    out.extend(["no-serial", "cyber", "maintenance", "pending", "hanako", "usb"].map(record));
    out.push(record("cyber") + "/edit");
    out.push(record("cyber") + "/proof/1");
    out.push(record("no-serial") + "/resolve?field=place&text=%E9%99%A2%E5%86%851F%E5%A5%A5");
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_pages_in_both_languages() {
    let house = Hospital::empty().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let ja = client.get("/nowhere").await;
    assert!(ja.text.contains("見つかりません") && ja.text.contains("<nav"));
    client.form("/language", &[("lang", "en"), ("back", "/")]).await;
    for (page, status, said) in [
        ("/nowhere", 404, "Not found"),
        ("/items/99.9", 404, "Not found"),
        ("/records/not-an-id", 404, "Not found"),
        ("/board?as_of=yesterday", 400, "cannot be read"),
        ("/logout", 405, "Not possible this way"),
    ] {
        let answer = client.get(page).await;
        assert_eq!(answer.status.as_u16(), status, "{page}");
        assert!(answer.text.contains(said), "{page}: {}", answer.text);
    }
    let mut nobody = Client::nobody(&house.router);
    let answer = nobody.ask(axum::http::Method::GET, "/nowhere", &[("accept-language", "en-GB,en;q=0.9")], None).await;
    assert!(answer.text.contains("Not found") && !answer.text.contains("<nav"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_board_looks_ahead_and_back() {
    let house = Hospital::seeded().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    // The risk report of December 2025 holds for a year: today, but no more in spring.
    let today = client.get("/items/6.1").await.text;
    let later = client.get("/items/6.1?as_of=2027-03-31").await.text;
    let first = |page: &str| page.split("id=\"part-1\"").nth(1).unwrap().split("</article>").next().unwrap().to_owned();
    assert!(first(&today).contains("verdict-satisfied"), "{}", first(&today));
    assert!(first(&today).contains("2026-12"), "says when it lapses: {}", first(&today));
    assert!(!first(&later).contains("verdict-satisfied"), "{}", first(&later));
    let board = client.get("/board?as_of=2027-03-31").await.text;
    assert!(board.contains("value=\"2027-03-31\"") && board.contains("/items/6.1?as_of=2027-03-31"));
    // The report was entered when this hospital began; the day before nobody knew of it.
    let then = client.get("/items/6.1?as_of=2026-06-30&known=2000-01-01").await.text;
    assert!(!first(&then).contains("verdict-satisfied"), "{}", first(&then));
    assert!(then.contains("2000-01-01 までに記録されたことだけで判定しています"));
    let board = client.get("/board?known=2000-01-01").await.text;
    assert!(board.contains("/items/6.1?known=2000-01-01") && !board.contains("class=\"chip verdict-satisfied"));
    let now = client.get("/items/6.1?as_of=2026-06-30").await.text;
    assert!(first(&now).contains("verdict-satisfied"), "{}", first(&now));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_board_is_filtered() {
    let house = Hospital::seeded().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let lines = |page: &str| page.matches("<li class=\"line").count();
    let all = lines(&client.get("/board").await.text);
    assert_eq!(all, house.app.catalog().items.len());
    for query in ["v=satisfied", "p=planned", "m=approve", "a=operator", "l=30", "q=6.2"] {
        let found = lines(&client.get(&format!("/board?{query}")).await.text);
        assert!(found > 0 && found < all, "{query}: {found} of {all}");
    }
    let planned = client.get("/board?p=planned").await.text;
    assert!(planned.contains("計画中(2027-01-31まで)"), "未着手, 計画中 and 不備 are told apart");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_search_filter_sort_and_page() {
    let house = Hospital::seeded().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let codes = |page: &str| -> Vec<String> {
        let rows = page.split("<th scope=\"row\">").skip(1);
        rows.map(|r| r.split("\">").nth(1).unwrap().split('<').next().unwrap().to_owned()).collect()
    };
    let first = codes(&client.get("/registers/device").await.text);
    let second = codes(&client.get("/registers/device?page=2").await.text);
    assert_eq!((first.len(), second.len()), (50, 11));
    assert_eq!(first[..3], ["AST-2026-0001", "AST-2026-0002", "AST-2026-0003"], "D-2 comes before D-10");
    let down = codes(&client.get("/registers/device?sort=asset_no&dir=desc").await.text);
    assert_eq!(down[..2], ["AST-2026-0999", "AST-2026-0060"]);
    let servers = codes(&client.get("/registers/device?f.kind=server").await.text);
    assert_eq!(servers.len(), 6);
    // 全角 and half-width are the same; words of an unresolved link are found.
    assert_eq!(
        codes(&client.get("/registers/device?q=%EF%BC%A4%EF%BC%8D%EF%BC%99%EF%BC%99%EF%BC%99").await.text),
        ["AST-2026-0999"]
    );
    assert_eq!(codes(&client.get("/registers/device?q=1F%E5%A5%A5").await.text), ["AST-2026-0999"]);
    assert!(codes(&client.get("/registers/device?q=nothing").await.text).is_empty());
    let of_vendor = format!("/registers/contract?state=all&to={}", house.id("medical"));
    assert_eq!(codes(&client.get(&of_vendor).await.text), ["CTR-2026-0001"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_name_their_rows() {
    let house = Hospital::seeded().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let page = client.get("/findings/leaver_ids_still_enabled").await.text;
    assert!(page.contains("UID-2026-0001") && page.contains("2026-03-31") && !page.contains("UID-2026-0002"));
    assert!(client.get("/items/13.3").await.text.contains("/findings/leaver_ids_still_enabled"));
    let home = client.get("/").await.text;
    assert!(home.contains("class=\"task\" href=\"/findings\""), "grave ones are a task of the day");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_hospital_is_shown_the_way_in() {
    let house = Hospital::empty().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let home = client.get("/").await.text;
    let steps = home.matches("href=\"/import?register=").count();
    assert_eq!(steps, 9, "the nine ledgers a hospital has");
    let at = |key: &str| home.find(&format!("/import?register={key}\"")).unwrap();
    assert!(at("device") < at("storage"), "in their order");
    assert!(home.contains("/profile?open=1"));
    let registers = client.get("/registers").await.text;
    let all = client.get("/registers?all=1").await.text;
    assert!(registers.matches("class=\"tile").count() < all.matches("class=\"tile").count());
    let catalog = house.app.catalog();
    assert_eq!(all.matches("<li class=\"tile").count(), catalog.registers.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn registers_come_out_as_workbooks() {
    let house = Hospital::seeded().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let book = client.get("/registers/device/export").await;
    assert_eq!(book.status, StatusCode::OK);
    assert!(book.headers[header::CONTENT_DISPOSITION].to_str().unwrap().contains("device-2026-11-22.xlsx"));
    assert!(book.text.starts_with("PK"));
}
