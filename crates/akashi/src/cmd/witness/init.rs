//! `akashi witness init`: a new witness with keys of its own.

use akashi_app::Result;
use akashi_app::witness::Witness;
use akashi_domain::Lang;
use clap::{ArgMatches, Command};
use serde_json::json;

use super::on_folder;
use crate::cmd::{data, text};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    on_folder(w, "立会者を作る", "Make a witness")
        .arg(
            w.option(
                "name",
                "NAME",
                "署名に載る名前(例: kita.example/witness)",
                "Name in its signatures, e.g. kita.example/witness",
            )
            .required(true),
        )
        .arg(w.json())
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let seed = akashi_app::witness::random_seed();
    let witness = Witness::create(&data(m), text(m, "name"), &seed)?;
    let key = witness.verifier().to_string();
    if m.get_flag("json") {
        out::json(&json!({ "data": data(m).display().to_string(), "key": key }))?;
    } else {
        out::say(
            lang,
            format!("立会者を作りました。次の公開鍵を、立ち会う相手に渡してください:\n{key}"),
            format!("Made a witness. Give this public key to those you are a witness for:\n{key}"),
        );
    }
    Ok(out::OK)
}
