//! `akashi export`: registers as workbooks that import back unchanged.

use std::path::{Path, PathBuf};

use akashi_app::{App, AppError, Ctx, Result};
use akashi_domain::Lang;
use clap::ArgMatches;
use serde_json::json;

use super::{open, text};
use crate::out;

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
    std::fs::create_dir_all(folder).map_err(|source| AppError::Io { what: folder.display().to_string(), source })?;
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
    let bytes = app.export(ctx, key).await?;
    std::fs::write(file, bytes).map_err(|source| AppError::Io { what: file.display().to_string(), source })?;
    Ok(file.to_path_buf())
}
