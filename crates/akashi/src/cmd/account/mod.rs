//! `akashi account`: who may log in.

mod add;
mod list;

use akashi_app::Result;
use akashi_domain::Lang;
use clap::{ArgMatches, Command};

use super::commands;
use crate::words::Words;

commands! {
    "add" => add,
    "list" => list,
}

pub(super) fn command(w: &Words) -> Command {
    w.group("利用者を管理する", "Manage accounts").subcommands(subcommands(w))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    run_subcommand(m, lang).await
}
