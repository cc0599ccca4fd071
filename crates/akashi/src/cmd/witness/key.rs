//! `akashi witness key`: the public key, for those it is a witness for.

use akashi_app::Result;
use akashi_app::witness::Witness;
use akashi_domain::Lang;
use clap::{ArgMatches, Command};
use serde_json::json;

use super::on_folder;
use crate::cmd::data;
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    on_folder(w, "立会者の公開鍵", "Public key of the witness").arg(w.json())
}

pub(super) async fn run(m: &ArgMatches, _: Lang) -> Result<u8> {
    let key = Witness::open(&data(m))?.verifier().to_string();
    if m.get_flag("json") {
        out::json(&json!({ "key": key }))?;
    } else {
        out::line(key);
    }
    Ok(out::OK)
}
