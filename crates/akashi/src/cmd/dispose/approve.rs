//! `akashi dispose approve`: another person approves a disposal.

use akashi_app::Result;
use akashi_domain::Lang;
use clap::{ArgMatches, Command};

use super::{acting, as_account, disposal, reason, show};
use crate::cmd::{open, text};
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    let approve =
        w.on_data("申請された廃棄を承認する(申請した人とは別の人)", "Approve a disposal somebody else proposed");
    as_account(w, approve.arg(disposal(w)))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, local) = open(m, lang).await?;
    let ctx = acting(m, &app, local).await?;
    let line = app.find_disposal(&ctx, text(m, "disposal")).await?;
    app.approve_disposal(&ctx, line.record, line.rev, reason(m)).await?;
    show(m, lang, &app.disposal_line(&ctx, line.record).await?)
}
