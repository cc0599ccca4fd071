//! `akashi serve`: the web pages.

use std::net::SocketAddr;

use akashi_app::{App, AppError, Result};
use akashi_domain::Lang;
use akashi_web::ServeOptions;
use clap::ArgMatches;

use super::{open, text};
use crate::out;

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let bind = bind(m)?;
    let (app, _) = open(m, lang).await?;
    out::say(
        lang,
        format!("http://{bind} で待ち受けています(終了は Ctrl+C)"),
        format!("Listening on http://{bind} (Ctrl+C ends it)"),
    );
    serve(app, bind, m.get_flag("secure-cookie")).await
}

/// Reads `--bind`.
pub(super) fn bind(m: &ArgMatches) -> Result<SocketAddr> {
    let given = text(m, "bind");
    let wrong = |_| {
        AppError::invalid(
            format!("--bind {given}: 127.0.0.1:8080 の形で指定してください"),
            format!("--bind {given}: write it as 127.0.0.1:8080"),
        )
    };
    given.parse().map_err(wrong)
}

pub(super) async fn serve(app: App, bind: SocketAddr, secure_cookie: bool) -> Result<u8> {
    let options = ServeOptions { bind, secure_cookie, ..ServeOptions::default() };
    akashi_web::serve(app, options).await.map_err(|source| AppError::Io { what: bind.to_string(), source })?;
    Ok(out::OK)
}
