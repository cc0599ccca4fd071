//! What goes wrong on the way to a page, and the page that says so in the reader's language.
//! The one place where errors of use cases become words; inner causes go to the log only.

use akashi_app::AppError;
use akashi_domain::{Label, Lang};
use askama::Template;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::guard::cookie;
use crate::guard::seat::Seat;
use crate::state::Web;
use crate::view::frame::Frame;
use crate::words::Words;

/// Why there is no page.
#[derive(Clone, Debug)]
pub(crate) enum Problem {
    /// Nobody is logged in; afterwards go on there.
    LogIn {
        next: String,
    },
    /// The password has to be changed first.
    NewPassword,
    Page {
        status: StatusCode,
        label: Option<Label>,
    },
}

impl Problem {
    pub(crate) fn not_found() -> Problem {
        Problem::Page { status: StatusCode::NOT_FOUND, label: None }
    }

    pub(crate) fn forbidden() -> Problem {
        Problem::Page { status: StatusCode::FORBIDDEN, label: None }
    }

    pub(crate) fn bad_request() -> Problem {
        Problem::Page { status: StatusCode::BAD_REQUEST, label: None }
    }

    pub(crate) fn too_large() -> Problem {
        Problem::Page { status: StatusCode::PAYLOAD_TOO_LARGE, label: None }
    }

    fn broken() -> Problem {
        Problem::Page { status: StatusCode::INTERNAL_SERVER_ERROR, label: None }
    }
}

impl From<AppError> for Problem {
    fn from(e: AppError) -> Problem {
        let status = match &e {
            AppError::Forbidden(_) => StatusCode::FORBIDDEN,
            AppError::NotFound(_) => StatusCode::NOT_FOUND,
            AppError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            _ if e.is_conflict() => StatusCode::CONFLICT,
            _ => {
                tracing::error!(error = %e, "a use case failed");
                return Problem::broken();
            }
        };
        Problem::Page { status, label: Some(e.label()) }
    }
}

impl From<askama::Error> for Problem {
    fn from(e: askama::Error) -> Problem {
        tracing::error!(error = %e, "a page could not be written");
        Problem::broken()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match self {
            Problem::LogIn { next } => Redirect::to(&log_in_address(&next)).into_response(),
            Problem::NewPassword => Redirect::to("/password").into_response(),
            Problem::Page { status, .. } => {
                let mut response = status.into_response();
                response.extensions_mut().insert(self);
                response
            }
        }
    }
}

/// The log-in page that goes on to `next` afterwards.
pub(crate) fn log_in_address(next: &str) -> String {
    if next == "/" { "/login".into() } else { format!("/login?next={}", crate::view::link::encode(next)) }
}

/// Writes a page.
pub(crate) fn html(page: &impl Template) -> Result<Response, Problem> {
    Ok(Html(page.render()?).into_response())
}

/// Writes a page with another status than 200.
pub(crate) fn html_with(status: StatusCode, page: &impl Template) -> Result<Response, Problem> {
    Ok((status, html(page)?).into_response())
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    frame: Frame,
    code: u16,
    heading: String,
    text: String,
    label: Option<String>,
}

/// Gives every refusal a page, also those of the framework.
pub(crate) async fn dress(State(web): State<Web>, request: Request, next: Next) -> Response {
    let (headers, uri) = (request.headers().clone(), request.uri().clone());
    let response = next.run(request).await;
    let status = response.status();
    let is_page = response.headers().get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/html"));
    if is_page || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let seat = Seat::find(&web, &headers, &uri).await.ok();
    let lang = seat.as_ref().map_or_else(|| cookie::language(&headers).unwrap_or_default(), |s| s.ctx.lang);
    let label = match response.extensions().get::<Problem>() {
        Some(Problem::Page { label, .. }) => label.clone(),
        _ => None,
    };
    page(&web, seat.as_ref(), lang, uri.path(), status, label).unwrap_or(response)
}

fn page(
    web: &Web,
    seat: Option<&Seat>,
    lang: Lang,
    here: &str,
    status: StatusCode,
    label: Option<Label>,
) -> Option<Response> {
    let words = Words(lang);
    let kind = match status.as_u16() {
        code @ (400 | 403 | 404 | 405 | 409 | 413 | 422) => code,
        code if code < 500 => 400,
        _ => 500,
    };
    let heading = words.say(&format!("problem-{kind}"));
    let frame = match seat {
        Some(seat) => Frame::new(web, seat, heading.clone(), None),
        None => Frame::bare(web, lang, here, heading.clone()),
    };
    let text = words.say(&format!("problem-{kind}-text"));
    let label = label.map(|l| l.get(lang).to_owned());
    let page = ProblemPage { frame, code: status.as_u16(), heading, text, label };
    html_with(status, &page).ok()
}
