//! `cargo xtask`: the project's own chores. Here only the choice between them; each lives in its module.

mod bench;
mod fail;
mod test;
mod tidy;
mod verify_page;
mod workspace;

use std::process::ExitCode;

use fail::Fail;

const HELP: &str = "\
cargo xtask tidy                                    the rooms and rules of the design, with places
cargo xtask test [--only STEP]... [--no-install]    everything CI runs; steps: machine fmt tidy deny clippy test doc
cargo xtask verify-page [--no-install]              builds the verifier for browsers anew, one HTML file
cargo xtask bench [NAME]... [-- ARGS]               every [[bench]] of the workspace, or those whose name contains NAME
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rest = args.get(1..).unwrap_or_default();
    let done = match args.first().map(String::as_str) {
        Some("tidy") => tidy::command(rest),
        Some("test") => test::command(rest),
        Some("bench") => bench::command(rest),
        Some("verify-page") => verify_page::command(rest),
        Some("help" | "--help" | "-h") => {
            print!("{HELP}");
            Ok(true)
        }
        Some(other) => Err(Fail::usage(other, "no such chore")),
        None => Err(Fail::usage("", "name a chore")),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(fail) => {
            eprintln!("xtask: {fail}");
            if matches!(fail, Fail::Usage { .. }) {
                eprint!("\n{HELP}");
                return ExitCode::from(2);
            }
            ExitCode::FAILURE
        }
    }
}
