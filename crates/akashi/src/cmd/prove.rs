//! `akashi prove`: one record version, or one entry of the log, as a bundle that anybody can check offline.

use std::path::PathBuf;

use akashi_app::Result;
use akashi_domain::Lang;
use clap::{ArgMatches, Command};
use serde_json::json;

use super::{files, given, open, text};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.on_data(
        "記録1件の証明(オフラインで検証できる束)を作る",
        "Make a bundle that proves one record, to be checked offline",
    )
    .arg(
        w.required("record", "CODE|ID", "記録の番号または ID", "Code or id of the record")
            .required(false)
            .required_unless_present("entry"),
    )
    .arg(
        w.option(
            "entry",
            "N",
            "記録の代わりに、証跡の番号(0 から。開設や復元などプログラムの記録も証明できる)",
            "Instead of a record the place in the log, from 0; also what the program itself recorded, as its setup",
        )
        .value_parser(clap::value_parser!(u64))
        .conflicts_with_all(["record", "rev"]),
    )
    .arg(
        w.option("rev", "N", "版(省略時は最新)", "Revision; the newest without it")
            .value_parser(clap::value_parser!(u32).range(1..)),
    )
    .arg(w.option(
        "out",
        "FILE",
        "書き出すファイル(省略時は 番号-rN.zip)",
        "File to write; CODE-rN.zip without it",
    ))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let proof = match m.get_one::<u64>("entry") {
        Some(index) => app.prove_entry(&ctx, *index).await?,
        None => {
            let record = app.find(ctx.now, text(m, "record")).await?;
            app.prove(&ctx, record, m.get_one::<u32>("rev").copied()).await?
        }
    };
    let file = PathBuf::from(given(m, "out").unwrap_or(&proof.name));
    files::write(&file, &proof.bytes)?;
    let at = file.display();
    if m.get_flag("json") {
        out::json(&json!({ "file": at.to_string(), "record": proof.record, "rev": proof.rev, "index": proof.index }))?;
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
