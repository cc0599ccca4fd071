//! `akashi anchor add`: a new one.

use akashi_app::Result;
use akashi_app::anchor::{Kind, NewAnchor, Terms};
use akashi_domain::Lang;
use clap::builder::PossibleValuesParser;
use clap::{ArgMatches, Command};

use super::{done, settings, terms, trust};
use crate::cmd::{given, open, text};
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    let add = w
        .on_data("外部保証先を加える", "Add an anchor")
        .arg(w.option("name", "NAME", "名前", "Name").required(true))
        .arg(
            w.option("kind", "tsa|witness", "種類", "Kind")
                .required(true)
                .value_parser(PossibleValuesParser::new(["tsa", "witness"])),
        )
        .arg(w.option("key", "KEY", "立会者の鍵(--trust の代わり)", "Key of a witness, instead of --trust"));
    settings(w, add)
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let kind = Kind::parse(text(m, "kind")).unwrap_or(Kind::Tsa);
    let trust = match given(m, "key") {
        Some(key) => key.to_owned(),
        None => trust(m)?.unwrap_or_default(),
    };
    let terms = terms(m, Terms::default_of(kind));
    let new = NewAnchor { kind, name: text(m, "name").into(), url: text(m, "url").into(), trust, terms };
    let anchor = app.add_anchor(&ctx, new).await?;
    done(m, lang, &anchor.name, "を加えました", "added")
}
