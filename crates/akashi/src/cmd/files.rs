//! Files the command line names: read and written whole, with their name in the error.

use std::path::Path;

use akashi_app::{AppError, Result};

pub(super) fn read(file: impl AsRef<Path>) -> Result<Vec<u8>> {
    std::fs::read(&file).map_err(failed(file))
}

/// A file that has to be UTF-8.
pub(super) fn read_text(file: impl AsRef<Path>) -> Result<String> {
    std::fs::read_to_string(&file).map_err(failed(file))
}

pub(super) fn write(file: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> Result<()> {
    std::fs::write(&file, bytes).map_err(failed(file))
}

/// Makes a folder with those above it; one that is there is fine.
pub(super) fn make_folder(folder: impl AsRef<Path>) -> Result<()> {
    std::fs::create_dir_all(&folder).map_err(failed(folder))
}

/// Says what an error of the file system is about.
pub(super) fn failed(what: impl AsRef<Path>) -> impl FnOnce(std::io::Error) -> AppError {
    move |source| AppError::Io { what: what.as_ref().display().to_string(), source }
}
