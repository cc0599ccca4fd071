//! `akashi backup`, `akashi backup drill`, `akashi backup check`: pieces of a chain, and the proof that they come back.

use std::path::{Path, PathBuf};
use std::time::Duration;

use akashi_app::backup::{Drill, Made, Target, WORK, chains};
use akashi_app::{AppError, Result};
use akashi_domain::Lang;
use clap::ArgMatches;
use serde_json::json;

use super::restore::{Asked, print};
use super::{depot, open, text};
use crate::out;

/// Seconds of a day.
const DAY: u64 = 86_400;

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    match m.subcommand() {
        Some(("drill", m)) => drill(m, lang).await,
        Some(("check", m)) => check(m, lang),
        _ => make(m, lang).await,
    }
}

async fn make(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let passphrase = passphrase(m)?;
    let (to, keys) = (depot::named(m, "to")?, depot::given(m, "keys-to")?);
    let number = |name| m.get_one::<u16>(name).copied();
    let target = Target {
        depot: &*to,
        keys: keys.as_deref(),
        passphrase: &passphrase,
        work: WORK,
        full: m.get_flag("full"),
        keep: number("keep").map(usize::from),
        lock: number("object-lock").map(|days| Duration::from_secs(u64::from(days) * DAY)),
    };
    let (app, ctx) = open(m, lang).await?;
    let spinner = out::spinner(lang, "バックアップ中", "backing up");
    let made = app.back_up(&ctx, &target).await?;
    spinner.finish_and_clear();
    tell(m, lang, &made, &to.name())?;
    Ok(if made.notes.is_empty() { out::OK } else { out::PARTLY })
}

fn tell(m: &ArgMatches, lang: Lang, made: &Made, place: &str) -> Result<()> {
    let Made { chain, piece, entries, new_versions, new_files, plain_bytes, stored_bytes, locked_until, .. } = made;
    if m.get_flag("json") {
        let notes: Vec<_> = made.notes.iter().map(|note| note.get(lang)).collect();
        return out::json(&json!({
            "place": place, "chain": chain, "piece": piece, "entries": entries, "new_versions": new_versions,
            "new_files": new_files, "plain_bytes": plain_bytes, "stored_bytes": stored_bytes,
            "locked_until": locked_until, "removed": made.removed, "notes": notes,
        }));
    }
    out::say(
        lang,
        format!(
            "{place} の {chain} に第{piece}片を保存しました。証跡 {entries} 件まで(今回の版 {new_versions}・添付 {new_files}、{stored_bytes} バイト)。"
        ),
        format!(
            "Piece {piece} of {chain} is in {place}: up to {entries} entries ({new_versions} versions and {new_files} files new, {stored_bytes} bytes)."
        ),
    );
    if let Some(until) = locked_until {
        out::say(lang, format!("{until} まで変更も削除もできません。"), format!("Locked until {until}."));
    }
    for chain in &made.removed {
        out::say(lang, format!("古い世代 {chain} を削除しました。"), format!("Removed the old generation {chain}."));
    }
    made.notes.iter().for_each(|note| out::line(format!("! {}", note.get(lang))));
    Ok(())
}

async fn drill(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let asked = Asked::read(m)?;
    let (app, ctx) = open(m, lang).await?;
    let storage = match text(m, "storage") {
        "" => None,
        code => Some(app.find(ctx.now, code).await?),
    };
    let scratch = match text(m, "scratch") {
        "" => std::env::temp_dir(),
        given => PathBuf::from(given),
    };
    let bar = out::bar(lang, 0, "復元訓練中", "restoring for the drill");
    let told = |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let drill = Drill { restore: asked.borrow(), scratch: &scratch, storage };
    let drilled = app.drill(&ctx, drill, told).await?;
    bar.finish_and_clear();
    let filed = drilled.filed.map(|done| done.code);
    let told = json!({ "seconds": drilled.seconds, "filed": filed });
    let code = match drilled.outcome {
        Ok(shown) => print(m, lang, &shown, told)?,
        Err(e) => {
            if m.get_flag("json") {
                out::json(&json!({ "error": e.label().get(lang), "seconds": drilled.seconds, "filed": filed }))?;
            } else {
                out::say(lang, format!("× {}", e.label().ja), format!("× {}", e.label().en));
            }
            out::FAILED
        }
    };
    if !m.get_flag("json") {
        match filed {
            Some(code) => out::say(lang, format!("結果を {code} に記録しました。"), format!("Filed in {code}.")),
            None => out::say(
                lang,
                "結果は台帳に記録していません。--storage 番号 で保存場所・バックアップ台帳に記録できます。",
                "Not filed; --storage CODE files the result in the storage register.",
            ),
        }
    }
    Ok(code)
}

fn check(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let from = depot::named(m, "from")?;
    let only = text(m, "chain");
    let mut found = chains(&*from)?;
    found.retain(|(name, _)| only.is_empty() || name == only);
    let mut rows = Vec::new();
    let mut bad = found.is_empty();
    for (name, chain) in &found {
        let damages = match chain {
            Err(damage) => vec![damage.clone()],
            Ok(chain) => {
                let total = chain.pieces.iter().map(|piece| piece.sealed_bytes).sum();
                let bar = out::bar(lang, total, "照合中", "checking");
                let damages = chain.check(&*from, |done| bar.set_position(done));
                bar.finish_and_clear();
                damages
            }
        };
        bad |= !damages.is_empty();
        let (pieces, entries) = chain.as_ref().map_or((0, 0), |c| (c.pieces.len(), c.entries()));
        let words: Vec<_> = damages.iter().map(ToString::to_string).collect();
        rows.push(json!({ "chain": name, "pieces": pieces, "entries": entries, "damage": words }));
        if !m.get_flag("json") {
            out::say(
                lang,
                format!("{name}: {pieces} 片、証跡 {entries} 件まで、異常 {} 件", words.len()),
                format!("{name}: {pieces} pieces, up to {entries} entries, {} damaged", words.len()),
            );
            words.iter().for_each(|word| out::line(format!("× {word}")));
        }
    }
    if m.get_flag("json") {
        out::json(&json!({ "place": from.name(), "chains": rows }))?;
    } else if found.is_empty() {
        out::say(lang, "バックアップはありません。", "There is no backup.");
    }
    Ok(if bad { out::FAILED } else { out::OK })
}

/// The first line of `--passphrase-file`, or `AKASHI_PASSPHRASE`; never an argument that others could see.
pub(super) fn passphrase(m: &ArgMatches) -> Result<String> {
    let given = match text(m, "passphrase-file") {
        "" => std::env::var("AKASHI_PASSPHRASE").unwrap_or_default(),
        file => read(Path::new(file))?,
    };
    match given.lines().next() {
        Some(line) if !line.is_empty() => Ok(line.to_owned()),
        _ => Err(AppError::invalid(
            "合言葉を --passphrase-file か環境変数 AKASHI_PASSPHRASE で渡してください",
            "Give the passphrase by --passphrase-file or in AKASHI_PASSPHRASE",
        )),
    }
}

pub(super) fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|source| AppError::Io { what: path.display().to_string(), source })
}
