//! Stories of backups: whole, consistent, movable between the databases, and without what was disposed of.

use akashi_store::verify::{FaultKind, Place};
use akashi_store::{Disposal, Restored, Store, StoreError};

use crate::home::{Home, NOW, assert_clean, ctx, device, id, put, sequence};

crate::stories! {
    a_backup_comes_back_on_the_other_database
    a_broken_backup_changes_nothing
    a_later_checkpoint_opens_a_new_epoch
    a_disposal_reaches_old_backups
}

/// The two streams.
struct Backup {
    data: Vec<u8>,
    keys: Vec<u8>,
}

impl Backup {
    async fn of(store: &Store) -> Backup {
        let (mut data, mut keys) = (Vec::new(), Vec::new());
        store.back_up(&mut data, &mut keys).await.unwrap();
        Backup { data, keys }
    }

    async fn restore(&self, to: &Home, published: Option<&[u8]>) -> Result<Restored, StoreError> {
        let (mut data, mut keys) = (&self.data[..], &self.keys[..]);
        Store::restore(to.address(), to.data(), (&mut data, &mut keys), None, published, NOW).await
    }
}

/// 300 records, files of three sizes, a disposal.
async fn filled(home: &Home) -> Store {
    let store = home.create().await;
    let mut versions: Vec<_> = (0..300).map(|n| device(n, 0, "機器")).collect();
    for (n, size) in [(1, 0), (2, 5), (3, 2_500_000)] {
        versions[n].blobs = vec![store.put_blob(vec![n as u8; size], NOW).await.unwrap().digest];
        versions[n].reason = Some("棚卸".into());
    }
    let mut tx = store.begin(&ctx()).await.unwrap();
    let receipts = tx.put_all(versions).await.unwrap();
    tx.commit(receipts).await.unwrap();
    dispose(&store, 2).await;
    sequence(&store).await;
    store
}

async fn dispose(store: &Store, n: u64) {
    let mut tx = store.begin(&ctx()).await.unwrap();
    let (register, rule) = ("device".into(), "5y".into());
    let disposal = Disposal { register, def_version: 1, record: id(n), expected: 1, approval: id(500), rule };
    let receipt = tx.dispose(disposal).await.unwrap();
    tx.commit(receipt).await.unwrap();
}

/// A place of the other kind where there is one.
fn other(home: &Home, story: &str) -> Home {
    let postgres = if home.is_postgres() { None } else { Home::postgres(story) };
    postgres.unwrap_or_else(Home::sqlite)
}

async fn a_backup_comes_back_on_the_other_database(home: Home) {
    let store = filled(&home).await;
    // Somebody writes meanwhile: the backup is of one moment all the same.
    let writing = {
        let store = store.clone();
        tokio::spawn(async move {
            for n in 1000..1040 {
                put(&store, device(n, 0, "x")).await;
            }
        })
    };
    let backup = Backup::of(&store).await;
    writing.await.unwrap();
    let secret = store.signer().await.unwrap();
    for bytes in ["機器".as_bytes(), "棚卸".as_bytes()] {
        assert!(!backup.data.windows(bytes.len()).any(|w| w == bytes));
    }
    let target = other(&home, "backup");
    let restored = backup.restore(&target, None).await.unwrap();
    assert!(restored.report.is_clean(), "{:#?}", restored.report.faults);
    assert_eq!((restored.new_epoch, restored.report.covered), (None, 301));
    let back = restored.store;
    let newest = store.checkpoints(301, 1).await.unwrap();
    assert_eq!(back.checkpoints(301, 1).await.unwrap(), newest);
    assert_eq!(back.meta(), store.meta());
    assert_eq!(back.signer().await.unwrap().verifier(), secret.verifier());
    assert_eq!(back.history(id(3)).await.unwrap(), store.history(id(3)).await.unwrap());
    let three = akashi_journal::Digest::of(&vec![3; 2_500_000]);
    assert_eq!(back.blob(three).await.unwrap(), vec![3; 2_500_000]);
    // It is a living installation.
    put(&back, device(5000, 0, "x")).await;
    sequence(&back).await;
    assert_clean(&back).await;
    assert!(matches!(backup.restore(&target, None).await, Err(StoreError::AlreadyInitialised { .. })));
}

async fn a_broken_backup_changes_nothing(home: Home) {
    let store = filled(&home).await;
    let good = Backup::of(&store).await;
    let target = other(&home, "broken");
    let mut swapped = Backup { data: good.keys.clone(), keys: good.data.clone() };
    assert!(matches!(swapped.restore(&target, None).await, Err(StoreError::Backup { .. })));
    for cut in [0, 10, good.data.len() / 2, good.data.len() - 1] {
        swapped = Backup { data: good.data[..cut].to_vec(), keys: good.keys.clone() };
        assert!(matches!(swapped.restore(&target, None).await, Err(StoreError::Backup { .. })), "cut at {cut}");
    }
    assert!(matches!(Store::open(target.address(), target.data()).await, Err(StoreError::NotInitialised { .. })));
    assert!(good.restore(&target, None).await.unwrap().report.is_clean());
}

async fn a_later_checkpoint_opens_a_new_epoch(home: Home) {
    let store = filled(&home).await;
    let backup = Backup::of(&store).await;
    for n in 700..705 {
        put(&store, device(n, 0, "lost")).await;
    }
    let published = sequence(&store).await;
    let same = store.checkpoints(301, 1).await.unwrap();
    let target = other(&home, "epoch");
    let restored = backup.restore(&target, Some(published.note.as_bytes())).await.unwrap();
    assert_eq!(restored.new_epoch, Some(2));
    let back = restored.store;
    assert_eq!((back.meta().epoch, back.end().await.unwrap()), (2, 302));
    let first = akashi_journal::Entry::from_leaf(&back.entries(301, 302).await.unwrap()[0]).unwrap();
    assert_eq!((first.epoch, first.command), (2, akashi_journal::Command::Epoch));
    let told = &back.history(akashi_domain::RecordId::parse(&first.record).unwrap()).await.unwrap()[0];
    assert_eq!(told.body.as_ref().unwrap()["published"]["size"], 306);
    assert_ne!(back.signer().await.unwrap().verifier(), store.signer().await.unwrap().verifier());
    assert_clean(&back).await;

    // What was published no later than the backup is nothing to speak of.
    let again = Home::sqlite();
    let restored = backup.restore(&again, Some(same[0].note.as_bytes())).await.unwrap();
    assert_eq!((restored.new_epoch, restored.store.meta().epoch), (None, 1));
}

async fn a_disposal_reaches_old_backups(home: Home) {
    let store = filled(&home).await;
    let old = Backup::of(&store).await;
    dispose(&store, 3).await;
    sequence(&store).await;
    // The locked data of then, with the keys of now.
    let mixed = Backup { data: old.data, keys: Backup::of(&store).await.keys };
    let target = other(&home, "disposed");
    let restored = mixed.restore(&target, None).await.unwrap();
    let at = |place: &Place| match place {
        Place::Version { record, .. } => *record == id(3).to_string(),
        Place::Blob(digest) => *digest == akashi_journal::Digest::of(&vec![3; 2_500_000]).to_hex(),
        _ => false,
    };
    assert!(restored.report.faults.iter().all(|f| at(&f.place)), "{:#?}", restored.report.faults);
    assert!(restored.report.faults.iter().any(|f| f.kind == FaultKind::Sealed { column: "body" }));
    assert!(restored.store.history(id(3)).await.is_err());
    assert_eq!(restored.store.history(id(4)).await.unwrap().len(), 1);
}
