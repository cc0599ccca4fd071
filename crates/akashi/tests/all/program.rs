//! The built program, ready to be run, and what it said.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value as Json;

/// The program in a folder, in Japanese where nothing else is said.
pub(crate) fn program(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_akashi"));
    command.args(args).current_dir(folder).env("AKASHI_LANG", "ja");
    command
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What was printed with `--json`.
pub(crate) fn json(out: &Output) -> Json {
    let said = || format!("{}{}", text(&out.stdout), text(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {}", said()))
}
