//! Stories with several writers and several servers on one database.

use std::collections::BTreeSet;

use akashi_journal::merkle::verify_consistency;
use akashi_store::{Store, StoreError};

use crate::home::{Home, NOW, assert_clean, ctx, device, id, put};

crate::stories! {
    writers_take_turns
    servers_write_and_sequence_at_once
    a_world_follows_another_server
}

async fn writers_take_turns(home: Home) {
    let store = home.create().await;
    let writers = (0..6_u64).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut seqs = Vec::new();
            for n in 0..10 {
                seqs.push(put(&store, device(writer * 100 + n + 1, 0, "own")).await.seq);
                seqs.push(change_shared(&store).await);
            }
            seqs
        })
    });
    let mut all = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        all.extend(writer.await.unwrap());
    }
    let distinct: BTreeSet<_> = all.iter().copied().collect();
    assert!(distinct.into_iter().eq(0..120));
    // Nobody's change of the shared record was lost.
    assert_eq!(store.history(id(0)).await.unwrap().len(), 60);
    assert_clean(&store).await;
}

/// Changes record 0, again when somebody else was faster.
async fn change_shared(store: &Store) -> u64 {
    loop {
        let seen = store.history(id(0)).await.unwrap().len() as u32;
        let mut tx = store.begin(&ctx()).await.unwrap();
        match tx.put(device(0, seen, "shared")).await {
            Ok(receipt) => return tx.commit(receipt).await.unwrap().first().seq,
            Err(StoreError::StaleRevision { .. }) => continue,
            Err(other) => panic!("{other}"),
        }
    }
}

async fn servers_write_and_sequence_at_once(home: Home) {
    let first = home.create().await;
    let second = home.open().await;
    let mut tasks = Vec::new();
    for (server, store) in [first.clone(), second.clone(), first.clone(), second.clone()].into_iter().enumerate() {
        tasks.push(tokio::spawn(async move {
            let signer = store.signer().await.unwrap();
            for n in 0..20 {
                let receipt = put(&store, device(server as u64 * 100 + n, 0, "x")).await;
                let covered = store.sequence(NOW, &signer).await.unwrap().unwrap();
                assert!(covered.size > receipt.seq, "an entry committed before the call is covered by it");
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(assert_clean(&first).await.covered, 80);
    let kept = second.checkpoints(0, 1000).await.unwrap();
    for pair in kept.windows(2) {
        let path = first.prove_consistency(pair[0].size, pair[1].size).await.unwrap();
        verify_consistency(pair[0].size, &pair[0].root, pair[1].size, &pair[1].root, &path).unwrap();
    }
}

async fn a_world_follows_another_server(home: Home) {
    let (here, there) = (home.create().await, home.open().await);
    put(&here, device(1, 0, "a")).await;
    let (mut world, loaded) = here.load_world(crate::home::catalog()).await.unwrap();
    assert_eq!((world.len(), loaded.next), (1, 1));
    put(&there, device(1, 1, "b")).await;
    put(&there, device(2, 0, "c")).await;
    // Within the transaction nobody can get ahead of what was read.
    let mut tx = here.begin(&ctx()).await.unwrap();
    let more = here.load_since(&mut world, loaded.next).await.unwrap();
    assert_eq!(more.versions.iter().map(|v| (v.id, v.rev)).collect::<Vec<_>>(), [(id(1), 2), (id(2), 1)]);
    let receipt = tx.put(device(1, world.latest(id(1)).unwrap().rev, "d")).await.unwrap();
    assert_eq!(receipt.seq, more.next);
    tx.commit(receipt).await.unwrap();
    assert_clean(&there).await;
}
