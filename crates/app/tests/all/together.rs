//! The story of a busy server: commands come at once, one of them too late, and the log follows by itself; what a
//! killed server left out of the log is in it after the next start.

use std::collections::BTreeSet;

use akashi_app::App;
use akashi_app::command::Put;
use akashi_domain::RecordId;
use akashi_journal::Command;
use akashi_store::{NewVersion, WriteCtx};
use akashi_testkit::Scratch;

use crate::hospital::{NOW, hospital, open, put_of, text};

/// Checkpoints state whole seconds.
const SECOND: i64 = 1_000_000;

fn named(app: &App, record: Option<RecordId>, expected: u32, name: &str) -> Put {
    put_of(app, "device", record.map(|record| (record, expected)), &[("name", text(name))])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_at_once_are_all_seen_and_logged() {
    let folder = Scratch::new("together");
    let (app, ctx) = hospital(folder.path()).await;
    let shared = app.put(&ctx, named(&app, None, 0, "共用端末")).await.unwrap().record;
    let before = app.store().latest_checkpoint().await.unwrap().unwrap().size;
    assert_eq!(before, 2, "without a sequencer a command takes its entry into the log itself");

    let log = app.keep_log(|| NOW + SECOND);
    let writers = (0..32).map(|n| {
        let (app, ctx) = (app.clone(), ctx.clone());
        tokio::spawn(async move {
            let own = app.put(&ctx, named(&app, None, 0, &format!("端末{n}"))).await.unwrap();
            // What was answered is seen at once.
            assert!(app.live(NOW).await.unwrap().world.latest(own.record).is_some());
            let name = format!("共用端末{n}");
            let late = app.put(&ctx, named(&app, Some(shared), 1, &name)).await;
            (own.code, late.map(|done| done.rev).map_err(|error| assert!(error.is_conflict(), "{error}")))
        })
    });
    let mut codes = BTreeSet::new();
    let mut in_time = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        let (code, shared) = writer.await.unwrap();
        codes.insert(code);
        in_time.extend(shared);
    }
    assert_eq!((codes.len(), in_time), (32, vec![2]), "of those who saw revision 1, one was in time");
    app.store().until_sequenced(before + 33).await;
    app.put(&ctx, named(&app, Some(shared), 2, "最後")).await.unwrap();
    log.stop().await;
    let checkpoint = app.store().latest_checkpoint().await.unwrap().unwrap();
    assert_eq!((checkpoint.size, checkpoint.at), (before + 34, NOW + SECOND));
    assert!(app.verify(|_, _| ()).await.unwrap().faults.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_heals_the_log() {
    let folder = Scratch::new("together");
    let (app, ctx) = hospital(folder.path()).await;
    let done = app.put(&ctx, named(&app, None, 0, "受付端末")).await.unwrap();
    // As if the program had been killed between commit and signature.
    let note = NewVersion::system("note", done.record, 0, Command::Setup, serde_json::json!({}));
    let note = NewVersion { record: akashi_app::command::new_id(NOW), ..note };
    let write = WriteCtx { actor: "u-1".into(), at: NOW };
    app.store().write(write, vec![note]).await.unwrap();
    assert_eq!(app.store().unsequenced().await.unwrap(), 1);
    app.store().close().await;

    let again = open(folder.path()).await;
    assert_eq!(again.store().unsequenced().await.unwrap(), 0);
    assert_eq!(again.store().latest_checkpoint().await.unwrap().unwrap().size, 3);
    assert!(again.verify(|_, _| ()).await.unwrap().faults.is_empty());
}
