//! Adding and changing anchors. Every change is an entry of the log, as accounts are.

use akashi_domain::{Label, RecordId};
use akashi_journal::Digest;
use akashi_journal::entry::Command;
use akashi_store::{Anchor as Row, Beside, NewVersion, WriteCtx};
use serde_json::json;

use super::{Anchor, Kind, Terms, authorize, may_keep, tsa, witness};
use crate::command::new_id;
use crate::ctx::Ctx;
use crate::error::{AppError, Result};
use crate::service::App;

/// An anchor as asked for.
#[derive(Clone, Debug)]
pub struct NewAnchor {
    pub kind: Kind,
    pub name: String,
    /// Where requests go; empty: by file only.
    pub url: String,
    /// A witness' keys, one per line; a TSA's root certificates, PEM.
    pub trust: String,
    pub terms: Terms,
}

/// A part of what is asked for, as a form has a control for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Name,
    Url,
    Trust,
    Every,
    Policy,
}

/// A part that cannot be used: why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub part: Part,
    pub what: Label,
}

/// Something answers are checked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trusted {
    /// A certificate's subject, or a key as it is written.
    pub name: String,
    /// The end of a certificate, microseconds UTC.
    pub until: Option<i64>,
    /// SHA-256 of a certificate, hexadecimal digits.
    pub fingerprint: String,
}

/// What to change; the rest stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub name: Option<String>,
    pub url: Option<String>,
    /// Keys or certificates trusted from now on too. To trust one no longer, switch the anchor off and add another.
    pub trust: Option<String>,
    pub terms: Option<Terms>,
    pub enabled: Option<bool>,
}

impl App {
    /// Returns all anchors by name.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn anchors(&self) -> Result<Vec<Anchor>> {
        self.store().anchors().await?.into_iter().map(Anchor::of).collect()
    }

    /// Returns the anchor of this name.
    ///
    /// # Errors
    /// There is none, or whatever the store meets.
    pub async fn anchor(&self, name: &str) -> Result<Anchor> {
        Anchor::of(self.anchor_row(name).await?)
    }

    /// Adds an anchor.
    ///
    /// # Errors
    /// Forbidden, a name that is taken, an address or trust that cannot be used.
    pub async fn add_anchor(&self, ctx: &Ctx, new: NewAnchor) -> Result<Anchor> {
        refuse(self.anchor_faults(ctx, &new, None).await?)?;
        let anchor = Anchor {
            id: new_id(ctx.now),
            kind: new.kind,
            name: new.name,
            url: new.url,
            trust: new.trust,
            terms: new.terms,
            enabled: true,
            seen: 0,
        };
        self.save_anchor(ctx, &anchor, ctx.now).await?;
        Ok(anchor)
    }

    /// What of an anchor as asked for cannot be used; `changed` is the one it would be.
    ///
    /// # Errors
    /// Forbidden, or whatever the store meets.
    pub async fn anchor_faults(&self, ctx: &Ctx, asked: &NewAnchor, changed: Option<RecordId>) -> Result<Vec<Wrong>> {
        authorize(may_keep(&ctx.actor))?;
        let mut wrong = wrong(asked);
        let twin = self.store().anchor_by_name(&asked.name).await?;
        if twin.is_some_and(|twin| changed != Some(twin.id)) {
            let name = &asked.name;
            let what = Label::new(
                format!("「{name}」という外部保証先は登録済みです。別の名前にしてください"),
                format!("There is an anchor “{name}” already; choose another name"),
            );
            wrong.push(Wrong { part: Part::Name, what });
        }
        Ok(wrong)
    }

    /// Changes an anchor.
    ///
    /// # Errors
    /// Forbidden, no such anchor, an address or trust that cannot be used.
    pub async fn change_anchor(&self, ctx: &Ctx, name: &str, change: Change) -> Result<Anchor> {
        authorize(may_keep(&ctx.actor))?;
        let row = self.anchor_row(name).await?;
        let created = row.created;
        let mut anchor = Anchor::of(row)?;
        let Change { name, url, trust, terms, enabled } = change;
        anchor.name = name.unwrap_or(anchor.name);
        anchor.url = url.unwrap_or(anchor.url);
        anchor.terms = terms.unwrap_or(anchor.terms);
        anchor.enabled = enabled.unwrap_or(anchor.enabled);
        // What is added has to be usable by itself: among what is known it could be passed over.
        let asked = trust.clone().unwrap_or_else(|| anchor.trust.clone());
        refuse(self.anchor_faults(ctx, &anchor.asked(asked), Some(anchor.id)).await?)?;
        // What was held under older keys and certificates must go on being checkable.
        if let Some(more) = trust.filter(|more| !anchor.trust.contains(more.trim())) {
            anchor.trust = format!("{}\n{}\n", anchor.trust.trim_end(), more.trim());
        }
        self.save_anchor(ctx, &anchor, created).await?;
        Ok(anchor)
    }

    async fn anchor_row(&self, name: &str) -> Result<Row> {
        self.store().anchor_by_name(name).await?.ok_or_else(|| {
            AppError::not_found(
                format!("外部保証先「{name}」はありません。akashi anchor list で確かめてください"),
                format!("There is no anchor “{name}”; see akashi anchor list"),
            )
        })
    }

    async fn save_anchor(&self, ctx: &Ctx, anchor: &Anchor, created: i64) -> Result<()> {
        let Anchor { id, kind, name, url, trust, terms, enabled, seen } = anchor.clone();
        let body = json!({
            "kind": kind.key(), "name": name, "url": url, "trust_sha256": Digest::of(trust.as_bytes()).to_hex(),
            "trust": trust, "terms": terms, "enabled": enabled,
        });
        let terms = json!(terms);
        let row = Row { id, kind: kind.key().into(), name, url, trust, terms, enabled, created, seen };
        let rev = self.store().history(id).await?.len() as u32;
        let version = NewVersion::system("anchor", id, rev, Command::Setup, body);
        let write = WriteCtx { actor: ctx.actor.pseudonym.clone(), at: ctx.now };
        let committed = self.store().write_with(write, vec![version], Beside::anchor(&row)).await?;
        self.settle_shared(ctx.now, &committed).await
    }
}

impl Anchor {
    /// What answers are checked with, for people.
    pub fn trusted(&self) -> Vec<Trusted> {
        match self.kind {
            Kind::Tsa => tsa::trusted(&self.trust),
            Kind::Witness => {
                let keys = self.trust.lines().map(str::trim).filter(|line| !line.is_empty());
                keys.map(|key| Trusted { name: key.into(), until: None, fingerprint: String::new() }).collect()
            }
        }
    }

    /// As it would be asked for anew, with this to be trusted.
    fn asked(&self, trust: String) -> NewAnchor {
        let Anchor { kind, name, url, terms, .. } = self.clone();
        NewAnchor { kind, name, url, trust, terms }
    }
}

/// What somebody pasted or chose as a file, as it is kept: of a TSA the certificates in it, PEM or DER, and nothing
/// else; of a witness its keys.
///
/// # Errors
/// Nothing of the kind is in it; what it should be.
pub fn read_trust(kind: Kind, given: &[u8]) -> std::result::Result<String, Label> {
    let read = match kind {
        Kind::Tsa => tsa::to_pem(given),
        Kind::Witness => std::str::from_utf8(given).map_err(|_| "it is no text".to_owned()).and_then(|text| {
            witness::keys(text)?;
            Ok(text.replace('\r', "").trim().to_owned())
        }),
    };
    read.map_err(|what| unusable(kind, &what))
}

/// The first thing that cannot be used, as an error.
fn refuse(wrong: Vec<Wrong>) -> Result<()> {
    wrong.into_iter().next().map_or(Ok(()), |first| Err(AppError::Invalid(first.what)))
}

/// What can be said of each part without looking elsewhere.
fn wrong(asked: &NewAnchor) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let mut note = |part, bad: bool, what: Label| wrong.extend(bad.then_some(Wrong { part, what }));
    let name = &asked.name;
    let odd = name.trim() != name || name.is_empty() || name.chars().any(char::is_control) || name.chars().count() > 60;
    note(
        Part::Name,
        odd,
        Label::new(
            "外部保証先の名前は1〜60文字で、前後に空白を入れないでください",
            "An anchor's name has 1 to 60 characters and no blanks around it",
        ),
    );
    let url = &asked.url;
    let plain = |scheme: &str| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty());
    note(
        Part::Url,
        !(url.is_empty() || plain("http://") || plain("https://")) || url.contains(char::is_whitespace),
        Label::new(
            format!("宛先「{url}」は http:// か https:// で始めてください(ファイル交換だけなら空欄)"),
            format!("The address “{url}” has to begin with http:// or https:// (empty: by file only)"),
        ),
    );
    note(
        Part::Every,
        asked.terms.every_minutes == 0,
        Label::new("間隔は1分以上にしてください", "The interval is at least one minute"),
    );
    let trust = match asked.kind {
        Kind::Witness => witness::keys(&asked.trust).map(drop),
        Kind::Tsa => tsa::check_trust(&asked.trust),
    };
    if let Err(what) = trust {
        note(Part::Trust, true, unusable(asked.kind, &what));
    }
    if let (Kind::Tsa, Err(what)) = (asked.kind, tsa::policy(&asked.terms)) {
        let what = Label::new(
            format!("ポリシーは 1.2.392.… のような番号で書くか、空欄にしてください({what})"),
            format!("A policy is a number such as 1.2.392.…, or left empty: {what}"),
        );
        note(Part::Policy, true, what);
    }
    wrong
}

fn unusable(kind: Kind, what: &str) -> Label {
    match kind {
        Kind::Tsa => Label::new(
            format!(
                "ルート証明書を読めません({what})。認証局が公開する証明書のファイル(PEM か DER)を選び直してください"
            ),
            format!("No root certificate can be read ({what}); choose the file the authority publishes, PEM or DER"),
        ),
        Kind::Witness => Label::new(
            format!("立会者の鍵を読めません({what})。立会者の akashi witness key が出力する行をそのまま入れてください"),
            format!("No key of a witness can be read ({what}); enter the line that akashi witness key prints there"),
        ),
    }
}
