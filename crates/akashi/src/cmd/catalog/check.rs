//! `akashi catalog check`: the faults of a catalogue, each with its place and what to do.

use std::path::Path;

use akashi_app::catalogue::{Loaded, compile, embedded, overlay, read_folder};
use akashi_app::{AppError, Result};
use akashi_domain::Lang;
use akashi_domain::catalog::{CatalogFile, Fault};
use clap::{Arg, ArgMatches, Command};
use serde_json::json;

use crate::cmd::given;
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.command(
        "フォルダのカタログ(または内蔵に重ねる定義)の誤りを説明する",
        "Explain the faults of a catalogue folder (or an overlay)",
    )
    .arg(Arg::new("dir").value_name("DIR").help(w.t("フォルダ(省略時は内蔵)", "Folder; the embedded one without it")))
    .arg(w.json())
}

/// A folder with registers of its own is an overlay over the embedded catalogue.
pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let over = given(m, "dir").map(folder).transpose()?.unwrap_or_default();
    let faults = match compile(&overlay(embedded(), over)) {
        Ok(loaded) => {
            if !m.get_flag("json") {
                tell(lang, &loaded);
            }
            Vec::new()
        }
        Err(AppError::Catalogue(faults)) => faults,
        Err(other) => return Err(other),
    };
    if m.get_flag("json") {
        let row = |f: &Fault| json!({ "file": f.file, "line": f.line, "what": f.what, "hint": f.hint });
        out::json(&json!({ "faults": faults.iter().map(row).collect::<Vec<_>>() }))?;
    } else {
        faults.iter().for_each(|f| out::line(format_args!("{f}")));
    }
    Ok(if faults.is_empty() { out::OK } else { out::FAILED })
}

fn folder(dir: &str) -> Result<Vec<CatalogFile>> {
    if Path::new(dir).is_dir() {
        return read_folder(Path::new(dir));
    }
    Err(AppError::not_found(format!("フォルダ {dir} がありません"), format!("There is no folder {dir}")))
}

fn tell(lang: Lang, loaded: &Loaded) {
    let c = &loaded.catalog;
    let registers = c.registers.iter().filter(|r| !r.system).count();
    let (items, parts, findings) = (c.items.len(), loaded.program.parts.len(), c.findings.len());
    out::say(
        lang,
        format!("誤りはありません。遵守事項と細目 {items}、要素 {parts}、台帳 {registers}、点検規則 {findings}"),
        format!("No fault: {items} items and sub-duties, {parts} parts, {registers} registers, {findings} findings"),
    );
}
