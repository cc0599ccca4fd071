//! `akashi verify`: checks proof bundles, as the binary `akashi-verify` does, without any data.

use akashi_app::{AppError, Result};
use akashi_domain::Lang;
use akashi_verify::Report;
use clap::ArgMatches;

use super::text;
use crate::out;

pub(super) fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let keys = match text(m, "key") {
        "" => None,
        file => Some(akashi_verify::read_keys(&read_text(file)?).map_err(|e| unusable(file, &e))?),
    };
    let witnesses = match text(m, "witness") {
        "" => Vec::new(),
        file => {
            let text = read_text(file)?;
            let keys: std::result::Result<Vec<_>, _> =
                text.lines().filter(|line| !line.is_empty()).map(str::parse).collect();
            keys.map_err(|e| unusable(file, &e))?
        }
    };
    let mut reports = Vec::new();
    for file in m.get_many::<String>("bundle").into_iter().flatten() {
        let bytes = std::fs::read(file).map_err(|source| AppError::Io { what: file.clone(), source })?;
        reports.push((file.clone(), akashi_verify::verify(&bytes, keys.as_ref(), &witnesses)));
    }
    print(m.get_flag("json"), lang, &reports)?;
    Ok(if reports.iter().all(|(_, report)| report.ok) { out::OK } else { out::FAILED })
}

/// One bundle gives one object, several a list.
fn print(json: bool, lang: Lang, reports: &[(String, Report)]) -> Result<()> {
    match reports {
        [(_, one)] if json => out::json(one),
        _ if json => out::json(&reports.iter().map(|(_, report)| report).collect::<Vec<_>>()),
        _ => {
            reports.iter().for_each(|(file, report)| {
                out::line(format_args!("{file}\n{}", report.text(lang == Lang::Ja).trim_end()))
            });
            Ok(())
        }
    }
}

fn read_text(file: &str) -> Result<String> {
    std::fs::read_to_string(file).map_err(|source| AppError::Io { what: file.to_owned(), source })
}

fn unusable(file: &str, e: &impl ToString) -> AppError {
    let e = e.to_string();
    AppError::invalid(format!("{file}: 鍵を読めません（{e}）"), format!("{file}: {e}"))
}
