//! Every page in both languages at two widths: no violation found by axe, no sideways scrolling.
//! With `AKASHI_SHOTS=folder` pictures of all of them are kept for looking at.

use std::path::PathBuf;

use akashi_app::witness::Witness;
use akashi_testkit::{Browser, Scratch};

use crate::hospital::{Hospital, PASSWORD};
use crate::router_pages as pages;

/// The log-in page in a language, as nobody in particular.
pub(crate) async fn begin(browser: &Browser, base: &str, lang: &str) {
    browser.goto(&format!("{base}/login")).await.unwrap();
    browser.forget_cookies().await.unwrap();
    browser.goto(&format!("{base}/login")).await.unwrap();
    browser.follow(&format!(".language [value={lang}]")).await.unwrap();
}

/// Logs in, in the language chosen at the door if somebody stands there.
pub(crate) async fn log_in(browser: &Browser, base: &str, login: &str) {
    let door = format!("{base}/login");
    if !browser.url().await.unwrap().starts_with(&door) {
        browser.goto(&door).await.unwrap();
    }
    browser.fill("#login", login).await.unwrap();
    browser.fill("#password", PASSWORD).await.unwrap();
    browser.follow("form.stack button").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_open_to_everybody() {
    let Some(browser) = Browser::for_story("every_page_is_open_to_everybody", "ja").await else { return };
    let house = Hospital::seeded().await;
    let base = house.serve().await;
    let mut faults = Vec::new();
    for lang in ["ja", "en"] {
        begin(&browser, &base, lang).await;
        look(&browser, &base, lang, "/login", &mut faults).await;
        begin(&browser, &base, lang).await;
        log_in(&browser, &base, "kanri").await;
        assert_eq!(browser.attribute("html", "lang").await.unwrap().as_deref(), Some(lang));
        for page in pages(&house).into_iter().chain(["/nowhere".into()]) {
            look(&browser, &base, lang, &page, &mut faults).await;
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_hospital_looks_inviting() {
    let Some(browser) = Browser::for_story("an_empty_hospital_looks_inviting", "ja").await else { return };
    let house = Hospital::empty().await;
    let base = house.serve().await;
    log_in(&browser, &base, "kanri").await;
    let mut faults = Vec::new();
    for page in ["/", "/board", "/registers", "/findings", "/profile"] {
        look(&browser, &base, "ja-empty", page, &mut faults).await;
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// An anchor is added without a script: a form with faults, the one that changes it, and the page it comes back to.
#[tokio::test(flavor = "multi_thread")]
async fn an_anchor_is_added_by_hand() {
    let Some(browser) = Browser::for_story("an_anchor_is_added_by_hand", "ja").await else { return };
    let house = Hospital::empty().await;
    let base = house.serve().await;
    let folder = Scratch::new("witness");
    let key = Witness::create(folder.path(), "w.example/w", &[5; 32]).unwrap();
    log_in(&browser, &base, "kanri").await;
    browser.goto(&format!("{base}/anchors")).await.unwrap();
    browser.follow("[href='/anchors/new?kind=witness']").await.unwrap();
    browser.fill("#name", "隣の病院").await.unwrap();
    browser.fill("#url", "w.example").await.unwrap();
    browser.follow("main form .primary").await.unwrap();
    assert!(browser.text("#url-fault").await.unwrap().contains("http://"));
    assert!(browser.text("#trust-fault").await.unwrap().contains("akashi witness key"));
    let mut faults: Vec<String> = browser.axe().await.unwrap();
    browser.fill("#url", "http://w.example").await.unwrap();
    browser.fill("#trust", &key.verifier().to_string()).await.unwrap();
    browser.follow("main form .primary").await.unwrap();
    assert!(browser.text(".notice").await.unwrap().contains("加えました"));
    let anchor = house.app.anchors().await.unwrap().remove(0);
    for page in ["/anchors".to_owned(), format!("/anchors/{}/edit", anchor.id)] {
        look(&browser, &base, "ja-anchor", &page, &mut faults).await;
    }
    browser.press("[name=enabled]", " ").await.unwrap();
    browser.follow("main form .primary").await.unwrap();
    assert!(browser.text(".anchor").await.unwrap().contains("停止中"));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

pub(crate) async fn look(browser: &Browser, base: &str, lang: &str, page: &str, faults: &mut Vec<String>) {
    for width in [1280, 390] {
        browser.viewport(width, 900).await.unwrap();
        browser.goto(&format!("{base}{page}")).await.unwrap();
        faults.extend(browser.axe().await.unwrap().into_iter().map(|f| format!("{lang} {width} {page}: {f}")));
        let wide = browser.overflow().await.unwrap();
        if wide > 0 {
            faults.push(format!("{lang} {width} {page}: {wide} px wider than the screen"));
        }
        if let Some(folder) = std::env::var_os("AKASHI_SHOTS") {
            let name: String = page.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(60).collect();
            let file = PathBuf::from(folder).join(format!("{lang}-{width}{name}.png"));
            browser.full_screenshot(width, &file).await.unwrap();
            browser.print(&file.with_extension("pdf")).await.unwrap();
        }
    }
}
