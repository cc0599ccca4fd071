//! `akashi backup drill`: the proof that a backup comes back, filed in the storage register.

use std::path::PathBuf;

use akashi_app::Result;
use akashi_app::backup::Drill;
use akashi_domain::Lang;
use clap::{ArgMatches, Command};
use serde_json::json;

use crate::cmd::restore::{Asked, options, print};
use crate::cmd::{given, open};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    options(w, w.on_data("仮の場所に復元して検証する訓練", "Restore to a scratch place and verify"))
        .arg(w.option(
            "storage",
            "CODE",
            "結果を記録する保存場所(保存場所・バックアップ台帳の番号)",
            "Record of the storage register the result is filed in",
        ))
        .arg(w.option(
            "scratch",
            "DIR",
            "仮の場所(省略時は一時フォルダ)",
            "Scratch place; the temporary folder without it",
        ))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let asked = Asked::read(m)?;
    let (app, ctx) = open(m, lang).await?;
    let storage = match given(m, "storage") {
        None => None,
        Some(code) => Some(app.find(ctx.now, code).await?),
    };
    let scratch = given(m, "scratch").map_or_else(std::env::temp_dir, PathBuf::from);
    let bar = out::bar(lang, 0, "復元訓練中", "restoring for the drill");
    let drill = Drill { restore: asked.borrow(), scratch: &scratch, storage };
    let drilled = app.drill(&ctx, drill, out::moving(&bar)).await?;
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
