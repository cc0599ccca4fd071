//! `akashi witness`: being a witness for other hospitals, over HTTP or by file.

use std::path::{Path, PathBuf};

use akashi_app::witness::{KnownLog, Outcome, Witness};
use akashi_app::{AppError, Result, ctx};
use akashi_domain::Lang;
use clap::ArgMatches;
use serde_json::json;

use super::text;
use crate::out;

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    match m.subcommand() {
        Some(("init", m)) => init(m, lang),
        Some(("key", m)) => key(m),
        Some(("add-log", m)) => add_log(m, lang),
        Some(("list", m)) => list(m, lang),
        Some(("serve", m)) => serve(m, lang).await,
        Some(("sign", m)) => sign(m, lang),
        _ => Ok(out::USAGE),
    }
}

fn folder(m: &ArgMatches) -> PathBuf {
    PathBuf::from(text(m, "data"))
}

fn init(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let seed = akashi_app::witness::random_seed();
    let witness = Witness::create(&folder(m), text(m, "name"), &seed)?;
    let key = witness.verifier().to_string();
    if m.get_flag("json") {
        out::json(&json!({ "data": folder(m).display().to_string(), "key": key }))?;
    } else {
        out::say(
            lang,
            format!("立会者を作りました。次の公開鍵を、立ち会う相手に渡してください:\n{key}"),
            format!("Made a witness. Give this public key to those you are a witness for:\n{key}"),
        );
    }
    Ok(out::OK)
}

fn key(m: &ArgMatches) -> Result<u8> {
    let key = Witness::open(&folder(m))?.verifier().to_string();
    if m.get_flag("json") {
        out::json(&json!({ "key": key }))?;
    } else {
        out::line(key);
    }
    Ok(out::OK)
}

fn add_log(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let given = text(m, "key");
    let path = Path::new(given);
    let keys = if path.is_file() { read(path)? } else { given.as_bytes().to_vec() };
    let keys = String::from_utf8_lossy(&keys).into_owned();
    let origin = Witness::open(&folder(m))?.add_log(&keys, m.get_flag("restart"), ctx::now())?;
    out::say(lang, format!("ログ {origin} に立ち会います。"), format!("A witness for {origin} now."));
    Ok(out::OK)
}

fn list(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let logs = Witness::open(&folder(m))?.logs()?;
    if m.get_flag("json") {
        let row = |l: &KnownLog| json!({ "origin": l.origin, "size": l.newest.as_ref().map(|c| c.size), "root": l.newest.as_ref().map(|c| c.root.to_base64()), "refused": l.refused });
        out::json(&logs.iter().map(row).collect::<Vec<_>>())?;
        return Ok(out::OK);
    }
    for log in &logs {
        let size = log.newest.as_ref().map_or_else(|| "-".to_owned(), |c| c.size.to_string());
        let (origin, refused) = (&log.origin, log.refused);
        out::say(
            lang,
            format!("{origin}: {size} 件まで署名、食い違い {refused} 件"),
            format!("{origin}: cosigned up to {size} entries, {refused} contradictions"),
        );
    }
    Ok(if logs.iter().any(|l| l.refused > 0) { out::PARTLY } else { out::OK })
}

async fn serve(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let witness = Witness::open(&folder(m))?;
    let given = text(m, "listen");
    let listen = given.parse().map_err(|_| {
        AppError::invalid(
            format!("--listen {given}: 127.0.0.1:8090 の形で指定してください"),
            format!("--listen {given}: write it as 127.0.0.1:8090"),
        )
    })?;
    let ready = |at| {
        out::say(
            lang,
            format!("立会者として http://{at} で待ち受けています(終了は Ctrl+C)"),
            format!("Witness listening on http://{at} (Ctrl+C ends it)"),
        );
    };
    let served = akashi_web::serve_witness(witness, listen, ready, akashi_web::told_to_end()).await;
    served.map_err(|source| AppError::Io { what: listen.to_string(), source })?;
    Ok(out::OK)
}

fn sign(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let file = text(m, "file");
    let out_file = match text(m, "out") {
        "" => format!("{file}.answer"),
        given => given.to_owned(),
    };
    let replied = Witness::open(&folder(m))?.add_checkpoint(&read(Path::new(file))?, ctx::now())?;
    let wrote = !matches!(replied.outcome, Outcome::Refused { .. });
    if wrote {
        std::fs::write(&out_file, &replied.body).map_err(|source| AppError::Io { what: out_file.clone(), source })?;
    }
    if m.get_flag("json") {
        let file = wrote.then_some(&out_file);
        out::json(&json!({ "status": replied.status, "answer": file }))?;
    } else {
        say(lang, &replied.outcome, &out_file);
    }
    Ok(match replied.outcome {
        Outcome::Cosigned { .. } => out::OK,
        Outcome::From { .. } => out::PARTLY,
        Outcome::Refused { .. } => out::FAILED,
    })
}

fn say(lang: Lang, outcome: &Outcome, file: &str) {
    match outcome {
        Outcome::Cosigned { origin, size } => out::say(
            lang,
            format!("{origin} の {size} 件時点に署名しました。{file} を持ち帰って取り込んでもらってください。"),
            format!("Cosigned {origin} at {size} entries. Carry {file} back to be imported."),
        ),
        Outcome::From { origin, held } => out::say(
            lang,
            format!(
                "{origin} は {held} 件まで署名済みで、依頼はそこから始まっていません。{file} を持ち帰って取り込み、依頼を作り直してもらってください。"
            ),
            format!(
                "{origin} is cosigned up to {held} entries and the request does not start there. Carry {file} back, import it and export again."
            ),
        ),
        Outcome::Refused { origin, why, alarming: true } => out::say(
            lang,
            format!(
                "警告: {origin} は以前と食い違うチェックポイントに署名しています。署名せず、証拠として保存しました。\n{why}"
            ),
            format!(
                "WARNING: {origin} signed a checkpoint that contradicts an earlier one. Not cosigned; kept as proof.\n{why}"
            ),
        ),
        Outcome::Refused { why, .. } => {
            out::say(lang, format!("署名しませんでした: {why}"), format!("Not cosigned: {why}"));
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|source| AppError::Io { what: path.display().to_string(), source })
}
