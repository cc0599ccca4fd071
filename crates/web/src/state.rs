//! What every handler shares: the application, the options, the clock, and boards already judged.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use akashi_app::service::Live;
use akashi_app::{App, Ctx};
use akashi_domain::cond::tokyo_day;
use akashi_domain::verdict::Evaluator;
use tokio::sync::{Mutex, RwLockReadGuard};

use crate::board::{Board, Boards};
use crate::problem::Problem;
use crate::serve::Patience;
use crate::when::When;

/// How to serve. Not `Debug`: it holds a secret.
#[derive(Clone)]
pub struct ServeOptions {
    /// Address and port to listen at.
    pub bind: SocketAddr,
    /// Cookies only over TLS, under a `__Host-` name; off for plain HTTP on one machine.
    pub secure_cookie: bool,
    /// Bytes an upload may have.
    pub upload_limit: usize,
    /// Who shows this secret (`Authorization: Bearer …`) may read the log without a session: other people's tools.
    pub log_token: Option<String>,
    /// Now, microseconds UTC.
    pub clock: fn() -> i64,
    /// How long a client may keep the server waiting.
    pub patience: Patience,
}

impl Default for ServeOptions {
    /// Plain HTTP on this machine only, uploads up to 64 MiB, the system's clock.
    fn default() -> ServeOptions {
        let bind = SocketAddr::from(([127, 0, 0, 1], 8080));
        let clock = akashi_app::ctx::now;
        let patience = Patience::default();
        ServeOptions { bind, secure_cookie: false, upload_limit: 64 << 20, log_token: None, clock, patience }
    }
}

/// The state of the server. Clones share it.
#[derive(Clone)]
pub(crate) struct Web {
    shared: Arc<Shared>,
}

struct Shared {
    app: App,
    options: ServeOptions,
    boards: Boards,
    /// State of the records and day for which turned verdicts were noted last.
    noted: Mutex<Option<(u64, i32)>>,
    /// How many records were disposed of when kept boards were looked at last.
    gone: AtomicUsize,
}

impl Web {
    pub(crate) fn new(app: App, options: ServeOptions) -> Web {
        Web {
            shared: Arc::new(Shared {
                app,
                options,
                boards: Boards::default(),
                noted: Mutex::default(),
                gone: AtomicUsize::new(usize::MAX),
            }),
        }
    }

    pub(crate) fn app(&self) -> &App {
        &self.shared.app
    }

    pub(crate) fn options(&self) -> &ServeOptions {
        &self.shared.options
    }

    /// Now, microseconds UTC.
    pub(crate) fn now(&self) -> i64 {
        (self.shared.options.clock)()
    }

    /// Returns the records and verdicts at the times asked for; `None` is now.
    pub(crate) async fn seen(&self, ctx: &Ctx, when: impl Into<Option<When>>) -> Result<Seen<'_>, Problem> {
        let when = when.into().unwrap_or_default();
        let live = self.app().live(ctx.now).await?;
        let day = when.as_of.unwrap_or(tokyo_day(ctx.now));
        if day == tokyo_day(ctx.now) && when.known.is_none() {
            return Ok(Seen::Today(live));
        }
        let times = (day, when.known_at());
        let seq = live.next;
        drop(live);
        if let Some(kept) = self.shared.boards.evaluator(seq, times) {
            return Ok(Seen::Other(kept, seq));
        }
        let judged = Arc::new(self.app().evaluator_at(ctx.now, times.0, times.1).await?);
        self.shared.boards.keep_evaluator(seq, times, judged.clone());
        Ok(Seen::Other(judged, seq))
    }

    /// After a disposal: other days that were judged before hold what is gone now. (Waiting uploads go with it in the store.)
    pub(crate) async fn forget_what_is_gone(&self, ctx: &Ctx) -> Result<(), Problem> {
        let gone = self.app().live(ctx.now).await?.world.gone_count();
        self.forget(gone);
        Ok(())
    }

    /// Whoever carried it out, here or by the command line.
    fn forget(&self, gone: usize) {
        if self.shared.gone.swap(gone, Ordering::AcqRel) != gone {
            self.shared.boards.clear();
        }
    }

    /// Notes verdicts that turned: once for each state of the records and day.
    pub(crate) async fn note_turns(&self, ctx: &Ctx) -> Result<(), Problem> {
        let now = (self.app().live(ctx.now).await?.next, tokyo_day(ctx.now).0);
        let known = self.shared.noted.lock().await.replace(now);
        if known != Some(now) {
            self.app().note_turns(ctx.now).await?;
        }
        Ok(())
    }

    /// Returns the board of what is seen; judged once for each state of the records and day.
    pub(crate) fn board(&self, seen: &Seen<'_>) -> Arc<Board> {
        self.shared.boards.board(seen.seq(), seen.evaluator())
    }
}

/// Records and verdicts as of one day.
pub(crate) enum Seen<'a> {
    Today(RwLockReadGuard<'a, Live>),
    Other(Arc<Evaluator>, u64),
}

impl Seen<'_> {
    pub(crate) fn evaluator(&self) -> &Evaluator {
        match self {
            Seen::Today(live) => &live.evaluator,
            Seen::Other(evaluator, _) => evaluator,
        }
    }

    /// How much was written when this was judged.
    pub(crate) fn seq(&self) -> u64 {
        match self {
            Seen::Today(live) => live.next,
            Seen::Other(_, seq) => *seq,
        }
    }
}
