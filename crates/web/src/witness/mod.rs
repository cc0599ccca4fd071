//! The face of a witness (C2SP tlog-witness): `POST /add-checkpoint`, and for monitors `GET /<hex>/checkpoint`. A server of
//! its own, without sessions and pages; its decisions are `akashi_app::witness`' matter.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use akashi_app::witness::{Outcome, Replied, Witness};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;

use crate::serve::{Patience, serve_router};

/// Bytes of a request that are read: a checkpoint and at most 63 hashes.
const LARGEST: usize = 64 << 10;

#[derive(Clone)]
struct Shared {
    witness: Arc<Witness>,
    clock: fn() -> i64,
}

/// Returns the witness as a service.
pub fn witness_router(witness: Arc<Witness>, clock: fn() -> i64) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add))
        .route("/{hash}/checkpoint", get(newest))
        .route("/health", get(|| async { "ok" }))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(Shared { witness, clock })
}

/// Serves a witness until `end`. `ready` hears the address, which has a number of its own when port 0 was asked for.
///
/// # Errors
/// When the address cannot be had.
pub async fn serve_witness(
    witness: Witness,
    listen: SocketAddr,
    ready: impl FnOnce(SocketAddr),
    end: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let listener = TcpListener::bind(listen).await?;
    ready(listener.local_addr()?);
    let router = witness_router(Arc::new(witness), akashi_app::ctx::now);
    serve_router(listener, router, Patience::default(), end).await;
    Ok(())
}

async fn add(State(shared): State<Shared>, body: Bytes) -> Response {
    let now = (shared.clock)();
    let witness = shared.witness.clone();
    // Deciding waits for the disk.
    let replied = tokio::task::spawn_blocking(move || witness.add_checkpoint(&body, now)).await;
    match replied {
        Ok(Ok(replied)) => {
            note(&replied.outcome);
            answer(replied)
        }
        Ok(Err(e)) => failed(&e.to_string()),
        Err(e) => failed(&e.to_string()),
    }
}

fn answer(replied: Replied) -> Response {
    let status = StatusCode::from_u16(replied.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, replied.content_type)], replied.body).into_response()
}

async fn newest(State(shared): State<Shared>, Path(hash): Path<String>) -> Response {
    match shared.witness.published(&hash) {
        Ok(Some(note)) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], note).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(e) => failed(&e.to_string()),
    }
}

fn note(outcome: &Outcome) {
    match outcome {
        Outcome::Cosigned { origin, size } => tracing::info!(origin, size, "cosigned"),
        Outcome::From { origin, held } => tracing::info!(origin, held, "asked from another size"),
        Outcome::Refused { origin, why, alarming: true } => tracing::error!(origin, why, "a log contradicts itself"),
        Outcome::Refused { origin, why, .. } => tracing::warn!(origin, why, "refused"),
    }
}

fn failed(why: &str) -> Response {
    tracing::error!(why, "the witness could not decide");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
