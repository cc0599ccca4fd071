//! Stories of files that wait for their import: any server finds them, nobody else does, and they end.

use akashi_store::{Store, UploadKey};

use crate::disposal::dispose;
use crate::home::{Home, NOW, device, id, put};

crate::stories! {
    an_upload_is_found_on_any_server_and_by_nobody_else
    an_upload_ends
    an_account_has_room_for_some
    a_disposal_takes_uploads_along
}

const HOUR: i64 = 3600 * 1_000_000;
const TOKEN: &str = "00112233445566778899aabbccddeeff";
const STATE: &[u8] = b"what was read of it: 0123456789";

fn key(token: &str) -> UploadKey<'_> {
    UploadKey { token, account: id(900) }
}

/// More than one part, and nothing like it anywhere else.
fn file() -> Vec<u8> {
    (0..3_000_000u32).flat_map(|n| n.to_be_bytes()).take(2_500_000).collect()
}

/// How many uploads and parts there are.
async fn left(home: &Home) -> (i64, i64) {
    let uploads = home.rows::<(i64,)>("select count(*) from upload").await[0].0;
    (uploads, home.rows::<(i64,)>("select count(*) from upload_part").await[0].0)
}

async fn an_upload_is_found_on_any_server_and_by_nobody_else(home: Home) {
    let one = home.create().await;
    one.keep_upload(key(TOKEN), NOW, STATE, &file()).await.unwrap();
    let other = home.open().await;
    assert_eq!(other.upload(key(TOKEN), NOW + 1).await.unwrap().as_deref(), Some(STATE));
    assert_eq!(other.upload_bytes(key(TOKEN), NOW + 1).await.unwrap(), Some(file()));
    assert!(other.change_upload(key(TOKEN), NOW + 2, b"another mapping").await.unwrap());
    assert_eq!(one.upload(key(TOKEN), NOW + 3).await.unwrap().as_deref(), Some(&b"another mapping"[..]));
    for stranger in [key("00112233445566778899aabbccddeefe"), UploadKey { account: id(901), ..key(TOKEN) }] {
        assert_eq!(other.upload(stranger, NOW).await.unwrap(), None);
        assert_eq!(other.upload_bytes(stranger, NOW).await.unwrap(), None);
        assert!(!other.change_upload(stranger, NOW, STATE).await.unwrap());
        other.drop_upload(stranger).await.unwrap();
    }
    assert_eq!(left(&home).await, (1, 3));
    let rows = home.rows::<(String, Vec<u8>, Vec<u8>)>("select name, half, state from upload").await;
    let parts = home.rows::<(String, Vec<u8>)>("select name, bytes from upload_part").await;
    let (name, half, state) = &rows[0];
    assert!(!name.contains(TOKEN) && !half.is_empty() && !state.windows(7).any(|w| w == b"mapping"), "sealed");
    let plain = file();
    let shows =
        |part: &[u8]| [0, 999_000, 2_000_000].iter().any(|at| part.windows(32).any(|w| *w == plain[*at..at + 32]));
    assert!(shows(&plain) && !parts.iter().any(|(_, part)| shows(part)));
}

async fn an_upload_ends(home: Home) {
    let store = home.create().await;
    store.keep_upload(key(TOKEN), NOW, STATE, &file()).await.unwrap();
    assert_eq!(store.upload(key(TOKEN), NOW + HOUR).await.unwrap(), None, "too old, though still there");
    store.expire_uploads(NOW + HOUR - 1).await.unwrap();
    assert_eq!(left(&home).await, (1, 3));
    store.expire_uploads(NOW + HOUR).await.unwrap();
    assert_eq!(left(&home).await, (0, 0));

    store.keep_upload(key(TOKEN), NOW, STATE, &file()).await.unwrap();
    let before = home.rows::<(Vec<u8>,)>("select half from upload").await;
    store.finish_upload(key(TOKEN), NOW + 1, b"what it did").await.unwrap();
    assert_eq!(left(&home).await, (1, 0), "the files are gone");
    assert_ne!(home.rows::<(Vec<u8>,)>("select half from upload").await, before, "and so is their key");
    assert_eq!(store.upload(key(TOKEN), NOW + 2).await.unwrap().as_deref(), Some(&b"what it did"[..]));
    store.drop_upload(key(TOKEN)).await.unwrap();
    assert_eq!((store.upload(key(TOKEN), NOW + 2).await.unwrap(), left(&home).await), (None, (0, 0)));
}

async fn an_account_has_room_for_some(home: Home) {
    let store = home.create().await;
    let tokens: Vec<String> = (0..10).map(|n| format!("{n:032}")).collect();
    for (token, at) in tokens.iter().zip(NOW..) {
        store.keep_upload(key(token), at, STATE, b"x").await.unwrap();
    }
    let stranger = UploadKey { token: TOKEN, account: id(901) };
    store.keep_upload(stranger, NOW, STATE, b"x").await.unwrap();
    let found = async |store: &Store| {
        let mut found = Vec::new();
        for (n, token) in tokens.iter().enumerate() {
            found.extend(store.upload(key(token), NOW + 20).await.unwrap().map(|_| n));
        }
        found
    };
    assert_eq!(found(&store).await, [2, 3, 4, 5, 6, 7, 8, 9], "the newest eight");
    home.tamper("update upload set size = 200 * 1024 * 1024 where at = (select max(at) from upload)").await;
    store.keep_upload(key(&tokens[0]), NOW + 10, STATE, &vec![0; 57 << 20]).await.unwrap();
    assert_eq!(found(&store).await, [0], "no more bytes than there is room for");
    assert!(store.upload(stranger, NOW + 20).await.unwrap().is_some(), "each account has its own");
}

async fn a_disposal_takes_uploads_along(home: Home) {
    let store = home.create().await;
    put(&store, device(7, 0, "極秘の台帳")).await;
    store.keep_upload(key(TOKEN), NOW, STATE, &file()).await.unwrap();
    dispose(&store, 7, 1).await;
    assert_eq!(left(&home).await, (0, 0));
    assert_eq!(store.upload(key(TOKEN), NOW).await.unwrap(), None);
}
