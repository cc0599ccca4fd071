//! `akashi init`: a new hospital and its first account.

use akashi_app::account::{NewAccount, random_text};
use akashi_app::service::NewHospital;
use akashi_app::{App, Ctx, Result, ctx};
use akashi_domain::Lang;
use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser};
use clap::{ArgMatches, Command};
use serde_json::json;

use super::{address, data, text};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.on_data("新しい病院のデータを作る", "Make the data of a new hospital")
        .arg(
            w.option("name", "NAME", "病院の名前", "Name of the hospital")
                .required(true)
                .value_parser(NonEmptyStringValueParser::new()),
        )
        .arg(
            w.option(
                "pattern",
                "I|II|III|IV",
                "参照パターンの初期値(システムごとに変えられます)",
                "Reference pattern new systems start with",
            )
            .default_value("I")
            .value_parser(PossibleValuesParser::new(["I", "II", "III", "IV"])),
        )
        .arg(
            w.option("login", "LOGIN", "最初の企画管理者のログイン名", "Login of the first planning manager")
                .default_value("manager"),
        )
        .arg(w.option("origin", "NAME", "証跡ログの名前", "Name of the evidence log"))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let data = data(m);
    let ctx = Ctx::local(ctx::now(), lang);
    let name = text(m, "name");
    let origin = match text(m, "origin") {
        "" => format!("akashi.local/{}", random_text(6)),
        given => given.to_owned(),
    };
    let new = NewHospital { organisation: name.into(), origin: origin.clone(), now: ctx.now };
    let app = App::create(&address(m, &data), &data, &new, ctx.today()).await?;
    app.store().set("pattern", text(m, "pattern")).await?;
    let password = random_text(8);
    let account = NewAccount {
        login: text(m, "login").into(),
        name: if lang == Lang::Ja { "企画管理者" } else { "Planning manager" }.into(),
        roles: vec!["planning-manager".into(), "admin".into()],
        lang,
        personnel: None,
        must_change: true,
    };
    let account = app.add_account(&ctx, account, &password).await?;
    if m.get_flag("json") {
        out::json(
            &json!({ "organisation": name, "data": data.display().to_string(), "log": origin, "login": account.login, "password": password }),
        )?;
        return Ok(out::OK);
    }
    let at = data.display();
    out::say(
        lang,
        format!(
            "「{name}」を {at} に作りました。\n  ログイン名: {}\n  初回パスワード: {password}(最初のログインで変更します)\n次は: akashi serve --data {at}",
            account.login
        ),
        format!(
            "Made “{name}” in {at}.\n  login: {}\n  first password: {password} (to be changed at the first log-in)\nNext: akashi serve --data {at}",
            account.login
        ),
    );
    Ok(out::OK)
}
