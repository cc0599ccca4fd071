//! `akashi witness list`: the logs it knows, and up to where it cosigned them.

use akashi_app::Result;
use akashi_app::witness::{KnownLog, Witness};
use akashi_domain::Lang;
use clap::{ArgMatches, Command};
use serde_json::json;

use super::on_folder;
use crate::cmd::data;
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    on_folder(w, "立ち会っているログ", "Logs it knows").arg(w.json())
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let logs = Witness::open(&data(m))?.logs()?;
    if m.get_flag("json") {
        let row = |l: &KnownLog| json!({ "origin": l.origin, "size": l.newest.as_ref().map(|c| c.size), "root": l.newest.as_ref().map(|c| c.root.to_base64()), "refused": l.refused });
        out::json(&logs.iter().map(row).collect::<Vec<_>>())?;
        return Ok(out::OK);
    }
    for log in &logs {
        let size = log.newest.as_ref().map_or_else(|| "-".to_owned(), |c| c.size.to_string());
        let (origin, refused) = (&log.origin, log.refused);
        out::say(
            lang,
            format!("{origin}: {size} 件まで署名、食い違い {refused} 件"),
            format!("{origin}: cosigned up to {size} entries, {refused} contradictions"),
        );
    }
    Ok(if logs.iter().any(|l| l.refused > 0) { out::PARTLY } else { out::OK })
}
