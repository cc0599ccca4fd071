//! `akashi dispose propose`: asks that records go.

use akashi_app::Result;
use akashi_app::dispose::Proposal;
use akashi_domain::Lang;
use clap::{ArgMatches, Command};

use super::{acting, as_account, reason, show};
use crate::cmd::{given, open, texts};
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    let propose = w
        .on_data("記録の廃棄を申請する", "Propose to dispose of records")
        .arg(w.option("subject", "TEXT", "件名", "Subject"))
        .arg(w.required("record", "CODE|ID", "記録の番号または ID", "Numbers or ids of records").num_args(1..));
    as_account(w, propose)
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, local) = open(m, lang).await?;
    let ctx = acting(m, &app, local).await?;
    let mut records = Vec::new();
    for name in texts(m, "record") {
        records.push(app.find(ctx.now, name).await?);
    }
    let proposal = Proposal { records, subject: given(m, "subject").map(String::from), reason: reason(m) };
    let done = app.propose_disposal(&ctx, proposal).await?;
    show(m, lang, &app.disposal_line(&ctx, done.record).await?)
}
