//! `cargo xtask test`: the only thing CI calls. Prepares the machine, runs every step, gathers all failures.
//! Preparing is in `machine`, running and echoing a program in `watch`, counting in `tally`, doc tests in `doc`.

mod doc;
pub(crate) mod machine;
mod tally;
pub(crate) mod watch;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use akashi_testkit::pg;

use crate::fail::Fail;
use crate::{tidy, workspace};
use tally::Tally;

/// The steps that `--only` knows, in their order.
const STEPS: [&str; 7] = ["machine", "fmt", "tidy", "deny", "clippy", "test", "doc"];

/// What the command line asked for.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    /// Empty means all.
    only: Vec<String>,
    install: bool,
}

/// What one step came to.
struct Outcome {
    step: &'static str,
    ok: bool,
    took: Duration,
}

/// Runs the steps; `true` when all are good. Ends with the plain line `N passed, N failed`.
pub(crate) fn command(args: &[String]) -> Result<bool, Fail> {
    let options = parse(args)?;
    let root = workspace::root()?;
    let mut run = Run { root, outcomes: Vec::new(), tally: Tally::default() };
    // Tests need the machine; alone, `--only machine` just installs.
    let named = |step: &str| options.only.iter().any(|only| only == step);
    let wants = |step: &str| options.only.is_empty() || named(step) || (step == "machine" && named("test"));
    for step in STEPS.into_iter().filter(|step| wants(step)) {
        run.step(step, |run| match step {
            "machine" => Ok(machine::prepare(options.install)),
            // Names of files only: the differences of a whole crate help nobody in a log.
            "fmt" => run.cargo(&["fmt", "--all", "--", "--check", "-l"]),
            "tidy" => tidy::command(&[]),
            "deny" => run.deny(),
            "clippy" => run.cargo(&["clippy", "--workspace", "--all-targets", "--keep-going", "--", "-D", "warnings"]),
            "test" => run.tests(),
            _ => run.doc_tests(),
        });
    }
    Ok(run.close())
}

fn parse(args: &[String]) -> Result<Options, Fail> {
    let mut options = Options { only: Vec::new(), install: true };
    let mut words = args.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--no-install" => options.install = false,
            "--only" => {
                let step = words.next().ok_or_else(|| Fail::usage(word, "name a step after it"))?;
                if !STEPS.contains(&step.as_str()) {
                    return Err(Fail::usage(
                        step,
                        "no such step; there are machine, fmt, tidy, deny, clippy, test, doc",
                    ));
                }
                options.only.push(step.clone());
            }
            _ => return Err(Fail::usage(word, "no such option")),
        }
    }
    Ok(options)
}

struct Run {
    root: PathBuf,
    outcomes: Vec<Outcome>,
    tally: Tally,
}

impl Run {
    /// Runs one step under its heading and notes how it went; a failed one does not stop the next.
    fn step(&mut self, step: &'static str, work: impl FnOnce(&mut Self) -> Result<bool, Fail>) {
        println!("\n==== {step} ====");
        let began = Instant::now();
        let ok = work(self).unwrap_or_else(|fail| {
            println!("{step}: {fail}");
            false
        });
        let took = began.elapsed();
        println!("==== {step}: {} in {:.1} s ====", if ok { "ok" } else { "FAILED" }, took.as_secs_f64());
        self.outcomes.push(Outcome { step, ok, took });
    }

    fn cargo(&mut self, args: &[&str]) -> Result<bool, Fail> {
        let mut command = workspace::cargo(&self.root);
        watch::run(command.args(args), &mut |_| {})
    }

    /// Licences, banned crates and sources, by cargo-deny where somebody has installed it: building it takes minutes,
    /// and tidy holds the most important bans by itself. Advisories need a database from the internet.
    fn deny(&mut self) -> Result<bool, Fail> {
        let there = workspace::cargo(&self.root).args(["deny", "--version"]).output();
        if !there.is_ok_and(|out| out.status.success()) {
            println!(
                "cargo-deny is not here and not installed (minutes of building); tidy has looked at the lock file"
            );
            return Ok(true);
        }
        self.cargo(&["deny", "--offline", "check", "bans", "licenses", "sources"])
    }

    /// All tests, with a private PostgreSQL and without letting what is there be skipped.
    fn tests(&mut self) -> Result<bool, Fail> {
        let skipped = std::env::temp_dir().join(format!("akashi-skipped-{}", std::process::id()));
        let (server, started) = start_server();
        let mut command = workspace::cargo(&self.root);
        command.args(runner(&self.root)).env("AKASHI_REQUIRE", machine::present().join(","));
        command.env("AKASHI_SKIPPED", &skipped);
        if let Some(server) = &server {
            command.env(pg::SERVER_VAR, server.url());
        }
        let tally = &mut self.tally;
        let passed = watch::run(&mut command, &mut |line| tally.read(line));
        drop(server);
        report_skipped(&skipped);
        Ok(started & passed?)
    }

    fn doc_tests(&mut self) -> Result<bool, Fail> {
        let packages = doc::packages(&self.root)?;
        if packages.is_empty() {
            println!("no documentation has a code example");
            return Ok(true);
        }
        let mut command = workspace::cargo(&self.root);
        command.args(["test", "--doc", "--no-fail-fast"]);
        packages.iter().for_each(|package| {
            command.args(["-p", package]);
        });
        let tally = &mut self.tally;
        watch::run(&mut command, &mut |line| tally.read(line))
    }

    /// Prints how every step went and the closing line.
    fn close(&self) -> bool {
        println!("\n==== summary ====");
        for Outcome { step, ok, took } in &self.outcomes {
            println!("{:<8} {:<7} {:>7.1} s", step, if *ok { "ok" } else { "FAILED" }, took.as_secs_f64());
        }
        let good = self.outcomes.iter().all(|outcome| outcome.ok);
        let mut runs = self.outcomes.iter().filter(|outcome| matches!(outcome.step, "test" | "doc")).peekable();
        if runs.peek().is_some() {
            println!("{}", self.tally.closing_line(runs.all(|outcome| outcome.ok)));
        }
        good
    }
}

/// Starts the server of this run; the second value is whether that went well (a missing one is the machine's fault).
fn start_server() -> (Option<pg::Server>, bool) {
    match pg::Server::start() {
        Ok(server) => {
            println!("PostgreSQL for the tests: {}", server.url());
            (Some(server), true)
        }
        Err(error @ akashi_testkit::Error::Missing { .. }) => {
            println!("PostgreSQL for the tests: {error}");
            (None, true)
        }
        Err(error) => {
            println!("PostgreSQL for the tests does not start: {error}");
            (None, false)
        }
    }
}

/// The words after `cargo` that run all tests: nextest when it is there.
fn runner(root: &Path) -> Vec<String> {
    let nextest = workspace::cargo(root).args(["nextest", "--version"]).output().is_ok_and(|out| out.status.success());
    let words: &[&str] = if nextest {
        &["nextest", "run", "--workspace", "--no-fail-fast", "--config-file", "xtask/nextest.toml"]
    } else {
        println!("cargo-nextest is not here: cargo test runs instead, one test binary after the other");
        &["test", "--workspace", "--no-fail-fast", "--lib", "--bins", "--tests"]
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Shows what tests left out; a runner hides what passing tests print.
fn report_skipped(notes: &Path) {
    let Ok(text) = std::fs::read_to_string(notes) else { return };
    print!("{text}");
    // The notes are shown; a leftover file in the temp folder harms nobody.
    let _ = std::fs::remove_file(notes);
}

#[cfg(test)]
mod tests {
    use super::{Options, parse};

    #[test]
    fn options_are_understood_or_refused() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let all = Options { only: Vec::new(), install: true };
        assert_eq!(parse(&[]).unwrap(), all);
        let some = Options { only: words("fmt doc"), install: false };
        assert_eq!(parse(&words("--only fmt --no-install --only doc")).unwrap(), some);
        for wrong in ["--only", "--only all", "--quick", "test"] {
            assert!(parse(&words(wrong)).is_err(), "{wrong}");
        }
    }
}
