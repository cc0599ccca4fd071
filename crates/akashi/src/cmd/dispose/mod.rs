//! `akashi dispose`: what may go and what waits; proposing, approving, carrying out. Here: who acts, and how a
//! disposal is shown.

mod approve;
mod list;
mod propose;
mod run;

use akashi_app::dispose::{DisposalLine, Stand};
use akashi_app::{App, AppError, Ctx, Result};
use akashi_domain::Lang;
use clap::{Arg, ArgMatches, Command};
use serde_json::json;

use super::{commands, files, given};
use crate::out;
use crate::words::Words;

commands! {
    "list" => list,
    "propose" => propose,
    "approve" => approve,
    "run" => run,
}

pub(super) fn command(w: &Words) -> Command {
    w.group("保存期間が終わった記録を廃棄する", "Dispose of records whose time is over").subcommands(subcommands(w))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    run_subcommand(m, lang).await
}

/// Options of who decides: an account, else whoever has the data folder.
fn as_account(w: &Words, command: Command) -> Command {
    command
        .arg(w.option("login", "LOGIN", "この利用者として行う", "Act as this account"))
        .arg(w.option(
            "password-file",
            "FILE",
            "パスワードのファイル(または環境変数 AKASHI_PASSWORD)",
            "File with its password, or AKASHI_PASSWORD",
        ))
        .arg(w.option("reason", "TEXT", "理由", "Reason"))
}

/// Which disposal.
fn disposal(w: &Words) -> Arg {
    w.required("disposal", "DSP-…|ID", "廃棄の番号または ID", "Number or id of the disposal")
}

/// Who acts: the account that logs in for this one command, else whoever has the data folder.
async fn acting(m: &ArgMatches, app: &App, local: Ctx) -> Result<Ctx> {
    let Some(login) = given(m, "login") else { return Ok(local) };
    let password = password(m)?;
    let entered =
        app.log_in(login, password.trim_end_matches(['\r', '\n']), "local", "akashi dispose", local.now).await?;
    app.log_out(&entered.token, local.now).await?;
    Ok(Ctx { actor: akashi_app::account::actor(&entered.account), ..local })
}

fn password(m: &ArgMatches) -> Result<String> {
    if let Some(file) = given(m, "password-file") {
        return files::read_text(file);
    }
    std::env::var("AKASHI_PASSWORD").map_err(|_| {
        AppError::invalid(
            "--password-file か環境変数 AKASHI_PASSWORD でパスワードを渡してください",
            "Give the password by --password-file or AKASHI_PASSWORD",
        )
    })
}

fn reason(m: &ArgMatches) -> Option<String> {
    given(m, "reason").map(String::from)
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
