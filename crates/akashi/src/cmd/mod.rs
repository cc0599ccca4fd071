//! The commands: a file each, with its options, its help in both languages and what it does. Here stand the
//! list, how a level of commands is put together, and how a command reads its options and opens a hospital.

mod account;
mod anchor;
mod backup;
mod catalog;
mod check;
mod demo;
mod depot;
mod dispose;
mod export;
mod files;
mod import;
mod init;
mod journal;
mod network;
mod prove;
mod restore;
mod serve;
mod stamp;
mod status;
mod verify;
mod witness;

use std::path::{Path, PathBuf};

use akashi_app::{App, Ctx, Result, ctx};
use akashi_domain::Lang;
use clap::builder::PossibleValuesParser;
use clap::{ArgMatches, Command};

use crate::words::Words;

/// The commands of one level, in the order help shows them: what each is called and the file that holds it, which
/// has a `command(&Words)` and a `run(&ArgMatches, Lang)`. A new command is a file and a line in such a list.
macro_rules! commands {
    ($($name:literal => $file:ident),+ $(,)?) => {
        fn subcommands(w: &$crate::words::Words) -> Vec<clap::Command> {
            vec![$($file::command(w).name($name)),+]
        }

        async fn run_subcommand(m: &clap::ArgMatches, lang: akashi_domain::Lang) -> akashi_app::Result<u8> {
            match m.subcommand() {
                $(Some(($name, m)) => $file::run(m, lang).await,)+
                _ => Ok($crate::out::USAGE),
            }
        }
    };
}
use commands;

commands! {
    "init" => init,
    "demo" => demo,
    "serve" => serve,
    "status" => status,
    "import" => import,
    "export" => export,
    "check" => check,
    "catalog" => catalog,
    "journal" => journal,
    "backup" => backup,
    "restore" => restore,
    "prove" => prove,
    "verify" => verify,
    "dispose" => dispose,
    "anchor" => anchor,
    "stamp" => stamp,
    "witness" => witness,
    "account" => account,
}

/// Builds the whole command line in one language.
pub(crate) fn command_line(lang: Lang) -> Command {
    let w = Words(lang);
    let command = w
        .group(
            "証 Akashi — 医療情報システムの安全管理",
            "Akashi — safety management of a hospital's information systems",
        )
        .name("akashi")
        .version(env!("CARGO_PKG_VERSION"))
        .arg(
            w.option("lang", "ja|en", "表示の言語", "Language of help and messages")
                .global(true)
                .value_parser(PossibleValuesParser::new(["ja", "en"])),
        )
        .after_help(w.t(
            "終了コード: 0 成功 / 1 失敗(何も変えていません) / 2 使い方の誤り / 3 一部に要確認の行あり",
            "Exit codes: 0 done / 1 failed, nothing changed / 2 wrong usage / 3 done, some rows need a look",
        ))
        .subcommands(subcommands(&w));
    w.localised(command)
}

/// Runs the command that was asked for; returns the exit code.
pub(crate) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    run_subcommand(m, lang).await
}

/// An option that always has a value, or an empty text.
fn text<'m>(m: &'m ArgMatches, name: &str) -> &'m str {
    m.get_one::<String>(name).map_or("", String::as_str)
}

/// An option that may be absent; an empty value counts as absent.
fn given<'m>(m: &'m ArgMatches, name: &str) -> Option<&'m str> {
    Some(text(m, name)).filter(|value| !value.is_empty())
}

/// All values of an option or argument that may be repeated.
fn texts<'m>(m: &'m ArgMatches, name: &str) -> impl Iterator<Item = &'m str> + use<'m> {
    m.get_many::<String>(name).into_iter().flatten().map(String::as_str)
}

fn data(m: &ArgMatches) -> PathBuf {
    PathBuf::from(text(m, "data"))
}

/// Where the records are: the address given, else SQLite in the data folder.
fn address(m: &ArgMatches, data: &Path) -> String {
    match m.try_get_one::<String>("database") {
        Ok(Some(url)) => url.clone(),
        _ => sqlite(data),
    }
}

fn sqlite(data: &Path) -> String {
    let folder = std::path::absolute(data).unwrap_or_else(|_| data.to_path_buf());
    format!("sqlite://{}", folder.join("akashi.db").display())
}

async fn open(m: &ArgMatches, lang: Lang) -> Result<(App, Ctx)> {
    let data = data(m);
    let ctx = Ctx::local(ctx::now(), lang);
    let app = App::open(&address(m, &data), &data, ctx.today()).await?;
    Ok((app, ctx))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed_in_both_languages() {
        for lang in [Lang::Ja, Lang::En] {
            command_line(lang).debug_assert();
        }
    }
}
