//! `akashi-verify`: checks a proof bundle. No store, no network, no settings; the same check as `akashi verify`.

use std::process::ExitCode;

use akashi_journal::checkpoint::KeyRing;
use akashi_journal::note::VerifierKey;
use akashi_verify::{MAX_BYTES, verify};

const USAGE: &str = "\
akashi-verify [--key FILE] [--witness FILE] [--json] [--lang ja|en] BUNDLE...

  --key FILE      署名を確かめる鍵（束とは別の経路で受け取ったもの） / keys you trust, got another way than the bundle
  --witness FILE  立会者の鍵、1行に1つ / keys of witnesses, one per line
  --json          結果を JSON で出す / print the result as JSON
  --lang ja|en    表示の言語 / language

終了コード / exit codes: 0 検証できた verified, 1 失敗 failed, 2 使い方の誤り wrong usage";

struct Asked {
    keys: Option<KeyRing>,
    witnesses: Vec<VerifierKey>,
    json: bool,
    japanese: bool,
    bundles: Vec<String>,
}

fn main() -> ExitCode {
    let asked = match ask(std::env::args().skip(1)) {
        Ok(Some(asked)) => asked,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(why) => {
            eprintln!("{why}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    // Every one is checked, also after a bad one.
    let bad = asked.bundles.iter().filter(|path| !one(&asked, path)).count();
    if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Checks one bundle and prints the answer.
fn one(asked: &Asked, path: &str) -> bool {
    let bytes = match read(path) {
        Ok(bytes) => bytes,
        Err(why) => {
            eprintln!("× {path}: {why}");
            return false;
        }
    };
    let report = verify(&bytes, asked.keys.as_ref(), &asked.witnesses);
    if asked.json {
        match serde_json::to_string_pretty(&report) {
            Ok(text) => println!("{text}"),
            Err(why) => eprintln!("× {path}: {why}"),
        }
    } else {
        print!("{path}\n{}", report.text(asked.japanese));
    }
    report.ok
}

fn read(path: &str) -> Result<Vec<u8>, String> {
    let size = std::fs::metadata(path).map_err(|e| e.to_string())?.len();
    if size > MAX_BYTES as u64 {
        return Err(format!("{size} bytes, at most {MAX_BYTES} are read"));
    }
    std::fs::read(path).map_err(|e| e.to_string())
}

fn ask(mut args: impl Iterator<Item = String>) -> Result<Option<Asked>, String> {
    let lang = std::env::var("AKASHI_LANG").or_else(|_| std::env::var("LANG")).unwrap_or_default();
    let mut asked = Asked {
        keys: None,
        witnesses: Vec::new(),
        json: false,
        japanese: !lang.starts_with("en"),
        bundles: Vec::new(),
    };
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg}: ?"));
        match arg.as_str() {
            "--help" | "-h" => return Ok(None),
            "--json" => asked.json = true,
            "--lang" => asked.japanese = value()? != "en",
            "--key" => {
                let path = value()?;
                asked.keys = Some(keys(&path)?);
            }
            "--witness" => {
                let path = value()?;
                let text = std::fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?;
                let parsed: Result<Vec<VerifierKey>, _> =
                    text.lines().filter(|l| !l.is_empty()).map(str::parse).collect();
                asked.witnesses.extend(parsed.map_err(|e| format!("{path}: {e}"))?);
            }
            option if option.starts_with("--") => return Err(format!("{option}: ?")),
            _ => asked.bundles.push(arg),
        }
    }
    if asked.bundles.is_empty() { Err("BUNDLE ?".into()) } else { Ok(Some(asked)) }
}

/// A key ring, or verifier keys alone, one per line, for all sizes.
fn keys(path: &str) -> Result<KeyRing, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
    akashi_verify::read_keys(&text).map_err(|e| format!("{path}: {e}"))
}
