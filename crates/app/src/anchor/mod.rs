//! Anchors: somebody outside who attests a checkpoint, so that nobody can rewrite the log unnoticed, not even whoever
//! holds its key. A TSA stamps it (RFC 3161), a witness cosigns it (C2SP tlog-witness); another kind is another variant
//! of [`Kind`]. Here the use cases: configure, schedule, queue, exchange by file, compare. Transport is a trait.

mod ask;
mod check;
mod compare;
mod config;
mod evidence;
mod exchange;
mod overview;
mod queue;
mod revocation;
mod saved;
mod terms;
pub mod transport;
mod trouble;
mod tsa;
mod witness;

pub use check::Checked;
pub use compare::{Compared, OldCopy, Outcome};
pub use config::{Change, NewAnchor, Part, Trusted, Wrong, read_trust};
pub use exchange::{Exported, Imported};
pub(crate) use overview::covered;
pub use overview::{Overview, Shown, Standing};
pub use queue::Run;
pub use revocation::{Asked, Known, Told};
pub use terms::Terms;
pub use transport::{Reply, Transport, Unreachable};
pub use trouble::Trouble;
pub use witness::monitoring;

use akashi_domain::authz::Actor;
use akashi_domain::{Label, RecordId};
use akashi_store::Anchor as Row;

use crate::error::{AppError, Result};

/// The protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A time-stamping authority, RFC 3161.
    Tsa,
    /// A witness, C2SP tlog-witness.
    Witness,
}

/// An anchor as it is configured.
#[derive(Clone, Debug, PartialEq)]
pub struct Anchor {
    pub id: RecordId,
    pub kind: Kind,
    pub name: String,
    /// Empty: by file only.
    pub url: String,
    /// A witness' keys, one per line; a TSA's root certificates, PEM.
    pub trust: String,
    pub terms: Terms,
    pub enabled: bool,
    /// The size it said it holds, when it said so.
    pub(crate) seen: u64,
}

/// Who reads about anchors.
const READERS: [&str; 4] = ["planning-manager", "auditor", "management", "admin"];
/// Who asks them again and exchanges files with them.
const KEEPERS: [&str; 2] = ["planning-manager", "admin"];

/// Whether somebody may see the anchors and what they attest.
pub fn may_read(actor: &Actor) -> bool {
    READERS.iter().any(|role| actor.is(role))
}

/// Whether somebody may configure anchors, ask them again, and exchange files with them.
pub fn may_keep(actor: &Actor) -> bool {
    KEEPERS.iter().any(|role| actor.is(role))
}

pub(crate) fn authorize(allowed: bool) -> Result<()> {
    if allowed {
        return Ok(());
    }
    Err(AppError::Forbidden(Label::new(
        "外部保証を扱う権限がありません。企画管理者に相談してください",
        "You may not do this with anchors; ask the planning manager",
    )))
}

impl Kind {
    /// The kinds there are.
    pub const ALL: [Kind; 2] = [Kind::Tsa, Kind::Witness];

    /// As it stands in configuration and entries.
    pub const fn key(self) -> &'static str {
        match self {
            Kind::Tsa => "tsa",
            Kind::Witness => "witness",
        }
    }

    /// Reads [`Kind::key`].
    pub fn parse(key: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

impl Anchor {
    fn of(row: Row) -> Result<Anchor> {
        let odd = |what: &str| {
            AppError::invalid(format!("外部保証先「{}」: {what}", row.name), format!("anchor “{}”: {what}", row.name))
        };
        let kind = Kind::parse(&row.kind).ok_or_else(|| odd(&row.kind))?;
        let terms = serde_json::from_value(row.terms.clone()).map_err(|e| odd(&e.to_string()))?;
        let Row { id, name, url, trust, enabled, seen, .. } = row;
        Ok(Anchor { id, kind, name, url, trust, terms, enabled, seen })
    }
}
