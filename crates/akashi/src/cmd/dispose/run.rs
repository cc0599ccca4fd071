//! `akashi dispose run`: carries out an approved disposal.

use akashi_app::dispose::Disposed;
use akashi_app::{AppError, Result};
use akashi_domain::Lang;
use clap::{ArgMatches, Command};
use serde_json::json;

use super::{acting, as_account, disposal};
use crate::cmd::{open, text};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    let run =
        w.on_data("承認された廃棄を実行する。元に戻せません", "Carry out an approved disposal. It cannot be undone");
    as_account(
        w,
        run.arg(disposal(w)).arg(w.flag("yes", "元に戻せないことを理解した", "I know that it cannot be undone")),
    )
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, local) = open(m, lang).await?;
    let ctx = acting(m, &app, local).await?;
    let line = app.find_disposal(&ctx, text(m, "disposal")).await?;
    if !m.get_flag("yes") {
        let (code, n) = (&line.code, line.records.len());
        return Err(AppError::invalid(
            format!(
                "{code} を実行すると、記録 {n} 件の内容と鍵を消去し、元に戻せません。よければ --yes を付けてください"
            ),
            format!(
                "{code} destroys contents and keys of {n} record(s) and cannot be undone; add --yes if you mean it"
            ),
        ));
    }
    let done = app.dispose(&ctx, line.record, line.rev).await?;
    if m.get_flag("json") {
        out::json(&json!(done))?;
        return Ok(out::OK);
    }
    let Disposed { code, records, wiping, .. } = done;
    for r in &records {
        out::line(format_args!("× {} {} ({}, #{})", r.register, r.code, r.rule, r.entry));
    }
    let n = records.len();
    out::say(lang, format!("{code}: 記録 {n} 件を廃棄しました。"), format!("{code}: {n} record(s) disposed of."));
    if wiping {
        out::say(
            lang,
            "鍵は消えています。読み取り中の処理があるため、鍵のあった場所の上書きは次のチェックポイントで行います。",
            "The keys are gone; as somebody is reading, their old place is overwritten with the next checkpoint.",
        );
    }
    Ok(out::OK)
}
