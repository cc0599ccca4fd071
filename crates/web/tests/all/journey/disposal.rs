//! A disposal in the browser, from the register's list to what is left, looked at in both languages at two widths.

use akashi_testkit::Browser;

use super::looks::{log_in, look};
use crate::disposal::hospital;

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_disposed_of() {
    let Some(browser) = Browser::for_story("a_record_is_disposed_of", "ja").await else { return };
    let house = hospital().await;
    let base = house.serve().await;
    let old = house.id("old");
    let mut faults = Vec::new();
    browser.viewport(1280, 900).await.unwrap();
    log_in(&browser, &base, "tantou").await;
    browser.goto(&format!("{base}/registers/personnel?state=left")).await.unwrap();
    browser.follow(".actions [href='/disposals/new?register=personnel']").await.unwrap();
    let row = format!("[name=record][value='{old}']");
    look(&browser, &base, "ja", "/disposals/new?register=personnel", &mut faults).await;
    browser.click(&row).await.unwrap();
    browser.fill("#reason", "保存期間満了").await.unwrap();
    browser.follow("main form .primary").await.unwrap();
    assert!(browser.text(".notice").await.unwrap().contains("廃棄を申請しました"));
    assert!(browser.text(".remark").await.is_err(), "an operator is not asked to approve");
    let url = browser.url().await.unwrap();
    let page = url.strip_prefix(&base).unwrap().split('?').next().unwrap().to_owned();

    browser.forget_cookies().await.unwrap();
    log_in(&browser, &base, "kanri").await;
    look(&browser, &base, "ja-proposed", &page, &mut faults).await;
    browser.follow("main form .primary").await.unwrap();
    assert!(browser.text(".notice").await.unwrap().contains("承認しました"));
    look(&browser, &base, "ja-approved", &page, &mut faults).await;
    assert!(browser.text(".alert").await.unwrap().contains("元に戻すこともできません"));
    browser.click("[name=sure]").await.unwrap();
    browser.follow("[action$='/run'] .primary").await.unwrap();
    assert!(browser.text(".notice").await.unwrap().contains("廃棄を実行しました"));
    for lang in ["ja", "en"] {
        browser.goto(&format!("{base}/disposals")).await.unwrap();
        browser.follow(&format!(".language [value={lang}]")).await.unwrap();
        let record = format!("/records/{old}");
        for page in
            ["/disposals", &page, &record, "/registers/personnel?state=gone!", "/disposals/new?register=personnel"]
        {
            look(&browser, &base, &format!("{lang}-gone"), page, &mut faults).await;
        }
    }
    browser.goto(&format!("{base}/records/{old}")).await.unwrap();
    assert!(
        browser
            .text(".alert.soft")
            .await
            .unwrap()
            .contains("Disposed of (approval DSP-2026-0001, rule Roster of staff who left)")
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
