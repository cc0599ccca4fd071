//! `akashi journal rotate-key`: new keys for the log, with or without an overlap.

use akashi_app::Result;
use akashi_app::log_keys::Rotation;
use akashi_domain::Lang;
use clap::{ArgMatches, Command};
use serde_json::json;

use crate::cmd::open;
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.on_data(
        "ログの署名鍵を交代させる(重なりの期間は新旧の両方で署名します)",
        "Rotate the keys the log is signed with; in between old and new sign both",
    )
    .arg(
        w.flag("end", "重なりの期間を終え、古い鍵を消す", "End the overlap; the old keys are wiped")
            .conflicts_with("at-once"),
    )
    .arg(w.flag("at-once", "重なりなしで替える(鍵が漏れたとき)", "Without an overlap, e.g. because a key leaked"))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let step = match (m.get_flag("end"), m.get_flag("at-once")) {
        (true, _) => Rotation::End,
        (_, true) => Rotation::AtOnce,
        _ => Rotation::Start,
    };
    let done = app.rotate_log_keys(&ctx, step).await?;
    if m.get_flag("json") {
        out::json(&json!({ "keys": done.keys, "retired": done.retired }))?;
        return Ok(out::OK);
    }
    match step {
        Rotation::Start => out::say(
            lang,
            "新しい鍵が古い鍵と並んで署名を始めました。次の鍵を検証する人や立会者に渡し、渡し終えたら --end で終えてください。",
            "New keys now sign beside the old ones. Hand these keys to verifiers and witnesses; when all have them, run it with --end.",
        ),
        Rotation::End | Rotation::AtOnce => out::say(
            lang,
            format!("鍵 {} はもう署名しません。いま署名する鍵:", done.retired.join(" ")),
            format!("Keys {} sign no more. Keys that sign now:", done.retired.join(" ")),
        ),
    }
    done.keys.iter().for_each(out::line);
    Ok(out::OK)
}
