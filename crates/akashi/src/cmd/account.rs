//! `akashi account`: who may log in.

use akashi_app::Result;
use akashi_app::account::{NewAccount, random_text};
use akashi_domain::Lang;
use clap::ArgMatches;
use serde_json::json;

use super::{open, text};
use crate::out;

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    match m.subcommand() {
        Some(("add", m)) => add(m, lang).await,
        Some((_, m)) => list(m, lang).await,
        None => Ok(out::USAGE),
    }
}

async fn add(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let roles = m.get_many::<String>("role").into_iter().flatten().cloned().collect();
    let new = NewAccount {
        login: text(m, "login").into(),
        name: text(m, "name").into(),
        roles,
        lang,
        personnel: None,
        must_change: true,
    };
    let password = random_text(8);
    let account = app.add_account(&ctx, new, &password).await?;
    if m.get_flag("json") {
        out::json(&json!({ "login": account.login, "password": password, "roles": account.roles }))?;
    } else {
        out::say(
            lang,
            format!("{} を加えました。初回パスワード: {password}", account.login),
            format!("Added {}; first password: {password}", account.login),
        );
    }
    Ok(out::OK)
}

async fn list(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, _) = open(m, lang).await?;
    let accounts = app.store().accounts().await?;
    if m.get_flag("json") {
        let row = |a: &akashi_app::account::Account| json!({ "login": a.login, "name": a.name, "roles": a.roles, "disabled": a.disabled });
        out::json(&accounts.iter().map(row).collect::<Vec<_>>())?;
    } else {
        accounts.iter().for_each(|a| out::line(format_args!("{:<16} {:<24} {}", a.login, a.name, a.roles.join(" "))));
    }
    Ok(out::OK)
}
