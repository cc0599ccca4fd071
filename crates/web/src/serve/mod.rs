//! Listening, with limits for clients that are slow or many, and ending in good order: requests under way are answered
//! first.

mod patience;

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use akashi_app::App;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::Service as _;
use tower_http::timeout::{DeadlineBody, TimeoutBody};

pub use patience::Patience;
use patience::Patient;

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
    let patience = options.patience;
    serve_router(listener, router(app, options), patience, told_to_end()).await;
    swept.abort();
    log.stop().await;
    Ok(())
}

/// Serves whoever connects, until `end`; then no more are taken, and those under way get as long as `patience` says.
pub async fn serve_router(listener: TcpListener, router: Router, patience: Patience, end: impl Future<Output = ()>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience.head).max_header_size(patience.head_bytes);
    let places = Arc::new(Semaphore::new(patience.connections));
    let under_way = GracefulShutdown::new();
    let mut end = pin!(end);
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await;
            (accept(&listener).await, place)
        };
        let (stream, place) = tokio::select! { next = next => next, () = &mut end => break };
        let router = router.clone();
        let answer = service_fn(move |request| answer(router.clone(), request, patience));
        let stream = TokioIo::new(Patient::new(stream, patience.stall));
        let connection = under_way.watch(http.serve_connection(stream, answer));
        tokio::spawn(async move {
            if let Err(e) = connection.await {
                tracing::debug!(error = %e, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(patience.end, under_way.shutdown()).await.is_err() {
        tracing::warn!("requests were still under way at the end; they get no answer");
    }
}

/// What is short for a moment – files, memory – is there again later; a client that went away is nobody's trouble.
async fn accept(listener: &TcpListener) -> TcpStream {
    const LATER: Duration = Duration::from_secs(1);
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(e) if e.kind() == io::ErrorKind::ConnectionAborted || e.kind() == io::ErrorKind::ConnectionReset => {}
            Err(e) => {
                tracing::error!(error = %e, "no connection can be taken; it is tried again");
                tokio::time::sleep(LATER).await;
            }
        }
    }
}

/// Whatever reads the body gives up with it.
async fn answer(
    mut router: Router,
    request: Request<Incoming>,
    patience: Patience,
) -> Result<Response<Body>, Infallible> {
    let in_time = |body| Body::new(TimeoutBody::new(patience.stall, DeadlineBody::new(patience.body, body)));
    router.call(request.map(in_time)).await
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
