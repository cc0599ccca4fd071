//! Places of backups as the command line names them: a folder, or a bucket.

use akashi_app::backup::{Depot, Folder};
use akashi_app::{AppError, Result};
use clap::ArgMatches;

use super::text;

/// The place an option names; none when it is not given.
pub(super) fn given(m: &ArgMatches, option: &str) -> Result<Option<Box<dyn Depot>>> {
    match text(m, option) {
        "" => Ok(None),
        place if place.starts_with("s3://") => Err(AppError::invalid(
            format!("{place}: この版はフォルダにだけ保存できます"),
            format!("{place}: this version stores in folders only"),
        )),
        place => Ok(Some(Box::new(Folder::new(place)))),
    }
}

/// As [`given`], for an option that is always there.
pub(super) fn named(m: &ArgMatches, option: &str) -> Result<Box<dyn Depot>> {
    given(m, option)?.ok_or_else(|| {
        AppError::invalid(format!("--{option} に保存先を指定してください"), format!("--{option}: name a place"))
    })
}
