//! The state of the installation, for those who keep it running: backups, drills, the log, anchors, the database, the
//! catalogue; and what is late, with the next step (`concern`). Nothing here judges the hospital: that is the board's.

mod concern;

use akashi_domain::authz::Actor;
use akashi_domain::{Label, Span};
use serde::Serialize;

pub use concern::{About, Concern, Level};

use crate::anchor::{Shown, Standing, Trouble, covered};
use crate::backup::BackupState;
use crate::ctx::Ctx;
use crate::error::{AppError, Result};
use crate::service::App;

/// The period of the catalogue that says how often a restore has to be tried.
const DRILL_PERIOD: &str = "restore-test";

/// Who may know.
const READERS: [&str; 4] = ["planning-manager", "operator", "auditor", "admin"];

/// Everything the page, the command and a monitoring script show. Times are microseconds UTC.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// Version of this program.
    pub version: &'static str,
    pub organisation: String,
    /// When the installation was made.
    pub created: i64,
    pub catalogue: CatalogueState,
    pub database: Database,
    pub log: LogState,
    pub backup: BackupState,
    /// How long a drill holds, in days.
    pub drill_days: i32,
    pub anchors: Vec<AnchorState>,
    /// Entries that somebody outside attests.
    pub covered: u64,
    /// What is late or wrong, most pressing first.
    pub concerns: Vec<Concern>,
}

/// The catalogue in force.
#[derive(Clone, Debug, Serialize)]
pub struct CatalogueState {
    /// Digest, hex.
    pub digest: String,
    /// The one the installation was made with, hex.
    pub first: String,
    pub registers: usize,
    pub items: usize,
    pub parts: usize,
}

/// What holds the records.
#[derive(Clone, Debug, Serialize)]
pub struct Database {
    /// `sqlite` or `postgresql`.
    pub kind: &'static str,
    pub place: String,
    pub bytes: u64,
    pub files: u64,
    pub file_bytes: u64,
}

/// The evidence log.
#[derive(Clone, Debug, Serialize)]
pub struct LogState {
    pub origin: String,
    /// 1, and one more after each restore behind a published checkpoint.
    pub epoch: u32,
    /// Entries committed.
    pub entries: u64,
    /// The newest checkpoint.
    pub checkpoint: Option<CheckpointState>,
    /// Entries no checkpoint covers yet.
    pub behind: u64,
    /// Since when the oldest of them waits.
    pub behind_since: Option<i64>,
    /// Keys that sign or signed.
    pub keys: usize,
    /// Rows of the store that cannot be read.
    pub unreadable: usize,
}

/// The newest checkpoint.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct CheckpointState {
    pub size: u64,
    pub at: i64,
}

/// One anchor.
#[derive(Clone, Debug, Serialize)]
pub struct AnchorState {
    pub name: String,
    pub kind: &'static str,
    pub standing: &'static str,
    pub waiting: usize,
    /// Since when the oldest waits.
    pub since: Option<i64>,
    /// Entries it attested last, and when.
    pub held: Option<CheckpointState>,
    /// What is wrong, most telling first.
    pub trouble: Option<Label>,
    /// It says that this log may have been replaced or cut.
    pub alarm: bool,
}

/// What concerns are made from; without the measures that take time.
struct Facts {
    created: i64,
    log: LogState,
    backup: BackupState,
    drill_every: Span,
    anchors: Vec<AnchorState>,
    covered: u64,
}

/// Whether somebody may see the state of the installation.
pub fn may_read(actor: &Actor) -> bool {
    READERS.iter().any(|role| actor.is(role))
}

impl App {
    /// Returns the state of the installation.
    ///
    /// # Errors
    /// Forbidden, or whatever the store meets.
    pub async fn status(&self, ctx: &Ctx) -> Result<Status> {
        authorize(ctx)?;
        let facts = self.status_facts(ctx).await?;
        let concerns = concern::of(&facts, ctx.now);
        let held = self.store().holding().await?;
        let (meta, catalog) = (self.store().meta(), self.catalog());
        Ok(Status {
            version: env!("CARGO_PKG_VERSION"),
            organisation: meta.organisation.clone(),
            created: facts.created,
            catalogue: CatalogueState {
                digest: catalog.digest.clone(),
                first: meta.catalogue.clone(),
                registers: catalog.registers.iter().filter(|r| !r.system).count(),
                items: catalog.items.len(),
                parts: catalog.items.iter().map(|item| item.parts.len()).sum(),
            },
            database: Database {
                kind: held.kind,
                place: held.place,
                bytes: held.bytes,
                files: held.files,
                file_bytes: held.file_bytes,
            },
            log: facts.log,
            backup: facts.backup,
            drill_days: facts.drill_every.approx_days(),
            anchors: facts.anchors,
            covered: facts.covered,
            concerns,
        })
    }

    /// Returns what is late or wrong, most pressing first; nothing to who may not see the state.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn concerns(&self, ctx: &Ctx) -> Result<Vec<Concern>> {
        if !may_read(&ctx.actor) {
            return Ok(Vec::new());
        }
        Ok(concern::of(&self.status_facts(ctx).await?, ctx.now))
    }

    async fn status_facts(&self, ctx: &Ctx) -> Result<Facts> {
        let (unreadable, drill_every) = {
            let live = self.live(ctx.now).await?;
            (live.faults.len(), live.evaluator.period(DRILL_PERIOD).unwrap_or(Span { months: 12, days: 0 }))
        };
        let anchors = self.anchors_shown().await?;
        Ok(Facts {
            created: self.store().meta().created,
            log: self.log_state(unreadable).await?,
            backup: self.backup_state().await?,
            drill_every,
            covered: covered(&anchors),
            anchors: anchors.iter().map(anchor_state).collect(),
        })
    }

    async fn log_state(&self, unreadable: usize) -> Result<LogState> {
        let store = self.store();
        let newest = store.latest_checkpoint().await?;
        Ok(LogState {
            origin: store.meta().origin.clone(),
            epoch: store.meta().epoch,
            entries: store.end().await?,
            checkpoint: newest.map(|c| CheckpointState { size: c.size, at: c.at }),
            behind: store.unsequenced().await?,
            behind_since: store.unsequenced_since().await?,
            keys: store.key_ring().await?.to_string().lines().count(),
            unreadable,
        })
    }
}

fn anchor_state(shown: &Shown) -> AnchorState {
    let errors = shown.refused.iter().chain(&shown.waiting).filter_map(|a| a.error.as_deref());
    let trouble = errors.map(Trouble::parse).next().filter(|_| shown.standing != Standing::Off);
    let revoked = shown.revocation.as_ref().filter(|_| shown.standing == Standing::Revoked);
    AnchorState {
        name: shown.anchor.name.clone(),
        kind: shown.anchor.kind.key(),
        standing: shown.standing.key(),
        waiting: shown.waiting.len(),
        since: shown.waiting.first().map(|a| a.since),
        held: shown.held.as_ref().map(|a| CheckpointState { size: a.size, at: a.at.unwrap_or_default() }),
        alarm: trouble.as_ref().is_some_and(Trouble::is_alarm),
        trouble: revoked.map(|told| told.words.clone()).or(trouble.map(|t| t.what())),
    }
}

fn authorize(ctx: &Ctx) -> Result<()> {
    if may_read(&ctx.actor) {
        return Ok(());
    }
    Err(AppError::Forbidden(Label::new(
        "運用状態は企画管理者・担当者・監査人・システム管理者が見られます",
        "The state of the installation is for the planning manager, operators, auditors and administrators",
    )))
}
