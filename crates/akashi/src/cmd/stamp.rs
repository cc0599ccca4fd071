//! `akashi stamp`: asks the anchors now, whatever their schedule; and the client every request goes out through.

use std::path::PathBuf;
use std::sync::Arc;

use akashi_app::anchor::{Run, Transport};
use akashi_app::{AppError, Result};
use akashi_domain::Lang;
use akashi_web::outbound::{Http, HttpOptions};
use clap::ArgMatches;
use serde_json::json;

use super::{open, text};
use crate::out;

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let only = Some(text(m, "anchor")).filter(|name| !name.is_empty());
    if let Some(name) = only {
        app.anchor(name).await?;
    }
    let spinner = out::spinner(lang, "外部保証先に問い合わせ中", "asking the anchors");
    let runs = app.ask_anchors(ctx.now, &transport(m)?, true, only).await?;
    spinner.finish_and_clear();
    if m.get_flag("json") {
        let row = |r: &Run| json!({ "anchor": r.anchor, "held": r.held, "refused": r.refused, "waiting": r.waiting, "error": r.error.as_ref().map(ToString::to_string), "next": r.error.as_ref().map(|e| e.next().en) });
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
    let Run { anchor, held, refused, waiting, error } = run;
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
        () => out::say(lang, format!("○ {anchor}: {n}件を取得"), format!("○ {anchor}: {n} attested")),
    }
}

/// The client of `--ca` and `--proxy`.
pub(super) fn transport(m: &ArgMatches) -> Result<Arc<dyn Transport>> {
    let given = |name: &str| Some(text(m, name)).filter(|v| !v.is_empty()).map(String::from);
    let options = HttpOptions { ca: given("ca").map(PathBuf::from), proxy: given("proxy") };
    let http = Http::new(&options).map_err(|e| AppError::invalid(e.to_string(), e.to_string()))?;
    Ok(Arc::new(http))
}
