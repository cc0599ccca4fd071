//! `akashi witness add-log`: takes a log in, or more keys of one it knows.

use std::path::Path;

use akashi_app::witness::Witness;
use akashi_app::{Result, ctx};
use akashi_domain::Lang;
use clap::{ArgMatches, Command};

use super::on_folder;
use crate::cmd::{data, files, text};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    on_folder(w, "立ち会うログを加える、または鍵を更新する", "Take a log in, or give a known one more keys")
        .arg(w.required(
            "key",
            "KEY|FILE",
            "ログの鍵、または akashi anchor key の出力",
            "Key of the log, or a file with what akashi anchor key prints",
        ))
        .arg(w.flag(
            "restart",
            "前に署名したチェックポイントを忘れる(復元したログ。相手に事情を確かめてから)",
            "Forget what was cosigned last: for a log restored from a backup, once its operator explained it",
        ))
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let given = text(m, "key");
    let path = Path::new(given);
    let keys = if path.is_file() { files::read(path)? } else { given.as_bytes().to_vec() };
    let keys = String::from_utf8_lossy(&keys).into_owned();
    let origin = Witness::open(&data(m))?.add_log(&keys, m.get_flag("restart"), ctx::now())?;
    out::say(lang, format!("ログ {origin} に立ち会います。"), format!("A witness for {origin} now."));
    Ok(out::OK)
}
