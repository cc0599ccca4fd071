//! A backup of 512 MB of files, its check, its drill, and the next piece with nothing new; beside `sha256sum` and `cp` of
//! the same bytes in the same run. Prints MB/s, ratios and the most memory ever used; nothing is asserted here.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use akashi_app::backup::{self, Drill, Folder, Restore, Target, WORK, chains};
use akashi_app::service::NewHospital;
use akashi_app::{App, Ctx, ctx};
use akashi_domain::Lang;

const FILES: u64 = 64;
const BYTES: usize = 8 << 20;
const PASSPHRASE: &str = "正しい 馬 電池 ホッチキス";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(run());
}

async fn run() {
    let folder = tempfile::tempdir().expect("a folder");
    let (home, to) = (folder.path().join("home"), folder.path().join("to"));
    let ctx = Ctx::local(ctx::now(), Lang::Ja);
    let address = format!("sqlite://{}", home.join("akashi.db").display());
    let new = NewHospital { organisation: "架空病院".into(), origin: "bench".into(), now: ctx.now };
    let app = App::create(&address, &home, &new, ctx.today()).await.expect("a hospital");
    let mut state = 1_u64;
    for _ in 0..FILES {
        let bytes = (0..BYTES).map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        });
        app.store().put_blob(bytes.collect(), ctx.now).await.expect("a file");
    }
    let megabytes = FILES as f64 * BYTES as f64 / 1e6;
    let before = peak();
    let depot = Folder::new(&to);
    let target =
        Target { depot: &depot, keys: None, passphrase: PASSPHRASE, work: WORK, full: false, keep: None, lock: None };
    let start = Instant::now();
    let made = app.back_up(&ctx, &target).await.expect("a backup");
    let took = start.elapsed().as_secs_f64();
    let data = to.join(&made.chain).join("0000.data.age");
    let sum = timed(Command::new("sha256sum").arg(&data));
    let copy = timed(
        Command::new("sh").args(["-c", "cp \"$0\" \"$0.copy\" && sync \"$0.copy\" && rm \"$0.copy\""]).arg(&data),
    );
    let show = |what: &str, seconds: f64| {
        println!(
            "{what:<28}{seconds:>8.2} s {:>8.0} MB/s  ×{:.2} of sha256sum  ×{:.2} of cp",
            megabytes / seconds,
            sum / seconds,
            copy / seconds
        );
    };
    println!("{megabytes:.0} MB of files, scrypt 2^{WORK} twice in a backup");
    show("sha256sum", sum);
    show("cp, synced", copy);
    show("backup, whole", took);
    let start = Instant::now();
    app.back_up(&ctx, &target).await.expect("the next piece");
    println!("{:<28}{:>8.2} s", "backup, nothing new", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let chain = chains(&depot).expect("chains").remove(0).1.expect("a chain");
    assert!(chain.check(&depot, |_| ()).is_empty(), "the chain is whole");
    show("check without passphrase", start.elapsed().as_secs_f64());
    let restore =
        Restore { depot: &depot, keys: None, chain: None, passphrase: PASSPHRASE, known: Vec::new(), trusted: None };
    let start = Instant::now();
    let drilled = backup::drill(Drill { restore, scratch: folder.path(), storage: None }, |_, _| ()).await;
    assert!(drilled.is_ok(), "the drill succeeds");
    show("drill: restore and verify", start.elapsed().as_secs_f64());
    println!("most memory: {before} MB before, {} MB at the end (scrypt takes 256 MB)", peak());
}

fn timed(command: &mut Command) -> f64 {
    let start = Instant::now();
    let out = command.output().expect("the program");
    assert!(out.status.success(), "the program succeeds");
    start.elapsed().as_secs_f64()
}

/// The most memory this process ever had, MB.
fn peak() -> u64 {
    let status = std::fs::read_to_string(Path::new("/proc/self/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() / 1024
}
