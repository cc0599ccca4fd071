//! `akashi catalog`: faults of a catalogue explained, and what the catalogue holds.

use std::path::Path;

use akashi_app::catalogue::{compile, embedded, overlay, read_folder};
use akashi_app::{AppError, Result};
use akashi_domain::Lang;
use akashi_domain::catalog::Fault;
use clap::ArgMatches;
use serde_json::json;

use super::text;
use crate::out;

pub(super) fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    match m.subcommand() {
        Some(("check", m)) => check(m, lang),
        Some((_, m)) => list(m, lang),
        None => Ok(out::USAGE),
    }
}

/// A folder with registers of its own is an overlay over the embedded catalogue.
fn check(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let over = match text(m, "dir") {
        "" => Vec::new(),
        dir if Path::new(dir).is_dir() => read_folder(Path::new(dir))?,
        dir => {
            return Err(AppError::not_found(
                format!("フォルダ {dir} がありません"),
                format!("There is no folder {dir}"),
            ));
        }
    };
    let faults = match compile(&overlay(embedded(), over)) {
        Ok(loaded) => {
            if !m.get_flag("json") {
                let c = &loaded.catalog;
                let own = c.registers.iter().filter(|r| !r.system).count();
                let numbers = (c.items.len(), loaded.program.parts.len(), own, c.findings.len());
                out::say(
                    lang,
                    format!(
                        "誤りはありません。遵守事項と細目 {}、要素 {}、台帳 {}、点検規則 {}",
                        numbers.0, numbers.1, numbers.2, numbers.3
                    ),
                    format!(
                        "No fault: {} items and sub-duties, {} parts, {} registers, {} findings",
                        numbers.0, numbers.1, numbers.2, numbers.3
                    ),
                );
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

fn list(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let catalog = compile(&embedded())?.catalog;
    if m.get_flag("json") {
        let registers = catalog
            .registers
            .iter()
            .map(|r| json!({ "key": r.key, "code": r.code, "title": r.title, "items": r.items }));
        let items = catalog.items.iter().map(|i| json!({ "id": i.id, "title": i.title, "parts": i.parts.len() }));
        out::json(
            &json!({ "digest": catalog.digest, "edition": catalog.edition, "registers": registers.collect::<Vec<_>>(), "items": items.collect::<Vec<_>>() }),
        )?;
        return Ok(out::OK);
    }
    catalog.registers.iter().for_each(|r| out::line(format_args!("{:<22} {}", r.key, r.title.get(lang))));
    catalog.items.iter().for_each(|i| out::line(format_args!("{:<8} {}", i.id, i.title.get(lang))));
    Ok(out::OK)
}
