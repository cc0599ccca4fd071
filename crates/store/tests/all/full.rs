//! Stories of a disk without space and of a clock that jumps: a clear refusal, nothing changed, and it goes on.

use akashi_testkit::disk::{Shim, SmallDisk};
use akashi_testkit::pg::{Server, TempDatabase};
use akashi_testkit::{Scratch, need};
use sqlx::Connection as _;

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

/// The tables of a database run out of space, not the server: it refuses clearly, and both go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_of_postgresql_refuses_clearly_and_goes_on() {
    let story = "a full disk of PostgreSQL";
    let Some((disk, server)) = machine(story, 64, |_| Server::start()) else { return };
    let database = TempDatabase::create(server.url()).unwrap();
    let name = database.url().rsplit('/').next().unwrap();
    let space = server.space_on(&disk).unwrap();
    let mut c = sqlx::PgConnection::connect(server.url()).await.unwrap();
    for text in [
        format!("create tablespace small location '{}'", space.display()),
        format!("alter database {name} set tablespace small"),
    ] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut c).await.unwrap();
    }
    let home = Home::from(akashi_testkit::Home::on(database));
    home.create().await.close().await;
    let mut process = Running::of(command(home.address(), home.data(), 7, 0, u64::MAX));
    let mut oracle = Oracle::default();
    for left in 0..TIMES {
        process.until(&mut oracle, "put");
        disk.fill((left * left * 9_000) as u64).unwrap();
        process.until(&mut oracle, "refused");
        process.until(&mut oracle, "refused");
        disk.free().unwrap();
        process.until(&mut oracle, "signed");
    }
    process.kill();
    process.rest(&mut oracle);
    assert!(oracle.refused.len() >= 2 * TIMES);
    for words in &oracle.refused {
        assert!(words.contains("no space left") && words.contains("free space"), "{words}");
    }
    println!("PostgreSQL: table space full {TIMES} times, {} acknowledgements held", oracle.told);
    let store = home.open().await;
    oracle.check(&home, &store).await.unwrap();
    store.close().await;
}

/// The server itself has no room for its log: it dies, recovers once there is room, and so does the process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_room_for_its_log_loses_nothing_it_told() {
    let story = "a full disk under PostgreSQL's log";
    let Some((disk, server)) = machine(story, 128, Server::start_on) else { return };
    let home = Home::from(akashi_testkit::Home::on(TempDatabase::create(server.url()).unwrap()));
    home.create().await.close().await;
    let mut process = Running::of(command(home.address(), home.data(), 8, 0, u64::MAX));
    let mut oracle = Oracle::default();
    for left in 0..TIMES {
        process.until(&mut oracle, "put");
        // A new segment of the log needs a MiB, the tables need less: with some room the log is what does not fit.
        disk.fill((left * 180_000) as u64).unwrap();
        process.until(&mut oracle, "refused");
        process.until(&mut oracle, "refused");
        disk.free().unwrap();
        server.revive().unwrap();
        process.until(&mut oracle, "signed");
    }
    process.kill();
    process.rest(&mut oracle);
    let dead = oracle.refused.iter().filter(|words| !words.contains("no space left")).count();
    println!(
        "PostgreSQL: disk full {TIMES} times, {} told, {dead} of {} refusals by a dead server",
        oracle.told,
        oracle.refused.len()
    );
    let store = home.open().await;
    oracle.check(&home, &store).await.unwrap();
    store.close().await;
    drop(home);
    drop(server);
}

/// A small disk and a server, where this process may mount and PostgreSQL is there.
fn machine(
    story: &str,
    mib: u32,
    start: impl FnOnce(&SmallDisk) -> Result<Server, akashi_testkit::Error>,
) -> Option<(SmallDisk, Server)> {
    let disk = match SmallDisk::mount(mib) {
        Ok(disk) => disk,
        Err(e) => {
            akashi_testkit::skip(need::MOUNT, story, &e.to_string());
            return None;
        }
    };
    match start(&disk) {
        Ok(server) => Some((disk, server)),
        Err(e) => {
            akashi_testkit::skip(need::POSTGRES, story, &e.to_string());
            None
        }
    }
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
