//! The story of a backup: made while the hospital is open, restored elsewhere, proven, drilled.

use akashi_app::backup::{self, Restore};
use akashi_app::command::Put;
use akashi_app::service::NewHospital;
use akashi_app::{App, AppError, Ctx};
use akashi_domain::{Lang, Value};

const NOW: i64 = 1_795_309_200_000_000;
const PASSPHRASE: &str = "正しい 馬 電池 ホッチキス";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hospital_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (home, to, back) = (folder.path().join("home"), folder.path().join("to"), folder.path().join("back"));
    let ctx = Ctx::local(NOW, Lang::Ja);
    let address = |folder: &std::path::Path| format!("sqlite://{}/akashi.db", folder.display());
    let new = NewHospital { organisation: "架空病院".into(), origin: "kaku.example/akashi".into(), now: NOW };
    let app = App::create(&address(&home), &home, &new, ctx.today()).await.unwrap();
    let register = app.catalog().register_ix("device").unwrap();
    let slot = app.catalog().register(register).fields().iter().position(|f| f.key == "name").unwrap();
    let values = vec![(slot, Value::Text("受付端末".into()))];
    let put = Put { register, record: None, expected: 0, values, valid_from: None, reason: None };
    let done = app.put(&ctx, put).await.unwrap();

    assert!(matches!(app.back_up(&ctx, &to, "short", 4).await, Err(AppError::Invalid(_))));
    let made = app.back_up(&ctx, &to, PASSPHRASE, 4).await.unwrap();
    assert!(made.data.ends_with("akashi-20261122T010000Z.data.age"), "{}", made.data.display());
    assert_eq!(std::fs::read_dir(&to).unwrap().count(), 2);
    let checkpoint = app.store().latest_checkpoint().await.unwrap().unwrap();
    assert_eq!(made.entries, checkpoint.size);

    let asked = |passphrase| Restore { from: &made.data, keys: None, passphrase, published: None, trusted: None };
    assert!(backup::drill(asked("別の合言葉です、たぶん"), folder.path(), NOW).await.is_err());
    let trusted = Some(app.store().key_ring().await.unwrap());
    let shown = backup::drill(Restore { trusted, ..asked(PASSPHRASE) }, folder.path(), NOW).await.unwrap();
    assert!(shown.faults.is_empty(), "{:?}", shown.faults);
    assert_eq!((shown.covered, shown.root.as_str()), (checkpoint.size, checkpoint.root.to_base64().as_str()));
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 2, "the drill leaves nothing behind");

    let shown = backup::restore(&address(&back), &back, asked(PASSPHRASE), NOW).await.unwrap();
    assert_eq!((shown.faults.len(), shown.new_epoch), (0, None));
    let again = App::open(&address(&back), &back, ctx.today()).await.unwrap();
    let live = again.live(NOW).await.unwrap();
    let name = live.world.latest(done.record).unwrap().cell(slot).clone();
    assert_eq!(name, Value::Text("受付端末".into()));
    assert!(backup::restore(&address(&back), &back, asked(PASSPHRASE), NOW).await.is_err(), "never over another");
}
