//! Stories of disposal: nothing of a disposed record is left in the files, and nothing of the others is lost.

use std::path::{Path, PathBuf};

use akashi_store::{Disposal, Store, StoreError};

use crate::home::{Home, NOW, assert_clean, ctx, device, id, put, sequence};
use crate::tamper::read_bytes;

crate::stories! {
    what_was_written_is_sealed
    keys_are_wiped_from_the_files
    a_reader_delays_the_wiping
    a_shared_file_goes_with_the_last_record
    a_disposed_file_can_be_put_again
}

const SECRET: &str = "極秘の保守用パスワード台帳";

async fn dispose(store: &Store, n: u64, expected: u32) {
    let mut tx = store.begin(&ctx()).await.unwrap();
    let disposal = Disposal {
        register: "device".into(),
        def_version: 1,
        record: id(n),
        expected,
        state: "disposed".into(),
        approval: id(500),
        rule: "medical-5y".into(),
    };
    let receipt = tx.dispose(disposal).await.unwrap();
    tx.commit(receipt).await.unwrap();
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
    dispose(&store, 7, 2).await;
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
    use sqlx::Connection as _;
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
