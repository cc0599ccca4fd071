//! Stories about attestations: the queue survives, what is held stays, and verify finds a log that was replaced.

use akashi_domain::RecordId;
use akashi_journal::Command;
use akashi_journal::checkpoint::Checkpoint;
use akashi_store::verify::{FaultKind, Place};
use akashi_store::{
    Anchor, AttestationState, Kept, NewVersion, RevocationKind, RevocationSource, SignedCheckpoint, Store,
};
use serde_json::json;

use crate::home::{Home, NOW, ORIGIN, assert_clean, ctx, device, id, put, sequence};

crate::stories! {
    the_queue_survives_and_drains_in_order
    one_server_takes_a_turn
    what_is_held_stays
    word_on_revocation_stays_and_the_right_one_is_found
    changes_of_anchors_are_journaled
    a_replaced_log_is_found
    a_shortened_log_is_found
    signatures_of_several_witnesses_add_up
}

fn anchor(n: u64, name: &str) -> Anchor {
    Anchor {
        id: id(900 + n),
        kind: "witness".into(),
        name: name.into(),
        url: "http://w.example".into(),
        trust: "key".into(),
        terms: json!({"every_minutes": 60, "after_entries": 10}),
        enabled: true,
        created: NOW,
        seen: 0,
    }
}

/// Adds an anchor as the use case does.
async fn add(store: &Store, anchor: &Anchor, rev: u32) {
    let mut tx = store.begin(&ctx()).await.unwrap();
    tx.save_anchor(anchor).await.unwrap();
    let body = json!({"name": anchor.name, "enabled": anchor.enabled});
    let receipt = tx.put(NewVersion::system("anchor", anchor.id, rev, Command::Setup, body)).await.unwrap();
    tx.commit(receipt).await.unwrap();
}

async fn step(store: &Store, n: u64) -> SignedCheckpoint {
    put(store, device(n, 0, "x")).await;
    sequence(store).await
}

async fn waiting(store: &Store, anchor: RecordId) -> Vec<u64> {
    store.waiting_attestations(anchor).await.unwrap().iter().map(|a| a.size).collect()
}

async fn the_queue_survives_and_drains_in_order(home: Home) {
    let store = home.create().await;
    let a = anchor(1, "隣の病院");
    add(&store, &a, 0).await;
    for n in [3, 1, 2] {
        let checkpoint = step(&store, n).await;
        assert!(store.want_attestation(a.id, &checkpoint, NOW).await.unwrap());
        assert!(!store.want_attestation(a.id, &checkpoint, NOW + 5).await.unwrap(), "asked once");
    }
    let first = store.waiting_attestations(a.id).await.unwrap().remove(0);
    assert!(store.claim_attestation(&first, NOW + 9).await.unwrap());
    let long = "届きません".repeat(1000);
    store.put_off_attestation(a.id, first.size, &long, NOW + 60).await.unwrap();
    drop(store);

    let store = home.open().await;
    assert_eq!(waiting(&store, a.id).await, [2, 3, 4]);
    let first = store.waiting_attestations(a.id).await.unwrap().remove(0);
    assert_eq!((first.tries, first.since, first.next_try), (1, NOW, NOW + 60));
    assert_eq!(first.error.as_ref().unwrap().chars().count(), 500, "a stranger's text is shortened");
    assert!(store.hold_attestation(a.id, 2, b"token".to_vec(), "", NOW + 70).await.unwrap());
    store.refuse_attestation(a.id, 3, "no").await.unwrap();
    assert_eq!(waiting(&store, a.id).await, [4]);
    let all = store.attestations(0, 10).await.unwrap();
    let states: Vec<_> = all.iter().map(|a| (a.size, a.state)).collect();
    use AttestationState::{Held, Refused, Waiting};
    assert_eq!(states, [(2, Held), (3, Refused), (4, Waiting)]);
    assert_eq!((all[0].token.as_deref(), all[0].at), (Some(&b"token"[..]), Some(NOW + 70)));
    assert_eq!(store.attestations(3, 1).await.unwrap()[0].size, 3);
    let after = store.attestations_after(Some((3, a.id)), 9).await.unwrap();
    assert_eq!(after.iter().map(|a| a.size).collect::<Vec<_>>(), [4]);
    assert_eq!(store.retry_attestations(a.id, NOW + 80).await.unwrap(), 2);
    assert_eq!(waiting(&store, a.id).await, [3, 4]);
    store.drop_attestation(a.id, 3).await.unwrap();
    store.drop_attestation(a.id, 2).await.unwrap();
    assert_eq!(store.attestations(0, 10).await.unwrap().len(), 2, "what is held is not dropped");
    store.note_seen(a.id, 4).await.unwrap();
    assert_eq!(store.anchor_by_name("隣の病院").await.unwrap().unwrap().seen, 4);
    assert_clean(&store).await;
}

/// Two servers look at the same time: one of them sends.
async fn one_server_takes_a_turn(home: Home) {
    let (store, other) = (home.create().await, home.open().await);
    let a = anchor(1, "tsa");
    add(&store, &a, 0).await;
    let checkpoint = step(&store, 1).await;
    store.want_attestation(a.id, &checkpoint, NOW).await.unwrap();
    let seen = store.waiting_attestations(a.id).await.unwrap().remove(0);
    let took = tokio::join!(store.claim_attestation(&seen, NOW + 9), other.claim_attestation(&seen, NOW + 9));
    assert!(took.0.unwrap() ^ took.1.unwrap());
}

async fn what_is_held_stays(home: Home) {
    let store = home.create().await;
    let a = anchor(1, "tsa");
    add(&store, &a, 0).await;
    let checkpoint = step(&store, 1).await;
    store.want_attestation(a.id, &checkpoint, NOW).await.unwrap();
    store.keep_request(a.id, 2, vec![1]).await.unwrap();
    assert_eq!(store.waiting_attestations(a.id).await.unwrap()[0].request, Some(vec![1]));
    assert!(store.hold_attestation(a.id, 2, vec![7], "", NOW).await.unwrap());
    assert!(!store.hold_attestation(a.id, 2, vec![8], "", NOW).await.unwrap());
    for sql in ["delete from attestation", "update attestation set at = 1", "update attestation set state = 'waiting'"]
    {
        let refused = home.try_sql(sql).await.unwrap_err().to_string();
        assert!(refused.contains("attestation"), "{sql}: {refused}");
    }
    store.add_evidence(a.id, 2, "crl").await.unwrap();
    let held = store.newest_attestations(a.id, Some(AttestationState::Held), 1).await.unwrap().remove(0);
    assert_eq!((held.token, held.evidence.as_str(), held.request), (Some(vec![7]), "crl", None));
    assert_eq!(held.subject, checkpoint.note);
}

async fn word_on_revocation_stays_and_the_right_one_is_found(home: Home) {
    let store = home.create().await;
    let source = |wanted| RevocationSource {
        anchor: id(901),
        kind: RevocationKind::List,
        url: "http://ca.example/a.crl".into(),
        certificate: vec![1],
        issuer: vec![2],
        wanted,
        tries: 0,
        since: NOW,
        next_try: NOW,
        error: None,
        newest: None,
    };
    store.want_revocation(&source(50)).await.unwrap();
    store.want_revocation(&source(20)).await.unwrap();
    let first = store.revocation_sources(id(901)).await.unwrap().remove(0);
    assert!(first == source(50) && first.is_open(), "an older stamp wants nothing more: {first:?}");
    assert!(store.claim_revocation(&first, NOW + 9).await.unwrap());
    assert!(!store.claim_revocation(&first, NOW + 9).await.unwrap(), "one server at a time");
    store.put_off_revocation(&first, "away", NOW + 60).await.unwrap();
    let later = store.revocation_sources(id(901)).await.unwrap().remove(0);
    assert_eq!((later.tries, later.next_try, later.error.as_deref()), (1, NOW + 60, Some("away")));
    let kept = |n: u8| Kept { bytes: vec![n], this_update: i64::from(n), next_update: None, fetched: NOW };
    for n in [10, 30, 60, 90] {
        assert!(store.keep_revocation(&first, kept(n), NOW + 70).await.unwrap());
        assert!(!store.keep_revocation(&first, kept(n), NOW + 70).await.unwrap(), "once");
    }
    let settled = store.revocation_sources(id(901)).await.unwrap().remove(0);
    assert_eq!((settled.tries, settled.error.clone(), settled.newest), (0, None, Some(90)));
    assert!(!settled.is_open());
    store.want_revocation(&source(95)).await.unwrap();
    assert!(store.revocation_sources(id(901)).await.unwrap()[0].is_open(), "a newer stamp wants newer word");
    // Before it, since, and the newest.
    for (at, expected) in [(5, vec![10, 90]), (30, vec![10, 30, 90]), (50, vec![30, 60, 90]), (99, vec![90])] {
        let found = store.kept_revocation(id(901), at).await.unwrap();
        assert_eq!(found, expected.into_iter().map(|n| vec![n]).collect::<Vec<_>>(), "{at}");
    }
    for sql in ["delete from revocation", "update revocation set this_update = 1"] {
        assert!(home.try_sql(sql).await.unwrap_err().to_string().contains("revocation"), "{sql}");
    }
    assert_clean(&store).await;
    home.tamper(&format!("update revocation set bytes = {} where this_update = 90", home.bytes(&[91]))).await;
    assert_eq!(
        store.kept_revocation(id(901), 99).await.unwrap(),
        Vec::<Vec<u8>>::new(),
        "what was changed is not used"
    );
    let faults = store.verify(None, |_| ()).await.unwrap().faults;
    assert!(faults.len() == 1 && faults[0].text().en.contains("http://ca.example/a.crl"), "{faults:?}");
}

async fn changes_of_anchors_are_journaled(home: Home) {
    let store = home.create().await;
    let mut a = anchor(1, "tsa");
    add(&store, &a, 0).await;
    store.note_seen(a.id, 5).await.unwrap();
    a.enabled = false;
    add(&store, &a, 1).await;
    let kept = store.anchors().await.unwrap();
    assert_eq!(kept, [Anchor { seen: 5, ..a.clone() }], "what it said stays");
    sequence(&store).await;
    assert_eq!(store.history(a.id).await.unwrap().len(), 2);
    let mut twin = anchor(2, "tsa");
    twin.kind = "tsa".into();
    let mut tx = store.begin(&ctx()).await.unwrap();
    assert!(tx.save_anchor(&twin).await.is_err(), "a name is taken once");
}

/// Whoever holds the key and the database signs another history; the attestation of the old one is still there.
async fn a_replaced_log_is_found(home: Home) {
    let store = home.create().await;
    let a = anchor(1, "隣の病院");
    add(&store, &a, 0).await;
    let honest = step(&store, 1).await;
    store.want_attestation(a.id, &honest, NOW).await.unwrap();
    store.hold_attestation(a.id, honest.size, vec![1], "", NOW).await.unwrap();
    assert_clean(&store).await;

    let other = Home::sqlite();
    let forged = other.create().await;
    for n in [8, 9] {
        put(&forged, device(n, 0, "別の歴史")).await;
    }
    let fork = sequence(&forged).await;
    assert_eq!(fork.size, honest.size);
    let (root, note) = (home.bytes(&fork.root.0), &fork.note);
    home.tamper(&format!("update checkpoint set root = {root}, note = '{note}' where size = {}", fork.size)).await;
    let faults = store.verify(None, |_| ()).await.unwrap().faults;
    let place = Place::Attestation { anchor: "隣の病院".into(), size: honest.size };
    let found = faults.iter().find(|f| f.place == place).expect("the attestation contradicts the log");
    assert_eq!(found.kind, FaultKind::Replaced);
    assert!(found.text().ja.contains("隣の病院") && found.text().en.contains("replaced"));
}

async fn a_shortened_log_is_found(home: Home) {
    let store = home.create().await;
    let a = anchor(1, "tsa");
    add(&store, &a, 0).await;
    step(&store, 1).await;
    // What a checkpoint of a longer log says, signed with the log's own key.
    let longer = Checkpoint::new(ORIGIN, 9, akashi_journal::merkle::empty_root()).unwrap();
    let note = store.signer().await.unwrap().sign(&longer, NOW).unwrap().to_string();
    let longer = SignedCheckpoint { size: 9, root: longer.root, note, at: NOW };
    store.want_attestation(a.id, &longer, NOW).await.unwrap();
    assert_clean(&store).await;
    store.hold_attestation(a.id, 9, vec![1], "", NOW).await.unwrap();
    let faults = store.verify(None, |_| ()).await.unwrap().faults;
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].kind, FaultKind::Beyond { entries: 2 });
    // A subject nobody signed is no proof of anything, and is told.
    let changed = "update attestation set subject = 'kita.example/akashi/1' || chr(10) where size = 9";
    let changed = if home.is_postgres() { changed.to_owned() } else { changed.replace("chr(10)", "char(10)") };
    home.tamper(&changed).await;
    let faults = store.verify(None, |_| ()).await.unwrap().faults;
    assert!(matches!(faults[0].kind, FaultKind::Signature { .. }), "{faults:?}");
}

async fn signatures_of_several_witnesses_add_up(home: Home) {
    use akashi_journal::cosignature;
    use akashi_journal::note::{Note, SignerKey};
    let store = home.create().await;
    let newest = step(&store, 1).await;
    let kept = Note::parse(newest.note.as_bytes()).unwrap();
    let by = |name: &str, seed| {
        let key = SignerKey::from_seed(name, &[seed; 32]).unwrap();
        let line = cosignature::cosign(&kept, &key, 1_795_309_200).unwrap();
        (key.cosigner(), Note::new(kept.text().to_owned(), vec![line]).unwrap())
    };
    let ((key1, one), (key2, two)) = (by("w1.example", 3), by("w2.example", 4));
    let done = tokio::join!(store.add_signatures(&one), store.add_signatures(&two));
    done.0.unwrap();
    done.1.unwrap();
    let note = store.latest_checkpoint().await.unwrap().unwrap().note;
    let note = Note::parse(note.as_bytes()).unwrap();
    // The log's own two and theirs.
    assert_eq!(note.signatures().len(), 4);
    assert_eq!(cosignature::verify(&note, &[key1, key2]).unwrap().len(), 2);
    assert_clean(&store).await;
}
