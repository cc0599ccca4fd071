//! Stories about changes behind the store's back: every one is found, with its place.

use akashi_store::Store;
use akashi_store::verify::{Fault, FaultKind, Place};
use sqlx::Connection as _;

use crate::home::{Home, NOW, assert_clean, ctx, device, id, put, sequence};

crate::stories! {
    rows_lost_or_moved_are_found
    a_cut_end_is_found
    file_contents_are_checked
    a_log_signed_anew_is_found_by_who_kept_the_key
    files_are_for_their_owner_only
}

/// 300 versions of 290 records under 4 checkpoints, with reasons, files and a batch.
async fn filled(home: &Home) -> Store {
    let store = home.create().await;
    let paper = store.put_blob("契約書".as_bytes().to_vec(), NOW).await.unwrap().digest;
    for round in 0..3_u64 {
        let mut versions: Vec<_> = (round * 97..round * 97 + 96).map(|n| device(n, 0, "機器")).collect();
        versions.push(device(round * 97, 1, "again"));
        for version in versions.iter_mut().step_by(3) {
            version.reason = Some("棚卸 2026".into());
            version.blobs = vec![paper];
            version.batch = Some(id(9999));
            version.valid_from = akashi_domain::PartialDate::parse("2026-04-01");
        }
        let mut tx = store.begin(&ctx()).await.unwrap();
        let receipts = tx.put_all(versions).await.unwrap();
        tx.commit(receipts).await.unwrap();
        sequence(&store).await;
    }
    for n in 2000..2009 {
        put(&store, device(n, 0, "x")).await;
    }
    sequence(&store).await;
    assert_clean(&store).await;
    store
}

async fn rows_lost_or_moved_are_found(home: Home) {
    let store = filled(&home).await;
    let places = async |sql: &str| {
        home.tamper(sql).await;
        store.verify(None, |_| ()).await.unwrap().faults
    };
    let found = places(
        "update record_version set seq = -1 where seq = 10; update record_version set seq = 10 where seq = 11;
         update record_version set seq = 11 where seq = -1",
    )
    .await;
    for moved in [10, 11] {
        assert!(found.iter().any(|f| matches!(&f.place, Place::Version { seq, .. } if *seq == moved)));
    }
    let found = places("delete from record_version where seq = 20").await;
    let lost = |f: &Fault| matches!(&f.place, Place::Version { seq: 20, record, .. } if *record == id(20).to_string());
    assert!(found.iter().any(|f| lost(f) && f.kind == FaultKind::Missing), "{found:#?}");
    // Revision 1 of a record with two: the second one misses it too.
    let found = places("delete from record_version where seq = 0").await;
    assert!(found.iter().any(|f| matches!(&f.place, Place::Version { seq: 96, .. }) && f.kind == FaultKind::Gap));
    let found = places("delete from node where level = 8").await;
    assert!(found.contains(&Fault { place: Place::Node { level: 8, number: 0 }, kind: FaultKind::Missing }));
    let found = places("delete from record_key").await;
    assert!(found.iter().filter(|f| f.kind == FaultKind::Key).count() > 250);
    let found = places("delete from checkpoint where size = 300").await;
    assert!(found.contains(&Fault { place: Place::CheckpointFile, kind: FaultKind::Missing }), "{found:#?}");
    let found = places("delete from entry where first = 0").await;
    // Of entry 0 the version is gone too.
    assert!(found.contains(&Fault { place: Place::Entries { from: 0, until: 1 }, kind: FaultKind::Missing }));
    assert!(found.contains(&Fault { place: Place::Entry(255), kind: FaultKind::Missing }));
}

async fn a_cut_end_is_found(home: Home) {
    let store = filled(&home).await;
    // Everything after entry 280 is gone, without a trace in the tables.
    home.tamper(
        "delete from record_version where seq >= 291; delete from entry where first >= 291;
         delete from checkpoint where size > 291",
    )
    .await;
    let faults = store.verify(None, |_| ()).await.unwrap().faults;
    let beyond = FaultKind::Beyond { entries: 291 };
    assert!(faults.contains(&Fault { place: Place::CheckpointFile, kind: beyond }), "{faults:#?}");
    assert!(faults.iter().any(|f| f.place == Place::LogState));
}

async fn file_contents_are_checked(home: Home) {
    let store = home.create().await;
    let blob = store.put_blob(vec![7; 3_000_000], NOW).await.unwrap();
    let empty = store.put_blob(Vec::new(), NOW).await.unwrap();
    let mut version = device(1, 0, "x");
    version.blobs = vec![blob.digest, empty.digest];
    put(&store, version).await;
    assert_eq!(assert_clean(&store).await.files, 2);
    assert_eq!(store.blob(blob.digest).await.unwrap(), vec![7; 3_000_000]);
    assert_eq!(store.blob(empty.digest).await.unwrap(), Vec::<u8>::new());

    let hex = blob.digest.to_hex();
    let name = read_text(&home, &format!("select file from blob_key where digest = '{hex}'")).await;
    let path = home.data().join("blobs").join(&name[..2]).join(&name[2..]);
    if home.is_postgres() {
        home.tamper("update blob_chunk set bytes = '\\x00' where number = 2").await;
    } else {
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.pop();
        std::fs::write(&path, bytes).unwrap();
    }
    let place = Place::Blob(hex.clone());
    let faults = store.verify(None, |_| ()).await.unwrap().faults;
    let third = FaultKind::Bytes { from: 2 << 20, until: 3 << 20 };
    assert_eq!(faults, [Fault { place: place.clone(), kind: third }]);
    assert!(store.blob(blob.digest).await.is_err());
    // Putting the same content again mends it.
    store.put_blob(vec![7; 3_000_000], NOW).await.unwrap();
    assert_clean(&store).await;

    home.tamper("delete from blob; delete from blob_chunk").await;
    let faults = store.verify(None, |_| ()).await.unwrap().faults;
    assert!(faults.contains(&Fault { place, kind: FaultKind::Missing }));
}

async fn files_are_for_their_owner_only(home: Home) {
    use std::os::unix::fs::PermissionsExt as _;
    let store = home.create().await;
    put(&store, device(1, 0, "x")).await;
    store.put_blob(b"paper".to_vec(), NOW).await.unwrap();
    let mode = |name: &str| std::fs::metadata(home.data().join(name)).map(|m| m.permissions().mode() & 0o077);
    for name in ["akashi.db", "akashi.db-wal", "blobs"] {
        match mode(name) {
            Ok(others) => assert_eq!(others, 0, "{name}"),
            Err(_) => assert!(home.is_postgres(), "{name} is missing"),
        }
    }
}

async fn a_log_signed_anew_is_found_by_who_kept_the_key(home: Home) {
    let store = filled(&home).await;
    let kept = store.key_ring().await.unwrap();
    // Somebody with the database replaces key and signature of the newest checkpoint.
    let newest = store.latest_checkpoint().await.unwrap().unwrap();
    let note = akashi_journal::checkpoint::Checkpoint::new(&store.meta().origin, newest.size, newest.root).unwrap();
    let forged = Home::sqlite();
    let init = akashi_store::Init { log_seed: Some([66; 32]), ..crate::home::init() };
    let forger = Store::create(forged.address(), forged.data(), &init).await.unwrap();
    let note = forger.signer().await.unwrap().sign(&note, newest.at).unwrap().to_string();
    let mut sql = format!(
        "update checkpoint set note = {} where size = {}; delete from checkpoint where size < {};",
        quote(&note),
        newest.size,
        newest.size,
    );
    let text = "select id, public, seed from signing_key order by length(public)";
    let theirs: Vec<(String, String, Vec<u8>)> = forged.rows(text).await;
    let ours: Vec<(String, String, Vec<u8>)> = home.rows(text).await;
    for ((old, ..), (id, public, seed)) in ours.iter().zip(theirs) {
        let (public, seed) = (quote(&public), home.bytes(&seed));
        sql += &format!("update signing_key set id = '{id}', public = {public}, seed = {seed} where id = '{old}';");
    }
    home.tamper(&sql).await;
    std::fs::write(store.checkpoint_path(), &note).unwrap();
    assert!(store.verify(None, |_| ()).await.unwrap().is_clean());
    let faults = store.verify(Some(kept), |_| ()).await.unwrap().faults;
    assert!(faults.iter().any(|f| matches!(f.kind, FaultKind::Signature { .. })));
}

/// Text as a statement has it.
pub(crate) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

pub(crate) async fn read_text(home: &Home, sql: &str) -> String {
    let text = sqlx::AssertSqlSafe(sql.to_owned());
    if home.is_postgres() {
        let mut c = sqlx::PgConnection::connect(home.address()).await.unwrap();
        return sqlx::query_scalar(text).fetch_one(&mut c).await.unwrap();
    }
    let mut c = sqlx::SqliteConnection::connect(home.address()).await.unwrap();
    sqlx::query_scalar(text).fetch_one(&mut c).await.unwrap()
}

pub(crate) async fn read_bytes(home: &Home, sql: &str) -> Vec<u8> {
    let text = sqlx::AssertSqlSafe(sql.to_owned());
    if home.is_postgres() {
        let mut c = sqlx::PgConnection::connect(home.address()).await.unwrap();
        return sqlx::query_scalar(text).fetch_one(&mut c).await.unwrap();
    }
    let mut c = sqlx::SqliteConnection::connect(home.address()).await.unwrap();
    sqlx::query_scalar(text).fetch_one(&mut c).await.unwrap()
}
