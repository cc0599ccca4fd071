//! Stories of group commit and the sequencer: commands share transactions, and each is answered as if it were alone.

use std::collections::BTreeMap;

use akashi_domain::RecordId;
use akashi_journal::merkle::leaf_hash;
use akashi_journal::{Command, Entry};
use akashi_store::{NewVersion, Receipt, Store, StoreError, WriteCtx};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::home::{Home, NOW, assert_clean, ctx, device, id};

crate::stories! {
    sixty_four_writers_at_once
    two_servers_write_at_once
    a_command_no_look_ahead_finds_fails_alone
    several_commands_on_one_record
    a_record_said_to_be_new_is_found
    what_others_wrote_between_is_built_on
    a_command_of_several_versions_is_whole
    whoever_goes_away_leaves_the_others
    the_largest_entry_fits_and_a_larger_command_is_refused
    sequencers_of_two_servers_agree
    what_a_killed_server_left_is_taken_in
}

const WRITERS: u64 = 64;
const EACH: u64 = 4;

/// Writer `n` makes records of its own, changes one that all change, and once in a while is too late.
async fn write_some(store: Store, n: u64) -> Vec<Receipt> {
    let mut told = Vec::new();
    for round in 0..EACH {
        told.push(one(&store, device(1000 + n * 100 + round, 0, "own")).await.unwrap());
        let stale = one(&store, device(1000 + n * 100 + round, 3, "late")).await.unwrap_err();
        assert!(matches!(stale, StoreError::StaleRevision { expected: 3, found: 1, .. }), "{stale}");
        told.push(change_shared(&store).await);
    }
    told
}

async fn one(store: &Store, version: NewVersion) -> Result<Receipt, StoreError> {
    store.write(ctx(), vec![version]).await.map(|committed| committed.first().clone())
}

/// Changes record 0, again when somebody else was faster.
async fn change_shared(store: &Store) -> Receipt {
    let mut seen = store.history(id(0)).await.unwrap().len() as u32;
    loop {
        match one(store, device(0, seen, "shared")).await {
            Ok(receipt) => return receipt,
            Err(StoreError::StaleRevision { found, .. }) => seen = found,
            Err(other) => panic!("{other}"),
        }
    }
}

async fn gather(writers: Vec<JoinHandle<Vec<Receipt>>>) -> Vec<Receipt> {
    let mut told = Vec::new();
    for writer in writers {
        told.extend(writer.await.unwrap());
    }
    told
}

/// Every command told of is in the log once, at its place; nothing else is.
async fn assert_told_is_logged(store: &Store, told: &[Receipt]) {
    let by_place: BTreeMap<u64, &Receipt> = told.iter().map(|receipt| (receipt.seq, receipt)).collect();
    assert_eq!(by_place.len(), told.len(), "no place is given twice");
    assert!(by_place.keys().copied().eq(0..told.len() as u64), "no gap");
    let leaves = store.entries(0, u64::MAX >> 1).await.unwrap();
    assert_eq!(leaves.len(), told.len());
    let mut revs: BTreeMap<RecordId, u32> = BTreeMap::new();
    for (leaf, receipt) in leaves.iter().zip(by_place.values()) {
        assert_eq!(leaf_hash(leaf), receipt.leaf_hash, "the log has the order of the commits");
        let rev = revs.entry(receipt.record).or_default();
        *rev += 1;
        assert_eq!(receipt.rev, *rev);
    }
    let codes: std::collections::BTreeSet<&str> = told.iter().filter(|r| r.rev == 1).map(|r| r.code.as_str()).collect();
    assert_eq!(codes.len(), revs.len(), "every record has a number of its own");
    assert_clean(store).await;
}

async fn sixty_four_writers_at_once(home: Home) {
    let store = home.create().await;
    let told = gather((0..WRITERS).map(|n| tokio::spawn(write_some(store.clone(), n))).collect()).await;
    assert_eq!(told.len() as u64, WRITERS * EACH * 2);
    assert_eq!(store.history(id(0)).await.unwrap().len() as u64, WRITERS * EACH, "no change was lost");
    let transactions = home.number("select count(*) from entry").await;
    // Of those who change the same record only one is in time in each.
    assert!(transactions < told.len() as i64 * 2 / 3, "{transactions} transactions for {} commands", told.len());
    assert_told_is_logged(&store, &told).await;
}

async fn two_servers_write_at_once(home: Home) {
    let servers = [home.create().await, home.open().await];
    let writers = (0..16).map(|n| tokio::spawn(write_some(servers[n as usize % 2].clone(), n)));
    let told = gather(writers.collect()).await;
    assert_eq!(told.len() as u64, 16 * EACH * 2);
    for server in &servers {
        assert_told_is_logged(server, &told).await;
    }
}

async fn a_command_no_look_ahead_finds_fails_alone(home: Home) {
    let store = home.create().await;
    // The first is served at once; the others wait for it and share a transaction.
    let bad = |n| NewVersion { register: "not a name".into(), ..device(n, 0, "x") };
    let versions = (0..12).map(|n| if n % 4 == 2 { bad(n) } else { device(n, 0, "x") });
    let tasks: Vec<_> = versions.map(|version| write(&store, version)).collect();
    let mut codes = Vec::new();
    for (n, task) in tasks.into_iter().enumerate() {
        match task.await.unwrap() {
            Ok(receipt) => codes.push(receipt.code),
            Err(error) => assert!(n % 4 == 2 && matches!(error, StoreError::Entry { .. }), "{error}"),
        }
    }
    codes.sort();
    let numbers: Vec<_> = (1..10).map(|n| format!("AST-2026-{n:04}")).collect();
    assert_eq!(codes, numbers, "a command that failed used up no number");
    assert_eq!(assert_clean(&store).await.entries, 9);
}

fn write(store: &Store, version: NewVersion) -> JoinHandle<Result<Receipt, StoreError>> {
    let store = store.clone();
    tokio::spawn(async move { one(&store, version).await })
}

async fn several_commands_on_one_record(home: Home) {
    let store = home.create().await;
    let tasks: Vec<_> = (0..20).map(|_| write(&store, device(1, 0, "first"))).collect();
    let mut written = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(receipt) => written += receipt.rev,
            Err(StoreError::StaleRevision { found: 1, .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(written, 1, "only one can be the first");
    assert_eq!(assert_clean(&store).await.entries, 1);
}

async fn a_record_said_to_be_new_is_found(home: Home) {
    let store = home.create().await;
    for n in 0..3 {
        one(&store, device(n, 0, "x")).await.unwrap();
    }
    // What the store did last it knows; record 0 only the database does.
    let stale = one(&store, device(0, 0, "y")).await.unwrap_err();
    assert!(matches!(stale, StoreError::StaleRevision { expected: 0, found: 1, .. }), "{stale}");
    let tasks: Vec<_> = (0..40).map(|n| write(&store, device(n, 0, "y"))).collect();
    let mut told = 3;
    for (n, task) in tasks.into_iter().enumerate() {
        match task.await.unwrap() {
            Ok(receipt) => {
                told += 1;
                assert!(n >= 3 && receipt.rev == 1);
            }
            Err(error) => assert!(n < 3 && matches!(error, StoreError::StaleRevision { found: 1, .. }), "{error}"),
        }
    }
    let last = one(&store, device(100, 0, "z")).await.unwrap();
    assert_eq!((last.seq, last.code.as_str()), (told, "AST-2026-0041"), "no place and no number is lost");
    assert_eq!(assert_clean(&store).await.entries, told + 1);
}

async fn what_others_wrote_between_is_built_on(home: Home) {
    let servers = [home.create().await, home.open().await];
    for n in 0..12_u32 {
        let store = &servers[n as usize % 2];
        let changed = one(store, device(0, n, "shared")).await.unwrap();
        let made = one(store, device(u64::from(n) + 1, 0, "own")).await.unwrap();
        assert_eq!((changed.rev, changed.seq, made.seq), (n + 1, u64::from(n) * 2, u64::from(n) * 2 + 1));
        assert_eq!(made.code, format!("AST-2026-{:04}", n * 2 + 2), "every version here asks for a number");
    }
    assert_clean(&servers[0]).await;
}

async fn a_command_of_several_versions_is_whole(home: Home) {
    let store = home.create().await;
    let good = store.write(ctx(), vec![device(1, 0, "a"), device(2, 0, "b"), device(1, 1, "c")]).await.unwrap();
    assert_eq!(good.receipts().map(|r| (r.seq, r.rev)).collect::<Vec<_>>(), [(0, 1), (1, 1), (2, 2)]);
    let late = store.write(ctx(), vec![device(3, 0, "d"), device(1, 1, "e")]).await;
    assert!(matches!(late, Err(StoreError::StaleRevision { found: 2, .. })));
    assert!(store.history(id(3)).await.unwrap().is_empty(), "the first half is not kept");
    assert!(matches!(store.write(ctx(), Vec::new()).await, Err(StoreError::Nothing)));
    let back = WriteCtx { at: NOW - 1_000_000, ..ctx() };
    let later = store.write(back, vec![device(3, 0, "d")]).await.unwrap();
    assert_eq!((later.first().seq, later.first().recorded_at), (3, NOW), "time does not go back");
    assert_eq!(assert_clean(&store).await.entries, 4);
}

async fn whoever_goes_away_leaves_the_others(home: Home) {
    let store = home.create().await;
    let tasks: Vec<_> = (0..40).map(|n| write(&store, device(n, 0, "x"))).collect();
    tasks.iter().step_by(3).for_each(JoinHandle::abort);
    let mut told = 0;
    for task in tasks {
        told += u64::from(task.await.is_ok_and(|answer| answer.is_ok()));
    }
    assert!(told >= 26, "{told} were not told to go away");
    assert!(one(&store, device(100, 0, "x")).await.unwrap().seq >= told);
    assert_clean(&store).await;
}

async fn the_largest_entry_fits_and_a_larger_command_is_refused(home: Home) {
    use akashi_journal::entry::{MAX_BLOBS, MAX_LEAF, MAX_NAME};
    let store = home.create().await;
    let mut blobs = Vec::new();
    for n in 0..=MAX_BLOBS as u32 {
        blobs.push(store.put_blob(n.to_be_bytes().to_vec(), NOW).await.unwrap().digest);
    }
    let name = "あ".repeat(MAX_NAME / 3);
    let version = |n, count: usize| {
        let mut version = NewVersion { blobs: blobs[..count].to_vec(), register: name.clone(), ..device(n, 0, "x") };
        version.body["state"] = name.clone().into();
        version.valid_from = akashi_domain::PartialDate::parse("2026-04-01");
        version.reason = Some("理由".repeat(50_000));
        version.catalogue = Some(blobs[0]);
        version.batch = Some(id(99));
        version.command = Command::Catalogue;
        version
    };
    let actor = WriteCtx { actor: "a".repeat(MAX_NAME), at: NOW };
    let full = store.write(actor.clone(), vec![version(1, MAX_BLOBS)]).await.unwrap();
    let again = NewVersion { expected: 1, ..version(1, MAX_BLOBS) };
    store.write(actor.clone(), vec![again]).await.unwrap();
    let leaves = store.entries(0, 2).await.unwrap();
    assert_eq!(leaf_hash(&leaves[0]), full.first().leaf_hash);
    assert!(leaves.iter().all(|leaf| leaf.len() > 60_000 && leaf.len() <= MAX_LEAF && Entry::from_leaf(leaf).is_ok()));
    let refused = store.write(actor, vec![version(2, MAX_BLOBS + 1)]).await;
    assert!(matches!(refused, Err(StoreError::Entry { .. })), "{refused:?}");
    crate::home::sequence(&store).await;
    assert_eq!(assert_clean(&store).await.covered, 2);
}

/// A sequencer that runs until it is told to stop.
async fn sequencer(store: &Store) -> (oneshot::Sender<()>, JoinHandle<()>) {
    let (stop, stopped) = oneshot::channel::<()>();
    let (store, signer) = (store.clone(), store.signer().await.unwrap());
    let stopped = async { drop(stopped.await) };
    (stop, tokio::spawn(async move { store.keep_sequenced(&signer, || NOW + 5, stopped).await }))
}

async fn sequencers_of_two_servers_agree(home: Home) {
    let servers = [home.create().await, home.open().await];
    assert!(!servers[0].is_kept_sequenced());
    let running = [sequencer(&servers[0]).await, sequencer(&servers[1]).await];
    let writers = (0..8).map(|n| tokio::spawn(write_some(servers[n as usize % 2].clone(), n)));
    let told = gather(writers.collect()).await;
    let size = told.len() as u64;
    // Nobody asks for it: both get to know of a checkpoint over all.
    servers[0].until_sequenced(size).await;
    servers[1].until_sequenced(size).await;
    assert!(servers.iter().all(Store::is_kept_sequenced));
    let last = one(&servers[1], device(1, 0, "last")).await.unwrap();
    for (stop, task) in running {
        drop(stop);
        task.await.unwrap();
    }
    assert!(!servers[0].is_kept_sequenced());
    assert_eq!(servers[0].latest_checkpoint().await.unwrap().unwrap().size, last.seq + 1);
    let kept = servers[1].checkpoints(0, 10_000).await.unwrap();
    for pair in kept.windows(2) {
        let path = servers[0].prove_consistency(pair[0].size, pair[1].size).await.unwrap();
        akashi_journal::merkle::verify_consistency(pair[0].size, &pair[0].root, pair[1].size, &pair[1].root, &path)
            .unwrap();
    }
    assert_eq!(assert_clean(&servers[0]).await.covered, size + 1);
}

async fn what_a_killed_server_left_is_taken_in(home: Home) {
    let store = home.create().await;
    one(&store, device(1, 0, "a")).await.unwrap();
    assert_eq!(store.unsequenced().await.unwrap(), 1);
    store.close().await;
    // Another server finds it although nobody tells.
    let store = home.open().await;
    let (stop, task) = sequencer(&store).await;
    store.until_sequenced(1).await;
    assert_eq!(store.unsequenced().await.unwrap(), 0);
    drop(stop);
    task.await.unwrap();
    assert_eq!(assert_clean(&store).await.covered, 1);
}
