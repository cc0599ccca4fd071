//! `akashi anchor import`: an answer that came as a file.

use akashi_app::Result;
use akashi_app::anchor::Imported;
use akashi_domain::Lang;
use clap::{ArgMatches, Command};
use serde_json::json;

use super::name;
use crate::cmd::{files, open, text};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.on_data("持ち帰った回答を検証して取り込む", "Check and take in an answer that was carried back")
        .arg(name(w))
        .arg(w.required("file", "FILE", "回答のファイル", "File of the answer"))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let (name, file) = (text(m, "anchor"), text(m, "file"));
    let imported = app.import_answer(&ctx, name, files::read(file)?).await?;
    if m.get_flag("json") {
        let (held, from) = match imported {
            Imported::Held { size, .. } => (Some(size), None),
            Imported::From { size } => (None, Some(size)),
        };
        out::json(&json!({ "anchor": name, "held": held, "from": from }))?;
    } else {
        tell(lang, name, &imported);
    }
    Ok(if matches!(imported, Imported::Held { .. }) { out::OK } else { out::PARTLY })
}

fn tell(lang: Lang, name: &str, imported: &Imported) {
    match imported {
        Imported::Held { size, .. } => out::say(
            lang,
            format!("「{name}」による {size} 件時点の証明を検証し、保持しました。"),
            format!("Checked and kept: “{name}” attests {size} entries."),
        ),
        Imported::From { size } => out::say(
            lang,
            format!(
                "「{name}」は {size} 件まで署名済みです。もう一度 akashi anchor export で依頼を作り直してください。"
            ),
            format!("“{name}” has cosigned up to {size} entries; run akashi anchor export again."),
        ),
    }
}
