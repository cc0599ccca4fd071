//! `akashi journal verify`: the whole log and every record recomputed, or a log that was written out.

use std::collections::BTreeMap;
use std::path::Path;

use akashi_app::verify::{Fault, KeyRing, Skipped, TilesReport, Verified, Wanted, verify_tiles};
use akashi_app::{App, AppError, Result};
use akashi_domain::{Label, Lang};
use clap::{ArgAction, ArgMatches, Command};
use serde_json::{Value as Json, json};

use crate::cmd::{files, given, open, texts};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.on_data(
        "ログと記録のすべてを計算し直して確かめる(異常があれば終了コード 3)",
        "Recompute and check the whole log and every record (exit code 3 when something is wrong)",
    )
    .arg(w.flag(
        "resume",
        "前回の検証の続きから始める(変わっていない部分の計算を省きます)",
        "Go on from the last check: what has not changed since is not recomputed",
    ))
    .arg(
        w.option(
            "known-checkpoint",
            "FILE",
            "外で控えておいたチェックポイント(複数可)。ログがその続きであることを確かめます",
            "A checkpoint kept elsewhere (may be repeated); the log must be a continuation of it",
        )
        .action(ArgAction::Append),
    )
    .arg(w.option(
        "key",
        "FILE",
        "外で控えておいた鍵のファイル。データの中の鍵の代わりに使います",
        "File of keys kept elsewhere, used instead of those in the data",
    ))
    .arg(w.option(
        "tiles",
        "DIR",
        "病院のデータの代わりに、書き出したログ(export-tiles)を確かめる",
        "Check an exported log (export-tiles) instead of a hospital's data",
    ))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let bar = out::bar(lang, 0, "検証中", "verifying");
    let trusted = given(m, "key").map(keys).transpose()?;
    if let Some(folder) = given(m, "tiles") {
        let (report, faults) = verify_tiles(Path::new(folder), trusted, out::moving(&bar)).await?;
        bar.finish_and_clear();
        return tell_tiles(m, lang, &report, &faults);
    }
    let known = texts(m, "known-checkpoint").map(|file| Ok((file.to_owned(), files::read(file)?)));
    let known = known.collect::<Result<_>>()?;
    let (app, ctx) = open(m, lang).await?;
    let wanted = Wanted { trusted, known, keep: true, resume: m.get_flag("resume") };
    let found = app.verify_with(wanted, out::moving(&bar)).await?;
    bar.finish_and_clear();
    if m.get_flag("json") {
        out::json(&json!({
            "entries": found.entries, "covered": found.covered, "checkpoints": found.checkpoints, "files": found.files,
            "root": found.root,
            "disposals": found.disposals, "attestations": found.attestations,
            "faults": found.faults.iter().map(fault).collect::<Vec<_>>(), "more_faults": found.more_faults,
            "skipped": found.skipped.as_ref().map(skipped),
        }))?;
    } else {
        tell_found(lang, &found, &names(&app, ctx.now, &found).await);
    }
    Ok(if found.faults.is_empty() { out::OK } else { out::PARTLY })
}

fn keys(file: &str) -> Result<KeyRing> {
    String::from_utf8_lossy(&files::read(file)?).parse().map_err(|e| {
        AppError::invalid(
            format!("--key {file}: 鍵のファイルではありません({e})"),
            format!("--key {file}: not a file of keys ({e})"),
        )
    })
}

fn fault(f: &Fault) -> Json {
    json!({ "place": f.place, "at": f.at, "table": f.table, "what": f.what })
}

fn skipped(s: &Skipped) -> Json {
    json!({
        "entries": s.entries, "changed": s.changed, "files": s.files, "files_changed": s.files_changed,
        "refused": s.refused,
    })
}

/// How people call the records of what was found, by id.
async fn names(app: &App, now: i64, found: &Verified) -> BTreeMap<String, Label> {
    let of_faults = found.faults.iter().filter_map(|f| f.record.as_ref());
    let of_disposals = found.disposals.iter().flat_map(|d| [Some(&d.record), d.approval.as_ref()]).flatten();
    let mut names = BTreeMap::new();
    for id in of_faults.chain(of_disposals) {
        if let Some(name) = app.known_as(now, id).await {
            names.insert(id.clone(), name);
        }
    }
    names
}

fn tell_found(lang: Lang, found: &Verified, names: &BTreeMap<String, Label>) {
    let name = |id: &String| names.get(id).map(|name| name.get(lang));
    for f in &found.faults {
        let name = f.record.as_ref().and_then(name).map(|name| format!("{name} — ")).unwrap_or_default();
        out::line(format_args!("× {name}{}: {}", f.at.get(lang), f.what.get(lang)));
    }
    if found.more_faults > 0 {
        out::say(lang, format!("× ほか {} 件", found.more_faults), format!("× and {} more", found.more_faults));
    }
    if let Some(s) = &found.skipped {
        tell_skipped(lang, s);
    }
    for d in &found.disposals {
        let plain = format!("{} {}", d.register, d.record);
        let at = name(&d.record).unwrap_or(&plain);
        let approval = d.approval.as_ref().map_or("-", |id| name(id).unwrap_or(id));
        out::say(
            lang,
            format!("・{at}: 承認 {approval} により廃棄済み(証跡 {}、{}版)", d.entry, d.versions),
            format!("- {at}: disposed of under approval {approval} (entry {}, {} version(s))", d.entry, d.versions),
        );
    }
    let (n, bad, files) = (found.entries, found.faults.len() as u64 + found.more_faults, found.files);
    let (root, outside) = (found.root.as_deref().unwrap_or("-"), found.attestations);
    out::say(
        lang,
        format!(
            "証跡 {n} 件、ファイル {files} 件、外部の証明 {outside} 件を確かめました。異常 {bad} 件。ルート {root}"
        ),
        format!("{n} entries, {files} file(s) and {outside} attestation(s) checked, {bad} fault(s), root {root}"),
    );
    if bad > 0 {
        out::say(
            lang,
            "次にすること: 1. サーバーを止め、データのフォルダを消さず直さず、丸ごと別の媒体に写す。2. akashi backup check で無事なバックアップを確かめ、空のフォルダに akashi restore。3. 金庫の控えや立会者と照合する(akashi anchor compare)。手順は docs/OPERATION.md。書き換えの疑いがあれば、企画管理者に知らせ、インシデントとして記録する。",
            "Next: 1. Stop the server; copy the whole data folder to another medium, deleting and mending nothing. 2. Find a sound backup with akashi backup check, and akashi restore it to an empty folder. 3. Compare with the copy in the safe or a witness (akashi anchor compare). See docs/OPERATION.md. Where tampering is possible, tell the planning manager and file an incident.",
        );
    }
}

fn tell_skipped(lang: Lang, s: &Skipped) {
    match &s.refused {
        Some(why) => out::say(
            lang,
            format!("続きからは始められないため、最初から確かめました({why})"),
            format!("Could not go on from an earlier check, so began anew ({why})"),
        ),
        None => out::say(
            lang,
            format!("前回と同じ証跡 {} 件とファイル {} 件は計算を省きました", s.entries, s.files),
            format!(
                "{} entries and {} file(s) are as in the earlier check and were not recomputed",
                s.entries, s.files
            ),
        ),
    }
    for (from, until) in &s.changed {
        let last = until - 1;
        out::say(
            lang,
            format!("証跡 {from}〜{last} は前回から変わっているため、確かめ直しました"),
            format!("Entries {from} to {last} have changed since the earlier check and were checked again"),
        );
    }
}

fn tell_tiles(m: &ArgMatches, lang: Lang, report: &TilesReport, faults: &[Fault]) -> Result<u8> {
    let root = report.root.map(|root| root.to_string());
    if m.get_flag("json") {
        let faults: Vec<_> = faults.iter().map(fault).collect();
        out::json(&json!({ "entries": report.size, "root": root, "files": report.files, "faults": faults }))?;
    } else {
        faults.iter().for_each(|f| out::line(format_args!("× {}: {}", f.at.get(lang), f.what.get(lang))));
        let (n, files, bad) = (report.size, report.files, faults.len());
        out::say(
            lang,
            format!("証跡 {n} 件({files} ファイル)を確かめました。異常 {bad} 件"),
            format!("{n} entries in {files} files checked, {bad} fault(s)"),
        );
    }
    Ok(if faults.is_empty() { out::OK } else { out::PARTLY })
}
