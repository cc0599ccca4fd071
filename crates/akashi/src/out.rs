//! What the command line says and how it ends: exit codes, errors, progress, JSON.

use std::process::ExitCode;

use akashi_app::AppError;
use akashi_domain::{Label, Lang};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

/// Done.
pub(crate) const OK: u8 = 0;
/// Refused or failed; nothing was changed.
pub(crate) const FAILED: u8 = 1;
/// The command line itself was wrong.
pub(crate) const USAGE: u8 = 2;
/// Done, but some rows were rejected, or something was found that has to be looked at.
pub(crate) const PARTLY: u8 = 3;

/// Says an error in the user's language and gives the exit code.
pub(crate) fn fail(lang: Lang, e: &AppError) -> ExitCode {
    let label = e.label();
    match e {
        AppError::Catalogue(faults) => {
            eprintln!("{}", label.get(lang).lines().next().unwrap_or_default());
            faults.iter().for_each(|f| eprintln!("{f}"));
        }
        _ => eprintln!("{}{}", if lang == Lang::Ja { "エラー: " } else { "error: " }, label.get(lang)),
    }
    ExitCode::from(FAILED)
}

/// Prints a value as one JSON document.
pub(crate) fn json(value: &impl Serialize) -> Result<(), AppError> {
    let text = serde_json::to_string_pretty(value);
    line(text.map_err(|e| AppError::Io { what: "JSON".into(), source: e.into() })?);
    Ok(())
}

/// Prints a line. Whoever reads may stop early, as `head` does: then the rest is not wanted.
pub(crate) fn line(text: impl std::fmt::Display) {
    use std::io::Write as _;
    if let Err(e) = writeln!(std::io::stdout().lock(), "{text}") {
        let ended = e.kind() == std::io::ErrorKind::BrokenPipe;
        std::process::exit(i32::from(if ended { OK } else { FAILED }));
    }
}

/// Prints a line in the user's language.
pub(crate) fn say(lang: Lang, ja: impl Into<String>, en: impl Into<String>) {
    line(Label::new(ja, en).get(lang));
}

/// A progress bar on stderr; invisible when stderr is no terminal.
pub(crate) fn bar(lang: Lang, total: u64, ja: &str, en: &str) -> ProgressBar {
    let bar = ProgressBar::new(total);
    if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:32}] {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar.set_message(if lang == Lang::Ja { ja.to_owned() } else { en.to_owned() });
    bar
}

/// What moves a bar: called with what is done and how much there is.
pub(crate) fn moving(bar: &ProgressBar) -> impl Fn(u64, u64) + Send + use<> {
    let bar = bar.clone();
    move |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    }
}

/// A spinner on stderr for work of unknown length.
pub(crate) fn spinner(lang: Lang, ja: &str, en: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    bar.set_message(if lang == Lang::Ja { ja.to_owned() } else { en.to_owned() });
    bar.enable_steady_tick(std::time::Duration::from_millis(120));
    bar
}
