//! "Prove this" as people meet it: from the record to the page, and the page for people inside the bundle on screen and paper.

use std::path::Path;

use akashi_testkit::{Browser, Scratch};
use akashi_verify::Bundle;

use super::looks::{begin, log_in, look};
use crate::hospital::{Hospital, clock};

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_one_step_from_every_version() {
    let Some(browser) = Browser::for_story("a_proof_is_one_step_from_every_version", "ja").await else { return };
    let house = Hospital::seeded().await;
    let base = house.serve().await;
    let mut faults = Vec::new();
    for lang in ["ja", "en"] {
        begin(&browser, &base, lang).await;
        log_in(&browser, &base, "kanri").await;
        browser.viewport(1280, 900).await.unwrap();
        browser.goto(&format!("{base}/records/{}", house.id("no-serial"))).await.unwrap();
        browser.follow(".past-proof").await.unwrap();
        let page = browser.url().await.unwrap().replace(&base, "");
        assert!(page.ends_with("/proof/1"), "{page}");
        assert!(browser.attribute("main .button.primary", "href").await.unwrap().unwrap().ends_with("/proof/1/bundle"));
        look(&browser, &base, lang, &page, &mut faults).await;
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_in_a_bundle_reads_on_screen_and_paper() {
    let Some(browser) = Browser::for_story("the_page_in_a_bundle_reads_on_screen_and_paper", "ja").await else {
        return;
    };
    let house = Hospital::seeded().await;
    let ctx = akashi_app::Ctx::local(clock(), akashi_domain::Lang::Ja);
    let folder = Scratch::new("explained");
    let mut faults = Vec::new();
    for name in ["no-serial", "cyber", "maintenance"] {
        let proof = house.app.prove(&ctx, house.id(name), None).await.unwrap();
        let page = Bundle::parse(&proof.bytes).unwrap().explanation;
        for word in ["架空中央病院", "令和8年11月22日", "示さないこと", "aics-tlog", "akashi-verify", &proof.name]
        {
            assert!(page.contains(word), "{name}: {word}");
        }
        let file = folder.file(&format!("{name}.html"), &page);
        browser.goto(&format!("file://{}", file.display())).await.unwrap();
        for width in [1280, 390] {
            browser.viewport(width, 900).await.unwrap();
            faults.extend(browser.axe().await.unwrap().into_iter().map(|fault| format!("{name} {width}: {fault}")));
            let wide = browser.overflow().await.unwrap();
            faults.extend((wide > 0).then(|| format!("{name} {width}: {wide} px wider than the screen")));
            keep(&browser, &format!("explained-{name}-{width}"), width).await;
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Keeps a picture and the print for looking at.
pub(super) async fn keep(browser: &Browser, name: &str, width: u32) {
    if let Some(folder) = std::env::var_os("AKASHI_SHOTS") {
        let file = Path::new(&folder).join(format!("{name}.png"));
        browser.full_screenshot(width, &file).await.unwrap();
        browser.print(&file.with_extension("pdf")).await.unwrap();
    }
}
