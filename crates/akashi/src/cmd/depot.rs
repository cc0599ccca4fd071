//! Places of backups as the command line names them: a folder, or a bucket `s3://…`; and what their keys are locked with.

use std::path::Path;

use akashi_app::backup::{Depot, Folder};
use akashi_app::{AppError, Result, ctx};
use akashi_web::bucket::{Access, Bucket};
use clap::{Arg, ArgMatches, Command};

use super::files;
use crate::words::Words;

/// Options of whatever goes to a place of backups.
pub(super) fn options(w: &Words, command: Command) -> Command {
    command.arg(w.option(
        "s3-credentials",
        "FILE",
        "S3 の認証情報のファイル(省略時は環境変数 AWS_ACCESS_KEY_ID など)",
        "File with S3 credentials; AWS_ACCESS_KEY_ID and so on without it",
    ))
}

/// Options of whatever reads a backup.
pub(super) fn from_options(w: &Words, command: Command) -> Command {
    options(w, command)
        .arg(
            w.option(
                "from",
                "PLACE",
                "バックアップの保存先(フォルダ、または s3://バケット/接頭辞)",
                "Place of the backups: a folder, or s3://bucket/prefix",
            )
            .required(true),
        )
        .arg(w.option(
            "keys",
            "PLACE",
            "鍵のファイル keys.age の保存先(省略時は --from と同じ)",
            "Place of keys.age; that of --from without it",
        ))
        .arg(w.option("chain", "NAME", "どのバックアップか(省略時は最新)", "Which backup; the newest without it"))
}

pub(super) fn passphrase_option(w: &Words) -> Arg {
    w.option(
        "passphrase-file",
        "FILE",
        "合言葉のファイル(または環境変数 AKASHI_PASSPHRASE)",
        "File with the passphrase, or AKASHI_PASSPHRASE",
    )
}

/// The place an option names; none when it is not given.
pub(super) fn given(m: &ArgMatches, option: &str) -> Result<Option<Box<dyn Depot>>> {
    match super::given(m, option) {
        None => Ok(None),
        Some(place) if place.starts_with("s3://") => Ok(Some(Box::new(bucket(m, place)?))),
        Some(place) => Ok(Some(Box::new(Folder::new(place)))),
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
    let file = super::given(m, "s3-credentials").map(Path::new);
    let access = Access::find(file).map_err(|e| wrong(&e))?;
    // The variable other S3 tools know for a hospital's own CA.
    let ca = std::env::var_os("AWS_CA_BUNDLE");
    Bucket::new(place, access, ca.as_deref().map(Path::new), ctx::now).map_err(|e| wrong(&e))
}

/// The first line of `--passphrase-file`, or `AKASHI_PASSPHRASE`; never an argument that others could see.
pub(super) fn passphrase(m: &ArgMatches) -> Result<String> {
    let given = match super::given(m, "passphrase-file") {
        None => std::env::var("AKASHI_PASSPHRASE").unwrap_or_default(),
        Some(file) => files::read_text(file)?,
    };
    match given.lines().next() {
        Some(line) if !line.is_empty() => Ok(line.to_owned()),
        _ => Err(AppError::invalid(
            "合言葉を --passphrase-file か環境変数 AKASHI_PASSPHRASE で渡してください",
            "Give the passphrase by --passphrase-file or in AKASHI_PASSPHRASE",
        )),
    }
}
