//! `akashi journal`: the whole log and every record recomputed; the log as files other verifiers read.

use akashi_app::Result;
use akashi_app::log_keys::Rotation;
use akashi_domain::Lang;
use clap::ArgMatches;
use serde_json::json;

use super::open;
use crate::out;

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    match m.subcommand() {
        Some(("export-tiles", m)) => export_tiles(m, lang).await,
        Some(("rotate-key", m)) => rotate_key(m, lang).await,
        Some(("export", m)) => super::journal_export::run(m, lang).await,
        Some((_, m)) => verify(m, lang).await,
        None => Ok(out::USAGE),
    }
}

async fn verify(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, _) = open(m, lang).await?;
    let bar = out::bar(lang, 0, "検証中", "verifying");
    let found = app
        .verify(|done, total| {
            bar.set_length(total);
            bar.set_position(done);
        })
        .await?;
    bar.finish_and_clear();
    if m.get_flag("json") {
        let row = |f: &akashi_app::verify::Fault| json!({ "place": f.place, "what": f.what });
        out::json(
            &json!({ "entries": found.entries, "root": found.root, "disposals": found.disposals, "faults": found.faults.iter().map(row).collect::<Vec<_>>() }),
        )?;
    } else {
        found.faults.iter().for_each(|f| out::line(format_args!("× {}: {}", f.place, f.what.get(lang))));
        for d in &found.disposals {
            let (at, approval) = (format!("{} {}", d.register, d.record), d.approval.as_deref().unwrap_or("-"));
            out::say(
                lang,
                format!("・{at}: 承認 {approval} により廃棄済み(証跡 {}、{}版)", d.entry, d.versions),
                format!("- {at}: disposed of under approval {approval} (entry {}, {} version(s))", d.entry, d.versions),
            );
        }
        let (n, bad) = (found.entries, found.faults.len());
        let root = found.root.as_deref().unwrap_or("-");
        out::say(
            lang,
            format!("証跡 {n} 件を確かめました。異常 {bad} 件。ルート {root}"),
            format!("{n} entries checked, {bad} fault(s), root {root}"),
        );
    }
    Ok(if found.faults.is_empty() { out::OK } else { out::FAILED })
}

async fn export_tiles(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, _) = open(m, lang).await?;
    let folder = std::path::PathBuf::from(super::text(m, "dir"));
    let bar = out::bar(lang, 0, "書き出し中", "exporting");
    let told = |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let done = app.store().export_tiles(&folder, told).await?;
    bar.finish_and_clear();
    let (size, files) = done.as_ref().map_or((0, 0), |e| (e.size, e.files));
    let root = done.map(|e| e.root.to_base64());
    if m.get_flag("json") {
        out::json(&json!({ "folder": folder.display().to_string(), "size": size, "root": root, "files": files }))?;
    } else {
        let at = folder.display();
        out::say(
            lang,
            format!("証跡 {size} 件を {at} に書き出しました({files} ファイル)。"),
            format!("Wrote {size} entries to {at} ({files} files)."),
        );
    }
    Ok(out::OK)
}

async fn rotate_key(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let step = match (m.get_flag("end"), m.get_flag("at-once")) {
        (true, _) => Rotation::End,
        (_, true) => Rotation::AtOnce,
        _ => Rotation::Start,
    };
    let done = app.rotate_log_keys(&ctx, step).await?;
    if m.get_flag("json") {
        out::json(&json!({ "keys": done.keys, "retired": done.retired }))?;
        return Ok(out::OK);
    }
    match step {
        Rotation::Start => out::say(
            lang,
            "新しい鍵が古い鍵と並んで署名を始めました。次の鍵を検証する人や証人に渡し、渡し終えたら --end で終えてください。",
            "New keys now sign beside the old ones. Hand these keys to verifiers and witnesses; when all have them, run it with --end.",
        ),
        Rotation::End | Rotation::AtOnce => out::say(
            lang,
            format!("鍵 {} はもう署名しません。いま署名する鍵:", done.retired.join(" ")),
            format!("Keys {} sign no more. Keys that sign now:", done.retired.join(" ")),
        ),
    }
    done.keys.iter().for_each(out::line);
    Ok(out::OK)
}
