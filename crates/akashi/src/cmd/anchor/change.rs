//! `akashi anchor change`: other settings for one that is there.

use akashi_app::Result;
use akashi_app::anchor::Change;
use akashi_domain::Lang;
use clap::{ArgMatches, Command};

use super::{done, name, settings, terms, trust};
use crate::cmd::{open, text};
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    let change = w
        .on_data("外部保証先の設定を変える", "Change an anchor")
        .arg(name(w))
        .arg(w.option("rename", "NAME", "新しい名前", "New name"))
        .arg(w.flag("off", "止める", "Switch it off").conflicts_with("on"))
        .arg(w.flag("on", "再開する", "Switch it on again"));
    settings(w, change)
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let name = text(m, "anchor");
    let known = app.anchor(name).await?;
    let enabled = if m.get_flag("off") { Some(false) } else { m.get_flag("on").then_some(true) };
    let url = m.get_one::<String>("url").cloned();
    let change = Change {
        name: m.get_one::<String>("rename").cloned(),
        url,
        trust: trust(m)?,
        terms: Some(terms(m, known.terms)),
        enabled,
    };
    app.change_anchor(&ctx, name, change).await?;
    done(m, lang, name, "の設定を変えました", "changed")
}
