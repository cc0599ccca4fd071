//! A morning's work: log in, look at the board, find the row, put it right, see the verdict follow. With and without scripts.

use akashi_domain::Value;
use akashi_testkit::{Browser, Scratch};

use super::looks::{log_in, look};
use crate::hospital::{Hospital, clock};

#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_put_right() {
    let Some(browser) = Browser::for_story("a_row_is_put_right", "ja").await else { return };
    let house = Hospital::seeded().await;
    walk(&browser, &house).await;
    let live = house.app.live(clock()).await.unwrap();
    let version = live.world.latest(house.id("no-serial")).unwrap();
    assert_eq!(version.get(house.app.catalog().register(version.register), "serial"), &Value::Text("SN-77".into()));
}

/// The same without JavaScript.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_put_right_without_scripts() {
    let Some(browser) = Browser::for_story("a_row_is_put_right_without_scripts", "ja").await else { return };
    browser.javascript(false).await.unwrap();
    let house = Hospital::seeded().await;
    walk(&browser, &house).await;
    let live = house.app.live(clock()).await.unwrap();
    assert_eq!(live.world.latest(house.id("no-serial")).unwrap().rev, 2);
}

async fn walk(browser: &Browser, house: &Hospital) {
    let base = house.serve().await;
    browser.viewport(1280, 900).await.unwrap();
    log_in(browser, &base, "kanri").await;
    assert!(browser.title().await.unwrap().starts_with("ホーム"));
    browser.follow(".nav [href='/board']").await.unwrap();
    browser.follow("[href='/items/9.2']").await.unwrap();
    assert!(browser.text("h1").await.unwrap().contains("9.2"));
    browser.follow(".nav [href='/registers']").await.unwrap();
    browser.follow(".tile [href='/registers/device']").await.unwrap();
    browser.fill("#q", "解析端末").await.unwrap();
    browser.follow(".filters button").await.unwrap();
    assert_eq!(browser.texts("tbody th").await.unwrap(), ["AST-2026-0999"]);
    browser.follow("tbody th a").await.unwrap();
    browser.follow(".actions .primary").await.unwrap();
    browser.fill("[name='f.serial']", "SN-77").await.unwrap();
    browser.fill("#reason", "現物を確認").await.unwrap();
    browser.follow(".actions.bottom .primary").await.unwrap();
    assert!(browser.text(".notice").await.unwrap().contains("保存しました"));
    assert!(browser.text(".past").await.unwrap().contains("SN-77"));
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_is_attached_and_taken_out_again() {
    let Some(browser) = Browser::for_story("evidence_is_attached_and_taken_out_again", "ja").await else { return };
    let house = Hospital::seeded().await;
    let base = house.serve().await;
    let scratch = Scratch::new("evidence");
    let file = scratch.file("現物写真.txt", "しゃしん");
    log_in(&browser, &base, "kanri").await;
    let record = format!("{base}/records/{}", house.id("no-serial"));
    browser.goto(&format!("{record}/edit")).await.unwrap();
    browser.press("details.card summary", "\u{E007}").await.unwrap();
    browser.upload("[type=file][name='f.evidence']", &file).await.unwrap();
    browser.follow(".actions.bottom .primary").await.unwrap();
    assert!(browser.text("a.file").await.unwrap().contains("現物写真.txt"));
    let href = browser.attribute("a.file", "href").await.unwrap().unwrap();
    let script = "const r = await fetch(arguments[0]); return [await r.text(), r.headers.get('content-disposition')]";
    let got = browser.script(script, serde_json::json!([href])).await.unwrap();
    assert_eq!(got[0], "しゃしん");
    assert!(got[1].as_str().unwrap().starts_with("attachment"));
}

#[tokio::test(flavor = "multi_thread")]
async fn languages_and_days_are_switched() {
    let Some(browser) = Browser::for_story("languages_and_days_are_switched", "en").await else { return };
    let house = Hospital::seeded().await;
    let base = house.serve().await;
    browser.goto(&base).await.unwrap();
    assert!(browser.title().await.unwrap().starts_with("Log in"), "the browser's own language");
    log_in(&browser, &base, "kanri").await;
    browser.goto(&format!("{base}/board?v=not-satisfied")).await.unwrap();
    browser.follow(".language [value=en]").await.unwrap();
    assert!(browser.title().await.unwrap().starts_with("Compliance board"));
    assert!(browser.url().await.unwrap().ends_with("/board?v=not-satisfied"), "stays where it was");
    browser.fill("#as-of", "2027-03-31").await.unwrap();
    browser.follow(".as-of button").await.unwrap();
    assert!(browser.text(".notice.ahead").await.unwrap().contains("2027-03-31"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hospitals_own_file_is_imported() {
    let Some(browser) = Browser::for_story("a_hospitals_own_file_is_imported", "ja").await else { return };
    let house = Hospital::empty().await;
    let base = house.serve().await;
    let scratch = Scratch::new("import");
    let rows = "医療情報機器台帳(令和8年度),,,,,\r\n管理番号,機器名称,種別,設置場所,確認日,謎の列\r\n\
                M-1,受付端末,PC,院内1F奥,R8.10.1,あ\r\nM-2,画像サーバ,サーバ,サーバ室,2026/10/2,\r\n,,PC,,来月,い\r\n";
    let file = scratch.file("01_機器台帳_R8年度.csv", rows);
    log_in(&browser, &base, "kanri").await;
    browser.follow("a[href='/import?register=device']").await.unwrap();
    browser.upload("#files", &file).await.unwrap();
    browser.follow("main form .primary").await.unwrap();
    let preview = browser.url().await.unwrap();
    let mut faults = Vec::new();
    look(&browser, &base, "ja-preview", preview.strip_prefix(&base).unwrap(), &mut faults).await;
    browser.follow("button[value=import]").await.unwrap();
    assert!(browser.text(".notice").await.unwrap().contains("取り込みました"));
    look(&browser, &base, "ja-imported", preview.strip_prefix(&base).unwrap(), &mut faults).await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    browser.goto(&format!("{base}/registers/device")).await.unwrap();
    assert_eq!(browser.texts("tbody tr").await.unwrap().len(), 3);
}
