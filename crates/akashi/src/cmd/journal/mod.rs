//! `akashi journal`: the evidence log checked, written out for others, and its keys.

mod export;
mod export_tiles;
mod rotate_key;
mod verify;

use akashi_app::Result;
use akashi_domain::Lang;
use clap::{ArgMatches, Command};

use super::commands;
use crate::words::Words;

commands! {
    "verify" => verify,
    "export-tiles" => export_tiles,
    "export" => export,
    "rotate-key" => rotate_key,
}

pub(super) fn command(w: &Words) -> Command {
    w.group("証跡ログを調べる", "Look at the evidence log").subcommands(subcommands(w))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    run_subcommand(m, lang).await
}
