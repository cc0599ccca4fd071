//! `akashi anchor export`: a request as a file.

use akashi_app::Result;
use akashi_domain::Lang;
use clap::{ArgMatches, Command};
use serde_json::json;

use super::name;
use crate::cmd::{files, open, text};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.on_data("依頼をファイルに書き出す(ネットワークなしの運用)", "Write a request to a file, to be carried")
        .arg(name(w))
        .arg(w.required("file", "FILE", "書き出すファイル", "File to write"))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let (name, file) = (text(m, "anchor"), text(m, "file"));
    let request = app.export_request(&ctx, name).await?;
    files::write(file, &request.bytes)?;
    let size = request.size;
    if m.get_flag("json") {
        out::json(&json!({ "anchor": name, "size": size, "file": file }))?;
    } else {
        out::say(
            lang,
            format!(
                "{size} 件時点の依頼を {file} に書き出しました。「{name}」に渡し、回答を akashi anchor import で取り込んでください。"
            ),
            format!(
                "Wrote the request for {size} entries to {file}. Give it to “{name}” and take the answer in with akashi anchor import."
            ),
        );
    }
    Ok(out::OK)
}
