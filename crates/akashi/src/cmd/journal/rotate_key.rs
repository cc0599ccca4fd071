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
            "新しい鍵が古い鍵と並んで署名を始めました。1. akashi anchor key の出力を、立会者と、証明を検証する人に渡します。2. 全員に渡し終えたら、この命令に --end を付けて古い鍵を終えます。いま署名する鍵:",
            "New keys now sign beside the old ones. 1. Give what akashi anchor key prints to witnesses and to whoever checks proofs. 2. When all of them have it, end the old keys with --end. Keys that sign now:",
        ),
        Rotation::End | Rotation::AtOnce => out::say(
            lang,
            format!("鍵 {} はもう署名しません。いま署名する鍵:", done.retired.join(" ")),
            format!("Keys {} sign no more. Keys that sign now:", done.retired.join(" ")),
        ),
    }
    done.keys.iter().for_each(|key| out::line(format_args!("  {}", short(key))));
    Ok(out::OK)
}

/// A key by its name and number. A post-quantum key is 1,800 letters long; whole ones are what `akashi anchor key` prints.
fn short(key: &str) -> String {
    key.splitn(3, '+').take(2).collect::<Vec<_>>().join("+")
}
