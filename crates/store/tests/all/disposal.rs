//! Stories of disposal: nothing of a disposed record is left in the files, and nothing of the others is lost.

use std::path::{Path, PathBuf};

use akashi_journal::commitment::{Purpose, RecordKey};
use akashi_journal::{Digest, Entry, canon};
use akashi_store::{Disposal, Draft, Store, StoreError};
use serde_json::json;
use sqlx::Connection as _;

use crate::home::{Home, NOW, assert_clean, ctx, device, id, put, sequence};
use crate::tamper::read_bytes;

crate::stories! {
    what_was_written_is_sealed
    keys_are_wiped_from_the_files
    a_reader_delays_the_wiping
    a_shared_file_goes_with_the_last_record
    a_disposed_file_can_be_put_again
    work_in_progress_goes_along
    short_values_cannot_be_guessed_back
    the_entry_names_its_approval
    postgres_keeps_what_is_promised
}

const SECRET: &str = "極秘の保守用パスワード台帳";

pub(crate) async fn dispose(store: &Store, n: u64, expected: u32) {
    let mut tx = store.begin(&ctx()).await.unwrap();
    let disposal = Disposal {
        register: "device".into(),
        def_version: 1,
        record: id(n),
        expected,
        approval: id(500),
        rule: "medical-5y".into(),
    };
    let receipt = tx.dispose(disposal).await.unwrap();
    tx.commit(receipt).await.unwrap();
}

/// As [`dispose`]; PostgreSQL's own housekeeping may read meanwhile, and then the wiping comes with a later checkpoint.
async fn dispose_and_wipe(home: &Home, store: &Store, n: u64, expected: u32) {
    dispose(store, n, expected).await;
    if !home.is_postgres() {
        return;
    }
    for another in 0.. {
        if store.get("wipe").await.unwrap().is_none() {
            return;
        }
        put(store, device(10_000 + another, 0, "x")).await;
        sequence(store).await;
    }
}

/// Every file of the data folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The files that hold these bytes.
fn holding(home: &Home, bytes: &[u8]) -> Vec<PathBuf> {
    assert!(bytes.len() >= 16);
    let holds = |path: &PathBuf| std::fs::read(path).unwrap().windows(bytes.len()).any(|w| w == bytes);
    files(home.data()).into_iter().filter(holds).collect()
}

/// 400 records among them number 7 with the secret in body, reason and a file, at two revisions.
async fn with_secret(home: &Home) -> Store {
    let store = home.create().await;
    let paper = store.put_blob(SECRET.repeat(200).into_bytes(), NOW).await.unwrap().digest;
    let mut versions: Vec<_> = (0..400).map(|n| device(n, 0, "ふつうの端末")).collect();
    versions[7] = device(7, 0, SECRET);
    versions[7].reason = Some(format!("理由：{SECRET}"));
    versions[7].blobs = vec![paper];
    versions.push(device(7, 1, SECRET));
    let mut tx = store.begin(&ctx()).await.unwrap();
    let receipts = tx.put_all(versions).await.unwrap();
    tx.commit(receipts).await.unwrap();
    sequence(&store).await;
    store
}

async fn what_was_written_is_sealed(home: Home) {
    let store = with_secret(&home).await;
    let history = store.history(id(7)).await.unwrap();
    assert_eq!(history[0].reason.as_deref(), Some("理由：極秘の保守用パスワード台帳"));
    assert_eq!(history[1].body.as_ref().unwrap()["fields"]["name"], SECRET);
    let sealed = read_bytes(&home, "select body from record_version where seq = 7").await;
    assert!(!sealed.windows(12).any(|w| SECRET.as_bytes().starts_with(w)));
    assert_eq!(holding(&home, SECRET.as_bytes()), Vec::<PathBuf>::new());
    // The same content at the same place is never sealed to the same bytes.
    let again = home.number("select count(distinct body) from record_version").await;
    assert_eq!(again, 401);
    assert_clean(&store).await;
}

async fn keys_are_wiped_from_the_files(home: Home) {
    let store = with_secret(&home).await;
    let record = id(7);
    let key = read_bytes(&home, &format!("select key from record_key where record = '{record}'")).await;
    let body = read_bytes(&home, "select body from record_version where seq = 7").await;
    let digest = store.history(record).await.unwrap()[0].digest;
    let file_key = read_bytes(&home, "select key from blob_key").await;
    if !home.is_postgres() {
        for bytes in [&key, &body, &file_key] {
            assert!(!holding(&home, bytes).is_empty(), "the test looks in the right files");
        }
    }
    dispose_and_wipe(&home, &store, 7, 2).await;
    for bytes in [&key, &body, &file_key] {
        assert_eq!(holding(&home, bytes), Vec::<PathBuf>::new());
    }
    assert_eq!(home.number("select count(*) from blob_key").await, 0);
    assert_eq!(home.number("select count(*) from meta where key = 'set.wipe'").await, 0);
    let left =
        files(home.data()).into_iter().filter(|path| path.components().any(|c| c.as_os_str() == "blobs")).count();
    assert_eq!(left, 0, "the file is gone");
    // The entry stays, and nobody can test a guess: the commitment hangs on a key that is no more.
    assert_eq!(store.history(record).await.unwrap()[0].digest, digest);
    let key_now = read_bytes(&home, &format!("select key from record_key where record = '{record}'")).await;
    assert_ne!(key_now, key);
    sequence(&store).await;
    assert_clean(&store).await;
}

async fn a_reader_delays_the_wiping(home: Home) {
    if home.is_postgres() {
        // There a reader delays it too, but only one of the key table; the same code handles it.
        return;
    }
    let store = with_secret(&home).await;
    let key = read_bytes(&home, &format!("select key from record_key where record = '{}'", id(7))).await;
    let mut reader = sqlx::SqliteConnection::connect(home.address()).await.unwrap();
    sqlx::raw_sql("begin; select count(*) from record_version;").execute(&mut reader).await.unwrap();
    dispose(&store, 7, 2).await;
    assert_eq!(store.get("wipe").await.unwrap().as_deref(), Some("due"));
    assert!(!holding(&home, &key).is_empty(), "somebody still reads the old state");
    sqlx::raw_sql("rollback").execute(&mut reader).await.unwrap();
    reader.close().await.unwrap();
    sequence(&store).await;
    assert_eq!(holding(&home, &key), Vec::<PathBuf>::new());
    assert_eq!(store.get("wipe").await.unwrap(), None);
}

async fn a_shared_file_goes_with_the_last_record(home: Home) {
    let store = home.create().await;
    let paper = store.put_blob(b"shared".to_vec(), NOW).await.unwrap().digest;
    for n in [1, 2] {
        let mut version = device(n, 0, "x");
        version.blobs = vec![paper];
        put(&store, version).await;
    }
    dispose(&store, 1, 1).await;
    assert_eq!(store.blob(paper).await.unwrap(), b"shared");
    assert_clean(&store).await;
    dispose(&store, 2, 1).await;
    assert!(matches!(store.blob(paper).await, Err(StoreError::NoBlob { .. })));
    assert_clean(&store).await;
    let mut version = device(3, 0, "x");
    version.blobs = vec![paper];
    let mut tx = store.begin(&ctx()).await.unwrap();
    assert!(matches!(tx.put(version).await, Err(StoreError::NoBlob { .. })));
}

async fn a_disposed_file_can_be_put_again(home: Home) {
    let store = home.create().await;
    let paper = store.put_blob(b"again".to_vec(), NOW).await.unwrap().digest;
    let mut version = device(1, 0, "x");
    version.blobs = vec![paper];
    put(&store, version.clone()).await;
    let key = read_bytes(&home, "select key from blob_key").await;
    dispose(&store, 1, 1).await;
    assert_eq!(store.put_blob(b"again".to_vec(), NOW).await.unwrap().digest, paper);
    assert_ne!(read_bytes(&home, "select key from blob_key").await, key);
    version.record = id(2);
    put(&store, version).await;
    assert_eq!(store.blob(paper).await.unwrap(), b"again");
    assert_clean(&store).await;
}

async fn work_in_progress_goes_along(home: Home) {
    let store = with_secret(&home).await;
    let record = id(7);
    let body = json!({ "name": SECRET, "note": "ふたりだけの話を下書きに" });
    let draft = Draft { register: "device".into(), record: Some(record), body: body.clone(), at: NOW };
    store.save_draft(id(7), &draft).await.unwrap();
    let new = Draft { record: None, ..draft.clone() };
    store.save_draft(id(8), &new).await.unwrap();
    store.save_mapping("device", "f1", &json!({ "A": "見出し" }), NOW).await.unwrap();
    store.save_mapping("contract", "f1", &json!({ "A": "name" }), NOW).await.unwrap();
    assert_eq!(store.drafts(id(8)).await.unwrap(), std::slice::from_ref(&new));
    // A draft is sealed while it waits: in no file of the database does it stand in the clear.
    assert_eq!(holding(&home, "ふたりだけの話を下書きに".as_bytes()), Vec::<PathBuf>::new());
    let sealed = home.number("select count(*) from draft where body like '%name%'").await;
    assert_eq!(sealed, 0);
    dispose(&store, 7, 2).await;
    assert_eq!(store.drafts(id(7)).await.unwrap(), []);
    assert_eq!(home.number("select count(*) from draft").await, 1);
    assert_eq!(store.drafts(id(8)).await.unwrap(), [new]);
    assert_eq!(store.mapping("device", "f1").await.unwrap(), None);
    assert!(store.mapping("contract", "f1").await.unwrap().is_some());
    // A form that was still open cannot bring the content back.
    let late = store.save_draft(id(8), &draft).await;
    assert!(matches!(late, Err(StoreError::Disposed { .. })), "{late:?}");
    assert_eq!(holding(&home, SECRET.as_bytes()), Vec::<PathBuf>::new());
}

/// The leaf that the log holds for a version.
async fn leaf(home: &Home, store: &Store, seq: u64) -> Entry {
    let folder = tempfile_in(home, &format!("tiles-{seq}"));
    store.export_tiles(&folder, |_, _| ()).await.unwrap();
    let entries: Vec<u8> =
        files(&folder.join("tile/entries")).into_iter().map(|p| std::fs::read(p).unwrap()).next().unwrap();
    let mut rest = &entries[..];
    for _ in 0..seq {
        let length = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
        rest = &rest[2 + length..];
    }
    let length = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
    Entry::from_leaf(&rest[2..2 + length]).unwrap()
}

fn tempfile_in(home: &Home, name: &str) -> PathBuf {
    let folder = home.data().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A yes or no, a ward, a surname: with the key any candidate can be confirmed, without it none.
async fn short_values_cannot_be_guessed_back(home: Home) {
    let store = home.create().await;
    let surnames = ["佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤"];
    let candidates: Vec<_> = surnames.iter().flat_map(|name| [true, false].map(|yes| (*name, yes))).collect();
    let body = |name: &str, yes: bool| json!({"code": "AST-2026-0001", "facility": "main", "state": "in-use", "fields": {"name": name, "yes": yes}});
    let mut version = device(1, 0, "x");
    version.body = body("渡辺", true);
    version.reason = Some("はい".into());
    put(&store, version).await;
    sequence(&store).await;
    let entry = leaf(&home, &store, 0).await;
    let read = || read_bytes(&home, "select key from record_key");
    // What an attacker can do with the log and whatever key he has: try everybody, and every reason of one word.
    let hits = |key: &[u8]| {
        let key = RecordKey::new(key.try_into().unwrap());
        let body = |(name, yes): &&(&str, bool)| {
            key.commit(Purpose::Body, 1, &canon::to_vec(&body(name, *yes)).unwrap()) == entry.body
        };
        let bodies = candidates.iter().filter(body).count();
        let plain =
            |(name, yes): &&(&str, bool)| Digest::of(&canon::to_vec(&body_of(name, *yes)).unwrap()) == entry.body;
        let reasons = ["はい", "いいえ"]
            .iter()
            .filter(|r| Some(key.commit(Purpose::Reason, 1, r.as_bytes())) == entry.reason)
            .count();
        (bodies, candidates.iter().filter(plain).count(), reasons)
    };
    assert_eq!(hits(&read().await), (1, 0, 1), "with the key the test finds the one");
    dispose(&store, 1, 1).await;
    sequence(&store).await;
    assert_eq!(leaf(&home, &store, 0).await, entry, "the entry stays as it was");
    assert_eq!(hits(&read().await), (0, 0, 0));
    assert_clean(&store).await;

    fn body_of(name: &str, yes: bool) -> serde_json::Value {
        json!({"code": "AST-2026-0001", "facility": "main", "state": "in-use", "fields": {"name": name, "yes": yes}})
    }
}

async fn the_entry_names_its_approval(home: Home) {
    let store = home.create().await;
    put(&store, device(1, 0, "x")).await;
    dispose(&store, 1, 1).await;
    sequence(&store).await;
    let entry = leaf(&home, &store, 1).await;
    assert_eq!((entry.command, entry.batch), (akashi_journal::Command::Dispose, Some(id(500).to_string())));
    assert_eq!((entry.state.as_str(), entry.valid_from.as_deref()), ("in-use", Some("2026-11-22")));
}

/// What `wipe` promises of PostgreSQL: no plain text anywhere, its log included, and no key in any file of the database.
async fn postgres_keeps_what_is_promised(home: Home) {
    if !home.is_postgres() {
        return;
    }
    let store = with_secret(&home).await;
    let note = "下書きの秘密をここに書く";
    let draft = Draft { register: "device".into(), record: Some(id(7)), body: json!({ "note": note }), at: NOW };
    store.save_draft(id(8), &draft).await.unwrap();
    let key = read_bytes(&home, &format!("select key from record_key where record = '{}'", id(7))).await;
    let file_key = read_bytes(&home, "select key from blob_key").await;
    let digest = store.history(id(7)).await.unwrap()[0].digest;
    let paper = Digest::of(SECRET.repeat(200).as_bytes()).to_hex();
    assert!(found(&home, &key).await.iter().any(|place| place == "record_key"), "the test looks in the right files");
    assert!(found(&home, paper.as_bytes()).await.iter().any(|place| place == "blob"));
    dispose_and_wipe(&home, &store, 7, 2).await;
    for bytes in [&key, &file_key] {
        let places: Vec<String> = found(&home, bytes).await.into_iter().filter(|p| !p.starts_with("pg_wal")).collect();
        assert_eq!(places, Vec::<String>::new());
    }
    for plain in [SECRET.as_bytes(), note.as_bytes()] {
        assert_eq!(found(&home, plain).await, Vec::<String>::new(), "the log holds it sealed too");
    }
    // The promise ends here: the digest of a file may stand for a while in pages of the large tables, and in the log.
    let places = found(&home, paper.as_bytes()).await;
    let large = |p: &String| p == "record_version" || p.starts_with("blob_chunk") || p.starts_with("pg_wal");
    assert!(places.iter().all(large), "{places:?}");
    assert_eq!(store.history(id(7)).await.unwrap()[0].digest, digest);
}

/// The tables, indexes and log files of the PostgreSQL server whose bytes on disk hold these.
async fn found(home: &Home, bytes: &[u8]) -> Vec<String> {
    let mut c = sqlx::PgConnection::connect(home.address()).await.unwrap();
    sqlx::raw_sql("checkpoint").execute(&mut c).await.unwrap();
    let text = "select relname::text, pg_relation_filepath(oid)::text from pg_class
                where relkind in ('r', 'i', 't') and relnamespace <> 'pg_catalog'::regnamespace
                union all select 'pg_wal ' || name, 'pg_wal/' || name from pg_ls_waldir()";
    let places: Vec<(String, Option<String>)> = sqlx::query_as(text).fetch_all(&mut c).await.unwrap();
    let mut holds = Vec::new();
    for (name, path) in places {
        let text = "select position($1 in pg_read_binary_file($2, 0, 1 << 29, true)) > 0";
        let hit: Option<bool> = sqlx::query_scalar(text).bind(bytes).bind(path).fetch_one(&mut c).await.unwrap();
        holds.extend(hit.unwrap_or(false).then_some(name));
    }
    holds
}
