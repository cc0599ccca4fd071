//! The log over HTTP in the layout of C2SP tlog-tiles, for other people's tools, and its keys for people.

use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::guard::form::same;
use crate::guard::seat::Seat;
use crate::problem::Problem;
use crate::state::Web;

/// The keys are for everybody with an account: they have to be handed on.
pub(crate) async fn serve(
    State(web): State<Web>,
    Path(path): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let open = if parts.headers.contains_key(header::AUTHORIZATION) {
        bears(&web, &parts.headers)
    } else {
        let seat = Seat::from_request_parts(&mut parts, &web).await?;
        path == "keys" || web.app().reads_log(&seat.ctx).await?
    };
    if !open {
        return Err(Problem::forbidden());
    }
    if path == "keys" {
        return Ok(text(web.app().log_keys().await?.into_bytes()));
    }
    let file = web.app().log_file(&path).await?.ok_or_else(Problem::not_found)?;
    Ok(if file.fixed { tile(file.bytes) } else { text(file.bytes) })
}

/// Whether the request shows the secret that opens the log.
fn bears(web: &Web, headers: &HeaderMap) -> bool {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
    matches!((shown, web.options().log_token.as_deref()), (Some(shown), Some(token)) if same(shown, token))
}

/// Changes with every entry: no cache keeps it.
fn text(bytes: Vec<u8>) -> Response {
    let mut response = bytes.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// Never changes, but is not for everybody: only the reader's own cache keeps it.
fn tile(bytes: Vec<u8>) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable"));
    response
}
