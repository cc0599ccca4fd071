//! `akashi catalog`: faults of a catalogue explained, and what the catalogue holds.

mod check;
mod list;

use akashi_app::Result;
use akashi_domain::Lang;
use clap::{ArgMatches, Command};

use super::commands;
use crate::words::Words;

commands! {
    "check" => check,
    "list" => list,
}

pub(super) fn command(w: &Words) -> Command {
    w.group("カタログを調べる", "Look at the catalogue").subcommands(subcommands(w))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    run_subcommand(m, lang).await
}
