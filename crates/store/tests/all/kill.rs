//! Stories of sudden death: a writer is killed with SIGKILL; every write it had told of is there.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::home::{Home, NOW, assert_clean, device, id, put};
use akashi_store::Store;

/// Where the killed writer writes: address, newline, data folder.
const PLACE: &str = "AKASHI_STORE_KILL";

crate::stories! {
    a_killed_writer_loses_nothing_it_told
}

/// The writer. Alone it makes three commits in a folder of its own; started by the story below, it goes on
/// until it is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writer_tells_after_the_commit() {
    let place = std::env::var(PLACE).ok();
    let own = Home::sqlite();
    let (store, most) = match place.as_deref().and_then(|place| place.split_once('\n')) {
        Some((address, data)) => (Store::open(address, std::path::Path::new(data)).await.unwrap(), u64::MAX),
        None => (own.create().await, 3),
    };
    let signer = store.signer().await.unwrap();
    let start = store.end().await.unwrap();
    for n in 0..most {
        let seq = put(&store, device(start + n, 0, "x")).await.seq;
        println!("told {seq}");
        if n % 5 == 4 {
            let covered = store.sequence(NOW, &signer).await.unwrap().unwrap();
            println!("signed {}", covered.size);
        }
    }
    assert_eq!(assert_clean(&store).await.entries, most);
}

async fn a_killed_writer_loses_nothing_it_told(home: Home) {
    let store = home.create().await;
    store.close().await;
    for round in 0..8 {
        let (told, signed) = write_until_killed(&home, 7 + 5 * round);
        let store = home.open().await;
        let end = store.end().await.unwrap();
        assert!(end > told, "version {told} was told of, but the log ends at {end}");
        assert_eq!(store.history(id(told)).await.unwrap().len(), 1);
        let report = assert_clean(&store).await;
        assert_eq!(report.entries, end);
        assert!(report.covered >= signed, "a checkpoint of {signed} entries was told of");
        store.close().await;
    }
}

/// Starts the writer, reads `lines` of what it tells, kills it, and reads what it had still told.
fn write_until_killed(home: &Home, lines: usize) -> (u64, u64) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::writer_tells_after_the_commit", "--nocapture"])
        .env(PLACE, format!("{}\n{}", home.address(), home.data().display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut told, mut signed) = (0, 0);
    let mut seen = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let number = |text: &str| text.parse().unwrap_or_default();
        match line.split_once(' ') {
            // The first line comes after libtest's own words on the same line.
            Some((_, rest)) if line.contains("told ") => told = number(rest.rsplit(' ').next().unwrap_or_default()),
            Some(("signed", size)) => signed = number(size),
            _ => continue,
        }
        seen += 1;
        if seen == lines {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(seen >= lines, "the writer ended by itself after {seen} lines");
    (told, signed)
}
