//! `akashi export`: registers as workbooks that import back unchanged.

use std::path::{Path, PathBuf};

use akashi_app::{App, Ctx, Result};
use akashi_domain::Lang;
use clap::{ArgMatches, Command};
use serde_json::json;

use super::{files, open, text};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.on_data("台帳を Excel に書き出す", "Write a register as an Excel workbook")
        .arg(w.option("register", "KEY", "台帳のキー(省略時はすべて)", "Key of the register; all without it"))
        .arg(
            w.option("out", "PATH", "ファイル、またはフォルダ(すべての時)", "File, or folder for all")
                .default_value("."),
        )
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let target = PathBuf::from(text(m, "out"));
    let written = match text(m, "register") {
        "" => all(&app, &ctx, &target, lang).await?,
        key => vec![one(&app, &ctx, key, &file_for(&target, key)).await?],
    };
    if m.get_flag("json") {
        out::json(&json!({ "files": written.iter().map(|p| p.display().to_string()).collect::<Vec<_>>() }))?;
    } else {
        written.iter().for_each(|p| out::line(format_args!("{}", p.display())));
    }
    Ok(out::OK)
}

/// A folder gets `<key>.xlsx`; anything else is the file itself.
fn file_for(target: &Path, key: &str) -> PathBuf {
    if target.is_dir() { target.join(format!("{key}.xlsx")) } else { target.to_path_buf() }
}

async fn all(app: &App, ctx: &Ctx, folder: &Path, lang: Lang) -> Result<Vec<PathBuf>> {
    files::make_folder(folder)?;
    let keys: Vec<String> = app.catalog().registers.iter().map(|r| r.key.clone()).collect();
    let bar = out::bar(lang, keys.len() as u64, "書き出し中", "exporting");
    let mut written = Vec::new();
    for key in &keys {
        written.push(one(app, ctx, key, &folder.join(format!("{key}.xlsx"))).await?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(written)
}

async fn one(app: &App, ctx: &Ctx, key: &str, file: &Path) -> Result<PathBuf> {
    files::write(file, app.export(ctx, key).await?)?;
    Ok(file.to_path_buf())
}
