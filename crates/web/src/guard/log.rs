//! The request log: method, route, status, time. Never an address with its query, a name or a body.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;

pub(crate) async fn note(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("-".to_owned(), |p| p.as_str().to_owned());
    let method = request.method().clone();
    // Only a span of time is measured; what time it is comes from the clock that was passed in.
    let begun = Instant::now();
    let response = next.run(request).await;
    let ms = begun.elapsed().as_micros() as f64 / 1000.0;
    tracing::info!(%method, route, status = response.status().as_u16(), ms, "request");
    response
}
