//! Disposal through the pages: only what is over is offered, another person approves, nothing goes without the box.

use akashi_store::{Disposal, WriteCtx};
use axum::http::StatusCode;

use super::client::Client;
use crate::disposal::hospital;
use crate::hospital::clock;

const OFFER: &str = "/disposals/new?register=personnel";

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_over_is_offered_and_the_rest_says_why() {
    let house = hospital().await;
    let mut client = Client::logged_in(&house.router, "tantou").await;
    let page = client.get(OFFER).await.text;
    let choices: Vec<&str> =
        page.split("name=\"record\" value=\"").skip(1).filter_map(|r| r.split('"').next()).collect();
    assert_eq!(choices, [house.id("old").to_string()]);
    let kept = page.split("id=\"kept\"").nth(1).unwrap();
    for want in [
        "保存停止措置があります(HLD-2026-0001)",
        "保存期間中です(2029-03-31まで、職員名簿(退職者))",
        "まだ終わっていません(状態「在職」)",
    ] {
        assert!(kept.contains(want), "{want}");
    }
    // What is not offered is not taken either, and the answer says until when.
    for (name, want) in [("held", "HLD-2026-0001"), ("new", "2029-03-31まで")] {
        let id = house.id(name).to_string();
        let refused = client.post(OFFER, "/disposals/new", &[("record", &id)]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(refused.text.contains(want), "{}", refused.text);
    }
    let nothing = client.post(OFFER, "/disposals/new", &[]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Whoever may not read the register learns nothing.
    let mut staff = Client::logged_in(&house.router, "shokuin").await;
    assert_eq!(staff.get(OFFER).await.status, StatusCode::FORBIDDEN);
    assert_eq!(staff.get("/disposals").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn proposed_approved_and_carried_out() {
    let house = hospital().await;
    let old = house.id("old");
    let mut proposer = Client::logged_in(&house.router, "tantou").await;
    let id = old.to_string();
    let made = proposer.post(OFFER, "/disposals/new", &[("record", &id), ("reason", "満了")]).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let page = made.location().split('?').next().unwrap().to_owned();
    let mut planner = Client::logged_in(&house.router, "kanri").await;
    let shown = planner.get(&page).await.text;
    assert!(shown.contains("廃棄を承認する") && !shown.contains("name=\"sure\""));
    let approved = planner.post(&page, &format!("{page}/approve"), &[("rev", "1")]).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);
    let shown = planner.get(&page).await.text;
    assert!(shown.contains("元に戻すこともできません") && shown.contains("name=\"sure\""));
    // Without the box nothing happens; with an old revision neither.
    let run = format!("{page}/run");
    assert_eq!(planner.post(&page, &run, &[("rev", "2")]).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(planner.post(&page, &run, &[("rev", "1"), ("sure", "yes")]).await.status, StatusCode::CONFLICT);
    let done = planner.post(&page, &run, &[("rev", "2"), ("sure", "yes")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);

    // Proposal, approval and what was done are each proven from the page of the decision.
    assert!(shown.contains(&format!("{}/proof/2", page.replace("/disposals/", "/records/"))), "{shown}");
    let proof = planner.get(&format!("{}/proof/2/bundle", page.replace("/disposals/", "/records/"))).await;
    assert_eq!(proof.status, StatusCode::OK, "{}", proof.text);

    // What remains: the record's page, its past, the list only when asked; the name stands nowhere any more.
    let label = "廃棄済み(承認 DSP-2026-0001、規則 職員名簿(退職者))";
    let record = planner.get(&format!("/records/{old}")).await.text;
    assert!(record.contains(label) && !record.contains("/edit"), "{record}");
    let list = planner.get("/registers/personnel?state=all").await.text;
    assert!(!list.contains(&id) && list.contains("gone!"));
    let gone = planner.get("/registers/personnel?state=gone!").await.text;
    assert!(gone.contains(&id) && gone.contains(label));
    for page in [page.as_str(), "/", "/disposals", "/registers/personnel?state=all&q=%E6%98%94%E5%AD%90", OFFER] {
        assert!(!planner.get(page).await.text.contains("架空 昔子"), "{page}");
    }
    let live = house.app.live(clock()).await.unwrap();
    assert!(live.world.gone(old).is_some());
}

/// The page of an item for a day on which the record was still there: the verdict kept then, and which row is gone.
#[tokio::test(flavor = "multi_thread")]
async fn an_item_of_the_past_says_what_is_gone() {
    const DAY: i64 = 86_400_000_000;
    let house = hospital().await;
    house.app.note_turns(clock() - 2 * DAY).await.unwrap();
    // Its retention is not over; what counts here is what a page says of a row that verdicts looked at and that is gone.
    let mut tx = house.app.store().begin(&WriteCtx { actor: "local".into(), at: clock() }).await.unwrap();
    let disposal = Disposal {
        register: "training".into(),
        def_version: 1,
        record: house.id("trained"),
        expected: 1,
        approval: house.id("hold"),
        rule: "training-sessions".into(),
    };
    let receipt = tx.dispose(disposal).await.unwrap();
    tx.commit(receipt).await.unwrap();
    let mut planner = Client::logged_in(&house.router, "kanri").await;

    let yesterday = akashi_domain::cond::tokyo_day(clock() - DAY);
    let then = house.app.evaluator_at(clock(), yesterday, None).await.unwrap();
    let report = akashi_app::report::report(&then);
    let resting: Vec<_> = report.parts.iter().filter(|part| part.rests_on.is_some()).collect();
    assert!(!resting.is_empty());
    for part in resting {
        let shown = planner.get(&format!("/items/{}?as_of={yesterday}", part.item)).await.text;
        let noted = akashi_domain::cond::tokyo_day(clock() - 2 * DAY);
        for want in ["廃棄済み(承認 HLD-2026-0001、規則 教育・訓練の記録)", &format!("当時の判定({noted}に保存)")]
        {
            assert!(shown.contains(want), "{}: {want}: {shown}", part.item);
        }
        assert!(!shown.contains("架空の研修"));
        let today = planner.get(&format!("/items/{}", part.item)).await.text;
        assert!(!today.contains("当時の判定"), "{}", part.item);
    }
}

/// A preview of an import shows what a record said before; it does not outlive the record.
#[tokio::test(flavor = "multi_thread")]
async fn a_preview_that_waits_goes_along() {
    let house = hospital().await;
    let mut planner = Client::logged_in(&house.router, "kanri").await;
    let file = "職員番号,氏名,所属\n0001,架空 昔子改,医事課\n";
    let sent =
        planner.upload("/import", "/import", &[("register", "personnel")], &[("名簿.csv", file.as_bytes())]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let preview = sent.location().to_owned();
    assert!(planner.get(&preview).await.text.contains("架空 昔子"));
    let mut proposer = Client::logged_in(&house.router, "tantou").await;
    let id = house.id("old").to_string();
    let made = proposer.post(OFFER, "/disposals/new", &[("record", &id)]).await;
    let page = made.location().split('?').next().unwrap().to_owned();
    planner.post(&page, &format!("{page}/approve"), &[("rev", "1")]).await;
    let done = planner.post(&page, &format!("{page}/run"), &[("rev", "2"), ("sure", "yes")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert_eq!(planner.get(&preview).await.status, StatusCode::NOT_FOUND);
}
