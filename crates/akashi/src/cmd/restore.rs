//! `akashi restore`: an installation out of a backup, verified before anybody works with it.

use std::path::{Path, PathBuf};

use akashi_app::backup::{self, Restore, Shown};
use akashi_app::{AppError, Result, ctx};
use akashi_domain::Lang;
use clap::ArgMatches;
use serde_json::json;

use super::backup::{passphrase, read};
use super::{address, data, text};
use crate::out;

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let asked = Asked::read(m)?;
    let folder = data(m);
    let spinner = out::spinner(lang, "復元中", "restoring");
    let shown = backup::restore(&address(m, &folder), &folder, asked.borrow(), ctx::now()).await?;
    spinner.finish_and_clear();
    print(m, lang, &shown)
}

/// What the command line said.
pub(super) struct Asked {
    from: PathBuf,
    keys: Option<PathBuf>,
    passphrase: String,
    published: Option<String>,
    trusted: Option<akashi_app::backup::KeyRing>,
}

impl Asked {
    pub(super) fn read(m: &ArgMatches) -> Result<Asked> {
        let path = |name| Some(text(m, name)).filter(|path| !path.is_empty()).map(PathBuf::from);
        let content = |name| path(name).as_deref().map(read).transpose();
        Ok(Asked {
            from: path("from").unwrap_or_default(),
            keys: path("keys"),
            passphrase: passphrase(m)?,
            published: content("published")?,
            trusted: content("key")?.map(|text| akashi_verify::read_keys(&text)).transpose().map_err(unusable)?,
        })
    }

    pub(super) fn borrow(&self) -> Restore<'_> {
        Restore {
            from: &self.from,
            keys: self.keys.as_deref().map(Path::new),
            passphrase: &self.passphrase,
            published: self.published.as_deref().map(str::as_bytes),
            trusted: self.trusted.clone(),
        }
    }
}

fn unusable(e: impl ToString) -> AppError {
    let e = e.to_string();
    AppError::invalid(format!("--key: 鍵を読めません（{e}）"), format!("--key: {e}"))
}

/// Says what restoring showed; any fault fails.
pub(super) fn print(m: &ArgMatches, lang: Lang, shown: &Shown) -> Result<u8> {
    let Shown { entries, covered, root, new_epoch, faults } = shown;
    if m.get_flag("json") {
        let row = |f: &akashi_app::verify::Fault| json!({ "place": f.place, "what": f.what });
        let faults = faults.iter().map(row).collect::<Vec<_>>();
        out::json(
            &json!({ "entries": entries, "covered": covered, "root": root, "new_epoch": new_epoch, "faults": faults }),
        )?;
    } else {
        faults.iter().for_each(|f| out::line(format_args!("× {}: {}", f.place, f.what.get(lang))));
        let bad = faults.len();
        out::say(
            lang,
            format!(
                "証跡 {entries} 件を計算し直しました。うち {covered} 件は署名済みチェックポイントのルートと一致します。異常 {bad} 件。ルート {root}"
            ),
            format!(
                "{entries} entries recomputed; {covered} of them under a signed checkpoint with the same root; {bad} fault(s), root {root}"
            ),
        );
        if let Some(epoch) = new_epoch {
            out::say(
                lang,
                format!(
                    "バックアップ後に公開されたチェックポイントがあるため、第{epoch}世代のログを開始しました（鍵も新しくしました）"
                ),
                format!("A later checkpoint had been published: the log goes on in epoch {epoch}, with a new key"),
            );
        }
    }
    Ok(if faults.is_empty() { out::OK } else { out::FAILED })
}
