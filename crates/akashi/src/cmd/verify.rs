//! `akashi verify`: checks proof bundles, as the binary `akashi-verify` does, without any data.

use std::io::Write as _;

use akashi_app::{AppError, Result};
use akashi_domain::{Label, Lang};
use akashi_verify::{
    Given, GivenError, MAX_BYTES, Report, Texts, Words, exit_code, roots_as_text, to_json, to_text, verify,
};
use clap::ArgMatches;

use super::text;
use crate::out;

pub(super) fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let page = text(m, "page");
    if !page.is_empty() {
        let write = std::fs::write(page, akashi_web::VERIFIER_PAGE);
        write.map_err(|source| AppError::Io { what: page.to_owned(), source })?;
    }
    let given = given(m)?;
    let bundles = m.get_many::<String>("bundle").into_iter().flatten();
    let reports: Vec<(String, Report)> = bundles.map(|file| (file.clone(), one(file, &given))).collect();
    if reports.is_empty() {
        return Ok(out::OK);
    }
    let text = match to_json(&reports) {
        Ok(json) if m.get_flag("json") => format!("{json}\n"),
        _ => to_text(&reports, lang == Lang::Ja),
    };
    // Whoever reads may stop early, as `head` does: the exit code still tells.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    Ok(exit_code(&reports))
}

fn one(file: &str, given: &Given) -> Report {
    match read(file) {
        Ok(bytes) => verify(&bytes, given),
        Err(says) => Report::refused(file, says),
    }
}

fn read(file: &str) -> std::result::Result<Vec<u8>, Words> {
    let cannot = |e: std::io::Error| Words::new(format!("ファイルを読めません（{e}）"), format!("cannot be read: {e}"));
    if std::fs::metadata(file).map_err(cannot)?.len() > MAX_BYTES as u64 {
        return Err(Words::new(
            format!("大きすぎます（{MAX_BYTES} バイトまで）"),
            format!("too large, at most {MAX_BYTES} bytes are read"),
        ));
    }
    std::fs::read(file).map_err(cannot)
}

fn given(m: &ArgMatches) -> Result<Given> {
    let whole = |name: &str| match text(m, name) {
        "" => Ok(String::new()),
        file => read_text(file),
    };
    let (keys, policy) = (whole("key")?, whole("policy")?);
    let mut witnesses = String::new();
    for key in m.get_many::<String>("witness").into_iter().flatten() {
        witnesses += &key_or_file(key)?;
        witnesses.push('\n');
    }
    let mut tsa_roots = String::new();
    for file in m.get_many::<String>("tsa-root").into_iter().flatten() {
        let bytes = std::fs::read(file).map_err(|source| AppError::Io { what: file.to_owned(), source })?;
        tsa_roots += &roots_as_text(&bytes).map_err(invalid)?;
    }
    let texts = Texts { keys: &keys, witnesses: &witnesses, policy: &policy, tsa_roots: &tsa_roots };
    Given::read(&texts).map_err(invalid)
}

fn invalid(e: GivenError) -> AppError {
    let words = e.words();
    AppError::Invalid(Label::new(words.ja, words.en))
}

/// A verifier key has plus signs and no file name of any sense has two.
fn key_or_file(value: &str) -> Result<String> {
    if value.matches('+').count() >= 2 && !std::path::Path::new(value).exists() {
        return Ok(value.to_owned());
    }
    read_text(value)
}

fn read_text(file: &str) -> Result<String> {
    std::fs::read_to_string(file).map_err(|source| AppError::Io { what: file.to_owned(), source })
}
