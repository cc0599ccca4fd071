//! `akashi journal export`: the entries as lines for a SIEM, to standard output or a file.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use akashi_app::siem::{Format, Wanted, Written};
use akashi_app::{AppError, Result};
use akashi_domain::Lang;
use clap::ArgMatches;
use serde_json::json;

use super::{open, text};
use crate::out;

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let format = if text(m, "format") == "jsonl" { Format::Jsonl } else { Format::Ocsf };
    let wanted = Wanted { from: m.get_one("from").copied().unwrap_or_default(), since: moment(text(m, "since"))? };
    let (app, _) = open(m, lang).await?;
    let bar = out::bar(lang, 0, "書き出し中", "exporting");
    let told = |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let path = Some(text(m, "out")).filter(|path| !path.is_empty()).map(PathBuf::from);
    let Some(path) = path else {
        let mut stdout = BufWriter::new(std::io::stdout());
        app.export_journal(format, wanted, &mut stdout, told).await?;
        bar.finish_and_clear();
        return Ok(out::OK);
    };
    let scratch = path.with_added_extension("part");
    let written = app.export_journal(format, wanted, &mut create(&scratch)?, told).await;
    bar.finish_and_clear();
    let kept = written.and_then(|done| std::fs::rename(&scratch, &path).map(|()| done).map_err(io(&path)));
    if kept.is_err() {
        // Half a file must not look like a whole one; what cannot be removed has no valid name.
        drop(std::fs::remove_file(&scratch));
    }
    let Written { lines, next, .. } = kept?;
    let at = path.display();
    if m.get_flag("json") {
        out::json(&json!({ "file": at.to_string(), "lines": lines, "next": next }))?;
    } else {
        out::say(
            lang,
            format!("証跡 {lines} 件を {at} に書き出しました。次回は --from {next} で続きを書き出せます。"),
            format!("Wrote {lines} entries to {at}; the next export goes on with --from {next}."),
        );
    }
    Ok(out::OK)
}

fn create(path: &std::path::Path) -> Result<impl Write + Send + use<>> {
    std::fs::File::create(path).map(BufWriter::new).map_err(io(path))
}

fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> AppError {
    let what = path.display().to_string();
    move |source| AppError::Io { what, source }
}

/// A day alone means its beginning in Tokyo.
fn moment(given: &str) -> Result<Option<i64>> {
    if given.is_empty() {
        return Ok(None);
    }
    let read = given.parse::<jiff::Timestamp>().map(|t| t.as_microsecond()).ok();
    let read = read.or_else(|| akashi_domain::notation::instant(&format!("{given} 00:00:00")));
    read.map(Some).ok_or_else(|| {
        AppError::invalid(
            format!("--since {given}: 2026-11-22 または 2026-11-22T09:00:00+09:00 の形で指定してください"),
            format!("--since {given}: write it as 2026-11-22 or 2026-11-22T09:00:00+09:00"),
        )
    })
}
