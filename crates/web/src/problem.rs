//! What goes wrong on the way to a page, and the page that says so in the reader's language.
//! The one place where errors of use cases become words; inner causes go to the log only.

use akashi_app::AppError;
use akashi_domain::{Label, Lang};
use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::guard::cookie;
use crate::guard::form::FILES;
use crate::guard::kept::Kept;
use crate::guard::seat::Seat;
use crate::page::{again, door};
use crate::routes;
use crate::state::Web;
use crate::view::frame::Frame;
use crate::view::link;
use crate::words::Words;

/// Why there is no page.
#[derive(Clone, Debug)]
pub(crate) enum Problem {
    /// Nobody is logged in; afterwards go on there.
    LogIn {
        next: String,
    },
    /// The session ended while a form was open; what was typed is kept and goes along with the log-in.
    LogInAgain(Kept),
    /// The page is of an earlier session; what was typed can be sent from this one.
    SendAgain(Kept),
    /// The password has to be changed first.
    NewPassword,
    /// A file that waited for its import to be confirmed is not there any more.
    Expired,
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

    fn status(&self) -> StatusCode {
        match self {
            Problem::LogIn { .. } | Problem::NewPassword => StatusCode::SEE_OTHER,
            Problem::LogInAgain(_) => StatusCode::UNAUTHORIZED,
            Problem::SendAgain(_) => StatusCode::FORBIDDEN,
            Problem::Expired => StatusCode::NOT_FOUND,
            Problem::Page { status, .. } => *status,
        }
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
            told => {
                let mut response = told.status().into_response();
                response.extensions_mut().insert(told);
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
    /// Where to go on, and what the button says.
    next: Option<(String, String)>,
}

/// Gives every refusal a page, also those of the framework.
pub(crate) async fn dress(State(web): State<Web>, request: Request, next: Next) -> Response {
    let (headers, uri) = (request.headers().clone(), request.uri().clone());
    // A page that was refused is no way back to itself; a form that was refused has one.
    let page = if request.method().is_safe() { uri.path().to_owned() } else { String::new() };
    let response = next.run(request).await;
    let status = response.status();
    let is_page = response.headers().get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/html"));
    if is_page || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let seat = Seat::find(&web, &headers, &uri).await.ok();
    let lang = seat.as_ref().map_or_else(|| cookie::language(&headers).unwrap_or_default(), |s| s.ctx.lang);
    let problem = response.extensions().get::<Problem>().cloned();
    let page = match (problem, seat) {
        (Some(Problem::LogInAgain(kept)), _) => door::ended(&web, lang, kept),
        (Some(Problem::SendAgain(kept)), Some(seat)) => {
            again::page(&web, &seat, &kept).and_then(|page| html_with(StatusCode::FORBIDDEN, &page))
        }
        (problem, seat) => {
            let asked = Asked { web: &web, seat: seat.as_ref(), lang, path: uri.path(), back: back(&headers, &page) };
            asked.page(status, problem)
        }
    };
    page.unwrap_or(response)
}

/// The page of ours the reader came from, if that is another one.
fn back(headers: &HeaderMap, here: &str) -> Option<String> {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    let (_, from) = text(header::REFERER)?.split_once("://")?;
    let (host, path) = from.split_at(from.find('/')?);
    let ours = text(header::HOST).is_some_and(|own| own.eq_ignore_ascii_case(host));
    let page = path.split('?').next().unwrap_or_default();
    (ours && link::is_local(path) && page != "/login" && page != here).then(|| path.to_owned())
}

/// What was asked for, by whom.
struct Asked<'a> {
    web: &'a Web,
    seat: Option<&'a Seat>,
    lang: Lang,
    path: &'a str,
    back: Option<String>,
}

impl Asked<'_> {
    fn page(self, status: StatusCode, problem: Option<Problem>) -> Result<Response, Problem> {
        let words = Words(self.lang);
        let kind = match (status.as_u16(), &problem) {
            (_, Some(Problem::Expired)) => "expired",
            (400, _) => "400",
            (403, _) => "403",
            (404, _) => "404",
            (405, _) => "405",
            (409, _) => "409",
            (413, _) => "413",
            (422, _) => "422",
            (code, _) if code < 500 => "400",
            _ => "500",
        };
        let heading = words.say(&format!("problem-{kind}"));
        let frame = match self.seat {
            Some(seat) => Frame::new(self.web, seat, heading.clone(), None),
            None => Frame::bare(self.web, self.lang, self.path, heading.clone()),
        };
        let text = match kind {
            "413" => {
                let limit = crate::view::value::size(routes::limit(self.web, self.path) as u64);
                words.with("problem-413-text", &[("limit", &limit), ("files", &FILES.to_string())])
            }
            _ => words.say(&format!("problem-{kind}-text")),
        };
        let next = match kind {
            "expired" => Some(("/import".to_owned(), words.say("problem-expired-next"))),
            _ => self.back.map(|back| (back, words.say("problem-back"))),
        };
        let label = match problem {
            Some(Problem::Page { label: Some(label), .. }) => Some(label.get(self.lang).to_owned()),
            _ => None,
        };
        html_with(status, &ProblemPage { frame, code: status.as_u16(), heading, text, label, next })
    }
}
