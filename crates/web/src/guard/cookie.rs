//! The two cookies: session and language. Reading and writing them, nothing of what they mean.

use akashi_domain::Lang;
use axum::http::{HeaderMap, HeaderValue, header};

const LANGUAGE: &str = "akashi_lang";

/// Name of the session's cookie; with TLS browsers hold its `__Host-` promise.
pub(crate) fn session_name(secure: bool) -> &'static str {
    if secure { "__Host-akashi" } else { "akashi_session" }
}

/// Returns the value of a cookie.
pub(crate) fn get<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
    all.filter_map(|pair| pair.trim().split_once('=')).find(|(n, _)| *n == name).map(|(_, v)| v)
}

/// Returns the language somebody chose, else the one the browser asks for first.
pub(crate) fn language(headers: &HeaderMap) -> Option<Lang> {
    let chosen = get(headers, LANGUAGE).and_then(Lang::parse);
    chosen.or_else(|| {
        let asked = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
        asked.split(',').find_map(|tag| Lang::parse(tag.trim()))
    })
}

/// Keeps the session.
pub(crate) fn keep_session(token: &str, secure: bool) -> HeaderValue {
    set(session_name(secure), token, "HttpOnly; SameSite=Lax", secure)
}

/// Forgets the session.
pub(crate) fn drop_session(secure: bool) -> HeaderValue {
    set(session_name(secure), "", "HttpOnly; SameSite=Lax; Max-Age=0", secure)
}

/// Keeps the language for a year.
pub(crate) fn keep_language(lang: Lang, secure: bool) -> HeaderValue {
    set(LANGUAGE, lang.tag(), "HttpOnly; SameSite=Lax; Max-Age=31536000", secure)
}

fn set(name: &str, value: &str, attributes: &str, secure: bool) -> HeaderValue {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; {attributes}{secure}");
    // Names and attributes are ours, tokens are hex: this never falls back.
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
