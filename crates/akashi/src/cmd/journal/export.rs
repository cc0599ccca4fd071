//! `akashi journal export`: the entries as lines for a SIEM, to standard output or a file.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use akashi_app::siem::{Format, Wanted, Written};
use akashi_app::{AppError, Result};
use akashi_domain::Lang;
use clap::builder::PossibleValuesParser;
use clap::{ArgMatches, Command};
use serde_json::json;

use crate::cmd::{files, given, open, text};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.on_data(
        "証跡を SIEM が読める行で書き出す(内容と理由は含みません)",
        "Write the entries as lines for a SIEM; no contents, no reasons",
    )
    .arg(
        w.option(
            "format",
            "ocsf|jsonl",
            "OCSF のイベント、または証跡そのもの",
            "OCSF events, or the entries as they are",
        )
        .default_value("ocsf")
        .value_parser(PossibleValuesParser::new(["ocsf", "jsonl"])),
    )
    .arg(
        w.option("from", "INDEX", "この番号の証跡から", "From the entry of this index on")
            .default_value("0")
            .value_parser(clap::value_parser!(u64)),
    )
    .arg(w.option(
        "since",
        "TIME",
        "この時刻以降に記録された証跡だけ(RFC 3339 または日付)",
        "Only entries of then and later (RFC 3339, or a day)",
    ))
    .arg(w.option(
        "out",
        "FILE",
        "書き出すファイル(省略時は標準出力)",
        "File to write; standard output without it",
    ))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let format = if text(m, "format") == "jsonl" { Format::Jsonl } else { Format::Ocsf };
    let wanted = Wanted {
        from: m.get_one("from").copied().unwrap_or_default(),
        since: given(m, "since").map(moment).transpose()?,
    };
    let (app, _) = open(m, lang).await?;
    let bar = out::bar(lang, 0, "書き出し中", "exporting");
    let Some(path) = given(m, "out").map(PathBuf::from) else {
        let mut stdout = BufWriter::new(std::io::stdout());
        app.export_journal(format, wanted, &mut stdout, out::moving(&bar)).await?;
        bar.finish_and_clear();
        return Ok(out::OK);
    };
    let scratch = path.with_added_extension("part");
    let written = app.export_journal(format, wanted, &mut create(&scratch)?, out::moving(&bar)).await;
    bar.finish_and_clear();
    let kept = written.and_then(|done| std::fs::rename(&scratch, &path).map(|()| done).map_err(files::failed(&path)));
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

fn create(path: &Path) -> Result<impl Write + Send + use<>> {
    std::fs::File::create(path).map(BufWriter::new).map_err(files::failed(path))
}

/// A day alone means its beginning in Tokyo.
fn moment(given: &str) -> Result<i64> {
    let read = given.parse::<jiff::Timestamp>().map(|t| t.as_microsecond()).ok();
    let read = read.or_else(|| akashi_domain::notation::instant(&format!("{given} 00:00:00")));
    read.ok_or_else(|| {
        AppError::invalid(
            format!("--since {given}: 2026-11-22 または 2026-11-22T09:00:00+09:00 の形で指定してください"),
            format!("--since {given}: write it as 2026-11-22 or 2026-11-22T09:00:00+09:00"),
        )
    })
}
