//! `akashi witness serve`: answers requests over HTTP.

use akashi_app::witness::Witness;
use akashi_app::{AppError, Result};
use akashi_domain::Lang;
use clap::{ArgMatches, Command};

use super::on_folder;
use crate::cmd::{data, text};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    on_folder(w, "HTTP で立ち会う", "Serve over HTTP")
        .arg(w.option("listen", "ADDR", "待ち受けアドレス", "Address to listen on").default_value("127.0.0.1:8090"))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let witness = Witness::open(&data(m))?;
    let given = text(m, "listen");
    let listen = given.parse().map_err(|_| {
        AppError::invalid(
            format!("--listen {given}: 127.0.0.1:8090 の形で指定してください"),
            format!("--listen {given}: write it as 127.0.0.1:8090"),
        )
    })?;
    let ready = |at| {
        out::say(
            lang,
            format!("立会者として http://{at} で待ち受けています(終了は Ctrl+C)"),
            format!("Witness listening on http://{at} (Ctrl+C ends it)"),
        );
    };
    let served = akashi_web::serve_witness(witness, listen, ready, akashi_web::told_to_end()).await;
    served.map_err(|source| AppError::Io { what: listen.to_string(), source })?;
    Ok(out::OK)
}
