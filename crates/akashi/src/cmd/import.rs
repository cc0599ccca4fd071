//! `akashi import`: a hospital's own Excel or CSV into a register.

use std::path::Path;

use akashi_app::import::{ImportFile, ImportReport, ImportRequest};
use akashi_app::sheet::mapping::Mapping;
use akashi_app::{AppError, Result};
use akashi_domain::Lang;
use clap::{ArgMatches, Command};

use super::{files, given, open, text, texts};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.on_data("Excel・CSV の台帳を取り込む", "Import a ledger from Excel or CSV")
        .arg(w.option("register", "KEY", "台帳のキー(例: device)", "Key of the register, e.g. device").required(true))
        .arg(w.option(
            "mapping",
            "FILE",
            "列の対応(プレビューで保存した JSON)",
            "Column mapping, JSON saved by a preview",
        ))
        .arg(w.option("save-mapping", "FILE", "使った列の対応を書き出す", "Write the mapping that was used"))
        .arg(w.flag("dry-run", "試すだけで何も変えない", "Try only, change nothing"))
        .arg(w.required("file", "FILE", "ファイル", "Files").num_args(1..))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let files = texts(m, "file").map(|name| read(Path::new(name))).collect::<Result<_>>()?;
    let request = ImportRequest {
        register: text(m, "register").into(),
        files,
        mapping: given(m, "mapping").map(mapping).transpose()?,
        dry_run: m.get_flag("dry-run"),
    };
    let spinner = out::spinner(lang, "取り込み中", "importing");
    let report = app.import(&ctx, request).await;
    spinner.finish_and_clear();
    let report = report?;
    if let Some(file) = given(m, "save-mapping") {
        files::write(file, report.mapping.to_json())?;
    }
    if m.get_flag("json") {
        out::json(&report)?;
    } else {
        print(&report, lang);
    }
    Ok(exit(&report))
}

/// Nothing taken and something rejected is a failure; some rejected is worth a look.
fn exit(report: &ImportReport) -> u8 {
    match (report.rejected.is_empty(), report.rows) {
        (true, _) => out::OK,
        (false, 0) => out::FAILED,
        (false, _) => out::PARTLY,
    }
}

fn read(path: &Path) -> Result<ImportFile> {
    let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
    Ok(ImportFile { name, bytes: files::read(path)? })
}

fn mapping(path: &str) -> Result<Mapping> {
    let wrong = |e: serde_json::Error| {
        AppError::invalid(format!("対応表 {path} を読めません: {e}"), format!("The mapping {path} cannot be read: {e}"))
    };
    Mapping::from_json(&files::read_text(path)?).map_err(wrong)
}

fn print(r: &ImportReport, lang: Lang) {
    let tried =
        if r.dry_run { ("(試行: 何も変えていません)", " (dry run, nothing changed)") } else { ("", "") };
    out::say(
        lang,
        format!(
            "{} 行: 新規 {}、変更 {}、変更なし {}、不可 {}{}",
            r.rows,
            r.imported,
            r.changed,
            r.unchanged,
            r.rejected.len(),
            tried.0
        ),
        format!(
            "{} rows: {} new, {} changed, {} unchanged, {} rejected{}",
            r.rows,
            r.imported,
            r.changed,
            r.unchanged,
            r.rejected.len(),
            tried.1
        ),
    );
    r.rejected
        .iter()
        .for_each(|x| out::line(format_args!("× {} {} {}: {}", x.file, x.sheet, x.cell, x.reason.get(lang))));
    for u in &r.unmapped {
        out::say(
            lang,
            format!(
                "? {} {} {}列「{}」は項目がないため参考データとして保存しました({}件)",
                u.file, u.sheet, u.column, u.header, u.filled
            ),
            format!(
                "? {} {} column {} “{}” has no field; kept as extra data ({} cells)",
                u.file, u.sheet, u.column, u.header, u.filled
            ),
        );
    }
    r.notes
        .iter()
        .take(50)
        .for_each(|n| out::line(format_args!("- {} {} {}: {}", n.file, n.sheet, n.cell, n.what.get(lang))));
    if r.notes.len() > 50 {
        out::say(
            lang,
            format!("… ほか {} 件(--json ですべて)", r.notes.len() - 50),
            format!("… {} more (all with --json)", r.notes.len() - 50),
        );
    }
}
