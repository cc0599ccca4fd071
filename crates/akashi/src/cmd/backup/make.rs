//! `akashi backup`: one more piece.

use std::time::Duration;

use akashi_app::Result;
use akashi_app::backup::{Made, Target, WORK};
use akashi_domain::Lang;
use clap::{ArgMatches, Command, value_parser};
use serde_json::json;

use crate::cmd::{depot, open};
use crate::out;
use crate::words::Words;

/// Seconds of a day.
const DAY: u64 = 86_400;

pub(super) fn command(w: &Words) -> Command {
    let make = w
        .on_data(
            "動かしたまま、暗号化したバックアップを作る(2回目からは差分)",
            "Make an encrypted backup while everything goes on; from the second on what is new",
        )
        .arg(
            w.option(
                "to",
                "PLACE",
                "保存先(フォルダ、または s3://バケット/接頭辞)",
                "Where to: a folder, or s3://bucket/prefix",
            )
            .default_value("."),
        )
        .arg(w.option(
            "keys-to",
            "PLACE",
            "鍵のファイルの保存先(上書きできる別の場所を勧めます)",
            "Where the keys go: another place, that can be overwritten, is best",
        ))
        .arg(w.flag("full", "差分ではなく全体を作る", "Make a whole one"))
        .arg(
            w.option(
                "keep",
                "N",
                "残す世代の数(全体の1回と、その後の差分で1世代)",
                "Generations that stay: a whole one with its later pieces",
            )
            .value_parser(value_parser!(u16).range(1..)),
        )
        .arg(
            w.option(
                "object-lock",
                "DAYS",
                "この日数は変更も削除もできなくする(S3)",
                "Nobody may change or remove it for so long (S3)",
            )
            .value_parser(value_parser!(u16).range(1..)),
        )
        .arg(depot::passphrase_option(w));
    depot::options(w, make)
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let passphrase = depot::passphrase(m)?;
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
    // People count from one; files and JSON from zero.
    let nth = piece + 1;
    let (kind_ja, kind_en) = if *piece == 0 { ("全体", "whole") } else { ("差分", "what is new") };
    out::say(
        lang,
        format!(
            "{place} に、世代 {chain} の{nth}回目のバックアップ({kind_ja})を保存しました。証跡 {entries} 件まで(今回の版 {new_versions}・添付 {new_files}、{stored_bytes} バイト)。"
        ),
        format!(
            "Piece {nth} ({kind_en}) of generation {chain} is in {place}: up to {entries} entries ({new_versions} versions and {new_files} files new, {stored_bytes} bytes)."
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
