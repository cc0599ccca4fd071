//! What an import does to a hospital: twice is once, links are found later, differences are told, hands win over
//! poorer data, and a change by somebody else in between stops the whole of it.

use akashi_app::command::Put;
use akashi_app::ctx::Ctx;
use akashi_app::import::{ImportFile, ImportReport, ImportRequest};
use akashi_app::service::App;
use akashi_domain::value::{Link, Value};
use akashi_domain::{RecordId, Version};
use akashi_testkit::Scratch;

use crate::hospital::{NOW, hospital, open};

struct Hospital {
    folder: Scratch,
    app: App,
    ctx: Ctx,
}

async fn story() -> Hospital {
    let folder = Scratch::new("import");
    let (app, ctx) = hospital(folder.path()).await;
    Hospital { folder, app, ctx }
}

fn request(register: &str, name: &str, text: &str) -> ImportRequest {
    let files = vec![ImportFile { name: name.into(), bytes: text.as_bytes().to_vec() }];
    ImportRequest { register: register.into(), files, ..ImportRequest::default() }
}

impl Hospital {
    async fn import(&self, register: &str, text: &str) -> ImportReport {
        self.app.import(&self.ctx, request(register, "f.csv", text)).await.unwrap()
    }

    async fn rows(&self, register: &str) -> Vec<Version> {
        let live = self.app.live(self.ctx.now).await.unwrap();
        live.evaluator.view().rows_of(register).iter().map(|v| Version::clone(v)).collect()
    }

    fn slot(&self, register: &str, field: &str) -> usize {
        self.app.catalog().register_by_key(register).unwrap().field_ix(field).unwrap()
    }
}

const DEVICES: &str = "管理番号,機器名,種別,使用者,保守業者,設置場所,備考\n\
    D-1,受付端末,PC,0007,架空保守㈱,1階,\n\
    D-2,会計端末,PC,,架空保守㈱,1階,\n\
    D-3,診察端末,PC,0012,,2階,窓側\n";

#[tokio::test(flavor = "multi_thread")]
async fn twice_is_once_and_links_are_found_later() {
    let h = story().await;
    let first = h.import("device", DEVICES).await;
    assert_eq!((first.rows, first.imported, first.rejected.len()), (3, 3, 0));
    let again = h.import("device", DEVICES).await;
    assert_eq!((again.imported, again.changed, again.unchanged, again.linked), (0, 0, 3, 0));
    assert!(h.rows("device").await.iter().all(|v| v.rev == 1), "no new version was written");

    let user = h.slot("device", "user");
    let words = |v: &Version| matches!(v.cell(user), Value::Link(Link::Text(t)) if &**t == "0007");
    assert!(h.rows("device").await.iter().any(words));
    let staff =
        h.import("personnel", "職員番号,氏名,所属,職種\n0007,空野 花,医事課,事務\n0012,海野 空,診療部,医師\n").await;
    assert_eq!((staff.imported, staff.linked), (2, 2), "the users of two devices are known now");
    let vendors = h.import("vendor", "会社名,業務内容,電話番号\n架空保守㈱,端末保守,000-0000-0001\n").await;
    assert_eq!((vendors.imported, vendors.linked), (1, 2));
    let vendor = h.slot("device", "vendor");
    let linked = h.rows("device").await.iter().filter(|v| matches!(v.cell(vendor), Value::Link(Link::To(_)))).count();
    assert_eq!(linked, 2);
    let third = h.import("device", DEVICES).await;
    assert_eq!((third.imported, third.changed, third.unchanged), (0, 0, 3), "resolved links are what the words meant");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_shows_exactly_its_differences() {
    let h = story().await;
    h.import("device", DEVICES).await;
    let changed = DEVICES.replace("会計端末", "会計端末(窓口)").replace("D-3,診察端末", "D-9,新端末");
    let tried =
        h.app.import(&h.ctx, ImportRequest { dry_run: true, ..request("device", "f.csv", &changed) }).await.unwrap();
    assert_eq!(h.rows("device").await.len(), 3, "a dry run writes nothing");
    let done = h.import("device", &changed).await;
    for report in [&tried, &done] {
        assert_eq!((report.imported, report.changed, report.unchanged, report.missing), (1, 1, 1, 1));
        let [change] = report.changes.as_slice() else { panic!("{:?}", report.changes) };
        let fields: Vec<(&str, &str, &str)> =
            change.fields.iter().map(|f| (f.field.as_str(), f.before.as_str(), f.after.as_str())).collect();
        assert_eq!(fields, [("name", "会計端末", "会計端末(窓口)")]);
    }
    assert_eq!(h.rows("device").await.len(), 4, "what the file no longer holds stays");
}

/// Puts a place's words on record `id` as a person would.
async fn by_hand(app: &App, ctx: &Ctx, register: &str, id: RecordId, rev: u32, values: Vec<(usize, Value)>) {
    let register = app.catalog().register_ix(register).unwrap();
    app.put(ctx, Put { register, record: Some(id), expected: rev, values, valid_from: None, reason: None })
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn poorer_data_does_not_replace_what_a_hand_wrote() {
    let h = story().await;
    h.import("device", DEVICES).await;
    let (serial, bought, note) =
        (h.slot("device", "serial"), h.slot("device", "purchased_on"), h.slot("device", "note"));
    let name = h.slot("device", "asset_no");
    let rows = h.rows("device").await;
    let second = rows.iter().find(|v| v.cell(name) == &Value::Text("D-2".into())).unwrap();
    let day = Value::Date(akashi_domain::PartialDate::parse("2024-04-01").unwrap());
    let values = vec![(serial, Value::Text("SN-2".into())), (bought, day.clone()), (note, Value::Text("窓口".into()))];
    by_hand(&h.app, &h.ctx, "device", second.id, second.rev, values).await;
    // The file knows nothing of the serial number, less of the date, and nothing of the note.
    let poorer =
        "管理番号,機器名,種別,製造番号,購入日,使用者,保守業者,設置場所,備考\nD-2,会計端末,PC,,不明,,架空保守㈱,1階,\n";
    let report = h.import("device", poorer).await;
    assert_eq!((report.imported, report.changed, report.unchanged), (0, 0, 1), "{:?}", report.changes);
    let kept = h.rows("device").await.into_iter().find(|v| v.id == second.id).unwrap();
    assert_eq!((kept.rev, kept.cell(serial), kept.cell(bought)), (2, &Value::Text("SN-2".into()), &day));
    // A value that says something else is a difference, and shown as one.
    let other = h.import("device", &poorer.replace("D-2,会計端末,PC,,", "D-2,会計端末,PC,SN-22,")).await;
    assert_eq!(other.changes.len(), 1);
    assert_eq!(
        other.changes[0].fields.iter().map(|f| (f.before.as_str(), f.after.as_str())).collect::<Vec<_>>(),
        [("SN-2", "SN-22")]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_in_between_stops_the_whole_import() {
    let h = story().await;
    h.import("device", DEVICES).await;
    let rows = h.rows("device").await;
    // Somebody on another server changes one record; this one has not looked since.
    let other = open(h.folder.path()).await;
    let spec = h.slot("device", "spec");
    let first = rows.iter().find(|v| v.source.as_ref().is_some_and(|s| s.row == 2)).unwrap();
    by_hand(&other, &h.ctx, "device", first.id, first.rev, vec![(spec, Value::Text("16GB".into()))]).await;
    let changed = DEVICES.replace("受付端末", "受付端末A") + "D-4,新端末,PC,,,,\n";
    let error = h.app.import(&h.ctx, request("device", "f.csv", &changed)).await.unwrap_err();
    assert!(error.is_conflict(), "{error:?}");
    let later = Ctx { now: NOW + 5_000_000, ..h.ctx.clone() };
    let live = h.app.live(later.now).await.unwrap();
    let view = live.evaluator.view();
    assert_eq!(view.rows_of("device").len(), 3, "the new row was not written either");
    assert_eq!(view.get(first.id).unwrap().cell(spec), &Value::Text("16GB".into()));
    drop(live);
    // Looked again, it goes through and keeps what the other wrote.
    let report = h.app.import(&later, request("device", "f.csv", &changed)).await.unwrap();
    assert_eq!((report.imported, report.changed, report.unchanged), (1, 1, 2));
    let live = h.app.live(later.now).await.unwrap();
    assert_eq!(live.evaluator.view().get(first.id).unwrap().cell(spec), &Value::Text("16GB".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_files_and_registers_change_nothing() {
    let h = story().await;
    let unknown = h.app.import(&h.ctx, request("no-such", "f.csv", DEVICES)).await.unwrap_err();
    let label = unknown.label();
    assert!(label.ja.contains("no-such") && label.en.contains("device"), "{label:?}");
    let cut = ImportRequest {
        register: "device".into(),
        files: vec![ImportFile { name: "cut.xlsx".into(), bytes: b"PK\x03\x04cut".to_vec() }],
        ..ImportRequest::default()
    };
    let report = h.app.import(&h.ctx, cut).await.unwrap();
    assert_eq!((report.imported, report.rejected.len()), (0, 1));
    assert!(h.rows("device").await.is_empty());
}
