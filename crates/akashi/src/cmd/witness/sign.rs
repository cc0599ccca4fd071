//! `akashi witness sign`: answers a request that came as a file.

use akashi_app::witness::{Outcome, Witness};
use akashi_app::{Result, ctx};
use akashi_domain::Lang;
use clap::{ArgMatches, Command};
use serde_json::json;

use super::on_folder;
use crate::cmd::{data, files, given, text};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    on_folder(w, "運ばれてきた依頼ファイルに署名する", "Answer a request that was carried here")
        .arg(w.required("file", "FILE", "依頼のファイル", "File of the request"))
        .arg(w.option(
            "out",
            "FILE",
            "回答のファイル(省略時は 依頼.answer)",
            "File of the answer; REQUEST.answer without it",
        ))
        .arg(w.json())
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let file = text(m, "file");
    let answer = given(m, "out").map_or_else(|| format!("{file}.answer"), String::from);
    let replied = Witness::open(&data(m))?.add_checkpoint(&files::read(file)?, ctx::now())?;
    let wrote = !matches!(replied.outcome, Outcome::Refused { .. });
    if wrote {
        files::write(&answer, &replied.body)?;
    }
    if m.get_flag("json") {
        let file = wrote.then_some(&answer);
        out::json(&json!({ "status": replied.status, "answer": file }))?;
    } else {
        say(lang, &replied.outcome, &answer);
    }
    Ok(match replied.outcome {
        Outcome::Cosigned { .. } => out::OK,
        Outcome::From { .. } => out::PARTLY,
        Outcome::Refused { .. } => out::FAILED,
    })
}

fn say(lang: Lang, outcome: &Outcome, file: &str) {
    match outcome {
        Outcome::Cosigned { origin, size } => out::say(
            lang,
            format!("{origin} の {size} 件時点に署名しました。{file} を持ち帰って取り込んでもらってください。"),
            format!("Cosigned {origin} at {size} entries. Carry {file} back to be imported."),
        ),
        Outcome::From { origin, held } => out::say(
            lang,
            format!(
                "{origin} は {held} 件まで署名済みで、依頼はそこから始まっていません。{file} を持ち帰って取り込み、依頼を作り直してもらってください。"
            ),
            format!(
                "{origin} is cosigned up to {held} entries and the request does not start there. Carry {file} back, import it and export again."
            ),
        ),
        Outcome::Refused { origin, why, alarming: true } => out::say(
            lang,
            format!(
                "警告: {origin} は以前と食い違うチェックポイントに署名しています。署名せず、証拠として保存しました。\n{why}"
            ),
            format!(
                "WARNING: {origin} signed a checkpoint that contradicts an earlier one. Not cosigned; kept as proof.\n{why}"
            ),
        ),
        Outcome::Refused { why, .. } => {
            out::say(lang, format!("署名しませんでした: {why}"), format!("Not cosigned: {why}"));
        }
    }
}
