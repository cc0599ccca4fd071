//! Records: making, changing, conflicts, drafts, rows, unresolved words, profile answers.

use akashi_domain::{Link, Value};
use axum::http::StatusCode;

use super::client::Client;
use crate::hospital::{Hospital, clock};

async fn cell(house: &Hospital, name: &str, field: &str) -> Value {
    let live = house.app.live(clock()).await.unwrap();
    let version = live.world.latest(house.id(name)).unwrap();
    version.get(house.app.catalog().register(version.register), field).clone()
}

/// Fields of a form as the page holds them, changed in some places.
fn filled<'a>(page: &'a str, changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let attribute = |tag: &'a str, name: &str| {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        rest.split('"').next()
    };
    let form = page.split("class=\"record-form\"").nth(1).unwrap();
    let inputs = form.split("<input").skip(1).map(|t| t.split('>').next().unwrap());
    let kept = inputs.filter(|t| !t.contains("type=\"checkbox\"") || t.contains(" checked"));
    let mut out: Vec<(&str, &str)> =
        kept.filter_map(|t| Some((attribute(t, "name")?, attribute(t, "value")?))).collect();
    for select in form.split("<select").skip(1) {
        let name = attribute(select, "name").unwrap();
        let body = select.split("</select>").next().unwrap();
        let chosen = body.split("<option").skip(1).find(|o| o.split('>').next().unwrap().contains(" selected"));
        out.push((name, chosen.and_then(|o| attribute(o, "value")).unwrap_or("")));
    }
    for area in form.split("<textarea").skip(1) {
        let text = area.split_once('>').unwrap().1.split("</textarea>").next().unwrap();
        out.push((attribute(area, "name").unwrap(), text));
    }
    for (name, value) in changes {
        out.retain(|(n, _)| n != name);
        out.push((name, value));
    }
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_made_and_changed() {
    let house = Hospital::seeded().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let fields = [
        ("rev", "0"),
        ("f.asset_no", "D-500"),
        ("f.name", "新しい端末"),
        ("f.kind", "terminal"),
        ("f.place", "PLC-2026-0001 サーバ室"),
        ("f.vendor", "架空の知らない業者"),
        ("f.last_seen", "2026/11/2"),
        ("reason", "購入"),
    ];
    let made = client.post("/registers/device/new", "/registers/device/new", &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let page = made.location().split('?').next().unwrap().to_owned();
    let shown = client.get(&page).await.text;
    assert!(shown.contains("新しい端末") && shown.contains("2026-11-02") && shown.contains("購入"));
    assert!(shown.contains(&format!("/records/{}", house.id("server-room"))), "the place is a link");

    let edit = format!("{page}/edit");
    let form = client.get(&edit).await.text;
    let same = client.form(&edit, &filled(&form, &[])).await;
    assert!(same.location().ends_with("?done=unchanged"), "{} {}", same.location(), same.text);
    let changed = client.form(&edit, &filled(&form, &[("f.name", "古い端末"), ("reason", "名前の訂正")])).await;
    assert!(changed.location().ends_with("?done=saved"));
    let past = client.get(&page).await.text;
    assert!(
        past.contains("<del>新しい端末</del>") && past.contains("<ins>古い端末</ins>") && past.contains("名前の訂正")
    );
    assert!(past.contains("架空 花子"), "who did it, by name");
}

/// Saving a form nobody touched must change nothing, whatever a record holds.
#[tokio::test(flavor = "multi_thread")]
async fn untouched_forms_change_nothing() {
    let house = Hospital::seeded().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    for name in ["hanako", "ehr", "medical", "maintenance", "chart", "cyber", "usb", "report", "no-serial", "patch"] {
        let path = format!("/records/{}/edit", house.id(name));
        let form = client.get(&path).await.text;
        let sent = client.form(&path, &filled(&form, &[])).await;
        let page = client.get(sent.location()).await.text;
        let changes = page.split("class=\"changes\"").nth(1).unwrap_or_default().split("</dl>").next();
        assert!(sent.location().ends_with("?done=unchanged"), "{name}: {} {changes:?}", sent.status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_stand_at_their_fields() {
    let house = Hospital::seeded().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let path = format!("/records/{}/edit", house.id("maintenance"));
    let form = client.get(&path).await.text;
    let changes = [("f.to", "来年"), ("f.amount", "百万"), ("f.title", "直した題"), ("valid_from", "2026-13")];
    let answer = client.form(&path, &filled(&form, &changes)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for id in ["f-to", "f-amount", "valid-from"] {
        assert!(answer.text.contains(&format!("id=\"{id}-fault\"")), "{id}");
        let leads = answer.text.contains(&format!("href=\"#{id}\"")) && answer.text.contains(&format!("id=\"{id}\""));
        assert!(leads, "the list of faults leads to {id}");
    }
    assert!(
        answer.text.contains("value=\"来年\"") && answer.text.contains("value=\"直した題\""),
        "nothing typed is lost"
    );
    assert_eq!(cell(&house, "maintenance", "title").await, Value::Text("電子カルテ保守契約".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_do_not_overwrite_each_other() {
    let house = Hospital::seeded().await;
    let path = format!("/records/{}/edit", house.id("no-serial"));
    let (mut first, mut second) =
        (Client::logged_in(&house.router, "kanri").await, Client::logged_in(&house.router, "tantou").await);
    let (form_1, form_2) = (first.get(&path).await.text, second.get(&path).await.text);
    let done = first.form(&path, &filled(&form_1, &[("f.serial", "S-1")])).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let late = second.form(&path, &filled(&form_2, &[("f.model", "LAB-1")])).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.location());
    assert!(late.text.contains("S-1") && late.text.contains("value=\"LAB-1\""), "shows both");
    assert_eq!(cell(&house, "no-serial", "serial").await, Value::Text("S-1".into()));
    let again = second.form(&path, &filled(&late.text, &[("f.serial", "S-1")])).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.text);
    assert_eq!(cell(&house, "no-serial", "model").await, Value::Text("LAB-1".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_added_changed_and_removed() {
    let house = Hospital::seeded().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let path = format!("/records/{}/edit", house.id("cyber"));
    let form = client.get(&path).await.text;
    let more = client.form(&path, &filled(&form, &[("as", "rows:attendance")])).await;
    assert_eq!(more.status, StatusCode::OK);
    let rows = |page: &str| page.matches("<fieldset class=\"row").count();
    assert_eq!(rows(&more.text), rows(&form) + 3);
    let changes = [
        ("r.attendance.1.result", "absent"),
        ("r.attendance.2.drop", "1"),
        ("r.attendance.3.person", "PSN-2026-0005 架空 看子"),
        ("r.attendance.3.result", "attended"),
    ];
    let before = cell(&house, "cyber", "attendance").await;
    let done = client.form(&path, &filled(&form, &changes)).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let (Value::Rows(old), Value::Rows(new)) = (before, cell(&house, "cyber", "attendance").await) else {
        panic!("rows")
    };
    assert_eq!((old.len(), new.len()), (3, 3));
    assert_eq!(new[0], old[0], "untouched");
    assert_eq!(new[1].id, old[1].id, "a changed row keeps its id");
    assert_ne!(new[1].cells, old[1].cells);
    assert!(new[2].cells.contains(&Value::Link(Link::To(house.id("nurse")))) && new[2].id != old[2].id);
    let page = client.get(&format!("/records/{}", house.id("cyber"))).await.text;
    assert!(page.contains("<del>") && page.contains("<ins>"), "differences row by row");
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_wait_outside_the_record() {
    let house = Hospital::seeded().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let path = format!("/records/{}/edit", house.id("no-serial"));
    let form = client.get(&path).await.text;
    let kept = client.form(&path, &filled(&form, &[("f.serial", "下書きの番号"), ("as", "draft")])).await;
    assert_eq!(kept.location(), format!("{path}?draft=1&done=draft"));
    assert_eq!(cell(&house, "no-serial", "serial").await, Value::Null);
    assert!(client.get("/").await.text.contains(&format!("{path}?draft=1")), "the home page names it");
    assert!(!client.get(&path).await.text.contains("下書きの番号"), "offered, not forced");
    let taken = client.get(&format!("{path}?draft=1")).await.text;
    let done = client.form(&path, &filled(&taken, &[])).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(cell(&house, "no-serial", "serial").await, Value::Text("下書きの番号".into()));
    assert!(!client.get("/").await.text.contains("?draft=1"), "sent, so gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_linked_here_and_everywhere() {
    let house = Hospital::seeded().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let record = format!("/records/{}", house.id("no-serial"));
    let page = client.get(&record).await.text;
    assert!(
        page.contains("/resolve?field=place&amp;text=") || page.contains("/resolve?field=place&#38;text="),
        "{page}"
    );
    let to = house.id("server-room").to_string();
    let sent = [("field", "place"), ("text", "院内1F奥"), ("to", to.as_str())];
    let done = client.post(&record, &format!("{record}/resolve"), &sent).await;
    assert_eq!(done.location(), format!("{record}?done=resolved"));
    assert_eq!(cell(&house, "no-serial", "place").await, Value::Link(Link::To(house.id("server-room"))));

    // The twelve devices of the pharmacy name the same place in the same words.
    let pharmacy = {
        let live = house.app.live(clock()).await.unwrap();
        let device = house.app.catalog().register_ix("device").unwrap();
        let slot = house.app.catalog().register(device).field_ix("place").unwrap();
        let says =
            |v: &&std::sync::Arc<akashi_domain::Version>| *v.cell(slot) == Value::Link(Link::Text("薬剤部奥".into()));
        live.evaluator.view().rows(device).iter().filter(says).map(|v| v.id).collect::<Vec<_>>()
    };
    assert_eq!(pharmacy.len(), 12);
    let record = format!("/records/{}", pharmacy[0]);
    let sent = [("field", "place"), ("text", "薬剤部奥"), ("to", to.as_str()), ("all", "1")];
    client.post(&record, &format!("{record}/resolve"), &sent).await;
    let list = client.get(&format!("/registers/device?to={to}")).await.text;
    assert_eq!(list.matches("<th scope=\"row\">").count(), 13);
}

#[tokio::test(flavor = "multi_thread")]
async fn profile_answers_are_records() {
    let house = Hospital::seeded().await;
    let mut client = Client::logged_in(&house.router, "kanri").await;
    let state = |house: &Hospital| {
        let app = house.app.clone();
        async move { app.live(clock()).await.unwrap().evaluator.facts()["several_vendors"].value }
    };
    assert!(state(&house).await.is_unknown());
    let bare = [("a.several_vendors", "no"), ("by", "PSN-2026-0001")];
    let refused = client.post("/profile", "/profile", &bare).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "an answer needs its basis");
    let nobody = [("a.several_vendors", "no"), ("b.several_vendors", "契約一覧"), ("by", "だれか")];
    assert_eq!(client.post("/profile", "/profile", &nobody).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(state(&house).await.is_unknown());
    let good = [("a.several_vendors", "no"), ("b.several_vendors", "契約一覧"), ("by", "PSN-2026-0001 架空 花子")];
    assert_eq!(client.post("/profile", "/profile", &good).await.location(), "/profile?done=answered");
    assert!(state(&house).await.is_false());
    assert_eq!(client.post("/profile", "/profile", &good).await.location(), "/profile?done=unchanged");
}
