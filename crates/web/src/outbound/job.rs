//! The background job: looks again and again whether an anchor is due or may be tried again.

use std::sync::Arc;
use std::time::Duration;

use akashi_app::App;
use akashi_app::anchor::{Run, Transport};

/// How often it looks; what is due comes from each anchor's own terms.
const EVERY: Duration = Duration::from_secs(20);

/// Asks anchors for as long as it is polled.
pub async fn keep_asking(app: App, transport: Arc<dyn Transport>, clock: fn() -> i64) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        match app.ask_anchors(clock(), &transport, false, None).await {
            Ok(runs) => runs.iter().for_each(note),
            Err(e) => tracing::error!(error = %e, "anchors could not be asked"),
        }
    }
}

/// Refusals are loud; an anchor out of reach stands on its page and is only mentioned here.
fn note(run: &Run) {
    let (anchor, error) = (run.anchor.as_str(), run.error.as_ref().map(ToString::to_string).unwrap_or_default());
    if !run.refused.is_empty() {
        tracing::error!(anchor, sizes = ?run.refused, error, "an anchor refused");
    } else if run.waiting > 0 {
        tracing::info!(anchor, waiting = run.waiting, error, "attestations wait");
    }
    if !run.held.is_empty() {
        tracing::info!(anchor, sizes = ?run.held, "attested");
    }
}
