//! How far the newest checkpoint is behind the newest entry: writers commit for a while, first one by one, then all at
//! once, as the sequencer of a server runs; for each entry the time from its acknowledgement to the first checkpoint that
//! covers it. Prints the distribution beside the target of a second; nothing is asserted.

use std::collections::BTreeMap;
#[allow(dead_code, reason = "each measurement uses its part")]
mod place;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use akashi_journal::Command;
use akashi_store::{Store, WriteCtx};
use place::{Place, device, runtime};
use serde_json::json;
use tokio::sync::oneshot;

/// Seconds of each stage.
const STAGE: u64 = 12;
/// How often the newest checkpoint is looked at: what is measured is too long by that at most.
const LOOK: Duration = Duration::from_millis(2);

fn main() {
    let runtime = runtime();
    for (what, writers, pause) in [("1 writer, 3 commands a second", 1, 333), ("32 writers without a pause", 32, 0)] {
        let mut lags = runtime.block_on(stage(writers, Duration::from_millis(pause)));
        lags.sort();
        let at = |share: f64| lags[((lags.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        let late = lags.iter().filter(|lag| **lag > Duration::from_secs(1)).count();
        println!("{what}: {} entries", lags.len());
        println!(
            "  behind: least {:.0} ms, p50 {:.0} ms, p90 {:.0} ms, p99 {:.0} ms, most {:.0} ms; {late} later than a second (target 0)",
            at(0.0),
            at(0.5),
            at(0.9),
            at(0.99),
            at(1.0)
        );
    }
}

/// Entries that were told and are not covered yet, and when they were told.
type Told = Arc<Mutex<BTreeMap<u64, Instant>>>;

async fn stage(writers: u64, pause: Duration) -> Vec<Duration> {
    let place = Place::new("fresh");
    let store = place.create(now()).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let sequencer = tokio::spawn({
        let store = store.clone();
        async move {
            let keys = store.signer().await.expect("keys");
            store.keep_sequenced(&keys, now, async { drop(stopped.await) }).await;
        }
    });
    let told = Told::default();
    let until = Instant::now() + Duration::from_secs(STAGE);
    let writing: Vec<_> =
        (0..writers).map(|lane| tokio::spawn(write(store.clone(), told.clone(), lane, pause, until))).collect();
    let mut lags = Vec::new();
    loop {
        let idle = writing.iter().all(tokio::task::JoinHandle::is_finished);
        let size = store.latest_checkpoint().await.expect("a checkpoint").map_or(0, |c| c.size);
        lags.extend(covered(&told, size));
        if idle && told.lock().expect("no writer panicked").is_empty() {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    drop(stop);
    sequencer.await.expect("the sequencer ends");
    store.close().await;
    lags
}

/// Takes out those that a checkpoint of that size covers; how long each waited.
fn covered(told: &Told, size: u64) -> Vec<Duration> {
    let mut waiting = told.lock().expect("no writer panicked");
    let rest = waiting.split_off(&size);
    std::mem::replace(&mut *waiting, rest).values().map(Instant::elapsed).collect()
}

async fn write(store: Store, told: Told, lane: u64, pause: Duration, until: Instant) {
    for n in 0.. {
        if Instant::now() > until {
            return;
        }
        let when = WriteCtx { actor: "u-1".into(), at: now() };
        let done = store
            .write(when, vec![device(lane << 32 | n, Command::Put, json!({"name": "受付端末"}))])
            .await
            .expect("a commit");
        told.lock().expect("no writer panicked").insert(done.first().seq, Instant::now());
        tokio::time::sleep(pause).await;
    }
}

fn now() -> i64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
