//! The preloaded part: compiled once per process by the C compiler that builds SQLite too, and put into commands.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::{Error, programs};

const SOURCE: &str = include_str!("../../shim/disk.c");

/// The compiled shim.
#[derive(Clone, Debug)]
pub struct Shim {
    library: PathBuf,
}

impl Shim {
    /// Compiles the shim, once per process.
    ///
    /// # Panics
    /// When there is no C compiler: SQLite could not have been built either.
    #[must_use]
    pub fn get() -> &'static Shim {
        static SHIM: OnceLock<Shim> = OnceLock::new();
        SHIM.get_or_init(|| compile().unwrap_or_else(|e| panic!("the disk shim: {e}")))
    }

    /// Watches what `command` does below `root`, and what it tells on standard output, into the file `trace`.
    pub fn watch(&self, command: &mut Command, root: &Path, trace: &Path) {
        self.load(command).env("AKASHI_DISK_ROOT", root).env("AKASHI_DISK_TRACE", trace);
    }

    /// Lets `command` believe that files whose names contain one of these parts were synced when they were not.
    pub fn lie(&self, command: &mut Command, names: &[&str]) {
        self.load(command).env("AKASHI_DISK_LIE", names.join(","));
    }

    /// Lets files below `root` grow only by the number of bytes that stands in the file `room`, while there is one.
    pub fn limit(&self, command: &mut Command, root: &Path, room: &Path) {
        self.load(command).env("AKASHI_DISK_ROOT", root).env("AKASHI_DISK_ROOM", room);
    }

    /// Puts the wall clock of `command` off by the seconds that stand in the file `offset`, while there is one.
    pub fn clock(&self, command: &mut Command, offset: &Path) {
        self.load(command).env("AKASHI_DISK_CLOCK", offset);
    }

    fn load<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("LD_PRELOAD", &self.library)
    }
}

fn compile() -> Result<Shim, Error> {
    // A folder per process: nobody else's half-written library is loaded.
    let dir = tempfile::Builder::new().prefix("akashi-shim-").tempdir();
    let dir = dir.map_err(Error::io("make a folder below", std::env::temp_dir()))?.keep();
    let (source, library) = (dir.join("disk.c"), dir.join("disk.so"));
    std::fs::write(&source, SOURCE).map_err(Error::io("write", &source))?;
    programs::run(
        Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&library)
            .arg(&source)
            .args(["-ldl", "-lpthread"]),
    )?;
    Ok(Shim { library })
}
