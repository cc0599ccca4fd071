//! `akashi stamp`: asks the anchors now, whatever their schedule.

use akashi_app::Result;
use akashi_app::anchor::Run;
use akashi_domain::Lang;
use clap::{ArgMatches, Command};
use serde_json::json;

use super::{given, network, open};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    let stamp = w.on_data("今すぐ外部保証先に証明を頼む", "Ask the anchors for attestations now");
    network::options(w, stamp.arg(w.option("anchor", "NAME", "この外部保証先だけ", "This anchor only")))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let only = given(m, "anchor");
    if let Some(name) = only {
        app.anchor(name).await?;
    }
    let spinner = out::spinner(lang, "外部保証先に問い合わせ中", "asking the anchors");
    let runs = app.ask_anchors(ctx.now, &network::transport(m)?, true, only).await?;
    spinner.finish_and_clear();
    if m.get_flag("json") {
        let row = |r: &Run| json!({ "anchor": r.anchor, "held": r.held, "refused": r.refused, "waiting": r.waiting, "lists": r.lists, "unchecked": r.unchecked.as_ref().map(ToString::to_string), "error": r.error.as_ref().map(ToString::to_string), "next": r.error.as_ref().map(|e| e.next().en) });
        out::json(&runs.iter().map(row).collect::<Vec<_>>())?;
    } else {
        runs.iter().for_each(|run| say(run, lang));
    }
    Ok(match () {
        () if runs.iter().any(|r| !r.refused.is_empty()) => out::FAILED,
        () if runs.is_empty() || runs.iter().any(|r| r.waiting > 0) => out::PARTLY,
        () => out::OK,
    })
}

fn say(run: &Run, lang: Lang) {
    let Run { anchor, held, refused, waiting, error, lists, unchecked } = run;
    let (n, bad, why) = (
        held.len(),
        refused.len(),
        error.as_ref().map_or_else(String::new, |e| format!("{} {}", e.what().get(lang), e.next().get(lang))),
    );
    match () {
        () if bad > 0 => out::say(lang, format!("× {anchor}: {why}"), format!("× {anchor}: {why}")),
        () if *waiting > 0 => out::say(
            lang,
            format!("… {anchor}: {n}件を取得、{waiting}件は待機中。{why}"),
            format!("… {anchor}: {n} attested, {waiting} waiting. {why}"),
        ),
        () => match held.last() {
            Some(size) => out::say(
                lang,
                format!("○ {anchor}: {size}件時点の証明を受け取りました"),
                format!("○ {anchor}: attested {size} entries"),
            ),
            None => out::say(
                lang,
                format!("○ {anchor}: 前の証明から新しい証跡がないため、頼んでいません"),
                format!("○ {anchor}: nothing new since its last attestation, so nothing was asked"),
            ),
        },
    }
    if *lists > 0 {
        out::say(lang, format!("  失効情報を{lists}件取得"), format!("  {lists} answers about revocation kept"));
    }
    if let Some(why) = unchecked {
        let (ja, en) = (why.what().ja, why.what().en);
        out::say(lang, format!("  失効は未確認: {ja}"), format!("  revocation not checked: {en}"));
    }
}
