//! `akashi prove`: one record version as a bundle that anybody can check offline.

use std::path::PathBuf;

use akashi_app::{AppError, Result};
use akashi_domain::Lang;
use clap::ArgMatches;
use serde_json::json;

use super::{open, text};
use crate::out;

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let record = app.find(ctx.now, text(m, "record")).await?;
    let proof = app.prove(&ctx, record, m.get_one::<u32>("rev").copied()).await?;
    let file = match text(m, "out") {
        "" => PathBuf::from(&proof.name),
        given => PathBuf::from(given),
    };
    std::fs::write(&file, &proof.bytes).map_err(|source| AppError::Io { what: file.display().to_string(), source })?;
    let at = file.display();
    if m.get_flag("json") {
        out::json(
            &json!({ "file": at.to_string(), "record": record.to_string(), "rev": proof.rev, "index": proof.index }),
        )?;
    } else {
        let (rev, index) = (proof.rev, proof.index);
        out::say(
            lang,
            format!("{at} に書き出しました(第{rev}版、証跡 {index})。akashi-verify {at} で、どこでも検証できます。"),
            format!("Wrote {at} (revision {rev}, entry {index}). Anybody can check it with akashi-verify {at}."),
        );
    }
    Ok(out::OK)
}
