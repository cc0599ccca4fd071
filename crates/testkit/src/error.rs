//! What can go wrong while a test sets up its surroundings. Says what, where and what to do next.

use std::path::PathBuf;

/// A helper could not do its work. Tests unwrap it; `xtask` prints it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program is not on this machine.
    #[error("{program} is not installed; `cargo xtask test` installs it (Debian package {package})")]
    Missing {
        /// The program looked for.
        program: &'static str,
        /// The Debian package that brings it.
        package: &'static str,
    },
    /// A program ran and failed.
    #[error("{program} failed ({status}): {output}")]
    Program {
        /// The program that ran.
        program: String,
        /// Its exit status in words.
        status: String,
        /// What it printed, shortened.
        output: String,
    },
    /// A file, folder or socket could not be used.
    #[error("{what} {}: {source}", path.display())]
    Io {
        /// What was being done.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The browser or its driver answered with an error.
    #[error("browser: {command}: {message}")]
    Browser {
        /// The WebDriver command, for example `POST /url`.
        command: String,
        /// The driver's own words, first lines only.
        message: String,
    },
}

impl Error {
    /// Wraps an I/O error with what was being done and where.
    pub(crate) fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { what, path, source }
    }
}
