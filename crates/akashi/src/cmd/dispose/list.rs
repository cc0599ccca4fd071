//! `akashi dispose list`: the disposals; with a register, how long its records are kept.

use akashi_app::dispose::Offer;
use akashi_app::{App, Ctx, Result};
use akashi_domain::Lang;
use clap::{ArgMatches, Command};
use serde_json::json;

use super::print;
use crate::cmd::{given, open};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.on_data(
        "廃棄の一覧。--register でその台帳の記録の保存期限を示す",
        "List disposals; with --register how long its records are kept",
    )
    .arg(w.option("register", "KEY", "台帳のキー", "Key of a register"))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    if let Some(register) = given(m, "register") {
        return offers(m, lang, &app, &ctx, register).await;
    }
    let all = app.disposals(&ctx).await?;
    if m.get_flag("json") {
        out::json(&json!({ "disposals": all }))?;
    } else {
        all.iter().for_each(|line| print(line, lang));
        let n = all.len();
        out::say(lang, format!("記録の廃棄 {n} 件"), format!("{n} disposal(s) of records"));
    }
    Ok(out::OK)
}

async fn offers(m: &ArgMatches, lang: Lang, app: &App, ctx: &Ctx, register: &str) -> Result<u8> {
    let offers = app.disposable(ctx, register).await?;
    if m.get_flag("json") {
        out::json(&json!({ "register": register, "ready": offers.ready, "kept": offers.kept }))?;
        return Ok(out::OK);
    }
    let day = |o: &Offer| o.ends.map_or_else(|| "-".to_owned(), |d| d.to_string());
    for o in &offers.ready {
        out::line(format_args!("○ {} {} ({})", o.code, o.name, day(o)));
    }
    for o in &offers.kept {
        let why = o.blocks.iter().map(|b| b.why.get(lang)).collect::<Vec<_>>().join(" / ");
        out::line(format_args!("– {} {} ({}): {why}", o.code, o.name, day(o)));
    }
    let (ready, kept) = (offers.ready.len(), offers.kept.len());
    out::say(
        lang,
        format!("廃棄できる記録 {ready} 件、できない記録 {kept} 件"),
        format!("{ready} record(s) may go, {kept} stay"),
    );
    Ok(out::OK)
}
