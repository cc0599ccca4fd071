//! The story of a backup: made while the hospital is open, in pieces, restored elsewhere, proven, drilled, filed; and
//! what is found when somebody damages it.

use std::path::{Path, PathBuf};

use akashi_app::backup::{self, Chain, Drill, Folder, Made, Restore, Target, chains};
use akashi_app::command::Done;
use akashi_app::report::report;
use akashi_app::{App, AppError, Ctx, ctx};
use akashi_domain::Value;
use akashi_testkit::Scratch;

use crate::hospital::{NOW, address, hospital, open, put_of};

const PASSPHRASE: &str = "正しい 馬 電池 ホッチキス";

struct Hospital {
    folder: Scratch,
    app: App,
    ctx: Ctx,
}

impl Hospital {
    async fn new() -> Hospital {
        let folder = Scratch::new("backup");
        let (app, ctx) = hospital(&folder.path().join("home")).await;
        Hospital { folder, app, ctx }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn put(&self, register: &str, texts: &[(&str, &str)]) -> Done {
        let value = |text: &str| text.parse().map_or_else(|_| Value::Text(text.into()), Value::Number);
        let fields: Vec<_> = texts.iter().map(|(key, text)| (*key, value(text))).collect();
        self.app.put(&self.ctx, put_of(&self.app, register, None, &fields)).await.unwrap()
    }

    async fn back_up(&self, to: &Folder, change: impl FnOnce(&mut Target<'_>)) -> Made {
        let mut target = target(to);
        change(&mut target);
        self.app.back_up(&self.ctx, &target).await.unwrap()
    }
}

fn target(to: &Folder) -> Target<'_> {
    Target { depot: to, keys: None, passphrase: PASSPHRASE, work: 4, full: false, keep: None, lock: None }
}

fn from(depot: &Folder) -> Restore<'_> {
    Restore { depot, keys: None, chain: None, passphrase: PASSPHRASE, known: Vec::new(), trusted: None }
}

fn names(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            found.extend(names(&entry.path()).into_iter().map(|inner| format!("{name}/{inner}")));
        } else {
            found.push(name);
        }
    }
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hospital_comes_back() {
    let h = Hospital::new().await;
    let (to, back) = (Folder::new(h.path("to")), h.path("back"));
    let done = h.put("device", &[("name", "受付端末")]).await;
    let short = Target { passphrase: "short", ..target(&to) };
    assert!(matches!(h.app.back_up(&h.ctx, &short).await, Err(AppError::Invalid(_))));
    let none = backup::restore(&address(&back), &back, from(&to), NOW, |_, _| ()).await;
    assert!(matches!(none, Err(AppError::NotFound(_))));

    let made = h.back_up(&to, |_| ()).await;
    assert_eq!((made.chain.as_str(), made.piece, made.new_versions), ("akashi-20261122T010000Z", 0, made.entries));
    let first: Vec<_> = (0..3).map(|n| h.app.store().put_blob(vec![n; 40_000], NOW)).collect();
    for put in first {
        put.await.unwrap();
    }
    h.put("device", &[("name", "検査サーバ")]).await;
    let made = h.back_up(&to, |_| ()).await;
    assert_eq!((made.piece, made.new_versions, made.new_files), (1, 1, 3));
    let expected: Vec<String> = ["0000.data.age", "0000.manifest.json", "0000.sha256"]
        .iter()
        .chain(&["0001.data.age", "0001.manifest.json", "0001.sha256"])
        .map(|name| format!("{}/{name}", made.chain))
        .chain(["keys.age".into()])
        .collect();
    assert_eq!(names(&h.path("to")), expected, "nothing else is left there");

    let checkpoint = h.app.store().latest_checkpoint().await.unwrap().unwrap();
    let trusted = Some(h.app.store().key_ring().await.unwrap());
    let mut told = Vec::new();
    let drill = Drill { restore: Restore { trusted, ..from(&to) }, scratch: h.folder.path(), storage: None };
    let drilled = backup::drill(drill, |done, total| told.push((done, total))).await;
    let shown = drilled.outcome.unwrap();
    assert!(shown.faults.is_empty() && shown.new_epoch.is_none(), "{shown:?}");
    assert_eq!((shown.covered, shown.root.as_str()), (checkpoint.size, checkpoint.root.to_base64().as_str()));
    assert!(told.first().unwrap().0 == 0 && told.last().unwrap().0 == shown.stored_bytes);
    assert_eq!(std::fs::read_dir(h.folder.path()).unwrap().count(), 2, "the drill leaves nothing behind");

    let shown = backup::restore(&address(&back), &back, from(&to), NOW, |_, _| ()).await.unwrap();
    assert_eq!((shown.faults.len(), shown.pieces, shown.lost), (0, 2, 0));
    let again = open(&back).await;
    let live = again.live(NOW).await.unwrap();
    let name = live.world.latest(done.record).unwrap().cells.clone();
    assert!(name.contains(&Value::Text("受付端末".into())));
    assert!(backup::restore(&address(&back), &back, from(&to), NOW, |_, _| ()).await.is_err(), "never over another");

    let state = h.app.backup_state().await.unwrap();
    assert_eq!((state.backup.unwrap().chain, state.unsaved), (made.chain, 0));
    h.put("device", &[("name", "予備機")]).await;
    assert_eq!(h.app.backup_state().await.unwrap().unsaved, 1);
    assert_eq!(again.backup_state().await.unwrap().backup, None, "the copy has no backup yet");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chains_begin_anew_and_old_ones_go() {
    let h = Hospital::new().await;
    let (to, elsewhere) = (Folder::new(h.path("to")), Folder::new(h.path("keys")));
    h.put("device", &[("name", "受付端末")]).await;
    let manifest = |made: &Made| {
        std::fs::read(h.path("to").join(&made.chain).join(format!("{:04}.manifest.json", made.piece))).unwrap()
    };
    let keys: Option<&dyn backup::Depot> = Some(&elsewhere);
    let first = h.app.back_up(&h.ctx, &Target { keys, ..target(&to) }).await.unwrap();
    let second = h.app.back_up(&h.ctx, &Target { keys, full: true, ..target(&to) }).await.unwrap();
    assert_eq!(second.chain, "akashi-20261122T010000Z-2");
    assert_eq!(manifest(&first), manifest(&second), "the same data, the same manifest");
    assert_eq!((names(&h.path("keys")), names(&h.path("to")).len()), (vec!["keys.age".to_owned()], 6));
    let third = h.app.back_up(&h.ctx, &Target { keys, full: true, keep: Some(2), ..target(&to) }).await.unwrap();
    assert_eq!(third.removed, [first.chain]);
    let left: Vec<String> = chains(&to).unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(left, [second.chain, third.chain]);
    let lock = Some(std::time::Duration::from_secs(86_400));
    let locked = h.app.back_up(&h.ctx, &Target { keys, lock, ..target(&to) }).await.unwrap();
    assert_eq!((locked.locked_until, locked.notes.len()), (None, 1), "a folder has no locks, and that is said");

    // Somebody else's log in the same place does not go on with this chain.
    let other = Hospital::new().await;
    other.put("device", &[("name", "他院")]).await;
    assert_eq!(other.app.back_up(&other.ctx, &target(&to)).await.unwrap().piece, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_is_named() {
    let h = Hospital::new().await;
    let to = Folder::new(h.path("to"));
    for n in 0..3 {
        h.put("device", &[("name", "受付端末")]).await;
        h.app.store().put_blob(vec![n; 3000], NOW).await.unwrap();
        h.back_up(&to, |_| ()).await;
    }
    let chain = chains(&to).unwrap()[0].1.clone().unwrap();
    assert!(chain.check(&to, |_| ()).is_empty());
    let restore = async |asked: Restore<'_>| {
        let place = h.path("never");
        let refused = backup::restore(&address(&place), &place, asked, NOW, |_, _| ()).await;
        let words = refused.expect_err("it must be refused").label().en;
        std::fs::remove_dir_all(&place).ok();
        words
    };
    let words = restore(Restore { passphrase: "別の合言葉です、たぶん", ..from(&to) }).await;
    assert!(words.contains("keys.age") && words.contains("passphrase"), "{words}");
    for name in names(&h.path("to")) {
        let path = h.path("to").join(&name);
        let good = std::fs::read(&path).unwrap();
        for at in [0, good.len() / 3, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 4;
            std::fs::write(&path, &bad).unwrap();
            let words = restore(from(&to)).await;
            // A sum that was changed accuses the object it is of.
            let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem.trim_end_matches(".data"));
            assert!(words.contains(stem.trim_end_matches(".manifest")), "{name} at {at}: {words}");
            if name != "keys.age" {
                let found = Chain::read(&to, &chain.name).map(|chain| chain.check(&to, |_| ()));
                assert!(found.map_or(true, |damages| damages.len() == 1), "{name} at {at}");
            }
        }
        std::fs::write(&path, &good[..good.len() - 1]).unwrap();
        assert!(restore(from(&to)).await.contains(name.split('.').next().unwrap()), "{name} cut");
        std::fs::remove_file(&path).unwrap();
        let lost = backup::restore(&address(&h.path("less")), &h.path("less"), from(&to), NOW, |_, _| ()).await;
        match name.as_str() {
            // Without its last manifest a chain ends earlier; the newer keys know that something is lost.
            last if last.ends_with("0002.manifest.json") => assert_eq!(lost.unwrap().lost, 1),
            _ => assert!(lost.is_err(), "{name} removed"),
        }
        std::fs::remove_dir_all(h.path("less")).ok();
        std::fs::write(&path, &good).unwrap();
    }
    // Hostile: something else in the place of a manifest, and an enormous one.
    let path = h.path("to").join(&chain.name).join("0001.manifest.json");
    for bytes in [&b"{}"[..], b"[[[[[[[[[[", "{\"v\":2}".as_bytes()] {
        let good = std::fs::read(&path).unwrap();
        std::fs::write(&path, bytes).unwrap();
        assert!(restore(from(&to)).await.contains("0001.manifest.json"));
        std::fs::write(&path, good).unwrap();
    }
    assert!(chain.check(&to, |_| ()).is_empty(), "all is as it was");
    // A damaged chain is not gone on with.
    std::fs::write(&path, b"{}").unwrap();
    let made = h.back_up(&to, |_| ()).await;
    assert_eq!((made.piece, made.notes.len()), (0, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_chain_beside_newer_keys_opens_an_epoch() {
    let h = Hospital::new().await;
    let to = Folder::new(h.path("to"));
    h.put("device", &[("name", "受付端末")]).await;
    let old = h.back_up(&to, |_| ()).await;
    h.put("device", &[("name", "失われる端末")]).await;
    h.back_up(&to, |t| t.full = true).await;
    let back = h.path("back");
    let asked = Restore { chain: Some(&old.chain), ..from(&to) };
    let shown = backup::restore(&address(&back), &back, asked, NOW, |_, _| ()).await.unwrap();
    assert_eq!((shown.new_epoch, shown.lost, shown.faults.len()), (Some(2), 1, 0));
    assert_eq!(shown.origin, "kaku.example/akashi/epoch-2");
    let again = open(&back).await;
    assert!(again.verify(|_, _| ()).await.unwrap().faults.is_empty());
    // Its proofs stand under the keys of both epochs, and it has backups of its own.
    let code = format!("AST-2026-{:04}", 1);
    let record = again.find(NOW, &code).await.unwrap();
    let proof = again.prove(&h.ctx, record, None).await.unwrap();
    let ring = again.store().key_ring().await.unwrap().to_string();
    assert!(ring.contains("kaku.example/akashi+") && ring.contains("kaku.example/akashi/epoch-2+"), "{ring}");
    assert!(!proof.bytes.is_empty());
    let made = again.back_up(&h.ctx, &target(&to)).await.unwrap();
    assert_eq!(made.piece, 0, "another epoch is another chain");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drill_is_filed_and_turns_the_finding() {
    let h = Hospital::new().await;
    let to = Folder::new(h.path("to"));
    let texts = [("capacity", "24"), ("period", "30日"), ("backup_freq", "毎日"), ("rule_clause", "第15条")];
    let place = h.put("storage", &[&[("place", "バックアップ装置")], &texts[..]].concat()).await;
    h.app.move_to(&h.ctx, place.record, 1, "start", None).await.unwrap();
    let device = h.put("device", &[("name", "受付端末")]).await;
    h.back_up(&to, |_| ()).await;
    let named = async |rule: &str| {
        let evaluator = h.app.evaluator_at(ctx::now(), h.ctx.today(), None).await.unwrap();
        let found = report(&evaluator).findings.into_iter().find(|f| f.rule == rule);
        found.is_some_and(|f| f.rows.iter().any(|row| row.code == place.code))
    };
    assert!(named("restore_test_never").await, "before the drill");
    let asked = |restore, storage| Drill { restore, scratch: h.folder.path(), storage: Some(storage) };
    let refused = h.app.drill(&h.ctx, asked(from(&to), device.record), |_, _| ()).await;
    assert!(matches!(refused, Err(AppError::Invalid(_))), "only in the storage register");

    let wrong = Restore { passphrase: "別の合言葉です、たぶん", ..from(&to) };
    let failed = h.app.drill(&h.ctx, asked(wrong, place.record), |_, _| ()).await.unwrap();
    assert!(!failed.is_ok() && failed.filed.unwrap().rev == 3);
    assert!(named("restore_test_not_fully_successful").await && !named("restore_test_never").await);
    let good = h.app.drill(&h.ctx, asked(from(&to), place.record), |_, _| ()).await.unwrap();
    assert!(good.is_ok() && good.filed.unwrap().rev == 4);
    for rule in ["restore_test_never", "restore_test_not_fully_successful", "restore_test_older_than_one_year"] {
        assert!(!named(rule).await, "{rule} after the drill");
    }
    let live = h.app.live(NOW).await.unwrap();
    let version = live.world.latest(place.record).unwrap();
    let register = h.app.catalog().register(version.register);
    let tests = register.fields().iter().position(|f| f.key == "restore_test").unwrap();
    let Value::Rows(rows) = version.cell(tests) else { panic!("{:?}", version.cell(tests)) };
    assert_eq!(rows.len(), 2);
    let said = format!("{:?}", rows[1]);
    assert!(said.contains("\"ok\"") && said.contains("証跡") && said.contains("秒"), "{said}");
    assert!(format!("{:?}", rows[0]).contains("\"failed\""));
    drop(live);
    let state = h.app.backup_state().await.unwrap().drill.unwrap();
    assert_eq!((state.ok, state.filed), (true, Some(place.code.clone())));
    assert!(h.app.verify(|_, _| ()).await.unwrap().faults.is_empty());
    // Whoever may not change the register may not file a drill.
    let mut stranger = h.ctx.clone();
    stranger.actor.roles.clear();
    let refused = h.app.drill(&stranger, asked(from(&to), place.record), |_, _| ()).await;
    assert!(matches!(refused, Err(AppError::Forbidden(_))));
}
