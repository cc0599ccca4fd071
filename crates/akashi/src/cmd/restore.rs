//! `akashi restore`: an installation out of a backup, verified before anybody works with it.

use akashi_app::backup::{self, Depot, Restore, Shown};
use akashi_app::{AppError, Result, ctx};
use akashi_domain::Lang;
use clap::{ArgAction, ArgMatches, Command};
use serde_json::{Value as Json, json};

use super::{address, data, depot, files, given, texts};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    options(w, w.on_data("バックアップから復元し、すべてを検証する", "Restore a backup and verify all of it"))
}

/// Options of whatever restores a backup.
pub(super) fn options(w: &Words, command: Command) -> Command {
    depot::from_options(w, command)
        .arg(
            w.option(
                "known-checkpoint",
                "FILE",
                "見たことのあるチェックポイント(署名付きノート。複数可)",
                "A checkpoint somebody has seen, a signed note; may be repeated",
            )
            .action(ArgAction::Append),
        )
        .arg(w.option("key", "FILE", "署名を確かめる鍵(別に保管したもの)", "Log keys you kept elsewhere"))
        .arg(depot::passphrase_option(w))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let asked = Asked::read(m)?;
    let folder = data(m);
    let bar = out::bar(lang, 0, "復元中", "restoring");
    let moving = out::moving(&bar);
    let shown = backup::restore(&address(m, &folder), &folder, asked.borrow(), ctx::now(), moving).await?;
    bar.finish_and_clear();
    print(m, lang, &shown, json!({}))
}

/// What the command line said.
pub(super) struct Asked {
    from: Box<dyn Depot>,
    keys: Option<Box<dyn Depot>>,
    chain: Option<String>,
    passphrase: String,
    known: Vec<Vec<u8>>,
    trusted: Option<backup::KeyRing>,
}

impl Asked {
    pub(super) fn read(m: &ArgMatches) -> Result<Asked> {
        let key = given(m, "key").map(files::read_text).transpose()?;
        Ok(Asked {
            from: depot::named(m, "from")?,
            keys: depot::given(m, "keys")?,
            chain: given(m, "chain").map(String::from),
            passphrase: depot::passphrase(m)?,
            known: texts(m, "known-checkpoint").map(files::read).collect::<Result<_>>()?,
            trusted: key.map(|text| akashi_verify::read_keys(&text)).transpose().map_err(unusable)?,
        })
    }

    pub(super) fn borrow(&self) -> Restore<'_> {
        Restore {
            depot: &*self.from,
            keys: self.keys.as_deref(),
            chain: self.chain.as_deref(),
            passphrase: &self.passphrase,
            known: self.known.clone(),
            trusted: self.trusted.clone(),
        }
    }
}

fn unusable(e: impl ToString) -> AppError {
    let e = e.to_string();
    AppError::invalid(format!("--key: 鍵を読めません({e})"), format!("--key: {e}"))
}

/// Says what restoring showed, with `more` in the JSON; any fault fails.
pub(super) fn print(m: &ArgMatches, lang: Lang, shown: &Shown, more: Json) -> Result<u8> {
    let Shown { chain, pieces, entries, covered, root, new_epoch, origin, lost, disposed_again, faults, .. } = shown;
    if m.get_flag("json") {
        let row = |f: &akashi_app::verify::Fault| json!({ "place": f.place, "at": f.at, "what": f.what });
        let mut told = json!({
            "chain": chain, "pieces": pieces, "stored_bytes": shown.stored_bytes, "entries": entries,
            "covered": covered, "root": root, "new_epoch": new_epoch, "origin": origin, "lost": lost,
            "disposed_again": disposed_again, "faults": faults.iter().map(row).collect::<Vec<_>>(),
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            told[key] = value.clone();
        }
        out::json(&told)?;
    } else {
        faults.iter().for_each(|f| out::line(format_args!("× {}: {}", f.at.get(lang), f.what.get(lang))));
        let bad = faults.len();
        out::say(
            lang,
            format!(
                "世代 {chain}({pieces}回分)から証跡 {entries} 件を計算し直しました。うち {covered} 件は署名済みチェックポイントのルートと一致します。異常 {bad} 件。ルート {root}"
            ),
            format!(
                "{entries} entries recomputed from generation {chain} ({pieces} pieces); {covered} of them under a signed checkpoint with the same root; {bad} fault(s), root {root}"
            ),
        );
        epoch(lang, shown);
    }
    Ok(if faults.is_empty() { out::OK } else { out::FAILED })
}

fn epoch(lang: Lang, shown: &Shown) {
    let Shown { new_epoch, origin, lost, disposed_again, .. } = shown;
    let Some(epoch) = new_epoch else { return };
    out::say(
        lang,
        format!(
            "このバックアップより後のチェックポイントが知られているため(証跡 {lost} 件が失われました)、第{epoch}期のログ {origin} を新しい鍵で始めました。"
        ),
        format!(
            "A later checkpoint is known ({lost} entries are lost): the log goes on as {origin}, epoch {epoch}, with new keys."
        ),
    );
    if *disposed_again > 0 {
        out::say(
            lang,
            format!("バックアップの後に廃棄された記録 {disposed_again} 件は、同じ承認のもとで廃棄済みのままです。"),
            format!(
                "{disposed_again} record(s) disposed of after the backup stay disposed of, under the same approval."
            ),
        );
    }
}
