//! `akashi anchor key`: the keys a witness has to know.

use akashi_app::Result;
use akashi_domain::Lang;
use clap::{ArgMatches, Command};
use serde_json::json;

use crate::cmd::open;
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.on_data("立会者に渡すこのログの鍵", "Keys of this log, to be given to a witness")
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, _) = open(m, lang).await?;
    let ring = app.store().key_ring().await?.to_string();
    if m.get_flag("json") {
        out::json(&json!({ "keys": ring.lines().collect::<Vec<_>>() }))?;
    } else {
        ring.lines().for_each(out::line);
    }
    Ok(out::OK)
}
