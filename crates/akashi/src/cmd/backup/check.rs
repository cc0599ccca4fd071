//! `akashi backup check`: whether every piece is there and unharmed, without the passphrase.

use akashi_app::Result;
use akashi_app::backup::chains;
use akashi_domain::Lang;
use clap::{ArgMatches, Command};
use serde_json::json;

use crate::cmd::{depot, text};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    let check = w.command(
        "世代の一覧を出し、欠けや破損を合言葉なしで調べる",
        "List the generations and look for damage, without the passphrase",
    );
    depot::from_options(w, check.arg(w.json()))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let from = depot::named(m, "from")?;
    let only = text(m, "chain");
    let mut found = chains(&*from)?;
    found.retain(|(name, _)| only.is_empty() || name == only);
    let mut rows = Vec::new();
    let mut bad = found.is_empty();
    for (name, chain) in &found {
        let damages = match chain {
            Err(damage) => vec![damage.clone()],
            Ok(chain) => {
                let total = chain.pieces.iter().map(|piece| piece.sealed_bytes).sum();
                let bar = out::bar(lang, total, "照合中", "checking");
                let damages = chain.check(&*from, |done| bar.set_position(done));
                bar.finish_and_clear();
                damages
            }
        };
        bad |= !damages.is_empty();
        let (pieces, entries) = chain.as_ref().map_or((0, 0), |c| (c.pieces.len(), c.entries()));
        let words: Vec<_> = damages.iter().map(|d| d.label().get(lang).to_owned()).collect();
        rows.push(json!({ "chain": name, "pieces": pieces, "entries": entries, "damage": words }));
        if !m.get_flag("json") {
            out::say(
                lang,
                format!("世代 {name}: {pieces}回分、証跡 {entries} 件まで、異常 {} 件", words.len()),
                format!("generation {name}: {pieces} pieces, up to {entries} entries, {} damaged", words.len()),
            );
            words.iter().for_each(|word| out::line(format!("× {word}")));
            if !words.is_empty() {
                out::say(
                    lang,
                    "  → この世代には頼れません。akashi backup --full で新しい世代を作り、復元にはほかの世代を --chain で選んでください",
                    "  → Do not rely on this generation: make a new one with akashi backup --full; to restore, choose another with --chain",
                );
            }
        }
    }
    if m.get_flag("json") {
        out::json(&json!({ "place": from.name(), "chains": rows }))?;
    } else if found.is_empty() {
        out::say(lang, "バックアップはありません。", "There is no backup.");
    }
    Ok(if bad { out::FAILED } else { out::OK })
}
