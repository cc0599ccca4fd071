//! Stories about writing: what is committed is journaled, what is not committed never was.

use akashi_domain::PartialDate;
use akashi_journal::{Command, Digest, Entry};
use akashi_store::{Disposal, NewVersion, Store, StoreError, WriteCtx};
use serde_json::json;

use crate::home::{Home, NOW, assert_clean, catalog, ctx, device, id, put, sequence};

crate::stories! {
    a_version_has_its_entry
    what_is_not_committed_never_was
    a_stale_revision_is_refused
    one_command_of_several_fails
    receipts_of_others_do_not_commit
    an_error_in_between_forbids_the_commit
    many_versions_at_once
    numbers_from_outside_are_not_given_again
    a_clock_that_goes_back
    disposal_destroys_content_and_key
    an_installation_is_made_once
    the_guards_refuse
}

async fn a_version_has_its_entry(home: Home) {
    let store = home.create().await;
    let mut version = device(1, 0, "受付PC");
    version.valid_from = PartialDate::parse("2026-04");
    version.reason = Some("新規購入".into());
    version.batch = Some(id(99));
    let receipt = put(&store, version).await;
    assert_eq!((receipt.seq, receipt.rev, receipt.code.as_str()), (0, 1, "AST-2026-0001"));
    let second = put(&store, NewVersion { expected: 1, command: Command::Move, ..device(1, 1, "受付PC") }).await;

    let leaves = store.entries(0, 10).await.unwrap();
    assert_eq!(leaves.len(), 2);
    let first = Entry::from_leaf(&leaves[0]).unwrap();
    assert_eq!((first.body, first.rev, first.prev), (receipt.digest, 1, None));
    assert_eq!((first.valid_from.as_deref(), first.batch.clone()), (Some("2026-04"), Some(id(99).to_string())));
    let moved = Entry::from_leaf(&leaves[1]).unwrap();
    assert_eq!((moved.prev, moved.command), (Some(receipt.leaf_hash), Command::Move));
    // The leaf gives nothing away.
    let text = String::from_utf8(leaves.concat()).unwrap();
    assert!(!text.contains("受付PC") && !text.contains("新規購入"));

    let history = store.history(id(1)).await.unwrap();
    assert_eq!(history.iter().map(|h| h.command.as_str()).collect::<Vec<_>>(), ["put", "move"]);
    assert_eq!(history[0].reason.as_deref(), Some("新規購入"));
    assert_eq!(history[0].body.as_ref().unwrap()["code"], "AST-2026-0001");
    assert_eq!((second.seq, history[1].digest), (1, second.digest));
    sequence(&store).await;
    let report = assert_clean(&store).await;
    assert_eq!((report.entries, report.covered), (2, 2));
}

async fn what_is_not_committed_never_was(home: Home) {
    let store = home.create().await;
    let mut tx = store.begin(&ctx()).await.unwrap();
    tx.put(device(1, 0, "a")).await.unwrap();
    drop(tx);
    let mut tx = store.begin(&ctx()).await.unwrap();
    tx.put(device(2, 0, "b")).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(store.end().await.unwrap(), 0);
    assert!(store.entries(0, 10).await.unwrap().is_empty());
    // Neither number nor position was used up.
    let receipt = put(&store, device(3, 0, "c")).await;
    assert_eq!((receipt.seq, receipt.code.as_str()), (0, "AST-2026-0001"));
    assert_clean(&store).await;
}

async fn a_stale_revision_is_refused(home: Home) {
    let store = home.create().await;
    put(&store, device(1, 0, "a")).await;
    put(&store, device(1, 1, "b")).await;
    for (seen, found) in [(0, 2), (1, 2), (7, 2)] {
        let mut tx = store.begin(&ctx()).await.unwrap();
        match tx.put(device(1, seen, "c")).await.unwrap_err() {
            StoreError::StaleRevision { record, expected, found: now } => {
                assert_eq!((record, expected, now), (id(1), seen, found));
            }
            other => panic!("{other}"),
        }
    }
    let mut tx = store.begin(&ctx()).await.unwrap();
    let other = NewVersion { register: "contract".into(), ..device(1, 2, "c") };
    assert!(matches!(tx.put(other).await, Err(StoreError::OtherRegister { .. })));
    drop(tx);
    assert_eq!(store.history(id(1)).await.unwrap().len(), 2);
    assert_clean(&store).await;
}

async fn one_command_of_several_fails(home: Home) {
    let store = home.create().await;
    let mut tx = store.begin(&ctx()).await.unwrap();
    let mut kept = Vec::new();
    for (n, expected) in [(1, 0), (2, 5), (3, 0), (1, 1), (3, 0)] {
        let savepoint = tx.savepoint().await.unwrap();
        match tx.put(device(n, expected, "x")).await {
            Ok(receipt) => {
                tx.release(savepoint).await.unwrap();
                kept.push(receipt);
            }
            Err(StoreError::StaleRevision { .. }) => tx.rollback_to(savepoint).await.unwrap(),
            Err(other) => panic!("{other}"),
        }
    }
    let mut kept = kept.into_iter();
    let mut receipts = akashi_store::Receipts::from(kept.next().unwrap());
    kept.for_each(|receipt| receipts.extend(receipt));
    let committed = tx.commit(receipts).await.unwrap();
    let written: Vec<_> = committed.receipts().map(|r| (r.seq, r.record, r.rev)).collect();
    assert_eq!(written, [(0, id(1), 1), (1, id(3), 1), (2, id(1), 2)]);
    sequence(&store).await;
    assert_eq!(assert_clean(&store).await.entries, 3);
}

async fn receipts_of_others_do_not_commit(home: Home) {
    let store = home.create().await;
    let old = put(&store, device(1, 0, "a")).await;
    let mut tx = store.begin(&ctx()).await.unwrap();
    tx.put(device(2, 0, "b")).await.unwrap();
    assert!(matches!(tx.commit(old).await, Err(StoreError::ForeignReceipt)));
    assert_eq!(store.end().await.unwrap(), 1);

    // A receipt of an undone command is void, also when its position was given anew.
    let mut tx = store.begin(&ctx()).await.unwrap();
    let savepoint = tx.savepoint().await.unwrap();
    let undone = tx.put(device(3, 0, "c")).await.unwrap();
    tx.rollback_to(savepoint).await.unwrap();
    let anew = tx.put(device(4, 0, "d")).await.unwrap();
    assert_eq!(undone.seq, anew.seq);
    assert!(matches!(tx.commit(undone).await, Err(StoreError::ForeignReceipt)));
    assert_eq!(store.end().await.unwrap(), 1);
    assert_clean(&store).await;
}

async fn an_error_in_between_forbids_the_commit(home: Home) {
    let store = home.create().await;
    let mut tx = store.begin(&ctx()).await.unwrap();
    let first = tx.put(device(1, 0, "a")).await.unwrap();
    // 200 good ones go out before the bad one is met.
    let mut many: Vec<_> = (10..210).map(|n| device(n, 0, "n")).collect();
    many.push(device(999, 3, "stale"));
    assert!(tx.put_all(many).await.is_err());
    assert!(matches!(tx.commit(first).await, Err(StoreError::ForeignReceipt)));
    assert_eq!(store.end().await.unwrap(), 0);
    let mut tx = store.begin(&ctx()).await.unwrap();
    assert!(matches!(tx.put_all(Vec::new()).await, Err(StoreError::Nothing)));
    drop(tx);
    assert_clean(&store).await;
}

async fn many_versions_at_once(home: Home) {
    let store = home.create().await;
    put(&store, device(0, 0, "first")).await;
    sequence(&store).await;
    let mut versions: Vec<_> = (1..700).map(|n| device(n, 0, "n")).collect();
    // Revisions of the same records, in the same packet and in a later one.
    versions.insert(5, device(1, 1, "again"));
    versions.push(device(1, 2, "again"));
    versions.push(device(0, 1, "again"));
    let mut tx = store.begin(&ctx()).await.unwrap();
    let receipts = tx.put_all(versions).await.unwrap();
    assert_eq!(receipts.len(), 702);
    assert!(receipts.iter().map(|r| r.seq).eq(1..703));
    tx.commit(receipts).await.unwrap();
    // Before sequencing the first bundle is in two rows: 1 + 255.
    assert_eq!(home.number("select count(*) from entry where first < 256").await, 2);
    sequence(&store).await;
    let closed = home.number("select count(*) from entry where count = 256").await;
    assert_eq!((closed, home.number("select count(*) from entry").await), (2, 3));
    assert_eq!(home.number("select count(*) from node").await, 3);
    assert_eq!(store.entries(250, 600).await.unwrap().len(), 350);
    assert_eq!(store.entries(700, 900).await.unwrap().len(), 3);
    let codes = home.number("select count(distinct code) from record_version where rev = 1").await;
    assert_eq!(codes, 700);
    assert_eq!(assert_clean(&store).await.covered, 703);
}

async fn numbers_from_outside_are_not_given_again(home: Home) {
    let store = home.create().await;
    let mut given = device(1, 0, "a");
    given.body["code"] = json!("AST-2026-0041");
    put(&store, given).await;
    assert_eq!(put(&store, device(2, 0, "b")).await.code, "AST-2026-0042");
    let mut foreign = device(3, 0, "c");
    foreign.body["code"] = json!("PC-0007");
    assert_eq!(put(&store, foreign).await.code, "PC-0007");
    // Another facility and another year count for themselves.
    let mut branch = device(4, 0, "d");
    branch.body["facility"] = json!("branch");
    assert_eq!(put(&store, branch).await.code, "AST-2026-0001");
    let next_year = WriteCtx { at: NOW + 40 * 86_400_000_000, ..ctx() };
    let mut tx = store.begin(&next_year).await.unwrap();
    assert_eq!(tx.put(device(5, 0, "e")).await.unwrap().code, "AST-2027-0001");
    drop(tx);
    assert_clean(&store).await;
}

async fn a_clock_that_goes_back(home: Home) {
    let store = home.create().await;
    put(&store, device(1, 0, "a")).await;
    let mut tx = store.begin(&WriteCtx { at: NOW - 3_600_000_000, ..ctx() }).await.unwrap();
    assert_eq!(tx.at(), NOW);
    let receipt = tx.put(device(1, 1, "b")).await.unwrap();
    assert_eq!(tx.commit(receipt).await.unwrap().first().recorded_at, NOW);
    assert_clean(&store).await;
}

async fn disposal_destroys_content_and_key(home: Home) {
    let store = home.create().await;
    let mut version = device(1, 0, "秘密の端末");
    version.reason = Some("秘密の理由".into());
    version.blobs = vec![store.put_blob(b"secret".to_vec(), NOW).await.unwrap().digest];
    put(&store, version).await;
    put(&store, device(1, 1, "秘密の端末")).await;
    put(&store, device(2, 0, "残る端末")).await;
    let (mut world, loaded) = store.load_world(catalog()).await.unwrap();
    let keys_before = home.number("select count(*) from record_key").await;

    let mut tx = store.begin(&ctx()).await.unwrap();
    let receipt = tx.dispose(disposal(1, 2)).await.unwrap();
    tx.commit(receipt).await.unwrap();
    sequence(&store).await;
    let report = assert_clean(&store).await;
    assert_eq!(report.entries, 4);
    let history = store.history(id(1)).await.unwrap();
    assert!(history[..2].iter().all(|h| h.disposed && h.body.is_none() && h.reason.is_none()));
    assert_eq!(history[2].body.as_ref().unwrap()["disposal"]["rule"], "medical-5y");
    assert_eq!(home.number("select count(*) from record_key").await, keys_before);

    // A world that was loaded before loses the content too.
    let more = store.load_since(&mut world, loaded.next).await.unwrap();
    assert!(more.faults.is_empty());
    let versions = world.history(id(1));
    assert_eq!(versions.iter().map(|v| v.disposed).collect::<Vec<_>>(), [true; 3]);
    let gone = world.gone(id(1)).unwrap();
    assert_eq!((gone.approval, &*gone.rule, gone.rev, gone.at), (Some(id(500)), "medical-5y", 3, NOW));
    assert!(versions[0].cells.iter().all(|cell| cell.is_missing()));

    let mut tx = store.begin(&ctx()).await.unwrap();
    assert!(matches!(tx.put(device(1, 3, "x")).await, Err(StoreError::Disposed { .. })));
    drop(tx);
    let mut tx = store.begin(&ctx()).await.unwrap();
    assert!(matches!(tx.dispose(disposal(77, 0)).await, Err(StoreError::StaleRevision { .. })));
    drop(tx);
    // Content that vanished without a disposal is a fault.
    home.tamper(&format!("update record_version set body = null, disposed = true where record = '{}'", id(2))).await;
    assert!(!store.verify(None, |_| ()).await.unwrap().is_clean());
}

fn disposal(n: u64, expected: u32) -> Disposal {
    Disposal {
        register: "device".into(),
        def_version: 1,
        record: id(n),
        expected,
        approval: id(500),
        rule: "medical-5y".into(),
    }
}

async fn an_installation_is_made_once(home: Home) {
    let missing = Store::open(home.address(), home.data()).await;
    assert!(matches!(missing, Err(StoreError::NotInitialised { .. })));
    let store = home.create().await;
    let again = Store::create(home.address(), home.data(), &crate::home::init()).await;
    assert!(matches!(again, Err(StoreError::AlreadyInitialised { .. })));
    assert_eq!(home.open().await.meta(), store.meta());
    assert_eq!((store.meta().organisation.as_str(), store.meta().epoch), ("北里山病院", 1));
    store.set("theme", "paper").await.unwrap();
    store.set("theme", "plain").await.unwrap();
    assert_eq!(home.open().await.get("theme").await.unwrap().as_deref(), Some("plain"));
    assert_eq!(store.get("none").await.unwrap(), None);
}

async fn the_guards_refuse(home: Home) {
    let store = home.create().await;
    let versions = (0..300).map(|n| device(n, 0, "x")).collect();
    let mut tx = store.begin(&ctx()).await.unwrap();
    let receipts = tx.put_all(versions).await.unwrap();
    tx.commit(receipts).await.unwrap();
    sequence(&store).await;
    let table = [
        "delete from record_version where seq = 3",
        "update record_version set body = '{}' where seq = 3",
        "update record_version set state = 'disposed' where seq = 3",
        "update record_version set recorded_at = 0 where seq = 3",
        "delete from entry where first = 0",
        "update entry set leaves = leaves where first = 0",
        "update node set hash = hash",
        "delete from node",
        "delete from checkpoint",
    ];
    for sql in table {
        assert!(home.try_sql(sql).await.is_err(), "{sql}");
    }
    assert_clean(&store).await;
    let digest = Digest::of(b"x");
    assert!(matches!(store.blob(digest).await, Err(StoreError::NoBlob { .. })));
}
