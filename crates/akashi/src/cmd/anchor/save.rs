//! `akashi anchor save`: a held attestation as files.

use std::path::PathBuf;

use akashi_app::Result;
use akashi_domain::Lang;
use clap::{ArgMatches, Command};

use super::{name, size};
use crate::cmd::{files, open, text};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.on_data("保持している証明をファイルに書き出す", "Write a held attestation to files")
        .arg(name(w))
        .arg(size(w))
        .arg(w.option("out", "DIR", "書き出すフォルダ", "Folder to write to").default_value("."))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let (name, folder) = (text(m, "anchor"), PathBuf::from(text(m, "out")));
    let saved = app.saved_attestation(&ctx, name, m.get_one("size").copied()).await?;
    files::make_folder(&folder)?;
    for (file, bytes) in &saved {
        files::write(folder.join(file), bytes)?;
    }
    if m.get_flag("json") {
        out::json(&saved.iter().map(|(file, _)| folder.join(file).display().to_string()).collect::<Vec<_>>())?;
    } else {
        saved.iter().for_each(|(file, _)| out::line(folder.join(file).display()));
    }
    Ok(out::OK)
}
