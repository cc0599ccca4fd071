//! `akashi account list`: every account with its roles.

use akashi_app::Result;
use akashi_app::account::Account;
use akashi_domain::Lang;
use clap::{ArgMatches, Command};
use serde_json::json;

use crate::cmd::open;
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.on_data("利用者の一覧", "List accounts")
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, _) = open(m, lang).await?;
    let accounts = app.store().accounts().await?;
    if m.get_flag("json") {
        let row = |a: &Account| json!({ "login": a.login, "name": a.name, "roles": a.roles, "disabled": a.disabled });
        out::json(&accounts.iter().map(row).collect::<Vec<_>>())?;
    } else {
        accounts.iter().for_each(|a| out::line(format_args!("{:<16} {:<24} {}", a.login, a.name, a.roles.join(" "))));
    }
    Ok(out::OK)
}
