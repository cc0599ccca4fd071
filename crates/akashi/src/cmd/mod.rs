//! The commands, one file each; here only which is which and how a hospital is opened.

mod account;
mod anchor;
mod backup;
mod catalog;
mod check;
mod demo;
mod depot;
mod dispose;
mod export;
mod import;
mod init;
mod journal;
mod journal_export;
mod prove;
mod restore;
mod serve;
mod stamp;
mod verify;
mod witness;

use std::path::{Path, PathBuf};

use akashi_app::{App, Ctx, Result, ctx};
use akashi_domain::Lang;
use clap::ArgMatches;

/// Runs the command that was asked for; returns the exit code.
pub(crate) async fn run(matches: &ArgMatches, lang: Lang) -> Result<u8> {
    match matches.subcommand() {
        Some(("init", m)) => init::run(m, lang).await,
        Some(("demo", m)) => demo::run(m, lang).await,
        Some(("serve", m)) => serve::run(m, lang).await,
        Some(("import", m)) => import::run(m, lang).await,
        Some(("export", m)) => export::run(m, lang).await,
        Some(("check", m)) => check::run(m, lang).await,
        Some(("catalog", m)) => catalog::run(m, lang),
        Some(("journal", m)) => journal::run(m, lang).await,
        Some(("backup", m)) => backup::run(m, lang).await,
        Some(("restore", m)) => restore::run(m, lang).await,
        Some(("prove", m)) => prove::run(m, lang).await,
        Some(("verify", m)) => verify::run(m, lang),
        Some(("dispose", m)) => dispose::run(m, lang).await,
        Some(("anchor", m)) => anchor::run(m, lang).await,
        Some(("stamp", m)) => stamp::run(m, lang).await,
        Some(("witness", m)) => witness::run(m, lang).await,
        Some(("account", m)) => account::run(m, lang).await,
        _ => Ok(crate::out::USAGE),
    }
}

fn text<'m>(m: &'m ArgMatches, name: &str) -> &'m str {
    m.get_one::<String>(name).map_or("", String::as_str)
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
