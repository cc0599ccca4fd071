//! `akashi account add`: a new account with a first password.

use akashi_app::Result;
use akashi_app::account::{NewAccount, random_text};
use akashi_domain::Lang;
use clap::{ArgAction, ArgMatches, Command};
use serde_json::json;

use crate::cmd::{open, text, texts};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.on_data("利用者を加える(初回パスワードを表示)", "Add an account; prints its first password")
        .arg(w.option("login", "LOGIN", "ログイン名", "Login").required(true))
        .arg(w.option("name", "NAME", "氏名", "Name").required(true))
        .arg(w.option("role", "ROLE", "役割(複数可)", "Role; may be repeated").required(true).action(ArgAction::Append))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let new = NewAccount {
        login: text(m, "login").into(),
        name: text(m, "name").into(),
        roles: texts(m, "role").map(String::from).collect(),
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
