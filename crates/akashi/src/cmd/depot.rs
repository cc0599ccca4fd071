//! Places of backups as the command line names them: a folder, or a bucket `s3://…`.

use std::path::Path;

use akashi_app::backup::{Depot, Folder};
use akashi_app::{AppError, Result, ctx};
use akashi_web::bucket::{Access, Bucket};
use clap::ArgMatches;

use super::text;

/// The place an option names; none when it is not given.
pub(super) fn given(m: &ArgMatches, option: &str) -> Result<Option<Box<dyn Depot>>> {
    match text(m, option) {
        "" => Ok(None),
        place if place.starts_with("s3://") => Ok(Some(Box::new(bucket(m, place)?))),
        place => Ok(Some(Box::new(Folder::new(place)))),
    }
}

/// As [`given`], for an option that is always there.
pub(super) fn named(m: &ArgMatches, option: &str) -> Result<Box<dyn Depot>> {
    given(m, option)?.ok_or_else(|| {
        AppError::invalid(format!("--{option} に保存先を指定してください"), format!("--{option}: name a place"))
    })
}

/// Credentials come from a file or the environment, never from the command line, which others can see.
fn bucket(m: &ArgMatches, place: &str) -> Result<Bucket> {
    let wrong = |e: &dyn ToString| {
        let what = e.to_string();
        AppError::invalid(format!("{place}: {what}"), format!("{place}: {what}"))
    };
    let file = Some(text(m, "s3-credentials")).filter(|path| !path.is_empty()).map(Path::new);
    let access = Access::find(file).map_err(|e| wrong(&e))?;
    // The variable other S3 tools know for a hospital's own CA.
    let ca = std::env::var_os("AWS_CA_BUNDLE");
    Bucket::new(place, access, ca.as_deref().map(Path::new), ctx::now).map_err(|e| wrong(&e))
}
