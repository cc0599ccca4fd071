//! The offline verifier: one HTML file that checks proof bundles inside the browser. Open to everybody, it holds no data.
//! Built by `cargo xtask verify-page`.

use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};

/// The whole page; it can be kept as a file and opened from there.
pub const PAGE: &str = include_str!("../../assets/verify.html");

pub(crate) async fn show() -> Response {
    let mut response = Html(PAGE).into_response();
    let headers = response.headers_mut();
    let policy = format!("{}; frame-ancestors 'none'", policy());
    // The policy is made of hashes and fixed words.
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// What the page itself allows: its own script, style and module, and no connection at all.
fn policy() -> &'static str {
    let after = PAGE.split_once("http-equiv=\"Content-Security-Policy\" content=\"").map(|(_, rest)| rest);
    after.and_then(|rest| rest.split('"').next()).unwrap_or("default-src 'none'")
}
