//! Adding and changing anchors. Every change is an entry of the log, as accounts are.

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

/// What to change; the rest stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
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
        authorize(may_keep(&ctx.actor))?;
        if self.store().anchor_by_name(&new.name).await?.is_some() {
            let name = &new.name;
            return Err(AppError::invalid(
                format!("「{name}」という外部保証先は登録済みです"),
                format!("There is an anchor “{name}” already"),
            ));
        }
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

    /// Changes an anchor.
    ///
    /// # Errors
    /// Forbidden, no such anchor, an address or trust that cannot be used.
    pub async fn change_anchor(&self, ctx: &Ctx, name: &str, change: Change) -> Result<Anchor> {
        authorize(may_keep(&ctx.actor))?;
        let row = self.anchor_row(name).await?;
        let created = row.created;
        let mut anchor = Anchor::of(row)?;
        let Change { url, trust, terms, enabled } = change;
        anchor.url = url.unwrap_or(anchor.url);
        // What was held under older keys and certificates must go on being checkable.
        if let Some(more) = trust.filter(|more| !anchor.trust.contains(more.trim())) {
            anchor.trust = format!("{}\n{}\n", anchor.trust.trim_end(), more.trim());
        }
        anchor.terms = terms.unwrap_or(anchor.terms);
        anchor.enabled = enabled.unwrap_or(anchor.enabled);
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
        check(anchor)?;
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

fn check(anchor: &Anchor) -> Result<()> {
    let name = &anchor.name;
    if name.trim() != name || name.is_empty() || name.chars().any(char::is_control) || name.chars().count() > 60 {
        return Err(AppError::invalid(
            "外部保証先の名前は1〜60文字で、前後に空白を入れないでください",
            "An anchor's name has 1 to 60 characters and no blanks around it",
        ));
    }
    let plain = |scheme: &str| anchor.url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty());
    if !(anchor.url.is_empty() || plain("http://") || plain("https://")) || anchor.url.contains(char::is_whitespace) {
        return Err(AppError::invalid(
            format!("宛先「{}」は http:// か https:// で始めてください(ファイル交換だけなら空欄)", anchor.url),
            format!("The address “{}” has to begin with http:// or https:// (empty: by file only)", anchor.url),
        ));
    }
    if anchor.terms.every_minutes == 0 {
        return Err(AppError::invalid("間隔は1分以上にしてください", "The interval is at least one minute"));
    }
    match anchor.kind {
        Kind::Witness => witness::keys(&anchor.trust).map(drop),
        Kind::Tsa => tsa::check_trust(&anchor.trust, &anchor.terms),
    }
    .map_err(|what| {
        AppError::invalid(
            format!("外部保証先「{name}」の検証に使うもの(鍵・証明書)を読めません: {what}"),
            format!("What “{name}” is to be checked with cannot be used: {what}"),
        )
    })
}
