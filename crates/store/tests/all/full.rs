//! Stories of a disk without space and of a clock that jumps: a clear refusal, nothing changed, and it goes on.

use akashi_testkit::Scratch;
use akashi_testkit::disk::Shim;

use crate::home::{Home, NOW, assert_clean, ctx, device, id};
use crate::kill::Running;
use crate::load::{Oracle, command};
use akashi_store::WriteCtx;

/// Times the disk runs out of space.
const TIMES: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_clearly_and_goes_on() {
    let home = Home::sqlite();
    home.create().await.close().await;
    let control = Scratch::new("room");
    let room = control.path().join("room");
    let mut load = command(home.address(), home.data(), 5, 0, u64::MAX);
    Shim::get().limit(&mut load, home.data(), &room);
    let mut process = Running::of(load);
    let mut oracle = Oracle::default();
    for left in 0..TIMES {
        process.until(&mut oracle, "put");
        // From nothing at all to somewhere within a transaction.
        std::fs::write(&room, (left * left * 9_000).to_string()).unwrap();
        process.until(&mut oracle, "refused");
        // Whoever is refused can still be answered, again and again.
        process.until(&mut oracle, "refused");
        std::fs::remove_file(&room).unwrap();
        process.until(&mut oracle, "signed");
    }
    process.kill();
    process.rest(&mut oracle);
    assert!(oracle.refused.len() >= 2 * TIMES);
    let (folder, db) = (home.data().display().to_string(), home.data().join("akashi.db").display().to_string());
    for words in &oracle.refused {
        let place = words.contains(&db) || words.contains(&folder);
        assert!(place && words.contains("no space left") && words.contains("free space"), "{words}");
    }
    let store = home.open().await;
    oracle.check(&home, &store).await.unwrap();
}

/// In the process under load the clock of every command jumps; here the clock of the whole process does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_back_changes_no_order() {
    let home = Home::sqlite();
    let store = home.create().await;
    let signer = store.signer().await.unwrap();
    let hours = [0, 5, -3, 0, -24 * 365 * 30, 1, 24 * 365 * 30, -1];
    let mut last = None;
    for (n, hour) in (0..).zip(hours) {
        let at = NOW + hour * 3_600_000_000;
        let written = store.write(WriteCtx { at, ..ctx() }, vec![device(n, 0, "x")]).await.unwrap();
        let signed = store.sequence(at, &signer).await.unwrap().unwrap();
        let now = (written.first().recorded_at, signed.size, signed.at);
        assert!(
            last.is_none_or(|(at, size, signed)| now.0 >= at && now.1 > size && now.2 >= signed),
            "{last:?} {now:?}"
        );
        last = Some(now);
    }
    assert_clean(&store).await;
    assert_eq!(store.history(id(7)).await.unwrap()[0].seq, 7);
}
