//! `akashi witness`: being a witness for other hospitals, over HTTP or by file.

mod add_log;
mod init;
mod key;
mod list;
mod serve;
mod sign;

use akashi_app::Result;
use akashi_domain::Lang;
use clap::{ArgMatches, Command};

use super::commands;
use crate::words::Words;

commands! {
    "init" => init,
    "key" => key,
    "add-log" => add_log,
    "list" => list,
    "serve" => serve,
    "sign" => sign,
}

pub(super) fn command(w: &Words) -> Command {
    w.group("ほかの病院のログに立ち会う", "Be a witness for the logs of others").subcommands(subcommands(w))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    run_subcommand(m, lang).await
}

/// A command that works on the folder of a witness (`cmd::data` reads it).
fn on_folder(w: &Words, ja: &'static str, en: &'static str) -> Command {
    w.command(ja, en)
        .arg(w.option("data", "DIR", "立会者のフォルダ", "Folder of the witness").default_value("./akashi-witness"))
}
