//! `akashi anchor compare`: an old copy of a checkpoint against the log of today.

use std::io::Read as _;

use akashi_app::Result;
use akashi_app::anchor::{Compared, OldCopy, Outcome};
use akashi_domain::Lang;
use clap::{ArgMatches, Command};
use serde_json::json;

use crate::cmd::{files, open, text};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.on_data(
        "金庫の控え(ファイルまたは入力した行)を今のログと照合する",
        "Compare an old copy (a file, or typed lines) with the log of today",
    )
    .arg(w.required("file", "FILE", "控えのファイル(- は標準入力)", "File of the copy; - reads standard input"))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let copy = OldCopy::read(&copied(text(m, "file"))?)?;
    let (app, ctx) = open(m, lang).await?;
    let compared = app.compare_copy(&ctx, copy).await?;
    let fits = compared.outcome == Outcome::Continues && compared.signed != Some(false);
    if m.get_flag("json") {
        let outcome = format!("{:?}", compared.outcome).to_lowercase();
        out::json(
            &json!({ "outcome": outcome, "signed": compared.signed, "size": compared.copy.size, "newest": compared.newest }),
        )?;
    } else {
        let said = verdict(&compared);
        out::say(lang, said.0, said.1);
    }
    Ok(if fits { out::OK } else { out::FAILED })
}

/// The text of the copy; `-` is standard input.
fn copied(file: &str) -> Result<String> {
    if file != "-" {
        return Ok(String::from_utf8_lossy(&files::read(file)?).into_owned());
    }
    let mut typed = String::new();
    std::io::stdin().read_to_string(&mut typed).map_err(files::failed("stdin"))?;
    Ok(typed)
}

fn verdict(c: &Compared) -> (String, String) {
    let (size, newest, origin, theirs) = (c.copy.size, c.newest, &c.origin, &c.copy.origin);
    match c.outcome {
        Outcome::Continues if c.signed == Some(false) => (
            format!(
                "今のログは控え({size}件)を引き継いでいますが、控えの署名はこのログの鍵のものではありません。控えの出所を確かめてください。"
            ),
            format!(
                "The log continues the copy ({size} entries), but no key of this log signed the copy: find out where it is from."
            ),
        ),
        Outcome::Continues => (
            format!("○ 今のログ({newest}件)は控え({size}件)をそのまま引き継いでいます。"),
            format!("○ The log of today ({newest} entries) continues the copy ({size} entries) unchanged."),
        ),
        Outcome::Shortened => (
            format!(
                "警告: 控えには{size}件あったのに、今のログは{newest}件しかありません。末尾が削られたか、ログごと取り替えられています。"
            ),
            format!(
                "WARNING: the copy had {size} entries, the log of today has only {newest}: its end was cut off or the whole log was replaced."
            ),
        ),
        Outcome::Replaced => (
            format!(
                "警告: 今のログの最初の{size}件は控えと違います。ログが作り替えられたか、壊れています。akashi journal verify で確かめてください。"
            ),
            format!(
                "WARNING: the first {size} entries of the log are not those of the copy: the log was replaced or is damaged; run akashi journal verify."
            ),
        ),
        Outcome::OtherLog => (
            format!("控えは別のログ({theirs})のものです。このログは {origin} です。"),
            format!("The copy is of another log ({theirs}); this one is {origin}."),
        ),
    }
}
