//! Stories about the log's keys: both kinds sign, rotation at once and with an overlap, logs from before ML-DSA-44.

use akashi_journal::checkpoint::KeyRing;
use akashi_journal::note::{Algorithm, VerifierKey};
use akashi_store::verify::FaultKind;
use akashi_store::{Store, StoreError};

use crate::home::{Home, NOW, assert_clean, device, put, sequence};

crate::stories! {
    keys_are_replaced_at_once
    keys_rotate_with_an_overlap
    a_log_from_before_gets_its_second_key
}

/// The kinds of keys that signed a checkpoint, as the store's own ring has them.
async fn kinds(store: &Store, note: &str) -> Vec<Algorithm> {
    store.key_ring().await.unwrap().open(note.as_bytes()).unwrap().algorithms
}

async fn keys_are_replaced_at_once(home: Home) {
    let store = home.create().await;
    put(&store, device(1, 0, "x")).await;
    let old_keys = store.signer().await.unwrap();
    let old = sequence(&store).await;
    let new_keys = store.rotate_key(NOW).await.unwrap();
    assert_ne!(new_keys.verifier(), old_keys.verifier());
    assert_eq!(store.signer().await.unwrap().verifier(), new_keys.verifier());
    assert_eq!(home.number("select count(*) from signing_key where seed is not null").await, 2);
    put(&store, device(2, 0, "x")).await;
    let new = sequence(&store).await;
    for checkpoint in [&old, &new] {
        assert_eq!(kinds(&store, &checkpoint.note).await, [Algorithm::Ed25519, Algorithm::MlDsa44]);
    }
    assert_clean(&store).await;
    // Whoever trusts the first key only sees that the log goes on under another one.
    let first_only = KeyRing::new(old_keys.verifier()).unwrap();
    assert_eq!(store.verify(Some(first_only), |_| ()).await.unwrap().faults.len(), 2);
    // A server that still holds the retired keys signs with those in force.
    put(&store, device(3, 0, "x")).await;
    store.sequence(NOW, &old_keys).await.unwrap();
    assert_clean(&store).await;
    // A checkpoint robbed of its ML-DSA-44 signature is found.
    let robbed = store.latest_checkpoint().await.unwrap().unwrap().note;
    let robbed: Vec<_> = robbed.lines().filter(|line| line.len() < 1000).map(|line| format!("{line}\n")).collect();
    home.tamper(&format!("update checkpoint set note = '{}' where size = 3", robbed.concat())).await;
    let faults = store.verify(None, |_| ()).await.unwrap().faults;
    assert!(
        faults.iter().any(|fault| matches!(&fault.kind, FaultKind::Signature { what } if what.contains("ML-DSA-44")))
    );
}

async fn keys_rotate_with_an_overlap(home: Home) {
    let store = home.create().await;
    put(&store, device(1, 0, "x")).await;
    let old_keys = store.signer().await.unwrap();
    sequence(&store).await;
    let all = store.start_rotation(NOW).await.unwrap();
    assert_eq!(all.verifiers().count(), 4);
    assert!(matches!(store.start_rotation(NOW).await, Err(StoreError::Rotation { .. })));
    put(&store, device(2, 0, "x")).await;
    // By a server that has not heard of it.
    let both = store.sequence(NOW, &old_keys).await.unwrap().unwrap();
    let trusting = |keys: Vec<VerifierKey>| {
        let mut ring = KeyRing::new(keys[0].clone()).unwrap();
        keys.into_iter().for_each(|key| ring.trust(key, 0, None).unwrap());
        ring.open(both.note.as_bytes())
    };
    let (old, new): (Vec<_>, Vec<_>) = all.verifiers().partition(|key| old_keys.verifiers().any(|old| old == *key));
    for keys in [old.clone(), new.clone(), vec![old[0].clone()], vec![new[1].clone()]] {
        let count = keys.len();
        assert_eq!(trusting(keys).unwrap().signed_by.len(), count);
    }
    let retired = store.end_rotation().await.unwrap();
    assert_eq!(retired, old.iter().map(VerifierKey::id).collect::<Vec<_>>());
    assert!(matches!(store.end_rotation().await, Err(StoreError::Rotation { .. })));
    assert_eq!(home.number("select count(*) from signing_key where seed is not null").await, 2);
    put(&store, device(3, 0, "x")).await;
    let after = sequence(&store).await;
    let signed_by = store.key_ring().await.unwrap().open(after.note.as_bytes()).unwrap().signed_by;
    assert_eq!(signed_by, new.iter().map(VerifierKey::id).collect::<Vec<_>>());
    assert_clean(&store).await;
}

async fn a_log_from_before_gets_its_second_key(home: Home) {
    let store = home.create().await;
    put(&store, device(1, 0, "x")).await;
    let first = sequence(&store).await;
    // As such a log was: one key, one signature.
    let alone: Vec<_> = first.note.lines().filter(|line| line.len() < 1000).map(|line| format!("{line}\n")).collect();
    home.tamper(&format!("update checkpoint set note = '{}'", alone.concat())).await;
    home.tamper("delete from signing_key where length(public) > 1000").await;
    std::fs::write(store.checkpoint_path(), alone.concat()).unwrap();
    assert_clean(&store).await;
    let keys = store.signer().await.unwrap();
    assert_eq!(
        keys.verifiers().map(|key| key.algorithm()).collect::<Vec<_>>(),
        [Algorithm::Ed25519, Algorithm::MlDsa44]
    );
    assert_eq!(store.signer().await.unwrap().verifiers().collect::<Vec<_>>(), keys.verifiers().collect::<Vec<_>>());
    assert_clean(&store).await;
    put(&store, device(2, 0, "x")).await;
    let second = sequence(&store).await;
    assert_eq!(kinds(&store, &second.note).await.len(), 2);
    assert_clean(&store).await;
}
