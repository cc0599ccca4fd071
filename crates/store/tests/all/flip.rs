//! Single bits flipped behind the store's back, in the database file, contents of files, the checkpoint and an exported
//! log. Each is found with its place – or the program reads exactly what it read
//! before: what "changes meaning" is not a list but a comparison of everything that can be read.

use std::collections::BTreeMap;
use std::path::Path;

use akashi_domain::{Lang, PartialDate};
use akashi_journal::{Command, Digest};
use akashi_store::verify::{Fault, How, Place, check_tiles};
use akashi_store::{Account, NewVersion, Store, StoreError};
use akashi_testkit::Scratch;
use akashi_testkit::disk::Dice;
use serde_json::json;

use crate::home::{Home, NOW, assert_clean, catalog, ctx, device, id, put, sequence};

/// Bits flipped in files: the database, contents, checkpoint, exported log.
const FILES: usize = 160;
/// Changed by hand to look for other bits.
pub(crate) const SEED: u64 = 4_711;

/// 290 records, some changed, with reasons, files, a batch, numbers from outside, an account, disposals, two keys,
/// five checkpoints.
pub(crate) async fn filled(home: &Home) -> Store {
    let store = home.create().await;
    let meta = store.meta().clone();
    let body = json!({
        "organisation": meta.organisation, "origin": meta.origin, "catalogue": meta.catalogue, "created": meta.created,
    });
    put(&store, NewVersion::system("setup", id(8000), 0, Command::Setup, body)).await;
    let mut papers = Vec::new();
    for n in 0..4_u8 {
        papers.push(store.put_blob(vec![n; 200 + usize::from(n)], NOW).await.unwrap().digest);
    }
    for round in 0..3_u64 {
        let mut versions: Vec<_> = (round * 97..round * 97 + 93).map(|n| device(n, 0, "機器")).collect();
        versions.push(device(round * 97, 1, "again"));
        versions[1].body["code"] = format!("AST-2019-{:04}", round + 40).into();
        for (n, version) in versions.iter_mut().enumerate().filter(|(n, _)| n % 3 == 0) {
            version.reason = Some("棚卸 2026".into());
            version.blobs = vec![papers[n % 3]];
            version.batch = Some(id(9999));
            version.valid_from = PartialDate::parse("2026-04-01");
        }
        let mut tx = store.begin(&ctx()).await.unwrap();
        let receipts = tx.put_all(versions).await.unwrap();
        tx.commit(receipts).await.unwrap();
        sequence(&store).await;
        if round == 1 {
            store.rotate_key(NOW).await.unwrap();
        }
    }
    account(&store).await;
    let mut last = device(7000, 0, "廃棄");
    last.blobs = vec![papers[3]];
    put(&store, last).await;
    crate::disposal::dispose(&store, 7000, 1).await;
    crate::disposal::dispose(&store, 97, 2).await;
    for n in 1..20 {
        crate::disposal::dispose(&store, n, 1).await;
    }
    sequence(&store).await;
    put(&store, device(7001, 0, "x")).await;
    sequence(&store).await;
    assert_clean(&store).await;
    store
}

async fn account(store: &Store) {
    let account = Account {
        id: id(600),
        login: "hanako".into(),
        name: "花子".into(),
        pseudonym: "p-1".into(),
        password_hash: "$argon2id$v=19$x".into(),
        roles: vec!["operator".into()],
        lang: Lang::Ja,
        facility: "main".into(),
        personnel: Some(id(5)),
        disabled: false,
        must_change: false,
        created: NOW,
    };
    let mut tx = store.begin(&ctx()).await.unwrap();
    tx.save_account(&account).await.unwrap();
    let body = json!({ "pseudonym": "p-1", "roles": ["operator"], "disabled": false, "row": account.seal() });
    let receipt = tx.put(NewVersion::system("account", account.id, 0, Command::Account, body)).await.unwrap();
    tx.commit(receipt).await.unwrap();
}

fn how() -> How {
    How { prefixes: BTreeMap::from([("device".to_owned(), "AST".to_owned())]), ..How::default() }
}

/// Faults, or the refusal to open a store whose identity is damaged.
pub(crate) async fn faults(home: &Home) -> Result<Vec<Fault>, StoreError> {
    let store = Store::open(home.address(), home.data()).await?;
    let report = store.verify_with(how(), |_| ()).await;
    store.close().await;
    Ok(report?.faults)
}

/// Everything the program reads of the evidence, as text.
pub(crate) async fn meaning(home: &Home) -> Result<String, StoreError> {
    let path = home.data().join("checkpoint");
    let published = std::fs::read(&path).ok();
    let store = Store::open(home.address(), home.data()).await?;
    let read = read_all(&store).await;
    let uses: Vec<(String, String)> = home.rows("select digest, record from blob_use order by digest, record").await;
    store.close().await;
    // Reading asked the sequencer too, and it publishes what is kept.
    let after = std::fs::read(&path).ok();
    if let Some(bytes) = &published {
        std::fs::write(&path, bytes).unwrap();
    }
    Ok(format!("{after:?} {published:?} {uses:?} {}", read?))
}

async fn read_all(store: &Store) -> Result<String, StoreError> {
    let (_, loaded) = store.load_world(catalog()).await?;
    let mut text = format!("{:?} {:?} {:?} {:?}", store.meta(), loaded.versions, loaded.faults, loaded.next);
    let end = store.end().await?;
    text += &format!("{:?} {:?}", store.entries(0, end + 300).await?, store.checkpoints(0, 1000).await?);
    for version in &loaded.versions {
        text += &format!("{:?}", store.history(version.id).await?);
    }
    for system in [600, 8000] {
        text += &format!("{:?}", store.history(id(system)).await?);
    }
    // The ring is a set.
    let ring = store.key_ring().await?.to_string();
    text += &format!("{:?}", ring.lines().collect::<std::collections::BTreeSet<_>>());
    text += &format!("{:?}", store.signer().await?.verifiers().collect::<Vec<_>>());
    for account in store.accounts().await? {
        text += &account.seal();
    }
    for n in 0..4_u8 {
        let digest = Digest::of(&vec![n; 200 + usize::from(n)]);
        let content = store.blob(digest).await;
        text += &format!("{:?} {:?}", store.blob_size(digest).await?, content.map_err(|e| e.to_string()));
    }
    for index in (0..end).step_by(40) {
        text += &format!("{:?}", store.prove(index).await?);
    }
    for pair in store.checkpoints(0, 1000).await?.windows(2) {
        text += &format!("{:?}", store.prove_consistency(pair[0].size, pair[1].size).await?);
    }
    text += &format!("{:?}", store.sequence(NOW, &store.signer().await?).await?);
    let mut tx = store.begin(&ctx()).await?;
    let mut imported = device(9_000, 0, "x");
    imported.body["code"] = "AST-2019-0001".into();
    tx.put(imported).await?;
    text += &tx.put(device(9_001, 0, "x")).await?.code;
    tx.rollback().await?;
    Ok(text)
}

/// Bits of whole files. Where the program reads the same as before, it was an unused place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flipped_bits_of_files_are_found() {
    println!("seed {SEED}");
    let home = Home::in_memory();
    let store = filled(&home).await;
    let tiles = Scratch::in_memory("tiles");
    store.export_tiles(tiles.path(), |_, _| ()).await.unwrap();
    // Everything into the one file.
    store.close().await;
    std::fs::remove_file(home.data().join("akashi.db-wal")).ok();
    let clean = meaning(&home).await.unwrap();
    let files = listed(home.data()).into_iter().filter(|name| !name.contains("akashi.db-"));
    let (database, others): (Vec<_>, Vec<_>) = files.partition(|name| name == "akashi.db");
    let exported = listed(tiles.path());
    let mut dice = Dice::new(SEED);
    let mut unused = 0;
    for round in 0..FILES {
        match round % 4 {
            0 => flip_exported(tiles.path(), &exported[dice.below(exported.len())], &mut dice),
            1 => {
                let name = &others[dice.below(others.len())];
                let undo = flip_file(&home.data().join(name), &mut dice);
                let found = faults(&home).await.unwrap();
                let named = |f: &Fault| match &f.place {
                    Place::CheckpointFile => name == "checkpoint",
                    Place::Blob(_) => name.starts_with("blobs/"),
                    _ => false,
                };
                assert!(found.iter().any(named), "{name}: {found:#?}");
                undo();
            }
            _ => {
                let undo = flip_file(&home.data().join(&database[0]), &mut dice);
                let found = faults(&home).await;
                if found.as_ref().is_ok_and(Vec::is_empty) {
                    let now = meaning(&home).await;
                    assert!(now.is_ok_and(|now| now == clean), "a bit of the database file changes what is read");
                    unused += 1;
                }
                undo();
                // What was written meanwhile (settings of the connection) belongs to the changed file.
                for side in ["akashi.db-wal", "akashi.db-shm"] {
                    std::fs::remove_file(home.data().join(side)).ok();
                }
            }
        }
    }
    println!("{FILES} bits flipped in files, {unused} of them in unused places of the database file");
    assert!(unused < FILES / 3);
    assert_eq!(meaning(&home).await.unwrap(), clean);
}

fn flip_exported(folder: &Path, name: &str, dice: &mut Dice) {
    let undo = flip_file(&folder.join(name), dice);
    let found = check_tiles(folder, None, |_, _| ()).unwrap().faults;
    // The keys enclosed are checked by what they signed.
    let named =
        |f: &Fault| matches!(&f.place, Place::File(file) if file == name || (name == "keys" && file == "checkpoint"));
    if !found.iter().any(named) {
        // A retired key is not needed for the newest checkpoint.
        assert_eq!(name, "keys", "{found:#?}");
    }
    undo();
}

/// Flips one bit of a file; what is returned puts it back as it was.
fn flip_file(path: &Path, dice: &mut Dice) -> impl FnOnce() + use<> {
    let good = std::fs::read(path).unwrap();
    let mut bad = good.clone();
    let at = dice.below(bad.len());
    bad[at] ^= 1 << dice.below(8);
    std::fs::write(path, bad).unwrap();
    let path = path.to_owned();
    move || std::fs::write(path, good).unwrap()
}

/// Names of all files below a folder.
fn listed(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                open.push(entry);
            } else {
                found.push(entry.strip_prefix(folder).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}
