//! In and out: log-in, log-out, a new password, the language.

use akashi_app::{AppError, account};
use akashi_domain::Lang;
use askama::Template;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::guard::cookie;
use crate::guard::form::{Fields, Posted, read_form};
use crate::guard::kept::Kept;
use crate::guard::seat::Seat;
use crate::page::again;
use crate::problem::{Problem, html, html_with, log_in_address};
use crate::state::Web;
use crate::view::frame::Frame;
use crate::view::link;
use crate::words::Words;

/// What goes along from page to page until somebody is logged in.
#[derive(Deserialize)]
pub(crate) struct Along {
    next: Option<String>,
    /// The language chosen on the log-in page just now.
    lang: Option<String>,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LogInPage {
    frame: Frame,
    login: String,
    next: String,
    /// Tag of the language chosen on this page, or empty.
    chosen: &'static str,
    fault: Option<String>,
    /// What was typed before the session ended.
    kept: Option<Kept>,
}

pub(crate) async fn log_in(
    State(web): State<Web>,
    headers: HeaderMap,
    Query(along): Query<Along>,
) -> Result<Response, Problem> {
    html(&log_in_page(&web, &headers, &along, "", None))
}

impl Along {
    fn of(fields: &Fields) -> Along {
        let text = |name: &'static str| fields.get(name).map(str::to_owned);
        Along { next: text("next"), lang: text("lang") }
    }

    /// Where to go after the log-in: a page of ours.
    fn next(&self) -> &str {
        self.next.as_deref().filter(|n| link::is_local(n)).unwrap_or("/")
    }

    fn chosen(&self) -> Option<Lang> {
        self.lang.as_deref().and_then(Lang::parse)
    }
}

fn log_in_page(web: &Web, headers: &HeaderMap, along: &Along, login: &str, fault: Option<String>) -> LogInPage {
    let lang = cookie::language(headers).unwrap_or_default();
    let next = along.next().to_owned();
    let frame = Frame::bare(web, lang, &log_in_address(&next), Words(lang).say("login-title"));
    let chosen = along.chosen().map_or("", Lang::tag);
    LogInPage { frame, login: login.to_owned(), next, chosen, fault, kept: None }
}

/// The log-in page for whose session ended while a form was open.
pub(crate) fn ended(web: &Web, lang: Lang, kept: Kept) -> Result<Response, Problem> {
    // Nowhere to come back to: switching the language would lose what was typed.
    let frame = Frame::bare(web, lang, "", Words(lang).say("login-title"));
    let page = LogInPage { frame, login: String::new(), next: "/".into(), chosen: "", fault: None, kept: Some(kept) };
    html_with(StatusCode::UNAUTHORIZED, &page)
}

pub(crate) async fn try_log_in(State(web): State<Web>, request: Request) -> Result<Response, Problem> {
    let headers = request.headers().clone();
    let fields = read_form(request, &web).await?;
    let along = Along::of(&fields);
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
            let lang = along.chosen();
            if let Some(lang) = lang {
                web.app().choose_language(&account::ctx(&done.account, web.now()), login, lang).await?;
            }
            let kept = [
                (header::SET_COOKIE, cookie::keep_session(&done.token, secure)),
                // So that the next log-in page speaks it too.
                (header::SET_COOKIE, cookie::keep_language(lang.unwrap_or(done.account.lang), secure)),
            ];
            if let Some(typed) = Kept::carried(&fields) {
                let ctx = account::ctx(&done.account, web.now());
                return Ok((AppendHeaders(kept), again::after_log_in(&web, ctx, &done, &typed)?).into_response());
            }
            Ok((AppendHeaders(kept), Redirect::to(along.next())).into_response())
        }
        Err(AppError::Forbidden(label)) => {
            let fault = label.get(cookie::language(&headers).unwrap_or_default()).to_owned();
            let page = log_in_page(&web, &headers, &along, login, Some(fault));
            html_with(StatusCode::UNAUTHORIZED, &LogInPage { kept: Kept::carried(&fields), ..page })
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
/// session is asked for: there a cookie keeps it, and the log-in that follows gives it to the account.
pub(crate) async fn language(State(web): State<Web>, request: Request) -> Result<Response, Problem> {
    let seat = Seat::find(&web, request.headers(), request.uri()).await.ok();
    let fields: Fields = read_form(request, &web).await?;
    let lang = fields.get("lang").and_then(Lang::parse).ok_or_else(Problem::bad_request)?;
    let back = fields.get("back").filter(|b| link::is_local(b)).unwrap_or("/");
    let back = match seat {
        Some(seat) => {
            web.app().choose_language(&seat.ctx, &seat.login, lang).await?;
            back.to_owned()
        }
        None if back.starts_with("/login") => {
            format!("{back}{}lang={}", if back.contains('?') { '&' } else { '?' }, lang.tag())
        }
        None => back.to_owned(),
    };
    let kept = cookie::keep_language(lang, web.options().secure_cookie);
    Ok((AppendHeaders([(header::SET_COOKIE, kept)]), Redirect::to(&back)).into_response())
}
