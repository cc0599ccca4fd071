//! `akashi verify`: checks proof bundles, as the binary `akashi-verify` does, without any data.

use std::io::Write as _;

use akashi_app::{AppError, Result};
use akashi_domain::{Label, Lang};
use akashi_verify::{
    Given, GivenError, MAX_BYTES, Report, Texts, exit_code, not_empty, roots_as_text, to_json, to_text, verify,
};
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::{files, given, texts};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.command("証明の束を検証する(データは要りません)", "Check proof bundles; needs no data")
        .arg(w.option(
            "key",
            "FILE",
            "署名を確かめる鍵(束とは別に受け取ったもの)",
            "Keys you trust, got another way than the bundle",
        ))
        .arg(
            w.option(
                "witness",
                "KEY",
                "立会者の鍵(文字列、またはそのファイル。複数可)",
                "Key of a witness, as text or in a file; may be repeated",
            )
            .action(ArgAction::Append),
        )
        .arg(w.option(
            "policy",
            "FILE",
            "立会のポリシー(C2SP tlog-policy)。定足数に届かなければ失敗",
            "Policy of witnesses (C2SP tlog-policy); a missing quorum is a failure",
        ))
        .arg(
            w.option(
                "tsa-root",
                "FILE",
                "時刻認証局のルート証明書(PEM または DER)。繰り返せます",
                "Root certificate of a time-stamping authority, PEM or DER; may be repeated",
            )
            .action(ArgAction::Append),
        )
        .arg(w.json())
        .after_help(w.t(
            "終了コード: 0 渡された鍵で検証できた / 1 失敗 / 2 使い方の誤り / 3 束の中では整合するが、鍵が渡されていない",
            "Exit codes: 0 verified with the keys given / 1 failed / 2 wrong usage / 3 consistent, but no keys were given",
        ))
        .arg(w.option(
            "page",
            "FILE",
            "検証ページ(HTML 1 つ)を書き出す",
            "Write the verifier page for browsers, one HTML file",
        ))
        .arg(
            Arg::new("bundle")
                .value_name("BUNDLE")
                .num_args(1..)
                .required_unless_present("page")
                .help(w.t("束", "Bundles")),
        )
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    if let Some(page) = given(m, "page") {
        files::write(page, akashi_web::VERIFIER_PAGE)?;
    }
    let trusted = trusted(m)?;
    let reports: Vec<(String, Report)> =
        texts(m, "bundle").map(|file| (file.to_owned(), one(file, &trusted))).collect();
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

fn one(file: &str, trusted: &Given) -> Report {
    match read(file) {
        Ok(bytes) => verify(&bytes, trusted),
        Err(says) => Report::refused(file, says),
    }
}

fn read(file: &str) -> std::result::Result<Vec<u8>, akashi_verify::Words> {
    let cannot = |e: std::io::Error| {
        akashi_verify::Words::new(format!("ファイルを読めません({e})"), format!("cannot be read: {e}"))
    };
    if std::fs::metadata(file).map_err(cannot)?.len() > MAX_BYTES as u64 {
        return Err(akashi_verify::Words::new(
            format!("大きすぎます({MAX_BYTES} バイトまで)"),
            format!("too large, at most {MAX_BYTES} bytes are read"),
        ));
    }
    std::fs::read(file).map_err(cannot)
}

/// What the command line says is to be trusted.
fn trusted(m: &ArgMatches) -> Result<Given> {
    let whole = |name: &str| given(m, name).map(text_of).transpose().map(Option::unwrap_or_default);
    let (keys, policy) = (whole("key")?, whole("policy")?);
    let mut witnesses = String::new();
    for key in texts(m, "witness") {
        witnesses += &key_or_file(key)?;
        witnesses.push('\n');
    }
    let mut tsa_roots = String::new();
    for file in texts(m, "tsa-root") {
        tsa_roots += &roots_as_text(&files::read(file)?).map_err(invalid)?;
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
    text_of(value)
}

fn text_of(file: &str) -> Result<String> {
    not_empty(file, files::read_text(file)?).map_err(invalid)
}
