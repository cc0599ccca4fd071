//! Stories about the log: checkpoints, proofs, keys.

use akashi_journal::checkpoint::{Checkpoint, KeyRing};
use akashi_journal::merkle::{leaf_hash, prove_inclusion, verify_consistency, verify_inclusion};
use akashi_journal::note::Note;
use akashi_journal::tile::{TileHashes, TileId, TileKind, TileSource, parse_bundle};
use akashi_store::StoreError;
use akashi_store::verify::Place;

use crate::home::{Home, NOW, ORIGIN, assert_clean, ctx, device, put, sequence};

crate::stories! {
    one_checkpoint_covers_many_commits
    every_entry_can_be_proved
    the_file_follows_the_newest_checkpoint
    a_damaged_edge_is_not_signed
    the_exported_log_is_read_by_others
}

async fn one_checkpoint_covers_many_commits(home: Home) {
    let store = home.create().await;
    let signer = store.signer().await.unwrap();
    assert_eq!(store.sequence(NOW, &signer).await.unwrap(), None);
    for n in 0..5 {
        put(&store, device(n, 0, "x")).await;
    }
    let first = store.sequence(NOW, &signer).await.unwrap().unwrap();
    assert_eq!(first.size, 5);
    // Nothing new: the same again, no second one.
    assert_eq!(store.sequence(NOW + 9, &signer).await.unwrap().unwrap(), first);
    put(&store, device(9, 0, "x")).await;
    let second = store.sequence(NOW + 10, &signer).await.unwrap().unwrap();
    // Signed in whole seconds.
    assert_eq!((second.size, second.at), (6, NOW));
    assert_eq!(store.checkpoints(0, 10).await.unwrap(), [first, second.clone()]);
    let open = store.key_ring().await.unwrap().open(second.note.as_bytes()).unwrap();
    assert_eq!((open.checkpoint.origin.as_str(), open.checkpoint.root), (ORIGIN, second.root));
    assert_eq!(assert_clean(&store).await.checkpoints, 2);
}

async fn every_entry_can_be_proved(home: Home) {
    let store = home.create().await;
    let mut tx = store.begin(&ctx()).await.unwrap();
    let receipts = tx.put_all((0..600).map(|n| device(n, 0, "x")).collect()).await.unwrap();
    tx.commit(receipts).await.unwrap();
    let old = sequence(&store).await;
    put(&store, device(600, 0, "late")).await;
    assert_eq!(store.prove(600).await.unwrap(), None);
    let new = sequence(&store).await;
    for index in [0, 1, 255, 256, 511, 512, 599, 600] {
        let proof = store.prove(index).await.unwrap().unwrap();
        verify_inclusion(&leaf_hash(&proof.leaf), index, proof.size, &proof.path, &new.root).unwrap();
    }
    let path = store.prove_consistency(old.size, new.size).await.unwrap();
    verify_consistency(old.size, &old.root, new.size, &new.root, &path).unwrap();
}

async fn the_file_follows_the_newest_checkpoint(home: Home) {
    let store = home.create().await;
    put(&store, device(1, 0, "x")).await;
    let newest = sequence(&store).await;
    let read = || std::fs::read_to_string(store.checkpoint_path()).unwrap();
    assert_eq!(read(), newest.note);
    // Lost after the commit, before it was written: the next call brings it back.
    std::fs::remove_file(store.checkpoint_path()).unwrap();
    sequence(&store).await;
    assert_eq!(read(), newest.note);

    // A witness' signature is added to it.
    let witness = akashi_journal::note::SignerKey::from_seed("witness.example", &[9; 32]).unwrap();
    let mut note = Note::parse(newest.note.as_bytes()).unwrap();
    note.add(witness.sign_at(note.text(), 0).unwrap()).unwrap();
    store.add_signatures(&note).await.unwrap();
    assert_eq!(read(), note.to_string());
    assert_clean(&store).await;
    // Never to another statement.
    let other = Checkpoint::new(ORIGIN, 1, akashi_journal::merkle::empty_root()).unwrap();
    let other = store.signer().await.unwrap().sign(&other, NOW).unwrap();
    assert!(store.add_signatures(&other).await.is_err());
}

async fn a_damaged_edge_is_not_signed(home: Home) {
    let store = home.create().await;
    put(&store, device(1, 0, "x")).await;
    sequence(&store).await;
    put(&store, device(2, 0, "x")).await;
    let flipped = home.bytes(&[0; 32]);
    home.tamper(&format!("update log_state set frontier = {flipped}")).await;
    let signer = store.signer().await.unwrap();
    assert!(matches!(store.sequence(NOW, &signer).await, Err(StoreError::Damaged { .. })));
    assert_eq!(store.latest_checkpoint().await.unwrap().unwrap().size, 1);
    let places: Vec<_> = store.verify(None, |_| ()).await.unwrap().faults.into_iter().map(|f| f.place).collect();
    assert_eq!(places, [Place::LogState]);
}

/// A folder of tiles, as any client of a log reads it.
struct Folder(std::path::PathBuf);

impl TileSource for Folder {
    type Error = std::io::Error;

    fn tile(&self, id: &TileId) -> Result<Vec<u8>, std::io::Error> {
        std::fs::read(self.0.join(id.to_string()))
    }
}

async fn the_exported_log_is_read_by_others(home: Home) {
    let store = home.create().await;
    let folder = home.data().join("tiles");
    assert_eq!(store.export_tiles(&folder, |_, _| ()).await.unwrap(), None);
    let versions = (0..700).map(|n| device(n, 0, "x")).collect();
    let mut tx = store.begin(&ctx()).await.unwrap();
    let receipts = tx.put_all(versions).await.unwrap();
    tx.commit(receipts).await.unwrap();
    sequence(&store).await;
    let mut told = Vec::new();
    let exported = store.export_tiles(&folder, |done, total| told.push((done, total))).await.unwrap().unwrap();
    // 3 bundles, 3 tiles of leaves, 1 above.
    assert_eq!((exported.size, exported.files, told), (700, 7, vec![(700, 700)]));

    // With nothing but the files.
    let ring: KeyRing = std::fs::read_to_string(folder.join("keys")).unwrap().parse().unwrap();
    let open = ring.open(&std::fs::read(folder.join("checkpoint")).unwrap()).unwrap().checkpoint;
    assert_eq!((open.size, open.root), (700, exported.root));
    let tree = TileHashes { source: Folder(folder.clone()), size: open.size };
    for index in (0..open.size).step_by(37) {
        let id = TileId::at_size(TileKind::Entries, index / 256, open.size).unwrap();
        let bytes = std::fs::read(folder.join(id.to_string())).unwrap();
        let leaf = parse_bundle(&bytes, id.width()).unwrap()[(index % 256) as usize];
        let path = prove_inclusion(&tree, index, open.size).unwrap();
        verify_inclusion(&leaf_hash(leaf), index, open.size, &path, &open.root).unwrap();
    }

    home.tamper("delete from node").await;
    assert_eq!(store.export_tiles(&folder, |_, _| ()).await.unwrap().unwrap(), exported, "nodes are not needed");
    home.tamper("delete from entry where first = 256").await;
    let failed = home.data().join("failed");
    assert!(matches!(store.export_tiles(&failed, |_, _| ()).await, Err(StoreError::Damaged { .. })));
    assert!(!failed.join("checkpoint").exists());
}
