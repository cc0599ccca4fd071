//! Witnesses over HTTP: in order after being away, and every way of replacing the log refused and found.

use std::sync::Arc;

use akashi_app::App;
use akashi_app::anchor::{Kind, OldCopy, Outcome, Trouble};
use akashi_app::witness::Witness;
use akashi_domain::cond::tokyo_day;
use akashi_journal::cosignature;
use akashi_journal::note::Note;
use akashi_testkit::Scratch;
use akashi_web::witness_router;

use super::{House, MINUTE, NOW, ctx, on_both};

on_both! {
    several_witnesses_cosign_one_checkpoint
}

/// A witness in this process; gives its address and key.
async fn witness(folder: &Scratch, name: &str, house: &House) -> (String, String, Arc<Witness>) {
    let witness = Arc::new(Witness::create(folder.path(), name, &[name.len() as u8; 32]).unwrap());
    witness.add_log(&house.app.store().key_ring().await.unwrap().to_string(), false, NOW).unwrap();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let router = witness_router(witness.clone(), || NOW);
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, witness.verifier().to_string(), witness)
}

async fn several_witnesses_cosign_one_checkpoint(house: House) {
    let folders = [Scratch::new("w1"), Scratch::new("w2")];
    let mut keys = Vec::new();
    for (folder, name) in folders.iter().zip(["one.example/w", "second.example/w"]) {
        let (url, key, _) = witness(folder, name, &house).await;
        house.add(Kind::Witness, name, &url, &key).await;
        keys.push(key.parse().unwrap());
    }
    let size = house.app.store().latest_checkpoint().await.unwrap().unwrap().size;
    let runs = house.tick(NOW).await;
    assert!(runs.iter().all(|r| r.held == [size]), "{runs:?}");
    let note = house.app.store().latest_checkpoint().await.unwrap().unwrap().note;
    let found = cosignature::verify(&Note::parse(note.as_bytes()).unwrap(), &keys).unwrap();
    assert_eq!(found.len(), 2, "both stand on what is published");
    // The next one needs a consistency proof; the one after another answer to find out from where.
    let size = house.entry(NOW + MINUTE).await;
    for anchor in house.app.anchors().await.unwrap() {
        house.app.store().note_seen(anchor.id, 0).await.unwrap();
    }
    let runs = house.tick(NOW + 61 * MINUTE).await;
    assert!(runs.iter().all(|r| r.held == [size] && r.error.is_none()), "{runs:?}");
    assert_eq!(house.faults().await, Vec::<String>::new());
}

/// An old state is put back by copying the file, so this story has one database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_restored_from_an_old_state_is_refused() {
    let house = House::sqlite().await;
    let folder = Scratch::new("w");
    let (url, key, watching) = witness(&folder, "w.example/w", &house).await;
    house.add(Kind::Witness, "隣", &url, &key).await;
    house.tick(NOW).await;
    let old = Scratch::new("old");
    house.app.store().close().await;
    let file = old.path().join("akashi.db");
    std::fs::copy(house.data.path().join("akashi.db"), &file).unwrap();
    let honest = reopen(&house).await;
    for _ in 0..3 {
        honest.entry(NOW + MINUTE).await;
    }
    assert_eq!(honest.tick(NOW + 61 * MINUTE).await[0].held.len(), 1);
    let copy = honest.app.store().latest_checkpoint().await.unwrap().unwrap();

    // Whoever has the key goes on from the old state in another way: shorter, equal, longer.
    let address = format!("sqlite://{}", file.display());
    let forged = House {
        app: App::open(&address, old.path(), tokyo_day(NOW)).await.unwrap(),
        address,
        data: old,
        _database: None,
    };
    let mut at = NOW + 200 * MINUTE;
    let mut told = Vec::new();
    while forged.app.store().latest_checkpoint().await.unwrap().unwrap().size <= copy.size {
        let size = forged.entry(at).await;
        let runs = forged.app.ask_anchors(at, &super::http(), true, None).await.unwrap();
        assert!(runs[0].held.is_empty() && !runs[0].refused.is_empty(), "{runs:?}");
        let trouble = runs[0].error.clone().unwrap();
        assert!(trouble.is_alarm(), "{trouble:?}");
        let compared = forged.app.compare_copy(&ctx(at), OldCopy::read(&copy.note).unwrap()).await.unwrap();
        told.push((size.cmp(&copy.size), compared.outcome, trouble));
        at += MINUTE;
    }
    use std::cmp::Ordering::{Equal, Greater, Less};
    let ahead = |size| Trouble::Ahead { held: copy.size, newest: size };
    assert_eq!(told[0], (Less, Outcome::Shortened, ahead(copy.size - 2)));
    assert_eq!(told[told.len() - 2], (Equal, Outcome::Replaced, Trouble::Forked { size: copy.size }));
    assert_eq!(told[told.len() - 1], (Greater, Outcome::Replaced, Trouble::Inconsistent));
    assert!(watching.logs().unwrap()[0].refused >= 2, "the witness keeps what the log signed as proof");

    // Restored with good reason: the witness' operator lets it begin again.
    let ring = forged.app.store().key_ring().await.unwrap().to_string();
    watching.add_log(&ring, true, at).unwrap();
    let runs = forged.app.ask_anchors(at, &super::http(), true, None).await.unwrap();
    assert!(!runs[0].held.is_empty(), "{runs:?}");
}

async fn reopen(house: &House) -> House {
    let app = App::open(&house.address, house.data.path(), tokyo_day(NOW)).await.unwrap();
    House { app, address: house.address.clone(), data: Scratch::new("unused"), _database: None }
}
