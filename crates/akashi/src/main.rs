//! The `akashi` binary: reads the command line and hands over to the use cases. A command – its options,
//! its help, what it does – is a file in `cmd/`.

// Printing goes through `out::line`, which bears a reader that stops early.
#![deny(clippy::print_stdout)]

mod cmd;
mod out;
mod usage;
mod words;

use std::process::ExitCode;

use akashi_domain::Lang;

fn main() -> ExitCode {
    let args: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let lang = words::language(&args);
    let matches = match cmd::command_line(lang).try_get_matches_from(args) {
        Ok(matches) => matches,
        // Help and version are no failure; clap decides.
        Err(e) => return ExitCode::from(usage::tell(&e, lang)),
    };
    run(&matches, lang)
}

fn run(matches: &clap::ArgMatches, lang: Lang) -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_env("AKASHI_LOG").unwrap_or_else(|_| "warn".into()))
        .with_writer(std::io::stderr)
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return out::fail(lang, &akashi_app::AppError::Io { what: "tokio".into(), source: e }),
    };
    match runtime.block_on(cmd::run(matches, lang)) {
        Ok(code) => ExitCode::from(code),
        Err(e) => out::fail(lang, &e),
    }
}
