//! The verifier page, opened from a file: good, changed, forged and hostile bundles get the very report the native verifier
//! gives, in both languages, with no connection made.

use akashi_testkit::{Browser, Scratch};
use akashi_verify::{Answer, Bundle, Given, read_keys, verify};
use serde_json::{Value as Json, json};

use super::proof::keep;
use crate::hospital::{Hospital, clock};

/// Bundles by name.
async fn bundles(house: &Hospital) -> Vec<(&'static str, Vec<u8>)> {
    let ctx = akashi_app::Ctx::local(clock(), akashi_domain::Lang::Ja);
    let prove = |name| house.app.prove(&ctx, house.id(name), None);
    let good = prove("no-serial").await.unwrap().bytes;
    let other = Bundle::parse(&prove("cyber").await.unwrap().bytes).unwrap();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    let mut mixed = Bundle::parse(&good).unwrap();
    mixed.opening = other.opening.clone();
    let mut forged = Bundle::parse(&good).unwrap();
    forged.checkpoint = String::from_utf8(forged.checkpoint).unwrap().replace("\n67\n", "\n68\n").into_bytes();
    forged.proof = other.proof;
    let bomb: Vec<u8> = [b"PK\x03\x04\x14\x00\x00\x00\x08\x00", &[0xff; 4096][..]].concat();
    vec![
        ("good.zip", good.clone()),
        ("flipped.zip", flipped),
        ("mixed.zip", mixed.to_bytes().unwrap()),
        ("forged.zip", forged.to_bytes().unwrap()),
        ("cut.zip", good[..good.len() - 1].to_vec()),
        ("bomb.zip", bomb),
        ("empty.zip", Vec::new()),
    ]
}

async fn reports(browser: &Browser) -> Vec<Json> {
    let texts = browser.script("return [...document.querySelectorAll('pre.json')].map(e => e.textContent)", json!([]));
    let texts = texts.await.unwrap();
    texts.as_array().unwrap().iter().map(|text| serde_json::from_str(text.as_str().unwrap()).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_in_a_browser_answers_as_the_native_verifier() {
    let Some(browser) = Browser::for_story("the_page_in_a_browser_answers_as_the_native_verifier", "ja").await else {
        return;
    };
    let house = Hospital::seeded().await;
    let folder = Scratch::new("verifier");
    let page = folder.file("akashi-verify.html", akashi_web::VERIFIER_PAGE);
    let keys = house.app.log_keys().await.unwrap();
    let key_file = folder.file("keys", &keys);
    browser.goto(&format!("file://{}", page.display())).await.unwrap();
    assert_eq!(browser.attribute("html[data-ready]", "lang").await.unwrap().as_deref(), Some("ja"));
    browser.upload("#keys-file", &key_file).await.unwrap();

    let given = Given { keys: read_keys(&keys).ok(), ..Given::default() };
    let all = bundles(&house).await;
    for (round, (name, bytes)) in (1..).zip(&all) {
        let file = folder.file(name, bytes);
        browser.upload("#bundles", &file).await.unwrap();
        browser.text(&format!("#results[data-done='{round}'] .answer")).await.unwrap();
        let report = verify(bytes, &given);
        assert_eq!(reports(&browser).await, [serde_json::to_value(&report).unwrap()], "{name}");
        assert_eq!(report.result == Answer::Verified, *name == "good.zip", "{name}: {}", report.text(false));
        let said = browser.text(".bundle .answer").await.unwrap();
        assert_eq!(said.contains("検証できました"), *name == "good.zip", "{name}: {said}");
    }
    let fetched = browser.script("return performance.getEntriesByType('resource').length", json!([])).await.unwrap();
    assert_eq!(fetched, 0, "nothing was loaded from anywhere");
    looks(&browser, &folder, &all).await;
}

/// Without keys, with wrong keys, in English, on a telephone: understood by everybody.
async fn looks(browser: &Browser, folder: &Scratch, all: &[(&'static str, Vec<u8>)]) {
    let done = all.len() + 1;
    browser.upload("#bundles", &folder.path().join("good.zip")).await.unwrap();
    browser.text(&format!("#results[data-done='{done}'] .answer")).await.unwrap();
    let mut faults = Vec::new();
    for lang in ["ja", "en"] {
        browser.click(&format!(".language [value={lang}]")).await.unwrap();
        for width in [1280, 390] {
            browser.viewport(width, 900).await.unwrap();
            faults.extend(browser.axe().await.unwrap().into_iter().map(|fault| format!("{lang} {width}: {fault}")));
            let wide = browser.overflow().await.unwrap();
            faults.extend((wide > 0).then(|| format!("{lang} {width}: {wide} px wider than the screen")));
            keep(browser, &format!("verifier-{lang}-{width}"), width).await;
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    browser.fill("#keys", "not a key").await.unwrap();
    browser.upload("#bundles", &folder.path().join("good.zip")).await.unwrap();
    let round = done + 1;
    assert!(browser.text(&format!("#results[data-done='{round}'] .failed .answer")).await.unwrap().contains("FAILED"));
    browser.fill("#keys", " ").await.unwrap();
    browser.upload("#bundles", &folder.path().join("good.zip")).await.unwrap();
    let round = done + 2;
    let said = browser.text(&format!("#results[data-done='{round}'] .unanchored .answer")).await.unwrap();
    assert!(said.contains("no keys were given"), "{said}");
}
