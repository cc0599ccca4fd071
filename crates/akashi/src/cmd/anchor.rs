//! `akashi anchor`: who attests the log, how that stands, exchange by file, and an old copy against the log of today.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use akashi_app::anchor::{Change, Compared, Imported, Kind, NewAnchor, OldCopy, Outcome, Standing, Terms, Trouble};
use akashi_app::{AppError, Result};
use akashi_domain::Lang;
use clap::ArgMatches;
use serde_json::json;

use super::{open, text};
use crate::out;

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    match m.subcommand() {
        Some(("list", m)) => list(m, lang).await,
        Some(("add", m)) => add(m, lang).await,
        Some(("change", m)) => change(m, lang).await,
        Some(("key", m)) => key(m, lang).await,
        Some(("export", m)) => export(m, lang).await,
        Some(("import", m)) => import(m, lang).await,
        Some(("save", m)) => save(m, lang).await,
        Some(("evidence", m)) => evidence(m, lang).await,
        Some(("compare", m)) => compare(m, lang).await,
        _ => Ok(out::USAGE),
    }
}

async fn list(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let seen = app.anchor_overview(&ctx).await?;
    if m.get_flag("json") {
        let row = |s: &akashi_app::anchor::Shown| {
            json!({
                "name": s.anchor.name, "kind": s.anchor.kind.key(), "url": s.anchor.url, "enabled": s.anchor.enabled,
                "held": s.held.as_ref().map(|a| a.size), "at": s.held.as_ref().and_then(|a| a.at),
                "waiting": s.waiting.iter().map(|a| a.size).collect::<Vec<_>>(),
                "refused": s.refused.iter().map(|a| a.size).collect::<Vec<_>>(),
                "error": s.waiting.first().or(s.refused.first()).and_then(|a| a.error.as_deref()).map(|e| Trouble::parse(e).what().en),
            })
        };
        out::json(
            &json!({ "size": seen.size, "covered": seen.covered(), "anchors": seen.anchors.iter().map(row).collect::<Vec<_>>() }),
        )?;
    } else {
        let (size, covered) = (seen.size, seen.covered());
        out::say(
            lang,
            format!("証跡 {size} 件のうち {covered} 件までが外部で証明されています。"),
            format!("{covered} of {size} entries are attested outside."),
        );
        for s in &seen.anchors {
            let held = s.held.as_ref().map_or_else(|| "-".to_owned(), |a| a.size.to_string());
            let error = s.refused.first().or(s.waiting.first()).and_then(|a| a.error.as_deref());
            let error = error.map(|e| Trouble::parse(e).what().get(lang).to_owned()).unwrap_or_default();
            let (name, kind, n) = (&s.anchor.name, s.anchor.kind.key(), s.waiting.len());
            out::line(format_args!("{name:<20} {kind:<8} {:<8} {held:>8} {n:>3} {error}", standing(s.standing, lang)));
        }
    }
    Ok(if seen.anchors.iter().any(|a| a.standing == Standing::Refused) { out::PARTLY } else { out::OK })
}

fn standing(standing: Standing, lang: Lang) -> &'static str {
    let (ja, en) = match standing {
        Standing::Refused => ("拒否", "refused"),
        Standing::Waiting => ("待機中", "waiting"),
        Standing::New => ("未依頼", "new"),
        Standing::Held => ("保持", "held"),
        Standing::Off => ("停止", "off"),
    };
    if lang == Lang::Ja { ja } else { en }
}

async fn add(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let kind = Kind::parse(text(m, "kind")).unwrap_or(Kind::Tsa);
    let trust = match text(m, "key") {
        "" => read_text(m, "trust")?.unwrap_or_default(),
        key => key.to_owned(),
    };
    let terms = terms(m, Terms::default_of(kind));
    let new = NewAnchor { kind, name: text(m, "name").into(), url: text(m, "url").into(), trust, terms };
    let anchor = app.add_anchor(&ctx, new).await?;
    done(m, lang, &anchor.name, "を加えました", "added")
}

async fn change(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let name = text(m, "anchor");
    let known = app.anchor(name).await?;
    let enabled = if m.get_flag("off") { Some(false) } else { m.get_flag("on").then_some(true) };
    let url = m.get_one::<String>("url").cloned();
    let change = Change { url, trust: read_text(m, "trust")?, terms: Some(terms(m, known.terms)), enabled };
    app.change_anchor(&ctx, name, change).await?;
    done(m, lang, name, "の設定を変えました", "changed")
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

async fn key(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, _) = open(m, lang).await?;
    let ring = app.store().key_ring().await?.to_string();
    if m.get_flag("json") {
        out::json(&json!({ "keys": ring.lines().collect::<Vec<_>>() }))?;
    } else {
        ring.lines().for_each(out::line);
    }
    Ok(out::OK)
}

async fn export(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let (name, file) = (text(m, "anchor"), text(m, "file"));
    let request = app.export_request(&ctx, name).await?;
    write(Path::new(file), &request.bytes)?;
    let size = request.size;
    if m.get_flag("json") {
        out::json(&json!({ "anchor": name, "size": size, "file": file }))?;
    } else {
        out::say(
            lang,
            format!(
                "{size} 件時点の依頼を {file} に書き出しました。「{name}」に渡し、回答を akashi anchor import で取り込んでください。"
            ),
            format!(
                "Wrote the request for {size} entries to {file}. Give it to “{name}” and take the answer in with akashi anchor import."
            ),
        );
    }
    Ok(out::OK)
}

async fn import(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let (name, file) = (text(m, "anchor"), text(m, "file"));
    let imported = app.import_answer(&ctx, name, read(file)?).await?;
    if m.get_flag("json") {
        let (held, from) = match imported {
            Imported::Held { size, .. } => (Some(size), None),
            Imported::From { size } => (None, Some(size)),
        };
        out::json(&json!({ "anchor": name, "held": held, "from": from }))?;
    }
    let quiet = m.get_flag("json");
    Ok(match imported {
        Imported::Held { size, .. } => {
            if !quiet {
                out::say(
                    lang,
                    format!("「{name}」による {size} 件時点の証明を検証し、保持しました。"),
                    format!("Checked and kept: “{name}” attests {size} entries."),
                );
            }
            out::OK
        }
        Imported::From { size } => {
            if !quiet {
                out::say(
                    lang,
                    format!(
                        "「{name}」は {size} 件まで署名済みです。もう一度 akashi anchor export で依頼を作り直してください。"
                    ),
                    format!("“{name}” has cosigned up to {size} entries; run akashi anchor export again."),
                );
            }
            out::PARTLY
        }
    })
}

async fn save(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let (name, folder) = (text(m, "anchor"), PathBuf::from(text(m, "out")));
    let files = app.saved_attestation(&ctx, name, m.get_one("size").copied()).await?;
    std::fs::create_dir_all(&folder).map_err(|source| AppError::Io { what: folder.display().to_string(), source })?;
    for (file, bytes) in &files {
        write(&folder.join(file), bytes)?;
    }
    if m.get_flag("json") {
        out::json(&files.iter().map(|(file, _)| folder.join(file).display().to_string()).collect::<Vec<_>>())?;
    } else {
        files.iter().for_each(|(file, _)| out::line(folder.join(file).display()));
    }
    Ok(out::OK)
}

async fn evidence(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let (name, file) = (text(m, "anchor"), text(m, "file"));
    app.add_evidence(&ctx, name, m.get_one("size").copied(), &read(file)?).await?;
    done(m, lang, name, "の証明に添えました", "has more evidence now")
}

async fn compare(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let copy = match text(m, "file") {
        "-" => {
            let mut typed = String::new();
            let read = std::io::stdin().read_to_string(&mut typed);
            read.map_err(|source| AppError::Io { what: "stdin".into(), source })?;
            typed
        }
        file => String::from_utf8_lossy(&read(file)?).into_owned(),
    };
    let copy = OldCopy::read(&copy)?;
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

fn verdict(c: &Compared) -> (String, String) {
    let (size, newest, origin, theirs) = (c.copy.size, c.newest, &c.origin, &c.copy.origin);
    match c.outcome {
        Outcome::Continues if c.signed == Some(false) => (
            format!(
                "今のログは控え（{size}件）を引き継いでいますが、控えの署名はこのログの鍵のものではありません。控えの出所を確かめてください。"
            ),
            format!(
                "The log continues the copy ({size} entries), but no key of this log signed the copy: find out where it is from."
            ),
        ),
        Outcome::Continues => (
            format!("○ 今のログ（{newest}件）は控え（{size}件）をそのまま引き継いでいます。"),
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
            format!("控えは別のログ（{theirs}）のものです。このログは {origin} です。"),
            format!("The copy is of another log ({theirs}); this one is {origin}."),
        ),
    }
}

/// The content of the file an option names.
fn read_text(m: &ArgMatches, option: &str) -> Result<Option<String>> {
    match text(m, option) {
        "" => Ok(None),
        file => Ok(Some(String::from_utf8_lossy(&read(file)?).into_owned())),
    }
}

fn read(file: &str) -> Result<Vec<u8>> {
    std::fs::read(file).map_err(|source| AppError::Io { what: file.to_owned(), source })
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|source| AppError::Io { what: path.display().to_string(), source })
}
