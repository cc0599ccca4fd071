//! `akashi catalog list`: the registers and items of the embedded catalogue.

use akashi_app::Result;
use akashi_app::catalogue::{compile, embedded};
use akashi_domain::Lang;
use clap::{ArgMatches, Command};
use serde_json::json;

use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.command("台帳と遵守事項の一覧", "List registers and items").arg(w.json())
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
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
