//! `akashi dispose`: what may go and what waits; proposing, approving, carrying out.

use akashi_app::dispose::{DisposalLine, Disposed, Offer, Proposal, Stand};
use akashi_app::{App, AppError, Ctx, Result};
use akashi_domain::Lang;
use clap::ArgMatches;
use serde_json::json;

use super::{open, text};
use crate::out;

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    match m.subcommand() {
        Some(("list", m)) => list(m, lang).await,
        Some(("propose", m)) => propose(m, lang).await,
        Some(("approve", m)) => approve(m, lang).await,
        Some(("run", m)) => carry_out(m, lang).await,
        _ => Ok(out::USAGE),
    }
}

async fn list(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let register = text(m, "register");
    if !register.is_empty() {
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

async fn propose(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, local) = open(m, lang).await?;
    let ctx = acting(m, &app, local).await?;
    let mut records = Vec::new();
    for name in m.get_many::<String>("record").into_iter().flatten() {
        records.push(app.find(ctx.now, name).await?);
    }
    let proposal = Proposal { records, subject: given(m, "subject"), reason: given(m, "reason") };
    let done = app.propose_disposal(&ctx, proposal).await?;
    show(m, lang, &app.disposal_line(&ctx, done.record).await?)
}

async fn approve(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, local) = open(m, lang).await?;
    let ctx = acting(m, &app, local).await?;
    let line = app.find_disposal(&ctx, text(m, "disposal")).await?;
    app.approve_disposal(&ctx, line.record, line.rev, given(m, "reason")).await?;
    show(m, lang, &app.disposal_line(&ctx, line.record).await?)
}

async fn carry_out(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, local) = open(m, lang).await?;
    let ctx = acting(m, &app, local).await?;
    let line = app.find_disposal(&ctx, text(m, "disposal")).await?;
    if !m.get_flag("yes") {
        return Err(AppError::invalid(
            format!(
                "{} を実行すると、記録 {} 件の内容と鍵を消去し、元に戻せません。よければ --yes を付けてください",
                line.code,
                line.records.len()
            ),
            format!(
                "{} destroys contents and keys of {} record(s) and cannot be undone; add --yes if you mean it",
                line.code,
                line.records.len()
            ),
        ));
    }
    let done = app.dispose(&ctx, line.record, line.rev).await?;
    if m.get_flag("json") {
        out::json(&json!(done))?;
        return Ok(out::OK);
    }
    let Disposed { code, records, wiping, .. } = done;
    for r in &records {
        out::line(format_args!("× {} {} ({}, #{})", r.register, r.code, r.rule, r.entry));
    }
    let n = records.len();
    out::say(lang, format!("{code}: 記録 {n} 件を廃棄しました。"), format!("{code}: {n} record(s) disposed of."));
    if wiping {
        out::say(
            lang,
            "鍵は消えています。読み取り中の処理があるため、鍵のあった場所の上書きは次のチェックポイントで行います。",
            "The keys are gone; as somebody is reading, their old place is overwritten with the next checkpoint.",
        );
    }
    Ok(out::OK)
}

/// Who acts: the account that logs in for this one command, else whoever has the data folder.
async fn acting(m: &ArgMatches, app: &App, local: Ctx) -> Result<Ctx> {
    let login = text(m, "login");
    if login.is_empty() {
        return Ok(local);
    }
    let path = text(m, "password-file");
    let password = if path.is_empty() {
        std::env::var("AKASHI_PASSWORD").map_err(|_| {
            AppError::invalid(
                "--password-file か環境変数 AKASHI_PASSWORD でパスワードを渡してください",
                "Give the password by --password-file or AKASHI_PASSWORD",
            )
        })?
    } else {
        let what = path.to_owned();
        std::fs::read_to_string(path).map_err(|source| AppError::Io { what, source })?
    };
    let entered =
        app.log_in(login, password.trim_end_matches(['\r', '\n']), "local", "akashi dispose", local.now).await?;
    app.log_out(&entered.token, local.now).await?;
    Ok(Ctx { actor: akashi_app::account::actor(&entered.account), ..local })
}

fn given(m: &ArgMatches, name: &str) -> Option<String> {
    Some(text(m, name)).filter(|t| !t.is_empty()).map(String::from)
}

fn show(m: &ArgMatches, lang: Lang, line: &DisposalLine) -> Result<u8> {
    if m.get_flag("json") {
        out::json(&json!(line))?;
    } else {
        print(line, lang);
    }
    Ok(out::OK)
}

fn print(line: &DisposalLine, lang: Lang) {
    out::line(format_args!("{} [{}] {}", line.code, line.state_title.get(lang), line.subject));
    for r in &line.records {
        let stand = match (r.stand, lang) {
            (Stand::Ready, Lang::Ja) => "廃棄できます".to_owned(),
            (Stand::Ready, Lang::En) => "may go".to_owned(),
            (Stand::Gone, Lang::Ja) => "廃棄済み".to_owned(),
            (Stand::Gone, Lang::En) => "disposed of".to_owned(),
            (Stand::Blocked, _) => r.why.as_ref().map(|why| why.get(lang).to_owned()).unwrap_or_default(),
        };
        out::line(format_args!("    {} {}: {stand}", r.code, r.name));
    }
}
