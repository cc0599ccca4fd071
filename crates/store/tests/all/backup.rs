//! Stories of backups: whole, in pieces, consistent, movable between the databases, and without what was disposed of.

use std::collections::BTreeSet;
use std::io::Cursor;

use akashi_journal::Digest;
use akashi_store::{Disposal, Link, Opened, Pieces, Restore, Restored, Saved, Since, Store, StoreError};

use crate::home::{Home, NOW, ORIGIN, assert_clean, ctx, device, id, put, sequence};

crate::stories! {
    a_chain_comes_back_on_the_other_database
    a_chain_under_writing_is_whole_at_every_piece
    a_broken_backup_changes_nothing
    pieces_cannot_be_exchanged
    a_later_checkpoint_opens_a_new_epoch
    a_disposal_reaches_old_backups
    cosignatures_of_old_checkpoints_follow
}

/// A chain in memory; the digest of a piece stands for that of its manifest.
#[derive(Clone, Default)]
struct Chain {
    pieces: Vec<Vec<u8>>,
    keys: Vec<u8>,
    files: BTreeSet<String>,
    saved: Option<Saved>,
}

impl Chain {
    async fn of(store: &Store) -> Chain {
        let mut chain = Chain::default();
        chain.add(store).await;
        chain
    }

    /// The next piece, and the keys anew.
    async fn add(&mut self, store: &Store) -> Saved {
        let link = self.link(self.pieces.len());
        let (entries, size) = self.saved.as_ref().map_or((0, 0), |s| (s.entries, s.size));
        let since = self.saved.as_ref().map(|_| Since { entries, size, files: &self.files });
        let (data, keys, saved) = loop {
            let (mut data, mut keys) = (Vec::new(), Vec::new());
            match store.back_up(since, &link, &mut data, &mut keys).await {
                Ok(saved) => break (data, keys, saved),
                // A file was disposed of meanwhile.
                Err(StoreError::Gone { .. }) => {}
                Err(e) => panic!("{e}"),
            }
        };
        self.files.extend(saved.files.iter().cloned());
        self.pieces.push(data);
        self.keys = keys;
        self.saved = Some(saved.clone());
        saved
    }

    fn link(&self, piece: usize) -> Link {
        Link { piece: piece as u32, previous: piece.checked_sub(1).map(|before| Digest::of(&self.pieces[before])) }
    }

    async fn restore(&self, to: &Home, published: &[&str]) -> Result<Restored, StoreError> {
        let mut source = Source { chain: self.clone(), at: 0 };
        let mut keys = &self.keys[..];
        let published = published.iter().map(|note| note.as_bytes().to_vec()).collect();
        let what = Restore { keys: &mut keys, pieces: &mut source, trusted: None, published };
        Store::restore(to.address(), to.data(), what, NOW).await
    }
}

struct Source {
    chain: Chain,
    at: usize,
}

impl Pieces for Source {
    fn open(&mut self) -> Result<Option<Opened>, StoreError> {
        let Some(bytes) = self.chain.pieces.get(self.at).cloned() else { return Ok(None) };
        self.at += 1;
        let (name, link) = (format!("piece {}", self.at - 1), self.chain.link(self.at - 1));
        let last = self.at == self.chain.pieces.len();
        Ok(Some(Opened { name, link, last, from: Box::new(Cursor::new(bytes)) }))
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

async fn a_chain_comes_back_on_the_other_database(home: Home) {
    let store = filled(&home).await;
    let mut chain = Chain::of(&store).await;
    let first = chain.pieces[0].len();
    // More of everything: new records, further versions, a file, a disposal of something in the first piece.
    for n in 400..410 {
        put(&store, device(n, 0, "増設")).await;
        put(&store, device(n, 1, "移設")).await;
    }
    let mut version = device(5, 1, "機器");
    version.blobs = vec![store.put_blob(vec![9; 70_000], NOW).await.unwrap().digest];
    put(&store, version).await;
    dispose(&store, 3).await;
    sequence(&store).await;
    let saved = chain.add(&store).await;
    assert_eq!((saved.entries, saved.size, saved.files.len()), (323, 323, 1));
    assert_eq!(saved.rows["record_version"], 22);
    assert!(chain.pieces[1].len() < first / 4, "{} of {first}", chain.pieces[1].len());
    // Nothing new: a piece all the same, and a short one.
    assert_eq!(chain.add(&store).await.rows["record_version"], 0);
    for bytes in ["機器".as_bytes(), "棚卸".as_bytes()] {
        assert!(chain.pieces.iter().all(|data| !data.windows(bytes.len()).any(|w| w == bytes)));
    }
    let target = other(&home, "backup");
    let restored = chain.restore(&target, &[]).await.unwrap();
    assert!(restored.report.is_clean(), "{:#?}", restored.report.faults);
    assert_eq!((restored.new_epoch, restored.report.covered), (None, 323));
    let back = restored.store;
    assert_eq!(back.checkpoints(1, 99).await.unwrap(), store.checkpoints(1, 99).await.unwrap());
    assert_eq!(back.meta(), store.meta());
    assert_eq!(back.signer().await.unwrap().verifier(), store.signer().await.unwrap().verifier());
    for n in [1, 3, 5, 405] {
        assert_eq!(back.history(id(n)).await.unwrap(), store.history(id(n)).await.unwrap(), "{n}");
    }
    assert_eq!(back.blob(Digest::of(&[9; 70_000])).await.unwrap(), vec![9; 70_000]);
    assert_eq!(back.blob(Digest::of(&[])).await.unwrap(), Vec::<u8>::new());
    assert!(matches!(back.blob(Digest::of(&vec![3; 2_500_000])).await, Err(StoreError::NoBlob { .. })));
    // It is a living installation.
    put(&back, device(5000, 0, "x")).await;
    sequence(&back).await;
    assert_clean(&back).await;
    assert!(matches!(chain.restore(&target, &[]).await, Err(StoreError::AlreadyInitialised { .. })));
}

async fn a_chain_under_writing_is_whole_at_every_piece(home: Home) {
    let store = filled(&home).await;
    let mut chain = Chain::default();
    // A piece is begun ever so often, and the writing goes on meanwhile.
    let (tick, mut ticks) = tokio::sync::mpsc::unbounded_channel();
    let writing = {
        let store = store.clone();
        tokio::spawn(async move {
            for n in 1000..1300 {
                if n % 30 == 0 {
                    tick.send(()).unwrap();
                }
                let mut version = device(n, 0, "x");
                version.blobs = vec![store.put_blob(n.to_be_bytes().to_vec(), NOW).await.unwrap().digest];
                put(&store, version).await;
                if n % 7 == 0 {
                    sequence(&store).await;
                }
                if n % 50 == 49 {
                    dispose(&store, n - 5).await;
                }
            }
        })
    };
    let mut ends = Vec::new();
    while ticks.recv().await.is_some() {
        ends.push(chain.add(&store).await.entries);
    }
    writing.await.unwrap();
    ends.push(chain.add(&store).await.entries);
    assert_eq!(ends.last(), Some(&607));
    let target = other(&home, "writing");
    let restored = chain.restore(&target, &[]).await.unwrap();
    assert!(restored.report.is_clean(), "{:#?}", restored.report.faults);
    assert_eq!((restored.new_epoch, restored.report.entries), (None, 607));
    sequence(&restored.store).await;
    assert_clean(&restored.store).await;
}

async fn a_broken_backup_changes_nothing(home: Home) {
    let store = filled(&home).await;
    let good = Chain::of(&store).await;
    let target = other(&home, "broken");
    let mut swapped = Chain { pieces: vec![good.keys.clone()], keys: good.pieces[0].clone(), ..good.clone() };
    assert!(matches!(swapped.restore(&target, &[]).await, Err(StoreError::Backup { .. })));
    let whole = &good.pieces[0];
    for cut in [0, 10, whole.len() / 2, whole.len() - 1] {
        swapped = Chain { pieces: vec![whole[..cut].to_vec()], ..good.clone() };
        let refused = swapped.restore(&target, &[]).await.err().unwrap();
        assert!(refused.to_string().contains("piece 0: it is cut"), "cut at {cut}: {refused}");
    }
    swapped = Chain { pieces: vec![[&whole[..], b"x"].concat()], ..good.clone() };
    assert!(matches!(swapped.restore(&target, &[]).await, Err(StoreError::Backup { .. })));
    assert!(matches!(Store::open(target.address(), target.data()).await, Err(StoreError::NotInitialised { .. })));
    let left =
        |dir: &std::path::Path| std::fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path()).collect();
    let folders: Vec<std::path::PathBuf> = left(&target.data().join("blobs"));
    assert!(folders.iter().all(|folder| left(folder).is_empty()), "no file is left behind");
    assert!(good.restore(&target, &[]).await.unwrap().report.is_clean());
}

async fn pieces_cannot_be_exchanged(home: Home) {
    let store = filled(&home).await;
    let mut chain = Chain::of(&store).await;
    for n in 600..602 {
        put(&store, device(n, 0, "x")).await;
        chain.add(&store).await;
    }
    let target = other(&home, "exchanged");
    let other_first = Chain::of(&store).await;
    let mut bad = chain.clone();
    bad.pieces.swap(1, 2);
    let refused = bad.restore(&target, &[]).await.err().unwrap().to_string();
    assert!(refused.contains("piece 1: it belongs to another chain"), "{refused}");
    bad = chain.clone();
    bad.pieces[0] = other_first.pieces[0].clone();
    let refused = bad.restore(&target, &[]).await.err().unwrap().to_string();
    assert!(refused.contains("another chain"), "{refused}");
    assert!(chain.restore(&target, &[]).await.unwrap().report.is_clean());
}

async fn a_later_checkpoint_opens_a_new_epoch(home: Home) {
    let store = filled(&home).await;
    let mut chain = Chain::of(&store).await;
    for n in 700..705 {
        put(&store, device(n, 0, "lost")).await;
    }
    let published = sequence(&store).await;
    let same = store.checkpoints(301, 1).await.unwrap();
    let target = other(&home, "epoch");
    let restored = chain.restore(&target, &[&same[0].note, &published.note]).await.unwrap();
    assert_eq!((restored.new_epoch, restored.lost, restored.disposed_again), (Some(2), 5, 0));
    assert!(restored.report.is_clean(), "{:#?}", restored.report.faults);
    let back = restored.store;
    assert_eq!((back.meta().epoch, back.end().await.unwrap()), (2, 302));
    assert_eq!(back.meta().origin, format!("{ORIGIN}/epoch-2"));
    let first = akashi_journal::Entry::from_leaf(&back.entries(301, 302).await.unwrap()[0]).unwrap();
    assert_eq!((first.epoch, first.command), (2, akashi_journal::Command::Epoch));
    let told = &back.history(akashi_domain::RecordId::parse(&first.record).unwrap()).await.unwrap()[0];
    let body = told.body.as_ref().unwrap();
    assert_eq!((&body["published"]["size"], &body["lost"], &body["origin"]), (&306.into(), &5.into(), &ORIGIN.into()));
    // Each epoch is checked under its own name; what the old key signs of the new size is believed no more.
    let ring = back.key_ring().await.unwrap();
    let newest = back.latest_checkpoint().await.unwrap().unwrap();
    assert_eq!(ring.open(newest.note.as_bytes()).unwrap().checkpoint.origin, back.meta().origin);
    assert_eq!(ring.open(same[0].note.as_bytes()).unwrap().checkpoint.origin, ORIGIN);
    assert!(ring.open(published.note.as_bytes()).is_err());
    assert!(store.key_ring().await.unwrap().open(newest.note.as_bytes()).is_err());
    assert_ne!(back.signer().await.unwrap().verifier(), store.signer().await.unwrap().verifier());
    put(&back, device(700, 0, "again")).await;
    sequence(&back).await;
    assert_clean(&back).await;

    // A folder that still has the checkpoint says it too, and keys that are newer than the data.
    let third = Home::sqlite();
    std::fs::write(third.data().join("checkpoint"), published.note.as_bytes()).unwrap();
    assert_eq!(chain.restore(&third, &[]).await.unwrap().new_epoch, Some(2));
    chain.keys = Chain::of(&store).await.keys;
    let fourth = Home::sqlite();
    assert_eq!(chain.restore(&fourth, &[]).await.unwrap().new_epoch, Some(2));

    // A third epoch follows the second, and what was published no later than the backup is nothing to speak of.
    let chain = Chain::of(&back).await;
    let same = back.latest_checkpoint().await.unwrap().unwrap();
    put(&back, device(701, 0, "lost again")).await;
    let published = sequence(&back).await;
    let fifth = Home::sqlite();
    let again = chain.restore(&fifth, &[&published.note]).await.unwrap().store;
    assert_eq!((again.meta().epoch, again.meta().origin.clone()), (3, format!("{ORIGIN}/epoch-3")));
    assert_clean(&again).await;
    let sixth = Home::sqlite();
    let restored = chain.restore(&sixth, &[&same.note]).await.unwrap();
    assert_eq!((restored.new_epoch, restored.store.meta().epoch), (None, 2));

    // A checkpoint of somebody else changes nothing at all.
    let stranger = published.note.replace(ORIGIN, "minami.example/akashi/1");
    let target = Home::sqlite();
    assert!(matches!(chain.restore(&target, &[&stranger]).await, Err(StoreError::Checkpoint { .. })));
    assert!(matches!(Store::open(target.address(), target.data()).await, Err(StoreError::NotInitialised { .. })));
}

async fn a_disposal_reaches_old_backups(home: Home) {
    let store = filled(&home).await;
    let old = Chain::of(&store).await;
    dispose(&store, 3).await;
    sequence(&store).await;
    // The locked data of then, with the keys of now.
    let mixed = Chain { keys: Chain::of(&store).await.keys, ..old };
    let target = other(&home, "disposed");
    let restored = mixed.restore(&target, &[]).await.unwrap();
    assert!(restored.report.is_clean(), "{:#?}", restored.report.faults);
    assert_eq!((restored.new_epoch, restored.disposed_again), (Some(2), 1));
    let history = restored.store.history(id(3)).await.unwrap();
    assert!(history.len() == 2 && history[0].body.is_none(), "{history:?}");
    let said = &history[1].body.as_ref().unwrap()["disposal"];
    assert_eq!((said["approval"].as_str(), said["rule"].as_str()), (Some(id(500).to_string().as_str()), Some("5y")));
    let gone = restored.store.blob(Digest::of(&vec![3; 2_500_000])).await;
    assert!(matches!(gone, Err(StoreError::NoBlob { .. })));
    assert_eq!(restored.store.history(id(4)).await.unwrap().len(), 1);
    assert_clean(&restored.store).await;
}

async fn cosignatures_of_old_checkpoints_follow(home: Home) {
    let store = filled(&home).await;
    let mut chain = Chain::of(&store).await;
    let kept = store.latest_checkpoint().await.unwrap().unwrap();
    put(&store, device(800, 0, "x")).await;
    sequence(&store).await;
    let witness = akashi_journal::note::SignerKey::from_seed("witness.example/w", &[3; 32]).unwrap();
    let mut note = akashi_journal::note::Note::parse(kept.note.as_bytes()).unwrap();
    let signed = akashi_journal::note::Note::sign(note.text().to_owned(), &[&witness]).unwrap();
    note.add(signed.signatures()[0].clone()).unwrap();
    store.add_signatures(&note).await.unwrap();
    assert_eq!(chain.add(&store).await.rows["checkpoint"], 2);
    let target = other(&home, "cosigned");
    let restored = chain.restore(&target, &[]).await.unwrap();
    assert!(restored.report.is_clean(), "{:#?}", restored.report.faults);
    assert_eq!(restored.store.checkpoints(301, 1).await.unwrap()[0].note, note.to_string());
}
