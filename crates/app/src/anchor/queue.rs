//! The queue: asks for what is due, sends what waits, oldest first, and puts off what cannot be reached. Several
//! anchors are asked at once; on PostgreSQL several servers share the work.

use std::sync::Arc;

use akashi_store::{Attestation, SignedCheckpoint};
use tokio::task::JoinSet;

use super::ask::Answered;
use super::terms::{Asked, next_try};
use super::{Anchor, Kind, Transport, Trouble};
use crate::error::{AppError, Result};
use crate::service::App;

/// A try that was begun and not ended (the server died) is taken up again after this long, microseconds.
const LEASE: i64 = 5 * 60 * 1_000_000;
/// Attestations of one anchor sent in one go.
const BATCH: usize = 64;

/// What asking an anchor gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Name of the anchor.
    pub anchor: String,
    /// Sizes attested now.
    pub held: Vec<u64>,
    /// Sizes refused now.
    pub refused: Vec<u64>,
    /// How many wait.
    pub waiting: usize,
    /// What went wrong last.
    pub error: Option<Trouble>,
    /// How many lists and answers about the revocation of its certificates came and are kept now.
    pub lists: usize,
    /// Why one of them could not be had.
    pub unchecked: Option<Trouble>,
}

impl App {
    /// Asks for what is due and sends what waits and may be tried. `force` asks for the newest checkpoint at once,
    /// whatever the schedule; `only` names one anchor.
    ///
    /// # Errors
    /// Whatever the store meets. An anchor that cannot be reached is no error: it stands in its [`Run`].
    pub async fn ask_anchors(
        &self,
        now: i64,
        transport: &Arc<dyn Transport>,
        force: bool,
        only: Option<&str>,
    ) -> Result<Vec<Run>> {
        let Some(newest) = self.store().latest_checkpoint().await? else { return Ok(Vec::new()) };
        let anchors = self.anchors().await?.into_iter();
        let mut tasks = JoinSet::new();
        for anchor in anchors.filter(|a| only.is_none_or(|name| name == a.name)) {
            if !anchor.enabled {
                self.ask_of_the_past(&anchor, transport, now).await?;
                continue;
            }
            if force {
                self.store().want_attestation(anchor.id, &newest, now).await?;
                self.store().retry_attestations(anchor.id, now).await?;
            } else {
                self.want_when_due(&anchor, &newest, now).await?;
            }
            if !anchor.url.is_empty() {
                let (app, transport) = (self.clone(), transport.clone());
                tasks.spawn(async move { app.drain(anchor, &transport, now, force).await });
            }
        }
        let mut runs = Vec::new();
        while let Some(run) = tasks.join_next().await {
            runs.push(run.map_err(|e| AppError::invalid(e.to_string(), e.to_string()))??);
        }
        runs.sort_by(|a: &Run, b| a.anchor.cmp(&b.anchor));
        Ok(runs)
    }

    /// One that was switched off: the stamps it gave still want a list made after them.
    async fn ask_of_the_past(&self, anchor: &Anchor, transport: &Arc<dyn Transport>, now: i64) -> Result<()> {
        if anchor.kind == Kind::Tsa && !anchor.url.is_empty() {
            self.ask_revocation(anchor, transport, now, false).await?;
        }
        Ok(())
    }

    /// Puts the newest checkpoint into an anchor's queue when its terms say so.
    async fn want_when_due(&self, anchor: &Anchor, newest: &SignedCheckpoint, now: i64) -> Result<()> {
        let last = self.store().newest_attestations(anchor.id, None, 1).await?;
        // What is carried by hand is asked for once; the file then holds the newest there is.
        let by_hand = anchor.url.is_empty() && !self.store().waiting_attestations(anchor.id).await?.is_empty();
        let last = last.first().map(|a| Asked { size: a.size, at: a.since });
        if !by_hand && anchor.terms.is_due(last, newest.size, now) {
            self.store().want_attestation(anchor.id, newest, now).await?;
        }
        Ok(())
    }

    /// Sends what waits, oldest first. The first that cannot be delivered stops it: those behind would fare no better.
    async fn drain(&self, mut anchor: Anchor, transport: &Arc<dyn Transport>, now: i64, force: bool) -> Result<Run> {
        let mut run = Run { anchor: anchor.name.clone(), ..Run::default() };
        let waiting = self.store().waiting_attestations(anchor.id).await?;
        let ready = waiting.first().is_some_and(|first| first.next_try <= now);
        for wanted in waiting.iter().take(if ready { BATCH } else { 0 }) {
            if !self.store().claim_attestation(wanted, now + LEASE).await? {
                break;
            }
            if !self.send(&mut anchor, wanted, transport, now, &mut run).await? {
                break;
            }
        }
        if anchor.kind == Kind::Tsa {
            let fetched = self.ask_revocation(&anchor, transport, now, force).await?;
            (run.lists, run.unchecked) = (fetched.kept, fetched.trouble);
        }
        let left = self.store().waiting_attestations(anchor.id).await?;
        run.waiting = left.len();
        run.error = run.error.or_else(|| left.first().and_then(|first| first.error.as_deref().map(Trouble::parse)));
        Ok(run)
    }

    /// Sends one; tells whether the next may follow.
    async fn send(
        &self,
        anchor: &mut Anchor,
        wanted: &Attestation,
        transport: &Arc<dyn Transport>,
        now: i64,
        run: &mut Run,
    ) -> Result<bool> {
        let answered = match self.ask_anchor(anchor, wanted, transport).await {
            Ok(answered) => answered,
            Err(e @ AppError::Store(_)) => Answered::Later(Trouble::Other(e.to_string())),
            // A checkpoint that cannot even be read must not hold up the others.
            Err(e) => Answered::Refused(Trouble::Other(e.to_string())),
        };
        let goes_on = !matches!(answered, Answered::Later(_) | Answered::From(_));
        match &answered {
            Answered::Held(_) => {
                run.held.push(wanted.size);
                anchor.seen = anchor.seen.max(wanted.size);
            }
            Answered::Refused(why) => {
                run.refused.push(wanted.size);
                run.error = Some(why.clone());
            }
            Answered::Later(why) => run.error = Some(why.clone()),
            Answered::From(_) | Answered::Passed { .. } => {}
        }
        self.settle_answer(anchor, wanted.size, answered, now, next_try(wanted.tries + 1, now)).await?;
        Ok(goes_on)
    }
}
