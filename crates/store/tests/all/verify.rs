//! Stories of verifying: what else is compared, where it goes on, that it always ends, and exported logs.

use akashi_domain::Lang;
use akashi_journal::checkpoint::Checkpoint;
use akashi_journal::{Command, note::SignerKey};
use akashi_store::verify::{Fault, FaultKind, How, Known, Place, Report, check_tiles};
use akashi_store::{Account, NewVersion, Store};
use serde_json::json;

use crate::home::{Home, NOW, ORIGIN, assert_clean, ctx, device, id, put, sequence};

crate::stories! {
    an_interrupted_check_goes_on
    a_changed_past_is_checked_again
    a_checkpoint_kept_elsewhere_finds_a_shorter_log
    rows_far_outside_do_not_keep_it_busy
    accounts_are_what_the_log_says
    numbers_are_not_given_twice
    keys_and_identity_are_compared
    an_exported_log_is_checked_without_a_database
}

async fn check(store: &Store, how: How) -> Report {
    store.verify_with(how, |_| ()).await.unwrap()
}

fn resume() -> How {
    How { keep: true, resume: true, ..How::default() }
}

/// 4,500 records in a few commits, each signed.
async fn filled(home: &Home) -> Store {
    many(home, 900).await
}

async fn many(home: &Home, each: u64) -> Store {
    let store = home.create().await;
    for round in 0..5 {
        let versions = (round * each..(round + 1) * each).map(|n| device(n, 0, "機器")).collect();
        let mut tx = store.begin(&ctx()).await.unwrap();
        let receipts = tx.put_all(versions).await.unwrap();
        tx.commit(receipts).await.unwrap();
        sequence(&store).await;
    }
    store
}

async fn an_interrupted_check_goes_on(home: Home) {
    let store = filled(&home).await;
    let first = check(&store, resume()).await;
    assert!(first.is_clean(), "{:#?}", first.faults);
    assert!(first.skipped.clone().unwrap().refused.is_some(), "there was nothing to go on from");
    // Only whole stretches are skipped; the newest entries are always checked.
    let second = check(&store, resume()).await;
    let skipped = second.skipped.clone().unwrap();
    assert_eq!((skipped.entries, &skipped.changed[..], skipped.refused), (4096, &[][..], None));
    assert_eq!((second.root, second.covered, second.checkpoints), (first.root, first.covered, first.checkpoints));
    put(&store, device(6000, 0, "more")).await;
    sequence(&store).await;
    let third = check(&store, resume()).await;
    assert!(third.is_clean() && third.root != first.root, "{:#?}", third.faults);
    assert_eq!(third.root, assert_clean(&store).await.root);

    // Progress of other keys is not gone on from.
    let ring = store.key_ring().await.unwrap();
    store.rotate_key(NOW).await.unwrap();
    let other = check(&store, resume()).await;
    assert!(other.is_clean() && other.skipped.unwrap().refused.is_some());
    let trusted = check(&store, How { trusted: Some(ring), ..resume() }).await;
    assert!(trusted.skipped.unwrap().refused.is_some());
}

async fn a_changed_past_is_checked_again(home: Home) {
    let store = filled(&home).await;
    assert!(check(&store, resume()).await.is_clean());
    home.tamper("update record_version set code = 'AST-9' where seq = 3000").await;
    let report = check(&store, resume()).await;
    let skipped = report.skipped.unwrap();
    assert_eq!((skipped.entries, &skipped.changed[..]), (2048, &[(2048, 4096)][..]));
    let record = id(3000).to_string();
    let place = Place::Version { seq: 3000, register: "device".into(), record, rev: 1 };
    assert_eq!(report.faults, [Fault { place, kind: FaultKind::BodyDiffers { column: "code" } }]);
    // The fault is told of again as long as it is there.
    assert!(!check(&store, resume()).await.is_clean());
    // Leaves and versions that were changed together: everything after it is checked again too.
    home.tamper("delete from entry where first = 0").await;
    let report = check(&store, resume()).await;
    assert!(report.faults.contains(&Fault { place: Place::Entry(0), kind: FaultKind::Missing }));
}

async fn a_checkpoint_kept_elsewhere_finds_a_shorter_log(home: Home) {
    let store = many(&home, 30).await;
    let kept = store.checkpoints(0, 10).await.unwrap();
    let known = |note: &str| How {
        known: vec![Known { name: "usb".into(), note: note.as_bytes().to_vec() }],
        ..How::default()
    };
    for checkpoint in &kept {
        assert!(check(&store, known(&checkpoint.note)).await.is_clean());
    }
    // Somebody with database and key makes another, shorter log of the same name.
    let forged = Home::sqlite();
    let other = forged.create().await;
    put(&other, device(1, 0, "forged")).await;
    sequence(&other).await;
    assert_clean(&other).await;
    let faults = check(&other, known(&kept[4].note)).await.faults;
    let place = Place::Known("usb".into());
    assert_eq!(faults, [Fault { place: place.clone(), kind: FaultKind::Beyond { entries: 1 } }]);
    // Or one that is as long.
    let versions = (1..150).map(|n| device(n + 7, 0, "forged")).collect();
    let mut tx = other.begin(&ctx()).await.unwrap();
    let receipts = tx.put_all(versions).await.unwrap();
    tx.commit(receipts).await.unwrap();
    sequence(&other).await;
    assert_clean(&other).await;
    let faults = check(&other, known(&kept[4].note)).await.faults;
    assert_eq!(faults, [Fault { place: place.clone(), kind: FaultKind::Root }]);
    // What was kept elsewhere may itself be damaged.
    let faults = check(&store, known("not a note")).await.faults;
    assert!(matches!(&faults[..], [Fault { place: Place::Known(_), kind: FaultKind::Unreadable { .. } }]));
    let stranger = SignerKey::from_seed(ORIGIN, &[9; 32]).unwrap();
    let note = Checkpoint::new(ORIGIN, kept[1].size, kept[1].root).unwrap().sign(&[&stranger]).unwrap();
    let faults = check(&store, known(&note.to_string())).await.faults;
    assert!(matches!(&faults[..], [Fault { kind: FaultKind::Signature { .. }, .. }]), "{faults:#?}");
}

async fn rows_far_outside_do_not_keep_it_busy(home: Home) {
    let store = home.create().await;
    for n in 0..10 {
        put(&store, device(n, 0, "x")).await;
    }
    sequence(&store).await;
    let far = 1_i64 << 61;
    home.tamper(&format!(
        "update record_version set seq = {far} where seq = 3; update entry set first = {far} + 77 where first = 5;
         update record_version set seq = -5 where seq = 7; update entry set count = {far} where first = 8"
    ))
    .await;
    let report = check(&store, How::default()).await;
    let has = |place: &Place| report.faults.iter().any(|f| f.place == *place);
    assert!(has(&Place::Row { table: "record_version", key: "-5".into() }), "{:#?}", report.faults);
    assert!(has(&Place::Entry(5)) && has(&Place::Entry(8)));
    assert!(report.faults.iter().any(|f| matches!(f.place, Place::Version { seq: 3, .. })));
    assert!(report.faults.iter().any(|f| matches!(f.place, Place::Entries { from: 10.., .. })));
    assert!(report.faults.len() < 60);
    let all = report.faults.iter().flat_map(|f| [f.say(Lang::Ja), f.say(Lang::En)]);
    assert!(all.into_iter().all(|words| !words.is_empty()));
}

async fn accounts_are_what_the_log_says(home: Home) {
    let store = home.create().await;
    let hanako = Account {
        id: id(1),
        login: "hanako".into(),
        name: "花子".into(),
        pseudonym: "p-1".into(),
        password_hash: "$argon2id$x".into(),
        roles: vec!["operator".into()],
        lang: Lang::Ja,
        facility: String::new(),
        personnel: None,
        disabled: false,
        must_change: false,
        created: NOW,
    };
    let mut tx = store.begin(&ctx()).await.unwrap();
    tx.save_account(&hanako).await.unwrap();
    let body = json!({ "pseudonym": "p-1", "roles": ["operator"], "disabled": false, "row": hanako.seal() });
    let receipt = tx.put(NewVersion::system("account", id(1), 0, Command::Account, body)).await.unwrap();
    tx.commit(receipt).await.unwrap();
    assert_clean(&store).await;
    let place = Place::Account(id(1).to_string());
    for (column, set) in [("roles", "roles = '[\"admin\"]'"), ("row", "password_hash = '$argon2id$y'")] {
        home.tamper(&format!("update person_account set {set}")).await;
        let faults = check(&store, How::default()).await.faults;
        assert_eq!(faults, [Fault { place: place.clone(), kind: FaultKind::Differs { column } }]);
        home.tamper("update person_account set roles = '[\"operator\"]', password_hash = '$argon2id$x'").await;
    }
    let kinds = async |sql: String| {
        home.tamper(&sql).await;
        check(&store, How::default()).await.faults.into_iter().map(|f| f.kind).collect::<Vec<_>>()
    };
    let other = id(2);
    let added = kinds(format!("update person_account set id = '{other}'")).await;
    assert_eq!(added, [FaultKind::Stray, FaultKind::Missing]);
    assert_eq!(kinds("delete from person_account".into()).await, [FaultKind::Missing]);
}

async fn numbers_are_not_given_twice(home: Home) {
    let store = home.create().await;
    for n in 0..5 {
        put(&store, device(n, 0, "x")).await;
    }
    let mut imported = device(9, 0, "x");
    imported.body["code"] = "AST-2019-0044".into();
    put(&store, imported).await;
    assert_clean(&store).await;
    let prefixes = || std::collections::BTreeMap::from([("device".to_owned(), "AST".to_owned())]);
    let counter = |year| Place::Counter { prefix: "AST".into(), facility: "main".into(), year };
    let table = [
        ("last = 4 where year = 2026", "last = 5 where year = 2026", counter(2026), FaultKind::Counted { given: 5 }),
        ("last = 21 where year = 2026", "last = 5 where year = 2026", counter(2026), FaultKind::Counted { given: 5 }),
        ("year = 2018 where year = 2019", "year = 2019 where year = 2018", counter(2018), FaultKind::Stray),
        ("year = 2018 where year = 2019", "year = 2019 where year = 2018", counter(2019), FaultKind::Missing),
    ];
    for (change, back, place, kind) in table {
        home.tamper(&format!("update counter set {change}")).await;
        let faults = check(&store, How { prefixes: prefixes(), ..How::default() }).await.faults;
        assert!(faults.contains(&Fault { place, kind }), "{change}: {faults:#?}");
        home.tamper(&format!("update counter set {back}")).await;
    }
    assert!(check(&store, How { prefixes: prefixes(), ..How::default() }).await.is_clean());
}

async fn keys_and_identity_are_compared(home: Home) {
    let store = home.create().await;
    put(&store, device(1, 0, "x")).await;
    sequence(&store).await;
    store.rotate_key(NOW).await.unwrap();
    put(&store, device(2, 0, "x")).await;
    sequence(&store).await;
    assert_clean(&store).await;
    let found = async |sql: &str, back: &str| {
        home.tamper(sql).await;
        let faults = check(&store, How::default()).await.faults;
        home.tamper(back).await;
        faults
    };
    let seed = home.bytes(&[3; 32]);
    let set_seed = format!("update signing_key set seed = {seed} where until_size is not null");
    let table = [
        (&set_seed[..], "update signing_key set seed = null where until_size is not null", "seed"),
        (
            "update signing_key set from_size = 1 where from_size = 2",
            "update signing_key set from_size = 2 where from_size = 1",
            "from_size",
        ),
        ("update signing_key set name = 'x'", &format!("update signing_key set name = '{ORIGIN}'"), "name"),
    ];
    for (change, back, column) in table {
        let faults = found(change, back).await;
        let named = |f: &Fault| matches!(f.place, Place::SigningKey(_)) && f.kind == FaultKind::Differs { column };
        assert!(faults.iter().any(named), "{change}: {faults:#?}");
    }
    let set = |value: &str| format!("update meta set value = '{value}' where key = 'akashi.epoch'");
    let faults = found(&set("2"), &set("1")).await;
    assert_eq!(faults[0].place, Place::Meta("akashi.epoch".into()));
    assert_clean(&store).await;
}

async fn an_exported_log_is_checked_without_a_database(home: Home) {
    let store = filled(&home).await;
    let folder = home.data().join("tiles");
    store.export_tiles(&folder, |_, _| ()).await.unwrap();
    let report = check_tiles(&folder, None, |_, _| ()).unwrap();
    assert!(report.faults.is_empty(), "{:#?}", report.faults);
    assert_eq!((report.size, report.root), (4500, Some(store.latest_checkpoint().await.unwrap().unwrap().root)));
    for (name, at) in [("tile/0/003", 70), ("tile/1/000.p/17", 33), ("tile/entries/007", 500), ("checkpoint", 30)] {
        let path = folder.join(name);
        let good = std::fs::read(&path).unwrap();
        let mut bad = good.clone();
        bad[at] ^= 4;
        std::fs::write(&path, bad).unwrap();
        let faults = check_tiles(&folder, None, |_, _| ()).unwrap().faults;
        assert!(faults.iter().any(|f| f.place == Place::File(name.into())), "{name}: {faults:#?}");
        std::fs::write(&path, good).unwrap();
    }
    std::fs::remove_file(folder.join("tile/0/001")).unwrap();
    let faults = check_tiles(&folder, None, |_, _| ()).unwrap().faults;
    assert_eq!(faults, [Fault { place: Place::File("tile/0/001".into()), kind: FaultKind::Missing }]);
}
