//! `akashi anchor`: who attests the log, how that stands, exchange by file, and an old copy against the log of
//! today. Here: options that several of them have.

mod add;
mod change;
mod compare;
mod evidence;
mod export;
mod import;
mod key;
mod list;
mod save;

use akashi_app::Result;
use akashi_app::anchor::Terms;
use akashi_domain::Lang;
use clap::{Arg, ArgMatches, Command, value_parser};
use serde_json::json;

use super::{commands, files, given};
use crate::out;
use crate::words::Words;

commands! {
    "list" => list,
    "add" => add,
    "change" => change,
    "key" => key,
    "export" => export,
    "import" => import,
    "save" => save,
    "evidence" => evidence,
    "compare" => compare,
}

pub(super) fn command(w: &Words) -> Command {
    w.group("外部保証先(時刻認証局・立会者)を扱う", "Anchors: time-stamping authorities and witnesses outside")
        .subcommands(subcommands(w))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    run_subcommand(m, lang).await
}

/// Which anchor.
fn name(w: &Words) -> Arg {
    w.option("anchor", "NAME", "外部保証先の名前", "Name of the anchor").required(true)
}

/// Which attestation, by the size of the tree it is about.
fn size(w: &Words) -> Arg {
    w.option("size", "N", "何件時点のものか(省略時は最新)", "Of how many entries; the newest without it")
        .value_parser(value_parser!(u64))
}

/// What an anchor has, whether it is new or changed.
fn settings(w: &Words, command: Command) -> Command {
    command
        .arg(w.option(
            "url",
            "URL",
            "宛先(ファイル交換だけなら省略)",
            "Where requests go; without it by file only",
        ))
        .arg(w.option(
            "trust",
            "FILE",
            "検証に使うもの: TSA はルート証明書(PEM)、立会者は鍵(1行に1つ)。変更では追加になります",
            "What answers are checked with: root certificates (PEM) of a TSA, keys of a witness, one per line; added to what is known",
        ))
        .arg(
            w.option("every", "MINUTES", "少なくとも何分ごとに頼むか", "Ask at least every so many minutes")
                .value_parser(value_parser!(u32).range(1..)),
        )
        .arg(
            w.option("after", "N", "新しい証跡が何件たまったら頼むか", "Ask when so many entries are new")
                .value_parser(value_parser!(u64).range(1..)),
        )
        .arg(w.option("policy", "OID", "TSA に求めるポリシー", "Policy a TSA has to stamp under"))
}

/// The content of the file `--trust` names.
fn trust(m: &ArgMatches) -> Result<Option<String>> {
    given(m, "trust").map(|file| Ok(String::from_utf8_lossy(&files::read(file)?).into_owned())).transpose()
}

fn terms(m: &ArgMatches, before: Terms) -> Terms {
    Terms {
        every_minutes: m.get_one("every").copied().unwrap_or(before.every_minutes),
        after_entries: m.get_one("after").copied().unwrap_or(before.after_entries),
        policy: m.get_one::<String>("policy").cloned().or(before.policy),
    }
}

fn done(m: &ArgMatches, lang: Lang, name: &str, ja: &str, en: &str) -> Result<u8> {
    if m.get_flag("json") {
        out::json(&json!({ "anchor": name }))?;
    } else {
        out::say(lang, format!("「{name}」{ja}。"), format!("“{name}” {en}."));
    }
    Ok(out::OK)
}
