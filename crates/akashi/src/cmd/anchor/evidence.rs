//! `akashi anchor evidence`: revocation data and certificates for a held attestation.

use akashi_app::Result;
use akashi_domain::Lang;
use clap::{ArgMatches, Command};

use super::{done, name, size};
use crate::cmd::{files, open, text};
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.on_data(
        "保持している証明に失効リスト・OCSP応答・証明書を添える",
        "Add revocation lists, OCSP answers or certificates to a held attestation",
    )
    .arg(name(w))
    .arg(size(w))
    .arg(w.required("file", "FILE", "ファイル(PEM か DER)", "File, PEM or DER"))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let (name, file) = (text(m, "anchor"), text(m, "file"));
    app.add_evidence(&ctx, name, m.get_one("size").copied(), &files::read(file)?).await?;
    done(m, lang, name, "の証明に添えました", "has more evidence now")
}
