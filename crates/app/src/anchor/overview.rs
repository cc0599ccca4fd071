//! How the anchors stand: what is held, what waits and since when, what was refused, and what nobody has attested yet.

use akashi_journal::Digest;
use akashi_store::{Attestation, AttestationState};

use super::{Anchor, Known, Told, authorize, may_read};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::service::App;

/// All anchors, against the newest checkpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    /// Identity of the log.
    pub origin: String,
    /// Entries of the newest checkpoint; 0: none yet.
    pub size: u64,
    pub root: Option<Digest>,
    /// When it was signed, microseconds UTC.
    pub at: Option<i64>,
    /// The newest checkpoint as published.
    pub note: Option<String>,
    pub anchors: Vec<Shown>,
}

/// One anchor.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub anchor: Anchor,
    pub standing: Standing,
    /// The newest attestation held that still holds.
    pub held: Option<Attestation>,
    /// What is known of the revocation of the certificates of the newest stamp; of TSAs only.
    pub revocation: Option<Told>,
    /// What waits, oldest first.
    pub waiting: Vec<Attestation>,
    /// The newest that were refused after the last one held.
    pub refused: Vec<Attestation>,
}

/// How an anchor stands, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// A certificate under its newest stamp was revoked, so that it does not count.
    Revoked,
    /// It refused the newest: somebody has to look.
    Refused,
    /// It could not be reached, or the file is under way.
    Waiting,
    /// It was not asked yet.
    New,
    /// The newest answer is held.
    Held,
    /// Switched off.
    Off,
}

impl App {
    /// Returns how the anchors stand.
    ///
    /// # Errors
    /// Forbidden, or whatever the store meets.
    pub async fn anchor_overview(&self, ctx: &Ctx) -> Result<Overview> {
        authorize(may_read(&ctx.actor))?;
        let newest = self.store().latest_checkpoint().await?;
        let anchors = self.anchors_shown().await?;
        Ok(Overview {
            origin: self.store().meta().origin.clone(),
            size: newest.as_ref().map_or(0, |c| c.size),
            root: newest.as_ref().map(|c| c.root),
            at: newest.as_ref().map(|c| c.at),
            note: newest.map(|c| c.note),
            anchors,
        })
    }

    /// Each anchor as it stands, by name. Whether the reader may know is asked before.
    pub(crate) async fn anchors_shown(&self) -> Result<Vec<Shown>> {
        let mut anchors = Vec::new();
        for anchor in self.anchors().await? {
            anchors.push(self.shown(anchor).await?);
        }
        Ok(anchors)
    }

    async fn shown(&self, anchor: Anchor) -> Result<Shown> {
        const REFUSED: u32 = 5;
        let store = self.store();
        let (held, revocation) = self.newest_held(&anchor).await?;
        let after = held.as_ref().map_or(0, |a| a.size);
        let waiting = store.waiting_attestations(anchor.id).await?;
        let mut refused = store.newest_attestations(anchor.id, Some(AttestationState::Refused), REFUSED).await?;
        refused.retain(|a| a.size > after);
        let standing = match () {
            () if !anchor.enabled => Standing::Off,
            () if revocation.as_ref().is_some_and(|told| told.known == Known::Revoked) => Standing::Revoked,
            () if !refused.is_empty() => Standing::Refused,
            () if !waiting.is_empty() => Standing::Waiting,
            () if held.is_some() => Standing::Held,
            () => Standing::New,
        };
        Ok(Shown { anchor, standing, held, revocation, waiting, refused })
    }

    /// Lets an anchor be asked again at once.
    ///
    /// # Errors
    /// Forbidden, no such anchor, or whatever the store meets.
    pub async fn retry_anchor(&self, ctx: &Ctx, name: &str) -> Result<u64> {
        authorize(super::may_keep(&ctx.actor))?;
        let anchor = self.anchor(name).await?;
        Ok(self.store().retry_attestations(anchor.id, ctx.now).await?)
    }
}

impl Overview {
    /// Entries that some anchor attested; what is beyond could be rewritten by whoever holds the log key.
    pub fn covered(&self) -> u64 {
        covered(&self.anchors)
    }
}

pub(crate) fn covered(anchors: &[Shown]) -> u64 {
    anchors.iter().filter_map(|a| a.held.as_ref()).map(|a| a.size).max().unwrap_or(0)
}

impl Standing {
    /// As scripts read it.
    pub const fn key(self) -> &'static str {
        match self {
            Standing::Revoked => "revoked",
            Standing::Refused => "refused",
            Standing::Waiting => "waiting",
            Standing::New => "new",
            Standing::Held => "held",
            Standing::Off => "off",
        }
    }
}
