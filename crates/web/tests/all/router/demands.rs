//! What is demanded of a record, and clocks, on its page.

use super::client::Client;
use crate::hospital::Hospital;

async fn made(client: &mut Client, register: &str, fields: &[(&str, &str)]) -> String {
    let page = format!("/registers/{register}/new");
    let all: Vec<(&str, &str)> = [("rev", "0"), ("reason", "記録")].into_iter().chain(fields.iter().copied()).collect();
    let made = client.post(&page, &page, &all).await;
    assert!(made.status.is_redirection(), "{}", made.text);
    made.location().split('?').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_shows_what_is_demanded_and_what_is_missing() {
    let house = Hospital::seeded().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let contract = made(&mut client, "contract", &[("f.title", "電子カルテ保守"), ("f.kind", "maintenance")]).await;
    let page = client.get(&contract).await.text;
    assert!(page.contains("求められること") && page.contains("守秘義務") && page.contains("/items/7.3"), "{page}");
    assert!(page.contains("契約に条項「守秘義務」がありません") && page.contains("未確認"));
    let policy = made(&mut client, "document", &[("f.title", "監査規程"), ("f.covers", "d12")]).await;
    let page = client.get(&policy).await.text;
    assert!(page.contains("D12 監査規程") && page.contains("/items/3.8"), "{page}");
    assert!(page.contains("必要な内容「独立性」が、引用と確認のある条項に対応づけられていません"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_shows_when_its_reports_are_due() {
    let house = Hospital::seeded().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let incident = made(&mut client, "incident", &[("f.summary_title", "端末の紛失")]).await;
    let code = client.get(&incident).await.text;
    let code = code.split("<span class=\"code\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(!client.get(&incident).await.text.contains("速報"), "no report yet");
    let aware = [
        ("f.title", "紛失の報告"),
        ("f.incident", &*code),
        ("f.aware_at", "2026-11-01 10:00"),
        ("f.cases", "wrongful"),
    ];
    let report = made(&mut client, "leak-report", &aware).await;
    for page in [&report, &incident] {
        let text = client.get(page).await.text;
        assert!(text.contains("2026年11月6日(金)"), "{text}");
        assert!(text.contains("2026年12月31日(木)"), "{text}");
        assert!(text.contains("日超過"), "the prompt report is late: {text}");
    }
}
