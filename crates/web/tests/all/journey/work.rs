//! A morning's work: log in, look at the board, find the row, put it right, see the verdict follow. With and without scripts.

use akashi_domain::Value;
use akashi_testkit::{Browser, Scratch};

use super::looks::{begin, log_in, look};
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

/// A ledger as a hospital keeps it: title row, an era date, words nobody knows, a column of its own.
const LEDGER: &str = "医療情報機器台帳(令和8年度),,,,,\r\n管理番号,機器名称,種別,設置場所,確認日,謎の列\r\n\
                      M-1,受付端末,PC,院内1F奥,R8.10.1,あ\r\nM-2,画像サーバ,サーバ,サーバ室,2026/10/2,\r\n,,PC,,来月,い\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_hospitals_own_file_is_imported() {
    let Some(browser) = Browser::for_story("a_hospitals_own_file_is_imported", "ja").await else { return };
    let scratch = Scratch::new("import");
    let file = scratch.file("01_機器台帳_R8年度.csv", LEDGER);
    let mut faults = Vec::new();
    for (lang, unchanged, imported) in
        [("ja", "まだ何も変わっていません", "取り込みました"), ("en", "Nothing has been changed yet", "Imported")]
    {
        let house = Hospital::empty().await;
        let base = house.serve().await;
        begin(&browser, &base, lang).await;
        log_in(&browser, &base, "kanri").await;
        look(&browser, &base, &format!("{lang}-first"), "/", &mut faults).await;
        browser.follow("a[href='/import?register=device']").await.unwrap();
        browser.upload("#files", &file).await.unwrap();
        browser.follow("main form .primary").await.unwrap();
        let preview = browser.url().await.unwrap();
        let preview = preview.strip_prefix(&base).unwrap();
        look(&browser, &base, &format!("{lang}-preview"), preview, &mut faults).await;
        assert!(browser.text(".lead").await.unwrap().contains(unchanged), "{lang}");
        assert!(browser.attribute("details.fold", "open").await.unwrap().is_some(), "{lang}: a column to look at");
        browser.follow("button[value=import]").await.unwrap();
        assert!(browser.text(".notice").await.unwrap().contains(imported), "{lang}");
        look(&browser, &base, &format!("{lang}-imported"), preview, &mut faults).await;
        browser.goto(&format!("{base}/registers/device")).await.unwrap();
        assert_eq!(browser.texts("tbody tr").await.unwrap().len(), 3, "{lang}");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Everything that has to be done is done by forms and links alone.
#[tokio::test(flavor = "multi_thread")]
async fn the_main_jobs_go_without_scripts() {
    let Some(browser) = Browser::for_story("the_main_jobs_go_without_scripts", "ja").await else { return };
    browser.javascript(false).await.unwrap();
    let house = Hospital::seeded().await;
    let base = house.serve().await;
    let scratch = Scratch::new("import");
    let file = scratch.file("機器.csv", LEDGER);
    browser.viewport(1280, 900).await.unwrap();
    log_in(&browser, &base, "kanri").await;
    // Judge: another day, one verdict only.
    browser.follow(".nav [href='/board']").await.unwrap();
    browser.choose("#filter-v", "not-satisfied").await.unwrap();
    browser.follow(".filter-buttons .button").await.unwrap();
    browser.fill("#as-of", "2027-03-31").await.unwrap();
    browser.follow(".as-of button").await.unwrap();
    assert!(browser.text(".notice.ahead").await.unwrap().contains("2027-03-31"));
    assert!(browser.url().await.unwrap().contains("v=not-satisfied"), "the filter stays");
    // Bring in a ledger.
    browser.follow(".nav [href='/import']").await.unwrap();
    browser.choose("#register", "device").await.unwrap();
    browser.upload("#files", &file).await.unwrap();
    browser.follow("main form .primary").await.unwrap();
    browser.follow("button[value=import]").await.unwrap();
    assert!(browser.text(".notice").await.unwrap().contains("取り込みました"));
    // Answer a question of the profile.
    browser.follow(".nav [href='/profile']").await.unwrap();
    browser.click("#q-outsourcing [value=yes]").await.unwrap();
    browser.fill("#b-outsourcing", "契約の一覧で確かめた").await.unwrap();
    browser.fill("#by", "架空 花子").await.unwrap();
    browser.follow(".actions.bottom .primary").await.unwrap();
    assert!(browser.text(".notice").await.unwrap().contains("回答を記録しました"));
    // Look after the installation, print the sheet for the safe.
    browser.follow(".nav [href='/state']").await.unwrap();
    assert!(browser.text(".tasks").await.unwrap().contains("akashi backup"));
    browser.follow("[href='/anchors']:not(.nav *)").await.unwrap();
    browser.follow("[href='/anchors/paper']").await.unwrap();
    assert!(browser.text(".paper").await.unwrap().contains("令和8年11月22日"));
    log_out(&browser).await;

    // Management sends a decision back, with a reason.
    log_in(&browser, &base, "incho").await;
    browser.goto(&format!("{base}/records/{}", house.id("pending"))).await.unwrap();
    browser.click("[action$='/moves/return'] summary").await.unwrap();
    browser.fill("#reason-return", "施行日を見直してください").await.unwrap();
    browser.follow("[action$='/moves/return'] .primary").await.unwrap();
    assert!(browser.text(".past").await.unwrap().contains("施行日を見直してください"));
    log_out(&browser).await;
}

/// The menu of the person is a disclosure, which opens without scripts too.
async fn log_out(browser: &Browser) {
    browser.click(".who summary").await.unwrap();
    browser.follow("[action='/logout'] button").await.unwrap();
    assert!(browser.title().await.unwrap().starts_with("ログイン"));
}

/// A session that ended while a form was open takes nothing away but the files.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_outlives_the_session() {
    let Some(browser) = Browser::for_story("what_was_typed_outlives_the_session", "ja").await else { return };
    let house = Hospital::seeded().await;
    let base = house.serve().await;
    let scratch = Scratch::new("kept");
    let file = scratch.file("現物写真.txt", "しゃしん");
    log_in(&browser, &base, "kanri").await;
    browser.goto(&format!("{base}/records/{}/edit", house.id("no-serial"))).await.unwrap();
    browser.fill("[name='f.serial']", "SN-78").await.unwrap();
    browser.fill("#reason", "銘板を\"見た\" <現物>").await.unwrap();
    browser.press("details.card summary", "\u{E007}").await.unwrap();
    browser.upload("[type=file][name='f.evidence']", &file).await.unwrap();
    browser.forget_cookies().await.unwrap();
    browser.follow(".actions.bottom .primary").await.unwrap();
    assert!(browser.text(".alert").await.unwrap().contains("入力した文字は残っています"));
    assert_eq!(browser.axe().await.unwrap(), [""; 0]);
    browser.fill("#login", "kanri").await.unwrap();
    browser.fill("#password", "chigau pasu 99").await.unwrap();
    browser.follow("form.stack button").await.unwrap();
    assert!(browser.text(".alert").await.unwrap().contains("違います"), "a wrong password keeps it too");
    log_in(&browser, &base, "kanri").await;
    assert!(browser.text("h1").await.unwrap().contains("入力の続き"));
    assert!(browser.text(".alert").await.unwrap().contains("現物写真.txt"), "the file has to be chosen again");
    assert_eq!(browser.axe().await.unwrap(), [""; 0]);
    browser.follow(".actions .primary").await.unwrap();
    assert_eq!(browser.value("[name='f.serial']").await.unwrap(), "SN-78");
    assert_eq!(browser.value("#reason").await.unwrap(), "銘板を\"見た\" <現物>");
    browser.follow(".actions.bottom .primary").await.unwrap();
    assert!(browser.text(".past").await.unwrap().contains("SN-78"));
}
