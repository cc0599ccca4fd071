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
        let (origin, refused) = (&log.origin, log.refused);
        let (ja, en) = match &log.newest {
            Some(c) => (format!("{} 件まで署名", c.size), format!("cosigned up to {} entries", c.size)),
            None => ("まだ署名していません".to_owned(), "nothing cosigned yet".to_owned()),
        };
        out::say(
            lang,
            format!("{origin}: {ja}、食い違い {refused} 件"),
            format!("{origin}: {en}, {refused} contradictions"),
        );
        if refused > 0 {
            out::say(
                lang,
                "  → この病院に知らせ、拒んだ依頼(フォルダ refused)を残し、病院の金庫の控えと照合してもらってください",
                "  → Tell that hospital, keep what was refused (folder refused), and have it compared with the copy in its safe",
            );
        }
    }
    Ok(if logs.iter().any(|l| l.refused > 0) { out::PARTLY } else { out::OK })
}
