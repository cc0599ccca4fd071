//! Listening, and ending in good order: requests under way are answered first.

use std::io;
use std::time::Duration;

use akashi_app::App;
use tokio::net::TcpListener;

use crate::routes::router;
use crate::state::ServeOptions;

/// Serves until the process is told to end (Ctrl-C, SIGTERM).
///
/// # Errors
/// When the address cannot be had: it is taken, or not this machine's.
pub async fn serve(app: App, options: ServeOptions) -> io::Result<()> {
    let listener = TcpListener::bind(options.bind).await?;
    tracing::info!(address = %options.bind, "serving");
    let log = app.keep_log(options.clock);
    let swept = tokio::spawn(keep_swept(app.clone(), options.clock));
    let served = axum::serve(listener, router(app, options)).with_graceful_shutdown(told_to_end()).await;
    swept.abort();
    log.stop().await;
    served
}

/// How often what ran out is looked for.
const SWEEP: Duration = Duration::from_mins(5);

/// Destroys what ran out, for as long as it is polled.
async fn keep_swept(app: App, clock: fn() -> i64) {
    let mut tick = tokio::time::interval(SWEEP);
    loop {
        tick.tick().await;
        if let Err(e) = app.sweep(clock()).await {
            tracing::warn!(error = %e, "what ran out could not be removed; it is tried again");
        }
    }
}

/// Ends when the process is told to end (Ctrl-C, SIGTERM).
pub async fn told_to_end() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without the signal the process ends the hard way; the store is safe either way.
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! { () = interrupt => {}, _ = terminate.recv() => {} },
            Err(_) => interrupt.await,
        }
    }
    #[cfg(not(unix))]
    interrupt.await;
}
