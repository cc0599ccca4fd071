//! A file that waits for its import: sent to one server, confirmed on another of the same database, and a restart does
//! not lose it.

use akashi_app::import::ImportFile;
use akashi_app::uploads::Waiting;
use akashi_app::{App, Ctx};
use akashi_domain::RecordId;
use akashi_testkit::Home;

use crate::hospital::{NOW, create, ctx};

const ACCOUNT: RecordId = RecordId(0x900);
const DEVICES: &str = "管理番号,機器名,種別,謎の列\nD-1,受付端末,PC,あ\nD-2,会計端末,PC,い\n";

akashi_testkit::stories! {
    a_file_waits_for_any_server
}

/// A second on: so often a server looks for what others wrote.
async fn devices(app: &App) -> usize {
    app.live(NOW + 1_000_000).await.unwrap().evaluator.view().rows_of("device").len()
}

async fn waiting(app: &App, ctx: &Ctx, token: &str) -> Option<Waiting> {
    app.waiting_upload(ctx, ACCOUNT, token).await.unwrap()
}

async fn a_file_waits_for_any_server(home: Home) {
    let (address, data) = (home.address(), home.data());
    let ctx = ctx();
    let one = create(address, data, NOW).await;
    let file = || vec![ImportFile { name: "機器.csv".into(), bytes: DEVICES.as_bytes().to_vec() }];
    let token = one.take_upload(&ctx, ACCOUNT, "device", file()).await.unwrap();
    drop(one);

    let other = App::open(address, data, ctx.today()).await.unwrap();
    let seen = waiting(&other, &ctx, &token).await.expect("a restart does not lose it");
    assert_eq!((seen.register.as_str(), seen.report.imported, seen.done), ("device", 2, false));
    assert!(other.waiting_upload(&ctx, RecordId(0x901), &token).await.unwrap().is_none(), "only whose it is");
    assert!(waiting(&other, &ctx, "0123").await.is_none());
    assert_eq!(devices(&other).await, 0);

    let third = App::open(address, data, ctx.today()).await.unwrap();
    let mut mapping = seen.report.mapping.clone();
    mapping.tables[0].columns.retain(|c| c.header != "種別");
    assert!(third.go_on_with_upload(&ctx, ACCOUNT, &token, Some(mapping.clone()), false).await.unwrap());
    let again = waiting(&other, &ctx, &token).await.unwrap();
    assert!(again.adjusted && again.report.mapping.tables[0].columns.len() == mapping.tables[0].columns.len());
    assert!(other.go_on_with_upload(&ctx, ACCOUNT, &token, None, true).await.unwrap());
    assert_eq!(devices(&third).await, 2, "confirmed elsewhere, seen here");
    let done = waiting(&third, &ctx, &token).await.unwrap();
    assert!(done.done && done.report.imported == 2);
    assert!(!third.go_on_with_upload(&ctx, ACCOUNT, &token, None, true).await.unwrap(), "done is done");

    let given_up = third.take_upload(&ctx, ACCOUNT, "device", file()).await.unwrap();
    other.drop_upload(ACCOUNT, &given_up).await.unwrap();
    assert!(waiting(&third, &ctx, &given_up).await.is_none());
    let forgotten = third.take_upload(&ctx, ACCOUNT, "device", file()).await.unwrap();
    let later = Ctx { now: NOW + 3600 * 1_000_000, ..ctx.clone() };
    assert!(waiting(&third, &later, &forgotten).await.is_none(), "nobody came back for an hour");
    third.sweep(later.now).await.unwrap();
    assert!(waiting(&third, &ctx, &forgotten).await.is_none(), "destroyed, not only hidden");
    assert!(third.verify(|_, _| ()).await.unwrap().faults.is_empty());
}
