//! In and out: log-in, log-out, a new password, the language.

use akashi_app::AppError;
use akashi_domain::Lang;
use askama::Template;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::guard::cookie;
use crate::guard::form::{Fields, Posted, read_form};
use crate::guard::seat::Seat;
use crate::problem::{Problem, html, html_with};
use crate::state::Web;
use crate::view::frame::Frame;
use crate::view::link;
use crate::words::Words;

#[derive(Deserialize)]
pub(crate) struct Next {
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LogInPage {
    frame: Frame,
    login: String,
    next: String,
    fault: Option<String>,
}

pub(crate) async fn log_in(
    State(web): State<Web>,
    headers: HeaderMap,
    Query(query): Query<Next>,
) -> Result<Response, Problem> {
    html(&log_in_page(&web, &headers, query.next.as_deref(), "", None))
}

fn log_in_page(web: &Web, headers: &HeaderMap, next: Option<&str>, login: &str, fault: Option<String>) -> LogInPage {
    let lang = cookie::language(headers).unwrap_or_default();
    let next = next.filter(|n| link::is_local(n)).unwrap_or("/").to_owned();
    let here = crate::problem::log_in_address(&next);
    let frame = Frame::bare(web, lang, &here, Words(lang).say("login-title"));
    LogInPage { frame, login: login.to_owned(), next, fault }
}

pub(crate) async fn try_log_in(State(web): State<Web>, request: Request) -> Result<Response, Problem> {
    let headers = request.headers().clone();
    let fields = read_form(request, &web).await?;
    let (login, password) =
        (fields.get("login").unwrap_or_default(), fields.all("password").next().unwrap_or_default());
    // Behind a reverse proxy all addresses are the proxy's; failures are counted per login, not per address.
    match web.app().log_in(login, password, "", agent(&headers), web.now()).await {
        Ok(done) => {
            let secure = web.options().secure_cookie;
            if let Some(before) = cookie::get(&headers, cookie::session_name(secure)) {
                // What this browser was logged in with before is not left open on the server.
                web.app().log_out(before, web.now()).await?;
            }
            let kept = [
                (header::SET_COOKIE, cookie::keep_session(&done.token, secure)),
                // So that the next log-in page speaks it too.
                (header::SET_COOKIE, cookie::keep_language(done.account.lang, secure)),
            ];
            let next = fields.get("next").filter(|n| link::is_local(n)).unwrap_or("/");
            Ok((AppendHeaders(kept), Redirect::to(next)).into_response())
        }
        Err(AppError::Forbidden(label)) => {
            let lang = cookie::language(&headers).unwrap_or_default();
            let page = log_in_page(&web, &headers, fields.get("next"), login, Some(label.get(lang).to_owned()));
            html_with(StatusCode::UNAUTHORIZED, &page)
        }
        Err(e) => Err(e.into()),
    }
}

fn agent(headers: &HeaderMap) -> &str {
    headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

/// Logs out here, or on every machine.
pub(crate) async fn log_out(State(web): State<Web>, posted: Posted) -> Result<Response, Problem> {
    let Posted { seat, fields, .. } = posted;
    if fields.has("everywhere") {
        web.app().log_out_everywhere(seat.account).await?;
    } else {
        web.app().log_out(&seat.token, seat.ctx.now).await?;
    }
    let gone = cookie::drop_session(web.options().secure_cookie);
    Ok((AppendHeaders([(header::SET_COOKIE, gone)]), Redirect::to("/login")).into_response())
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    frame: Frame,
    forced: bool,
    fault: Option<String>,
}

pub(crate) async fn password(State(web): State<Web>, seat: Seat) -> Result<Response, Problem> {
    html(&password_page(&web, &seat, None))
}

fn password_page(web: &Web, seat: &Seat, fault: Option<String>) -> PasswordPage {
    let frame = Frame::new(web, seat, seat.words().say("password-title"), None);
    PasswordPage { frame, forced: seat.must_change, fault }
}

pub(crate) async fn change_password(
    State(web): State<Web>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let Posted { seat, fields, .. } = posted;
    let typed = |name: &'static str| fields.all(name).next().unwrap_or_default().to_owned();
    let (old, new) = (typed("old"), typed("new"));
    let refuse = |text: String| html_with(StatusCode::UNPROCESSABLE_ENTITY, &password_page(&web, &seat, Some(text)));
    if new != typed("again") {
        return refuse(seat.words().say("password-differs"));
    }
    if new == old {
        return refuse(seat.words().say("password-same"));
    }
    match web.app().change_password(&seat.ctx, &seat.login, &old, &new, agent(&headers)).await {
        Ok(done) => {
            let kept = cookie::keep_session(&done.token, web.options().secure_cookie);
            Ok((AppendHeaders([(header::SET_COOKIE, kept)]), Redirect::to("/?done=password")).into_response())
        }
        Err(AppError::Forbidden(label) | AppError::Invalid(label)) => refuse(label.get(seat.ctx.lang).to_owned()),
        Err(e) => Err(e.into()),
    }
}

/// Switching the language keeps it on the account of whoever is logged in. The log-in page has the switch too, so no
/// session is asked for: there a cookie keeps it.
pub(crate) async fn language(State(web): State<Web>, request: Request) -> Result<Response, Problem> {
    let seat = Seat::find(&web, request.headers(), request.uri()).await.ok();
    let fields: Fields = read_form(request, &web).await?;
    let lang = fields.get("lang").and_then(Lang::parse).ok_or_else(Problem::bad_request)?;
    let back = fields.get("back").filter(|b| link::is_local(b)).unwrap_or("/");
    if let Some(seat) = seat {
        web.app().choose_language(&seat.ctx, &seat.login, lang).await?;
    }
    let kept = cookie::keep_language(lang, web.options().secure_cookie);
    Ok((AppendHeaders([(header::SET_COOKIE, kept)]), Redirect::to(back)).into_response())
}
