//! `akashi journal export-tiles`: the log as files that other verifiers read.

use std::path::PathBuf;

use akashi_app::Result;
use akashi_domain::Lang;
use clap::{ArgMatches, Command};
use serde_json::json;

use crate::cmd::{open, text};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.on_data(
        "ログを C2SP tlog-tiles の形で書き出す(ほかの検証器で読めます)",
        "Write the log in the C2SP tlog-tiles layout, for other verifiers",
    )
    .arg(w.required("dir", "DIR", "書き出すフォルダ", "Folder to write to"))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, _) = open(m, lang).await?;
    let folder = PathBuf::from(text(m, "dir"));
    let bar = out::bar(lang, 0, "書き出し中", "exporting");
    let done = app.store().export_tiles(&folder, out::moving(&bar)).await?;
    bar.finish_and_clear();
    let (size, files) = done.as_ref().map_or((0, 0), |e| (e.size, e.files));
    let root = done.map(|e| e.root.to_base64());
    if m.get_flag("json") {
        out::json(&json!({ "folder": folder.display().to_string(), "size": size, "root": root, "files": files }))?;
    } else {
        let at = folder.display();
        out::say(
            lang,
            format!("証跡 {size} 件を {at} に書き出しました({files} ファイル)。"),
            format!("Wrote {size} entries to {at} ({files} files)."),
        );
    }
    Ok(out::OK)
}
