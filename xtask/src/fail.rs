//! What can stop a chore. Faults that a chore finds are its result, not one of these.

use std::path::PathBuf;

/// Why a chore could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fail {
    /// The command line was wrong.
    #[error("{word}: {why}")]
    Usage {
        /// The word that was not understood.
        word: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A file or program could not be used.
    #[error("{what} {}: {source}", path.display())]
    Io {
        /// What was being done.
        what: &'static str,
        /// With which file or program.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A program answered with something else than expected.
    #[error("{program}: {why}")]
    Program {
        /// The program.
        program: &'static str,
        /// What is wrong with its answer, and what to do.
        why: String,
    },
}

impl Fail {
    /// A wrong word on the command line.
    pub(crate) fn usage(word: &str, why: &'static str) -> Self {
        Self::Usage { word: word.to_owned(), why }
    }

    /// Wraps an I/O error with what was being done and with what.
    pub(crate) fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { what, path, source }
    }
}
