//! `akashi check`: every part judged, as of a day, as known at a moment.

use akashi_app::report::{Report, report};
use akashi_app::{AppError, Result};
use akashi_domain::verdict::Judged;
use akashi_domain::{Day, Lang};
use clap::{ArgMatches, Command};

use super::{given, open};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.on_data("すべての遵守事項を判定する", "Judge every compliance item")
        .arg(w.option(
            "as-of",
            "YYYY-MM-DD",
            "いつ時点で判定するか(省略時は今日)",
            "Day to judge for; today without it",
        ))
        .arg(w.option(
            "known-at",
            "TIME",
            "いつまでに記録された事実で判定するか(RFC 3339)",
            "Knowledge up to this moment (RFC 3339)",
        ))
        .arg(w.option("item", "ID", "この遵守事項だけ(例: 6.2)", "This item only, e.g. 6.2"))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let as_of = given(m, "as-of").map(day).transpose()?;
    let known_at = given(m, "known-at").map(moment).transpose()?;
    let (app, ctx) = open(m, lang).await?;
    if as_of.is_none() && known_at.is_none() {
        // A look at today is kept: after a disposal it is what verdicts of today rest on.
        app.note_turns(ctx.now).await?;
    }
    let evaluator = app.evaluator_at(ctx.now, as_of.unwrap_or(ctx.today()), known_at).await?;
    let mut report = report(&evaluator);
    if let Some(item) = given(m, "item") {
        report.parts.retain(|p| p.item == item);
        report.findings.retain(|f| f.items.iter().any(|i| i == item));
    }
    if m.get_flag("json") {
        out::json(&report)?;
    } else {
        print(&report, lang);
    }
    Ok(out::OK)
}

fn day(given: &str) -> Result<Day> {
    let wrong = || {
        AppError::invalid(
            format!("--as-of {given}: 2026-11-22 の形で指定してください"),
            format!("--as-of {given}: write it as 2026-11-22"),
        )
    };
    Day::parse(given).ok_or_else(wrong)
}

fn moment(given: &str) -> Result<i64> {
    let read = given.parse::<jiff::Timestamp>().map(|t| t.as_microsecond()).ok();
    // A day alone means its end in Tokyo: everything recorded on it was known.
    let read = read.or_else(|| akashi_domain::notation::instant(&format!("{given} 23:59:59")));
    let wrong = || {
        AppError::invalid(
            format!("--known-at {given}: 2026-11-22T09:00:00+09:00 の形で指定してください"),
            format!("--known-at {given}: write it as 2026-11-22T09:00:00+09:00"),
        )
    };
    read.ok_or_else(wrong)
}

fn print(report: &Report, lang: Lang) {
    for part in &report.parts {
        let mark = match part.verdict {
            Judged::Satisfied => "○",
            Judged::NotSatisfied => "×",
            Judged::Insufficient => "?",
            Judged::NotApplicable => "－",
            Judged::Overridden => "△",
        };
        let lapse = part.lapses_at.map(|d| format!(" → {d}")).unwrap_or_default();
        out::line(format_args!(
            "{mark} {}#{} {}: {}{lapse}",
            part.item,
            part.part,
            part.verdict.label().get(lang),
            part.because.get(lang)
        ));
    }
    let named = report.findings.iter().filter(|f| !f.rows.is_empty());
    named.for_each(|f| out::line(format_args!("! {} ({}): {}", f.title.get(lang), f.items.join(" "), f.rows.len())));
    let count = |v: Judged| report.parts.iter().filter(|p| p.verdict == v).count();
    let words: Vec<String> =
        [Judged::Satisfied, Judged::NotSatisfied, Judged::Insufficient, Judged::NotApplicable, Judged::Overridden]
            .into_iter()
            .map(|v| format!("{} {}", v.label().get(lang), count(v)))
            .collect();
    out::line(format_args!("{} / {}", report.as_of, words.join(" / ")));
}
