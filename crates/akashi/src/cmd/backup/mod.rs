//! `akashi backup`: pieces of a chain; below it, whether they are whole and come back.

mod check;
mod drill;
mod make;

use akashi_app::Result;
use akashi_domain::Lang;
use clap::{ArgMatches, Command};

use super::commands;
use crate::words::Words;

commands! {
    "drill" => drill,
    "check" => check,
}

pub(super) fn command(w: &Words) -> Command {
    make::command(w).args_conflicts_with_subcommands(true).subcommands(subcommands(w))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    if m.subcommand().is_none() {
        return make::run(m, lang).await;
    }
    run_subcommand(m, lang).await
}
