//! Import of 100,000 device rows against reading the same file with calamine alone, in the same run.
//! Prints rows per second and ratios; nothing is asserted here.

use std::io::Cursor;
use std::time::{Duration, Instant};

use akashi_app::import::{ImportFile, ImportRequest};
use akashi_app::service::NewHospital;
use akashi_app::{App, Ctx, ctx};
use akashi_domain::Lang;
use calamine::{Reader, Xlsx};
use rust_xlsxwriter::Workbook;

const ROWS: u32 = 100_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(run());
}

async fn run() {
    let book = workbook();
    println!("{ROWS} device rows, {:.1} MB of xlsx", book.len() as f64 / 1e6);
    let alone = best(3, || calamine_alone(&book));
    println!(
        "calamine alone          {:>8.2} s  {:>9.0} rows/s",
        alone.as_secs_f64(),
        f64::from(ROWS) / alone.as_secs_f64()
    );

    let folder = tempfile::tempdir().expect("a folder");
    let ctx = Ctx::local(ctx::now(), Lang::Ja);
    let address = format!("sqlite://{}", folder.path().join("akashi.db").display());
    let new = NewHospital { organisation: "架空病院".into(), origin: "bench".into(), now: ctx.now };
    let app = App::create(&address, folder.path(), &new, ctx.today()).await.expect("a hospital");
    for (name, dry_run) in [("preview (dry run)", true), ("import", false), ("same file again", false)] {
        let file = ImportFile { name: "機器台帳.xlsx".into(), bytes: book.clone() };
        let request = ImportRequest { register: "device".into(), files: vec![file], mapping: None, dry_run };
        let start = Instant::now();
        let report = app.import(&Ctx { now: ctx::now(), ..ctx.clone() }, request).await.expect("an import");
        let took = start.elapsed();
        println!(
            "{name:<22}  {:>8.2} s  {:>9.0} rows/s  ×{:.1} of calamine alone  ({} new, {} changed, {} unchanged, {} rejected)",
            took.as_secs_f64(),
            f64::from(ROWS) / took.as_secs_f64(),
            took.as_secs_f64() / alone.as_secs_f64(),
            report.imported,
            report.changed,
            report.unchanged,
            report.rejected.len(),
        );
    }
    println!("resident memory         {:>8.0} MB", resident_mb());
    drop(app);
    let start = Instant::now();
    let app = App::open(&address, folder.path(), ctx.today()).await.expect("the hospital again");
    println!("open with {ROWS} records {:>5.2} s", start.elapsed().as_secs_f64());
    drop(app);
}

fn best(times: usize, mut f: impl FnMut() -> usize) -> Duration {
    (0..times)
        .map(|_| {
            let start = Instant::now();
            assert!(f() > 0, "the yardstick reads something");
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}

fn calamine_alone(book: &[u8]) -> usize {
    let mut xlsx: Xlsx<_> = Xlsx::new(Cursor::new(book)).expect("a workbook");
    let name = xlsx.sheet_names()[0].clone();
    xlsx.worksheet_range(&name).expect("a sheet").rows().count()
}

fn workbook() -> Vec<u8> {
    const HEADS: [&str; 10] =
        ["管理番号", "機器名", "種別", "メーカー", "型番", "製造番号", "設置場所", "部署", "OS", "最終確認日"];
    const KINDS: [&str; 4] = ["端末", "サーバ", "プリンタ", "NW機器"];
    const SYSTEMS: [&str; 4] = ["Windows 11 Pro 24H2", "Windows Server 2019", "", "RHEL 8"];
    let mut book = Workbook::new();
    let sheet = book.add_worksheet_with_constant_memory().expect("a sheet");
    for (column, head) in HEADS.iter().enumerate() {
        sheet.write_string(0, column as u16, *head).expect("a cell");
    }
    for row in 1..=ROWS {
        let pick = (row % 4) as usize;
        let day = format!("2026/{}/{}", 1 + row % 10, 1 + row % 28);
        let cells = [
            format!("HN-{row:06}"),
            format!("機器{row}"),
            KINDS[pick].into(),
            "架空電機".into(),
            format!("M{}", row % 97),
            format!("SN{:08X}", row.wrapping_mul(2_654_435_761)),
            format!("{}階 {}室", 1 + row % 9, row % 40),
            format!("部署{}", row % 60),
            SYSTEMS[pick].into(),
            day,
        ];
        for (column, text) in cells.iter().enumerate() {
            sheet.write_string(row, column as u16, text).expect("a cell");
        }
    }
    book.save_to_buffer().expect("a workbook")
}

/// From /proc; 0 where there is none.
fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}
