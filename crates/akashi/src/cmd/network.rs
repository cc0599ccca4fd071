//! Options of whatever goes out to the network, and the client they make.

use std::path::PathBuf;
use std::sync::Arc;

use akashi_app::anchor::Transport;
use akashi_app::{AppError, Result};
use akashi_web::outbound::{Http, HttpOptions};
use clap::{ArgMatches, Command};

use super::given;
use crate::words::Words;

pub(super) fn options(w: &Words, command: Command) -> Command {
    command
        .arg(w.option(
            "ca",
            "FILE",
            "追加で信頼する認証局の証明書(PEM)。院内の認証局を使うとき",
            "More trusted certificates (PEM), for a CA of your own",
        ))
        .arg(w.option(
            "proxy",
            "URL",
            "外部へ出るときのプロキシ(省略時は使わない)",
            "Proxy for requests going out; none without it",
        ))
}

/// The client of `--ca` and `--proxy`.
pub(super) fn transport(m: &ArgMatches) -> Result<Arc<dyn Transport>> {
    let options = HttpOptions { ca: given(m, "ca").map(PathBuf::from), proxy: given(m, "proxy").map(String::from) };
    let http = Http::new(&options).map_err(|e| AppError::invalid(e.to_string(), e.to_string()))?;
    Ok(Arc::new(http))
}
