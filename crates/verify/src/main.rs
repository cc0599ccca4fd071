//! `akashi-verify`: checks proof bundles. No store, no network, no settings; the same check as `akashi verify` and
//! the page for browsers.

use std::io::Write as _;
use std::process::ExitCode;

use akashi_verify::{
    Given, MAX_BYTES, Report, Texts, Words, exit_code, not_empty, roots_as_text, to_json, to_text, verify,
};

const USAGE_JA: &str = "\
証明の束を検証します。ネットワークも病院のサーバも使いません。

使い方: akashi-verify [オプション] BUNDLE...

  --key FILE       ログの鍵。束とは別の経路で受け取ったもの
  --witness KEY    立会者の鍵(文字列、またはそのファイル)。繰り返せます
  --policy FILE    立会のポリシー(C2SP tlog-policy)。定足数に届かなければ失敗になる
  --tsa-root FILE  時刻認証局のルート証明書(PEM または DER)。繰り返せます
  --json           結果を JSON で出す
  --lang ja|en     表示の言語
  --version        版

終了コード: 0 渡された鍵で検証できた / 1 失敗、または読めない / 2 使い方の誤り
            3 束の中では整合するが、鍵が渡されていないので誰のログかは確かめていない";

const USAGE_EN: &str = "\
Checks proof bundles. Uses neither a network nor the hospital's server.

Usage: akashi-verify [OPTIONS] BUNDLE...

  --key FILE       Keys of the log that you got another way than the bundle
  --witness KEY    Key of a witness, as text or in a file; may be repeated
  --policy FILE    Policy of witnesses (C2SP tlog-policy); a missing quorum is a failure
  --tsa-root FILE  Root certificate of a time-stamping authority, PEM or DER; may be repeated
  --json           Print the result as JSON
  --lang ja|en     Language
  --version        Version

Exit codes: 0 verified with the keys given / 1 failed, or unreadable / 2 wrong usage
            3 consistent in itself, but no keys were given to tell whose log it is";

#[derive(Default)]
struct Asked {
    keys: String,
    witnesses: String,
    policy: String,
    tsa_roots: String,
    json: bool,
    japanese: bool,
    bundles: Vec<String>,
}

/// Ends before anything is checked.
enum Stop {
    Usage(Words),
    Help,
    Version,
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let japanese = is_japanese(&args);
    match ask(args, japanese) {
        Ok((asked, given)) => check(&asked, &given),
        Err(stop) => end(&stop, japanese),
    }
}

fn end(stop: &Stop, japanese: bool) -> ExitCode {
    let usage = if japanese { USAGE_JA } else { USAGE_EN };
    match stop {
        Stop::Help => println!("{usage}"),
        Stop::Version => println!("akashi-verify {}", env!("CARGO_PKG_VERSION")),
        Stop::Usage(why) => {
            eprintln!("{}\n\n{usage}", why.pick(japanese));
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// Every one is checked, also after a bad one; the worst decides.
fn check(asked: &Asked, given: &Given) -> ExitCode {
    let one = |path: &String| {
        let report = match read(path) {
            Ok(bytes) => verify(&bytes, given),
            Err(says) => Report::refused(path, says),
        };
        (path.clone(), report)
    };
    let reports: Vec<(String, Report)> = asked.bundles.iter().map(one).collect();
    let text = match to_json(&reports) {
        Ok(json) if asked.json => format!("{json}\n"),
        _ => to_text(&reports, asked.japanese),
    };
    // Whoever reads may stop early, as `head` does: the exit code still tells.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    ExitCode::from(exit_code(&reports))
}

fn read(path: &str) -> Result<Vec<u8>, Words> {
    let cannot = |e: std::io::Error| Words::new(format!("ファイルを読めません({e})"), format!("cannot be read: {e}"));
    let size = std::fs::metadata(path).map_err(cannot)?.len();
    if size > MAX_BYTES as u64 {
        let ja = format!("大きすぎます({size} バイト。{MAX_BYTES} バイトまで)");
        return Err(Words::new(ja, format!("{size} bytes are too many, at most {MAX_BYTES} are read")));
    }
    std::fs::read(path).map_err(cannot)
}

/// `--lang`, `AKASHI_LANG`, the locale, else Japanese.
fn is_japanese(args: &[String]) -> bool {
    let given = args.windows(2).find(|pair| pair[0] == "--lang").map(|pair| pair[1].clone());
    let given = given.or_else(|| args.iter().find_map(|arg| arg.strip_prefix("--lang=").map(str::to_owned)));
    let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let lang = given.or_else(|| env("AKASHI_LANG")).or_else(|| env("LC_ALL")).or_else(|| env("LANG"));
    !lang.unwrap_or_default().starts_with("en")
}

fn ask(args: Vec<String>, japanese: bool) -> Result<(Asked, Given), Stop> {
    let mut asked = Asked { japanese, ..Asked::default() };
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        let (name, inline) = match arg.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
            _ => (arg, None),
        };
        let mut value = || inline.clone().or_else(|| args.next()).ok_or_else(|| missing(&name));
        match name.as_str() {
            "--help" | "-h" => return Err(Stop::Help),
            "--version" | "-V" => return Err(Stop::Version),
            "--json" => asked.json = true,
            "--lang" => lang(&value()?)?,
            "--key" => add(&mut asked.keys, &text(&value()?)?),
            "--witness" => add(&mut asked.witnesses, &key_or_file(&value()?)?),
            "--policy" => asked.policy = text(&value()?)?,
            "--tsa-root" => asked.tsa_roots.push_str(&roots(&value()?)?),
            option if option.starts_with('-') => return Err(unknown(option)),
            _ => asked.bundles.push(name),
        }
    }
    if asked.bundles.is_empty() {
        return Err(Stop::Usage(Words::new("束のファイルを指定してください", "name at least one bundle")));
    }
    let texts =
        Texts { keys: &asked.keys, witnesses: &asked.witnesses, policy: &asked.policy, tsa_roots: &asked.tsa_roots };
    let given = Given::read(&texts).map_err(|e| Stop::Usage(e.words()))?;
    Ok((asked, given))
}

fn add(all: &mut String, text: &str) {
    all.push_str(text);
    all.push('\n');
}

/// A verifier key has plus signs and no file name of any sense has two.
fn key_or_file(value: &str) -> Result<String, Stop> {
    if value.matches('+').count() >= 2 && !std::path::Path::new(value).exists() {
        return Ok(value.to_owned());
    }
    text(value)
}

fn text(path: &str) -> Result<String, Stop> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Stop::Usage(Words::new(format!("{path}: 読めません({e})"), format!("{path}: {e}"))))?;
    not_empty(path, text).map_err(|e| Stop::Usage(e.words()))
}

/// Certificates as authorities hand them out.
fn roots(path: &str) -> Result<String, Stop> {
    let bytes = std::fs::read(path)
        .map_err(|e| Stop::Usage(Words::new(format!("{path}: 読めません({e})"), format!("{path}: {e}"))))?;
    roots_as_text(&bytes).map_err(|e| Stop::Usage(e.words()))
}

fn lang(value: &str) -> Result<(), Stop> {
    if ["ja", "en"].contains(&value) { Ok(()) } else { Err(unknown(value)) }
}

fn unknown(option: &str) -> Stop {
    Stop::Usage(Words::new(format!("{option}: 知らない指定です"), format!("{option} is not known here")))
}

fn missing(name: &str) -> Stop {
    Stop::Usage(Words::new(format!("{name}: 値がありません"), format!("{name} needs a value")))
}
