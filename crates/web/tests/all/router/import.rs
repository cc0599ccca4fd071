//! Importing: preview first, mapping by hand, nothing changed before the confirmation, the same file twice.

use axum::http::StatusCode;

use super::client::Client;
use crate::hospital::{Hospital, clock};

const DEVICES: &str = "\u{feff}医療情報機器台帳,,,,\r\n管理番号,機器名称,種別,製造番号,謎の列\r\nM-1,受付端末,PC,S1,あ\r\nM-2,画像サーバ,サーバ,S2,い\r\n";

async fn devices(house: &Hospital) -> usize {
    let live = house.app.live(clock()).await.unwrap();
    live.evaluator.view().rows_of("device").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_looked_at_before_it_counts() {
    let house = Hospital::empty().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let files = [("R8機器台帳.csv", DEVICES.as_bytes())];
    let sent = client.upload("/import", "/import", &[("register", "")], &files).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let page = sent.location().to_owned();
    let preview = client.get(&page).await.text;
    assert!(
        preview.contains("まだ何も変わっていません") && preview.contains("情報機器台帳"),
        "the name tells the register"
    );
    assert!(preview.contains("謎の列") && preview.contains("R8機器台帳.csv"));
    assert_eq!(devices(&house).await, 0, "nothing is written by looking");

    let done = client.post(&page, &page, &[("as", "import")]).await;
    assert_eq!(done.location(), page);
    let report = client.get(&page).await.text;
    assert!(report.contains("取り込みました"));
    assert_eq!(devices(&house).await, 2);
    let list = client.get("/registers/device?q=%E5%8F%97%E4%BB%98").await.text;
    assert!(list.contains("受付端末"));
    assert_eq!(client.post("/import", &page, &[("as", "import")]).await.status, StatusCode::NOT_FOUND, "done is done");

    let again = client.upload("/import", "/import", &[("register", "device")], &files).await;
    let preview = client.get(again.location()).await.text;
    assert!(!preview.contains("value=\"import\""), "the same file brings nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_is_mapped_by_hand_and_remembered() {
    let house = Hospital::empty().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let files = [("機器.csv", DEVICES.as_bytes())];
    let page = client.upload("/import", "/import", &[("register", "device")], &files).await.location().to_owned();
    let preview = client.get(&page).await.text;
    let odd = select_of(&preview, "謎の列");
    let choices = [("as", "look"), (odd.as_str(), "model")];
    let looked = client.post(&page, &page, &all_of(&preview, &choices)).await;
    assert_eq!(looked.location(), page);
    assert_eq!(devices(&house).await, 0);
    let preview = client.get(&page).await.text;
    client.post(&page, &page, &all_of(&preview, &[("as", "import")])).await;
    {
        let live = house.app.live(clock()).await.unwrap();
        let register = house.app.catalog().register_by_key("device").unwrap();
        let models = live.evaluator.view().rows_of("device").iter().map(|v| v.get(register, "model").clone());
        assert_eq!(models.collect::<Vec<_>>(), ["あ", "い"].map(|t| akashi_domain::Value::Text(t.into())));
    }
    let more = DEVICES.replace("M-1", "M-3").replace("M-2", "M-4");
    let files = [("機器2.csv", more.as_bytes())];
    let page = client.upload("/import", "/import", &[("register", "device")], &files).await.location().to_owned();
    let preview = client.get(&page).await.text;
    assert!(preview.contains("前回この書式で決めた対応付け"));
}

/// Name of the select beside a header.
fn select_of(page: &str, header: &str) -> String {
    let row = page.split("<tr>").find(|row| row.contains(header) && row.contains("<select")).unwrap();
    row.split("<select name=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// What the form holds, with some choices changed.
fn all_of<'a>(page: &'a str, changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut out = changes.to_vec();
    for select in page.split("<select name=\"").skip(1) {
        let name = select.split('"').next().unwrap();
        let body = select.split("</select>").next().unwrap();
        let chosen = body.split("<option value=\"").skip(1).find(|o| o.split('>').next().unwrap().contains("selected"));
        if !changes.iter().any(|(n, _)| *n == name) {
            out.push((name, chosen.map_or("", |o| o.split('"').next().unwrap())));
        }
    }
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_files_get_a_clear_answer() {
    let house = Hospital::empty().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let nothing = client.upload("/import", "/import", &[("register", "device")], &[]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    let which = client.upload("/import", "/import", &[("register", "")], &[("x.csv", b"a,b\r\n1,2\r\n")]).await;
    assert!(which.status == StatusCode::UNPROCESSABLE_ENTITY && which.text.contains("どの台帳か"));
    let broken = client
        .upload("/import", "/import", &[("register", "device")], &[("壊れた.xlsx", b"PK\x03\x04 no zip at all")])
        .await;
    let preview = client.get(broken.location()).await.text;
    assert!(preview.contains("壊れた.xlsx") && !preview.contains("value=\"import\""));
    let large = vec![b'x'; 2 << 20];
    let answer = client.upload("/import", "/import", &[("register", "device")], &[("大.csv", &large)]).await;
    assert!(answer.status == StatusCode::PAYLOAD_TOO_LARGE && answer.text.contains("1.0 MB"), "the limit is named");
    let unknown = client.upload("/import", "/import", &[("register", "no-such")], &[("x.csv", b"a\r\n1\r\n")]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(devices(&house).await, 0);
}

/// An upload belongs to whoever sent it.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_sees_an_upload() {
    let house = Hospital::empty().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let files = [("機器.csv", DEVICES.as_bytes())];
    let page = client.upload("/import", "/import", &[("register", "device")], &files).await.location().to_owned();
    let mut other = Client::logged_in(&house.router, "tantou").await;
    let gone = other.get(&page).await;
    assert!(gone.status == StatusCode::NOT_FOUND && gone.text.contains("取り込みの確認は終わっています"));
    assert!(gone.text.contains(r#"class="button primary" href="/import""#), "the way on");
    assert_eq!(other.post("/import", &page, &[("as", "import")]).await.status, StatusCode::NOT_FOUND);
    let mut staff = Client::logged_in(&house.router, "shokuin").await;
    let refused = staff.upload("/", "/import", &[("register", "device")], &files).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}
