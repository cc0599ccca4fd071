//! `akashi anchor list`: each anchor and how it stands.

use akashi_app::Result;
use akashi_app::anchor::{Asked, Known, Shown, Standing, Told, Trouble};
use akashi_domain::Lang;
use clap::{ArgMatches, Command};
use serde_json::{Value, json};

use crate::cmd::open;
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.on_data("外部保証先とその状況", "Anchors and how they stand")
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let seen = app.anchor_overview(&ctx).await?;
    if m.get_flag("json") {
        let row = |s: &Shown| {
            json!({
                "name": s.anchor.name, "kind": s.anchor.kind.key(), "url": s.anchor.url, "enabled": s.anchor.enabled,
                "held": s.held.as_ref().map(|a| a.size), "at": s.held.as_ref().and_then(|a| a.at),
                "waiting": s.waiting.iter().map(|a| a.size).collect::<Vec<_>>(),
                "revocation": s.revocation.as_ref().map(revocation),
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
            let held = s.held.as_ref().map(|a| a.size);
            let error = s.refused.first().or(s.waiting.first()).and_then(|a| a.error.as_deref());
            let (name, kind, n, stands) =
                (&s.anchor.name, s.anchor.kind.key(), s.waiting.len(), standing(s.standing, lang));
            let (ja, en) = held.map_or_else(
                || ("証明はまだありません".to_owned(), "nothing attested yet".to_owned()),
                |n| (format!("{n} 件まで証明"), format!("{n} entries attested")),
            );
            out::say(
                lang,
                format!("{name}({kind}): {stands}、{ja}、待っている依頼 {n} 件"),
                format!("{name} ({kind}): {stands}, {en}, {n} waiting"),
            );
            if let Some(trouble) = error.map(Trouble::parse) {
                let (what, next) = (trouble.what(), trouble.next());
                out::line(format_args!("  {}", what.get(lang)));
                out::line(format_args!("  → {}", next.get(lang)));
            }
            if let Some(told) = &s.revocation {
                out::line(format_args!("  {}", told.words.get(lang)));
            }
        }
    }
    let bad = |a: &Shown| matches!(a.standing, Standing::Revoked | Standing::Refused);
    Ok(if seen.anchors.iter().any(bad) { out::PARTLY } else { out::OK })
}

/// What is known of revocation, for programs.
fn revocation(told: &Told) -> Value {
    let known = match told.known {
        Known::Settled => "settled",
        Known::Open => "open",
        Known::Revoked => "revoked",
    };
    let place = |asked: &Asked| {
        let trouble = asked.trouble.as_ref().map(|trouble| trouble.what().en);
        json!({ "url": asked.url, "open": asked.open, "next": asked.next, "error": trouble })
    };
    json!({ "known": known, "says": told.words.en, "places": told.places.iter().map(place).collect::<Vec<_>>() })
}

fn standing(standing: Standing, lang: Lang) -> &'static str {
    let (ja, en) = match standing {
        Standing::Revoked => ("失効", "revoked"),
        Standing::Refused => ("拒否", "refused"),
        Standing::Waiting => ("待機中", "waiting"),
        Standing::New => ("未依頼", "new"),
        Standing::Held => ("保持", "held"),
        Standing::Off => ("停止", "off"),
    };
    if lang == Lang::Ja { ja } else { en }
}
