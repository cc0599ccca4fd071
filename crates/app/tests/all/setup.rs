//! The first entry of a hospital says what was set up: it is in the log from the first moment, also when the process
//! that made the hospital was killed, and a name changed by hand in the database no longer agrees with it.

use std::path::Path;

use akashi_app::verify::Verified;
use akashi_app::{App, catalogue};
use akashi_store::{Init, Store};
use akashi_testkit::Scratch;

use crate::hospital::{NAME, NOW, ORIGIN, address, hospital, open};

async fn verify(app: &App) -> Verified {
    app.verify(|_, _| ()).await.unwrap()
}

/// Puts `new` in place of `old` in the table `meta`, as somebody with an editor would: what is as long fits.
fn change(folder: &Path, key: &str, old: &str, new: &str) {
    assert_eq!(old.len(), new.len());
    let path = folder.join("akashi.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let row = format!("{key}{old}").into_bytes();
    let at: Vec<usize> = (0..bytes.len() - row.len()).filter(|at| bytes[*at..].starts_with(&row)).collect();
    assert_eq!(at.len(), 1, "{key} stands in one place");
    let from = at[0] + key.len();
    bytes[from..from + new.len()].copy_from_slice(new.as_bytes());
    std::fs::write(&path, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_set_up_cannot_be_changed_unnoticed() {
    let folder = Scratch::new("setup");
    let (app, _) = hospital(folder.path()).await;
    let (origin, catalogue) = (app.store().meta().origin.clone(), app.store().meta().catalogue.clone());
    let good = verify(&app).await;
    assert_eq!((good.entries, good.covered, good.faults.len()), (1, 1, 0), "{:?}", good.faults);
    app.store().close().await;

    let created = NOW.to_string();
    let another = "f".repeat(catalogue.len());
    let table = [
        ("akashi.organisation", NAME, "偽造病院"),
        ("akashi.catalogue", &catalogue, &another),
        ("akashi.created", &created, "1795309200000001"),
        ("akashi.origin", &origin, "fake.example/akashi"),
    ];
    for (key, old, new) in table {
        change(folder.path(), key, old, new);
        let app = open(folder.path()).await;
        let found = verify(&app).await.faults;
        let named: Vec<_> = found.iter().filter(|fault| fault.table == "meta" && fault.place.contains(key)).collect();
        assert_eq!(named.len(), 1, "{key}: {found:?}");
        app.store().close().await;
        change(folder.path(), key, new, old);
    }
    let app = open(folder.path()).await;
    assert_eq!(verify(&app).await, good);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hospital_whose_maker_was_killed_says_it_at_the_first_start() {
    let folder = Scratch::new("killed-setup");
    let init = Init {
        origin: ORIGIN.into(),
        organisation: NAME.into(),
        catalogue: catalogue::load(folder.path()).unwrap().catalog.digest.clone(),
        created: NOW,
        log_seed: None,
    };
    Store::create(&address(folder.path()), folder.path(), &init).await.unwrap().close().await;
    let app = open(folder.path()).await;
    let found = verify(&app).await;
    assert_eq!((found.entries, found.covered, found.faults.len()), (1, 1, 0), "{:?}", found.faults);
    app.store().close().await;
    let again = open(folder.path()).await;
    assert_eq!(verify(&again).await, found, "once");
    again.store().close().await;
    change(folder.path(), "akashi.organisation", NAME, "偽造病院");
    let app = open(folder.path()).await;
    assert_eq!(verify(&app).await.faults.len(), 1);
}
