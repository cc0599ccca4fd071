//! `akashi backup` and `akashi backup drill`: two encrypted files, and the proof that they come back.

use std::path::{Path, PathBuf};

use akashi_app::backup::{self, Made, WORK};
use akashi_app::{AppError, Result, ctx};
use akashi_domain::Lang;
use clap::ArgMatches;
use serde_json::json;

use super::restore::{Asked, print};
use super::{open, text};
use crate::out;

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    match m.subcommand() {
        Some(("drill", m)) => drill(m, lang).await,
        _ => make(m, lang).await,
    }
}

async fn make(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let passphrase = passphrase(m)?;
    let (app, ctx) = open(m, lang).await?;
    let spinner = out::spinner(lang, "バックアップ中", "backing up");
    let made = app.back_up(&ctx, &PathBuf::from(text(m, "to")), &passphrase, WORK).await?;
    spinner.finish_and_clear();
    let Made { data, keys, entries, rows, files } = &made;
    let (data, keys) = (data.display().to_string(), keys.display().to_string());
    if m.get_flag("json") {
        out::json(&json!({ "data": data, "keys": keys, "entries": entries, "rows": rows, "files": files }))?;
    } else {
        out::say(
            lang,
            format!(
                "{data}\n{keys}\n証跡 {entries} 件・添付 {files} 件を保存しました。鍵のファイルは最新の1つだけを、データとは別の場所に保管してください。"
            ),
            format!(
                "{data}\n{keys}\nSaved {entries} entries and {files} files. Keep only the newest keys file, apart from the data."
            ),
        );
    }
    Ok(out::OK)
}

async fn drill(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let asked = Asked::read(m)?;
    let spinner = out::spinner(lang, "復元訓練中", "restoring for the drill");
    let shown = backup::drill(asked.borrow(), &std::env::temp_dir(), ctx::now()).await?;
    spinner.finish_and_clear();
    print(m, lang, &shown)
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
