//! Requests that change something must come from our own pages: what the browser says of their origin is looked at
//! first; the token in each form (see `form`) covers browsers that say nothing.

use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

pub(crate) async fn check(request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_own(request.headers()) {
        return next.run(request).await;
    }
    tracing::warn!("a request from another site was refused");
    Problem::forbidden().into_response()
}

/// Tells whether nothing speaks against the request coming from our own pages.
fn is_own(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(header::ORIGIN.as_str()) else { return true };
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    text(header::HOST.as_str()).is_some_and(|own| own.eq_ignore_ascii_case(host))
}

/// Tells whether the browser itself says that the request comes from our own pages.
pub(crate) fn is_surely_own(headers: &HeaderMap) -> bool {
    let same_origin = |v: &axum::http::HeaderValue| v.as_bytes() == b"same-origin";
    match headers.get("sec-fetch-site") {
        Some(site) => same_origin(site),
        None => headers.contains_key(header::ORIGIN) && is_own(headers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_sites_are_told_apart() {
        type Case<'c> = (&'c [(&'c str, &'c str)], bool, bool);
        let cases: [Case<'_>; 8] = [
            (&[("sec-fetch-site", "same-origin")], true, true),
            (&[("sec-fetch-site", "none")], true, false),
            (&[("sec-fetch-site", "cross-site"), ("host", "a"), ("origin", "http://a")], false, false),
            (&[("sec-fetch-site", "same-site")], false, false),
            (&[("host", "a:1"), ("origin", "http://a:1")], true, true),
            (&[("host", "a:1"), ("origin", "http://b")], false, false),
            (&[("host", "a:1"), ("origin", "null")], false, false),
            (&[("host", "a:1")], true, false),
        ];
        for (given, own, surely) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in given {
                headers.insert(*name, value.parse().unwrap());
            }
            assert_eq!((is_own(&headers), is_surely_own(&headers)), (own, surely), "{given:?}");
        }
    }
}
