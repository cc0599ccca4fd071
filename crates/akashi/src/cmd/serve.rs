//! `akashi serve`: the web pages.

use std::net::SocketAddr;

use akashi_app::{App, AppError, Result};
use akashi_domain::Lang;
use akashi_web::ServeOptions;
use clap::{ArgMatches, Command};

use super::{files, given, network, open, text};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    network::options(w, w.on_data("画面を起動する", "Serve the web pages"))
        .arg(w.bind())
        .arg(w.flag(
            "secure-cookie",
            "HTTPS の後ろで使う(Cookie に Secure を付ける)",
            "Behind HTTPS: mark cookies Secure",
        ))
        .arg(w.option(
            "log-token",
            "FILE",
            "証跡ログ(/log/)を道具から読むための合言葉のファイル",
            "File with the secret that opens the log (/log/) to other tools",
        ))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let bind = bind(m)?;
    let (app, _) = open(m, lang).await?;
    let transport = network::transport(m)?;
    tokio::spawn(akashi_web::outbound::keep_asking(app.clone(), transport, akashi_app::ctx::now));
    out::say(
        lang,
        format!("http://{bind} で待ち受けています(終了は Ctrl+C)"),
        format!("Listening on http://{bind} (Ctrl+C ends it)"),
    );
    let options = ServeOptions {
        bind,
        secure_cookie: m.get_flag("secure-cookie"),
        log_token: given(m, "log-token").map(token).transpose()?,
        ..ServeOptions::default()
    };
    serve(app, options).await
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

/// Reads `--log-token`. A short secret could be guessed.
fn token(file: &str) -> Result<String> {
    const SHORTEST: usize = 16;
    match files::read_text(file)?.trim() {
        token if token.len() >= SHORTEST => Ok(token.to_owned()),
        _ => Err(AppError::invalid(
            format!("--log-token {file}: {SHORTEST} 文字以上の合言葉を 1 行で書いてください"),
            format!("--log-token {file}: write a secret of at least {SHORTEST} letters on one line"),
        )),
    }
}

pub(super) async fn serve(app: App, options: ServeOptions) -> Result<u8> {
    let bind = options.bind;
    akashi_web::serve(app, options).await.map_err(|source| AppError::Io { what: bind.to_string(), source })?;
    Ok(out::OK)
}
